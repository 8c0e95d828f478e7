from structgen.regex.kinds cimport Chars, Concat, Intersection, Node, Repeat, Union

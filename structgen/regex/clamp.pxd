from structgen.regex.kinds cimport Concat, Intersection, Node, Repeat, Union

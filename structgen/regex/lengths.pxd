from structgen.regex.kinds cimport Chars, Concat, Epsilon, Intersection, Node, Repeat, Union, Words

from structgen.regex.kinds cimport Complement, Concat, Intersection, Node, Repeat, Union, Words

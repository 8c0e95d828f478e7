from structgen.regex.kinds cimport Chars, Complement, Concat, Intersection, Lazy, Node, Repeat, Sealed, Union, Words

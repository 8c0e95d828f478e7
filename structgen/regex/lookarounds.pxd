from structgen.regex.kinds cimport Chars, Complement, Concat, Intersection, Lookahead, Lookbehind, Node, Repeat, Sealed, Union, Words

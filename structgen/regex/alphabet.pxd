from structgen.regex.kinds cimport Chars, Concat, Lazy, Node, Repeat, Union, Words

from structgen.regex.kinds cimport Chars, Concat, Node, Repeat, Union

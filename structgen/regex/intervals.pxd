from structgen.regex.kinds cimport Chars, Node, Repeat

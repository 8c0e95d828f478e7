from structgen.regex.kinds cimport Chars, Complement, Concat, Epsilon, Intersection, Nothing, Repeat, Union, Words

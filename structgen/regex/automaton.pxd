from structgen.regex.kinds cimport Chars, Complement, Concat, Intersection, Node, Repeat, Union, Words


cdef class _TextState:
    cdef tuple nodes
    cdef object spelling
    cdef object kinds


cdef class _CharacterState:
    cdef object tree
    cdef object index
    cdef tuple targets

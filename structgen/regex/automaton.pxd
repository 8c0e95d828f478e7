from structgen.automaton.runtime cimport Runtime
from structgen.regex.kinds cimport Chars, Complement, Concat, Intersection, Node, Repeat, Union, Words
from structgen.regex.spelling cimport Skeleton


cdef class _TextState:
    cdef tuple nodes
    cdef object spelling
    cdef int kinds
    cpdef void expand(self, Runtime runtime, int control) except *
    cpdef int clamped(self, Runtime runtime, int reach) except? -1
    cpdef int tightened(self, Runtime runtime, int reach) except? -1
    cdef tuple _together(self, Runtime runtime)


cdef class _CharacterState:
    cdef Skeleton tree
    cdef int index
    cdef tuple targets
    cpdef void expand(self, Runtime runtime, int control) except *


cpdef int any_name(Runtime runtime, object spelling=*) except? -1
cpdef int holding(Runtime runtime, int of, tuple indices) except? -2
cdef int _control(Runtime runtime, tuple nodes, object spelling, int kinds) except? -1
cdef void _measure(Runtime runtime, int control, Node node) except *
cdef int _counted(Runtime runtime, Node node, object spelling) except? -1
cdef list _edges(Runtime runtime, Skeleton tree, int index, tuple targets)
cdef int _inside(Runtime runtime, Skeleton tree, int index, tuple targets) except? -1

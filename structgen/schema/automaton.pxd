from structgen.automaton.runtime cimport Runtime


cdef class _ValueState:
    cdef tuple values
    cdef object writing
    cdef int space
    cdef bint captures
    cpdef void expand(self, Runtime runtime, int control) except *


cdef class _ArrayState:
    cdef tuple standings
    cdef object reading
    cdef tuple asked
    cdef bytes before


cdef class _UnsureValue:
    cdef object strings
    cdef object writing


cpdef int value(Runtime runtime, tuple terms, object writing, bint captures=*) except? -1
cdef list _value_edges(Runtime runtime, tuple terms, object writing, bint captures)
cdef int _word(Runtime runtime, bytes text, int result) except? -1

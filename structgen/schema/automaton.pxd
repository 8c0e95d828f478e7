cdef class _ValueState:
    cdef tuple terms
    cdef object writing
    cdef object space
    cdef bint captures


cdef class _ArrayState:
    cdef tuple standings
    cdef object reading
    cdef tuple asked
    cdef bytes before


cdef class _UnsureValue:
    cdef object strings
    cdef object writing

cdef class _Constant:
    cdef public object charset


cdef class CharSet:
    cdef object __weakref__
    cdef public tuple bounds

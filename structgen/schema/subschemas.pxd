cdef class Enumeration:
    cdef readonly bint null
    cdef readonly object booleans
    cdef readonly object numbers
    cdef readonly object strings
    cdef readonly object types

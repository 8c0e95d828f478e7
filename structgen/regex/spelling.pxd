cdef class Skeleton:
    cdef readonly tuple nodes
    cdef dict _ends

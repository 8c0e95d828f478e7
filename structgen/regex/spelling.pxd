cdef class Skeleton:
    cdef readonly tuple nodes

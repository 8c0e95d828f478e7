cdef class WalkTrie:
    cdef readonly int size
    cdef readonly dict arrays
    cdef int[:, ::1] nodes
    cdef const int[::1] order
    cdef int[::1] root
    cdef dict _inside

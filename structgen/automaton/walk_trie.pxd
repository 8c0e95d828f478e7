cdef class WalkTrie:
    cdef readonly int size
    cdef readonly dict arrays
    cdef const unsigned char[::1] byte
    cdef const int[::1] subtree_end
    cdef const int[::1] token_begin
    cdef const int[::1] order
    cdef int[::1] depth
    cdef int[::1] root
    cdef unsigned short[::1] kinds_below

cdef class NameTree:
    cdef readonly dict branches
    cdef public int control
    cdef public int fallback


cdef class _BranchState:
    cdef NameTree tree
    cdef int fallback

cdef class Tables:
    cdef readonly int capacity
    cdef readonly int controls
    cdef readonly int edges
    cdef readonly int returns
    cdef int max_edges
    cdef readonly dict arrays
    cdef int[::1] edge_begin
    cdef int[::1] edge_count
    cdef int[::1] end_result
    cdef int[::1] fallback
    cdef int[::1] space
    cdef int[::1] flags
    cdef int[::1] base
    cdef int[::1] alias
    cdef int[::1] inside
    cdef int[::1] scope
    cdef int[::1] parent
    cdef int[::1] via
    cdef int[::1] first_return
    cdef int[::1] return_result
    cdef int[::1] return_target
    cdef int[::1] next_return
    cdef unsigned char[::1] edge_lo
    cdef unsigned char[::1] edge_hi
    cdef unsigned char[::1] edge_op
    cdef int[::1] edge_target
    cdef int[::1] edge_aux
    cpdef int allocate(self, int count=*) except? -1
    cpdef int chain(self, bytes text, int operation, int target, int aux, int fallback=*) except? -1
    cpdef void add_return(self, int frame, int result, int target) except *
    cdef int _reserve_edges(self, int count) except *

cdef class View:
    cdef int[::1] edge_begin
    cdef int[::1] edge_count
    cdef int[::1] end_result
    cdef int[::1] fallback
    cdef int[::1] space
    cdef int[::1] flags
    cdef int[::1] base
    cdef int[::1] lows
    cdef int[::1] least
    cdef int[::1] highs
    cdef int[::1] first_return
    cdef int[::1] return_result
    cdef int[::1] return_target
    cdef int[::1] next_return
    cdef unsigned char[::1] edge_lo
    cdef unsigned char[::1] edge_hi
    cdef unsigned char[::1] edge_op
    cdef int[::1] edge_target
    cdef int[::1] edge_aux
    cdef int[::1] stack_parent
    cdef int[::1] stack_frame
    cdef int[::1] stack_depth
    cdef int own_edge(self, int control, int byte) noexcept nogil
    cdef int edge(self, int control, int byte) noexcept nogil
    cdef int undescribed(self, int control) noexcept nogil
    cdef int return_of(self, int frame, int result) noexcept nogil

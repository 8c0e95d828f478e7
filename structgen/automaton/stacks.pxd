cdef class Stacks:
    cdef readonly int capacity
    cdef readonly int count
    cdef readonly dict arrays
    cdef int[::1] _parent
    cdef int[::1] _frame
    cdef int[::1] _depth
    cdef int[::1] _slots
    cdef unsigned int _mask
    cpdef int push(self, int parent, int frame) except? -1
    cpdef int truncated(self, int stack, int frames) except? -1
    cdef unsigned int _slot(self, int parent, int frame) except *
    cdef void _grow(self) except *

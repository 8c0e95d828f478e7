cdef class TokenGroups:
    cdef readonly int words
    cdef int[::1] _begin
    cdef int[::1] _ids
    cdef int _count
    cdef int[::1] _row_of
    cdef list _rows
    cdef int[::1] _bits
    cdef int add(self, int[::1] ids) except -1
    cdef int add_row(self, object row) except -1
    cdef void write(self, int number, int[::1] row) except *
    cdef object _bitmask(self, int[::1] ids)

cdef class MaskStore:
    cdef readonly int words
    cdef readonly int generation
    cdef Py_ssize_t max_ids
    cdef int max_rows
    cdef int row_count
    cdef int mask_count
    cdef Py_ssize_t id_count
    cdef int state_count
    cdef int[::1] _bits
    cdef int[:, ::1] _rows
    cdef int[::1] _base
    cdef unsigned char[::1] _is_whole
    cdef int[::1] _scratch
    cdef unsigned long long[::1] _hashes
    cdef int[::1] _same
    cdef long long[:, ::1] _bounds
    cdef int[::1] _ids
    cdef long long[::1] _slot_state
    cdef int[::1] _slot_mask
    cdef int[::1] _bitmask(self, const int[::1] ids)
    cpdef bint has_room(self, Py_ssize_t ids, int rows) noexcept
    cpdef int add(self, int base, object removed, object added) except? -1
    cpdef int add_bitmask(self, object row) except? -1
    cpdef int find(self, long long state) noexcept
    cpdef void remember(self, long long state, int mask) except *
    cpdef void write(self, int mask, int[::1] row) except *
    cpdef bint write_known(self, long long state, object row) except -1
    cdef int _add_whole(self, const int[::1] bits) except *
    cdef bint _is_bitmask(self, int mask, const int[::1] bits) except *
    cdef bint _is_same(self, int mask, int base, const int[::1] taken, const int[::1] given) except *
    cdef void _rehash(self) except *
    cdef unsigned char _write_row(self, long long state, int[:, ::1] rows, Py_ssize_t index) noexcept nogil
    cdef void _write(self, int mask, int* row) noexcept nogil
    cdef void _append(self, const int[::1] numbers) except *
    cdef Py_ssize_t _slot(self, long long state) noexcept nogil
    cdef void _grow(self) except *

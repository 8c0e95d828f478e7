cdef class PairTable:
    cdef long long[::1] _first
    cdef long long[::1] _second
    cdef int[::1] _value
    cdef Py_ssize_t _count
    cdef int find(self, long long first, long long second) noexcept
    cdef void put(self, long long first, long long second, int value)
    cdef void _clear(self, Py_ssize_t slots)
    cdef Py_ssize_t _slot(self, long long first, long long second) noexcept
    cdef void _grow(self)

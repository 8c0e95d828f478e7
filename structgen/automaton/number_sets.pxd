from structgen.automaton.pairs cimport PairTable


cdef class NumberSets:
    cdef readonly int sets
    cdef readonly int size
    cdef int[::1] begin
    cdef int[::1] pool
    cdef unsigned long long[::1] _hashes
    cdef int[::1] _slots
    cdef int[::1] _marks
    cdef int _turn
    cdef PairTable _unions
    cpdef void clear(self) except *
    cpdef void add(self, int number) except *
    cpdef void add_set(self, int one) except *
    cpdef int gathered(self) except -1
    cpdef int unite(self, int one, int other) except -1
    cpdef list members(self, int one)
    cdef unsigned long long _mixed(self, int number) noexcept
    cdef bint _is_gathered(self, int one) noexcept
    cdef void _rehash(self) except *

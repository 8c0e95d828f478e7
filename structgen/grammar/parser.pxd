from structgen.automaton.pairs cimport PairTable
from structgen.grammar.lr_states cimport LRStates


cdef class Parser:
    cdef readonly int start
    cdef readonly int hole
    cdef readonly int sets
    cdef readonly list class_bits
    cdef readonly int[::1] first
    cdef readonly int[::1] count
    cdef readonly int[::1] pool_state
    cdef readonly int[::1] pool_below
    cdef readonly int[::1] viable_class
    cdef LRStates _states
    cdef int _pool_size
    cdef unsigned char[::1] _accepting
    cdef unsigned char[::1] _is_open
    cdef int[::1] _entries
    cdef int _entry_count
    cdef int[::1] _slots
    cdef PairTable _unions
    cdef PairTable _pops
    cdef PairTable _completed
    cdef dict _waiting
    cdef int _depth
    cdef dict _class_of
    cdef dict _class_of_state
    cdef PairTable _class_unions
    cpdef Parser twin(self)
    cpdef int copied(self, Parser other, int stacks) except -1
    cpdef int complete(self, int below, int symbol) except -1
    cpdef tuple waiting(self, int below, int symbol)
    cpdef int single(self, int state, int below) except -1
    cpdef bint is_accepting(self, int stacks)
    cpdef int unite(self, int one, int other) except -1
    cpdef object viable(self, int stacks)
    cdef int _complete(self, int below, int symbol) except -1
    cdef void _wait(self, set waiting, int stacks, int base, int reduction) except *
    cdef set _missing(self, int stacks, int symbols)
    cdef void _enter(self) except *
    cdef int _pop(self, int stacks, int symbols) except -1
    cdef int _single(self, int state, int below) except -1
    cdef int _union(self, int one, int other) except -1
    cdef int _merged(self, int one, int other) except -1
    cdef void _push(self, int state, int below) except *
    cdef int _interned(self, int begin) except -1
    cdef unsigned long long _mixed(self, int[::1] entries, int begin, int count) noexcept
    cdef bint _is_same(self, int stacks, int begin, int count) noexcept
    cdef int _added(self, int begin, int count) except -1
    cdef void _rehash(self) except *
    cdef int _state_class(self, int state) except -1
    cdef int _united_class(self, int one, int other) except -1
    cdef int _class(self, object bits) except -1

from structgen.automaton.pairs cimport PairTable


cdef class LRStates:
    cdef readonly int start
    cdef readonly bint is_nullable
    cdef int[::1] flat
    cdef unsigned char[::1] useful
    cdef unsigned char[::1] final
    cdef int[::1] reduction_begin
    cdef int[::1] reduction_left
    cdef int[::1] reduction_length
    cdef int _terminals
    cdef list _left
    cdef list _rights
    cdef list _of_left
    cdef list _of_first
    cdef list _kernels
    cdef dict _state_of
    cdef list _corners
    cdef dict _gotos
    cdef list _viable
    cdef PairTable _places
    cdef int _flat_size
    cdef int targets(self, int state, int symbol) except -1
    cpdef object viable(self, int state)
    cdef int _written(self, list targets) except -1
    cdef list _found_targets(self, int state, int symbol)
    cdef bint _reduces(self, int state)
    cdef int _state(self, tuple kernel) except -2
    cdef _close(self, set corners)
    cdef int _add(self, tuple kernel, set corners, list reductions, bint is_useful, bint is_final) except -1
    cdef int _goto(self, int state, int symbol) except -2

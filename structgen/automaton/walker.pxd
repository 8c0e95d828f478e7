from structgen.automaton.walk cimport Walk


cdef class Walker(Walk):
    cdef readonly object removed
    cdef readonly int removed_count
    cdef int[::1] _removed
    cdef int[:, ::1] _open_nodes
    cdef unsigned char[::1] _roots
    cpdef void begin_walk(self, int stack) except *
    cpdef void add_root(self, long long state, bint spaced=*) except *
    cpdef void add(self, object ids) except *
    cpdef void keep_within(self, int start, object characters, int low, int high) except *
    cpdef void drop(self, int end, object ids, object marks) except *
    cpdef list needs(self)
    cpdef list correct(self, int control, int stack, int node=*)
    cdef bint _mark_roots(self, int control, int stack, bint spaced) noexcept nogil
    cdef void _mark(self, int control) noexcept nogil
    cdef int _correct_child(self, int own, int found, int child, int stack, int count, list unknown) noexcept
    cpdef void replace(self, int node, int control, int stack) noexcept

from structgen.automaton.walk cimport Walk


cdef class Walker(Walk):
    cdef readonly object removed
    cdef readonly int removed_count
    cdef int[::1] _removed
    cdef int[:, ::1] _open_nodes
    cdef unsigned char[::1] _roots
    cdef bint _mark_roots(self, int control, int stack) noexcept nogil
    cdef void _mark(self, int control) noexcept nogil
    cdef int _correct_child(self, int own, int found, int child, int stack, int count, list unknown) noexcept
    cpdef void replace(self, int node, int control, int stack) noexcept

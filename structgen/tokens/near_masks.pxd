from structgen.automaton.machine cimport Machine
from structgen.tokens.builder cimport MaskBuilder
from structgen.tokens.masks cimport MaskStore


cdef class NearMasks:
    cdef object _engine
    cdef Machine _machine
    cdef MaskStore _store
    cdef object _outliers
    cdef int _most
    cdef object _row
    cdef object _bits
    cdef dict _known
    cdef dict _first
    cpdef int make(self, long long state, int kind) except? -1
    cpdef void note(self, int kind, int mask, Py_ssize_t count) except *
    cdef int _other(self, long long state, int kind, int near) except? -1
    cdef int _near(self, int kind) except? -1
    cdef int _settled(self, long long state, int kind, int near) except? -2
    cdef int _make_inside(self, long long state, int kind, int other) except? -1
    cdef int _make_bounded(self, long long state, int kind, object subset) except? -1
    cdef int _make_over(self, long long state, int kind, int fallback) except? -1
    cdef tuple _with_frames(self, long long state)

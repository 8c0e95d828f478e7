from structgen.automaton.machine cimport Machine
from structgen.tokens.masks cimport MaskStore


cdef class Matcher:
    cdef object _engine
    cdef object _scope
    cdef Machine _machine
    cdef MaskStore _store
    cdef list _texts
    cdef long long[::1] _places
    cdef Py_ssize_t _count
    cdef bint _ended
    cdef bint _reads_freely

from structgen.automaton.machine cimport Machine
from structgen.automaton.runtime cimport Runtime
from structgen.automaton.walk_trie cimport WalkTrie
from structgen.automaton.walker cimport Walker


cdef class MaskBuilder:
    cdef readonly object template
    cdef readonly object removed
    cdef readonly object added
    cdef readonly int frames
    cdef readonly bint any_context
    cdef readonly Walker walker
    cdef object _engine
    cdef Runtime _runtime
    cdef Machine _machine
    cdef WalkTrie _trie
    cdef long long _state
    cdef long long _stack
    cpdef void build(self, long long state, int kind) except *
    cpdef void build_of(self, WalkTrie trie, long long state, int kind) except *
    cpdef void build_over(self, long long state, int kind) except *
    cpdef void build_on(self, int frames) except *
    cdef void _begin(self, long long state) except *
    cdef void _end(self) except *
    cdef void _build(self, int kind) except *
    cdef void _inside(self, int control, int low, int high) except *
    cdef long long _returned(self, long long control, int result) except? -2
    cdef void _walk_rests(self, WalkTrie trie, long long state) except *
    cdef void _walk(self, WalkTrie trie, long long state, bint spaced=*) except *
    cdef void _correct(self, int control) except *

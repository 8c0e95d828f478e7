from structgen.automaton.machine cimport Machine
from structgen.automaton.runtime cimport Runtime
from structgen.automaton.walk_trie cimport WalkTrie
from structgen.automaton.walker cimport Walker
from structgen.tokens.builder cimport MaskBuilder
from structgen.tokens.masks cimport MaskStore
from structgen.tokens.near_masks cimport NearMasks


cdef class MaskEngine:
    cdef object __weakref__
    cdef readonly object vocabulary
    cdef readonly Runtime runtime
    cdef readonly Machine machine
    cdef readonly MaskStore store
    cdef readonly WalkTrie trie
    cdef readonly object marks
    cdef readonly list texts
    cdef readonly object eos
    cdef readonly bint needs_completion
    cdef readonly bint reads_freely
    cdef readonly bint steps_freely
    cdef readonly dict recent
    cdef object _vocables
    cdef object _completion
    cdef list _builders
    cdef dict _templates
    cdef dict _template_rows
    cdef dict _kinds
    cdef NearMasks _near
    cpdef int find(self, long long state) except? -2
    cpdef int keep_row(self, long long state, int kind, MaskBuilder builder, object row) except? -2
    cpdef void keep_mask(self, long long state, int kind, int mask, int frames) except *
    cpdef MaskBuilder spare_builder(self)
    cdef int _known(self, long long state) except? -2
    cdef int _kind(self, int control) except? -2
    cdef MaskBuilder _built(self, long long state)
    cdef int _keep(self, long long state, MaskBuilder builder) except? -2
    cpdef object template(self, int control)
    cdef int _template_row(self, int control, int high) except? -2
    cdef void _forget(self) except *

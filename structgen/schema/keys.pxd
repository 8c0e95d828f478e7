from structgen.automaton.runtime cimport Runtime


cdef class NameTree:
    cdef readonly dict branches
    cdef public int control
    cdef public int fallback


cdef class _BranchState:
    cdef NameTree tree
    cdef int fallback
    cpdef void expand(self, Runtime runtime, int control) except *


cpdef int told_names(Runtime runtime, object allowed) except? -1
cpdef int free_names(Runtime runtime, NameTree tree, int others) except? -1
cpdef NameTree tree_of(Runtime runtime, object names)
cdef int _branch(Runtime runtime, object below, int fallback) except? -1
cdef int _path(Runtime runtime, NameTree tree, int fallback) except? -1
cdef bint _is_plain(Runtime runtime, bytes text, int fallback) except -1
cdef int _tail(Runtime runtime, tuple told, int fallback) except? -1
cdef int _after(Runtime runtime, int control, int byte) except? -1

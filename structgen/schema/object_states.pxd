from structgen.automaton.runtime cimport Runtime
from structgen.schema.keys cimport NameTree
from structgen.schema.plans cimport ObjectPlan


cdef class _PlainObject:
    cdef ObjectPlan plan
    cdef object writing
    cdef object value
    cdef int space
    cdef bint is_unsure
    cdef dict _controls
    cdef dict _codes
    cdef NameTree _tree
    cpdef void expand(self, Runtime runtime, int control) except *
    cpdef int returned(self, Runtime runtime, int frame, int result) except? -1
    cpdef int control(self, Runtime runtime, object place, int stage, object asked=*) except? -1
    cpdef NameTree tree(self, Runtime runtime)
    cpdef _PlainObject after_other(self, Runtime runtime, object name)


cdef class _ObjectState:
    cdef tuple standings
    cdef object reading
    cdef tuple asked
    cdef object stage
    cpdef void expand(self, Runtime runtime, int control) except *
    cpdef int returned(self, Runtime runtime, int frame, int result) except? -1
    cdef list _name_edges(self, Runtime runtime, int control)

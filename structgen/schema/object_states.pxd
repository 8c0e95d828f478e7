from structgen.schema.plans cimport ObjectPlan


cdef class _PlainObject:
    cdef ObjectPlan plan
    cdef object writing
    cdef object value
    cdef object space
    cdef bint is_unsure
    cdef dict _controls
    cdef dict _codes
    cdef object _tree
    cpdef object control(self, object runtime, object place, int stage, object asked=*)
    cpdef object tree(self, object runtime)
    cpdef _PlainObject after_other(self, object runtime, object name)


cdef class _ObjectState:
    cdef tuple standings
    cdef object reading
    cdef tuple asked
    cdef object stage

cdef class ObjectPlan:
    cdef readonly tuple names
    cdef readonly tuple terms
    cdef readonly dict index
    cdef readonly tuple cells
    cdef readonly tuple cell_terms
    cdef readonly object required
    cdef readonly tuple duties
    cdef readonly object minimum
    cdef readonly object maximum
    cpdef bint has_conditions(self)
    cpdef bint can_end(self, object place)
    cpdef tuple following(self, object place)
    cpdef list upcoming(self, object place)
    cpdef bint is_written(self, object place, object index)
    cpdef object left_out(self, object place, object after)
    cpdef bint allows_others(self, object place)
    cpdef object after(self, object place, object index)
    cpdef object after_other(self, object place)
    cpdef bint has_next(self, object place)


cdef class SchemaOrderPlan(ObjectPlan):
    cdef tuple _next_required


cdef class AnyOrderPlan(ObjectPlan):
    cdef object _required_bits

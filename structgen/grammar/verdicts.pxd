cdef class Verdicts:
    cdef readonly unsigned char[:, ::1] table
    cdef list _terminals_of
    cdef dict _numbers
    cdef list _bits
    cdef list _signature_bits
    cdef int[::1] _judged
    cpdef int row(self, object bits) except -1
    cpdef object terminals(self, int row)
    cpdef int bring_up_to_date(self, int row) except -1
    cdef void _judge(self, int row) except *

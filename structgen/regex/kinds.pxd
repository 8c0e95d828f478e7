cdef class Node:
    cdef public object serial
    cdef public bint nullable
    cdef public object min_length
    cdef public object max_length
    cdef public bint positive
    cdef public bint contextual
    cdef public int nesting
    cdef public object largest_count
    cdef public object empty
    cdef public object finite
    cdef public object clamped
    cdef public object reserve


cdef class Nothing(Node):
    pass


cdef class Epsilon(Node):
    pass


cdef class Chars(Node):
    cdef readonly object charset


cdef class Concat(Node):
    cdef readonly Node head
    cdef readonly Node tail


cdef class Union(Node):
    cdef readonly tuple parts


cdef class Intersection(Node):
    cdef readonly tuple parts


cdef class Complement(Node):
    cdef readonly Node inner


cdef class Repeat(Node):
    cdef readonly Node inner
    cdef readonly object low
    cdef readonly object high


cdef class Words(Node):
    cdef readonly object table
    cdef readonly object low
    cdef readonly object high
    cdef readonly object depth


cdef class Lazy(Node):
    pass


cdef class Lookahead(Node):
    cdef readonly Node inner


cdef class Lookbehind(Node):
    cdef readonly Node inner


cdef class Sealed(Node):
    cdef readonly Node inner

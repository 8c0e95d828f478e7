from structgen.automaton.machine cimport Machine
from structgen.automaton.stacks cimport Stacks
from structgen.automaton.tables cimport Tables


cdef class Scope:
    cdef readonly dict controls
    cdef int _number
    cdef Tables _tables
    cdef dict _states
    cdef dict _passing
    cdef object __weakref__
    cpdef int add(self, object key, object state) except? -1
    cpdef int add_state(self, object state) except? -1
    cpdef int add_passing(self, object state, int flags=*) except? -1
    cpdef void describe(self, Runtime runtime, int control) except *
    cpdef int returned(self, Runtime runtime, int frame, int result) except? -1
    cdef int _allocate(self, int flags) except? -1


cdef class Runtime:
    cdef readonly int reach
    cdef readonly object alphabet
    cdef readonly Tables tables
    cdef readonly Stacks stacks
    cdef readonly Machine machine
    cdef readonly object lock
    cdef readonly Scope scope
    cdef readonly Scope shared
    cdef readonly dict controls
    cdef readonly dict results
    cdef readonly dict template_names
    cdef dict _scopes
    cdef object _forget
    cdef int _count
    cdef dict _meanings
    cdef dict _counting
    cpdef Scope begin(self)
    cpdef int within(self, Scope scope, object build) except? -1
    cpdef int add(self, object key, object state) except? -1
    cpdef int add_passing(self, object state, int flags=*) except? -1
    cpdef void keep_counting(self, int control, object state) except *
    cpdef int near(self, int control, int reach) except? -1
    cpdef int tight(self, int control, int reach) except? -1
    cpdef int result(self, object meaning) except? -1
    cpdef object meaning(self, int result)
    cpdef bint is_full(self) except -1
    cpdef long long start(self, int control) except? -1
    cpdef list edges(self, int control)
    cpdef void expand(self, int control) except *
    cpdef int returned(self, int frame, int result) except? -1
    cdef Scope _scope_of(self, int control)

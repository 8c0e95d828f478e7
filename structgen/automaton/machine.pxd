from structgen.automaton.stacks cimport Stacks
from structgen.automaton.tables cimport Tables
from structgen.automaton.view cimport View


cdef class Machine(View):
    cdef Tables tables
    cdef Stacks stacks
    cdef object owner
    cdef int[::1] parent
    cdef int[::1] via
    cdef int[::1] first_child
    cdef int[::1] next_child
    cdef int[::1] alias
    cdef int[::1] inside
    cdef int[::1] frames
    cdef int[::1] reserve
    cdef int control
    cdef int stack
    cdef bint _step(self, int byte) except -1
    cdef bint _follow(self, int control, int found, int byte) except -1
    cdef bint _return_unread(self) except -1
    cdef bint _return_from(self, int control, int result) except -1
    cdef bint _return(self, int result) except -1
    cdef void _describe(self, int base) except *
    cdef int _counted_child(self, int control, int target) except -1
    cdef int _recorded_root(self, int base) except -1
    cdef int _recorded_child(self, int control, int target, int byte) except -1
    cdef void _adopt(self, int control, int child, int via) except *

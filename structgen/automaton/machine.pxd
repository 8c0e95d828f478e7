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
    cpdef long long advance(self, long long state, bytes text) except? -2
    cpdef int alive_for(self, long long state, bytes text) except? -1
    cpdef tuple accepting_frames(self, long long state)
    cpdef long long returned(self, long long state, int result) except? -2
    cpdef int mask_kind(self, int control) except? -1
    cpdef tuple bounds(self, int control)
    cpdef int reserve_of(self, int control) noexcept
    cpdef bint is_counted(self, int control) noexcept
    cpdef bint is_quoted(self, int control) noexcept
    cpdef int base_of(self, int control) noexcept
    cpdef long long mask_key(self, int kind, int stack) except? -2
    cpdef void depends_on(self, int kind, int frames) noexcept
    cpdef int quoted_fallback(self, int control) noexcept
    cpdef long long spaced(self, long long state) except? -2
    cpdef int space_of(self, int control) noexcept
    cpdef int frames_of(self, int kind) noexcept
    cpdef tuple mask_sources(self, int control)
    cpdef void describe(self, int control) except *
    cpdef bint is_described(self, int control) noexcept
    cpdef bint is_space(self, long long state) except -1
    cpdef int counted(self, int base, int low, int high) except? -1
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

from structgen.automaton.view cimport View
from structgen.automaton.walk_trie cimport WalkTrie


cdef class Walk(View):
    cdef int[:, ::1] nodes
    cdef const int[::1] order
    cdef int[::1] root
    cdef readonly object found
    cdef readonly object found_characters
    cdef readonly object unsure
    cdef readonly object exits
    cdef readonly int found_count
    cdef readonly int unsure_count
    cdef readonly int exit_count
    cdef readonly int pending
    cdef readonly int frames_used
    cdef bint overflowed
    cdef int[::1] _found
    cdef int[::1] _found_characters
    cdef int[::1] _unsure
    cdef int[:, ::1] _exits
    cdef int[:, ::1] _levels
    cdef int[:, ::1] _rows
    cdef int[::1] _row_control
    cdef unsigned short[::1] _row_kinds
    cdef const unsigned short[::1] _kind_of
    cdef int[:, ::1] _tasks
    cdef int[:, ::1] _waiting
    cdef int _task_count
    cdef int[:, ::1] _pushed
    cdef int _pushed_count
    cdef int _pinned
    cdef int _base_depth
    cdef int control
    cdef int stack
    cdef int low
    cdef int high
    cdef int missing_frame
    cdef int missing_result
    cpdef void use_trie(self, WalkTrie trie) except *
    cpdef void run(self) except *
    cpdef void resume(self) except *
    cdef void _begin(self, int stack) except *
    cpdef void add_task(self, int begin, int end, long long state) except *
    cdef void _put(self, int[:, ::1] rows, int row, int begin, int end, int control, int stack, int low, int high, int need, int result, int depth) noexcept nogil
    cdef void _wait(self, int begin, int end, int level, int need, int result) noexcept nogil
    cdef void _enter_level(self, int level, int control, int nodes) noexcept nogil
    cdef int _row(self, int control) noexcept nogil
    cdef void _run(self) noexcept nogil
    cdef bint _is_crowded(self, int level) noexcept nogil
    cdef void _put_aside(self, int node, int level) noexcept nogil
    cdef void _find(self, int first, int last) noexcept nogil
    cdef void _walk(self, int node) noexcept nogil
    cdef int _run_counted(self, int level, int node) noexcept nogil
    cdef void _count(self, int characters) noexcept nogil
    cdef bint _descend(self, int level, int node, int end) noexcept nogil
    cdef void _find_counted(self, int node) noexcept nogil
    cdef void _doubt(self, int node, int end) noexcept nogil
    cdef void _leave(self, int node) noexcept nogil
    cdef int _characters(self) noexcept nogil
    cdef int _step(self, int byte) noexcept nogil
    cdef int _take(self, int edge) noexcept nogil
    cdef int _take_counted(self, int target) noexcept nogil
    cdef int _push(self, int frame, int target) noexcept nogil
    cdef void _enter(self, int control) noexcept nogil
    cdef int _return(self, int result, int was_read) noexcept nogil

from structgen.grammar.machine cimport GrammarMachine


cdef class SubtreeReader:
    cdef readonly int[::1] found
    cdef readonly int[::1] found_signature
    cdef readonly int found_count
    cdef readonly int[::1] left
    cdef readonly int[::1] left_key
    cdef readonly int left_count
    cdef readonly list keys
    cdef GrammarMachine _machine
    cdef object _lexer
    cdef int _start
    cdef int _contextual_start
    cdef unsigned char[::1] _contextual
    cdef bint _is_longest
    cdef int[:, ::1] _rows
    cdef unsigned char[::1] _accepting
    cdef int[::1] _signatures
    cdef unsigned char[::1] _completes
    cdef readonly list completions
    cdef dict _completion_numbers
    cdef int[::1] _completion_of
    cdef list _follow_rows
    cdef int[::1] _row_of
    cdef const unsigned char[::1] _byte
    cdef const int[::1] _subtree_end
    cdef const int[::1] _token_begin
    cdef const int[::1] _order
    cdef int[::1] _level_end
    cdef int[::1] _level_first
    cdef int[::1] _readings
    cdef int[::1] _guards
    cdef dict _key_of
    cdef int[:, ::1] _last_key
    cdef bint _is_first
    cdef int _build
    cdef unsigned char[::1] _blank
    cdef bint _only_exits
    cdef unsigned char[::1] _inside
    cdef void read(self, int[::1] nodes, int reading, int guard) except *
    cdef void read_first(self, int[::1] nodes, unsigned char[::1] blank) except *
    cdef void read_exits(self, int[::1] nodes, int reading, unsigned char[::1] inside) except *
    cdef int step(self, int reading, int byte) except -1
    cdef void _read_all(self, int[::1] nodes, int reading, int guard) except *
    cdef int _walk(self, int root, int reading, int guard) except -1
    cdef bint _is_complete(self, int depth) except -1
    cdef void _find_all(self, int node, int begin, int size) except *
    cdef int _signature(self, int index) except -1
    cdef int _read(self, int node, int depth) except -1
    cdef bint _may_end(self, int reading, int following) except -1
    cdef int _complete(self, int node, int index, int following, int guard, int begin, int end, bint is_root) except -1
    cdef int _put(self, int begin, int end, int reading, int guard) except -1
    cdef int _completed_by(self, int reading) except -1
    cdef bint _may_follow(self, int reading, int byte) except -1
    cdef bytes _follow_row(self, int reading)
    cdef bytes beginnings(self, object bits)
    cdef int _find(self, int token, int signature) except -1
    cdef int _completion(self, int reading, int following) except -1
    cdef int _completion_number(self, tuple completed) except -1
    cdef int _leave(self, int node, int completion, int first, int guard) except -1

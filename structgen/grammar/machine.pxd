from structgen.automaton.pairs cimport PairTable
from structgen.grammar.parser cimport Parser
from structgen.grammar.verdicts cimport Verdicts


cdef class GrammarMachine:
    cdef readonly int start
    cdef readonly int states
    cdef readonly object lexer
    cdef readonly Parser parser
    cdef readonly object layout
    cdef readonly list follow_bits
    cdef readonly object line_bits
    cdef readonly object indentations
    cdef readonly Verdicts verdicts
    cdef int[:, ::1] _rows
    cdef unsigned char[::1] _accepting
    cdef int[::1] _signatures
    cdef int[::1] _budgets
    cdef unsigned char[::1] _broad
    cdef unsigned char[::1] _contextual
    cdef int _start
    cdef int _contextual_start
    cdef PairTable _narrow
    cdef bint _is_longest
    cdef int _newline
    cdef list _lines
    cdef object _ignored_bits
    cdef object _declared_bits
    cdef list _threads_of
    cdef dict _state_of
    cdef PairTable _sole
    cdef PairTable _allowed
    cdef dict _global_allowed
    cdef list _moves
    cdef PairTable _move_places
    cdef dict _completed
    cdef int[::1] _now
    cdef int[::1] _then
    cdef int _size
    cpdef int state(self, list threads) except -1
    cpdef tuple threads(self, int state)
    cpdef int advance(self, int state, bytes text) except -2
    cpdef int alive_for(self, int state, bytes text) except -1
    cpdef int end_token(self, int state) except -1
    cpdef list live_bytes(self, int state, int most=*)
    cpdef int sole_byte(self, int state) except -2
    cpdef bint is_accepting(self, int state) except -1
    cpdef list stepped(self, list threads, int byte)
    cpdef int completed(self, int stacks, tuple symbols) except -1
    cpdef tuple moves(self, int indentation, int terminal, int count)
    cpdef int allowed(self, int stacks, int indentation) except -1
    cpdef int allowed_by(self, Parser parser, int stacks, int indentation) except -1
    cdef object _allowed_bits(self, object viable, int kind)
    cdef int _allowed_in_all(self, Parser parser, int stacks, int indentation) except -1
    cdef bint _may_begin(self, Parser parser, int stacks, int indentation, tuple columns) except -1
    cdef bint _may_end(self, int stacks, int indentation) except -1
    cdef bint _may_end_in(self, Parser parser, int stacks, int indentation) except -1
    cdef list _complete_in(self, int reading)
    cdef int _row(self, int reading, int byte) except -1
    cdef tuple _counted(self, tuple thread)
    cdef list _threads(self)
    cdef void _load(self, tuple threads) except *
    cdef int _reached(self) except -1
    cdef void _step(self, int byte) except *
    cdef int _guarded(self, int guard, int going_on) except -1
    cdef int _begin(self, int size, int index, int byte, list ended, int guard) except -1
    cdef int _emit(self, int size, int reading, int stacks, int indentation, int guard, int tokens) except -1
    cdef int _narrowed(self, int reading, int row) except -1
    cdef void _append(self, int size, int reading, int stacks, int indentation, int guard, int tokens) except *

from structgen.automaton.number_sets cimport NumberSets
from structgen.automaton.pairs cimport PairTable
from structgen.grammar.machine cimport GrammarMachine
from structgen.grammar.parser cimport Parser
from structgen.tokens.pieces cimport Ending, Exit, Part, Piece, PieceMaker


cdef class Gathering:
    cdef list groups
    cdef list shares
    cdef list demands
    cdef list nodes


cdef class Continuation:
    cdef tuple rest
    cdef Ending ending
    cdef Piece piece
    cdef int indentation


cdef class Outcomes:
    cdef readonly NumberSets shares
    cdef readonly int epoch
    cdef GrammarMachine _machine
    cdef PieceMaker _pieces
    cdef Parser _parser
    cdef bint _is_global
    cdef int _newline
    cdef NumberSets _nodes
    cdef PairTable _pieces_on
    cdef PairTable _endings_on
    cdef PairTable _steps
    cdef PairTable _walks
    cdef PairTable _roots
    cdef PairTable _endings
    cdef PairTable _knowledge
    cdef Py_ssize_t _walk_count
    cdef int[::1] _outcome_share
    cdef int[::1] _outcome_node
    cdef int _count
    cdef int _level
    cdef list _continuations
    cdef dict _continuation_of
    cdef list _demands
    cdef dict _demand_of
    cdef void make_room(self) except *
    cdef int share_of(self, Piece piece, int stacks, int indentation) except -1
    cdef void _forget(self) except *
    cdef int _found_share(self, Piece piece, int stacks, int indentation) except -1
    cdef int _root(self, Piece piece, int indentation) except -1
    cdef int _behind(self, Ending ending, int indentation) except -1
    cdef int _node_of(self, Continuation continuation) except -1
    cdef int _read(self, int node, int stacks) except -1
    cdef int _step(self, int node, int state) except -1
    cdef int _outcome_of(self, Piece piece, int stacks, int indentation) except -1
    cdef void _end(self, Ending ending, int stacks, int indentation, Gathering gathering) except *
    cdef void _complete(self, int stacks, int symbol, int number, Gathering gathering) except *
    cdef void _go_on(self, Ending ending, int stacks, int indentation, Gathering gathering) except *
    cdef void _read_open(self, int node, int stacks, Gathering gathering) except *
    cdef int _exits_on(self, Ending ending, int stacks, int indentation) except -1
    cdef void _add(self, Gathering gathering, int outcome) except *
    cdef int _finished(self, Gathering gathering) except -1
    cdef int _after(self, Ending ending, tuple rest, int indentation) except -1
    cdef int _demand(self, int symbols, int symbol, int continuation) except -1

from structgen.grammar.machine cimport GrammarMachine
from structgen.tokens.outcomes cimport Outcomes
from structgen.tokens.pieces cimport Piece, PieceMaker


cdef class MaskMaker:
    cdef GrammarMachine _machine
    cdef PieceMaker _pieces
    cdef Outcomes _outcomes
    cdef int _start
    cdef object _trie
    cdef object _row
    cpdef int make_room(self) except -1
    cpdef int share(self, tuple threads) except -1

from structgen.automaton.walk_trie cimport WalkTrie
from structgen.grammar.machine cimport GrammarMachine
from structgen.tokens.subtrees cimport SubtreeReader
from structgen.tokens.token_groups cimport TokenGroups


cdef class Part:
    cdef int entry
    cdef int guard
    cdef object nodes
    cdef Piece piece


cdef class Exit:
    cdef tuple completed
    cdef int guard
    cdef object nodes
    cdef list parts


cdef class Ending:
    cdef int number
    cdef int terminal
    cdef int count
    cdef int signature
    cdef bint begins_line
    cdef list exits


cdef class Piece:
    cdef int number
    cdef int[::1] signatures
    cdef int[::1] groups
    cdef list exits
    cdef list endings


cdef class PieceMaker:
    cdef readonly TokenGroups groups
    cdef SubtreeReader subtrees
    cdef GrammarMachine _machine
    cdef object _lexer
    cdef int _start
    cdef int _contextual_start
    cdef bytes _line_row
    cdef dict _entries
    cdef object _document_masks
    cdef WalkTrie _trie
    cdef object _trie_bytes
    cdef const unsigned char[::1] _byte
    cdef object _root_nodes
    cdef dict _pieces
    cdef dict _root_pieces
    cdef dict _beginnings
    cdef int _piece_count
    cdef int _ending_count
    cdef int[::1] _sizes
    cdef Piece root_piece(self, int reading, int guard)
    cdef list first_pieces(self, int allowed)
    cdef Piece piece_of(self, Part part)
    cdef bint _may_begin_line(self, Exit exit) except -1
    cdef list endings(self, Piece piece)
    cdef list parts(self, Exit exit)
    cdef list _made_first(self, int allowed)
    cdef Piece _built(self, int reading, int guard, object nodes)
    cdef Piece _built_with_documents(self, int reading, tuple documents)
    cdef Piece _collected(self)
    cdef void _make_sizes(self) except *
    cdef Piece _piece(self, list signatures, list groups, list exits)
    cdef list _made_parts(self, int guard, object nodes)
    cdef Part _part(self, int guard, object nodes)

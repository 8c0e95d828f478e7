# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""What a vocabulary's tokens are to a grammar's terminals, whatever the parser says: masks are put together from this.

A *piece* holds parts of tokens (subtrees of the vocabulary's trie) as they are read from one reading on. Those that end
in the middle of a terminal are grouped by the terminals that it may be. Those that complete one and go on are an
*exit*: the subtrees where they go on, which are pieces of their own, read from the start of a terminal; an *ending* is
all exits of one terminal. Pieces are made once, when a mask first needs them. A mask asks the parser where each ending
leads, and never looks at a token: of the 128,000 of Llama-3.1's vocabulary, a statement of Python's is some hundred
groups.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import cython
import numpy as np
from numpy.typing import NDArray

from structgen.automaton.walk_trie import WalkTrie
from structgen.grammar import lexer as lexing
from structgen.grammar.machine import GrammarMachine
from structgen.tokens.subtrees import SubtreeReader
from structgen.tokens.token_groups import TokenGroups

_DEAD = cython.declare(cython.int, lexing.DEAD)

__all__ = ["DocumentMasks", "Ending", "Exit", "Part", "Piece", "PieceMaker"]

DocumentMasks: TypeAlias = Callable[[int, NDArray[np.int32]], None]
"""Overwrites a row with the tokens that may come in a state of JSON text and don't end the text of a grammar."""


@cython.no_gc
@cython.cclass
class Part:
    """Subtrees that are read from the start of a terminal, with a guard; their piece is made when it is first needed.

    ``entry`` is the signature of what their first bytes may begin.
    """

    entry: cython.int
    guard: cython.int
    nodes: NDArray[np.int32]
    piece: Any

    def __init__(self, entry: cython.int, guard: cython.int, nodes: NDArray[np.int32]) -> None:
        self.entry, self.guard, self.nodes, self.piece = entry, guard, nodes, None


@cython.no_gc
@cython.cclass
class Exit:
    """Subtrees that follow once any terminal of ``completed``, each with the count beside it, is complete; their parts
    are told apart when they are first needed.
    """

    completed: tuple[tuple[int, int], ...]
    guard: cython.int
    nodes: NDArray[np.int32]
    parts: Any

    def __init__(self, completed: tuple, guard: cython.int, nodes: NDArray[np.int32]) -> None:
        self.completed, self.guard, self.nodes, self.parts = completed, guard, nodes, None


@cython.no_gc
@cython.cclass
class Ending:
    """The exits that follow ``terminal`` with this count, which alone is of ``signature``.

    ``begins_line``: whether some of them may stand at the beginning of a line.
    """

    number: cython.int
    terminal: cython.int
    count: cython.int
    signature: cython.int
    begins_line: cython.bint
    exits: list[Exit]

    def __init__(self, number: int, terminal: int, count: int, signature: int) -> None:
        self.number, self.terminal, self.count, self.signature = number, terminal, count, signature
        self.exits, self.begins_line = [], False


@cython.no_gc
@cython.cclass
class Piece:
    """Groups of tokens by signature, and what goes on."""

    number: cython.int
    signatures: cython.int[::1]
    groups: cython.int[::1]
    exits: list[Exit]
    endings: Any

    def __init__(self, number: int, signatures: Any, groups: Any, exits: list[Any]) -> None:
        self.number, self.exits, self.endings = number, exits, None
        self.signatures, self.groups = signatures, groups


@cython.cclass
class PieceMaker:
    """Makes the pieces of one grammar for one vocabulary, and the groups of tokens."""

    groups: TokenGroups
    subtrees: SubtreeReader
    _machine: GrammarMachine
    _lexer: Any
    _start: cython.int
    _contextual_start: cython.int
    _line_row: Any
    _entries: dict[frozenset[int], int]
    _document_masks: Any
    _trie: WalkTrie
    _trie_bytes: NDArray[np.uint8]
    _byte: cython.const[cython.uchar][::1]
    _root_nodes: NDArray[np.int32]
    _pieces: dict[tuple[int, bytes], Piece]
    _root_pieces: dict[tuple[int, int], Piece]
    _beginnings: dict[int, list[Piece]]
    _piece_count: cython.int
    _ending_count: cython.int
    _sizes: cython.int[::1]

    def __init__(
        self, machine: GrammarMachine, trie: WalkTrie, words: int, longest: int, document_masks: DocumentMasks
    ) -> None:
        self._machine, self._lexer, self._start = machine, machine.lexer, machine.lexer.start
        self._contextual_start = machine.lexer.contextual_start
        self.groups, self.subtrees = TokenGroups(words), SubtreeReader(machine, trie, longest)
        self._entries, self._line_row = {}, None
        self._document_masks, self._trie = document_masks, trie
        self._trie_bytes = trie.arrays["byte"]
        self._byte = self._trie_bytes.data
        self._root_nodes = _children(trie.arrays["subtree_end"])
        self._pieces, self._root_pieces, self._beginnings = {}, {}, {}
        self._piece_count = self._ending_count = 0
        self._sizes = np.zeros(1 << 12, np.int32).data

    def root_piece(self, reading: cython.int, guard: cython.int) -> Piece:
        """All tokens, read from a reading on."""
        piece = self._root_pieces.get((reading, guard))
        if piece is None:
            documents: tuple = ()
            if not guard and not self._machine.layout.is_longest:
                documents = self._lexer.documents_in(reading)
            if documents:
                piece = self._built_with_documents(reading, documents)
            else:
                piece = self._built(reading, guard, self._root_nodes)
            self._root_pieces[reading, guard] = piece
        return piece

    def first_pieces(self, allowed: cython.int) -> list[Piece]:
        """The pieces of the beginning of a text, which only its first mask needs, for a row of verdicts.

        So what may not stand there isn't read, neither at once nor behind ignored text: most of the vocabulary's
        tokens are a blank and a word.
        """
        pieces = self._beginnings.get(allowed)
        if pieces is None:
            pieces = self._beginnings[allowed] = self._made_first(allowed)
        return pieces

    def piece_of(self, part: Part) -> Piece:
        """What a part's subtrees are."""
        if part.piece is None:
            key = (part.guard, part.nodes.tobytes())
            piece = self._pieces.get(key)
            if piece is None:
                piece = self._pieces[key] = self._built(self._start, part.guard, part.nodes)
            part.piece = piece
        return part.piece

    def endings(self, piece: Piece) -> list[Ending]:
        """A piece's exits by what is complete."""
        if piece.endings is None:
            found: dict[tuple[int, int], Ending] = {}
            exit: Exit
            ending: Ending
            for exit in piece.exits:
                for key in exit.completed:
                    if key not in found:
                        terminal, count = key
                        self._ending_count += 1
                        signature = self._lexer.signature_of((terminal,))
                        found[key] = Ending(self._ending_count, terminal, count, signature)
                    ending = found[key]
                    ending.exits.append(exit)
                    if ending.terminal == self._machine.layout.newline and not ending.begins_line:
                        ending.begins_line = self._may_begin_line(exit)
            piece.endings = list(found.values())
        return piece.endings

    def _may_begin_line(self, exit: Exit) -> cython.bint:
        if self._line_row is None:
            self._line_row = self.subtrees.beginnings(self._machine.line_bits)
        first = set(self._trie_bytes[exit.nodes].tolist())
        return any(self._line_row[byte] for byte in first)

    def parts(self, exit: Exit) -> list[Part]:
        """An exit's subtrees by the kind of their first byte.

        So exits that differ in a few bytes have most pieces in common, and what closes several brackets, which depends
        on much of the parser's stacks, is kept apart from what doesn't.
        """
        if exit.parts is None:
            exit.parts = self._made_parts(exit.guard, exit.nodes)
        return exit.parts

    def _made_first(self, allowed: cython.int) -> list[Piece]:
        self._machine.verdicts.bring_up_to_date(allowed)
        ignored = self._machine.layout.ignored
        may_begin = np.zeros(256, np.bool_)
        is_blank = np.zeros(256, np.uint8)
        byte: cython.int
        for byte in range(256):
            signature = self._lexer.signatures[self.subtrees.step(self._start, byte)]
            other = self._lexer.signatures[self.subtrees.step(self._contextual_start, byte)]
            self._machine.verdicts.bring_up_to_date(allowed)
            table = self._machine.verdicts.table
            may_begin[byte] = table[allowed, signature] != 0 or table[allowed, other] != 0
            is_blank[byte] = not ignored.isdisjoint(self._lexer.terminals_of[signature])
        roots = self._trie_bytes[self._root_nodes]
        self.subtrees.read_first(self._root_nodes[is_blank[roots] != 0], is_blank)
        piece = self._collected()
        others = [self._root_nodes[is_blank[roots] == 0]]
        left: list[Exit] = []
        exit: Exit
        for exit in piece.exits:
            is_ignored = exit.guard == 0 and self._machine.layout.newline < 0
            for terminal, _ in exit.completed:
                is_ignored = is_ignored and terminal in ignored
            if is_ignored:
                others.append(exit.nodes)
            else:
                left.append(exit)
        piece.exits = left
        nodes = np.concatenate(others)
        nodes = np.unique(nodes[may_begin[self._trie_bytes[nodes]]])
        return [piece, self._built(self._start, 0, nodes)]

    def _built(self, reading: cython.int, guard: cython.int, nodes: NDArray[np.int32]) -> Piece:
        self.subtrees.read(nodes, reading, guard)
        return self._collected()

    def _built_with_documents(self, reading: cython.int, documents: tuple) -> Piece:
        """All tokens, read inside of JSON texts, and what else they may be. What stays in such a text is known to its
        own masks; what leaves it is little, as there has to be one of its ends, and more behind it.
        """
        inside, rest = self._lexer.divided(reading, documents)
        signatures: list[int] = []
        groups: list[int] = []
        exits: list[Exit] = []
        if rest != _DEAD:
            others: Piece = self.root_piece(rest, 0)
            signatures += list(others.signatures)
            groups += list(others.groups)
            exits += others.exits
        ends = b""
        for terminal, state, end in documents:
            row = np.zeros(self.groups.words, np.int32)
            self._document_masks(state, row)
            signatures.append(self._lexer.signature_of((terminal,)))
            groups.append(self.groups.add_row(row))
            ends += end
        self.subtrees.read_exits(self._root_nodes, inside, self._trie.inside(bytes(sorted(set(ends)))))
        return self._piece(signatures, groups, exits)

    def _collected(self) -> Piece:
        """The piece of what has just been read."""
        read: SubtreeReader = self.subtrees
        self._make_sizes()
        found, bounds, ids = _grouped(read.found_signature, read.found, read.found_count, self._sizes)
        groups = [self.groups.add(ids[bounds[group] : bounds[group + 1]]) for group in range(len(found))]
        return self._piece(found, groups, [])

    def _make_sizes(self) -> cython.void:
        while self._sizes.shape[0] < max(len(self._lexer.terminals_of), len(self.subtrees.keys)):
            self._sizes = np.concatenate([self._sizes, np.zeros_like(self._sizes)]).data

    def _piece(self, signatures: list, groups: list, exits: list) -> Piece:
        """The piece of these groups and exits, and of what has just been left."""
        read: SubtreeReader = self.subtrees
        self._make_sizes()
        group: cython.int
        numbers, bounds, left = _grouped(read.left_key, read.left, read.left_count, self._sizes)
        for group in range(len(numbers)):
            completion, _, guard = read.keys[numbers[group]]
            exits.append(Exit(read.completions[completion], guard, left[bounds[group] : bounds[group + 1]]))
        self._piece_count += 1
        return Piece(self._piece_count, np.array(signatures, np.int32).data, np.array(groups, np.int32).data, exits)

    def _made_parts(self, guard: cython.int, nodes: NDArray[np.int32]) -> list[Part]:
        numbers: cython.int[::1] = nodes
        index: cython.Py_ssize_t
        if numbers.shape[0] == 1:
            return [self._part(guard, nodes)]
        kinds: cython.int[::1] = np.empty(numbers.shape[0], np.int32)
        for index in range(numbers.shape[0]):
            kinds[index] = _KINDS[self._byte[numbers[index]]]
        while self._sizes.shape[0] < 256:
            self._sizes = np.concatenate([self._sizes, np.zeros_like(self._sizes)]).data
        found, bounds, grouped = _grouped(kinds, numbers, cython.cast(cython.int, numbers.shape[0]), self._sizes)
        if len(found) == 1:
            return [self._part(guard, nodes)]
        return [self._part(guard, grouped[bounds[group] : bounds[group + 1]].copy()) for group in range(len(found))]

    def _part(self, guard: cython.int, nodes: NDArray[np.int32]) -> Part:
        numbers: cython.int[::1] = nodes
        index: cython.Py_ssize_t
        byte: cython.int
        last: cython.int = -1
        entries: set[int] = set()
        for index in range(numbers.shape[0]):
            byte = self._byte[numbers[index]]
            if byte != last:
                entries.add(self._lexer.signatures[self.subtrees.step(self._start, byte)])
                entries.add(self._lexer.signatures[self.subtrees.step(self._contextual_start, byte)])
                last = byte
        key = frozenset(entries)
        entry = self._entries.get(key)
        if entry is None:
            terminals = {terminal for signature in entries for terminal in self._lexer.terminals_of[signature]}
            entry = self._entries[key] = self._lexer.signature_of(terminals)
        return Part(entry, guard, nodes)


def _children(subtree_end: NDArray[np.int32]) -> NDArray[np.int32]:
    """The children of the trie's root."""
    children = []
    node = 1
    while node < len(subtree_end):
        children.append(node)
        node = int(subtree_end[node])
    return np.array(children, np.int32)


def _kind(byte: int) -> int:
    """Letters and what UTF-8 writes with several bytes are of one kind, and so are digits; others each of their own."""
    character = chr(byte)
    if byte >= 0x80 or character.isalpha() or character == "_":
        return ord("a")
    return ord("0") if character.isdigit() else byte


_KINDS: Final = np.array([_kind(byte) for byte in range(256)], np.int32)


@cython.cfunc
def _grouped(keys: cython.int[::1], values: cython.int[::1], count: cython.int, sizes: cython.int[::1]) -> tuple:
    """The different ones of ``count`` keys; where the values of each begin, and one past the last; those values.

    ``sizes``, one for each key that there may be, are 0 before and after.
    """
    index: cython.int
    key: cython.int
    found: list[int] = []
    for index in range(count):
        if sizes[keys[index]] == 0:
            found.append(keys[index])
        sizes[keys[index]] += 1
    bounds: cython.int[::1] = np.empty(len(found) + 1, np.int32)
    end: cython.int = 0
    for index in range(len(found)):
        key = found[index]
        bounds[index] = end
        end += sizes[key]
        sizes[key] = bounds[index]
    bounds[len(found)] = end
    grouped: cython.int[::1] = np.empty(count, np.int32)
    for index in range(count):
        grouped[sizes[keys[index]]] = values[index]
        sizes[keys[index]] += 1
    for key in found:
        sizes[key] = 0
    return found, np.asarray(bounds), np.asarray(grouped)

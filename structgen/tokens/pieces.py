# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""What a vocabulary's tokens are to a grammar's terminals, whatever the parser says: masks are put together from this.

A *piece* holds parts of tokens (subtrees of the vocabulary's trie) as they are read from one reading on. Those that end
in the middle of a terminal are grouped by the terminals that it may be. Those that complete one and go on are an exit:
the subtrees where they go on, which are a piece of their own, read from the start of a terminal. Pieces are made once,
when a mask first needs them. A mask asks the parser where each exit leads, and never looks at a token: of the 128,000
of Llama-3.1's vocabulary, a statement of Python's is some hundred groups.

Tokens with ignored text inside are read on in the same piece, since the parser doesn't see it.
"""

from __future__ import annotations

from typing import Any, Final

import cython
import numpy as np
from numpy.typing import NDArray

from structgen.automaton.machine import WalkTrie
from structgen.grammar import lexer as lexing
from structgen.grammar.machine import GrammarMachine, Thread

__all__ = ["MaskMaker"]

_UNKNOWN = cython.declare(cython.int, lexing.UNKNOWN)
_DEAD = cython.declare(cython.int, lexing.DEAD)

# What a reading completes.
_ASKED = cython.declare(cython.int, 1)  # whether the others are known
_IGNORED = cython.declare(cython.int, 2)
_PARSED = cython.declare(cython.int, 4)

_MANY: Final = 256  # tokens of a group that is kept as a bitmask too
_SLOTS = cython.declare(cython.int, 1 << 10)


@cython.cclass
class Part:
    """Subtrees that are read from the start of a terminal; their piece is made when it is first needed.

    ``entry`` is the signature of what their first bytes may begin.
    """

    entry: cython.int
    nodes: NDArray[np.int32]
    piece: Any

    def __init__(self, entry: int, nodes: NDArray[np.int32]) -> None:
        self.entry, self.nodes, self.piece = entry, nodes, None


@cython.cclass
class Exit:
    """Subtrees that follow once a terminal of ``reading`` is complete.

    ``signature`` is that of the complete ones, each of which ``completed`` holds with the count beside it. ``guard`` is
    not 0 where the first bytes may go on with a terminal all the same; see ``grammar.machine``.
    """

    reading: cython.int
    guard: cython.int
    signature: cython.int
    completed: list[tuple[int, int]]
    nodes: NDArray[np.int32]
    parts: list[Part]

    def __init__(self, reading: int, guard: int, completed: Any, signature: int, nodes: Any, parts: Any) -> None:
        self.reading, self.guard, self.signature = reading, guard, signature
        self.completed, self.nodes, self.parts = completed, nodes, parts


@cython.cclass
class Piece:
    """Groups of tokens by signature, those with a bitmask first, and exits."""

    number: cython.int
    signatures: cython.int[::1]
    bounds: cython.int[::1]
    ids: cython.int[::1]
    rows: list[Any]
    exits: list[Exit]

    def __init__(self, number: int, signatures: Any, bounds: Any, ids: Any, rows: list[Any], exits: list[Any]) -> None:
        self.number = number
        self.signatures, self.bounds, self.ids = signatures.data, bounds.data, ids.data
        self.rows, self.exits = rows, exits


@cython.cclass
class MaskMaker:
    """Makes the masks of one grammar's states for one vocabulary."""

    _machine: Any
    _lexer: Any
    _is_longest: cython.bint
    _start: cython.int
    _rows: cython.int[:, ::1]
    _accepting: cython.uchar[::1]
    _signatures: cython.int[::1]
    _completes: cython.uchar[::1]
    _byte: cython.const[cython.uchar][::1]
    _subtree_end: cython.const[cython.int][::1]
    _token_begin: cython.const[cython.int][::1]
    _order: cython.const[cython.int][::1]
    _root_nodes: NDArray[np.int32]
    _words: cython.int
    _bits: cython.int[::1]
    _pieces: dict[bytes, Piece]
    _root_pieces: dict[int, Piece]
    _piece_count: cython.int
    # scratch of one piece: levels of its walk, tokens found, subtrees left for exits
    _level_end: cython.int[::1]
    _level_first: cython.int[::1]
    _readings: cython.int[::1]
    _found: cython.int[::1]
    _found_signature: cython.int[::1]
    _found_count: cython.int
    _left: cython.int[::1]
    _left_key: cython.int[::1]
    _left_count: cython.int
    _keys: list[tuple[int, int, int, bool]]
    _key_of: dict[tuple[int, int, int, bool], int]
    _last_key: cython.int[:, ::1]
    # scratch of one mask
    _row: cython.int[::1]
    _visited: set[tuple[int, int, int]]

    def __init__(self, machine: GrammarMachine, trie: WalkTrie, words: int, longest: int) -> None:
        lexer = machine.lexer
        self._machine, self._lexer, self._start = machine, lexer, lexer.start
        self._is_longest = machine.layout.is_longest
        self._rows, self._accepting, self._signatures = lexer.rows.data, lexer.accepting.data, lexer.signatures.data
        self._completes = np.zeros(lexing.MAX_READINGS, np.uint8).data
        arrays = trie.arrays
        self._byte, self._subtree_end = arrays["byte"].data, arrays["subtree_end"].data
        self._token_begin, self._order = arrays["token_begin"].data, arrays["order"].data
        self._root_nodes = _children(arrays["subtree_end"])
        self._words = words
        self._bits = (np.uint32(1) << np.arange(32, dtype=np.uint32)).view(np.int32).data
        self._pieces, self._root_pieces, self._piece_count = {}, {}, 0
        self._level_end = np.zeros(longest + 2, np.int32).data
        self._level_first = np.zeros(longest + 3, np.int32).data
        self._readings = np.zeros(4 * longest + 64, np.int32).data
        self._found = np.zeros(1 << 12, np.int32).data
        self._found_signature = np.zeros(1 << 12, np.int32).data
        self._left = np.zeros(1 << 12, np.int32).data
        self._left_key = np.zeros(1 << 12, np.int32).data
        self._keys, self._key_of, self._visited = [], {}, set()
        self._last_key = np.zeros((_SLOTS, 5), np.int32).data
        self._found_count = self._left_count = 0
        self._row = np.zeros(words, np.int32).data

    def make(self, threads: tuple[Thread, ...]) -> NDArray[np.int32]:
        """The bitmask of the tokens that some thread allows. The array lasts until the next one is made."""
        index: cython.Py_ssize_t
        for index in range(self._words):
            self._row[index] = 0
        self._visited.clear()
        for thread in threads:
            if thread[3]:
                self._walk_all([thread], self._root_nodes)
            else:
                self._fill(self._root_piece(thread[0]), thread[1], thread[2])
        return np.asarray(self._row)

    def allows_below(self, threads: tuple[Thread, ...], node: int) -> bool:
        """Whether some token below ``node`` is allowed; ``threads`` have read what leads there."""
        pending = [(node, list(threads))]
        child: cython.int
        while pending:
            node, before = pending.pop()
            child = node + 1
            while child < self._subtree_end[node]:
                following = self._machine.stepped(before, self._byte[child])
                if following:
                    if self._token_begin[child] < self._token_begin[child + 1]:
                        return True
                    pending.append((child, following))
                child = self._subtree_end[child]
        return False

    @cython.cfunc
    def _fill(self, piece: Piece, stacks: int, indentation: int) -> cython.void:
        """Add what ``piece`` allows after the parses of ``stacks``."""
        key = (piece.number, stacks, indentation)
        if key in self._visited:
            return
        self._visited.add(key)
        verdicts: cython.uchar[::1] = self._machine.verdicts(stacks, indentation)
        group: cython.int
        index: cython.int
        for group in range(piece.signatures.shape[0]):
            if verdicts[piece.signatures[group]]:
                if group < len(piece.rows):
                    self._add_row(piece.rows[group])
                else:
                    for index in range(piece.bounds[group], piece.bounds[group + 1]):
                        self._row[piece.ids[index] >> 5] |= self._bits[piece.ids[index] & 31]
        exit: Exit
        for exit in piece.exits:
            if verdicts[exit.signature]:
                self._leave_by(exit, stacks, indentation)

    @cython.cfunc
    def _leave_by(self, exit: Exit, stacks: int, indentation: int) -> cython.void:
        if exit.guard:
            self._walk_all([(exit.reading, stacks, indentation, 0)], exit.nodes)
            return
        following: dict[int, int] = {}
        for terminal, count in exit.completed:
            for below, enclosing in self._machine.after(stacks, indentation, terminal, count):
                known = following.get(enclosing)
                following[enclosing] = below if known is None else self._machine.parser.unite(known, below)
        part: Part
        for enclosing, below in following.items():
            verdicts: cython.uchar[::1] = self._machine.verdicts(below, enclosing)
            for part in exit.parts:
                if verdicts[part.entry]:
                    if part.piece is None:
                        part.piece = self._piece_of(part.nodes)
                    self._fill(part.piece, below, enclosing)

    @cython.cfunc
    def _add_row(self, row: cython.int[::1]) -> cython.void:
        index: cython.Py_ssize_t
        for index in range(self._words):
            self._row[index] |= row[index]

    @cython.cfunc
    def _walk_all(self, threads: list[Thread], nodes: NDArray[np.int32]) -> cython.void:
        """Add the tokens under ``nodes`` that some thread allows, byte by byte."""
        pending = [(node, threads) for node in nodes.tolist()]
        index: cython.int
        node: cython.int
        child: cython.int
        while pending:
            node, before = pending.pop()
            following = self._machine.stepped(before, self._byte[node])
            if following:
                for index in range(self._token_begin[node], self._token_begin[node + 1]):
                    self._row[self._order[index] >> 5] |= self._bits[self._order[index] & 31]
                child = node + 1
                while child < self._subtree_end[node]:
                    pending.append((child, following))
                    child = self._subtree_end[child]

    @cython.cfunc
    def _root_piece(self, reading: int) -> Piece:
        piece = self._root_pieces.get(reading)
        if piece is None:
            piece = self._root_pieces[reading] = self._built(reading, self._root_nodes)
        return piece

    @cython.cfunc
    def _piece_of(self, nodes: NDArray[np.int32]) -> Piece:
        key = nodes.tobytes()
        piece = self._pieces.get(key)
        if piece is None:
            piece = self._pieces[key] = self._built(self._start, nodes)
        return piece

    @cython.cfunc
    def _built(self, reading: cython.int, nodes: NDArray[np.int32]) -> Piece:
        roots: cython.int[::1] = nodes
        index: cython.Py_ssize_t
        self._found_count = self._left_count = 0
        self._keys, self._key_of = [], {}
        self._last_key[:, :] = -1
        for index in range(roots.shape[0]):
            self._walk(roots[index], reading)
        signatures, bounds, ids = _grouped(self._found_signature[: self._found_count], self._found[: self._found_count])
        rows = [
            self._bitmask(ids[bounds[group] : bounds[group + 1]])
            for group in range(len(signatures))
            if bounds[group + 1] - bounds[group] >= _MANY
        ]
        exits: list[Exit] = []
        numbers, bounds_left, left = _grouped(self._left_key[: self._left_count], self._left[: self._left_count])
        for group, number in enumerate(numbers.tolist()):
            exits.append(self._exit(self._keys[number], left[bounds_left[group] : bounds_left[group + 1]]))
        self._piece_count += 1
        return Piece(self._piece_count, signatures, bounds, ids, rows, exits)

    @cython.cfunc
    def _exit(self, key: tuple[int, int, int, bool], nodes: NDArray[np.int32]) -> Exit:
        reading, _, guard, is_root = key
        completed = self._lexer.complete_in(reading)
        signature = self._lexer.signature_of([terminal for terminal, _ in completed])
        nodes = np.sort(nodes)
        parts = [] if guard else [self._part(share) for share in (self._shares(nodes) if is_root else [nodes])]
        return Exit(reading, guard, completed, signature, nodes, parts)

    @cython.cfunc
    def _part(self, nodes: NDArray[np.int32]) -> Part:
        terminals: set[int] = set()
        for byte in {self._byte[node] for node in nodes.tolist()}:
            terminals.update(self._lexer.terminals_of[self._signatures[self._step(self._start, byte)]])
        return Part(self._lexer.signature_of(terminals), nodes)

    @cython.cfunc
    def _shares(self, nodes: NDArray[np.int32]) -> list[NDArray[np.int32]]:
        """Children of the root by kind of byte: sets of them that differ in a few have most shares in common."""
        kinds: dict[int, list[int]] = {}
        for node in nodes.tolist():
            kinds.setdefault(_kind(self._byte[node]), []).append(node)
        return [np.array(share, np.int32) for share in kinds.values()]

    @cython.cfunc
    def _bitmask(self, ids: NDArray[np.int32]) -> NDArray[np.int32]:
        row: cython.int[::1] = np.zeros(self._words, np.int32)
        numbers: cython.int[::1] = ids
        index: cython.Py_ssize_t
        for index in range(numbers.shape[0]):
            row[numbers[index] >> 5] |= self._bits[numbers[index] & 31]
        return np.asarray(row)

    @cython.cfunc
    def _walk(self, root: cython.int, reading: cython.int) -> cython.void:
        """Read the subtree of ``root``, its own byte included, from ``reading``."""
        depth: cython.int = 0
        node: cython.int = root
        size: cython.int
        index: cython.int
        token: cython.int
        end: cython.int
        self._level_end[0] = self._subtree_end[root]
        self._level_first[0] = 0
        self._level_first[1] = 1
        self._readings[0] = reading
        while True:
            while node == self._level_end[depth]:
                depth -= 1
                if depth < 0:
                    return
            size = self._read(node, depth)
            end = self._subtree_end[node]
            if size:
                for token in range(self._token_begin[node], self._token_begin[node + 1]):
                    for index in range(self._level_first[depth + 1], self._level_first[depth + 1] + size):
                        self._find(self._order[token], self._signatures[self._readings[index]])
                if end > node + 1:
                    depth += 1
                    self._level_end[depth] = end
                    self._level_first[depth + 1] = self._level_first[depth] + size
                    node += 1
                    continue
            node = end

    @cython.cfunc
    def _read(self, node: cython.int, depth: cython.int) -> cython.int:
        """Write the readings after the byte of ``node`` behind those of this level; their number."""
        byte: cython.int = self._byte[node]
        begin: cython.int = self._level_first[depth + 1]
        end: cython.int = begin
        if 2 * begin + 2 > self._readings.shape[0]:
            self._readings = _grown(self._readings)
        index: cython.int
        reading: cython.int
        following: cython.int
        fresh: cython.int
        guard: cython.int
        completes: cython.int
        for index in range(self._level_first[depth], begin):
            reading = self._readings[index]
            following = self._step(reading, byte)
            if following != _DEAD:
                end = self._put(begin, end, following)
            if not self._accepting[reading] or (self._is_longest and self._accepting[following]):
                continue
            fresh = self._step(self._start, byte)
            if fresh == _DEAD:
                continue
            guard = following if self._is_longest and following != _DEAD else 0
            completes = self._completed_by(reading)
            if completes & _IGNORED and depth and not guard:
                end = self._put(begin, end, fresh)
            elif not completes & _PARSED and not completes & _IGNORED:
                continue
            if completes & _PARSED or guard or not depth:
                self._leave(node, reading, fresh if following != _DEAD and not guard else 0, guard, depth == 0)
        return end - begin

    @cython.cfunc
    def _put(self, begin: cython.int, end: cython.int, reading: cython.int) -> cython.int:
        index: cython.int
        for index in range(begin, end):
            if self._readings[index] == reading:
                return end
        self._readings[end] = reading
        return end + 1

    @cython.cfunc
    def _step(self, reading: cython.int, byte: cython.int) -> cython.int:
        following: cython.int = self._rows[reading, byte]
        return self._lexer.step(reading, byte) if following == _UNKNOWN else following

    @cython.cfunc
    def _completed_by(self, reading: cython.int) -> cython.int:
        if not self._completes[reading]:
            ignored = self._machine.layout.ignored
            completed = [terminal in ignored for terminal, _ in self._lexer.complete_in(reading)]
            self._completes[reading] = _ASKED | (_IGNORED if any(completed) else 0) | (0 if all(completed) else _PARSED)
        return self._completes[reading]

    @cython.cfunc
    def _find(self, token: cython.int, signature: cython.int) -> cython.void:
        if self._found_count == self._found.shape[0]:
            self._found, self._found_signature = _grown(self._found), _grown(self._found_signature)
        self._found[self._found_count] = token
        self._found_signature[self._found_count] = signature
        self._found_count += 1

    @cython.cfunc
    def _leave(
        self, node: cython.int, reading: cython.int, first: cython.int, guard: cython.int, is_root: cython.bint
    ) -> cython.void:
        """Note that the subtree of ``node`` follows where ``reading`` is complete."""
        slot: cython.int = (reading * 31 + first * 7 + guard) & (_SLOTS - 1)
        last: cython.int[::1] = self._last_key[slot]
        if last[0] != reading or last[1] != first or last[2] != guard or last[3] != is_root:
            key = (reading, first, guard, bool(is_root))
            number = self._key_of.get(key)
            if number is None:
                number = self._key_of[key] = len(self._keys)
                self._keys.append(key)
            last[0], last[1], last[2], last[3], last[4] = reading, first, guard, is_root, number
        if self._left_count == self._left.shape[0]:
            self._left, self._left_key = _grown(self._left), _grown(self._left_key)
        self._left[self._left_count] = node
        self._left_key[self._left_count] = last[4]
        self._left_count += 1


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
        return -1
    return -2 if character.isdigit() else byte


def _grouped(
    keys: cython.int[::1], values: cython.int[::1]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """The different keys, those of many values first; where the values of each begin, and one past the last; those."""
    numbers, sizes = np.unique(np.asarray(keys), return_counts=True)
    order = np.argsort(-sizes, kind="stable")
    numbers, sizes = numbers[order].astype(np.int32), sizes[order]
    bounds = np.zeros(len(numbers) + 1, np.int32)
    np.cumsum(sizes, out=bounds[1:])
    size: cython.int = int(numbers.max()) + 1 if len(numbers) else 0
    places: cython.int[::1] = np.zeros(size, np.int32)
    index: cython.Py_ssize_t
    for index in range(len(numbers)):
        places[numbers[index]] = bounds[index]
    sorted_values: cython.int[::1] = np.zeros(keys.shape[0], np.int32)
    for index in range(keys.shape[0]):
        sorted_values[places[keys[index]]] = values[index]
        places[keys[index]] += 1
    return numbers, bounds, np.asarray(sorted_values)


@cython.cfunc
def _grown(numbers: cython.int[::1]) -> cython.int[::1]:
    return np.concatenate([numbers, np.zeros_like(numbers)]).data

# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""What a vocabulary's tokens are to a grammar's terminals, whatever the parser says: masks are put together from this.

A *piece* holds parts of tokens (subtrees of the vocabulary's trie) as they are read from one reading on. Those that end
in the middle of a terminal are grouped by the terminals that it may be. Those that complete one and go on are an exit:
the subtrees where they go on, which are a piece of their own, read from the start of a terminal. Pieces are made once,
when a mask first needs them. A mask asks the parser where each exit leads, and never looks at a token: of the 128,000
of Llama-3.1's vocabulary, a statement of Python's is some hundred groups.

Masks are put together from *shares*: what a piece allows, kept by as many states of the stacks as decide that. Stacks
are cut off in a twin of the machine, whose tables are dropped when they are large; the machine's own know of texts
alone.

Tokens with ignored text inside are read on in the same piece, since the parser doesn't see it.
"""

from __future__ import annotations

from typing import Any, Final

import cython
import numpy as np
from numpy.typing import NDArray

from structgen.automaton.machine import WalkTrie
from structgen.automaton.memory import untouched
from structgen.grammar import lexer as lexing
from structgen.grammar.machine import GrammarMachine, Thread, deepened

__all__ = ["MAX_SHARED_IDS", "MaskMaker"]

_UNKNOWN = cython.declare(cython.int, lexing.UNKNOWN)
_DEAD = cython.declare(cython.int, lexing.DEAD)

# What a reading completes.
_ASKED = cython.declare(cython.int, 1)  # whether the others are known
_IGNORED = cython.declare(cython.int, 2)
_PARSED = cython.declare(cython.int, 4)

_NONE: Final = np.zeros(0, np.int32)

MAX_SHARED_IDS: Final = 1 << 23
"""Bound on the ids of tokens, 4 bytes each, that are kept of what pieces allow."""

_ALL = cython.declare(cython.int, 1 << 30)
# Where more of the parser's states decide, all do: copies of deep stacks, cut off at many depths, would be many.
_SHALLOW = cython.declare(cython.int, 6)
_MAX_SCRATCH: Final = 1 << 19  # stack sets of the twin
_SHARE_COST: Final = 64  # what else a share takes
_MULTIPLIER = cython.declare(cython.ulonglong, 0x9E3779B97F4A7C15)
_64_BITS = cython.declare(cython.ulonglong, 0xFFFFFFFFFFFFFFFF)  # what C cuts off, Python has to
_MANY: Final = 256  # tokens of a group that is kept as a bitmask too
_SLOTS = cython.declare(cython.int, 1 << 10)


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
    depth: cython.int  # of the parser's states before the exit, how many ever decided what is allowed

    def __init__(self, entry: int, guard: int, nodes: NDArray[np.int32]) -> None:
        self.entry, self.guard, self.nodes, self.piece, self.depth = entry, guard, nodes, None, 2


@cython.no_gc
@cython.cclass
class Exit:
    """Subtrees that follow once a terminal is complete; their parts are told apart when they are first needed.

    ``signature`` is that of the terminals that are, each of which ``completed`` holds with the count beside it.
    """

    signature: cython.int
    completed: list[tuple[int, int]]
    guard: cython.int
    nodes: NDArray[np.int32]
    parts: list[Part] | None

    def __init__(self, signature: int, completed: list[tuple[int, int]], guard: int, nodes: NDArray[np.int32]) -> None:
        self.signature, self.completed, self.guard, self.nodes, self.parts = signature, completed, guard, nodes, None


@cython.no_gc
@cython.cclass
class Piece:
    """Groups of tokens by signature, those with a bitmask first, and exits."""

    number: cython.int
    depth: cython.int  # of the parser's states, how many ever decided what is allowed
    levels: cython.int  # and of the indentation
    signatures: cython.int[::1]
    bounds: cython.int[::1]
    ids: NDArray[np.int32]
    rows: list[int]
    exits: list[Exit]

    def __init__(self, number: int, signatures: Any, bounds: Any, ids: Any, rows: list[int], exits: list[Any]) -> None:
        self.number, self.depth, self.levels = number, 1, 0
        self.signatures, self.bounds, self.ids = signatures.data, bounds.data, ids
        self.rows, self.exits = rows, exits


@cython.no_gc
@cython.cclass
class Share:
    """Tokens that a piece allows somewhere: ``ids``, and those of the bitmasks with the numbers ``rows``.

    ``depth`` of the parser's states and ``levels`` of the indentation decided that.
    """

    ids: NDArray[np.int32]
    rows: tuple[int, ...]
    depth: cython.int
    levels: cython.int

    def __init__(self, ids: NDArray[np.int32], rows: tuple[int, ...], depth: int, levels: int) -> None:
        self.ids, self.rows, self.depth, self.levels = ids, rows, depth, levels


@cython.no_gc
@cython.cclass
class Gathering:
    """A share that is being made, of arrays of ids that may have some in common."""

    ids: list[Any]
    rows: list[int]
    depth: cython.int
    levels: cython.int

    def __init__(self) -> None:
        self.ids, self.rows, self.depth, self.levels = [], [], 1, 0


@cython.cclass
class Table:
    """Numbers, not negative, by pairs of numbers."""

    _first: cython.longlong[::1]
    _second: cython.longlong[::1]
    _value: cython.int[::1]
    _count: cython.Py_ssize_t

    def __init__(self) -> None:
        self._clear(1 << 10)

    @cython.cfunc
    def _clear(self, slots: cython.Py_ssize_t) -> cython.void:
        self._first, self._second = np.zeros(slots, np.int64).data, np.zeros(slots, np.int64).data
        self._value = np.full(slots, -1, np.int32).data
        self._count = 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def _slot(self, first: cython.longlong, second: cython.longlong) -> cython.Py_ssize_t:
        mask: cython.Py_ssize_t = self._value.shape[0] - 1
        mixed: cython.ulonglong = (cython.cast(cython.ulonglong, first) * _MULTIPLIER) & _64_BITS
        mixed ^= mixed >> 29
        mixed = ((mixed ^ cython.cast(cython.ulonglong, second)) * _MULTIPLIER) & _64_BITS
        slot: cython.Py_ssize_t = (mixed >> 32) & mask
        while self._value[slot] >= 0 and (self._first[slot] != first or self._second[slot] != second):
            slot = (slot + 1) & mask
        return slot

    @cython.cfunc
    @cython.exceptval(check=False)
    def find(self, first: cython.longlong, second: cython.longlong) -> cython.int:
        """The number of a pair, or -1."""
        return self._value[self._slot(first, second)]

    @cython.cfunc
    def put(self, first: cython.longlong, second: cython.longlong, value: cython.int) -> cython.void:
        """From now on ``find`` gives ``value``."""
        slot: cython.Py_ssize_t
        if 2 * self._count >= self._value.shape[0]:
            firsts: cython.longlong[::1] = self._first
            seconds: cython.longlong[::1] = self._second
            values: cython.int[::1] = self._value
            self._clear(2 * values.shape[0])
            index: cython.Py_ssize_t
            for index in range(values.shape[0]):
                if values[index] >= 0:
                    self.put(firsts[index], seconds[index], values[index])
        slot = self._slot(first, second)
        if self._value[slot] < 0:
            self._count += 1
        self._first[slot], self._second[slot], self._value[slot] = first, second, value


@cython.cclass
class MaskMaker:
    """Makes the masks of one grammar's states for one vocabulary."""

    _machine: Any
    _lexer: Any
    _terminals_of: list[tuple[int, ...]]
    _is_global: cython.bint  # whether all of the stacks decides about every terminal, as where lines can't start over
    # the stack sets of the machine's parser, and of the twin's
    _first: cython.const[cython.int][::1]
    _count: cython.const[cython.int][::1]
    _pool_state: cython.const[cython.int][::1]
    _pool_below: cython.const[cython.int][::1]
    _twin: Any
    _parser: Any
    _twin_first: cython.const[cython.int][::1]
    _twin_count: cython.const[cython.int][::1]
    _twin_state: cython.const[cython.int][::1]
    _twin_below: cython.const[cython.int][::1]
    _copies: Table
    _cuts: Table
    _outlines: Table  # indentations, cut off
    _judged: cython.int  # how many signatures the rows that are known say something about
    _row_of_set: cython.int[::1]
    _is_longest: cython.bint
    _start: cython.int
    _rows: cython.int[:, ::1]
    _accepting: cython.uchar[::1]
    _signatures: cython.int[::1]
    _completes: cython.uchar[::1]
    _completed: dict[int, tuple[int, list[tuple[int, int]]]]  # by reading, as of exits
    _entries: dict[frozenset[int], int]  # of parts, by the signatures of their first bytes
    _kinds: cython.const[cython.int][::1]
    _verdicts: cython.uchar[:, ::1]
    _byte: cython.const[cython.uchar][::1]
    _subtree_end: cython.const[cython.int][::1]
    _token_begin: cython.const[cython.int][::1]
    _order: cython.const[cython.int][::1]
    _trie_bytes: NDArray[np.uint8]
    _root_nodes: NDArray[np.int32]
    _words: cython.int
    _bits: cython.int[::1]
    _pieces: dict[tuple[int, bytes], Piece]
    _root_pieces: dict[tuple[int, int], Piece]
    _beginnings: dict[int, list[Piece]]  # of the beginning of a text, by the row of verdicts
    _piece_count: cython.int
    _bitmasks: list[Any]
    _shares: list[Share]
    _share_of: Table
    _share_ids: cython.Py_ssize_t
    # scratch of one piece: levels of its walk, tokens found, subtrees left for exits
    _level_end: cython.int[::1]
    _level_first: cython.int[::1]
    _readings: cython.int[::1]
    _guards: cython.int[::1]
    _found: cython.int[::1]
    _found_signature: cython.int[::1]
    _found_count: cython.int
    _left: cython.int[::1]
    _left_key: cython.int[::1]
    _left_count: cython.int
    _is_first: cython.bint
    _blank: cython.uchar[::1]  # whether ignored text may begin with a byte
    _build: cython.int  # of pieces begun
    _sizes: cython.int[::1]
    _keys: list[tuple[int, int, int]]
    _key_of: dict[tuple[int, int, int], int]
    _last_key: cython.int[:, ::1]
    # scratch of one mask
    _row: cython.int[::1]
    _seen: cython.int[::1]
    _turn: cython.int

    def __init__(self, machine: GrammarMachine, trie: WalkTrie, words: int, longest: int) -> None:
        lexer = machine.lexer
        self._machine, self._lexer, self._start = machine, lexer, lexer.start
        self._terminals_of, self._is_global = lexer.terminals_of, not lexer.lines_restart
        parser = machine.parser
        self._first, self._count = parser.first.data, parser.count.data
        self._pool_state, self._pool_below = parser.pool_state.data, parser.pool_below.data
        self._is_longest = machine.layout.is_longest
        self._rows, self._accepting, self._signatures = lexer.rows.data, lexer.accepting.data, lexer.signatures.data
        self._verdicts = machine.verdicts.data
        self._completes = untouched(lexing.MAX_READINGS, np.uint8).data
        self._completed, self._entries = {}, {}
        self._kinds = _KINDS.data
        arrays = trie.arrays
        self._byte, self._subtree_end = arrays["byte"].data, arrays["subtree_end"].data
        self._token_begin, self._order = arrays["token_begin"].data, arrays["order"].data
        self._trie_bytes = arrays["byte"]
        self._root_nodes = _children(arrays["subtree_end"])
        self._words = words
        self._bits = (np.uint32(1) << np.arange(32, dtype=np.uint32)).view(np.int32).data
        self._pieces, self._root_pieces, self._beginnings, self._piece_count, self._bitmasks = {}, {}, {}, 0, []
        self._level_end = np.zeros(longest + 2, np.int32).data
        self._level_first = np.zeros(longest + 3, np.int32).data
        self._readings = np.zeros(4 * longest + 64, np.int32).data
        self._guards = np.zeros(4 * longest + 64, np.int32).data
        self._found = np.zeros(1 << 12, np.int32).data
        self._found_signature = np.zeros(1 << 12, np.int32).data
        self._left = np.zeros(1 << 12, np.int32).data
        self._left_key = np.zeros(1 << 12, np.int32).data
        self._sizes = np.zeros(1 << 12, np.int32).data
        self._keys, self._key_of = [], {}
        self._last_key = np.zeros((_SLOTS, 5), np.int32).data
        self._found_count = self._left_count = 0
        self._is_first, self._build = False, 0
        self._row = np.zeros(words, np.int32).data
        self._seen, self._turn = np.zeros(32 * words, np.int32).data, 0
        self._outlines = Table()
        self._forget()

    @cython.cfunc
    def _forget(self) -> cython.void:
        """Begin with a new twin, which knows no share."""
        self._twin = self._machine.twin()
        self._parser = parser = self._twin.parser
        self._twin_first, self._twin_count = parser.first.data, parser.count.data
        self._twin_state, self._twin_below = parser.pool_state.data, parser.pool_below.data
        self._copies, self._cuts, self._share_of = Table(), Table(), Table()
        self._shares, self._share_ids = [], 0
        self._row_of_set = untouched(6 * _MAX_SCRATCH + 9).data
        self._judged = 0

    def make(self, threads: tuple[Thread, ...]) -> NDArray[np.int32]:
        """The bitmask of the tokens that some thread allows. The array lasts until the next one is made."""
        index: cython.Py_ssize_t
        for index in range(self._words):
            self._row[index] = 0
        if self._parser.sets > _MAX_SCRATCH or self._share_ids > MAX_SHARED_IDS:
            self._forget()
        for reading, stacks, indentation, guard in threads:
            gathering: Gathering = Gathering()
            copied: cython.int = self._copied(stacks)
            if reading == self._start:
                for piece in self._first_pieces(copied, indentation):
                    self._compose(piece, copied, indentation, _ALL, gathering)
            else:
                self._compose(self._root_piece(reading, guard), copied, indentation, _ALL, gathering)
            for ids in gathering.ids:
                self._add_ids(ids)
            for number in set(gathering.rows):
                self._add_row(self._bitmasks[number])
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
    def _copied(self, stacks: cython.int) -> cython.int:
        """The twin's number of a stack set."""
        if stacks == 0:
            return 0
        known: cython.int = self._copies.find(stacks, 0)
        if known < 0:
            entries: list[int] = []
            row: cython.int
            for row in range(self._first[stacks], self._first[stacks] + self._count[stacks]):
                entries += (self._pool_state[row], self._copied(self._pool_below[row]))
            known = self._parser.stack_set(tuple(entries))
            self._copies.put(stacks, 0, known)
        return known

    @cython.cfunc
    def _cut(self, stacks: cython.int, states: cython.int) -> cython.int:
        """The top ``states`` states of all stacks of the twin's set: the same for all sets that differ below only."""
        if states == 0 or stacks == 0:
            return 0
        known: cython.int = self._cuts.find(stacks, states)
        if known < 0:
            entries: list[int] = []
            row: cython.int
            for row in range(self._twin_first[stacks], self._twin_first[stacks] + self._twin_count[stacks]):
                entries += (self._twin_state[row], self._cut(self._twin_below[row], states - 1))
            known = self._parser.stack_set(tuple(entries))
            self._cuts.put(stacks, states, known)
        return known

    @cython.cfunc
    def _outline(self, indentation: cython.int, levels: cython.int) -> cython.int:
        known: cython.int = self._outlines.find(indentation, levels)
        if known < 0:
            known = self._machine.truncated(indentation, levels)
            self._outlines.put(indentation, levels, known)
        return known

    @cython.cfunc
    def _judge(self) -> cython.void:
        """Bring all rows of verdicts up to date if there are new signatures."""
        if self._judged != len(self._terminals_of):
            self._judged = len(self._terminals_of)
            self._machine.judge()

    @cython.cfunc
    def _verdicts_on(self, stacks: cython.int, indentation: cython.int) -> cython.int:
        """The row of verdicts for a stack set of the twin."""
        if self._is_global or stacks > 2 * _MAX_SCRATCH:
            return self._twin.allowed(stacks, indentation)
        self._judge()
        place: cython.int = 3 * stacks + self._outline(indentation, 0)
        if self._row_of_set[place] == 0:
            self._row_of_set[place] = self._twin.allowed(stacks, indentation) + 1
        return self._row_of_set[place] - 1

    @cython.cfunc
    @cython.exceptval(-1)
    def _compose(
        self, piece: Piece, stacks: cython.int, indentation: cython.int, known: cython.int, gathering: Gathering
    ) -> cython.bint:
        """Add to a share what ``piece`` allows after a stack set of the twin.

        Only the top ``known`` states of it are those of the text. False where they don't decide.
        """
        allowed: cython.int = self._verdicts_on(stacks, indentation)
        group: cython.int
        if self._is_global:
            # which columns a line may begin in depends on all that is below
            gathering.levels = _ALL
            gathering.depth = _ALL
            if known < _ALL:
                return False
        for group in range(piece.signatures.shape[0]):
            if self._verdicts[allowed, piece.signatures[group]]:
                if group < len(piece.rows):
                    gathering.rows.append(piece.rows[group])
                else:
                    gathering.ids.append(piece.ids[piece.bounds[group] : piece.bounds[group + 1]])
        exit: Exit
        part: Part
        few: cython.int
        last: cython.int
        within: cython.int
        for exit in piece.exits:
            if not self._verdicts[allowed, exit.signature]:
                continue
            last = -1
            following: tuple[tuple[int, int, int, int], ...] = ()
            parts = exit.parts
            if parts is None:
                parts = exit.parts = self._parts(exit.guard, exit.nodes)
            for part in parts:
                # As few states as ever decided it: mostly that has been asked before.
                within = part.depth if part.depth <= _SHALLOW else known
                if within < known:
                    few = self._cut(stacks, within)
                    if few != last:
                        following = self._following(exit, few, indentation)
                        last = few
                    if self._enter(part, following, indentation, within, gathering):
                        continue
                if stacks != last:
                    following = self._following(exit, stacks, indentation)
                    last = stacks
                if not self._enter(part, following, indentation, known, gathering):
                    return False
        return True

    @cython.cfunc
    @cython.exceptval(-1)
    def _enter(
        self,
        part: Part,
        following: tuple[tuple[int, int, int, int], ...],
        indentation: cython.int,
        known: cython.int,
        gathering: Gathering,
    ) -> cython.bint:
        """Add what a part allows; False, with what was added still right, where ``known`` states don't decide that.

        ``following`` is what follows the exit.
        """
        found: Share
        needed: cython.int
        for below, enclosing, depth, levels in following:
            gathering.levels = max(gathering.levels, levels)
            if depth > known:
                return False
            needed = depth
            if below and self._verdicts[self._verdicts_on(below, enclosing), part.entry]:
                if part.piece is None:
                    part.piece = self._piece_of(part.guard, part.nodes)
                found = self._found_share(
                    part.piece, below, enclosing, known - depth + 2 if depth and known < _ALL else known
                )
                climbed = self._machine.height(indentation) - self._machine.height(enclosing)
                gathering.levels = max(gathering.levels, found.levels + climbed)
                needed = min(deepened(depth, found.depth), _ALL)
                if needed > known:
                    return False
                if len(found.ids):
                    gathering.ids.append(found.ids)
                if found.rows:
                    gathering.rows.extend(found.rows)
            elif self._is_global:
                needed = gathering.levels = _ALL
                if needed > known:
                    return False
            gathering.depth = max(gathering.depth, needed)
            part.depth = max(part.depth, needed)
        return True

    @cython.cfunc
    def _found_share(self, piece: Piece, stacks: cython.int, indentation: cython.int, known: cython.int) -> Share:
        """What ``piece`` allows after a stack set of the twin, found again by as much of it as decides that.

        Where its top ``known`` states don't, the share's depth is larger, and the share of no use.
        """
        found: cython.int = self._number_of(piece, stacks, indentation)
        if found >= 0:
            return self._shares[found]
        gathering: Gathering = Gathering()
        if not self._compose(piece, stacks, indentation, known, gathering) or gathering.depth > known:
            return Share(_NONE, (), max(gathering.depth, known + 1), gathering.levels)
        share: Share = self._merged(gathering)
        piece.depth = max(share.depth, piece.depth)
        piece.levels = max(share.levels, piece.levels)
        kept: cython.int = stacks if piece.depth > _SHALLOW else self._cut(stacks, piece.depth)
        key: cython.longlong = (cython.cast(cython.longlong, piece.number) << 32) | kept
        self._share_of.put(key, self._outline(indentation, piece.levels), len(self._shares))
        self._shares.append(share)
        return share

    @cython.cfunc
    def _number_of(self, piece: Piece, stacks: cython.int, indentation: cython.int) -> cython.int:
        kept: cython.int = stacks if piece.depth > _SHALLOW else self._cut(stacks, piece.depth)
        key: cython.longlong = (cython.cast(cython.longlong, piece.number) << 32) | kept
        return self._share_of.find(key, self._outline(indentation, piece.levels))

    @cython.cfunc
    def _merged(self, gathering: Gathering) -> Share:
        """The share, with each token once."""
        ids: NDArray[np.int32] = _NONE
        if len(gathering.ids) == 1:
            ids = gathering.ids[0]
        elif gathering.ids:
            ids = self._without_repetition(np.concatenate(gathering.ids))
        self._share_ids += len(ids) + _SHARE_COST
        return Share(ids, tuple(set(gathering.rows)), gathering.depth, gathering.levels)

    @cython.cfunc
    def _without_repetition(self, ids: NDArray[np.int32]) -> NDArray[np.int32]:
        numbers: cython.int[::1] = ids
        index: cython.Py_ssize_t
        count: cython.Py_ssize_t = 0
        self._turn += 1
        for index in range(numbers.shape[0]):
            if self._seen[numbers[index]] != self._turn:
                self._seen[numbers[index]] = self._turn
                numbers[count] = numbers[index]
                count += 1
        return ids[:count].copy()

    @cython.cfunc
    def _following(self, exit: Exit, stacks: int, indentation: int) -> tuple[tuple[int, int, int, int], ...]:
        """What follows any terminal that is complete, united where the indentation is the same."""
        if len(exit.completed) == 1:
            terminal, count = exit.completed[0]
            found = self._twin.after(stacks, indentation, terminal, count)
            if len(found) < 2:
                return found
        following: dict[int, tuple[int, int, int, int]] = {}
        for terminal, count in exit.completed:
            for below, enclosing, depth, levels in self._twin.after(stacks, indentation, terminal, count):
                other = following.get(enclosing)
                if other is not None:
                    # a depth of 0 says that the stacks are the same ones, which those united are not
                    below = self._parser.unite(other[0], below)
                    depth, levels = max(other[2], depth, 2), max(other[3], levels)
                following[enclosing] = below, enclosing, depth, levels
        return tuple(following.values())

    @cython.cfunc
    def _add_ids(self, ids: cython.int[::1]) -> cython.void:
        index: cython.Py_ssize_t
        for index in range(ids.shape[0]):
            self._row[ids[index] >> 5] |= self._bits[ids[index] & 31]

    @cython.cfunc
    def _add_row(self, row: cython.int[::1]) -> cython.void:
        index: cython.Py_ssize_t
        for index in range(self._words):
            self._row[index] |= row[index]

    @cython.cfunc
    def _root_piece(self, reading: int, guard: int) -> Piece:
        piece = self._root_pieces.get((reading, guard))
        if piece is None:
            piece = self._root_pieces[reading, guard] = self._built(reading, guard, self._root_nodes, False)
        return piece

    @cython.cfunc
    def _first_pieces(self, stacks: cython.int, indentation: cython.int) -> list[Piece]:
        """The pieces of the beginning of a text, which only its first mask needs.

        So what may not stand there isn't read, neither at once nor behind ignored text: most of the vocabulary's
        tokens are a blank and a word.
        """
        byte: cython.int
        for byte in range(256):
            self._step(self._start, byte)
        allowed: cython.int = self._verdicts_on(stacks, indentation)
        pieces = self._beginnings.get(allowed)
        if pieces is None:
            pieces = self._beginnings[allowed] = self._made_first(allowed)
        return pieces

    @cython.cfunc
    def _made_first(self, allowed: cython.int) -> list[Piece]:
        ignored = self._machine.layout.ignored
        first_bytes: NDArray[np.uint8] = self._trie_bytes
        may_begin = np.zeros(256, np.bool_)
        is_blank = np.zeros(256, np.uint8)
        byte: cython.int
        for byte in range(256):
            signature = self._signatures[self._step(self._start, byte)]
            may_begin[byte] = self._verdicts[allowed, signature] != 0
            is_blank[byte] = not ignored.isdisjoint(self._terminals_of[signature])
        roots = first_bytes[self._root_nodes]
        self._blank = is_blank.data
        piece = self._built(self._start, 0, self._root_nodes[is_blank[roots] != 0], True)
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
        nodes = np.unique(nodes[may_begin[first_bytes[nodes]]])
        return [piece, self._built(self._start, 0, nodes, False)]

    @cython.cfunc
    def _piece_of(self, guard: int, nodes: NDArray[np.int32]) -> Piece:
        key = (guard, nodes.tobytes())
        piece = self._pieces.get(key)
        if piece is None:
            piece = self._pieces[key] = self._built(self._start, guard, nodes, False)
        return piece

    @cython.cfunc
    def _built(self, reading: cython.int, guard: cython.int, nodes: NDArray[np.int32], is_first: cython.bint) -> Piece:
        roots: cython.int[::1] = nodes
        index: cython.Py_ssize_t
        self._found_count = self._left_count = 0
        self._is_first = is_first
        self._build += 1
        self._keys, self._key_of = [], {}
        for index in range(roots.shape[0]):
            self._walk(roots[index], reading, guard)
        while self._sizes.shape[0] < max(len(self._lexer.terminals_of), len(self._keys)):
            self._sizes = _grown(self._sizes)
        signatures, bounds, ids = _grouped(self._found_signature, self._found, self._found_count, self._sizes)
        rows: list[int] = []
        for group in range(len(signatures)):
            if bounds[group + 1] - bounds[group] >= _MANY:
                rows.append(len(self._bitmasks))
                self._bitmasks.append(self._bitmask(ids[bounds[group] : bounds[group + 1]]))
        exits: list[Exit] = []
        numbers, bounds_left, left = _grouped(self._left_key, self._left, self._left_count, self._sizes)
        for group, number in enumerate(numbers):
            exits.append(self._exit(self._keys[number], left[bounds_left[group] : bounds_left[group + 1]]))
        self._piece_count += 1
        return Piece(self._piece_count, np.array(signatures, np.int32), bounds, ids, rows, exits)

    @cython.cfunc
    def _exit(self, key: tuple[int, int, int], nodes: NDArray[np.int32]) -> Exit:
        reading, _, guard = key
        known = self._completed.get(reading)
        if known is None:
            completed = self._lexer.complete_in(reading)
            known = self._lexer.signature_of([terminal for terminal, _ in completed]), completed
            self._completed[reading] = known
        return Exit(known[0], known[1], guard, nodes)

    @cython.cfunc
    def _parts(self, guard: int, nodes: NDArray[np.int32]) -> list[Part]:
        """Subtrees by the kind of their first byte.

        So exits that differ in a few bytes have most pieces in common, and what closes several brackets, which depends
        on much of the parser's stacks, is kept apart from what doesn't.
        """
        numbers: cython.int[::1] = nodes
        index: cython.Py_ssize_t
        if numbers.shape[0] == 1:
            return [self._part(guard, nodes)]
        kinds: cython.int[::1] = np.empty(numbers.shape[0], np.int32)
        for index in range(numbers.shape[0]):
            kinds[index] = self._kinds[self._byte[numbers[index]]]
        while self._sizes.shape[0] < 256:
            self._sizes = _grown(self._sizes)
        found, bounds, grouped = _grouped(kinds, numbers, cython.cast(cython.int, numbers.shape[0]), self._sizes)
        if len(found) == 1:
            return [self._part(guard, nodes)]
        return [self._part(guard, grouped[bounds[group] : bounds[group + 1]].copy()) for group in range(len(found))]

    @cython.cfunc
    def _part(self, guard: int, nodes: NDArray[np.int32]) -> Part:
        numbers: cython.int[::1] = nodes
        index: cython.Py_ssize_t
        byte: cython.int
        last: cython.int = -1
        entries: set[int] = set()
        for index in range(numbers.shape[0]):
            byte = self._byte[numbers[index]]
            if byte != last:
                entries.add(self._signatures[self._step(self._start, byte)])
                last = byte
        key = frozenset(entries)
        entry = self._entries.get(key)
        if entry is None:
            terminals = {terminal for signature in entries for terminal in self._terminals_of[signature]}
            entry = self._entries[key] = self._lexer.signature_of(terminals)
        return Part(entry, guard, nodes)

    @cython.cfunc
    def _bitmask(self, ids: NDArray[np.int32]) -> NDArray[np.int32]:
        row: cython.int[::1] = np.zeros(self._words, np.int32)
        numbers: cython.int[::1] = ids
        index: cython.Py_ssize_t
        for index in range(numbers.shape[0]):
            row[numbers[index] >> 5] |= self._bits[numbers[index] & 31]
        return np.asarray(row)

    @cython.cfunc
    def _walk(self, root: cython.int, reading: cython.int, guard: cython.int) -> cython.int:
        """Read the subtree of ``root``, its own byte included, with ``guard``; the number of tokens found so far."""
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
        self._guards[0] = guard
        while True:
            while node == self._level_end[depth]:
                depth -= 1
                if depth < 0:
                    return self._found_count
            size = self._read(node, depth)
            end = self._subtree_end[node]
            if size:
                for token in range(self._token_begin[node], self._token_begin[node + 1]):
                    for index in range(self._level_first[depth + 1], self._level_first[depth + 1] + size):
                        self._find(self._order[token], self._signature(index))
                if end > node + 1:
                    depth += 1
                    self._level_end[depth] = end
                    self._level_first[depth + 1] = self._level_first[depth] + size
                    node += 1
                    continue
            node = end

    @cython.cfunc
    def _signature(self, index: cython.int) -> cython.int:
        if self._guards[index]:
            return self._lexer.guarded(self._readings[index], self._guards[index])
        return self._signatures[self._readings[index]]

    @cython.cfunc
    def _read(self, node: cython.int, depth: cython.int) -> cython.int:
        """Write the readings after the byte of ``node`` behind those of this level; their number."""
        byte: cython.int = self._byte[node]
        begin: cython.int = self._level_first[depth + 1]
        end: cython.int = begin
        if 2 * begin + 2 > self._readings.shape[0]:
            self._readings, self._guards = _grown(self._readings), _grown(self._guards)
        index: cython.int
        reading: cython.int
        following: cython.int
        guard: cython.int
        for index in range(self._level_first[depth], begin):
            reading = self._readings[index]
            guard = self._guards[index]
            if guard:
                guard = self._step(guard, byte)
                if self._accepting[guard]:
                    continue
                guard = 0 if guard == _DEAD else guard
            following = self._step(reading, byte)
            if following != _DEAD:
                end = self._put(begin, end, following, guard)
            if self._accepting[reading] and not (self._is_longest and self._accepting[following]):
                end = self._complete(
                    node, index, following, guard, begin, end, depth == 0 or (self._is_first and not self._blank[byte])
                )
        return end - begin

    @cython.cfunc
    def _complete(
        self,
        node: cython.int,
        index: cython.int,
        following: cython.int,
        guard: cython.int,
        begin: cython.int,
        end: cython.int,
        is_root: cython.bint,
    ) -> cython.int:
        """End the terminals that are complete in a reading before the byte of ``node``: ``following`` is that after it.

        Ignored text is followed in the same piece; but for the root, where what follows is much and the same for all,
        and at the beginning of a text, but for more of it.
        """
        fresh: cython.int = self._step(self._start, self._byte[node])
        if fresh == _DEAD:
            return end
        reading: cython.int = self._readings[index]
        completes: cython.int = self._completed_by(reading)
        if self._is_longest and following != _DEAD:
            guard = self._lexer.unite(guard, following) if guard else following
        if completes & _IGNORED and not is_root:
            end = self._put(begin, end, fresh, guard)
        if completes & _PARSED or is_root:
            before: cython.int = self._guards[index]
            if guard:
                before = self._lexer.unite(before, reading) if before else reading
            self._leave(node, reading, fresh if following != _DEAD and not guard else 0, before if guard else 0)
        return end

    @cython.cfunc
    def _put(self, begin: cython.int, end: cython.int, reading: cython.int, guard: cython.int) -> cython.int:
        index: cython.int
        for index in range(begin, end):
            if self._readings[index] == reading and self._guards[index] == guard:
                return end
        self._readings[end] = reading
        self._guards[end] = guard
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
            if self._machine.layout.newline >= 0:  # whether ignored text may stand somewhere is asked each time
                completed = [False for _ in completed]
            self._completes[reading] = _ASKED | (_IGNORED if any(completed) else 0) | (0 if all(completed) else _PARSED)
        return self._completes[reading]

    @cython.cfunc
    def _find(self, token: cython.int, signature: cython.int) -> cython.int:
        if self._found_count == self._found.shape[0]:
            self._found, self._found_signature = _grown(self._found), _grown(self._found_signature)
        self._found[self._found_count] = token
        self._found_signature[self._found_count] = signature
        self._found_count += 1
        return self._found_count

    @cython.cfunc
    def _leave(self, node: cython.int, reading: cython.int, first: cython.int, guard: cython.int) -> cython.int:
        """Note that the subtree of ``node`` follows where ``reading`` is complete; how many do."""
        slot: cython.int = (reading * 31 + first * 7 + guard) & (_SLOTS - 1)
        if (
            self._last_key[slot, 0] != reading
            or self._last_key[slot, 1] != first
            or self._last_key[slot, 2] != guard
            or self._last_key[slot, 4] != self._build
        ):
            key = (reading, first, guard)
            number = self._key_of.get(key)
            if number is None:
                number = self._key_of[key] = len(self._keys)
                self._keys.append(key)
            self._last_key[slot, 0] = reading
            self._last_key[slot, 1] = first
            self._last_key[slot, 2] = guard
            self._last_key[slot, 3] = number
            self._last_key[slot, 4] = self._build
        if self._left_count == self._left.shape[0]:
            self._left, self._left_key = _grown(self._left), _grown(self._left_key)
        self._left[self._left_count] = node
        self._left_key[self._left_count] = self._last_key[slot, 3]
        self._left_count += 1
        return self._left_count


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
    """The different ones of ``count`` keys, those of many values first; where the values of each begin, and one past
    the last; those. ``sizes``, one for each key that there may be, are 0 before and after.
    """
    index: cython.int
    key: cython.int
    found: list[int] = []
    for index in range(count):
        if sizes[keys[index]] == 0:
            found.append(keys[index])
        sizes[keys[index]] += 1
    many = [key for key in found if sizes[key] >= _MANY]
    if many:
        found = many + [key for key in found if sizes[key] < _MANY]
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


@cython.cfunc
def _grown(numbers: cython.int[::1]) -> cython.int[::1]:
    return np.concatenate([numbers, np.zeros_like(numbers)]).data

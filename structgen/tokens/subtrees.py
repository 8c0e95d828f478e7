# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Walks over subtrees of the vocabulary's trie that read their bytes from one reading on.

A walk finds the tokens that end in the middle of a terminal, each with the signature of those that it may be, and the
subtrees that are left where a terminal is complete and another one begins. Ignored text is read on in the same walk.

What is complete is left only where some terminal that may follow it, whatever the text, begins with the next byte: of
names, which are complete after every letter, almost nothing is left.
"""

from __future__ import annotations

from typing import Any

import cython
import numpy as np

from structgen.automaton.memory import untouched
from structgen.automaton.walk_trie import WalkTrie
from structgen.grammar import lexer as lexing
from structgen.grammar.machine import GrammarMachine

__all__ = ["SubtreeReader"]

_UNKNOWN = cython.declare(cython.int, lexing.UNKNOWN)
_DEAD = cython.declare(cython.int, lexing.DEAD)

# What a reading completes.
_ASKED = cython.declare(cython.int, 1)  # whether the others are known
_IGNORED = cython.declare(cython.int, 2)
_PARSED = cython.declare(cython.int, 4)

_SLOTS = cython.declare(cython.int, 1 << 10)


@cython.cclass
class SubtreeReader:
    """Reads one grammar's terminals. ``longest`` is the length of the longest token, in bytes.

    Attributes
    ----------
    found, found_signature : int32 arrays
        The last walks' tokens, ``found_count`` of them, with their signatures.
    left, left_key : int32 arrays
        The nodes of the last walks' subtrees, ``left_count`` of them, each with the number of one of ``keys``: that of
        the ``completions`` that are complete, the reading after its next byte where other terminals may go on too (or
        0), and the guard.
    completions : list
        By number, the terminals that are complete in some reading, each with the count beside it.
    """

    found: cython.int[::1]
    found_signature: cython.int[::1]
    found_count: cython.int
    left: cython.int[::1]
    left_key: cython.int[::1]
    left_count: cython.int
    keys: list[tuple[int, int, int]]
    _machine: GrammarMachine
    _lexer: Any
    _start: cython.int
    _contextual_start: cython.int
    _contextual: cython.uchar[::1]
    _is_longest: cython.bint
    _rows: cython.int[:, ::1]
    _accepting: cython.uchar[::1]
    _signatures: cython.int[::1]
    _completes: cython.uchar[::1]
    completions: list[tuple[tuple[int, int], ...]]
    _completion_numbers: dict[tuple[tuple[int, int], ...], int]
    _completion_of: cython.int[::1]
    _follow_rows: list[bytes]
    _row_of: cython.int[::1]
    _byte: cython.const[cython.uchar][::1]
    _subtree_end: cython.const[cython.int][::1]
    _token_begin: cython.const[cython.int][::1]
    _order: cython.const[cython.int][::1]
    _level_end: cython.int[::1]
    _level_first: cython.int[::1]
    _readings: cython.int[::1]
    _guards: cython.int[::1]
    _key_of: dict[tuple[int, int, int], int]
    _last_key: cython.int[:, ::1]
    _is_first: cython.bint
    _build: cython.int
    _blank: cython.uchar[::1]
    _only_exits: cython.bint
    _inside: cython.uchar[::1]

    def __init__(self, machine: GrammarMachine, trie: WalkTrie, longest: int) -> None:
        lexer = machine.lexer
        self._machine, self._lexer, self._start = machine, lexer, lexer.start
        self._contextual_start, self._contextual = lexer.contextual_start, lexer.contextual.data
        self._is_longest = machine.layout.is_longest
        self._rows, self._accepting, self._signatures = lexer.rows.data, lexer.accepting.data, lexer.signatures.data
        self._completes = untouched(lexing.MAX_READINGS, np.uint8).data
        self.completions, self._completion_numbers = [()], {}
        self._completion_of = untouched(lexing.MAX_READINGS).data
        self._follow_rows, self._row_of = [], untouched(lexing.MAX_READINGS).data
        arrays = trie.arrays
        self._byte, self._subtree_end = arrays["byte"].data, arrays["subtree_end"].data
        self._token_begin, self._order = arrays["token_begin"].data, arrays["order"].data
        self._level_end = np.zeros(longest + 2, np.int32).data
        self._level_first = np.zeros(longest + 3, np.int32).data
        self._readings = np.zeros(4 * longest + 64, np.int32).data
        self._guards = np.zeros(4 * longest + 64, np.int32).data
        self.found = np.zeros(1 << 12, np.int32).data
        self.found_signature = np.zeros(1 << 12, np.int32).data
        self.left = np.zeros(1 << 12, np.int32).data
        self.left_key = np.zeros(1 << 12, np.int32).data
        self.keys, self._key_of = [], {}
        self._last_key = np.zeros((_SLOTS, 5), np.int32).data
        self.found_count = self.left_count = 0
        self._is_first, self._only_exits, self._build = False, False, 0
        self._blank = np.zeros(256, np.uint8).data
        self._inside = np.zeros(1, np.uint8).data

    def read(self, nodes: cython.int[::1], reading: cython.int, guard: cython.int) -> cython.void:
        """Read the subtrees of ``nodes``, the bytes of the nodes included, from ``reading`` on with ``guard``. Where
        that is the start of a terminal, contextual ones are read too.
        """
        self._is_first = self._only_exits = False
        self._read_all(nodes, reading, guard)

    def read_first(self, nodes: cython.int[::1], blank: cython.uchar[::1]) -> cython.void:
        """``read`` from the beginning of a text: behind ignored text, which may begin with the bytes that ``blank``
        tells, only more of it is read on.
        """
        self._is_first, self._only_exits, self._blank = True, False, blank
        self._read_all(nodes, self._start, 0)

    def read_exits(self, nodes: cython.int[::1], reading: cython.int, inside: cython.uchar[::1]) -> cython.void:
        """As ``read`` without a guard, but find no token, only what is left. Where nothing is complete yet, that is at
        those nodes, or below them, that ``inside`` tells.
        """
        self._is_first, self._only_exits, self._inside = False, True, inside
        self._read_all(nodes, reading, 0)

    def step(self, reading: cython.int, byte: cython.int) -> cython.int:
        """The reading after one more byte."""
        following: cython.int = self._rows[reading, byte]
        return self._lexer.step(reading, byte) if following == _UNKNOWN else following

    def _read_all(self, nodes: cython.int[::1], reading: cython.int, guard: cython.int) -> cython.void:
        index: cython.Py_ssize_t
        self.found_count = self.left_count = 0
        self._build += 1
        self.keys, self._key_of = [], {}
        for index in range(nodes.shape[0]):
            self._walk(nodes[index], reading, guard)

    def _walk(self, root: cython.int, reading: cython.int, guard: cython.int) -> cython.int:
        """Read the subtree of ``root``, its own byte included, with ``guard``; the number of tokens found so far."""
        depth: cython.int = 0
        node: cython.int = root
        size: cython.int
        end: cython.int
        self._level_end[0] = self._subtree_end[root]
        self._level_first[0] = 0
        self._level_first[1] = 1
        self._readings[0] = reading
        self._guards[0] = guard
        if reading == self._start and self._contextual_start != _DEAD:
            self._level_first[1] = 2
            self._readings[1] = self._contextual_start
            self._guards[1] = guard
        while True:
            while node == self._level_end[depth]:
                depth -= 1
                if depth < 0:
                    return self.found_count
            end = self._subtree_end[node]
            if self._only_exits and not self._inside[node] and not self._is_complete(depth):
                node = end
                continue
            size = self._read(node, depth)
            if size:
                if not self._only_exits:
                    self._find_all(node, self._level_first[depth + 1], size)
                if end > node + 1:
                    depth += 1
                    self._level_end[depth] = end
                    self._level_first[depth + 1] = self._level_first[depth] + size
                    node += 1
                    continue
            node = end

    def _is_complete(self, depth: cython.int) -> cython.bint:
        """Whether something is complete in the first reading of a level."""
        return self._accepting[self._readings[self._level_first[depth]]] != 0

    def _find_all(self, node: cython.int, begin: cython.int, size: cython.int) -> cython.void:
        """Find the tokens of a node for each of the readings there."""
        token: cython.int
        index: cython.int
        for token in range(self._token_begin[node], self._token_begin[node + 1]):
            for index in range(begin, begin + size):
                self._find(self._order[token], self._signature(index))

    def _signature(self, index: cython.int) -> cython.int:
        if self._guards[index]:
            return self._lexer.guarded(self._readings[index], self._guards[index])
        return self._signatures[self._readings[index]]

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
                guard = self.step(guard, byte)
                if self._accepting[guard]:
                    continue
                guard = 0 if guard == _DEAD else guard
            following = self.step(reading, byte)
            if following != _DEAD:
                end = self._put(begin, end, following, guard)
            if self._accepting[reading] and self._may_end(reading, following):
                end = self._complete(
                    node, index, following, guard, begin, end, depth == 0 or (self._is_first and not self._blank[byte])
                )
        return end - begin

    def _may_end(self, reading: cython.int, following: cython.int) -> cython.bint:
        """Whether something ends in a reading, in which something is complete, before the byte that leads on."""
        if self._contextual[reading]:
            return len(self._lexer.ended_in(reading, following)) > 0
        return not (self._is_longest and self._accepting[following])

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
        fresh: cython.int = self.step(self._start, self._byte[node])
        contextual: cython.int = self.step(self._contextual_start, self._byte[node])
        if fresh == _DEAD and contextual == _DEAD:
            return end
        reading: cython.int = self._readings[index]
        completes: cython.int = self._completed_by(reading)
        if not completes & _IGNORED and not self._may_follow(reading, self._byte[node]):
            return end
        before: cython.int = self._guards[index]
        if self._is_longest and following != _DEAD and not self._contextual[reading]:
            guard = self._lexer.unite(guard, following) if guard else following
            before = self._lexer.unite(before, reading) if before else reading
        if completes & _IGNORED and not is_root:
            if fresh != _DEAD:
                end = self._put(begin, end, fresh, guard)
            if contextual != _DEAD:
                end = self._put(begin, end, contextual, guard)
        if completes & _PARSED or is_root:
            self._leave(
                node,
                self._completion(reading, following),
                fresh if following != _DEAD and not guard else 0,
                before if guard else 0,
            )
        return end

    def _put(self, begin: cython.int, end: cython.int, reading: cython.int, guard: cython.int) -> cython.int:
        index: cython.int
        for index in range(begin, end):
            if self._readings[index] == reading and self._guards[index] == guard:
                return end
        self._readings[end] = reading
        self._guards[end] = guard
        return end + 1

    def _completed_by(self, reading: cython.int) -> cython.int:
        if not self._completes[reading]:
            ignored = self._machine.layout.ignored
            completed = [terminal in ignored for terminal, _ in self._lexer.complete_in(reading)]
            if self._machine.layout.newline >= 0:  # whether ignored text may stand somewhere is asked each time
                completed = [False for _ in completed]
            self._completes[reading] = _ASKED | (_IGNORED if any(completed) else 0) | (0 if all(completed) else _PARSED)
        return self._completes[reading]

    def _may_follow(self, reading: cython.int, byte: cython.int) -> cython.bint:
        """Whether some terminal that may follow one that is complete in ``reading`` begins with ``byte``."""
        if self._row_of[reading] == 0:
            self._follow_rows.append(self._follow_row(reading))
            self._row_of[reading] = len(self._follow_rows)
        row: bytes = self._follow_rows[self._row_of[reading] - 1]
        return row[byte] != 0

    def _follow_row(self, reading: cython.int) -> bytes:
        bits = 0
        for terminal, _ in self._lexer.complete_in(reading):
            bits |= self._machine.follow_bits[terminal]
        return self.beginnings(bits)

    def beginnings(self, bits: Any) -> bytes:
        """For each byte, whether some terminal among the bits of an integer begins with it."""
        row = bytearray(256)
        for byte in range(256):
            fresh, contextual = self.step(self._start, byte), self.step(self._contextual_start, byte)
            components = (*self._lexer.components(fresh), *self._lexer.components(contextual))
            terminals = {self._lexer.component_table.terminal(component) for component in components}
            row[byte] = sum([1 << terminal for terminal in terminals]) & bits != 0
        return bytes(row)

    def _find(self, token: cython.int, signature: cython.int) -> cython.int:
        if self.found_count == self.found.shape[0]:
            self.found, self.found_signature = _grown(self.found), _grown(self.found_signature)
        self.found[self.found_count] = token
        self.found_signature[self.found_count] = signature
        self.found_count += 1
        return self.found_count

    def _completion(self, reading: cython.int, following: cython.int) -> cython.int:
        """The number of what ends in a reading, as something does, before the byte that leads to ``following``."""
        if self._contextual[reading]:
            return self._completion_number(tuple(self._lexer.ended_in(reading, following)))
        if self._completion_of[reading] == 0:
            self._completion_of[reading] = self._completion_number(tuple(self._lexer.complete_in(reading)))
        return self._completion_of[reading]

    def _completion_number(self, completed: tuple) -> cython.int:
        number = self._completion_numbers.get(completed)
        if number is None:
            number = self._completion_numbers[completed] = len(self.completions)
            self.completions.append(completed)
        return number

    def _leave(self, node: cython.int, completion: cython.int, first: cython.int, guard: cython.int) -> cython.int:
        """Note that the subtree of ``node`` follows a completion; how many do."""
        slot: cython.int = (completion * 31 + first * 7 + guard) & (_SLOTS - 1)
        if (
            self._last_key[slot, 0] != completion
            or self._last_key[slot, 1] != first
            or self._last_key[slot, 2] != guard
            or self._last_key[slot, 4] != self._build
        ):
            key = (completion, first, guard)
            number = self._key_of.get(key)
            if number is None:
                number = self._key_of[key] = len(self.keys)
                self.keys.append(key)
            self._last_key[slot, 0] = completion
            self._last_key[slot, 1] = first
            self._last_key[slot, 2] = guard
            self._last_key[slot, 3] = number
            self._last_key[slot, 4] = self._build
        if self.left_count == self.left.shape[0]:
            self.left, self.left_key = _grown(self.left), _grown(self.left_key)
        self.left[self.left_count] = node
        self.left_key[self.left_count] = self._last_key[slot, 3]
        self.left_count += 1
        return self.left_count


def _grown(numbers: cython.int[::1]) -> cython.int[::1]:
    return np.concatenate([numbers, np.zeros_like(numbers)]).data

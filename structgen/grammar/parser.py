# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Generalized LR parsing on sets of stacks, hash-consed: all parses of the text so far are one integer.

A *stack set* maps each state that may be on top to the set of what may lie below, so that equal sets of stacks are one
integer, however they came about. It is closed under reductions: wherever a production may be complete, the stacks after
its reduction are members too. So no lookahead is needed, every member is viable, and ``complete`` (what a symbol makes
of a stack set) is a function that is computed once. Ambiguity costs nothing but the sets' size, since parses that come
to the same stacks are one.

The set ``hole`` stands for stacks of which nothing is known. What lies on it is *open*: a reduction that reaches it
can't be followed, and ``waiting`` says so.

Source: Tomita, "Efficient Parsing for Natural Language", 1986 (stacks that share their parts).
"""

from __future__ import annotations

from typing import Any, Final

import cython
import numpy as np

from structgen.automaton.memory import untouched
from structgen.automaton.pairs import PairTable
from structgen.errors import LimitExceededError
from structgen.grammar.lr_states import HOLE, LRStates

__all__ = ["MAX_STACK_SETS", "Parser"]

MAX_STACK_SETS: Final = 1 << 20
"""Bound on the different stack sets of one grammar."""

_MAX_POOL: Final = 1 << 23

_MAX_DEPTH = cython.declare(cython.int, 5_000)
"""Reductions, and levels of stacks that are united, one inside the other."""

_HOLE = cython.declare(cython.int, HOLE)
_MULTIPLIER = cython.declare(cython.ulonglong, 0x9E3779B97F4A7C15)
_64_BITS = cython.declare(cython.ulonglong, 0xFFFFFFFFFFFFFFFF)  # what C cuts off, Python has to


@cython.cclass
class Parser:
    """Stack sets of one grammar. 0 is the empty set: no parse goes on.

    Attributes
    ----------
    start, hole : int
        The stack set of an empty text; that of stacks that aren't known.
    first, count : int32 arrays of shape (MAX_STACK_SETS,)
        Set s is rows ``first[s]`` to ``first[s] + count[s]`` of a pool.
    pool_state, pool_below : int32 arrays
        Of a row, the state on top, and the set of what may lie below. States ascend within a set. Nothing ever moves.
    viable_class : int32 array of shape (MAX_STACK_SETS,)
        Equal where the same terminals may come next: those of ``class_bits``.
    """

    start: cython.int
    hole: cython.int
    sets: cython.int
    class_bits: list[int]
    first: cython.int[::1]
    count: cython.int[::1]
    pool_state: cython.int[::1]
    pool_below: cython.int[::1]
    viable_class: cython.int[::1]
    _states: LRStates
    _pool_size: cython.int
    _accepting: cython.uchar[::1]
    _is_open: cython.uchar[::1]
    _entries: cython.int[::1]
    _entry_count: cython.int
    _slots: cython.int[::1]
    _unions: PairTable
    _pops: PairTable
    _completed: PairTable
    _waiting: dict[int, tuple[tuple[int, int], ...]]
    _depth: cython.int
    _class_of: dict[int, int]
    _class_of_state: dict[int, int]
    _class_unions: PairTable

    def __init__(self, states: LRStates) -> None:
        self._states = states
        self.first, self.count = untouched(MAX_STACK_SETS).data, untouched(MAX_STACK_SETS).data
        self.viable_class = untouched(MAX_STACK_SETS).data
        self.pool_state, self.pool_below = untouched(_MAX_POOL).data, untouched(_MAX_POOL).data
        self._accepting = untouched(MAX_STACK_SETS, np.uint8).data
        self._is_open = untouched(MAX_STACK_SETS, np.uint8).data
        self._pool_size, self.sets = 0, 1
        self._entries, self._entry_count = np.zeros(256, np.int32).data, 0
        self._slots = np.zeros(256, np.int32).data
        self._unions, self._pops, self._completed = PairTable(256), PairTable(), PairTable(256)
        self._waiting, self._depth = {}, 0
        self.class_bits, self._class_of, self._class_of_state, self._class_unions = [0], {0: 0}, {}, PairTable()
        self.hole = self._single(_HOLE, 0)
        self.start = self._single(self._states.start, 0)

    def twin(self) -> Parser:
        """A parser of the same grammar that has stack sets of its own, and the LR states in common with this one."""
        twin: Parser = Parser(self._states)
        # the same terminals have the same class
        twin.class_bits, twin._class_of = self.class_bits, self._class_of
        twin._class_of_state, twin._class_unions = self._class_of_state, self._class_unions
        return twin

    def copied(self, other: Parser, stacks: cython.int) -> cython.int:
        """This parser's number of a stack set of its twin ``other``."""
        copies: dict[int, int] = {0: 0}
        pending: list[int] = [stacks]
        row: cython.int
        one: cython.int
        while pending:
            one = pending[len(pending) - 1]
            rows = range(other.first[one], other.first[one] + other.count[one])
            missing = [other.pool_below[row] for row in rows if other.pool_below[row] not in copies]
            if missing:
                pending += missing
                continue
            pending.pop()
            if one not in copies:
                begin: cython.int = self._entry_count
                for row in rows:
                    self._push(other.pool_state[row], copies[other.pool_below[row]])
                copies[one] = self._interned(begin)
        return copies[stacks]

    def complete(self, below: cython.int, symbol: cython.int) -> cython.int:
        """The stack set after ``symbol``, read on top of ``below``; 0 where it may not stand there.

        Raises
        ------
        LimitExceededError
            More than ``MAX_STACK_SETS`` stack sets, or stacks too deep. What is there stays valid.
        """
        known: cython.int = self._completed.find(below, symbol)
        if known >= 0:
            return known
        self._depth = self._entry_count = 0
        try:
            return self._complete(below, symbol)
        except RecursionError:  # uncompiled, Python's own bound comes first
            raise self._too_deep() from None

    def waiting(self, below: cython.int, symbol: cython.int) -> tuple[tuple[int, int], ...]:
        """What ``complete`` would have to know of the hole: pairs of a number of symbols, and the symbol that is to be
        completed on what lies below those.
        """
        return self._waiting.get((cython.cast(cython.longlong, below) << 32) | symbol, ())

    def single(self, state: cython.int, below: cython.int) -> cython.int:
        """The set of the stacks with ``state`` on those of ``below``."""
        self._entry_count = 0
        return self._single(state, below)

    def is_accepting(self, stacks: cython.int) -> cython.bint:
        """Whether the text may end here."""
        return self._accepting[stacks] != 0 or (self._states.is_nullable and stacks == self.start)

    def unite(self, one: cython.int, other: cython.int) -> cython.int:
        """The stacks of both sets."""
        self._depth = self._entry_count = 0
        try:
            return self._union(one, other)
        except RecursionError:
            raise self._too_deep() from None

    def viable(self, stacks: cython.int) -> int:
        """The terminals that may come next: bit t of the integer is terminal t."""
        return self.class_bits[self.viable_class[stacks]]

    def _complete(self, below: cython.int, symbol: cython.int) -> cython.int:
        known: cython.int = self._completed.find(below, symbol)
        if known >= 0:
            return known
        self._enter()
        states: LRStates = self._states
        found: cython.int = 0
        row: cython.int
        index: cython.int
        place: cython.int
        single: cython.int
        target: cython.int
        reduction: cython.int
        base: cython.int
        waiting: set[tuple[int, int]] = set()
        for row in range(self.first[below], self.first[below] + self.count[below]):
            if self.pool_state[row] == _HOLE:
                waiting.add((0, symbol))
                continue
            place = states.targets(self.pool_state[row], symbol)
            if states.flat[place] == 0:
                continue
            single = below if self.count[below] == 1 else self._single(self.pool_state[row], self.pool_below[row])
            for index in range(place + 1, place + 1 + states.flat[place]):
                target = states.flat[index]
                if states.useful[target]:
                    found = self._union(found, self._single(target, single))
                for reduction in range(states.reduction_begin[target], states.reduction_begin[target + 1]):
                    base = self._pop(single, states.reduction_length[reduction] - 1)
                    if base:
                        found = self._union(found, self._complete(base, states.reduction_left[reduction]))
                    if self._is_open[single]:
                        self._wait(waiting, single, base, reduction)
        self._depth -= 1
        if waiting:
            self._waiting[(cython.cast(cython.longlong, below) << 32) | symbol] = tuple(sorted(waiting))
        self._completed.put(below, symbol, found)
        return found

    def _wait(self, waiting: set, stacks: cython.int, base: cython.int, reduction: cython.int) -> cython.void:
        """Add what a reduction, which comes to ``base`` where that is known, is waiting for."""
        left: cython.int = self._states.reduction_left[reduction]
        for symbols in self._missing(stacks, self._states.reduction_length[reduction] - 1):
            waiting.add((symbols, left))
        if base:
            waiting.update(self.waiting(base, left))

    def _missing(self, stacks: cython.int, symbols: cython.int) -> set[int]:
        """How many of the top ``symbols`` symbols may be missing."""
        found: set[int] = set()
        pending: list[tuple[int, int]] = [(stacks, symbols)]
        seen = set(pending)
        row: cython.int
        one: cython.int
        for one, left in pending:
            for row in range(self.first[one], self.first[one] + self.count[one]):
                if self.pool_state[row] == _HOLE:
                    found.add(left)
                elif left > 1 and (self.pool_below[row], left - 1) not in seen:
                    seen.add((self.pool_below[row], left - 1))
                    pending.append((self.pool_below[row], left - 1))
        return found

    def _enter(self) -> cython.void:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise self._too_deep()

    def _too_deep(self) -> LimitExceededError:
        limit = f"{_MAX_DEPTH} reductions one inside the other"
        return LimitExceededError(limit, "a text nested too deep for its grammar")

    def _pop(self, stacks: cython.int, symbols: cython.int) -> cython.int:
        """What may lie below the top ``symbols`` symbols, where that is known."""
        while symbols and self.count[stacks] == 1:
            stacks = self.pool_below[self.first[stacks]]
            symbols -= 1
        if symbols == 0 or stacks == 0:
            return stacks
        known: cython.int = self._pops.find(stacks, symbols)
        if known >= 0:
            return known
        found: cython.int = 0
        row: cython.int
        for row in range(self.first[stacks], self.first[stacks] + self.count[stacks]):
            found = self._union(found, self._pop(self.pool_below[row], symbols - 1))
        self._pops.put(stacks, symbols, found)
        return found

    def _single(self, state: cython.int, below: cython.int) -> cython.int:
        begin: cython.int = self._entry_count
        self._push(state, below)
        return self._interned(begin)

    def _union(self, one: cython.int, other: cython.int) -> cython.int:
        if one == other or other == 0:
            return one
        if one == 0:
            return other
        if one > other:
            one, other = other, one
        known: cython.int = self._unions.find(one, other)
        if known < 0:
            self._enter()
            known = self._merged(one, other)
            self._depth -= 1
            self._unions.put(one, other, known)
        return known

    def _merged(self, one: cython.int, other: cython.int) -> cython.int:
        first: cython.int = self.first[one]
        end: cython.int = first + self.count[one]
        second: cython.int = self.first[other]
        last: cython.int = second + self.count[other]
        begin: cython.int = self._entry_count
        while first < end or second < last:
            if second == last or (first < end and self.pool_state[first] < self.pool_state[second]):
                self._push(self.pool_state[first], self.pool_below[first])
                first += 1
            elif first == end or self.pool_state[second] < self.pool_state[first]:
                self._push(self.pool_state[second], self.pool_below[second])
                second += 1
            else:
                self._push(self.pool_state[first], self._union(self.pool_below[first], self.pool_below[second]))
                first += 1
                second += 1
        return self._interned(begin)

    def _push(self, state: cython.int, below: cython.int) -> cython.void:
        """One more entry of the set that is being put together."""
        if self._entry_count + 2 > self._entries.shape[0]:
            self._entries = np.concatenate([self._entries, np.zeros_like(self._entries)]).data
        self._entries[self._entry_count] = state
        self._entries[self._entry_count + 1] = below
        self._entry_count += 2

    def _interned(self, begin: cython.int) -> cython.int:
        """The set of the entries from ``begin`` on, which are taken away."""
        count: cython.int = (self._entry_count - begin) >> 1
        mask: cython.Py_ssize_t = self._slots.shape[0] - 1
        slot: cython.Py_ssize_t = self._mixed(self._entries, begin, count) & mask
        self._entry_count = begin
        while self._slots[slot]:
            if self._is_same(self._slots[slot], begin, count):
                return self._slots[slot]
            slot = (slot + 1) & mask
        number: cython.int = self._added(begin, count)
        self._slots[slot] = number
        if 2 * self.sets > self._slots.shape[0]:
            self._rehash()
        return number

    def _mixed(self, entries: cython.int[::1], begin: cython.int, count: cython.int) -> cython.ulonglong:
        mixed: cython.ulonglong = 0
        index: cython.int
        for index in range(begin, begin + 2 * count):
            mixed = ((mixed ^ entries[index]) * _MULTIPLIER) & _64_BITS
            mixed ^= mixed >> 29
        return mixed

    def _is_same(self, stacks: cython.int, begin: cython.int, count: cython.int) -> cython.bint:
        if self.count[stacks] != count:
            return False
        row: cython.int = self.first[stacks]
        index: cython.int
        for index in range(count):
            if (
                self.pool_state[row + index] != self._entries[begin + 2 * index]
                or self.pool_below[row + index] != self._entries[begin + 2 * index + 1]
            ):
                return False
        return True

    def _added(self, begin: cython.int, count: cython.int) -> cython.int:
        number: cython.int = self.sets
        if number >= MAX_STACK_SETS or self._pool_size + count > _MAX_POOL:
            raise LimitExceededError(
                f"{MAX_STACK_SETS} sets of stacks", "a text that is too long or too ambiguous for its grammar"
            )
        self.first[number] = self._pool_size
        self.count[number] = count
        index: cython.int
        state: cython.int
        below: cython.int
        viable: cython.int = 0
        self._accepting[number] = self._is_open[number] = 0
        for index in range(count):
            state = self._entries[begin + 2 * index]
            below = self._entries[begin + 2 * index + 1]
            self.pool_state[self._pool_size + index] = state
            self.pool_below[self._pool_size + index] = below
            self._accepting[number] |= self._states.final[state]
            self._is_open[number] |= state == _HOLE or self._is_open[below] != 0
            viable = self._united_class(viable, self._state_class(state))
        self.viable_class[number] = viable
        self._pool_size += count
        self.sets = number + 1
        return number

    def _rehash(self) -> cython.void:
        mask: cython.Py_ssize_t = 4 * self._slots.shape[0] - 1
        self._slots = np.zeros(mask + 1, np.int32).data
        number: cython.int
        slot: cython.Py_ssize_t
        begin: cython.int = self._entry_count
        row: cython.int
        for number in range(1, self.sets):
            for row in range(self.first[number], self.first[number] + self.count[number]):
                self._push(self.pool_state[row], self.pool_below[row])
            self._entry_count = begin
            slot = self._mixed(self._entries, begin, self.count[number]) & mask
            while self._slots[slot]:
                slot = (slot + 1) & mask
            self._slots[slot] = number

    def _state_class(self, state: cython.int) -> cython.int:
        known = self._class_of_state.get(state)
        if known is None:
            known = self._class_of_state[state] = self._class(self._states.viable(state))
        return known

    def _united_class(self, one: cython.int, other: cython.int) -> cython.int:
        if one == other or one == 0:
            return other
        known: cython.int = self._class_unions.find(one, other)
        if known < 0:
            known = self._class(self.class_bits[one] | self.class_bits[other])
            self._class_unions.put(one, other, known)
        return known

    def _class(self, bits: Any) -> cython.int:
        known = self._class_of.get(bits)
        if known is None:
            known = self._class_of[bits] = len(self.class_bits)
            self.class_bits.append(bits)
        return known

# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Generalized LR parsing on sets of stacks, hash-consed: all parses of the text so far are one integer.

An LR(0) automaton is built as texts reach its states. A *stack set* maps each state that may be on top to the set of
what may lie below, so that equal sets of stacks are one integer, however they came about. It is closed under
reductions: wherever a production may be complete, the stacks after its reduction are members too. So no lookahead is
needed, every member is viable, and ``complete`` (what a symbol makes of a stack set) is a function that is computed
once. Ambiguity costs nothing but the sets' size, since parses that come to the same stacks are one.

Productions of one symbol never show: their reductions are followed when the table is made, and states that do nothing
else are left out. So every other reduction ends lower in the stack than it began, and cyclic grammars end too.

Sources: Tomita, "Efficient Parsing for Natural Language", 1986 (stacks that share their parts); Economopoulos,
"Generalised LR parsing algorithms", 2006, chapter 2 (the reductions that loop, and where).
"""

from __future__ import annotations

from typing import Final

import cython
import numpy as np

from structgen.automaton.memory import untouched
from structgen.errors import LimitExceededError
from structgen.grammar.productions import Productions

__all__ = ["MAX_STACK_SETS", "Parser"]

MAX_STACK_SETS: Final = 1 << 20
"""Bound on the different stack sets of one grammar."""

_MAX_POOL: Final = 1 << 23

_MAX_STATES: Final = 1 << 16
_MAX_DEPTH = cython.declare(cython.int, 5_000)
"""Reductions, and levels of stacks that are united, one inside the other."""


@cython.cclass
class Parser:
    """Stack sets of one grammar. 0 is the empty set: no parse goes on.

    Attributes
    ----------
    start : int
        The stack set of an empty text.
    first, count : int32 arrays of shape (MAX_STACK_SETS,)
        Set s is rows ``first[s]`` to ``first[s] + count[s]`` of a pool.
    pool_state, pool_below : int32 arrays
        Of a row, the state on top, and the set of what may lie below. States ascend within a set. Nothing ever moves.
    """

    start = cython.declare(cython.int, visibility="readonly")
    sets = cython.declare(cython.int, visibility="readonly")
    _terminals: cython.int
    _symbols: cython.int
    _left: list[int]  # of a production
    _rights: list[tuple[int, ...]]
    _of_left: list[list[int]]  # productions by nonterminal
    _of_first: list[list[int]]  # productions by first symbol
    _start_symbol: cython.int
    _is_nullable: cython.bint
    # LR states
    _kernels: list[tuple[tuple[int, int], ...]]
    _state_of: dict[tuple[tuple[int, int], ...], int]
    _corners: list[set[int]]
    _reductions: list[list[tuple[int, int]]]
    _useful: list[bool]
    _final: list[bool]
    _gotos: dict[int, int]
    _targets: dict[int, list[int]]
    _state_viable: list[int]
    first = cython.declare(object, visibility="readonly")
    count = cython.declare(object, visibility="readonly")
    pool_state = cython.declare(object, visibility="readonly")
    pool_below = cython.declare(object, visibility="readonly")
    _first: cython.int[::1]
    _count: cython.int[::1]
    _pool_state: cython.int[::1]
    _pool_below: cython.int[::1]
    _pool_size: cython.int
    _accepting: cython.uchar[::1]
    _singles: dict[int, int]
    _several: dict[tuple[int, ...], int]
    _unions: dict[int, int]
    _pops: dict[int, int]
    _completed: dict[int, int]
    _depths: dict[int, int]
    _viable: dict[int, int]
    _depth: cython.int

    def __init__(self, productions: Productions) -> None:
        self._terminals = len(productions.terminals)
        self._symbols = productions.symbols
        self._start_symbol = productions.start
        self._is_nullable = productions.is_nullable
        self._left = [left for left, _ in productions.productions]
        self._rights = [right for _, right in productions.productions]
        self._of_left = [[] for _ in range(productions.symbols)]
        self._of_first = [[] for _ in range(productions.symbols)]
        for number, (left, right) in enumerate(productions.productions):
            self._of_left[left].append(number)
            self._of_first[right[0]].append(number)
        # one more production: the whole text is the start symbol
        self._left.append(-1)
        self._rights.append((productions.start,))
        self._kernels, self._state_of, self._corners, self._reductions = [], {}, [], []
        self._useful, self._final, self._gotos, self._targets, self._state_viable = [], [], {}, {}, []
        self._clear()
        self.start = self._single(self._state(((len(self._left) - 1, 0),)), 0)

    def twin(self) -> Parser:
        """A parser of the same grammar that has stack sets of its own, and the LR states in common with this one."""
        twin: Parser = Parser.__new__(Parser)
        twin._terminals, twin._symbols = self._terminals, self._symbols
        twin._start_symbol, twin._is_nullable = self._start_symbol, self._is_nullable
        twin._left, twin._rights, twin._of_left, twin._of_first = (
            self._left,
            self._rights,
            self._of_left,
            self._of_first,
        )
        twin._kernels, twin._state_of, twin._corners = self._kernels, self._state_of, self._corners
        twin._reductions, twin._useful, twin._final = self._reductions, self._useful, self._final
        twin._gotos, twin._targets, twin._state_viable = self._gotos, self._targets, self._state_viable
        twin._clear()
        twin.start = twin._single(self._state(((len(self._left) - 1, 0),)), 0)
        return twin

    @cython.cfunc
    def _clear(self) -> cython.void:
        self.first, self.count = untouched(MAX_STACK_SETS), untouched(MAX_STACK_SETS)
        self.pool_state, self.pool_below = untouched(_MAX_POOL), untouched(_MAX_POOL)
        self._first, self._count = self.first.data, self.count.data
        self._pool_state, self._pool_below = self.pool_state.data, self.pool_below.data
        self._accepting = untouched(MAX_STACK_SETS, np.uint8).data
        self._pool_size = 0
        self.sets = 1
        self._singles, self._several, self._unions, self._pops = {}, {}, {}, {}
        self._completed, self._depths, self._viable = {}, {}, {}
        self._depth = 0

    def stack_set(self, entries: tuple[int, ...]) -> int:
        """The set of these stacks: states ascending, each with the set of what may lie below behind it."""
        if len(entries) == 2:
            return self._single(entries[0], entries[1])
        return self._of_several(entries)

    def complete(self, below: cython.int, symbol: cython.int) -> int:
        """The stack set after ``symbol``, read on top of ``below``; 0 where it may not stand there.

        Raises
        ------
        LimitExceededError
            More than ``MAX_STACK_SETS`` stack sets, or stacks too deep. What is there stays valid.
        """
        self._depth = 0
        try:
            return self._complete(below, symbol)
        except RecursionError:  # uncompiled, Python's own bound comes first
            raise self._too_deep() from None

    def depth(self, below: cython.int, symbol: cython.int) -> int:
        """How many states from the top of ``below`` on decide what ``complete`` makes of it."""
        self.complete(below, symbol)
        return self._depths[(cython.cast(cython.longlong, below) << 32) | symbol]

    def is_accepting(self, stacks: cython.int) -> bool:
        """Whether the text may end here."""
        return self._accepting[stacks] != 0 or (self._is_nullable and stacks == self.start)

    def unite(self, one: cython.int, other: cython.int) -> int:
        """The stacks of both sets."""
        self._depth = 0
        try:
            return self._union(one, other)
        except RecursionError:
            raise self._too_deep() from None

    def viable(self, stacks: cython.int) -> int:
        """The terminals that may come next: bit t of the integer is terminal t."""
        found = self._viable.get(stacks)
        if found is None:
            found = 0
            row: cython.int
            for row in range(self._first[stacks], self._first[stacks] + self._count[stacks]):
                found |= self._viable_in(self._pool_state[row])
            self._viable[stacks] = found
        return found

    @cython.cfunc
    def _complete(self, below: cython.int, symbol: cython.int) -> cython.int:
        key = (cython.cast(cython.longlong, below) << 32) | symbol
        known = self._completed.get(key)
        if known is not None:
            return known
        self._enter()
        found: cython.int = 0
        single: cython.int
        base: cython.int
        row: cython.int
        state: cython.int
        depth: cython.int = 1
        for row in range(self._first[below], self._first[below] + self._count[below]):
            state = self._pool_state[row]
            targets = self._targets_of(state, symbol)
            if not targets:
                continue
            single = below if self._count[below] == 1 else self._single(state, self._pool_below[row])
            for target in targets:
                if self._useful[target]:
                    found = self._union(found, self._single(target, single))
                for left, length in self._reductions[target]:
                    base = self._pop(single, length - 1)
                    found = self._union(found, self._complete(base, left))
                    depth = max(depth, length - 1 + self._depths[(cython.cast(cython.longlong, base) << 32) | left])
        self._depth -= 1
        self._completed[key] = found
        self._depths[key] = depth
        return found

    @cython.cfunc
    @cython.exceptval(check=True)
    def _enter(self) -> cython.void:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise self._too_deep()

    def _too_deep(self) -> LimitExceededError:
        limit = f"{_MAX_DEPTH} reductions one inside the other"
        return LimitExceededError(limit, "a text nested too deep for its grammar")

    @cython.cfunc
    def _pop(self, stacks: cython.int, symbols: cython.int) -> cython.int:
        """What may lie below the top ``symbols`` symbols."""
        if symbols == 0:
            return stacks
        if self._count[stacks] == 1:
            return self._pop(self._pool_below[self._first[stacks]], symbols - 1)
        key = (cython.cast(cython.longlong, stacks) << 32) | symbols
        known = self._pops.get(key)
        if known is not None:
            return known
        found: cython.int = 0
        row: cython.int
        for row in range(self._first[stacks], self._first[stacks] + self._count[stacks]):
            found = self._union(found, self._pop(self._pool_below[row], symbols - 1))
        self._pops[key] = found
        return found

    @cython.cfunc
    def _single(self, state: cython.int, below: cython.int) -> cython.int:
        """The set of the stacks with ``state`` on those of ``below``."""
        key = (cython.cast(cython.longlong, state) << 32) | below
        known = self._singles.get(key)
        if known is None:
            known = self._singles[key] = self._add((state, below))
        return known

    @cython.cfunc
    def _union(self, one: cython.int, other: cython.int) -> cython.int:
        if one == other or other == 0:
            return one
        if one == 0:
            return other
        if one > other:
            one, other = other, one
        key = (cython.cast(cython.longlong, one) << 32) | other
        known = self._unions.get(key)
        if known is not None:
            return known
        self._enter()
        found: cython.int = self._merged(one, other)
        self._depth -= 1
        self._unions[key] = found
        return found

    @cython.cfunc
    def _merged(self, one: cython.int, other: cython.int) -> cython.int:
        first: cython.int = self._first[one]
        end: cython.int = first + self._count[one]
        second: cython.int = self._first[other]
        last: cython.int = second + self._count[other]
        entries: list[int] = []
        while first < end or second < last:
            if second == last or (first < end and self._pool_state[first] < self._pool_state[second]):
                entries += (self._pool_state[first], self._pool_below[first])
                first += 1
            elif first == end or self._pool_state[second] < self._pool_state[first]:
                entries += (self._pool_state[second], self._pool_below[second])
                second += 1
            else:
                state: cython.int = self._pool_state[first]
                entries += (state, self._union(self._pool_below[first], self._pool_below[second]))
                first += 1
                second += 1
        if len(entries) == 2:
            return self._single(entries[0], entries[1])
        return self._of_several(tuple(entries))

    @cython.cfunc
    def _of_several(self, entries: tuple[int, ...]) -> cython.int:
        known = self._several.get(entries)
        if known is None:
            known = self._several[entries] = self._add(entries)
        return known

    @cython.cfunc
    def _add(self, entries: tuple[int, ...]) -> cython.int:
        number: cython.int = self.sets
        count: cython.int = len(entries) // 2
        if number >= MAX_STACK_SETS or self._pool_size + count > _MAX_POOL:
            raise LimitExceededError(
                f"{MAX_STACK_SETS} sets of stacks", "a text that is too long or too ambiguous for its grammar"
            )
        self._first[number] = self._pool_size
        self._count[number] = count
        self._accepting[number] = 0
        index: cython.int
        for index in range(count):
            self._pool_state[self._pool_size + index] = entries[2 * index]
            self._pool_below[self._pool_size + index] = entries[2 * index + 1]
            if self._final[entries[2 * index]]:
                self._accepting[number] = 1
        self._pool_size += count
        self.sets = number + 1
        return number

    @cython.cfunc
    def _state(self, kernel: tuple[tuple[int, int], ...]) -> int:
        """The LR state of these items: pairs of a production and how many of its symbols have been read."""
        state = self._state_of.get(kernel)
        if state is not None:
            return state
        state = len(self._kernels)
        if state >= _MAX_STATES:
            raise LimitExceededError(f"{_MAX_STATES} parser states", "a grammar too large, or repetitions too long")
        corners: set[int] = set()
        pending: list[int] = []
        reductions: list[tuple[int, int]] = []
        is_final = is_useful = False
        for production, read in kernel:
            right = self._rights[production]
            if read < len(right):
                is_useful = True
                if right[read] >= self._terminals and right[read] not in corners:
                    corners.add(right[read])
                    pending.append(right[read])
            elif self._left[production] < 0:
                is_final = True
            elif read > 1:
                reductions.append((self._left[production], read))
        while pending:
            for production in self._of_left[pending.pop()]:
                symbol = self._rights[production][0]
                if symbol >= self._terminals and symbol not in corners:
                    corners.add(symbol)
                    pending.append(symbol)
        self._state_of[kernel] = state
        self._kernels.append(kernel)
        self._corners.append(corners)
        self._reductions.append(list(dict.fromkeys(reductions)))
        self._useful.append(is_useful or is_final)
        self._final.append(is_final)
        self._state_viable.append(-1)
        return state

    @cython.cfunc
    def _goto(self, state: int, symbol: int) -> int:
        """The state after ``symbol``; -1 for none."""
        key = state << 32 | symbol
        target = self._gotos.get(key)
        if target is None:
            kernel = [
                (production, read + 1)
                for production, read in self._kernels[state]
                if read < len(self._rights[production]) and self._rights[production][read] == symbol
            ]
            corners = self._corners[state]
            kernel += [(production, 1) for production in self._of_first[symbol] if self._left[production] in corners]
            kernel.sort()
            target = self._gotos[key] = self._state(tuple(kernel)) if kernel else -1
        return target

    @cython.cfunc
    def _targets_of(self, state: cython.int, symbol: cython.int) -> list[int]:
        """The states after ``symbol`` and after all that it is by productions of one symbol."""
        key = (cython.cast(cython.longlong, state) << 32) | symbol
        targets = self._targets.get(key)
        if targets is None:
            corners = self._corners[state]
            symbols = [symbol]
            for known in symbols:
                for production in self._of_first[known]:
                    left = self._left[production]
                    if len(self._rights[production]) == 1 and left in corners and left not in symbols:
                        symbols.append(left)
            found = [self._goto(state, one) for one in symbols]
            targets = [one for one in found if one >= 0 and (self._useful[one] or self._reductions[one])]
            self._targets[key] = targets
        return targets

    @cython.cfunc
    def _viable_in(self, state: int) -> int:
        viable = self._state_viable[state]
        if viable < 0:
            viable = 0
            for production, read in self._kernels[state]:
                right = self._rights[production]
                if read < len(right) and right[read] < self._terminals:
                    viable |= 1 << right[read]
            for corner in self._corners[state]:
                for production in self._of_left[corner]:
                    if self._rights[production][0] < self._terminals:
                        viable |= 1 << self._rights[production][0]
            self._state_viable[state] = viable
        return viable

# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""The LR(0) automaton of a grammar, built as texts reach its states.

Productions of one symbol never show: their reductions are followed when a state's targets are made, and states that do
nothing else are left out. So every other reduction ends lower in the stack than it began, and cyclic grammars end too.

State HOLE has no items: it stands for a part of a stack that isn't known.

Sources: Knuth, "On the translation of languages from left to right", 1965; Economopoulos, "Generalised LR parsing
algorithms", 2006, chapter 2 (the reductions that loop, and where).
"""

from __future__ import annotations

from typing import Final

import cython
import numpy as np

from structgen.automaton.pairs import PairTable
from structgen.errors import LimitExceededError
from structgen.grammar.productions import Productions

__all__ = ["HOLE", "LRStates"]

HOLE: Final = 0
_MAX_STATES: Final = 1 << 16


@cython.cclass
class LRStates:
    """The states of one grammar.

    Attributes
    ----------
    start : int
        The state of an empty text.
    flat : int32 array
        At the place that ``targets`` gives, the number of states that follow, and those.
    useful, final : uint8 arrays
        By state: whether anything but a reduction may follow; whether the text may end.
    reduction_begin : int32 array
        The reductions of state s are rows ``reduction_begin[s]`` to ``reduction_begin[s + 1]`` of ``reduction_left``,
        the symbol that is complete, and ``reduction_length``, how many symbols that was, at least two.
    """

    start: cython.int
    is_nullable: cython.bint
    flat: cython.int[::1]
    useful: cython.uchar[::1]
    final: cython.uchar[::1]
    reduction_begin: cython.int[::1]
    reduction_left: cython.int[::1]
    reduction_length: cython.int[::1]
    _terminals: cython.int
    _left: list[int]
    _rights: list[tuple[int, ...]]
    _of_left: list[list[int]]  # productions by nonterminal
    _of_first: list[list[int]]  # and by first symbol
    _kernels: list[tuple[tuple[int, int], ...]]
    _state_of: dict[tuple[tuple[int, int], ...], int]
    _corners: list[set[int]]
    _gotos: dict[int, int]
    _viable: list[int]
    _places: PairTable
    _flat_size: cython.int

    def __init__(self, productions: Productions) -> None:
        self._terminals = len(productions.terminals)
        self.is_nullable = productions.is_nullable
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
        self._kernels, self._state_of, self._corners, self._gotos, self._viable = [], {}, [], {}, []
        self._places = PairTable()
        self.flat, self._flat_size = np.zeros(64, np.int32).data, 0
        self.useful, self.final = np.zeros(64, np.uint8).data, np.zeros(64, np.uint8).data
        self.reduction_begin = np.zeros(65, np.int32).data
        self.reduction_left, self.reduction_length = np.zeros(64, np.int32).data, np.zeros(64, np.int32).data
        self._state(())
        self.start = self._state(((len(self._left) - 1, 0),))

    def targets(self, state: cython.int, symbol: cython.int) -> cython.int:
        """Where ``flat`` says which states follow ``state`` after ``symbol``, and after all that it is by productions
        of one symbol.
        """
        place: cython.int = self._places.find(state, symbol)
        if place < 0:
            place = self._written(self._found_targets(state, symbol))
            self._places.put(state, symbol, place)
        return place

    def viable(self, state: cython.int) -> int:
        """The terminals that may come next: bit t of the integer is terminal t."""
        viable = self._viable[state]
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
            self._viable[state] = viable
        return viable

    def _written(self, targets: list) -> cython.int:
        place: cython.int = self._flat_size
        while place + len(targets) + 1 > self.flat.shape[0]:
            self.flat = np.concatenate([self.flat, np.zeros_like(self.flat)]).data
        self.flat[place] = len(targets)
        for target in targets:
            self._flat_size += 1
            self.flat[self._flat_size] = target
        self._flat_size += 1
        return place

    def _found_targets(self, state: cython.int, symbol: cython.int) -> list[int]:
        corners = self._corners[state]
        symbols = [symbol]
        seen = {symbol}
        for known in symbols:
            for production in self._of_first[known]:
                left = self._left[production]
                if len(self._rights[production]) == 1 and left in corners and left not in seen:
                    seen.add(left)
                    symbols.append(left)
        found = [self._goto(state, one) for one in symbols]
        return [one for one in found if one >= 0 and (self.useful[one] or self._reduces(one))]

    def _reduces(self, state: cython.int) -> cython.bint:
        return self.reduction_begin[state] < self.reduction_begin[state + 1]

    def _state(self, kernel: tuple) -> cython.int:
        """The state of these items: pairs of a production and how many of its symbols have been read."""
        state = self._state_of.get(kernel)
        if state is not None:
            return state
        if len(self._kernels) >= _MAX_STATES:
            raise LimitExceededError(f"{_MAX_STATES} parser states", "a grammar too large, or repetitions too long")
        corners: set[int] = set()
        reductions: list[tuple[int, int]] = []
        is_final = is_useful = False
        for production, read in kernel:
            right = self._rights[production]
            if read < len(right):
                is_useful = True
                if right[read] >= self._terminals:
                    corners.add(right[read])
            elif self._left[production] < 0:
                is_final = True
            elif read > 1:
                reductions.append((self._left[production], read))
        self._close(corners)
        return self._add(kernel, corners, list(dict.fromkeys(reductions)), is_useful or is_final, is_final)

    def _close(self, corners: set) -> None:
        """Add the nonterminals that some nonterminal of the set begins with."""
        pending = list(corners)
        while pending:
            for production in self._of_left[pending.pop()]:
                symbol = self._rights[production][0]
                if symbol >= self._terminals and symbol not in corners:
                    corners.add(symbol)
                    pending.append(symbol)

    def _add(
        self,
        kernel: tuple,
        corners: set,
        reductions: list,
        is_useful: cython.bint,
        is_final: cython.bint,
    ) -> cython.int:
        state: cython.int = len(self._kernels)
        begin: cython.int = self.reduction_begin[state]
        if state + 2 > self.useful.shape[0]:
            self.useful = np.concatenate([self.useful, np.zeros_like(self.useful)]).data
            self.final = np.concatenate([self.final, np.zeros_like(self.final)]).data
            self.reduction_begin = np.concatenate([self.reduction_begin, np.zeros_like(self.reduction_begin)]).data
        while begin + len(reductions) > self.reduction_left.shape[0]:
            self.reduction_left = np.concatenate([self.reduction_left, np.zeros_like(self.reduction_left)]).data
            self.reduction_length = np.concatenate([self.reduction_length, np.zeros_like(self.reduction_length)]).data
        for left, length in reductions:
            self.reduction_left[begin] = left
            self.reduction_length[begin] = length
            begin += 1
        self.reduction_begin[state + 1] = begin
        self.useful[state] = is_useful
        self.final[state] = is_final
        self._state_of[kernel] = state
        self._kernels.append(kernel)
        self._corners.append(corners)
        self._viable.append(-1)
        return state

    def _goto(self, state: cython.int, symbol: cython.int) -> cython.int:
        """The state after ``symbol``; -1 for none."""
        key = (cython.cast(cython.longlong, state) << 32) | symbol
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

# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""What a mask walks: a whole trie from one state, or the tokens about which a control's own edges decide anew."""

from __future__ import annotations

import cython
import numpy as np
from numpy.typing import NDArray

from structgen.automaton import tables as names
from structgen.automaton.memory import untouched
from structgen.automaton.stacks import Stacks
from structgen.automaton.tables import Tables
from structgen.automaton.walk import Walk

__all__ = ["Walker"]

_DEAD = cython.declare(cython.int, names.DEAD)
_UNSURE = cython.declare(cython.int, names.UNSURE)
_GOTO = cython.declare(cython.int, names.GOTO)
_POP = cython.declare(cython.int, names.POP)


@cython.cclass
class Walker(Walk):
    """Walks of one state over tries; one walker is used by one thread at a time.

    ``begin_walk``, ``add_task``, then ``run`` until ``pending`` is 0: after each run the caller supplies ``needs`` and
    calls ``resume``. Tokens that ``correct`` decides anew about are the first ``removed_count`` of ``removed``.
    """

    removed: NDArray[np.int32]
    removed_count: cython.int
    _removed: cython.int[::1]
    _open_nodes: cython.int[:, ::1]
    _roots: cython.uchar[::1]

    def __init__(self, tables: Tables, stacks: Stacks, tokens: int, longest: int) -> None:
        Walk.__init__(self, tables, stacks, tokens, longest)
        self.removed = untouched(tokens)
        self._removed = self.removed.data
        self._open_nodes = np.zeros((1024, 2), np.int32).data
        self._roots = np.zeros(256, np.uint8).data

    def begin_walk(self, stack: cython.int) -> None:
        """Forget the last walk; the next one starts on ``stack``."""
        self._begin(stack)
        self.removed_count = 0

    def add_root(self, state: cython.longlong, spaced: cython.bint = False) -> None:
        """Walk the whole trie from ``state``, less what begins with the space of its control; where it is ``spaced``,
        less what begins with the space of the control that it returns to unread.
        """
        byte: cython.int
        node: cython.int
        if not self._mark_roots(self.base[state >> 32], state & 0xFFFFFFFF, spaced):
            self.add_task(1, self.nodes.shape[0] - 1, state)
            return
        for byte in range(256):
            if self._roots[byte]:
                node = self.root[byte]
                if node:
                    self.add_task(node, self.nodes[node, 0], state)

    def _mark_roots(self, control: cython.int, stack: cython.int, spaced: cython.bint) -> cython.bint:
        """Mark the bytes that may come first; False where that takes more than a look at the tables."""
        byte: cython.int
        target: cython.int
        for byte in range(256):
            self._roots[byte] = 0
        while True:
            if self.fallback[control] or not self.edge_begin[control]:
                return False
            self._mark(control)
            if self.end_result[control] == 0:
                return True
            if stack == 0:
                return False
            target = self.return_of(self.stack_frame[stack], self.end_result[control] - 1)
            if target < 0 or target == _UNSURE:
                return False
            if target == _DEAD:
                return True
            stack = self.stack_parent[stack]
            control = self.base[target]
            if self.space[control] and not spaced:
                self._mark(self.space[control])
            spaced = False

    def _mark(self, control: cython.int) -> cython.void:
        row: cython.int
        byte: cython.int
        for row in range(self.edge_begin[control], self.edge_begin[control] + self.edge_count[control]):
            for byte in range(self.edge_lo[row], self.edge_hi[row] + 1):
                self._roots[byte] = 1

    def add(self, ids: NDArray[np.int32]) -> None:
        """Count these among the tokens found."""
        numbers: cython.const[cython.int][::1] = ids
        index: cython.Py_ssize_t
        for index in range(numbers.shape[0]):
            self._found[self.found_count] = numbers[index]
            self.found_count += 1

    def keep_within(self, start: cython.int, characters: NDArray[np.int32], low: cython.int, high: cython.int) -> None:
        """Of the tokens found from number ``start`` on, keep those of ``low`` to ``high`` characters."""
        counts: cython.const[cython.int][::1] = characters
        kept: cython.int = start
        index: cython.int
        for index in range(start, self.found_count):
            if low <= counts[self._found[index]] <= high:
                self._found[kept] = self._found[index]
                kept += 1
        self.found_count = kept

    def drop(self, end: cython.int, ids: NDArray[np.int32], marks: NDArray[np.uint8]) -> None:
        """Forget those of the first ``end`` tokens found that are in ``ids``.

        ``marks``, one for each id, are 0 before and after.
        """
        numbers: cython.const[cython.int][::1] = ids
        marked: cython.uchar[::1] = marks
        kept: cython.int = 0
        index: cython.int
        for index in range(numbers.shape[0]):
            marked[numbers[index]] = 1
        for index in range(self.found_count):
            if index >= end or not marked[self._found[index]]:
                self._found[kept] = self._found[index]
                kept += 1
        for index in range(numbers.shape[0]):
            marked[numbers[index]] = 0
        self.found_count = kept

    def needs(self) -> list[tuple[int, int]]:
        """What the walk waits for: ``(control, -1)`` to be described, ``(frame, result)`` to be returned."""
        if self.pending == 1:
            return [(self._waiting[0, 6], self._waiting[0, 7])]
        waiting: set[tuple[int, int]] = set()
        row: cython.int
        for row in range(self.pending):
            waiting.add((self._waiting[row, 6], self._waiting[row, 7]))
        return list(waiting)

    def correct(self, control: cython.int, stack: cython.int, node: cython.int = 0) -> list[tuple[int, int, int]]:
        """Decide anew about the tokens below ``node`` that the own edges of ``control`` read, not its fallback's.

        Where an edge goes to a control with a fallback, its tokens are left as they are, but for that control's own
        edges; all others are counted among the ``removed``, and walked where they may come. The walk's tasks are yet
        to be run.

        Returns ``(child, control, edge)`` where the owner has to say first what the edge returns to, and ``(node,
        control, 0)`` where the control has to be described.
        """
        unknown: list[tuple[int, int, int]] = []
        self._open_nodes[0, 0] = control
        self._open_nodes[0, 1] = node
        count: cython.int = 1
        own: cython.int
        child: cython.int
        end: cython.int
        found: cython.int
        while count:
            count -= 1
            own = self._open_nodes[count, 0]
            node = self._open_nodes[count, 1]
            if count + 256 > self._open_nodes.shape[0]:
                self._open_nodes = np.concatenate([self._open_nodes, np.zeros_like(self._open_nodes)]).data
            if node == 0:
                for found in range(self.edge_begin[own], self.edge_begin[own] + self.edge_count[own]):
                    for end in range(self.edge_lo[found], self.edge_hi[found] + 1):
                        child = self.root[end]
                        if child:
                            count += self._correct_child(own, found, child, stack, count, unknown)
                continue
            child = node + 1
            end = self.nodes[node, 0]
            while child < end:
                found = self.own_edge(own, self.nodes[child, 2] & 255)
                if found:
                    count += self._correct_child(own, found, child, stack, count, unknown)
                child = self.nodes[child, 0]
        return unknown

    def _correct_child(
        self,
        own: cython.int,
        found: cython.int,
        child: cython.int,
        stack: cython.int,
        count: cython.int,
        unknown: list,
    ) -> cython.int:
        """Follow one edge; 1 where there is more to follow, as the last of the open nodes."""
        target: cython.int = self.edge_target[found]
        if self.edge_op[found] == _GOTO:
            if not self.edge_begin[target]:
                unknown.append((child, target, 0))
            elif not self.fallback[target]:
                self.replace(child, target, stack)
            elif self.nodes[child, 0] > child + 1:
                self._open_nodes[count, 0] = target
                self._open_nodes[count, 1] = child
                return 1
        elif self.edge_op[found] == _POP and stack:
            self.frames_used = max(self.frames_used, 1)
            target = self.return_of(self.stack_frame[stack], self.edge_aux[found])
            if target < 0:
                unknown.append((child, own, found))
            else:
                self.replace(child, target, self.stack_parent[stack])
        else:
            self.replace(child, _DEAD, 0)
        return 0

    def replace(self, node: cython.int, control: cython.int, stack: cython.int) -> cython.void:
        """Decide anew about the tokens at ``node``, where ``control`` is reached, and below."""
        token: cython.int
        end: cython.int = self.nodes[node, 0]
        for token in range(self.nodes[node, 1], self.nodes[end, 1]):
            self._removed[self.removed_count] = self.order[token]
            self.removed_count += 1
        if control == _DEAD:
            return
        self._find(node, node + 1)
        if end > node + 1:
            self.add_task(node + 1, end, (cython.cast(cython.longlong, control) << 32) | stack)

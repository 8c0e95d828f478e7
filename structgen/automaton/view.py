# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""The tables as compiled code reads them: what ``Machine`` and ``Walker`` have in common."""

from __future__ import annotations

from typing import Any

import cython
from numpy.typing import NDArray

from structgen.automaton import tables as names
from structgen.automaton.stacks import Stacks
from structgen.automaton.tables import Tables

__all__ = ["View"]

_WHOLE = cython.declare(cython.int, names.WHOLE)


@cython.cclass
class View:
    """The tables as compiled code reads them."""

    edge_begin: cython.int[::1]
    edge_count: cython.int[::1]
    end_result: cython.int[::1]
    fallback: cython.int[::1]
    space: cython.int[::1]
    flags: cython.int[::1]
    base: cython.int[::1]
    lows: cython.int[::1]
    least: cython.int[::1]
    highs: cython.int[::1]
    first_return: cython.int[::1]
    return_result: cython.int[::1]
    return_target: cython.int[::1]
    next_return: cython.int[::1]
    edge_lo: cython.uchar[::1]
    edge_hi: cython.uchar[::1]
    edge_op: cython.uchar[::1]
    edge_target: cython.int[::1]
    edge_aux: cython.int[::1]
    stack_parent: cython.int[::1]
    stack_frame: cython.int[::1]
    stack_depth: cython.int[::1]

    def __init__(self, tables: Tables, stacks: Stacks) -> None:
        arrays: dict[str, NDArray[Any]] = tables.arrays
        self.edge_begin = arrays["edge_begin"].data
        self.edge_count = arrays["edge_count"].data
        self.end_result = arrays["end_result"].data
        self.fallback = arrays["fallback"].data
        self.space = arrays["space"].data
        self.flags = arrays["flags"].data
        self.base = arrays["base"].data
        self.lows = arrays["low"].data
        self.highs = arrays["high"].data
        self.least = arrays["least"].data
        self.first_return = arrays["first_return"].data
        self.return_result = arrays["return_result"].data
        self.return_target = arrays["return_target"].data
        self.next_return = arrays["next_return"].data
        self.edge_lo = arrays["edge_lo"].data
        self.edge_hi = arrays["edge_hi"].data
        self.edge_op = arrays["edge_op"].data
        self.edge_target = arrays["edge_target"].data
        self.edge_aux = arrays["edge_aux"].data
        self.stack_parent = stacks.arrays["parent"].data
        self.stack_frame = stacks.arrays["frame"].data
        self.stack_depth = stacks.arrays["depth"].data

    def own_edge(self, control: cython.int, byte: cython.int) -> cython.int:
        """The edge of ``control`` itself that reads ``byte``; 0 for none. The control has been described."""
        first: cython.int = self.edge_begin[control]
        last: cython.int = first + self.edge_count[control]
        middle: cython.int
        while last - first > 6:
            middle = (first + last) >> 1
            if self.edge_lo[middle] <= byte:
                first = middle
            else:
                last = middle
        while first < last:
            if self.edge_lo[first] > byte:
                return 0
            if self.edge_hi[first] >= byte:
                return first
            first += 1
        return 0

    def edge(self, control: cython.int, byte: cython.int) -> cython.int:
        """The edge that reads ``byte`` in ``control`` or its fallbacks; 0 for none."""
        found: cython.int = self.own_edge(control, byte)
        while not found and self.fallback[control]:
            control = self.fallback[control]
            found = self.own_edge(control, byte)
        return found

    def undescribed(self, control: cython.int) -> cython.int:
        """The control of ``control`` and its fallbacks that has no edges yet; 0 for none."""
        while self.edge_begin[control]:
            control = self.fallback[control]
            if not control:
                return 0
        return control

    def return_of(self, frame: cython.int, result: cython.int) -> cython.int:
        """Where ``(frame, result)`` returns to; -1 where that is not known yet."""
        if result == _WHOLE:
            return frame
        row: cython.int = self.first_return[frame]
        while row:
            if self.return_result[row] == result:
                return self.return_target[row]
            row = self.next_return[row]
        return -1

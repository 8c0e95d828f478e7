# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""The tables that every automaton of a runtime lives in: controls, their edges, their returns.

A *control* is a small integer. Controls 0 to 2 are fixed: ``DEAD``, ``END`` (the whole text is complete) and ``UNSURE``
(a walk can't tell; see ``machine``). The others are described once, by ``define``, when a text or a walk first reaches
them. An edge reads a byte of ``lo..hi`` and then

* ``GOTO``  goes to ``target``,
* ``PUSH``  pushes the frame ``aux`` and goes to ``target``,
* ``POP``   pops a frame and goes where ``(frame, result aux)`` returns to,
* ``STOP``  is dead, although a fallback might know the byte.

Where no edge matches, the control's *fallback* is asked, then its *space* (a control whose run of bytes may stand
before anything here: JSON's whitespace), and then, where the control has an *end result*, it returns without reading
the byte. A frame is a control: result 0 returns to it as it is, other results through ``add_return``.

Arrays have a fixed capacity and are never moved, so that compiled readers may keep views of them; the operating system
hands out their pages on first use. Rows of index 0 mean "none", so that zeroed memory is valid.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import cython
import numpy as np
from numpy.typing import NDArray

from structgen.automaton.memory import untouched
from structgen.errors import LimitExceededError

__all__ = [
    "ANY_NAME",
    "BOUNDARY",
    "COUNTED",
    "DEAD",
    "END",
    "GOTO",
    "LOOPS_MIXED",
    "LOOPS_PLAIN",
    "NAME_BASE",
    "POP",
    "PUSH",
    "QUOTED",
    "RECORD",
    "RECORDED",
    "SPACE",
    "STOP",
    "TEMPLATE",
    "UNBOUNDED",
    "UNSURE",
    "WHOLE",
    "Edge",
    "Tables",
]

DEAD: Final = 0
END: Final = 1
UNSURE: Final = 2

GOTO: Final = 0
PUSH: Final = 1
POP: Final = 2
STOP: Final = 3

WHOLE: Final = 0  # the result of a value that met all that was asked of it
ANY_NAME: Final = 1 << 29  # ANY_NAME + kind: a recorded text in a walk, which records nothing but knows its kind
NAME_BASE: Final = 1 << 30  # NAME_BASE + control is the result of the text recorded by that control

BOUNDARY: Final = 1  # flag: the control stands between two characters, so entering it counts one
TEMPLATE: Final = 2  # flag: the mask is built from a context-free template, shared by all contexts
RECORD: Final = 4  # flag: the text from here to the return is recorded
RECORDED: Final = 8  # flag of a derived control: its path from the RECORD control is a recorded text
COUNTED: Final = 16  # flag of a derived control: `low` to `high` more characters must follow
SPACE: Final = 32  # flag: the mask is that of the control below, which may have this space before it
QUOTED: Final = 64  # flag: between two characters of a JSON string that nothing but a quote ends, and it alone

LOOPS_PLAIN: Final = 128  # flags: with all such characters of several bytes (`byte_kinds`) the control stays the same
LOOPS_MIXED: Final = 256

UNBOUNDED: Final = 1 << 30

Edge = tuple[int, int, int, int, int]
"""``(lo, hi, operation, target, aux)``; the edges of a control are sorted and disjoint."""

_MAX_EDGES: Final = 1 << 23


_INTS: Final = (
    "edge_begin",
    "edge_count",
    "end_result",  # result + 1; 0 for none
    "fallback",
    "space",
    "flags",
    "base",  # of a derived control: the control whose edges it has; else itself
    "alias",  # the control whose masks are the same; itself where there is none
    "inside",  # the TEMPLATE control that reads the same texts before it ends as this one does; 0 for none
    "low",
    "high",
    "least",  # the characters that must follow at least, with the one that is being read; asked of counted ones alone
    "reserve",  # so many characters are enough to end any text that goes on here; asked of what is counted
    "frames",  # of the stack that its masks depend on, plus 1; 0 where that is not known yet
    "scope",  # the number of the scope that knows what it means; 0 for the shared one
    "parent",  # of a recorded control: the one before its last byte
    "via",  # the byte (recorded) or target (counted) that derives it from its parent
    "first_child",
    "next_child",
    "first_return",
    "return_result",
    "return_target",  # a control, DEAD included
    "next_return",
)


@cython.cclass
class Tables:
    """The arrays, and what writes them. ``capacity`` bounds the number of controls and of returns."""

    capacity: cython.int
    controls: cython.int
    edges: cython.int
    returns: cython.int
    max_edges: cython.int
    arrays: dict[str, NDArray[Any]]
    edge_begin: cython.int[::1]
    edge_count: cython.int[::1]
    end_result: cython.int[::1]
    fallback: cython.int[::1]
    space: cython.int[::1]
    flags: cython.int[::1]
    base: cython.int[::1]
    alias: cython.int[::1]
    inside: cython.int[::1]
    scope: cython.int[::1]
    parent: cython.int[::1]
    via: cython.int[::1]
    first_return: cython.int[::1]
    return_result: cython.int[::1]
    return_target: cython.int[::1]
    next_return: cython.int[::1]
    edge_lo: cython.uchar[::1]
    edge_hi: cython.uchar[::1]
    edge_op: cython.uchar[::1]
    edge_target: cython.int[::1]
    edge_aux: cython.int[::1]

    def __init__(self, capacity: cython.int) -> None:
        self.capacity = capacity
        self.controls = 3
        self.edges = 1
        self.returns = 1
        self.max_edges = min(_MAX_EDGES, 8 * capacity)
        arrays: dict[str, NDArray[Any]] = {name: untouched(capacity) for name in _INTS}
        arrays |= {name: untouched(self.max_edges, np.uint8) for name in ("edge_lo", "edge_hi", "edge_op")}
        arrays |= {name: untouched(self.max_edges) for name in ("edge_target", "edge_aux")}
        self.arrays = arrays
        self.edge_begin = arrays["edge_begin"].data
        self.edge_count = arrays["edge_count"].data
        self.end_result = arrays["end_result"].data
        self.fallback = arrays["fallback"].data
        self.space = arrays["space"].data
        self.flags = arrays["flags"].data
        self.base = arrays["base"].data
        self.alias = arrays["alias"].data
        self.inside = arrays["inside"].data
        self.scope = arrays["scope"].data
        self.parent = arrays["parent"].data
        self.via = arrays["via"].data
        self.first_return = arrays["first_return"].data
        self.return_result = arrays["return_result"].data
        self.return_target = arrays["return_target"].data
        self.next_return = arrays["next_return"].data
        self.edge_lo = arrays["edge_lo"].data
        self.edge_hi = arrays["edge_hi"].data
        self.edge_op = arrays["edge_op"].data
        self.edge_target = arrays["edge_target"].data
        self.edge_aux = arrays["edge_aux"].data
        for control in (DEAD, END, UNSURE):
            self.base[control] = self.alias[control] = control
            self.edge_begin[control] = 1

    def allocate(self, count: cython.int = 1) -> int:
        """Reserve ``count`` controls in a row and return the first; they have no edges yet."""
        first: cython.int = self.controls
        if first + count > self.capacity:
            raise LimitExceededError(
                f"{self.capacity} automaton states", f"{first + count} states", hint="compile the specification anew"
            )
        control: cython.int
        for control in range(first, first + count):
            self.base[control] = self.alias[control] = control
        self.controls = first + count
        return first

    def define(
        self,
        control: cython.int,
        edges: Sequence[Edge],
        *,
        end_result: cython.int = -1,
        fallback: cython.int = 0,
        space: cython.int = 0,
        flags: cython.int = 0,
        alias: cython.int = 0,
        inside: cython.int = 0,
    ) -> None:
        """Describe a control. Its edges become visible to readers last, so that none sees half of them."""
        begin: cython.int = self._reserve_edges(len(edges))
        row: cython.int = begin
        for lo, hi, operation, target, aux in edges:
            self.edge_lo[row] = lo
            self.edge_hi[row] = hi
            self.edge_op[row] = operation
            self.edge_target[row] = target
            self.edge_aux[row] = aux
            row += 1
        self.end_result[control] = end_result + 1
        self.fallback[control] = fallback
        self.space[control] = space
        self.flags[control] |= flags
        if alias:
            self.alias[control] = alias
        self.inside[control] = inside
        self.edge_count[control] = len(edges)
        self.edge_begin[control] = begin

    def chain(
        self, text: bytes, operation: cython.int, target: cython.int, aux: cython.int, fallback: cython.int = 0
    ) -> int:
        """Controls that read ``text`` byte by byte, the last byte with the given operation; returns the first of them.

        All of them have the same ``fallback``.
        """
        count: cython.int = len(text)
        first: cython.int = self.allocate(count)
        begin: cython.int = self._reserve_edges(count)
        last: cython.int = begin + count - 1
        offset: cython.int
        for offset in range(count):
            self.edge_lo[begin + offset] = self.edge_hi[begin + offset] = text[offset]
            self.edge_target[begin + offset] = first + offset + 1
            self.edge_count[first + offset] = 1
            self.fallback[first + offset] = fallback
            self.edge_begin[first + offset] = begin + offset
        self.edge_op[last] = operation
        self.edge_target[last] = target
        self.edge_aux[last] = aux
        return first

    def add_return(self, frame: cython.int, result: cython.int, target: cython.int) -> None:
        """From now on ``(frame, result)`` returns to ``target``."""
        row: cython.int = self.returns
        if row >= self.capacity:
            raise LimitExceededError(f"{self.capacity} automaton returns", f"{row} returns")
        self.returns = row + 1
        self.return_result[row] = result
        self.return_target[row] = target
        self.next_return[row] = self.first_return[frame]
        self.first_return[frame] = row

    def recorded_text(self, control: cython.int) -> bytes:
        """The bytes that a RECORDED control has read since its recording began."""
        text = bytearray()
        while self.parent[control]:
            text.append(self.via[control])
            control = self.parent[control]
        text.reverse()
        return bytes(text)

    def is_full(self) -> bool:
        """Whether more than half of a capacity is used: new specifications should get new tables."""
        return 2 * max(self.controls, self.returns) > self.capacity or 2 * self.edges > self.max_edges

    def _reserve_edges(self, count: cython.int) -> cython.int:
        begin: cython.int = self.edges
        if begin + count > self.max_edges:
            raise LimitExceededError(f"{self.max_edges} automaton edges", f"{begin + count} edges")
        self.edges = begin + count
        return begin

# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Steps of the committed text over bytes; for masks, ``walker`` steps over a whole trie's at once.

A state is a pair (control, stack), packed as ``control << 32 | stack``. A machine interns what it reaches and asks the
runtime to describe controls and returns on first use.

Two kinds of control are derived here, without their owner: *counted* ones, a base with bounds on the characters left
(``low`` to ``high``; entering a BOUNDARY control counts one), and *recorded* ones, a base with the text read since a
RECORD control, which becomes the result of the return.
"""

from __future__ import annotations

from typing import Protocol

import cython

from structgen.automaton import tables as names
from structgen.automaton.stacks import Stacks
from structgen.automaton.tables import Tables
from structgen.automaton.view import View

__all__ = ["Machine", "Owner"]

# C copies of the names in `tables`.
_DEAD = cython.declare(cython.int, names.DEAD)
_END = cython.declare(cython.int, names.END)
_UNSURE = cython.declare(cython.int, names.UNSURE)
_GOTO = cython.declare(cython.int, names.GOTO)
_PUSH = cython.declare(cython.int, names.PUSH)
_POP = cython.declare(cython.int, names.POP)
_ANY_NAME = cython.declare(cython.int, names.ANY_NAME)
_NAME_BASE = cython.declare(cython.int, names.NAME_BASE)
_BOUNDARY = cython.declare(cython.int, names.BOUNDARY)
_RECORD = cython.declare(cython.int, names.RECORD)
_RECORDED = cython.declare(cython.int, names.RECORDED)
_COUNTED = cython.declare(cython.int, names.COUNTED)
_SPACE = cython.declare(cython.int, names.SPACE)
_QUOTED = cython.declare(cython.int, names.QUOTED)
_TEMPLATE = cython.declare(cython.int, names.TEMPLATE)
_UNBOUNDED = cython.declare(cython.int, names.UNBOUNDED)


class Owner(Protocol):
    """What a machine asks when it meets something new. Both answers are written into the tables too."""

    def expand(self, control: int) -> None:
        """Define ``control``'s edges."""

    def returned(self, frame: int, result: int) -> int:
        """The control to which ``(frame, result)`` returns, DEAD included."""


@cython.cclass
class Machine(View):
    """Steps of committed text. States are packed; -1 is no state."""

    tables: Tables
    stacks: Stacks
    owner: Owner
    parent: cython.int[::1]
    via: cython.int[::1]
    first_child: cython.int[::1]
    next_child: cython.int[::1]
    alias: cython.int[::1]
    inside: cython.int[::1]
    frames: cython.int[::1]
    reserve: cython.int[::1]
    control: cython.int
    stack: cython.int

    def __init__(self, tables: Tables, stacks: Stacks, owner: Owner) -> None:
        View.__init__(self, tables, stacks)
        self.tables = tables
        self.stacks = stacks
        self.owner = owner
        self.control = 0
        self.stack = 0
        self.parent = tables.arrays["parent"].data
        self.via = tables.arrays["via"].data
        self.first_child = tables.arrays["first_child"].data
        self.next_child = tables.arrays["next_child"].data
        self.alias = tables.arrays["alias"].data
        self.inside = tables.arrays["inside"].data
        self.frames = tables.arrays["frames"].data
        self.reserve = tables.arrays["reserve"].data

    def advance(self, state: cython.longlong, text: bytes) -> int:
        """The state after ``text``, or -1 where some byte of it is not allowed."""
        self.control = state >> 32
        self.stack = state & 0xFFFFFFFF
        byte: cython.int
        index: cython.int
        for index in range(len(text)):
            byte = text[index]
            if not self._step(byte):
                return -1
        return (cython.cast(cython.longlong, self.control) << 32) | self.stack

    def alive_for(self, state: cython.longlong, text: bytes) -> int:
        """How many bytes of ``text`` are allowed from ``state`` on."""
        self.control = state >> 32
        self.stack = state & 0xFFFFFFFF
        count: cython.int = 0
        size: cython.int = len(text)
        while count < size and self._step(text[count]):
            count += 1
        return count

    def accepting_frames(self, state: cython.longlong) -> tuple[bool, int]:
        """Whether the text may end in ``state``, and how many frames that depends on."""
        self.control = state >> 32
        self.stack = state & 0xFFFFFFFF
        frames: cython.int = 0
        while self.control != _END:
            self._describe(self.base[self.control])
            if self.end_result[self.base[self.control]]:
                frames += 1
            if not self._return_unread():
                return False, frames
        return True, frames

    def returned(self, state: cython.longlong, result: cython.int) -> int:
        """The state once the control of ``state`` has returned with ``result``, or -1."""
        self.control = state >> 32
        self.stack = state & 0xFFFFFFFF
        if not self._return(result):
            return -1
        return (cython.cast(cython.longlong, self.control) << 32) | self.stack

    def sole_byte(self, state: cython.longlong) -> int:
        """The one byte that may follow, or -1 where none or several may. That the text may end is not looked at."""
        control: cython.int = state >> 32
        base: cython.int = self.base[control]
        self._describe(base)
        first: cython.int = self.edge_begin[base]
        if not (self.fallback[base] or self.space[base] or self.end_result[base] or self.flags[control] & _COUNTED):
            if self.edge_count[base] == 1:
                return self.edge_lo[first] if self.edge_lo[first] == self.edge_hi[first] else -1
            if self.edge_count[base] and self.edge_op[first] <= _POP and self.edge_op[first + 1] <= _POP:
                return -1
        live: list[int] = self.live_bytes(state, 2)
        return live[0] if len(live) == 1 else -1

    def live_bytes(self, state: cython.longlong, most: cython.int = 256) -> list[int]:
        """The bytes that may follow, ascending; no more than ``most`` of them."""
        live: list[int] = []
        byte: cython.int
        for byte in range(256):
            self.control = state >> 32
            self.stack = state & 0xFFFFFFFF
            if self._step(byte):
                live.append(byte)
                if len(live) >= most:
                    break
        return live

    def mask_kind(self, control: cython.int) -> int:
        """A control with the same masks as ``control``, bounds on characters aside."""
        alias: cython.int = self.alias[self.base[control]]
        self._describe(alias)
        return alias

    def bounds(self, control: cython.int) -> tuple[int, int]:
        """How many more characters must and may follow."""
        if not self.flags[control] & _COUNTED:
            return 0, _UNBOUNDED
        return self.lows[control], self.highs[control]

    def reserve_of(self, control: cython.int) -> int:
        """So many characters are enough to end any text that goes on from ``control``, bounds on characters aside."""
        return self.reserve[self.base[control]]

    def is_counted(self, control: cython.int) -> bool:
        """Whether ``control`` has bounds on the characters that follow."""
        return (self.flags[control] & _COUNTED) != 0

    def is_quoted(self, control: cython.int) -> bool:
        """Whether ``control`` is in the middle of a string; see QUOTED."""
        return (self.flags[self.base[control]] & _QUOTED) != 0

    def base_of(self, control: cython.int) -> int:
        """The control whose edges ``control`` has: itself where it isn't a derived one."""
        return self.base[control]

    def mask_key(self, kind: cython.int, stack: cython.int) -> int:
        """A packed state whose masks are those of ``kind`` on ``stack``, the same for all stacks that differ in nothing
        that a mask of this kind has ever depended on; -1 where none was made yet.
        """
        frames: cython.int = self.frames[kind] - 1
        if frames < 0:
            return -1
        if self.stack_depth[stack] > frames:
            stack = self.stacks.truncated(stack, frames)
        return (cython.cast(cython.longlong, kind) << 32) | stack

    def depends_on(self, kind: cython.int, frames: cython.int) -> None:
        """Note that a mask of this kind depends on so many frames."""
        if self.frames[kind] <= frames:
            self.frames[kind] = frames + 1

    def quoted_fallback(self, control: cython.int) -> int:
        """The fallback of ``control`` that is in the middle of a string; 0 for none. ``control`` has been described."""
        fallback: cython.int = self.fallback[self.base[control]]
        return fallback if self.flags[fallback] & _QUOTED else 0

    def spaced(self, state: cython.longlong) -> int:
        """The state that ``state`` returns to unread, where whitespace may stand before that one alone; -1 for none."""
        control: cython.int = state >> 32
        base: cython.int = self.base[control]
        byte: cython.int
        if self.fallback[base] or self.space[base] or self.end_result[base] == 0:
            return -1
        for byte in (0x09, 0x0A, 0x0D, 0x20):
            if self.own_edge(base, byte):
                return -1
        self.control = control
        self.stack = state & 0xFFFFFFFF
        if not self._return_unread() or self.control == _UNSURE or not self.space[self.base[self.control]]:
            return -1
        return (cython.cast(cython.longlong, self.control) << 32) | self.stack

    def space_of(self, control: cython.int) -> int:
        """What whitespace may stand before ``control``; 0 for none."""
        return self.space[self.base[control]]

    def frames_of(self, kind: cython.int) -> int:
        """How many frames the masks of ``kind`` depend on; -1 where that is not known."""
        return self.frames[kind] - 1

    def mask_sources(self, control: cython.int) -> tuple[int, int, int, int]:
        """What a mask is made of, each 0 for none: a TEMPLATE control that this one is, one that it has as a fallback,
        one whose inside it shares, the space.
        """
        control = self.base[control]
        fallback: cython.int = self.fallback[control]
        if self.flags[control] & _TEMPLATE:
            return control, 0, 0, 0
        if fallback and self.flags[fallback] & _TEMPLATE:
            return 0, fallback, 0, 0
        if fallback and self.inside[fallback]:
            # What the control's own edges know is inside as well, but for the end.
            return 0, 0, self.inside[fallback], 0
        return 0, 0, self.inside[control], self.space[control]

    def describe(self, control: cython.int) -> None:
        """See to it that the base of ``control`` and its fallbacks have their edges."""
        self._describe(self.base[control])

    def is_described(self, control: cython.int) -> bool:
        """Whether ``control`` has its edges."""
        return self.edge_begin[control] != 0

    def is_space(self, state: cython.longlong) -> bool:
        """Whether ``state`` is in a run of whitespace, far from its bound."""
        base: cython.int = self.base[state >> 32]
        self._describe(base)
        return (self.flags[base] & _SPACE) != 0

    def counted(self, base: cython.int, low: cython.int, high: cython.int) -> int:
        """A new control with the edges of ``base`` that reads ``low`` to ``high`` more characters.

        UNBOUNDED is any number.
        """
        control: cython.int = self.tables.allocate()
        self.base[control] = base
        self.lows[control] = low
        self.highs[control] = high
        self.flags[control] = _COUNTED
        return control

    def _step(self, byte: cython.int) -> cython.bint:
        control: cython.int
        base: cython.int
        found: cython.int
        while True:
            control = self.control
            base = self.base[control]
            self._describe(base)
            found = self.edge(base, byte)
            if found:
                return self._follow(control, found, byte)
            if self.space[base]:
                self._describe(self.space[base])
                found = self.own_edge(self.space[base], byte)
                if found:
                    self.stack = self.stacks.push(self.stack, control)
                    self.control = self.edge_target[found]
                    return True
            if not self._return_unread():
                return False

    def _follow(self, control: cython.int, found: cython.int, byte: cython.int) -> cython.bint:
        operation: cython.int = self.edge_op[found]
        target: cython.int = self.edge_target[found]
        flags: cython.int = self.flags[control] | self.flags[self.base[control]]
        if operation == _GOTO:
            if flags & _COUNTED:
                if flags & _BOUNDARY and self.highs[control] == 0:
                    return False
                target = self._counted_child(control, target)
                if target == _DEAD:
                    return False
            elif flags & _RECORDED:
                target = self._recorded_child(control, target, byte)
            self.control = target
            return True
        if operation == _PUSH:
            self.stack = self.stacks.push(self.stack, self.edge_aux[found])
            self.control = self._recorded_root(target) if self.flags[target] & _RECORD else target
            return True
        if operation == _POP:
            if flags & _COUNTED and self.lows[control] > 0:
                return False
            return self._return_from(control, self.edge_aux[found])
        return False

    def _return_unread(self) -> cython.bint:
        control: cython.int = self.control
        result: cython.int = self.end_result[self.base[control]] - 1
        if result < 0 or (self.flags[control] & _COUNTED and self.lows[control] > 0):
            return False
        return self._return_from(control, result)

    def _return_from(self, control: cython.int, result: cython.int) -> cython.bint:
        """Return with ``result``, or with the text that ``control`` has recorded."""
        if result >= _ANY_NAME and self.flags[control] & _RECORDED:
            return self._return(_NAME_BASE + control)
        return self._return(result)

    def _return(self, result: cython.int) -> cython.bint:
        frame: cython.int = self.stack_frame[self.stack]
        if not self.stack:
            return False
        target: cython.int = self.return_of(frame, result)
        if target < 0:
            stack: cython.int = self.stack  # the owner may use this machine
            target = self.owner.returned(frame, result)
            self.stack = stack
        self.stack = self.stack_parent[self.stack]
        self.control = target
        return target != _DEAD

    def _describe(self, base: cython.int) -> cython.void:
        control: cython.int
        stack: cython.int
        missing: cython.int = self.undescribed(base)
        while missing:
            control = self.control
            stack = self.stack
            self.owner.expand(missing)
            self.control = control
            self.stack = stack
            missing = self.undescribed(base)

    def _counted_child(self, control: cython.int, target: cython.int) -> cython.int:
        """``target`` with what is left of the bounds of ``control``; DEAD where no text that ends there is so short."""
        child: cython.int = self.first_child[control]
        while child:
            if self.via[child] == target:
                return child
            child = self.next_child[child]
        low: cython.int = self.lows[control]
        high: cython.int = self.highs[control]
        if self.flags[self.base[target]] & _BOUNDARY:
            low = low - 1 if low > 0 else 0
            high = high - 1 if high != _UNBOUNDED else high
        if low == 0 and high == _UNBOUNDED:
            return target
        if high < self.least[target]:
            return _DEAD
        if self.flags[target] & _COUNTED:  # a loop at the end of what is counted has bounds of its own
            low = self.lows[target]
            high = min(high, self.highs[target])
        child = self.counted(self.base[target], low, high)
        self._adopt(control, child, target)
        return child

    def _recorded_root(self, base: cython.int) -> cython.int:
        child: cython.int = self.first_child[base]
        if not child:
            child = self.tables.allocate()
            self.base[child] = base
            self.flags[child] = _RECORDED
            self.first_child[base] = child
        return child

    def _recorded_child(self, control: cython.int, target: cython.int, byte: cython.int) -> cython.int:
        child: cython.int = self.first_child[control]
        while child:
            if self.via[child] == byte:
                return child
            child = self.next_child[child]
        child = self.tables.allocate()
        self.base[child] = target
        self.flags[child] = _RECORDED
        self.parent[child] = control
        self._adopt(control, child, byte)
        return child

    def _adopt(self, control: cython.int, child: cython.int, via: cython.int) -> cython.void:
        self.via[child] = via
        self.next_child[child] = self.first_child[control]
        self.first_child[control] = child

# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Steps over bytes: the committed text's (``Machine``) and, for masks, a whole trie's at once (``Walker``).

A state is a pair (control, stack), packed as ``control << 32 | stack``. A machine interns what it reaches and asks the
runtime to describe controls and returns on first use. A walker interns nothing and never calls Python: it runs without
the GIL, notes what is missing with the place where it met it, and goes on elsewhere; the caller supplies that, and
resumes.

Two kinds of control are derived here, without their owner: *counted* ones, a base with bounds on the characters left
(``low`` to ``high``; entering a BOUNDARY control counts one), and *recorded* ones, a base with the text read since a
RECORD control, which becomes the result of the return. A walk keeps bounds beside its states, and knows a recorded text
by its kind only, as ANY_NAME + kind.
"""

from __future__ import annotations

from typing import Any, Protocol

import cython
import numpy as np
from numpy.typing import NDArray

from structgen.automaton import tables as names
from structgen.automaton.byte_kinds import KINDS, LETTERS, MIXED, NO_CHARACTER, PLAIN, kinds_below
from structgen.automaton.memory import untouched
from structgen.automaton.stacks import Stacks
from structgen.automaton.tables import Tables
from structgen.errors import LimitExceededError

__all__ = ["Machine", "Owner", "WalkTrie", "Walker"]

# C copies of the names in `tables`, for code that runs without the GIL.
_DEAD = cython.declare(cython.int, names.DEAD)
_END = cython.declare(cython.int, names.END)
_UNSURE = cython.declare(cython.int, names.UNSURE)
_GOTO = cython.declare(cython.int, names.GOTO)
_PUSH = cython.declare(cython.int, names.PUSH)
_POP = cython.declare(cython.int, names.POP)
_WHOLE = cython.declare(cython.int, names.WHOLE)
_ANY_NAME = cython.declare(cython.int, names.ANY_NAME)
_NAME_BASE = cython.declare(cython.int, names.NAME_BASE)
_BOUNDARY = cython.declare(cython.int, names.BOUNDARY)
_RECORD = cython.declare(cython.int, names.RECORD)
_RECORDED = cython.declare(cython.int, names.RECORDED)
_COUNTED = cython.declare(cython.int, names.COUNTED)
_STOP = cython.declare(cython.int, names.STOP)
_SPACE = cython.declare(cython.int, names.SPACE)
_QUOTED = cython.declare(cython.int, names.QUOTED)
_TEMPLATE = cython.declare(cython.int, names.TEMPLATE)
_UNBOUNDED = cython.declare(cython.int, names.UNBOUNDED)
_LOOPS_PLAIN = cython.declare(cython.int, names.LOOPS_PLAIN)
_LOOPS_MIXED = cython.declare(cython.int, names.LOOPS_MIXED)
_PLAIN = cython.declare(cython.ushort, PLAIN)
_MIXED = cython.declare(cython.ushort, MIXED)
_LETTERS = cython.declare(cython.ushort, LETTERS)
_NO_CHARACTER = cython.declare(cython.ushort, NO_CHARACTER)

_MAX_TASKS = 1 << 20

# Rows of a walker, and what they say of a byte where they don't name an edge. A level of few nodes gets none.
_ROWS = cython.declare(cython.int, 64)
_FEW_NODES = cython.declare(cython.int, 48)
_NOWHERE = cython.declare(cython.int, 0)
_HERE = cython.declare(cython.int, -1)  # to the same control
_ASK = cython.declare(cython.int, -2)  # the space or the end result decides


# What a step of a walk comes to.
_DIED = cython.declare(cython.int, 0)
_ALIVE = cython.declare(cython.int, 1)
_MISSING = cython.declare(cython.int, 2)  # a return that the owner has yet to say
_LEFT = cython.declare(cython.int, 3)  # returned from the empty stack: the context decides


class Owner(Protocol):
    """What a machine asks when it meets something new. Both answers are written into the tables too."""

    def expand(self, control: int) -> None:
        """Define ``control``'s edges."""

    def returned(self, frame: int, result: int) -> int:
        """The control to which ``(frame, result)`` returns, DEAD included."""


@cython.cclass
class _View:
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

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
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

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def edge(self, control: cython.int, byte: cython.int) -> cython.int:
        """The edge that reads ``byte`` in ``control`` or its fallbacks; 0 for none."""
        found: cython.int = self.own_edge(control, byte)
        while not found and self.fallback[control]:
            control = self.fallback[control]
            found = self.own_edge(control, byte)
        return found

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def undescribed(self, control: cython.int) -> cython.int:
        """The control of ``control`` and its fallbacks that has no edges yet; 0 for none."""
        while self.edge_begin[control]:
            control = self.fallback[control]
            if not control:
                return 0
        return control

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
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


@cython.cclass
class Machine(_View):
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
        _View.__init__(self, tables, stacks)
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

    @cython.cfunc
    @cython.exceptval(-1)
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

    @cython.cfunc
    @cython.exceptval(-1)
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

    @cython.cfunc
    @cython.exceptval(-1)
    def _return_unread(self) -> cython.bint:
        control: cython.int = self.control
        result: cython.int = self.end_result[self.base[control]] - 1
        if result < 0 or (self.flags[control] & _COUNTED and self.lows[control] > 0):
            return False
        return self._return_from(control, result)

    @cython.cfunc
    @cython.exceptval(-1)
    def _return_from(self, control: cython.int, result: cython.int) -> cython.bint:
        """Return with ``result``, or with the text that ``control`` has recorded."""
        if result >= _ANY_NAME and self.flags[control] & _RECORDED:
            return self._return(_NAME_BASE + control)
        return self._return(result)

    @cython.cfunc
    @cython.exceptval(-1)
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

    @cython.cfunc
    @cython.exceptval(check=True)
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

    @cython.cfunc
    @cython.exceptval(-1)
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

    @cython.cfunc
    @cython.exceptval(-1)
    def _recorded_root(self, base: cython.int) -> cython.int:
        child: cython.int = self.first_child[base]
        if not child:
            child = self.tables.allocate()
            self.base[child] = base
            self.flags[child] = _RECORDED
            self.first_child[base] = child
        return child

    @cython.cfunc
    @cython.exceptval(-1)
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

    @cython.cfunc
    def _adopt(self, control: cython.int, child: cython.int, via: cython.int) -> cython.void:
        self.via[child] = via
        self.next_child[child] = self.first_child[control]
        self.first_child[control] = child


def _depths(subtree_end: NDArray[np.int32]) -> NDArray[np.int32]:
    """The depth of each node: the subtrees that are open there, the root's aside."""
    size = len(subtree_end)
    closed = np.bincount(subtree_end, minlength=size + 1)[:size]
    return (np.cumsum(1 - closed) - 1).astype(np.int32)


@cython.cclass
class WalkTrie:
    """A trie as walks read it: ``TokenTrie``'s arrays, with the root's children by byte.

    ``order`` holds the ids that are to be found.
    """

    size = cython.declare(cython.int, visibility="readonly")
    arrays = cython.declare(dict, visibility="readonly")
    byte: cython.const[cython.uchar][::1]
    subtree_end: cython.const[cython.int][::1]
    token_begin: cython.const[cython.int][::1]
    order: cython.const[cython.int][::1]
    depth: cython.int[::1]
    root: cython.int[::1]
    kinds_below: cython.ushort[::1]

    def __init__(self, arrays: dict[str, NDArray[Any]]) -> None:
        self.arrays = arrays
        self.depth = _depths(arrays["subtree_end"]).data
        self.byte = arrays["byte"].data
        self.subtree_end = arrays["subtree_end"].data
        self.token_begin = arrays["token_begin"].data
        self.order = arrays["order"].data
        self.size = self.byte.shape[0]
        self.root = np.zeros(256, np.int32).data
        node: cython.int = 1
        while node < self.size:
            self.root[self.byte[node]] = node
            node = self.subtree_end[node]
        self.kinds_below = kinds_below(self.byte, self.subtree_end, self.depth).data

    def find(self, node: cython.int, text: bytes) -> int:
        """The node that ``text`` leads to from ``node``; -1 for none."""
        byte: cython.int
        index: cython.int
        child: cython.int
        end: cython.int
        for index in range(len(text)):
            byte = text[index]
            child = node + 1
            end = self.subtree_end[node]
            if node == 0:
                child = self.root[byte] if self.root[byte] else end
            while child < end and self.byte[child] < byte:
                child = self.subtree_end[child]
            if child >= end or self.byte[child] != byte:
                return -1
            node = child
        return node

    def at(self, node: cython.int) -> NDArray[np.int32]:
        """The ids at ``node``."""
        return self.arrays["order"][self.token_begin[node] : self.token_begin[node + 1]]

    def under(self, node: cython.int) -> NDArray[np.int32]:
        """The ids in the subtree of ``node``."""
        return self.arrays["order"][self.token_begin[node] : self.token_begin[self.subtree_end[node]]]

    def depths(self) -> NDArray[np.int32]:
        """How many bytes lead to each node."""
        return np.asarray(self.depth)

    def end(self, node: cython.int) -> int:
        """The first node after the subtree of ``node``."""
        return self.subtree_end[node]


@cython.cclass
class Walker(_View):
    """A walk of one state over a trie, without the GIL; one walker is used by one thread at a time.

    ``begin_walk``, ``add_task``, then ``run`` until ``pending`` is 0: after each run the caller supplies ``needs`` and
    calls ``resume``. The tokens found are ``found[:found_count]``, in no order; ``unsure`` holds those that only a
    machine can judge; ``exit_*`` the trie nodes at which the empty stack was returned from.
    """

    byte: cython.const[cython.uchar][::1]
    subtree_end: cython.const[cython.int][::1]
    token_begin: cython.const[cython.int][::1]
    order: cython.const[cython.int][::1]
    depth: cython.int[::1]
    root: cython.int[::1]
    found = cython.declare(object, visibility="readonly")
    found_characters = cython.declare(object, visibility="readonly")
    unsure = cython.declare(object, visibility="readonly")
    exits = cython.declare(object, visibility="readonly")
    found_count = cython.declare(cython.int, visibility="readonly")
    unsure_count = cython.declare(cython.int, visibility="readonly")
    removed = cython.declare(object, visibility="readonly")
    removed_count = cython.declare(cython.int, visibility="readonly")
    exit_count = cython.declare(cython.int, visibility="readonly")
    pending = cython.declare(cython.int, visibility="readonly")
    frames_used = cython.declare(cython.int, visibility="readonly")
    overflowed: cython.bint
    _found: cython.int[::1]
    _found_characters: cython.int[::1]
    _unsure: cython.int[::1]
    _removed: cython.int[::1]
    _open_nodes: cython.int[:, ::1]
    _exits: cython.int[:, ::1]
    _levels: cython.int[:, ::1]
    _rows: cython.int[:, ::1]
    _row_control: cython.int[::1]
    _row_kinds: cython.ushort[::1]
    _kind_of: cython.const[cython.ushort][::1]
    kinds_below: cython.ushort[::1]
    _roots: cython.uchar[::1]
    _tasks: cython.int[:, ::1]
    _waiting: cython.int[:, ::1]
    _task_count: cython.int
    _pushed: cython.int[:, ::1]
    _pushed_count: cython.int
    _pinned: cython.int
    _base_depth: cython.int
    control: cython.int
    stack: cython.int
    low: cython.int
    high: cython.int
    missing_frame: cython.int
    missing_result: cython.int

    def __init__(self, tables: Tables, stacks: Stacks, tokens: int, longest: int) -> None:
        _View.__init__(self, tables, stacks)
        self.found = untouched(2 * tokens)  # what a fallback finds may be found anew, and is dropped then
        self.unsure = untouched(tokens)
        self.found_characters = untouched(tokens)
        self.exits = untouched((tokens, 4))
        self._found = self.found.data
        self._found_characters = self.found_characters.data
        self._unsure = self.unsure.data
        self.removed = untouched(tokens)
        self._removed = self.removed.data
        self._open_nodes = np.zeros((1024, 2), np.int32).data
        self._exits = self.exits.data
        self._levels = np.zeros((longest + 2, 10), np.int32).data
        self._rows = np.zeros((_ROWS, 256), np.int32).data
        self._row_control = np.full(_ROWS, -1, np.int32).data
        self._row_kinds = np.zeros(_ROWS, np.uint16).data
        self._kind_of = KINDS.data
        self._roots = np.zeros(256, np.uint8).data
        self._tasks = np.zeros((1024, 9), np.int32).data
        self._waiting = np.zeros((longest + 1024, 9), np.int32).data
        self._pushed = untouched((4 * longest + 65536, 2)).data

    def begin_walk(self, stack: cython.int) -> None:
        """Forget the last walk; the next one starts on ``stack``."""
        self.found_count = self.unsure_count = self.exit_count = self.removed_count = 0
        self.pending = self._task_count = self._pushed_count = self._pinned = 0
        self.frames_used = 0
        self.overflowed = False
        self._base_depth = self.stack_depth[stack]

    def use_trie(self, trie: WalkTrie) -> None:
        """Walk this trie from now on."""
        self.byte = trie.byte
        self.subtree_end = trie.subtree_end
        self.token_begin = trie.token_begin
        self.order = trie.order
        self.depth = trie.depth
        self.root = trie.root
        self.kinds_below = trie.kinds_below

    def add_root(self, state: cython.longlong) -> None:
        """Walk the whole trie from ``state``, less what begins with the space of its control."""
        byte: cython.int
        node: cython.int
        if not self._mark_roots(self.base[state >> 32], state & 0xFFFFFFFF):
            self.add_task(1, self.byte.shape[0], state)
            return
        for byte in range(256):
            if self._roots[byte]:
                node = self.root[byte]
                if node:
                    self.add_task(node, self.subtree_end[node], state)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _mark_roots(self, control: cython.int, stack: cython.int) -> cython.bint:
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
            if self.space[control]:
                self._mark(self.space[control])

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _mark(self, control: cython.int) -> cython.void:
        row: cython.int
        byte: cython.int
        for row in range(self.edge_begin[control], self.edge_begin[control] + self.edge_count[control]):
            for byte in range(self.edge_lo[row], self.edge_hi[row] + 1):
                self._roots[byte] = 1

    @cython.ccall
    def add_task(self, begin: cython.int, end: cython.int, state: cython.longlong) -> cython.void:
        """Walk the sibling subtrees ``begin`` to ``end`` from ``state``."""
        control: cython.int = state >> 32
        low: cython.int = 0
        high: cython.int = -1
        if self.flags[control] & _COUNTED:
            low = self.lows[control]
            high = self.highs[control]
        if self._task_count == self._tasks.shape[0]:
            self._tasks = np.concatenate([self._tasks, np.zeros_like(self._tasks)]).data
        self._put(
            self._tasks, self._task_count, begin, end, self.base[control], state & 0xFFFFFFFF, low, high, 0, 0,
            self.depth[begin],
        )  # fmt: skip
        self._task_count += 1

    def run(self) -> None:
        """Walk all tasks as far as the tables go. Releases the GIL."""
        with cython.nogil:
            self._run()
        if self.overflowed:
            raise LimitExceededError(
                "the memory of one mask", f"{self._pushed_count} frames and {self.pending} states met"
            )

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
            end = self.subtree_end[node]
            while child < end:
                found = self.own_edge(own, self.byte[child])
                if found:
                    count += self._correct_child(own, found, child, stack, count, unknown)
                child = self.subtree_end[child]
        return unknown

    @cython.cfunc
    @cython.exceptval(check=False)
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
            elif self.subtree_end[child] > child + 1:
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

    @cython.ccall
    @cython.exceptval(check=False)
    def replace(self, node: cython.int, control: cython.int, stack: cython.int) -> cython.void:
        """Decide anew about the tokens at ``node``, where ``control`` is reached, and below."""
        token: cython.int
        end: cython.int = self.subtree_end[node]
        for token in range(self.token_begin[node], self.token_begin[end]):
            self._removed[self.removed_count] = self.order[token]
            self.removed_count += 1
        if control == _DEAD:
            return
        self._find(node, node + 1)
        if end > node + 1:
            self.add_task(node + 1, end, (cython.cast(cython.longlong, control) << 32) | stack)

    def resume(self) -> None:
        """Make tasks of all that waited."""
        needed: cython.int = self._task_count + self.pending
        if needed > self._tasks.shape[0]:
            if needed > _MAX_TASKS:
                raise LimitExceededError(f"{_MAX_TASKS} places of one mask to go on from", f"{needed} places")
            self._tasks = np.concatenate([self._tasks, np.zeros((needed, 9), np.int32)]).data
        row: cython.int
        column: cython.int
        for row in range(self.pending):
            for column in range(9):
                self._tasks[self._task_count + row, column] = self._waiting[row, column]
        self._task_count = needed
        self.pending = 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _put(
        self,
        rows: cython.int[:, ::1],
        row: cython.int,
        begin: cython.int,
        end: cython.int,
        control: cython.int,
        stack: cython.int,
        low: cython.int,
        high: cython.int,
        need: cython.int,
        result: cython.int,
        depth: cython.int,
    ) -> cython.void:
        rows[row, 0] = begin
        rows[row, 1] = end
        rows[row, 2] = control
        rows[row, 3] = stack
        rows[row, 4] = low
        rows[row, 5] = high
        rows[row, 6] = need
        rows[row, 7] = result
        rows[row, 8] = depth

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _wait(
        self, begin: cython.int, end: cython.int, level: cython.int, need: cython.int, result: cython.int
    ) -> cython.void:
        """Put aside the siblings ``begin`` to ``end`` of a level until ``need`` is there."""
        self._put(
            self._waiting, self.pending, begin, end, self._levels[level, 1], self._levels[level, 2],
            self._levels[level, 3], self._levels[level, 4], need, result, self._levels[level, 9],
        )  # fmt: skip
        self.pending += 1
        self._pinned = self._pushed_count

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _enter_level(self, level: cython.int, control: cython.int, nodes: cython.int) -> cython.void:
        """Prepare a level whose described control will be asked about so many nodes: its row, or else its bounds."""
        first: cython.int = self.edge_begin[control]
        count: cython.int = self.edge_count[control]
        self._levels[level, 6] = 0
        self._levels[level, 7] = 255
        self._levels[level, 8] = -1
        if (
            count > 1
            and (nodes > _FEW_NODES or self._row_control[control & (_ROWS - 1)] == control)
            and (self._levels[level, 4] < 0 or self.flags[control] & _BOUNDARY)
        ):
            self._levels[level, 8] = self._row(control)
        elif self.fallback[control] or self.space[control] or self.end_result[control]:
            return
        elif count == 0:
            self._levels[level, 7] = -1
        else:
            self._levels[level, 6] = self.edge_lo[first]
            self._levels[level, 7] = self.edge_hi[first + count - 1]

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _row(self, control: cython.int) -> cython.int:
        """The number of the row of ``control``: for each byte its edge, or one of the marks below."""
        row: cython.int = control & (_ROWS - 1)
        if self._row_control[row] == control:
            return row
        byte: cython.int
        edge: cython.int
        value: cython.int = _ASK if self.space[control] or self.end_result[control] else _NOWHERE
        for byte in range(256):
            self._rows[row, byte] = value
        # A control's own edges are written over those of its fallback.
        depth: cython.int = 0
        own: cython.int = self.fallback[control]
        while own:
            depth += 1
            own = self.fallback[own]
        while depth >= 0:
            own = control
            for _ in range(depth):
                own = self.fallback[own]
            for edge in range(self.edge_begin[own], self.edge_begin[own] + self.edge_count[own]):
                value = edge
                if self.edge_op[edge] == _STOP:
                    value = _NOWHERE
                elif self.edge_op[edge] == _GOTO and self.edge_target[edge] == control:
                    value = _HERE
                for byte in range(self.edge_lo[edge], self.edge_hi[edge] + 1):
                    self._rows[row, byte] = value
            depth -= 1
        self._row_control[row] = control
        kinds: cython.ushort = 0xFFFF  # those that change nothing
        for byte in range(256):
            if self._rows[row, byte] != _HERE:
                kinds &= ~self._kind_of[byte]
        if not kinds & _NO_CHARACTER:
            kinds &= ~_LETTERS
        if self.flags[control] & _LOOPS_PLAIN:
            kinds |= _PLAIN
        if self.flags[control] & _LOOPS_MIXED:
            kinds |= _MIXED
        self._row_kinds[row] = kinds
        return row

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _run(self) -> cython.void:
        """Last in, first out, until all is done or what waits must be supplied first."""
        row: cython.int
        missing: cython.int
        while self._task_count and not self._is_crowded(0):
            row = self._task_count - 1
            self._task_count = row
            self._levels[0, 0] = self._tasks[row, 1]
            self._levels[0, 1] = self._tasks[row, 2]
            self._levels[0, 2] = self._tasks[row, 3]
            self._levels[0, 3] = self._tasks[row, 4]
            self._levels[0, 4] = self._tasks[row, 5]
            self._levels[0, 5] = self._pushed_count
            self._levels[0, 8] = -1
            self._levels[0, 9] = self._tasks[row, 8]
            missing = self.undescribed(self._tasks[row, 2])
            if missing:
                self._wait(self._tasks[row, 0], self._tasks[row, 1], 0, missing, -1)
            else:
                self._enter_level(0, self._tasks[row, 2], self._tasks[row, 1] - self._tasks[row, 0])
                self._walk(self._tasks[row, 0])

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _is_crowded(self, level: cython.int) -> cython.bint:
        """Whether there is only room left to put aside the levels up to this one."""
        return self.pending + level + 2 >= self._waiting.shape[0]

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _put_aside(self, node: cython.int, level: cython.int) -> cython.void:
        """Wait, with all that the walk has yet to do from ``node`` on, for what waits already."""
        need: cython.int = self._waiting[0, 6]
        result: cython.int = self._waiting[0, 7]
        while True:
            if node < self._levels[level, 0]:
                self._wait(node, self._levels[level, 0], level, need, result)
            if level == 0:
                return
            node = self._levels[level, 0]
            level -= 1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _find(self, first: cython.int, last: cython.int) -> cython.void:
        """Count the tokens at the nodes ``first`` to ``last``, the latter excluded, among those found."""
        token: cython.int
        count: cython.int = self.found_count
        for token in range(self.token_begin[first], self.token_begin[last]):
            self._found[count] = self.order[token]
            count += 1
        self.found_count = count

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _walk(self, node: cython.int) -> cython.void:
        levels: cython.int[:, ::1] = self._levels
        rows: cython.int[:, ::1] = self._rows
        byte_of: cython.const[cython.uchar][::1] = self.byte
        level: cython.int = 0
        end: cython.int = levels[0, 0]  # of the level
        row: cython.int = levels[0, 8]
        byte: cython.int
        status: cython.int
        first: cython.int
        edge: cython.int
        kinds: cython.ushort
        while True:
            while node >= end:
                if level == 0:
                    return
                level -= 1
                end = levels[level, 0]
                row = levels[level, 8]
                if row >= 0:
                    self._row(levels[level, 1])
                self._pushed_count = max(levels[level, 5], self._pinned)
            byte = byte_of[node]
            edge = _ASK
            if row >= 0:
                edge = rows[row, byte]
                if edge == _NOWHERE:
                    node = self.subtree_end[node]
                    continue
                if edge == _HERE:
                    # Nothing changes, unless characters are counted, so what is below stays on this level.
                    if levels[level, 4] < 0:
                        first = node
                        kinds = self._row_kinds[row]
                        while node < end and rows[row, byte_of[node]] == _HERE:
                            node = node + 1 if self.kinds_below[node] & ~kinds else self.subtree_end[node]
                        self._find(first, node)
                    else:
                        node = self._run_counted(level, node)
                    continue
                if byte >= 0x80 and levels[level, 4] < 0:
                    kinds = self._row_kinds[row]
                    if self._kind_of[byte] & kinds and not self.kinds_below[node] & ~kinds:
                        first = self.subtree_end[node]
                        self._find(node, first)
                        node = first
                        continue
            elif byte > levels[level, 7]:
                node = end
                continue
            elif byte < levels[level, 6]:
                node = self.subtree_end[node]
                continue
            self.control = levels[level, 1]
            self.stack = levels[level, 2]
            self.low = levels[level, 3]
            self.high = levels[level, 4]
            if self.high >= 0:
                self._count(self.depth[node] - levels[level, 9])
            status = self._step(byte) if edge == _ASK else self._take(edge)
            first = self.subtree_end[node]
            if status == _DIED:
                if self.overflowed:
                    return
                node = first
            elif status == _ALIVE:
                if self.control == _UNSURE:
                    self._doubt(node, first)
                    node = first
                    continue
                if self.high >= 0:
                    self._find_counted(node)
                else:
                    self._find(node, node + 1)
                node += 1
                if node < first:
                    level += 1
                    if not self._descend(level, node, first):
                        node = first
                    if self._is_crowded(level):
                        self._put_aside(node, level)
                        return
                    end = levels[level, 0]
                    row = levels[level, 8]
            elif status == _MISSING:
                # All later siblings are in the same state, so they would miss the same.
                self._wait(node, end, level, self.missing_frame, self.missing_result)
                node = end
                if self._is_crowded(level):
                    self._put_aside(node, level)
                    return
            else:
                self._leave(node)
                node = first

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _run_counted(self, level: cython.int, node: cython.int) -> cython.int:
        """Read characters of one byte that stay in the level's control, as far as its bound; the node to go on at.

        The node's own byte is one. Nodes of a level differ in depth by the characters read on it.
        """
        end: cython.int = self._levels[level, 0]
        row: cython.int = self._levels[level, 8]
        above: cython.int = self._levels[level, 9] - 1
        deepest: cython.int = _UNBOUNDED
        token: cython.int
        if self._levels[level, 4] != _UNBOUNDED:
            deepest = above + self._levels[level, 4] - self.least[self._levels[level, 1]]
        while node < end and self._rows[row, self.byte[node]] == _HERE:
            if self.depth[node] > deepest:
                node = self.subtree_end[node]
                continue
            for token in range(self.token_begin[node], self.token_begin[node + 1]):
                self._found[self.found_count] = self.order[token]
                self._found_characters[self.found_count] = (
                    _UNBOUNDED - 1 - self._levels[level, 4] + self.depth[node] - above
                )
                self.found_count += 1
            node += 1
        return node

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _count(self, characters: cython.int) -> cython.void:
        """Count so many characters that were read on a level."""
        self.low = self.low - characters if self.low > characters else 0
        if self.high != _UNBOUNDED:
            self.high -= characters

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _descend(self, level: cython.int, node: cython.int, end: cython.int) -> cython.bint:
        """Begin a level in the current state; False where it has to wait."""
        self._levels[level, 0] = end
        self._levels[level, 1] = self.control
        self._levels[level, 2] = self.stack
        self._levels[level, 3] = self.low
        self._levels[level, 4] = self.high
        self._levels[level, 5] = self._pushed_count
        self._levels[level, 8] = -1
        self._levels[level, 9] = self.depth[node]
        missing: cython.int = self.undescribed(self.control)
        if missing:
            self._wait(node, end, level, missing, -1)
            return False
        self._enter_level(level, self.control, end - node)
        return True

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _find_counted(self, node: cython.int) -> cython.void:
        """Count the tokens at a node among those found, with their characters."""
        token: cython.int
        for token in range(self.token_begin[node], self.token_begin[node + 1]):
            self._found[self.found_count] = self.order[token]
            self._found_characters[self.found_count] = self._characters()
            self.found_count += 1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _doubt(self, node: cython.int, end: cython.int) -> cython.void:
        """Count the tokens of a subtree among those that only a machine can judge."""
        token: cython.int
        for token in range(self.token_begin[node], self.token_begin[end]):
            self._unsure[self.unsure_count] = self.order[token]
            self.unsure_count += 1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _leave(self, node: cython.int) -> cython.void:
        """Note that the empty stack was returned from at a node."""
        self._exits[self.exit_count, 0] = node
        self._exits[self.exit_count, 1] = self.missing_frame  # 1 where the node's own byte was read
        self._exits[self.exit_count, 2] = self.missing_result
        self._exits[self.exit_count, 3] = self._characters()
        self.exit_count += 1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _characters(self) -> cython.int:
        """How many characters have begun since the walk, if it began in a counted control with the highest bound."""
        return _UNBOUNDED - 1 - self.high + (0 if self.flags[self.control] & _BOUNDARY else 1)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _step(self, byte: cython.int) -> cython.int:
        control: cython.int
        found: cython.int
        status: cython.int
        while True:
            control = self.control
            found = self.edge(control, byte)
            if found:
                return self._take(found)
            if self.space[control]:
                found = self.own_edge(self.space[control], byte)
                if found:
                    return self._push(control, self.edge_target[found])
            if self.end_result[control] == 0:
                return _DIED
            status = self._return(self.end_result[control] - 1, 0)
            if status != _ALIVE:
                return status
            if self.control == _UNSURE:
                return _ALIVE
            found = self.undescribed(self.control)
            if found:
                self.missing_frame = found
                self.missing_result = -1
                return _MISSING

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _take(self, edge: cython.int) -> cython.int:
        """Follow an edge of the current control or its fallbacks."""
        operation: cython.int = self.edge_op[edge]
        target: cython.int = self.edge_target[edge]
        if operation == _GOTO:
            if self.high < 0:
                self._enter(target)
                return _ALIVE
            return self._take_counted(target)
        if operation == _PUSH:
            return self._push(self.edge_aux[edge], target)
        if operation == _POP:
            return self._return(self.edge_aux[edge], 1)
        return _DIED

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _take_counted(self, target: cython.int) -> cython.int:
        """Go to ``target`` where characters are counted; as a machine's ``_counted_child``."""
        high: cython.int = self.high
        if self.flags[self.control] & _BOUNDARY and high == 0:
            return _DIED
        if self.flags[self.base[target]] & _BOUNDARY:
            self.low = self.low - 1 if self.low > 0 else 0
            if high != _UNBOUNDED:
                high -= 1
        if high < self.least[target]:
            return _DIED
        if self.flags[target] & _COUNTED:
            self.low = self.lows[target]
            high = min(high, self.highs[target])
        self.high = high
        self.control = self.base[target]
        return _ALIVE

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _push(self, frame: cython.int, target: cython.int) -> cython.int:
        row: cython.int = self._pushed_count
        if row >= self._pushed.shape[0]:
            self.overflowed = True
            return _DIED
        self._pushed[row, 0] = self.stack
        self._pushed[row, 1] = frame
        self._pushed_count = row + 1
        self.stack = -1 - row
        self._enter(target)
        return _ALIVE

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _enter(self, control: cython.int) -> cython.void:
        if self.flags[control] & _COUNTED:
            self.low = self.lows[control]
            self.high = self.highs[control]
        else:
            self.low = 0
            self.high = -1
        self.control = self.base[control]

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _return(self, result: cython.int, was_read: cython.int) -> cython.int:
        """Return with ``result``; the state changes only where that is known."""
        stack: cython.int = self.stack
        frame: cython.int
        parent: cython.int
        if self.low > 0:
            return _DIED
        if stack < 0:
            parent = self._pushed[-1 - stack, 0]
            frame = self._pushed[-1 - stack, 1]
        elif stack == 0:
            self.missing_frame = was_read
            self.missing_result = result
            return _LEFT
        else:
            parent = self.stack_parent[stack]
            frame = self.stack_frame[stack]
            self.frames_used = max(self.frames_used, self._base_depth - self.stack_depth[stack] + 1)
        target: cython.int = self.return_of(frame, result)
        if target < 0:
            self.missing_frame = frame
            self.missing_result = result
            return _MISSING
        if target == _DEAD:
            return _DIED
        self.stack = parent
        self._enter(target)
        return _ALIVE

# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""The walk of states over a trie of tokens, at the speed of C.

It interns nothing and never calls Python: it runs without the GIL, notes what is missing with the place where it
met it, and goes on elsewhere; the caller supplies that, and resumes. It keeps bounds on characters beside its states,
where a ``Machine`` derives controls, and knows a recorded text by its kind only, as ANY_NAME + kind.
"""

from __future__ import annotations

import cython
import numpy as np
from numpy.typing import NDArray

from structgen.automaton import tables as names
from structgen.automaton.byte_kinds import KINDS, LETTERS, MIXED, NO_CHARACTER, PLAIN
from structgen.automaton.memory import untouched
from structgen.automaton.stacks import Stacks
from structgen.automaton.tables import Tables
from structgen.automaton.view import View
from structgen.automaton.walk_trie import WalkTrie
from structgen.errors import LimitExceededError

__all__ = ["Walk"]

# C copies of names elsewhere, for code that runs without the GIL.
_DEAD = cython.declare(cython.int, names.DEAD)
_UNSURE = cython.declare(cython.int, names.UNSURE)
_GOTO = cython.declare(cython.int, names.GOTO)
_PUSH = cython.declare(cython.int, names.PUSH)
_POP = cython.declare(cython.int, names.POP)
_BOUNDARY = cython.declare(cython.int, names.BOUNDARY)
_COUNTED = cython.declare(cython.int, names.COUNTED)
_STOP = cython.declare(cython.int, names.STOP)
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


@cython.cclass
class Walk(View):
    """Tasks, and what comes of them; `Walker` says what there is to do.

    Attributes
    ----------
    found : int32 array
        Its first ``found_count`` are the tokens found, in no order; ``found_characters`` is how many characters each
        begins, where these are counted.
    unsure : int32 array
        Its first ``unsure_count`` are tokens that only a machine can judge.
    exits : int32 array of shape (tokens, 4)
        Its first ``exit_count`` say where the empty stack was returned from: the node, whether its byte was read, the
        result, the characters.
    pending : int
        How many places wait for ``needs``.
    frames_used : int
        How many frames below the first one the walk depends on.
    """

    nodes: cython.int[:, ::1]
    order: cython.const[cython.int][::1]
    root: cython.int[::1]
    found: NDArray[np.int32]
    found_characters: NDArray[np.int32]
    unsure: NDArray[np.int32]
    exits: NDArray[np.int32]
    found_count: cython.int
    unsure_count: cython.int
    exit_count: cython.int
    pending: cython.int
    frames_used: cython.int
    overflowed: cython.bint
    _found: cython.int[::1]
    _found_characters: cython.int[::1]
    _unsure: cython.int[::1]
    _exits: cython.int[:, ::1]
    _levels: cython.int[:, ::1]
    _rows: cython.int[:, ::1]
    _row_control: cython.int[::1]
    _row_kinds: cython.ushort[::1]
    _kind_of: cython.const[cython.ushort][::1]
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
        View.__init__(self, tables, stacks)
        self.found = untouched(2 * tokens)  # see `Walker.correct`
        self.unsure = untouched(tokens)
        self.found_characters = untouched(tokens)
        self.exits = untouched((tokens, 4))
        self._found = self.found.data
        self._found_characters = self.found_characters.data
        self._unsure = self.unsure.data
        self._exits = self.exits.data
        self._levels = np.zeros((longest + 2, 10), np.int32).data
        self._rows = np.zeros((_ROWS, 256), np.int32).data
        self._row_control = np.full(_ROWS, -1, np.int32).data
        self._row_kinds = np.zeros(_ROWS, np.uint16).data
        self._kind_of = KINDS.data
        self._tasks = np.zeros((1024, 9), np.int32).data
        self._waiting = np.zeros((longest + 1024, 9), np.int32).data
        self._pushed = untouched((4 * longest + 65536, 2)).data

    def _begin(self, stack: cython.int) -> cython.void:
        self.found_count = self.unsure_count = self.exit_count = 0
        self.pending = self._task_count = self._pushed_count = self._pinned = 0
        self.frames_used = 0
        self.overflowed = False
        self._base_depth = self.stack_depth[stack]

    def use_trie(self, trie: WalkTrie) -> None:
        """Walk this trie from now on."""
        self.nodes = trie.nodes
        self.order = trie.order
        self.root = trie.root

    def add_task(self, begin: cython.int, end: cython.int, state: cython.longlong) -> cython.void:
        """Walk the sibling subtrees ``begin`` to ``end`` from ``state``."""
        if begin >= end:
            return
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
            self.nodes[begin, 3],
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

    def _enter_level(self, level: cython.int, control: cython.int, nodes: cython.int) -> cython.void:
        """Prepare a level whose described control will be asked about so many nodes: its row, or else its bounds."""
        first: cython.int = self.edge_begin[control]
        count: cython.int = self.edge_count[control]
        self._levels[level, 6] = 0
        self._levels[level, 7] = 255
        self._levels[level, 8] = -1
        space: cython.int = self.space[control]
        if (
            (count > 1 or space)
            and (nodes > _FEW_NODES or self._row_control[control & (_ROWS - 1)] == control)
            and (self._levels[level, 4] < 0 or self.flags[control] & _BOUNDARY)
        ):
            self._levels[level, 8] = self._row(control)
        elif self.fallback[control] or self.end_result[control]:
            return
        else:
            self._levels[level, 7] = -1
            if count:
                self._levels[level, 6] = self.edge_lo[first]
                self._levels[level, 7] = self.edge_hi[first + count - 1]
            if space:
                first, count = self.edge_begin[space], self.edge_count[space]
                self._levels[level, 6] = min(self._levels[level, 6], self.edge_lo[first])
                self._levels[level, 7] = max(self._levels[level, 7], self.edge_hi[first + count - 1])

    def _row(self, control: cython.int) -> cython.int:
        """The number of the row of ``control``: for each byte its edge, or one of the marks below."""
        row: cython.int = control & (_ROWS - 1)
        if self._row_control[row] == control:
            return row
        byte: cython.int
        edge: cython.int
        loops: cython.bint = False
        value: cython.int = _ASK if self.end_result[control] else _NOWHERE
        for byte in range(256):
            self._rows[row, byte] = value
        space: cython.int = self.space[control]
        if space:
            for edge in range(self.edge_begin[space], self.edge_begin[space] + self.edge_count[space]):
                for byte in range(self.edge_lo[edge], self.edge_hi[edge] + 1):
                    self._rows[row, byte] = _ASK
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
                    loops = True
                for byte in range(self.edge_lo[edge], self.edge_hi[edge] + 1):
                    self._rows[row, byte] = value
            depth -= 1
        self._row_control[row] = control
        kinds: cython.ushort = 0  # those that change nothing
        if loops:
            kinds = 0xFFFF
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

    def _is_crowded(self, level: cython.int) -> cython.bint:
        """Whether there is only room left to put aside the levels up to this one."""
        return self.pending + level + 2 >= self._waiting.shape[0]

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

    def _find(self, first: cython.int, last: cython.int) -> cython.void:
        """Count the tokens at the nodes ``first`` to ``last``, the latter excluded, among those found."""
        token: cython.int
        count: cython.int = self.found_count
        for token in range(self.nodes[first, 1], self.nodes[last, 1]):
            self._found[count] = self.order[token]
            count += 1
        self.found_count = count

    def _walk(self, node: cython.int) -> cython.void:
        levels: cython.int[:, ::1] = self._levels
        rows: cython.int[:, ::1] = self._rows
        nodes: cython.int[:, ::1] = self.nodes
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
            byte = nodes[node, 2] & 255
            edge = _ASK
            if row >= 0:
                edge = rows[row, byte]
                if edge == _NOWHERE:
                    node = self.nodes[node, 0]
                    continue
                if edge == _HERE:
                    # Nothing changes, unless characters are counted, so what is below stays on this level.
                    if levels[level, 4] < 0:
                        first = node
                        kinds = self._row_kinds[row]
                        while node < end and rows[row, nodes[node, 2] & 255] == _HERE:
                            node = node + 1 if (self.nodes[node, 2] >> 8) & ~kinds else self.nodes[node, 0]
                        self._find(first, node)
                    else:
                        node = self._run_counted(level, node)
                    continue
                if byte >= 0x80 and levels[level, 4] < 0:
                    kinds = self._row_kinds[row]
                    if self._kind_of[byte] & kinds and not (self.nodes[node, 2] >> 8) & ~kinds:
                        first = self.nodes[node, 0]
                        self._find(node, first)
                        node = first
                        continue
            elif byte > levels[level, 7]:
                node = end
                continue
            elif byte < levels[level, 6]:
                node = self.nodes[node, 0]
                continue
            self.control = levels[level, 1]
            self.stack = levels[level, 2]
            self.low = levels[level, 3]
            self.high = levels[level, 4]
            if self.high >= 0:
                self._count(self.nodes[node, 3] - levels[level, 9])
            status = self._step(byte) if edge == _ASK else self._take(edge)
            first = self.nodes[node, 0]
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
        while node < end and self._rows[row, self.nodes[node, 2] & 255] == _HERE:
            if self.nodes[node, 3] > deepest:
                node = self.nodes[node, 0]
                continue
            for token in range(self.nodes[node, 1], self.nodes[node + 1, 1]):
                self._found[self.found_count] = self.order[token]
                self._found_characters[self.found_count] = (
                    _UNBOUNDED - 1 - self._levels[level, 4] + self.nodes[node, 3] - above
                )
                self.found_count += 1
            node += 1
        return node

    def _count(self, characters: cython.int) -> cython.void:
        """Count so many characters that were read on a level."""
        self.low = self.low - characters if self.low > characters else 0
        if self.high != _UNBOUNDED:
            self.high -= characters

    def _descend(self, level: cython.int, node: cython.int, end: cython.int) -> cython.bint:
        """Begin a level in the current state; False where it has to wait."""
        self._levels[level, 0] = end
        self._levels[level, 1] = self.control
        self._levels[level, 2] = self.stack
        self._levels[level, 3] = self.low
        self._levels[level, 4] = self.high
        self._levels[level, 5] = self._pushed_count
        self._levels[level, 8] = -1
        self._levels[level, 9] = self.nodes[node, 3]
        missing: cython.int = self.undescribed(self.control)
        if missing:
            self._wait(node, end, level, missing, -1)
            return False
        self._enter_level(level, self.control, end - node)
        return True

    def _find_counted(self, node: cython.int) -> cython.void:
        """Count the tokens at a node among those found, with their characters."""
        token: cython.int
        for token in range(self.nodes[node, 1], self.nodes[node + 1, 1]):
            self._found[self.found_count] = self.order[token]
            self._found_characters[self.found_count] = self._characters()
            self.found_count += 1

    def _doubt(self, node: cython.int, end: cython.int) -> cython.void:
        """Count the tokens of a subtree among those that only a machine can judge."""
        token: cython.int
        for token in range(self.nodes[node, 1], self.nodes[end, 1]):
            self._unsure[self.unsure_count] = self.order[token]
            self.unsure_count += 1

    def _leave(self, node: cython.int) -> cython.void:
        """Note that the empty stack was returned from at a node."""
        self._exits[self.exit_count, 0] = node
        self._exits[self.exit_count, 1] = self.missing_frame  # 1 where the node's own byte was read
        self._exits[self.exit_count, 2] = self.missing_result
        self._exits[self.exit_count, 3] = self._characters()
        self.exit_count += 1

    def _characters(self) -> cython.int:
        """How many characters have begun since the walk, if it began in a counted control with the highest bound."""
        return _UNBOUNDED - 1 - self.high + (0 if self.flags[self.control] & _BOUNDARY else 1)

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

    def _enter(self, control: cython.int) -> cython.void:
        if self.flags[control] & _COUNTED:
            self.low = self.lows[control]
            self.high = self.highs[control]
        else:
            self.low = 0
            self.high = -1
        self.control = self.base[control]

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

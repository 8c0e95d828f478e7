# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Places inside one terminal.

A *component* is a state of a terminal's automaton in the runtime, and something beside it: of a line break the column
that its indentation has come to, of a JSON text what kind of value it is, of free text whether it has taken all its
tokens. Components are hash-consed, and know nothing of one another.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import cython
from numpy.typing import NDArray

from structgen.automaton import tables as names
from structgen.automaton.runtime import Runtime, Scope
from structgen.errors import LimitExceededError
from structgen.grammar.expressions import Declared, Document, Indentation, Terminal
from structgen.grammar.productions import Leaf
from structgen.regex import EPSILON
from structgen.regex.automaton import plain_text
from structgen.schema.automaton import document

__all__ = ["MAX_COLUMNS", "Components"]

MAX_COLUMNS: Final = 1_000
"""Bound on the indentation of a line, in columns."""

_INDENTED = cython.declare(cython.int, -1)  # a line's column, once something stands there
_HURRIED = cython.declare(cython.int, -1)  # free text that has taken its tokens
_MAX_ENDINGS: Final = 10_000
_BROAD: Final = 128
"""First bytes with which a terminal is broad, such as free text: most tokens begin one."""

# What steps of a component come to, beside those of the automaton.
_PLAIN = cython.declare(cython.int, 0)
_LINES = cython.declare(cython.int, 1)  # counts columns
_BUDGET = cython.declare(cython.int, 2)  # has to end after so many tokens
_DOCUMENT = cython.declare(cython.int, 3)

# What a JSON text is, by its first byte that is no whitespace, and the bytes that it may end in; none where it may be
# complete at almost every byte.
_LITERAL = cython.declare(cython.int, 3)
_VALUES: Final = {**dict.fromkeys(b" \t\n\r", 0), **dict.fromkeys(b"[{", 1), ord('"'): 2}
_ENDS: Final = (b"", b"]}", b'"', b"")

_GOTO = cython.declare(cython.int, names.GOTO)
_COUNTED = cython.declare(cython.int, names.COUNTED)


@cython.cclass
class Components:
    """The components of one grammar's terminals, by number."""

    _runtime: Runtime
    _scope: Scope  # of the documents
    _machine: Any
    _kinds: list[int]
    _limits: list[int]
    _tab: cython.int
    _firsts: dict[int, int]  # by terminal: its first component
    _is_broad: dict[int, bool]
    _states: list[int]
    _terminals: list[int]
    _extras: list[int]
    _complete: list[bool]
    _component_of: dict[tuple[int, int, int], int]
    _edge_begin: cython.int[::1]
    _edge_count: cython.int[::1]
    _end_result: cython.int[::1]
    _base: cython.int[::1]
    _lows: cython.int[::1]
    _fallback: cython.int[::1]
    _space: cython.int[::1]
    _flags: cython.int[::1]
    _edge_lo: cython.uchar[::1]
    _edge_hi: cython.uchar[::1]
    _edge_op: cython.uchar[::1]
    _edge_target: cython.int[::1]

    def __init__(self, runtime: Runtime, terminals: Sequence[Leaf], indentation: Indentation | None) -> None:
        self._runtime = runtime
        self._scope = runtime.begin()
        self._machine = runtime.machine
        arrays: dict[str, NDArray[Any]] = runtime.tables.arrays
        self._edge_begin, self._edge_count = arrays["edge_begin"].data, arrays["edge_count"].data
        self._end_result, self._flags = arrays["end_result"].data, arrays["flags"].data
        self._base, self._lows = arrays["base"].data, arrays["low"].data
        self._fallback, self._space = arrays["fallback"].data, arrays["space"].data
        self._edge_lo, self._edge_hi = arrays["edge_lo"].data, arrays["edge_hi"].data
        self._edge_op, self._edge_target = arrays["edge_op"].data, arrays["edge_target"].data
        self._states, self._terminals, self._extras, self._complete = [], [], [], []
        self._component_of, self._firsts, self._is_broad = {}, {}, {}
        self._kinds, self._limits = [], []
        self._tab = 8 if indentation is None else indentation.tab_width
        for number, leaf in enumerate(terminals):
            kind, limit = _PLAIN, 0
            if isinstance(leaf, Terminal) and indentation is not None and leaf.name == indentation.newline:
                kind = _LINES
            elif isinstance(leaf, Terminal) and leaf.max_tokens is not None:
                kind, limit = _BUDGET, leaf.max_tokens
            elif isinstance(leaf, Document):
                kind = _DOCUMENT
            self._kinds.append(kind)
            self._limits.append(limit)
            if not isinstance(leaf, Declared):
                self._firsts[number] = self._component(number, self._first_state(leaf), 0)

    def first(self) -> tuple[int, ...]:
        """The components before the first byte of each terminal that has any."""
        return tuple(self._firsts.values())

    def terminal(self, component: int) -> int:
        """The number of the terminal that a component is of."""
        return self._terminals[component]

    def is_complete(self, component: int) -> bool:
        """Whether the terminal may end here."""
        return self._complete[component]

    def uncounted(self, component: int) -> int:
        """The component in the same place of its terminal where no column has been counted: the same bytes lead on."""
        terminal = self._terminals[component]
        if self._kinds[terminal] != _LINES:
            return component
        return self._component(terminal, self._states[component], 0)

    def live_bytes(self, component: int) -> list[int]:
        """The bytes that a component goes on with."""
        return [byte for byte in range(256) if self.step(component, byte) >= 0]

    def edge_bytes(self, component: int) -> set[int]:
        """Bytes that a component goes on with, at least one of each of its automaton's edges."""
        if self._kinds[self._terminals[component]] == _DOCUMENT:
            return set(self._machine.live_bytes(self._states[component]))
        edges = self._runtime.edges(int(self._base[self._states[component] >> 32]))
        return {byte for lo, hi, *_ in edges for byte in (lo, hi, *(one for one in b"\t\n " if lo < one < hi))}

    def step(self, component: int, byte: cython.int) -> int:
        """The component after one more byte, or -1."""
        state = self._step(self._states[component], byte)
        if state < 0:
            return -1
        terminal = self._terminals[component]
        extra: cython.int = self._extras[component]
        if self._kinds[terminal] == _LINES:
            if byte == 0x0A:
                extra = 0
            elif byte == 0x20:
                extra += extra >= 0
            elif byte == 0x09 and extra >= 0:
                extra = (extra // self._tab + 1) * self._tab
            else:
                extra = _INDENTED
            if extra > MAX_COLUMNS:
                return -1
        elif self._kinds[terminal] == _DOCUMENT and extra == 0:
            extra = _VALUES.get(byte, _LITERAL)
        return self._component(terminal, state, extra)

    def is_broad(self, component: int) -> bool:
        """Whether most tokens begin the component's terminal."""
        terminal = self._terminals[component]
        known = self._is_broad.get(terminal)
        if known is None:
            known = False
            if self._kinds[terminal] != _DOCUMENT:
                control = self._states[self._firsts[terminal]] >> 32
                self._machine.describe(control)
                edges = self._runtime.edges(int(self._base[control]))
                known = sum([hi - lo + 1 for lo, hi, *_ in edges]) >= _BROAD
            self._is_broad[terminal] = known
        return known

    def budget(self, component: int) -> int:
        """How many tokens free text that has tokens left may take; 0 of anything else."""
        terminal = self._terminals[component]
        if self._kinds[terminal] != _BUDGET or self._extras[component] == _HURRIED:
            return 0
        return self._limits[terminal]

    def hurried(self, component: int) -> int:
        """Free text that can only end."""
        return self._component(self._terminals[component], self._ending(self._states[component]), _HURRIED)

    def extra(self, component: int) -> int:
        """What is beside the state: of a line break, the column; -1 where something stands there."""
        return self._extras[component]

    def is_line(self, component: int) -> bool:
        """Whether the terminal is the one that ends lines."""
        return self._kinds[self._terminals[component]] == _LINES

    def document(self, component: int) -> tuple[int, bytes] | None:
        """The state of a JSON text and the bytes of which one has to end it, where they are few."""
        if self._kinds[self._terminals[component]] != _DOCUMENT:
            return None
        ends = _ENDS[self._extras[component]]
        return (self._states[component], ends) if ends else None

    def columns_ahead(self, component: int) -> tuple[int, ...]:
        """The columns that a line may begin in once the component is complete."""
        seen = {component}
        pending = [component]
        for place in pending:
            for byte in self.edge_bytes(place):
                following = self.step(place, byte)
                if following >= 0 and following not in seen:
                    seen.add(following)
                    pending.append(following)
        return tuple(sorted({max(self._extras[place], 0) for place in pending if self._complete[place]}))

    @cython.cfunc
    def _first_state(self, leaf: Any) -> int:
        if isinstance(leaf, Document):
            build = partial(document, term=leaf.term, writing=leaf.writing)
            return self._runtime.start(self._runtime.within(self._scope, build))
        return plain_text(self._runtime, (leaf.node,)) << 32

    @cython.cfunc
    @cython.exceptval(check=True)
    def _step(self, state: cython.longlong, byte: cython.int) -> cython.longlong:
        control: cython.int = state >> 32
        row: cython.int
        if state & 0xFFFFFFFF == 0 and not self._flags[control] & _COUNTED:
            if not self._edge_begin[control]:
                self._machine.describe(control)
            if not self._fallback[control] and not self._space[control] and not self._flags[control] & _COUNTED:
                for row in range(self._edge_begin[control], self._edge_begin[control] + self._edge_count[control]):
                    if self._edge_lo[row] <= byte <= self._edge_hi[row] and self._edge_op[row] == _GOTO:
                        return cython.cast(cython.longlong, self._edge_target[row]) << 32
                return -1
        return self._machine.advance(state, bytes((byte,)))

    @cython.cfunc
    def _component(self, terminal: int, state: int, extra: int) -> int:
        key = (terminal, state, extra)
        number = self._component_of.get(key)
        if number is None:
            number = self._component_of[key] = len(self._states)
            self._states.append(state)
            self._terminals.append(terminal)
            self._extras.append(extra)
            self._complete.append(self._is_complete(terminal, state))
        return number

    @cython.cfunc
    def _is_complete(self, terminal: int, state: int) -> bool:
        if self._kinds[terminal] == _DOCUMENT:
            return bool(self._machine.accepting_frames(state)[0])
        return self._is_complete_text(state)

    @cython.cfunc
    def _ending(self, state: int) -> int:
        """A state from which only a shortest ending of the terminal can be read."""
        pending: list[tuple[int, bytes]] = [(state, b"")]
        seen = {state}
        for place, text in pending:
            if self._is_complete_text(place):
                end = plain_text(self._runtime, (EPSILON,))
                return int(self._runtime.tables.chain(text, names.GOTO, end, 0) if text else end) << 32
            for byte in self._machine.live_bytes(place):
                following = self._machine.advance(place, bytes((byte,)))
                if following not in seen:
                    seen.add(following)
                    pending.append((following, text + bytes((byte,))))
            if len(pending) > _MAX_ENDINGS:
                break
        raise LimitExceededError(
            f"{_MAX_ENDINGS} states in the search for an end of free text", f"{len(pending)} states"
        )

    @cython.cfunc
    def _is_complete_text(self, state: int) -> bool:
        control: cython.int = state >> 32
        self._machine.describe(control)
        if self._end_result[self._base[control]] == 0:
            return False
        return not self._flags[control] & _COUNTED or self._lows[control] == 0

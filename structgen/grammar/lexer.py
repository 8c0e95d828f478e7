# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""All terminals of a grammar, read side by side.

A *component* is a place inside one terminal: a state of its automaton in the runtime, and something beside it (the
column that a line break's indentation has come to; what kind of value a JSON text is). A *reading* is the set of
components that the bytes since the last boundary may be in, hash-consed. Readings know nothing of the parser, nor of
how many tokens free text has taken: they are few, and what a vocabulary makes of them holds wherever they occur.

Row r of ``rows`` says what each byte makes of reading r: UNKNOWN until it is asked for, DEAD where no terminal goes on.
Rows never move (see ``automaton.tables``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Final

import cython
import numpy as np
from numpy.typing import NDArray

from structgen.automaton import tables as names
from structgen.automaton.memory import untouched
from structgen.automaton.runtime import Runtime, Scope
from structgen.errors import LimitExceededError
from structgen.grammar.expressions import Declared, Document, Indentation, Terminal
from structgen.grammar.maximal_munch import MaximalMunch
from structgen.grammar.productions import Leaf
from structgen.regex import EPSILON
from structgen.regex.automaton import plain_text
from structgen.schema.automaton import document

__all__ = ["DEAD", "MAX_COLUMNS", "MAX_READINGS", "UNKNOWN", "Lexer"]

UNKNOWN: Final = 0
DEAD: Final = 1

MAX_READINGS: Final = 1 << 16
"""Bound on the different readings of one grammar."""

MAX_COLUMNS: Final = 1_000
"""Bound on the indentation of a line, in columns."""

_INDENTED = cython.declare(cython.int, -1)  # a line's column, once something stands there
_BROAD: Final = 128
"""First bytes with which a terminal is broad, such as free text: most tokens begin one."""
_HURRIED = cython.declare(cython.int, -1)  # free text that has taken its tokens
_MAX_ENDINGS: Final = 10_000

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
class Lexer:
    """The readings of one grammar.

    Attributes
    ----------
    start : int
        The reading before the first byte of a terminal. Nothing is complete in it.
    rows : int32 array of shape (MAX_READINGS, 256)
    accepting : uint8 array of shape (MAX_READINGS,)
        Whether some terminal is complete.
    budgets : int32 array of shape (MAX_READINGS,)
        Tokens after which free text that is being read has to end; 0 where there is none, or all of it does.
    broad : uint8 array of shape (MAX_READINGS,)
        Whether some component is of a terminal that most tokens begin.
    signatures : int32 array of shape (MAX_READINGS,)
        Equal where the same terminals go on or are complete. Signature s is of the terminals ``terminals_of[s]``; those
        beyond the grammar's own are the one that ends lines, with the columns of ``lines``.
    """

    start = cython.declare(cython.int, visibility="readonly")
    readings = cython.declare(cython.int, visibility="readonly")
    rows = cython.declare(object, visibility="readonly")
    accepting = cython.declare(object, visibility="readonly")
    budgets = cython.declare(object, visibility="readonly")
    broad = cython.declare(object, visibility="readonly")
    signatures = cython.declare(object, visibility="readonly")
    terminals_of = cython.declare(list, visibility="readonly")  # by signature: the terminals, ascending
    terminal_count = cython.declare(cython.int, visibility="readonly")
    lines = cython.declare(list, visibility="readonly")  # columns that a line may yet begin in, by number
    lines_restart = cython.declare(cython.bint, visibility="readonly")
    _munch: MaximalMunch | None
    _guarded: dict[tuple[int, int], int]
    _line_of: dict[tuple[int, ...], int]
    _runtime: Runtime
    _scope: Scope  # of the documents
    _machine: Any
    _kinds: list[int]
    _limits: list[int]
    _tab: cython.int
    _rows: cython.int[:, ::1]
    _accepting: cython.uchar[::1]
    _budgets: cython.int[::1]
    _broad: cython.uchar[::1]
    _firsts: dict[int, int]  # by terminal: its first component
    _is_broad: dict[int, bool]
    _hurried: dict[tuple[int, int], int]
    _signatures: cython.int[::1]
    _contents: list[tuple[int, ...]]  # components by reading
    _reading_of: dict[tuple[int, ...], int]
    _signature_of: dict[tuple[int, ...], int]
    # components
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

    def __init__(
        self, runtime: Runtime, terminals: Sequence[Leaf], indentation: Indentation | None, *, lines_restart: bool
    ) -> None:
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
        self.rows = untouched((MAX_READINGS, 256))
        self.accepting = untouched(MAX_READINGS, np.uint8)
        self.budgets, self.signatures = untouched(MAX_READINGS), untouched(MAX_READINGS)
        self._rows, self._accepting, self._signatures = self.rows.data, self.accepting.data, self.signatures.data
        self._budgets, self._hurried = self.budgets.data, {}
        self.broad = untouched(MAX_READINGS, np.uint8)
        self._broad, self._firsts, self._is_broad = self.broad.data, {}, {}
        self._contents, self._reading_of = [(), ()], {(): DEAD}
        self.terminals_of, self._signature_of = [()], {(): 0}  # of DEAD
        self.readings = 2
        self._states, self._terminals, self._extras, self._complete = [], [], [], []
        self._component_of = {}
        self._kinds, self._limits = [], []
        self.lines_restart = lines_restart
        self._munch, self._guarded = None, {}
        self.terminal_count = len(terminals)
        self.lines, self._line_of = [], {}
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
            if isinstance(leaf, Declared):
                continue
            self._firsts[number] = self._component(number, self._first_state(leaf), 0)
        # nothing is complete before its first byte, so this reading is none of the interned ones
        self.start = self._add(tuple(self._firsts.values()))
        self._accepting[self.start] = 0

    def step(self, reading: cython.int, byte: cython.int) -> int:
        """The reading after one more byte."""
        known: cython.int = self._rows[reading, byte]
        if known == UNKNOWN:
            known = self._made(reading, byte)
            self._rows[reading, byte] = known
        return known

    def hurried(self, reading: int, tokens: int) -> int:
        """The reading at the end of a token, where free text that has taken as many as it may can only end."""
        known = self._hurried.get((reading, tokens))
        if known is None:
            components = []
            for component in self._contents[reading]:
                terminal = self._terminals[component]
                if self._is_counted(component) and self._limits[terminal] <= tokens:
                    component = self._component(terminal, self._ending(self._states[component]), _HURRIED)
                components.append(component)
            known = self._hurried[reading, tokens] = self._reading(tuple(sorted(set(components))))
        return known

    def narrowed(self, reading: int, terminals: Any) -> int:
        """The reading without the broad terminals that aren't among the bits of an integer."""
        components = [
            component
            for component in self._contents[reading]
            if terminals >> self._terminals[component] & 1 or not self._has_many_firsts(self._terminals[component])
        ]
        return self._reading(tuple(components))

    def documents_in(self, reading: int) -> tuple[tuple[int, int, bytes], ...]:
        """The JSON texts that a reading is in and that have to end in one of a few bytes.

        Returns
        -------
        (terminal, state, bytes) triples
        """
        return tuple(
            (self._terminals[component], self._states[component], _ENDS[self._extras[component]])
            for component in self._contents[reading]
            if self._kinds[self._terminals[component]] == _DOCUMENT and _ENDS[self._extras[component]]
        )

    def divided(self, reading: int, documents: tuple[tuple[int, int, bytes], ...]) -> tuple[int, int]:
        """The reading of these terminals alone, and that of all others."""
        terminals = {terminal for terminal, _, _ in documents}
        parts: tuple[list[int], list[int]] = [], []
        for component in self._contents[reading]:
            parts[self._terminals[component] not in terminals].append(component)
        return self._reading(tuple(parts[0])), self._reading(tuple(parts[1]))

    def complete_in(self, reading: int) -> list[tuple[int, int]]:
        """The terminals that are complete, each with the count beside it."""
        return [
            (self._terminals[component], self._extras[component])
            for component in self._contents[reading]
            if self._complete[component]
        ]

    def components(self, reading: int) -> tuple[int, ...]:
        """The components of a reading."""
        return self._contents[reading]

    def terminal(self, component: int) -> int:
        """The number of the terminal that a component is of."""
        return self._terminals[component]

    def is_complete(self, component: int) -> bool:
        """Whether the terminal may end here."""
        return self._complete[component]

    def step_component(self, component: int, byte: int) -> int:
        """The component after one more byte, or -1."""
        return self._stepped(component, byte)

    def uncounted(self, component: int) -> int:
        """The component in the same place of its terminal where no column has been counted: the same bytes lead on."""
        terminal = self._terminals[component]
        if self._kinds[terminal] != _LINES:
            return component
        return self._component(terminal, self._states[component], 0)

    def live_bytes(self, component: int) -> list[int]:
        """The bytes that a component goes on with."""
        return [byte for byte in range(256) if self._stepped(component, byte) >= 0]

    def edge_bytes(self, component: int) -> set[int]:
        """Bytes that a component goes on with, at least one of each of its automaton's edges."""
        if self._kinds[self._terminals[component]] == _DOCUMENT:
            return set(self._machine.live_bytes(self._states[component]))
        edges = self._runtime.edges(int(self._base[self._states[component] >> 32]))
        return {byte for lo, hi, *_ in edges for byte in (lo, hi, *(one for one in b"\t\n " if lo < one < hi))}

    def guarded(self, reading: int, guard: int) -> int:
        """The signature of the terminals of ``reading`` that can end although ``guard`` reads along."""
        key = (reading, guard)
        signature = self._guarded.get(key)
        if signature is None:
            components, guarding = self._contents[reading], self._contents[guard]
            munch = self._munch
            ends = [
                self._told_as(one)
                for one in components
                if munch is None or munch.can_end(components, self._terminals[one], guarding)
            ]
            signature = self._guarded[key] = self.signature_of(ends)
        return signature

    def use_munch(self, munch: MaximalMunch) -> None:
        """From now on count a terminal among those of a reading only where ``munch`` says that it can end."""
        self._munch = munch

    def signature_of(self, terminals: Iterable[int]) -> int:
        """The signature of these terminals."""
        content = tuple(sorted(set(terminals)))
        signature = self._signature_of.get(content)
        if signature is None:
            signature = self._signature_of[content] = len(self.terminals_of)
            self.terminals_of.append(content)
        return signature

    def unite(self, one: int, other: int) -> int:
        """The reading of all components of two."""
        return self._reading(tuple(sorted({*self._contents[one], *self._contents[other]})))

    @cython.cfunc
    def _first_state(self, leaf: Any) -> int:
        if isinstance(leaf, Document):
            build = partial(document, term=leaf.term, writing=leaf.writing)
            return self._runtime.start(self._runtime.within(self._scope, build))
        return plain_text(self._runtime, (leaf.node,)) << 32

    @cython.cfunc
    def _made(self, reading: cython.int, byte: cython.int) -> cython.int:
        found: list[int] = []
        for component in self._contents[reading]:
            following = self._stepped(component, byte)
            if following >= 0 and following not in found:
                found.append(following)
        found.sort()
        return self._reading(tuple(found))

    @cython.cfunc
    def _stepped(self, component: int, byte: cython.int) -> int:
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

    @cython.cfunc
    def _has_many_firsts(self, terminal: int) -> bool:
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

    @cython.cfunc
    def _is_counted(self, component: int) -> bool:
        """Whether the component is of free text that has tokens left."""
        return self._kinds[self._terminals[component]] == _BUDGET and self._extras[component] != _HURRIED

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

    @cython.cfunc
    def _reading(self, components: tuple[int, ...]) -> int:
        number = self._reading_of.get(components)
        if number is None:
            number = self._reading_of[components] = self._add(components)
        return number

    @cython.cfunc
    def _add(self, components: tuple[int, ...]) -> int:
        number: cython.int = self.readings
        if number >= MAX_READINGS:
            raise LimitExceededError(
                f"{MAX_READINGS} lexer states", "terminals that count high, or a text of many of them"
            )
        self.readings = number + 1
        self._contents.append(components)
        self._accepting[number] = any(self._complete[component] for component in components)
        limits = [self._limits[self._terminals[one]] for one in components if self._is_counted(one)]
        self._budgets[number] = min(limits) if limits else 0
        if number != self.start:
            self._broad[number] = any([self._has_many_firsts(self._terminals[one]) for one in components])  # noqa: C419
        self._signatures[number] = self.signature_of(
            [self._told_as(component) for component in components if self._can_end(component, components)]
        )
        return number

    @cython.cfunc
    def _can_end(self, component: int, components: tuple[int, ...]) -> bool:
        return self._munch is None or self._munch.can_end(components, self._terminals[component])

    @cython.cfunc
    def _told_as(self, component: int) -> int:
        """The terminal of a component. The one that ends lines may stand where some column that is ahead may: where not
        all are, it counts as one terminal for each set of them.
        """
        terminal = self._terminals[component]
        if self.lines_restart or self._kinds[terminal] != _LINES:
            return terminal
        columns = self._columns_ahead(component)
        line = self._line_of.get(columns)
        if line is None:
            line = self._line_of[columns] = len(self.lines)
            self.lines.append(columns)
        return self.terminal_count + line

    @cython.cfunc
    def _columns_ahead(self, component: int) -> tuple[int, ...]:
        """The columns that a line may begin in once the component is complete."""
        seen = {component}
        pending = [component]
        for place in pending:
            for byte in self.edge_bytes(place):
                following = self._stepped(place, byte)
                if following >= 0 and following not in seen:
                    seen.add(following)
                    pending.append(following)
        return tuple(sorted({max(self._extras[place], 0) for place in pending if self._complete[place]}))

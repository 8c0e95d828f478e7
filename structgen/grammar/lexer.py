# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""All terminals of a grammar, read side by side.

A *reading* is the set of components (see ``components``) that the bytes since the last boundary may be in, hash-consed.
Readings know nothing of the parser, nor of how many tokens free text has taken: they are few, and what a vocabulary
makes of them holds wherever they occur.

Row r of ``rows`` says what each byte makes of reading r: UNKNOWN until it is asked for, DEAD where no terminal goes on.
Rows never move (see ``automaton.tables``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import cython
import numpy as np

from structgen.automaton.memory import untouched
from structgen.automaton.runtime import Runtime
from structgen.errors import LimitExceededError
from structgen.grammar.components import Components
from structgen.grammar.expressions import Indentation
from structgen.grammar.indentations import Layout
from structgen.grammar.maximal_munch import MaximalMunch
from structgen.grammar.productions import Leaf

__all__ = ["DEAD", "MAX_READINGS", "UNKNOWN", "Lexer"]

UNKNOWN: Final = 0
DEAD: Final = 1

MAX_READINGS: Final = 1 << 16
"""Bound on the different readings of one grammar."""


@cython.cclass
class Lexer:
    """The readings of one grammar.

    Attributes
    ----------
    start : int
        The reading before the first byte of a terminal. Nothing is complete in it.
    contextual_start : int
        The same of contextual terminals, which have readings of their own; DEAD, which every byte leads back to, where
        there are none.
    rows : int32 array of shape (MAX_READINGS, 256)
    accepting : uint8 array of shape (MAX_READINGS,)
        Whether some terminal is complete.
    budgets : int32 array of shape (MAX_READINGS,)
        Tokens after which free text that is being read has to end; 0 where there is none, or all of it does.
    broad : uint8 array of shape (MAX_READINGS,)
        Whether some component is of a terminal that most tokens begin.
    contextual : uint8 array of shape (MAX_READINGS,)
        Whether the components are of contextual terminals.
    signatures : int32 array of shape (MAX_READINGS,)
        Equal where the same terminals go on or are complete. Signature s is of the terminals ``terminals_of[s]``; those
        beyond the grammar's own are the one that ends lines, with the columns of ``lines``.
    """

    component_table = cython.declare(object, visibility="readonly")
    start = cython.declare(cython.int, visibility="readonly")
    contextual_start = cython.declare(cython.int, visibility="readonly")
    readings = cython.declare(cython.int, visibility="readonly")
    rows = cython.declare(object, visibility="readonly")
    accepting = cython.declare(object, visibility="readonly")
    budgets = cython.declare(object, visibility="readonly")
    broad = cython.declare(object, visibility="readonly")
    contextual = cython.declare(object, visibility="readonly")
    signatures = cython.declare(object, visibility="readonly")
    terminals_of = cython.declare(list, visibility="readonly")  # by signature: the terminals, ascending
    terminal_count = cython.declare(cython.int, visibility="readonly")
    lines = cython.declare(list, visibility="readonly")  # columns that a line may yet begin in, by number
    lines_restart = cython.declare(cython.bint, visibility="readonly")
    _munch: MaximalMunch | None
    _guarded: dict[tuple[int, int], int]
    _line_of: dict[tuple[int, ...], int]
    _rows: cython.int[:, ::1]
    _accepting: cython.uchar[::1]
    _budgets: cython.int[::1]
    _broad: cython.uchar[::1]
    _contextual: cython.uchar[::1]
    _layout: Layout
    _ended: dict[tuple[int, int], list[tuple[int, int]]]
    _hurried: dict[tuple[int, int], int]
    _signatures: cython.int[::1]
    _contents: list[tuple[int, ...]]  # components by reading
    _reading_of: dict[tuple[int, ...], int]
    _signature_of: dict[tuple[int, ...], int]

    def __init__(
        self,
        runtime: Runtime,
        terminals: Sequence[Leaf],
        indentation: Indentation | None,
        layout: Layout,
        *,
        lines_restart: bool,
    ) -> None:
        self.component_table = Components(runtime, terminals, indentation)
        self.rows = untouched((MAX_READINGS, 256))
        self.accepting = untouched(MAX_READINGS, np.uint8)
        self.budgets, self.signatures = untouched(MAX_READINGS), untouched(MAX_READINGS)
        self._rows, self._accepting, self._signatures = self.rows.data, self.accepting.data, self.signatures.data
        self._budgets, self._hurried = self.budgets.data, {}
        self.broad = untouched(MAX_READINGS, np.uint8)
        self._broad = self.broad.data
        self.contextual = untouched(MAX_READINGS, np.uint8)
        self._contextual, self._layout, self._ended = self.contextual.data, layout, {}
        self._contents, self._reading_of = [(), ()], {(): DEAD}
        self.terminals_of, self._signature_of = [()], {(): 0}  # of DEAD
        self.readings = 2
        self.lines_restart = lines_restart
        self._munch, self._guarded = None, {}
        self.terminal_count = len(terminals)
        self.lines, self._line_of = [], {}
        first = self.component_table.first()
        apart = [one for one in first if self.component_table.terminal(one) in layout.contextual]
        self.start = self._first([one for one in first if one not in apart])
        self.contextual_start = self._first(apart) if apart else DEAD

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
            table = self.component_table
            components = {
                table.hurried(component) if 0 < table.budget(component) <= tokens else component
                for component in self._contents[reading]
            }
            known = self._hurried[reading, tokens] = self._reading(tuple(sorted(components)))
        return known

    def narrowed(self, reading: int, terminals: Any) -> int:
        """The reading without broad and contextual terminals that a rule needs and an integer's bits don't tell."""
        table, blocking = self.component_table, self._layout.blocking
        is_contextual = self._contextual[reading]
        components = []
        for component in self._contents[reading]:
            terminal = table.terminal(component)
            is_left = terminal not in blocking if is_contextual else table.is_broad(component)
            if terminals >> terminal & 1 or not is_left:
                components.append(component)
        return self._reading(tuple(components))

    def documents_in(self, reading: int) -> tuple[tuple[int, int, bytes], ...]:
        """The JSON texts that a reading is in and that have to end in one of a few bytes.

        Returns
        -------
        (terminal, state, bytes) triples
        """
        table = self.component_table
        found = []
        for component in self._contents[reading]:
            known = table.document(component)
            if known is not None:
                found.append((table.terminal(component), *known))
        return tuple(found)

    def divided(self, reading: int, documents: tuple[tuple[int, int, bytes], ...]) -> tuple[int, int]:
        """The reading of these terminals alone, and that of all others."""
        terminals = {terminal for terminal, _, _ in documents}
        parts: tuple[list[int], list[int]] = [], []
        for component in self._contents[reading]:
            parts[self.component_table.terminal(component) not in terminals].append(component)
        return self._reading(tuple(parts[0])), self._reading(tuple(parts[1]))

    def complete_in(self, reading: int) -> list[tuple[int, int]]:
        """The terminals that are complete, each with the count beside it."""
        table = self.component_table
        return [
            (table.terminal(component), table.extra(component))
            for component in self._contents[reading]
            if table.is_complete(component)
        ]

    def ended_in(self, reading: int, following: int) -> list[tuple[int, int]]:
        """The terminals that are complete in a reading of contextual ones, and that the one after the next byte doesn't
        go on with; none where that goes on with a terminal that no rule needs.
        """
        ended = self._ended.get((reading, following))
        if ended is None:
            going_on = {self.component_table.terminal(component) for component in self._contents[following]}
            ended = [one for one in self.complete_in(reading) if one[0] not in going_on]
            if not going_on.isdisjoint(self._layout.blocking):
                ended = []
            self._ended[reading, following] = ended
        return ended

    def components(self, reading: int) -> tuple[int, ...]:
        """The components of a reading."""
        return self._contents[reading]

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
                if munch is None or munch.can_end(components, self.component_table.terminal(one), guarding)
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
    def _made(self, reading: cython.int, byte: cython.int) -> cython.int:
        found: list[int] = []
        for component in self._contents[reading]:
            following = self.component_table.step(component, byte)
            if following >= 0 and following not in found:
                found.append(following)
        found.sort()
        return self._reading(tuple(found))

    @cython.cfunc
    def _first(self, components: list[int]) -> cython.int:
        """Nothing is complete before its first byte, so this reading is none of the interned ones."""
        number: cython.int = self._add(tuple(components))
        self._accepting[number] = 0
        return number

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
        table = self.component_table
        self._accepting[number] = any([table.is_complete(component) for component in components])  # noqa: C419
        budgets = [table.budget(component) for component in components if table.budget(component)]
        self._budgets[number] = min(budgets) if budgets else 0
        self._broad[number] = any([table.is_broad(component) for component in components])  # noqa: C419
        self._contextual[number] = any([table.terminal(one) in self._layout.contextual for one in components])  # noqa: C419
        self._signatures[number] = self.signature_of(
            [self._told_as(component) for component in components if self._can_end(component, components)]
        )
        return number

    @cython.cfunc
    def _can_end(self, component: int, components: tuple[int, ...]) -> bool:
        return self._munch is None or self._munch.can_end(components, self.component_table.terminal(component))

    @cython.cfunc
    def _told_as(self, component: int) -> int:
        """The terminal of a component. The one that ends lines may stand where some column that is ahead may: where not
        all are, it counts as one terminal for each set of them.
        """
        table = self.component_table
        if self.lines_restart or not table.is_line(component):
            return table.terminal(component)
        columns = table.columns_ahead(component)
        line = self._line_of.get(columns)
        if line is None:
            line = self._line_of[columns] = len(self.lines)
            self.lines.append(columns)
        return self.terminal_count + line

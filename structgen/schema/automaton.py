"""Sets of JSON values as controls.

A value is read on a stack whose top frame says what follows it. Several terms may be asked about one value; their
alternatives advance together, and the result of its return says which of the terms it meets: WHOLE where it meets all.

An alternative of an array or object is a shape with how far it has come. Each control stands for the alternatives that
are left after the same text. A child of theirs is asked all the terms that they have for it, and what it meets decides
who survives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import cython

from structgen.automaton.runtime import Runtime, Scope
from structgen.automaton.tables import DEAD, GOTO, POP, PUSH, RECORD, UNSURE, Edge
from structgen.regex.automaton import holding, plain_text, quoted_text, recorded_number, recorded_text
from structgen.regex.nodes import NOTHING, Node
from structgen.schema.captures import (
    UNKNOWN,
    UNKNOWN_WHOLE,
    Canonical,
    Captured,
    answer,
    captured_array,
    is_container,
    is_unknown,
)
from structgen.schema.cells import is_open
from structgen.schema.object_states import is_plain, opened_object, opened_plain_object
from structgen.schema.plans import AnyOrderPlan, SchemaOrderPlan
from structgen.schema.sequences import ArrayPlan, Items, Question
from structgen.schema.spacing import spacing, spelled_edge
from structgen.schema.terms import FALSE, Term, ValueSet
from structgen.schema.writing import Writing

__all__ = ["document", "value"]


def document(runtime: Runtime, term: Term, writing: Writing) -> int:
    """The control before a whole JSON text: no whitespace stands before it."""
    key = ("document", term, writing)
    controls = runtime.scope.controls
    control = controls.get(key)
    if control is None:
        control = controls[key] = runtime.scope.add_passing(_ValueState((term.values(),), writing, 0, False))
    return control


def value(runtime: Runtime, terms: tuple[Term, ...], writing: Writing, captures: bool = False) -> int:
    """The control before a value that meets at least one of the terms; whitespace may stand before it.

    Where it ``captures``, the value returns with a result that stands for it, too.
    """
    own = (terms[0] if len(terms) == 1 else terms, writing, captures)
    scope = runtime.scope
    control = scope.controls.get(own)
    if control is None:
        # Terms of different documents may allow the same, and be known to.
        keys = tuple([term.key for term in terms])
        if None in keys:
            control = _add_value(runtime, scope, terms, writing, captures)
        else:
            shared = (keys, writing, captures)
            control = runtime.controls.get(shared)
            if control is None:
                control = runtime.controls[shared] = _add_value(runtime, runtime.shared, terms, writing, captures)
        scope.controls[own] = control
    return control


def _add_value(runtime: Runtime, scope: Scope, terms: tuple[Term, ...], writing: Writing, captures: bool) -> int:
    values = tuple([term.values() for term in terms])
    state = _ValueState(values, writing, spacing(runtime, writing.max_whitespace), captures)
    return scope.add_passing(state, RECORD if captures else 0)


@cython.no_gc
@cython.cclass
class _ValueState:
    """A value among these; no term is kept, so that what documents share holds on to none of them."""

    __slots__ = ("captures", "space", "values", "writing")

    def __init__(self, values: tuple[ValueSet, ...], writing: Writing, space: int, captures: bool) -> None:
        self.values, self.writing, self.space, self.captures = values, writing, space, captures

    def expand(self, runtime: Runtime, control: int) -> None:
        edges = _value_edges(runtime, self.values, self.writing, self.captures)
        runtime.tables.define(control, edges, space=self.space)


def _value_edges(runtime: Runtime, values: tuple[ValueSet, ...], writing: Writing, captures: bool) -> list[Edge]:
    """The first bytes of a value, each with a GOTO."""
    edges: list[Edge] = []
    for text, word, meets in (
        (b"null", None, [one.null for one in values]),
        (b"true", True, [True in one.booleans for one in values]),
        (b"false", False, [False in one.booleans for one in values]),
    ):
        held = tuple([index for index, yes in enumerate(meets) if yes])
        if held:
            result = runtime.result(Captured(word, held)) if captures else holding(runtime, len(values), held)
            edges.append((text[0], text[0], GOTO, _word(runtime, text[1:], result), 0))
    strings = tuple([one.string for one in values])
    if strings != (NOTHING,) * len(strings):
        read = recorded_text if captures else quoted_text
        edges.append((0x22, 0x22, GOTO, read(runtime, strings, writing.spelling), 0))
    numbers = tuple([one.number for one in values])
    if numbers != (NOTHING,) * len(numbers):
        edges += runtime.edges(recorded_number(runtime, numbers) if captures else plain_text(runtime, numbers))
    plans = [(index, ArrayPlan(shape)) for index, one in enumerate(values) for shape in one.arrays]
    arrays = tuple([_Standing(index, plan, plan.start) for index, plan in plans])
    if arrays:
        is_watched = captures or _capture(arrays)
        reading = _Reading(len(values), writing, captures, () if is_watched else None)
        edges.append((0x5B, 0x5B, GOTO, _array(runtime, arrays, reading, (), b"["), 0))
    objects = [(index, shape) for index, one in enumerate(values) for shape in one.objects]
    if objects:
        order = SchemaOrderPlan if writing.property_order == "schema" else AnyOrderPlan
        ordered = [(index, order(shape)) for index, shape in objects]
        if len(values) == 1 and len(ordered) == 1 and not captures and is_plain(runtime, ordered[0][1], writing):
            opened = opened_plain_object(runtime, ordered[0][1], writing, value)
        else:
            opened = opened_object(runtime, ordered, len(values), writing, value, captures)
        edges.append((0x7B, 0x7B, GOTO, opened, 0))
    edges.sort()
    return edges


def _word(runtime: Runtime, text: bytes, result: int) -> int:
    key = ("word", text, result)
    control = runtime.controls.get(key)
    if control is None:
        control = runtime.controls[key] = runtime.tables.chain(text, POP, 0, result)
    return control


# Arrays


class _Standing(NamedTuple):
    """An array alternative: asked for by term number ``term``, and how far it has come."""

    term: int
    plan: ArrayPlan
    at: Items


class _Reading(NamedTuple):
    """What the alternatives of an array have in common.

    ``seen`` holds the items so far, where their values matter. ``is_captured``: so does the array's.
    """

    of: int
    writing: Writing
    is_captured: bool
    seen: tuple[Canonical, ...] | None


_Asked = tuple[tuple[_Standing, tuple[Question, ...]], ...]
"""The alternatives before an item, each with what it is asked for them."""


def _capture(standings: Iterable[_Standing]) -> bool:
    """Whether any of these has to know what its items are."""
    return any(one.plan.captures(one.at) for one in standings)


def _array(
    runtime: Runtime, standings: tuple[_Standing, ...], reading: _Reading, asked: _Asked, before: bytes = b""
) -> int:
    key = ("array", standings, reading, asked, before)
    scope = runtime.scope
    if len(standings) == 1 and standings[0].plan.is_common:
        scope = runtime.shared
    control = scope.controls.get(key)
    return scope.add(key, _ArrayState(standings, reading, asked, before)) if control is None else control


def _after_item(runtime: Runtime, asked: _Asked, reading: _Reading, before: bytes) -> int:
    """The frame of an item: the state after it where the item meets all that is asked."""
    standings = []
    for standing, questions in asked:
        standings.append(standing._replace(at=standing.plan.after(standing.at, _bits(questions))))
    return _array(runtime, tuple(standings), reading, asked, before)


def _bits(questions: Sequence[Question]) -> int:
    """What an item adds to that meets all of these."""
    combined = 0
    for _, bits in questions:
        combined |= bits
    return combined


@cython.no_gc
@cython.cclass
class _ArrayState:
    """Alternatives after an item, of which all its questions were ``asked``; or after the opening bracket.

    ``before`` is that bracket, or the first byte of a first item: it was read before the item was recorded.
    """

    __slots__ = ("asked", "before", "reading", "standings")

    def __init__(self, standings: tuple[_Standing, ...], reading: _Reading, asked: _Asked, before: bytes) -> None:
        self.standings, self.reading, self.asked, self.before = standings, reading, asked, before

    def expand(self, runtime: Runtime, control: int) -> None:
        writing, is_open = self.reading.writing, self.before == b"["
        edges: list[Edge] = []
        ended = tuple(sorted({one.term for one in self.standings if one.plan.can_end(one.at)}))
        closing = b"]" if is_open else writing.before_close + b"]"
        is_unsure = self._is_unsure()
        if is_unsure and any(not one.at.has_repeated for one in self.standings):
            edges.append((closing[0], closing[0], GOTO, UNSURE, 0))
        elif ended:
            edges.append(spelled_edge(runtime, closing, POP, 0, self._result(runtime, ended)))
        if is_unsure:
            edges += self._unsure_edges(runtime)
        else:
            edges += self._item_edges(runtime)
        edges.sort()
        runtime.tables.define(control, edges, space=spacing(runtime, writing.max_whitespace))

    def _result(self, runtime: Runtime, ended: tuple[int, ...]) -> int:
        reading = self.reading
        if reading.is_captured and reading.seen is not None:
            return captured_array(runtime, reading.seen, ended)
        return holding(runtime, reading.of, ended)

    def _is_unsure(self) -> bool:
        """Whether a walk has read an item whose value matters, and can't tell it."""
        seen = self.reading.seen
        return seen is not None and UNKNOWN in seen and _capture(self.standings)

    def _unsure_edges(self, runtime: Runtime) -> list[Edge]:
        """What a comma leads to in a walk that can't tell which values may not come again.

        Strings that go on endlessly may begin, whatever was read; there are too many tokens such as ``","`` to ask a
        machine about each.
        """
        writing = self.reading.writing
        if all(one.plan.term_at(one.at.read) is FALSE for one in self.standings):
            return []
        standing = self.standings[0]
        if len(self.standings) > 1 or not standing.plan.is_lenient:
            return [(0x2C, 0x2C, GOTO, UNSURE, 0)]
        strings = standing.plan.term_at(standing.at.read).values().string
        if strings is NOTHING or not is_open(strings):
            return [(0x2C, 0x2C, GOTO, UNSURE, 0)]
        key = ("unsure", strings, writing)
        control = runtime.controls.get(key)
        if control is None:
            control = runtime.add(key, _UnsureValue(strings, writing.inside))
        return [spelled_edge(runtime, b"," + writing.after_comma, PUSH, control, control)]

    def _compares_containers(self) -> bool:
        """Whether an array or object may turn out to be equal to one before it only once it is closed."""
        seen = self.reading.seen or ()
        return any(is_container(one) for one in seen) and any(one.plan.shape.unique for one, _ in self.asked)

    def _item_edges(self, runtime: Runtime) -> list[Edge]:
        reading, writing = self.reading, self.reading.writing
        going = []
        for standing in self.standings:
            questions = standing.plan.questions(standing.at, reading.seen or ())
            if questions:
                going.append((standing, questions))
        if not going:
            return []
        asked = tuple(going)
        captures = reading.seen is not None
        terms = _distinct(asked)
        is_open = self.before == b"["
        if is_open and not writing.after_open:
            edges = []
            values = tuple([term.values() for term in terms])
            for low, high, _, target, _ in _value_edges(runtime, values, writing.inside, captures):
                # What is recorded begins after the first byte, so each one has a frame of its own.
                for first in range(low, high + 1) if captures else (low,):
                    last = first if captures else high
                    before = bytes((first,)) if captures else b""
                    edges.append((first, last, PUSH, target, _after_item(runtime, asked, reading, before)))
            return edges
        text = writing.after_open if is_open else b"," + writing.after_comma
        after = _after_item(runtime, asked, reading, b"")
        return [spelled_edge(runtime, text, PUSH, value(runtime, terms, writing.inside, captures), after)]

    def returned(self, runtime: Runtime, frame: int, result: int) -> int:
        reading = self.reading
        terms = _distinct(self.asked)
        indices, item = answer(runtime, result, terms, self.before)
        held = {terms[index] for index in indices}
        seen = reading.seen
        is_repetition = seen is not None and item in seen
        if item == UNKNOWN_WHOLE and self._compares_containers():
            return UNSURE
        left: dict[_Standing, None] = {}
        for standing, questions in self.asked:
            met = [question for question in questions if question[0] in held]
            if met and not (is_repetition and standing.plan.shape.unique):
                left[standing._replace(at=standing.plan.after(standing.at, _bits(met), is_repetition))] = None
        if not left:
            return DEAD
        if seen is not None:
            if reading.is_captured or _capture(left):
                seen = (UNKNOWN,) if is_unknown(item) or UNKNOWN in seen else (*seen, item)
            else:
                seen = None
            reading = reading._replace(seen=seen)
        return _array(runtime, tuple(left), reading, ())


@cython.no_gc
@cython.cclass
class _UnsureValue:
    """An item in a walk that can't tell whether it is new; its own frame, since all that follows is unsure."""

    __slots__ = ("strings", "writing")

    def __init__(self, strings: Node, writing: Writing) -> None:
        self.strings, self.writing = strings, writing

    def expand(self, runtime: Runtime, control: int) -> None:
        edges: list[Edge] = [(byte, byte, GOTO, UNSURE, 0) for byte in b"-0123456789[{fnt"]
        edges.append((0x22, 0x22, GOTO, recorded_text(runtime, (self.strings,), self.writing.spelling), 0))
        edges.sort()
        runtime.tables.define(control, edges, space=spacing(runtime, self.writing.max_whitespace))

    def returned(self, runtime: Runtime, frame: int, result: int) -> int:
        return UNSURE


def _distinct(asked: _Asked) -> tuple[Term, ...]:
    """The terms of all questions, each once."""
    return tuple(dict.fromkeys([term for _, questions in asked for term, _ in questions]))

"""Objects as controls: the alternatives of an object advance together, name by name and value by value.

After a name, those alternatives are left for which a property of this name may come; a value is asked all that they
want to know of it, and what it meets decides who survives, and which duties are met. No name comes twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import cython

from structgen.automaton.runtime import Runtime
from structgen.automaton.tables import ANY_NAME, DEAD, GOTO, NAME_BASE, POP, PUSH, UNSURE, WHOLE, Edge
from structgen.regex.automaton import any_name, holding, is_any_name
from structgen.regex.derivatives import matches
from structgen.regex.nodes import Node
from structgen.regex.spelling import Spelling, has_one_spelling
from structgen.schema.captures import UNKNOWN, Canonical, answer, captured_object, is_unknown
from structgen.schema.courses import Course, Progress, Question
from structgen.schema.keys import NameTree, free_names, kinds_of, name_of, told_names, tree_of
from structgen.schema.names import TakenNames, name_control
from structgen.schema.plans import ObjectPlan
from structgen.schema.spacing import spacing, spelled_edge
from structgen.schema.terms import Term
from structgen.schema.writing import Writing

__all__ = ["Value", "is_plain", "opened_object", "opened_plain_object"]

Value = Callable[[Runtime, tuple[Term, ...], Writing, bool], int]
"""The control before a value that meets at least one of the terms; the last argument says that it is captured."""

_OPEN: Final = 0  # after the opening bracket
_NEXT: Final = 1  # after a comma
_NAMED: Final = 2  # after a property's name
_READ: Final = 3  # after a property's value

_OTHER: Final = -1  # in place of a property's index: one that isn't declared

_Members = frozenset[tuple[str | None, Canonical]]


class _Standing(NamedTuple):
    """An alternative: asked for by term number ``term``, and how far it has come."""

    term: int
    course: Course
    at: Progress


class _Reading(NamedTuple):
    """What the alternatives of an object have in common.

    ``is_unsure`` is true in walks alone: a name was read that the walk can't tell. ``members`` are the properties read
    so far, and ``name`` that of the property that is being read, where the object is captured.
    """

    of: int
    writing: Writing
    value: Value
    taken: TakenNames
    is_unsure: bool
    members: _Members | None
    name: str | None


_Asked = tuple[tuple[_Standing, tuple[Question, ...]], ...]
"""The alternatives before a value, each with what it is asked for them."""


def opened_object(
    runtime: Runtime, plans: Sequence[tuple[int, ObjectPlan]], of: int, writing: Writing, value: Value, captures: bool
) -> int:
    """The control after the opening bracket of an object of one of the plans, each with the number of its term."""
    courses = [(term, Course(plan)) for term, plan in plans]
    standings = tuple([_Standing(term, course, course.start) for term, course in courses])
    taken = TakenNames.of(runtime, [plan for _, plan in plans], writing.spelling)
    reading = _Reading(of, writing, value, taken, False, frozenset() if captures else None, None)
    return _object(runtime, standings, reading, (), _OPEN)


def opened_plain_object(runtime: Runtime, plan: ObjectPlan, writing: Writing, value: Value) -> int:
    """As `opened_object`, for the one plan of the one term that is asked, where `is_plain`."""
    return _PlainObject(plan, writing, value, spacing(runtime, writing.max_whitespace)).control(runtime, 0, _OPEN)


def is_plain(runtime: Runtime, plan: ObjectPlan, writing: Writing) -> bool:
    """Whether places are all there is to know, other names are free or may not come, and each has one spelling."""
    if plan.has_conditions():
        return False
    if writing.spelling is not Spelling.JSON and not all(
        has_one_spelling(name, writing.spelling) for name in plan.names
    ):
        return False
    return not plan.cells or (len(plan.cells) == 1 and is_any_name(runtime, plan.cells[0]))


def _object(runtime: Runtime, standings: tuple[_Standing, ...], reading: _Reading, asked: _Asked, stage: int) -> int:
    key = ("object", standings, reading, asked, stage)
    control = runtime.scope.controls.get(key)
    return runtime.scope.add(key, _ObjectState(standings, reading, asked, stage)) if control is None else control


@cython.no_gc
@cython.cclass
class _PlainObject:
    """The one alternative of the one term that is asked.

    Nearly all objects are such. Their controls are found by place, and where names are free, those of all places are
    read by one control: a declared name that may not come now returns to DEAD. That halves what a new property costs.
    Once a name was used that isn't declared, the object goes on as another one, whose tree stops at that name;
    ``is_unsure`` is true in walks alone, where it is one that the walk can't tell.
    """

    __slots__ = ("_codes", "_controls", "_tree", "is_unsure", "plan", "space", "value", "writing")

    def __init__(
        self,
        plan: ObjectPlan,
        writing: Writing,
        value: Value,
        space: int,
        tree: NameTree | None = None,
        is_unsure: bool = False,
    ) -> None:
        self.plan = plan
        self.writing = writing
        self.value = value
        self.space = space
        self.is_unsure = is_unsure
        # By place, stage and property, as one number: most controls need no object of their own then.
        self._controls: dict[int, int] = {}
        self._codes: dict[int, int] = {}
        self._tree = tree

    def control(self, runtime: Runtime, place: int, stage: int, asked: int = _OTHER) -> int:
        """``place`` is after the property in question; for ``_NAMED``, ``asked`` is its index, or ``_OTHER``."""
        code = (place * (len(self.plan.names) + 1) + asked + 1) * 4 + stage
        control = self._controls.get(code)
        if control is None:
            is_named = stage in (_OPEN, _NEXT)  # a name returns to it, with a result
            control = runtime.scope.add_state(self) if is_named else runtime.scope.add_passing(self)
            self._controls[code] = control
            self._codes[control] = code
        return control

    def tree(self, runtime: Runtime) -> NameTree:
        """The declared names."""
        if self._tree is None:
            self._tree = tree_of(runtime, self.plan.names)
        return self._tree

    def after_other(self, runtime: Runtime, name: str | None) -> _PlainObject:
        """The object once this name was used, which it doesn't declare; None where a walk can't tell it."""
        tree = self.tree(runtime)
        if name is not None:
            tree = tree.with_name(runtime, name, may_come=False)
        return _PlainObject(self.plan, self.writing, self.value, self.space, tree, self.is_unsure or name is None)

    def expand(self, runtime: Runtime, control: int) -> None:
        plan, writing = self.plan, self.writing
        code = self._codes[control]
        stage = code & 3
        place, asked = divmod(code >> 2, len(plan.names) + 1)
        edges: list[Edge] = []
        if stage == _NAMED:
            term = plan.terms[asked - 1] if asked else plan.cell_terms[0]
            target = self.value(runtime, (term,), writing.inside, False)
            after = self.control(runtime, place, _READ)
            edges.append(spelled_edge(runtime, b":" + writing.after_colon, PUSH, target, after))
        elif plan.has_next(place):
            if stage == _READ:
                edges.append((0x2C, 0x2C, GOTO, self.control(runtime, place, _NEXT), 0))
            else:
                if plan.allows_others(place):
                    names = free_names(runtime, self.tree(runtime), any_name(runtime, writing.spelling))
                else:
                    names = told_names(runtime, [plan.names[index] for index in plan.following(place)])
                edges.append(spelled_edge(runtime, _before_name(writing, stage), PUSH, names, control))
        if stage in (_OPEN, _READ) and plan.can_end(place):
            edges.append(spelled_edge(runtime, _closing(writing, stage), POP, 0, WHOLE))
        edges.sort()
        runtime.tables.define(control, edges, space=self.space)

    def returned(self, runtime: Runtime, frame: int, result: int) -> int:
        plan = self.plan
        place = (self._codes[frame] >> 2) // (len(plan.names) + 1)
        name = None
        if not ANY_NAME <= result < NAME_BASE:
            name = name_of(runtime, result)
            index = plan.index.get(name)
            if index is not None:
                place = plan.after(place, index)
                return self.control(runtime, place, _NAMED, index) if place >= 0 else DEAD
        if not plan.allows_others(place):
            return DEAD
        if self.writing.spelling is Spelling.JSON:
            if name is None and self.is_unsure:
                return UNSURE
            return self.after_other(runtime, name).control(runtime, plan.after_other(place), _NAMED)
        # What is used may be spelled in several ways: no tree stops at all of them.
        course, taken = Course(plan), TakenNames.of(runtime, [plan], self.writing.spelling)
        reading = _Reading(1, self.writing, self.value, taken, False, None, None)
        return _after_name(runtime, (_Standing(0, course, course.at(place)),), reading, result, (), plan.cells)


def _before_name(writing: Writing, stage: int) -> bytes:
    return (writing.after_open if stage == _OPEN else writing.after_comma) + b'"'


def _closing(writing: Writing, stage: int) -> bytes:
    return b"}" if stage == _OPEN else writing.before_close + b"}"


@cython.no_gc
@cython.cclass
class _ObjectState:
    """Alternatives; ``asked``, for a stage with a property, holds them as they are before its value."""

    __slots__ = ("asked", "reading", "stage", "standings")

    def __init__(self, standings: tuple[_Standing, ...], reading: _Reading, asked: _Asked, stage: int) -> None:
        self.standings, self.reading, self.asked, self.stage = standings, reading, asked, stage

    def expand(self, runtime: Runtime, control: int) -> None:
        reading, stage = self.reading, self.stage
        writing = reading.writing
        edges: list[Edge] = []
        if stage == _NAMED:
            met = [one._replace(at=one.course.after_value(one.at, questions)) for one, questions in self.asked]
            after = _object(runtime, tuple(met), reading, self.asked, _READ)
            terms = _distinct(self.asked)
            target = reading.value(runtime, terms, writing.inside, reading.members is not None)
            edges.append(spelled_edge(runtime, b":" + writing.after_colon, PUSH, target, after))
        elif stage == _READ:
            going = tuple([one for one in self.standings if one.course.has_next(one.at)])
            if going:
                edges.append((0x2C, 0x2C, GOTO, _object(runtime, going, reading, (), _NEXT), 0))
        else:
            edges += self._name_edges(runtime, control)
        if stage in (_OPEN, _READ):
            ended = tuple(sorted({one.term for one in self.standings if one.course.can_end(one.at)}))
            if ended:
                result = self._result(runtime, ended)
                edges.append(spelled_edge(runtime, _closing(writing, stage), POP, 0, result))
        edges.sort()
        runtime.tables.define(control, edges, space=spacing(runtime, writing.max_whitespace))

    def _result(self, runtime: Runtime, ended: tuple[int, ...]) -> int:
        if self.reading.members is None:
            return holding(runtime, self.reading.of, ended)
        return captured_object(runtime, self.reading.members, ended)

    def _name_edges(self, runtime: Runtime, control: int) -> list[Edge]:
        reading = self.reading
        told, languages = self._following()
        if not told and not languages:
            return []
        writing = reading.writing
        names = name_control(runtime, told, languages, reading.taken, writing.spelling, reading.is_unsure)
        text = _before_name(writing, self.stage)
        if names == UNSURE:
            return [spelled_edge(runtime, text, GOTO, UNSURE, 0)]
        return [spelled_edge(runtime, text, PUSH, names, control)]

    def _following(self) -> tuple[dict[str, None], tuple[Node, ...]]:
        """The declared names that may come next, and the languages of other names."""
        told: dict[str, None] = {}
        found: dict[Node, None] = {}
        for _, course, at in self.standings:
            for index in course.names(at):
                told[course.plan.names[index]] = None
            for cell in course.cells(at):
                found[course.plan.cells[cell]] = None
        languages = tuple(found)
        if languages and not self.reading.taken.is_free:
            self._tell_others(told)
        return told, languages

    def _tell_others(self, told: dict[str, None]) -> None:
        """Names that one alternative declares, or did while it was one, may be among the others of another one."""
        used = self.reading.taken.used
        languages = [
            (course, [course.plan.cells[cell] for cell in course.cells(at)]) for _, course, at in self.standings
        ]
        for name in self.reading.taken.closed(told):
            for course, cells in languages:
                if name not in course.plan.index and name not in used and any(matches(one, name) for one in cells):
                    told[name] = None
                    break

    def returned(self, runtime: Runtime, frame: int, result: int) -> int:
        if self.stage != _READ:
            told, languages = self._following()
            return _after_name(runtime, self.standings, self.reading, result, tuple(told), languages)
        terms = _distinct(self.asked)
        indices, value = answer(runtime, result, terms)
        held = {terms[index] for index in indices}
        left: dict[_Standing, None] = {}
        for standing, questions in self.asked:
            met = [question for question in questions if question[0] in held]
            if met:
                left[standing._replace(at=standing.course.after_value(standing.at, met))] = None
        if not left:
            return DEAD
        reading = self.reading
        if reading.members is not None:
            members = reading.members | {(reading.name, value)}
            if reading.name is None or is_unknown(value):
                members = frozenset([(None, UNKNOWN)])
            reading = reading._replace(members=members, name=None)
        return _object(runtime, tuple(left), reading, (), _READ)


def _distinct(asked: _Asked) -> tuple[Term, ...]:
    """The terms of all questions, each once."""
    return tuple(dict.fromkeys([term for _, questions in asked for term, _ in questions]))


def _after_name(
    runtime: Runtime,
    standings: tuple[_Standing, ...],
    reading: _Reading,
    result: int,
    told: tuple[str, ...],
    languages: tuple[Node, ...],
) -> int:
    """Where a name leads: to the alternatives for which a property of this name may come next.

    A walk may only know in which of the ``languages`` it is, or which of the ``told`` names after them.
    """
    spelling = reading.writing.spelling
    kinds = kinds_of(runtime, result, len(languages) + (len(told) if spelling is not Spelling.JSON else 0))
    name: str | None = None
    if kinds is None:
        name = name_of(runtime, result)
    elif kinds[0] >= len(languages):
        name = told[kinds[0] - len(languages)]
    elif reading.is_unsure:
        return UNSURE
    asked: list[tuple[_Standing, tuple[Question, ...]]] = []
    is_other = False
    for standing in standings:
        course, at = standing.course, standing.at
        index = None if name is None else course.plan.index.get(name)
        if index is not None:
            step = course.after_name(at, index)
        else:
            step = None
            for cell in course.cells(at):
                names = course.plan.cells[cell]
                if matches(names, name) if name is not None else languages.index(names) in (kinds or ()):
                    step = course.after_other(at, cell)
                    is_other = True
                    break
        if step is not None:
            asked.append((standing._replace(at=step[0]), step[1]))
    if not asked:
        return DEAD
    if name is None:
        reading = reading._replace(is_unsure=True)
    elif is_other or not reading.taken.is_free:
        taken = reading.taken.with_name(runtime, name, spelling)
        if len(standings) == 1 and not taken.is_free:
            # What has been left out can't come any more either.
            plan, place = standings[0].course.plan, standings[0].at.place
            for index in plan.left_out(place, plan.index.get(name, asked[0][0].at.place)):
                taken = taken.with_name(runtime, plan.names[index], spelling)
        reading = reading._replace(taken=taken)
    if reading.members is not None:
        reading = reading._replace(name=name)
    return _object(runtime, (), reading, tuple(asked), _NAMED)

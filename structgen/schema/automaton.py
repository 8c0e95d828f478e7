"""Sets of JSON values as controls.

A value is read on a stack whose top frame says what follows it. Several terms may be asked about one value; their alternatives
advance together, and the result of its return says which of the terms it meets: WHOLE where it meets all.

An alternative of an array or object is a shape with how far it has come. Each control stands for the alternatives that are left
after the same text. A child of theirs is asked all the terms that they have for it, and what it meets decides who survives.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from structgen.automaton.runtime import Runtime
from structgen.automaton.tables import ANY_NAME, DEAD, GOTO, POP, PUSH, UNSURE, WHOLE, Edge
from structgen.regex.automaton import holding, plain_text, quoted_text
from structgen.regex.nodes import NOTHING
from structgen.schema.keys import name_of, names
from structgen.schema.plans import AnyOrderPlan, ObjectPlan, SchemaOrderPlan
from structgen.schema.spacing import spacing
from structgen.schema.terms import FALSE, ArrayShape, Term
from structgen.schema.writing import Writing

__all__ = ["document", "value"]

_NO_NAMES: Final[frozenset[str]] = frozenset()
_UNKNOWN: Final = "\udfff"  # stands for a name that a walk read and can't tell; no JSON text has it


def document(runtime: Runtime, term: Term, writing: Writing) -> int:
    """The control before a whole JSON text: no whitespace stands before it."""
    key = ("document", term, writing)
    control = runtime.controls.get(key)
    if control is None:
        control = runtime.controls[key] = runtime.add_passing(_ValueState((term,), writing, 0))
    return control


def value(runtime: Runtime, terms: tuple[Term, ...], writing: Writing) -> int:
    """The control before a value that meets at least one of the terms; whitespace may stand before it."""
    own = (terms, writing)
    control = runtime.controls.get(own)
    if control is None:
        shared = ("value", tuple([_identity(term) for term in terms]), writing)
        control = runtime.controls.get(shared)
        if control is None:
            space = spacing(runtime, writing.max_whitespace)
            control = runtime.controls[shared] = runtime.add_passing(_ValueState(terms, writing, space))
        runtime.controls[own] = control
    return control


def _identity(term: Term) -> object:
    """What terms of different documents have in common where they allow the same."""
    key = term.key
    return term if key is None else key


class _Items(NamedTuple):
    """An array alternative: asked for by term number ``term``, with ``count`` items read (as far as that matters)."""

    term: int
    shape: ArrayShape
    count: int


class _Properties(NamedTuple):
    """An object alternative: ``place`` is the plan's, ``others`` the names read that the shape doesn't declare."""

    term: int
    plan: ObjectPlan
    place: int
    others: frozenset[str]


@dataclass(slots=True, eq=False)
class _ValueState:
    terms: tuple[Term, ...]
    writing: Writing
    space: int

    def expand(self, runtime: Runtime, control: int) -> None:
        runtime.tables.define(control, _value_edges(runtime, self.terms, self.writing), space=self.space)


def _value_edges(runtime: Runtime, terms: tuple[Term, ...], writing: Writing) -> list[Edge]:
    """The first bytes of a value, each with a GOTO."""
    values = [term.values() for term in terms]
    edges: list[Edge] = []
    for text, meets in (
        (b"null", [one.null for one in values]),
        (b"true", [True in one.booleans for one in values]),
        (b"false", [False in one.booleans for one in values]),
    ):
        result = holding(runtime, len(terms), tuple([index for index, yes in enumerate(meets) if yes]))
        if result >= 0:
            edges.append((text[0], text[0], GOTO, _word(runtime, text[1:], result), 0))
    strings = tuple([one.string for one in values])
    if any([node is not NOTHING for node in strings]):
        edges.append((0x22, 0x22, GOTO, quoted_text(runtime, strings), 0))
    numbers = tuple([one.number for one in values])
    if any([node is not NOTHING for node in numbers]):
        edges += runtime.edges(plain_text(runtime, numbers))
    items = [_Items(index, shape, 0) for index, one in enumerate(values) for shape in one.arrays]
    if items:
        edges.append((0x5B, 0x5B, GOTO, _array(runtime, tuple(items), len(terms), writing, (), is_open=True), 0))
    shapes = [(index, shape) for index, one in enumerate(values) for shape in one.objects]
    if shapes:
        order = SchemaOrderPlan if writing.property_order == "schema" else AnyOrderPlan
        if len(terms) == 1 and len(shapes) == 1:
            opened = _PlainObject(order(shapes[0][1]), writing).control(runtime, 0, _OPEN)
        else:
            properties = tuple([_Properties(index, order(shape), 0, _NO_NAMES) for index, shape in shapes])
            opened = _object(runtime, properties, len(terms), writing, (), _OPEN)
        edges.append((0x7B, 0x7B, GOTO, opened, 0))
    edges.sort()
    return edges


def _word(runtime: Runtime, text: bytes, result: int) -> int:
    key = ("word", text, result)
    control = runtime.controls.get(key)
    if control is None:
        control = runtime.controls[key] = runtime.tables.chain(text, POP, 0, result)
    return control


def _survives(runtime: Runtime, result: int, asked: tuple[Term, ...]) -> frozenset[Term]:
    """Which of the terms that a child was asked it meets, by the result of its return."""
    distinct = tuple(dict.fromkeys(asked))
    if result == WHOLE:
        return frozenset(distinct)
    met: Iterable[int] = runtime.meaning(result)  # type: ignore[assignment]  # a value returns with indices
    return frozenset([distinct[index] for index in met])


# Arrays


def _array(
    runtime: Runtime,
    items: tuple[_Items, ...],
    of: int,
    writing: Writing,
    asked: tuple[Term, ...],
    *,
    is_open: bool = False,
) -> int:
    key = ("array", items, of, writing, asked, is_open)
    control = runtime.controls.get(key)
    return runtime.add(key, _ArrayState(items, of, writing, asked, is_open)) if control is None else control


def _term_at(shape: ArrayShape, index: int) -> Term:
    """The term of the item at ``index``; FALSE where none may stand there."""
    if shape.max_items is not None and index >= shape.max_items:
        return FALSE
    return shape.prefix[index] if index < len(shape.prefix) else shape.rest


def _one_more(item: _Items) -> _Items:
    """``item`` with one more read; a count that nothing will ask for again stays."""
    shape = item.shape
    if shape.max_items is None and item.count >= len(shape.prefix) and item.count >= shape.min_items:
        return item
    return item._replace(count=item.count + 1)


@dataclass(slots=True, eq=False)
class _ArrayState:
    """Alternatives after the opening bracket, or after an item, which was ``asked`` one term for each of them."""

    items: tuple[_Items, ...]
    of: int
    writing: Writing
    asked: tuple[Term, ...]
    is_open: bool

    def expand(self, runtime: Runtime, control: int) -> None:
        edges: list[Edge] = []
        ended = tuple(sorted({item.term for item in self.items if item.count >= item.shape.min_items}))
        result = holding(runtime, self.of, ended)
        if result >= 0:
            edges.append((0x5D, 0x5D, POP, 0, result))
        going = [item for item in self.items if _term_at(item.shape, item.count) is not FALSE]
        if going:
            asked = tuple([_term_at(item.shape, item.count) for item in going])
            after = _array(runtime, tuple([_one_more(item) for item in going]), self.of, self.writing, asked)
            terms = tuple(dict.fromkeys(asked))
            if self.is_open:
                first = _value_edges(runtime, terms, self.writing)
                edges += [(lo, hi, PUSH, target, after) for lo, hi, _, target, _ in first]
            else:
                edges.append((0x2C, 0x2C, PUSH, value(runtime, terms, self.writing), after))
        edges.sort()
        runtime.tables.define(control, edges, space=spacing(runtime, self.writing.max_whitespace))

    def returned(self, runtime: Runtime, result: int) -> int:
        survivors = _survives(runtime, result, self.asked)
        items = tuple([item for item, term in zip(self.items, self.asked, strict=True) if term in survivors])
        return _array(runtime, items, self.of, self.writing, ()) if items else DEAD


# Objects

_OPEN: Final = 0  # after the opening bracket
_NEXT: Final = 1  # after a comma
_NAMED: Final = 2  # after a property's name
_READ: Final = 3  # after a property's value


def _object(
    runtime: Runtime,
    properties: tuple[_Properties, ...],
    of: int,
    writing: Writing,
    asked: tuple[Term, ...],
    stage: int,
) -> int:
    key = ("object", properties, of, writing, asked, stage)
    control = runtime.controls.get(key)
    return runtime.add(key, _ObjectState(properties, of, writing, asked, stage)) if control is None else control


class _PlainObject:
    """The one alternative of the one term that is asked, as long as no name has been read that it doesn't declare.

    Nearly all objects are such. Their controls are found by place, and where names are free, those of all places are read by one control:
    a declared name that may not come now returns to DEAD. That halves what a new property costs.
    """

    __slots__ = ("_controls", "_names", "plan", "writing")

    def __init__(self, plan: ObjectPlan, writing: Writing) -> None:
        self.plan = plan
        self.writing = writing
        self._controls: dict[tuple[int, int], int] = {}
        self._names = 0

    def control(self, runtime: Runtime, place: int, stage: int, asked: int = -1) -> int:
        """``place`` is after the property in question; for ``_NAMED``, ``asked`` is its index."""
        key = (place, stage)
        control = self._controls.get(key)
        if control is None:
            state = _PlainState(self, place, stage, asked)
            is_named = stage == _OPEN or stage == _NEXT  # a name returns to it, with a result
            control = runtime.add_state(state) if is_named else runtime.add_passing(state)
            self._controls[key] = control
        return control

    def names(self, runtime: Runtime, place: int) -> int:
        """The control that reads the next name."""
        plan = self.plan
        if not plan.allows_others(place):
            return names(runtime, plan.following(place), (), False)
        if not self._names:
            self._names = names(runtime, plan.names, (), True)
        return self._names

    def alternative(self, place: int) -> _Properties:
        return _Properties(0, self.plan, place, _NO_NAMES)


@dataclass(slots=True, eq=False)
class _PlainState:
    object: _PlainObject
    place: int
    stage: int
    asked: int

    def expand(self, runtime: Runtime, control: int) -> None:
        whole, place, stage = self.object, self.place, self.stage
        plan, writing = whole.plan, whole.writing
        edges: list[Edge] = []
        if stage == _NAMED:
            target = value(runtime, (plan.terms[self.asked],), writing)
            edges.append((0x3A, 0x3A, PUSH, target, whole.control(runtime, place, _READ)))
        elif plan.has_next(place):
            if stage == _READ:
                edges.append((0x2C, 0x2C, GOTO, whole.control(runtime, place, _NEXT), 0))
            else:
                edges.append((0x22, 0x22, PUSH, whole.names(runtime, place), control))
        if (stage == _OPEN or stage == _READ) and plan.can_end(place):
            edges.append((0x7D, 0x7D, POP, 0, WHOLE))
        runtime.tables.define(control, edges, space=spacing(runtime, writing.max_whitespace))

    def returned(self, runtime: Runtime, result: int) -> int:
        whole, plan = self.object, self.object.plan
        name = _UNKNOWN if result == ANY_NAME else name_of(runtime, result)
        index = plan.index.get(name)
        if index is not None:
            place = plan.after(self.place, index)
            return whole.control(runtime, place, _NAMED, index) if place >= 0 else DEAD
        left, asked = _after_name((whole.alternative(self.place),), name)
        return _object(runtime, tuple(left), 1, whole.writing, tuple(asked), _NAMED) if left else DEAD


@dataclass(slots=True, eq=False)
class _ObjectState:
    """Alternatives; ``asked`` holds, for a stage with a property, the term of its value for each of them."""

    properties: tuple[_Properties, ...]
    of: int
    writing: Writing
    asked: tuple[Term, ...]
    stage: int

    def expand(self, runtime: Runtime, control: int) -> None:
        edges: list[Edge] = []
        if self.stage == _NAMED:
            after = _object(runtime, self.properties, self.of, self.writing, self.asked, _READ)
            target = value(runtime, tuple(dict.fromkeys(self.asked)), self.writing)
            edges.append((0x3A, 0x3A, PUSH, target, after))
        elif self.stage == _READ:
            going = tuple([one for one in self.properties if one.plan.has_next(one.place)])
            if going:
                edges.append((0x2C, 0x2C, GOTO, _object(runtime, going, self.of, self.writing, (), _NEXT), 0))
        elif any([one.plan.has_next(one.place) for one in self.properties]):
            edges.append((0x22, 0x22, PUSH, self._names(runtime), control))
        if self.stage == _OPEN or self.stage == _READ:
            ended = tuple(sorted({one.term for one in self.properties if one.plan.can_end(one.place)}))
            result = holding(runtime, self.of, ended)
            if result >= 0:
                edges.append((0x7D, 0x7D, POP, 0, result))
        runtime.tables.define(control, edges, space=spacing(runtime, self.writing.max_whitespace))

    def _names(self, runtime: Runtime) -> int:
        allowed: dict[str, None] = {}
        for one in self.properties:
            allowed.update(dict.fromkeys(one.plan.following(one.place)))
        free = [one for one in self.properties if one.plan.allows_others(one.place)]
        if not free:
            return names(runtime, allowed, (), False)
        if len(self.properties) > 1:
            # A name that one alternative declares may be a free one for another.
            allowed.update(dict.fromkeys([name for name in self._told() if _after_name(self.properties, name)[0]]))
        taken = [name for name in self._told() if name not in allowed]
        return names(runtime, allowed, taken, True)

    def _told(self) -> list[str]:
        """The names that may not be read as free ones."""
        told: dict[str, None] = {}
        for one in self.properties:
            told.update(dict.fromkeys(one.plan.names))
            told.update(dict.fromkeys(sorted(one.others)))
        told.pop(_UNKNOWN, None)
        return list(told)

    def returned(self, runtime: Runtime, result: int) -> int:
        if self.stage == _READ:
            survivors = _survives(runtime, result, self.asked)
            left = [one for one, term in zip(self.properties, self.asked, strict=True) if term in survivors]
            return _object(runtime, tuple(left), self.of, self.writing, (), _READ) if left else DEAD
        if result == ANY_NAME:
            if any([_UNKNOWN in one.others for one in self.properties]):
                return UNSURE
            name = _UNKNOWN
        else:
            name = name_of(runtime, result)
        left, asked = _after_name(self.properties, name)
        return _object(runtime, tuple(left), self.of, self.writing, tuple(asked), _NAMED) if left else DEAD


def _after_name(properties: tuple[_Properties, ...], name: str) -> tuple[list[_Properties], list[Term]]:
    """The alternatives for which a property of this name may come next, after it, and the terms of its value."""
    left: list[_Properties] = []
    asked: list[Term] = []
    for one in properties:
        plan = one.plan
        index = plan.index.get(name)
        if index is not None:
            place = plan.after(one.place, index)
            if place >= 0:
                left.append(one._replace(place=place))
                asked.append(plan.terms[index])
        elif plan.allows_others(one.place) and name not in one.others:
            left.append(one._replace(place=plan.after_other(one.place), others=one.others | {name}))
            asked.append(plan.additional)
    return left, asked

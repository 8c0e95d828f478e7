"""Sets of JSON values as controls.

A value is read on a stack whose top frame says what follows it. Several terms may be asked about one value; their
alternatives advance together, and the result of its return says which of the terms it meets: WHOLE where it meets all.

An alternative of an array or object is a shape with how far it has come. Each control stands for the alternatives that
are left after the same text. A child of theirs is asked all the terms that they have for it, and what it meets decides
who survives.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from structgen.automaton.runtime import Runtime
from structgen.automaton.tables import ANY_NAME, DEAD, GOTO, POP, PUSH, UNSURE, WHOLE, Edge
from structgen.regex.automaton import holding, plain_text, quoted_text
from structgen.regex.nodes import NOTHING
from structgen.schema.keys import NameTree, free_names, name_of, told_names, tree_of
from structgen.schema.plans import AnyOrderPlan, ObjectPlan, SchemaOrderPlan
from structgen.schema.spacing import spacing
from structgen.schema.terms import FALSE, ArrayShape, Term
from structgen.schema.writing import Writing

__all__ = ["document", "value"]


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
    """An array alternative: asked for by term number ``term``, with ``read`` items read (as far as that matters)."""

    term: int
    shape: ArrayShape
    read: int


class _Properties(NamedTuple):
    """An object alternative: ``place`` is the plan's."""

    term: int
    plan: ObjectPlan
    place: int


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
    if any(node is not NOTHING for node in strings):
        edges.append((0x22, 0x22, GOTO, quoted_text(runtime, strings), 0))
    numbers = tuple([one.number for one in values])
    if any(node is not NOTHING for node in numbers):
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
            properties = tuple([_Properties(index, order(shape), 0) for index, shape in shapes])
            declared = dict.fromkeys([name for one in properties for name in one.plan.names])
            reading = _Reading(len(terms), writing, tree_of(runtime, declared), False)
            opened = _object(runtime, properties, reading, (), _OPEN)
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
    if shape.max_items is None and item.read >= len(shape.prefix) and item.read >= shape.min_items:
        return item
    return item._replace(read=item.read + 1)


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
        ended = tuple(sorted({item.term for item in self.items if item.read >= item.shape.min_items}))
        result = holding(runtime, self.of, ended)
        if result >= 0:
            edges.append((0x5D, 0x5D, POP, 0, result))
        going = [item for item in self.items if _term_at(item.shape, item.read) is not FALSE]
        if going:
            asked = tuple([_term_at(item.shape, item.read) for item in going])
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


class _Reading(NamedTuple):
    """What the alternatives of an object have in common.

    ``names`` tells the names that any of them declares, and stops those read that some of them doesn't. ``is_unsure``
    is true in walks alone: a name was read that the walk can't tell.
    """

    of: int
    writing: Writing
    names: NameTree
    is_unsure: bool


def _object(
    runtime: Runtime, properties: tuple[_Properties, ...], reading: _Reading, asked: tuple[Term, ...], stage: int
) -> int:
    key = ("object", properties, reading, asked, stage)
    control = runtime.controls.get(key)
    return runtime.add(key, _ObjectState(properties, reading, asked, stage)) if control is None else control


class _PlainObject:
    """The one alternative of the one term that is asked, as long as no name has been read that it doesn't declare.

    Nearly all objects are such. Their controls are found by place, and where names are free, those of all places are
    read by one control: a declared name that may not come now returns to DEAD. That halves what a new property costs.
    """

    __slots__ = ("_controls", "_tree", "plan", "writing")

    def __init__(self, plan: ObjectPlan, writing: Writing) -> None:
        self.plan = plan
        self.writing = writing
        self._controls: dict[tuple[int, int], int] = {}
        self._tree: NameTree | None = None

    def control(self, runtime: Runtime, place: int, stage: int, asked: int = -1) -> int:
        """``place`` is after the property in question; for ``_NAMED``, ``asked`` is its index."""
        key = (place, stage)
        control = self._controls.get(key)
        if control is None:
            state = _PlainState(self, place, stage, asked)
            is_named = stage in (_OPEN, _NEXT)  # a name returns to it, with a result
            control = runtime.add_state(state) if is_named else runtime.add_passing(state)
            self._controls[key] = control
        return control

    def tree(self, runtime: Runtime) -> NameTree:
        """The declared names."""
        if self._tree is None:
            self._tree = tree_of(runtime, self.plan.names)
        return self._tree


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
            elif plan.allows_others(place):
                edges.append((0x22, 0x22, PUSH, free_names(runtime, whole.tree(runtime)), control))
            else:
                edges.append((0x22, 0x22, PUSH, told_names(runtime, plan.following(place)), control))
        if stage in (_OPEN, _READ) and plan.can_end(place):
            edges.append((0x7D, 0x7D, POP, 0, WHOLE))
        runtime.tables.define(control, edges, space=spacing(runtime, writing.max_whitespace))

    def returned(self, runtime: Runtime, result: int) -> int:
        whole, plan = self.object, self.object.plan
        if result != ANY_NAME:
            index = plan.index.get(name_of(runtime, result))
            if index is not None:
                place = plan.after(self.place, index)
                return whole.control(runtime, place, _NAMED, index) if place >= 0 else DEAD
        reading = _Reading(1, whole.writing, whole.tree(runtime), False)
        return _after_name(runtime, (_Properties(0, plan, self.place),), reading, result)


@dataclass(slots=True, eq=False)
class _ObjectState:
    """Alternatives; ``asked`` holds, for a stage with a property, the term of its value for each of them."""

    properties: tuple[_Properties, ...]
    reading: _Reading
    asked: tuple[Term, ...]
    stage: int

    def expand(self, runtime: Runtime, control: int) -> None:
        reading = self.reading
        edges: list[Edge] = []
        if self.stage == _NAMED:
            after = _object(runtime, self.properties, reading, self.asked, _READ)
            target = value(runtime, tuple(dict.fromkeys(self.asked)), reading.writing)
            edges.append((0x3A, 0x3A, PUSH, target, after))
        elif self.stage == _READ:
            going = tuple([one for one in self.properties if one.plan.has_next(one.place)])
            if going:
                edges.append((0x2C, 0x2C, GOTO, _object(runtime, going, reading, (), _NEXT), 0))
        elif any(one.plan.has_next(one.place) for one in self.properties):
            edges.append((0x22, 0x22, PUSH, self._names(runtime), control))
        if self.stage in (_OPEN, _READ):
            ended = tuple(sorted({one.term for one in self.properties if one.plan.can_end(one.place)}))
            result = holding(runtime, reading.of, ended)
            if result >= 0:
                edges.append((0x7D, 0x7D, POP, 0, result))
        runtime.tables.define(control, edges, space=spacing(runtime, reading.writing.max_whitespace))

    def _names(self, runtime: Runtime) -> int:
        if any(one.plan.allows_others(one.place) for one in self.properties):
            return free_names(runtime, self.reading.names)
        following = [name for one in self.properties for name in one.plan.following(one.place)]
        return told_names(runtime, dict.fromkeys(following))

    def returned(self, runtime: Runtime, result: int) -> int:
        if self.stage != _READ:
            return _after_name(runtime, self.properties, self.reading, result)
        survivors = _survives(runtime, result, self.asked)
        left = [one for one, term in zip(self.properties, self.asked, strict=True) if term in survivors]
        return _object(runtime, tuple(left), self.reading, (), _READ) if left else DEAD


def _after_name(runtime: Runtime, properties: tuple[_Properties, ...], reading: _Reading, result: int) -> int:
    """Where a name leads: to the alternatives for which a property of this name may come next."""
    if result == ANY_NAME and reading.is_unsure:
        return UNSURE
    name = None if result == ANY_NAME else name_of(runtime, result)
    left: list[_Properties] = []
    asked: list[Term] = []
    is_other = False
    for one in properties:
        plan = one.plan
        index = None if name is None else plan.index.get(name)
        if index is not None:
            place = plan.after(one.place, index)
            if place >= 0:
                left.append(one._replace(place=place))
                asked.append(plan.terms[index])
        elif plan.allows_others(one.place):
            left.append(one._replace(place=plan.after_other(one.place)))
            asked.append(plan.additional)
            is_other = True
    if not left:
        return DEAD
    if name is None:
        reading = reading._replace(is_unsure=True)
    elif is_other:
        reading = reading._replace(names=reading.names.with_name(runtime, name, may_come=False))
    return _object(runtime, tuple(left), reading, tuple(asked), _NAMED)

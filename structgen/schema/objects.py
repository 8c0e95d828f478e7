"""Objects of a conjunction: what all its parts say of each name, as one shape.

Names that any part tells by themselves are listed, with all that is said of them. All other names fall into *cells*:
disjoint languages, split until every rule (a pattern, what is additional, what a name must be) and every duty speaks
of whole cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from structgen.errors import LimitExceededError
from structgen.regex.derivatives import is_empty, is_finite, matches
from structgen.regex.nodes import ANYTHING as ANY_NAME
from structgen.regex.nodes import Node, complement, intersection, union, words
from structgen.schema.contradictions import are_contradictory
from structgen.schema.negation import negation
from structgen.schema.subschemas import ANYTHING, EMPTY, NEVER, OBJECT, Names, PropertyDuty, Subschema

__all__ = ["ANY_OBJECT", "MAX_CELLS", "MergedDuty", "MergedObject", "merged_object"]

MAX_CELLS: Final = 256
"""Kinds of undeclared names that one object may tell apart."""

Conjunction = tuple[Subschema, ...]
NamesOf = Callable[[Subschema], Node]


class MergedDuty(NamedTuple):
    """As `structgen.schema.terms.Duty`, with conjunctions."""

    absent: frozenset[str]
    named: tuple[tuple[str, Conjunction], ...]
    others: tuple[tuple[int, Conjunction], ...]


class MergedObject(NamedTuple):
    """As `structgen.schema.terms.ObjectShape`, with conjunctions, of which any may have no value."""

    properties: tuple[tuple[str, Conjunction], ...]
    others: tuple[tuple[Node, Conjunction], ...]
    required: frozenset[str]
    min_properties: int = 0
    max_properties: int | None = None
    duties: tuple[MergedDuty, ...] = ()


ANY_OBJECT: Final = MergedObject((), ((ANY_NAME, ()),), frozenset())


def merged_object(parts: Conjunction, names_of: NamesOf) -> MergedObject | None:
    """The objects that are valid against all parts, which have no choices left; None where none is seen to be.

    ``names_of`` tells the strings that are valid against a subschema.
    """
    declaring = [part for part in parts if part.constrained & OBJECT]
    least = 0
    most: int | None = None
    order: dict[str, None] = {}
    required: dict[str, None] = {}
    duties: dict[PropertyDuty, None] = {}
    has_rules = False
    for part in declaring:
        if part.properties is not None:
            order.update(dict.fromkeys(part.properties))
        if part.required:
            required.update(dict.fromkeys(part.required))
        if part.patterns or part.names is not None:
            has_rules = True
        if part.duties:
            duties.update(dict.fromkeys(part.duties))
        least = max(least, part.min_properties)
        if part.max_properties is not None and (most is None or part.max_properties < most):
            most = part.max_properties
    order.update(required)
    for duty in duties:
        order.update(dict.fromkeys(duty.absent))
        order.update(dict.fromkeys([name for name, _ in duty.named]))
    if has_rules or any(duty.others for duty in duties):
        told = _Rules(declaring, names_of)
        properties = {name: told.of_name(name) for name in order}
        cells = told.cells(order, duties)
    else:
        properties = {name: _of_name(declaring, name) for name in order}
        additional = tuple([part.additional for part in declaring if part.additional is not None])
        cells = [] if NEVER in additional else [_Cell(ANY_NAME, additional, frozenset())]
    merged_duties: dict[MergedDuty, None] = {}
    for duty in duties:
        merged = _merged_duty(duty, properties, required, cells, names_of)
        if merged is not None:
            if not (merged.absent or merged.named or merged.others):
                return None
            merged_duties[merged] = None
    if most is not None and most < max(least, len(required)):
        return None
    return MergedObject(
        tuple(properties.items()),
        tuple([(cell.names, cell.children) for cell in cells]),
        frozenset(required) if required else EMPTY,
        0 if least <= len(required) else least,
        most,
        tuple(merged_duties),
    )


def _of_name(declaring: list[Subschema], name: str) -> Conjunction:
    children = []
    for part in declaring:
        child = part.properties.get(name) if part.properties is not None else None
        if child is None:
            child = part.additional
        if child is not None:
            children.append(child)
    return tuple(children)


class _Cell(NamedTuple):
    names: Node
    children: Conjunction
    marks: frozenset[Names]
    """What duties speak of and has all of the cell in it."""


class _Rules:
    """What the parts of an object say of names beyond those that they declare."""

    def __init__(self, declaring: list[Subschema], names_of: NamesOf) -> None:
        self.declaring = declaring
        self.names_of = names_of

    def language(self, names: Names) -> Node:
        return names if isinstance(names, Node) else self.names_of(names)

    def ruled(self, names: Names) -> Node:
        """The names that a rule is for: all that might be meant, as the negation may have fewer than all others."""
        return names if isinstance(names, Node) else complement(self.names_of(negation(names)))

    def of_name(self, name: str) -> Conjunction:
        """What is said of the properties of this name."""
        children: dict[Subschema, None] = {}
        for part in self.declaring:
            child = part.properties.get(name) if part.properties is not None else None
            is_told = child is not None
            if child is not None:
                children[child] = None
            for names, also in part.patterns:
                if matches(self.ruled(names), name):
                    children[also] = None
                    is_told = True
            if not is_told and part.additional is not None:
                children[part.additional] = None
            if part.names is not None and not matches(self.names_of(part.names), name):
                children[NEVER] = None
        return tuple(children)

    def cells(self, listed: Iterable[str], duties: Iterable[PropertyDuty]) -> list[_Cell]:
        """The partition of all names that aren't listed."""
        cells = [_Cell(ANY_NAME, (), frozenset())]
        for part in self.declaring:
            for names, child in part.patterns:
                cells = _split(cells, self.ruled(names), child, None)
            if part.additional is not None:
                # Names that the part declares are listed, whatever cell they would be in.
                told = union(*[self.language(names) for names, _ in part.patterns])
                cells = _split(cells, complement(told), part.additional, None)
            if part.names is not None:
                cells = _split(cells, complement(self.names_of(part.names)), NEVER, None)
        for duty in duties:
            for names, _ in duty.others:
                cells = _split(cells, self.language(names), None, names)
        joined: dict[tuple[frozenset[Subschema], frozenset[Names]], _Cell] = {}
        for cell in cells:
            key = (frozenset(cell.children), cell.marks)
            known = joined.get(key)
            joined[key] = cell if known is None else known._replace(names=union(known.names, cell.names))
        return _without_listed(list(joined.values()), listed)


def _split(cells: list[_Cell], language: Node, child: Subschema | None, mark: Names | None) -> list[_Cell]:
    """The cells, split where a language ends; a child, or a mark, is added to those inside."""
    if child is ANYTHING:
        return cells
    result = []
    for cell in cells:
        inside = intersection(cell.names, language)
        if is_empty(inside):
            result.append(cell)
            continue
        if child is not NEVER:
            children = cell.children if child is None or child in cell.children else (*cell.children, child)
            marks = cell.marks if mark is None else cell.marks | {mark}
            result.append(_Cell(inside, children, marks))
        outside = intersection(cell.names, complement(language))
        if not is_empty(outside):
            result.append(cell._replace(names=outside))
    if len(result) > MAX_CELLS:
        raise LimitExceededError(
            f"{MAX_CELLS} kinds of property names in one object", "more", hint="fewer overlapping patterns of names"
        )
    return result


def _without_listed(cells: list[_Cell], listed: Iterable[str]) -> list[_Cell]:
    """Finite cells without the listed names, so that they can be counted."""
    result = []
    for cell in cells:
        if is_finite(cell.names):
            names = intersection(cell.names, complement(words(listed)))
            if is_empty(names):
                continue
            cell = cell._replace(names=names)
        result.append(cell)
    return result


def _merged_duty(
    duty: PropertyDuty,
    properties: dict[str, Conjunction],
    required: dict[str, None],
    cells: list[_Cell],
    names_of: NamesOf,
) -> MergedDuty | None:
    """The duty as far as it can be done; None where it is done in any case."""
    absent = []
    for name in duty.absent:
        if NEVER in properties[name]:
            return None
        if name not in required:
            absent.append(name)
    meant: dict[tuple[str, Subschema], None] = dict.fromkeys(duty.named)
    for names, child in duty.others:
        language = names if isinstance(names, Node) else names_of(names)
        for name in properties:
            if matches(language, name):
                meant[name, child] = None
    named: dict[tuple[str, Conjunction], None] = {}
    for name, child in meant:
        children = properties[name]
        if child is ANYTHING or child in children or _is_implied(child, children):
            if name in required or name in absent:
                return None
        elif NEVER not in children:
            children = (*children, child)
        if NEVER not in children:
            named[name, children] = None
    others: dict[tuple[int, Conjunction], None] = {}
    for index, cell in enumerate(cells):
        for names, child in duty.others:
            if names in cell.marks:
                children = cell.children if child is ANYTHING or child in cell.children else (*cell.children, child)
                others[index, children] = None
    return MergedDuty(frozenset(absent), tuple(named), tuple(others))


def _is_implied(child: Subschema, children: Conjunction) -> bool:
    """Whether what is valid against the others is seen to be valid against the child: a constant that a negated branch
    doesn't have does its duty whatever else there is, and needs no conjunction of its own."""
    return child.negation is not None and are_contradictory((*children, child.negation))

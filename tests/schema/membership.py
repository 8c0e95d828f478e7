"""Whether a JSON value is a member of a term: the slow and obvious reading of `ValueSet`."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations
from typing import Any

from structgen.regex.derivatives import matches
from structgen.schema.shapes import ArrayShape, Duty, ObjectShape
from structgen.schema.terms import FALSE, Term


def is_member(value: Any, term: Term) -> bool:
    """Whether the value, numbers as Python spells them or without an exponent, is in the term's values."""
    allowed = term.values()
    if value is None:
        return allowed.null
    if isinstance(value, bool):
        return value in allowed.booleans
    if isinstance(value, str):
        return matches(allowed.string, value)
    if isinstance(value, (int, float, Decimal)):
        return any(matches(allowed.number, text) for text in (str(value), f"{Decimal(str(value)):f}"))
    if isinstance(value, list):
        return any(_has_items(value, shape) for shape in allowed.arrays)
    return any(_has_properties(value, shape) for shape in allowed.objects)


def _has_items(items: list[Any], shape: ArrayShape) -> bool:
    if len(items) < shape.min_items or (shape.max_items is not None and len(items) > shape.max_items):
        return False
    terms = [*shape.prefix, *[shape.rest] * (len(items) - len(shape.prefix))]
    if not all(is_member(item, term) for item, term in zip(items, terms, strict=False)):
        return False
    for count in shape.counts:
        found = sum(is_member(item, count.term) for item in items[count.start : count.stop])
        if found < count.at_least or (count.at_most is not None and found > count.at_most):
            return False
    is_unique = not any(is_equal(one, other) for one, other in combinations(items, 2))
    return is_unique if shape.unique else not is_unique if shape.repeated else True


def is_equal(one: Any, other: Any) -> bool:
    """Whether two values are equal as JSON values."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_equal, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_equal(one[name], other[name]) for name in one)
    return bool(one == other)


def _has_properties(properties: dict[str, Any], shape: ObjectShape) -> bool:
    declared = dict(shape.properties)
    most = len(properties) if shape.max_properties is None else shape.max_properties
    return (
        shape.required <= properties.keys()
        and shape.min_properties <= len(properties) <= most
        and all(
            is_member(value, declared[name] if name in declared else _of_cell(name, shape))
            for name, value in properties.items()
        )
        and all(_is_done(duty, properties, shape) for duty in shape.duties)
    )


def _of_cell(name: str, shape: ObjectShape) -> Term:
    fitting = [term for names, term in shape.others if matches(names, name)]
    assert len(fitting) < 2, "cells are disjoint"
    return fitting[0] if fitting else FALSE


def _is_done(duty: Duty, properties: dict[str, Any], shape: ObjectShape) -> bool:
    declared = dict(shape.properties)
    return (
        not duty.absent <= properties.keys()
        or any(name in properties and is_member(properties[name], term) for name, term in duty.named)
        or any(
            name not in declared and matches(shape.others[cell][0], name) and is_member(value, term)
            for name, value in properties.items()
            for cell, term in duty.others
        )
    )

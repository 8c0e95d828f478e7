"""Whether a JSON value is a member of a term: the slow and obvious reading of `ValueSet`."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from structgen.regex.derivatives import matches
from structgen.schema.terms import FALSE, ArrayShape, ObjectShape, Term


def is_member(value: Any, term: Term) -> bool:
    """Whether the value, numbers as Python spells them, is in the term's values."""
    allowed = term.values()
    if value is None:
        return allowed.null
    if isinstance(value, bool):
        return value in allowed.booleans
    if isinstance(value, str):
        return matches(allowed.string, value)
    if isinstance(value, (int, float, Decimal)):
        return matches(allowed.number, json.dumps(value) if not isinstance(value, Decimal) else str(value))
    if isinstance(value, list):
        return any(_has_items(value, shape) for shape in allowed.arrays)
    return any(_has_properties(value, shape) for shape in allowed.objects)


def _has_items(items: list[Any], shape: ArrayShape) -> bool:
    if len(items) < shape.min_items or (shape.max_items is not None and len(items) > shape.max_items):
        return False
    terms = [*shape.prefix, *[shape.rest] * (len(items) - len(shape.prefix))]
    return all(is_member(item, term) for item, term in zip(items, terms, strict=False))


def _has_properties(properties: dict[str, Any], shape: ObjectShape) -> bool:
    declared = dict(shape.properties)
    return shape.required <= properties.keys() and all(
        is_member(value, declared[name] if name in declared else _of_cell(name, shape))
        for name, value in properties.items()
    )


def _of_cell(name: str, shape: ObjectShape) -> Term:
    return next((term for names, term in shape.others if matches(names, name)), FALSE)

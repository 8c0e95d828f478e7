"""JSON values beside terms: when two are equal, and whether a term has one.

Values are Python's for JSON, numbers as ``int``, ``float`` or ``Decimal``.
"""

from __future__ import annotations

from collections.abc import Hashable
from decimal import Decimal
from typing import Any

from structgen.regex.derivatives import matches
from structgen.schema.shapes import ArrayShape, ObjectShape
from structgen.schema.terms import FALSE, Term, excluding

__all__ = ["equality_key", "is_member"]


def equality_key(value: Any) -> Hashable:
    """Equal for equal JSON values, and for no others: ``1`` is ``1.0``, no boolean is a number, and the order of an
    object's keys is nothing. Iterative, but for what hashing such a key takes."""
    keys: list[Hashable] = []
    pending: list[tuple[Any, bool]] = [(value, False)]
    while pending:
        part, is_inside_done = pending.pop()
        if isinstance(part, list):
            if is_inside_done:
                inside = keys[len(keys) - len(part) :]
                del keys[len(keys) - len(part) :]
                keys.append(("array", *inside))
            else:
                pending.append((part, True))
                pending += [(item, False) for item in reversed(part)]
        elif isinstance(part, dict):
            if is_inside_done:
                inside = keys[len(keys) - len(part) :]
                del keys[len(keys) - len(part) :]
                keys.append(("object", frozenset(zip(part, inside, strict=True))))
            else:
                pending.append((part, True))
                pending += [(member, False) for member in reversed(part.values())]
        else:
            keys.append(_scalar_key(part))
    return keys[0]


def _scalar_key(value: Any) -> Hashable:
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return ("literal", value)
    return ("number", Decimal(repr(value)) if isinstance(value, float) else Decimal(value))


def is_member(value: Any, term: Term) -> bool:
    """Whether a JSON value is in a term; numbers by their shortest spelling."""
    shapes = term.shapes()
    if value is None:
        return shapes.null
    if isinstance(value, bool):
        return value in shapes.booleans
    if isinstance(value, str):
        return matches(shapes.string, value)
    if isinstance(value, list):
        return any(_has_items(value, shape) for shape in shapes.arrays)
    if isinstance(value, dict):
        return any(_has_properties(value, shape) for shape in shapes.objects)
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return matches(shapes.number, text) or matches(shapes.number, text + ".0")


def _has_items(items: list[Any], shape: ArrayShape) -> bool:
    if len(items) < shape.min_items or (shape.max_items is not None and len(items) > shape.max_items):
        return False
    terms = [*shape.prefix, *[shape.rest] * (len(items) - len(shape.prefix))]
    if not all(is_member(item, term) for item, term in zip(items, terms, strict=False)):
        return False
    for count in shape.counts:
        counted = sum([is_member(item, count.term) for item in items[count.start : count.stop]])
        if counted < count.at_least or (count.at_most is not None and counted > count.at_most):
            return False
        if count.at_most is not None and not count.term.is_exact:
            others = sum([is_member(item, excluding(count.term)) for item in items[count.start : count.stop]])
            if counted + others < len(items[count.start : count.stop]):
                return False
    if shape.unique or shape.repeated:
        is_unique = len({equality_key(item) for item in items}) == len(items)
        return is_unique if shape.unique else not is_unique
    return True


def _has_properties(properties: dict[str, Any], shape: ObjectShape) -> bool:
    if not shape.required <= properties.keys() or len(properties) < shape.min_properties:
        return False
    if shape.max_properties is not None and len(properties) > shape.max_properties:
        return False
    declared = dict(shape.properties)
    cells: dict[str, int] = {}
    for name, value in properties.items():
        if name not in declared:
            cells[name] = next((at for at, (names, _) in enumerate(shape.others) if matches(names, name)), -1)
        if not is_member(value, declared[name] if name in declared else _of_cell(shape, cells[name])):
            return False
    return all(
        not duty.absent <= properties.keys()
        or any(name in properties and is_member(properties[name], term) for name, term in duty.named)
        or any(
            cells.get(name) == at and is_member(properties[name], term)
            for name in properties
            for at, term in duty.others
        )
        for duty in shape.duties
    )


def _of_cell(shape: ObjectShape, cell: int) -> Term:
    return shape.others[cell][1] if cell >= 0 else FALSE

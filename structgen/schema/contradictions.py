"""Whether a conjunction can be seen to have no value, without building anything.

False says nothing. What is seen: no common type, lists of scalars that don't meet, negated ones included, and a
required property or item of which the same can be said. That tells the branches of nearly every discriminated union
apart, so that they need no negations of one another, and drops combinations before they multiply.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from structgen.schema.subschemas import (
    ARRAY,
    ENUMERATION,
    EVERY_TYPE,
    IN_PLACE,
    NEVER,
    OBJECT,
    Enumeration,
    Subschema,
)

__all__ = ["are_contradictory"]

_DEPTH: Final = 3
"""Levels of properties that are looked at."""

_MOST_PARTS: Final = 200
_MOST_BRANCHES: Final = 50


def are_contradictory(parts: Sequence[Subschema], depth: int = _DEPTH) -> bool:
    """Whether no value is certain to be valid against all of the parts."""
    types = EVERY_TYPE
    constrained = 0
    for part in parts:
        types &= part.types
        constrained |= part.constrained
    if not types:
        return True
    if constrained & IN_PLACE:
        parts = _flattened(parts)
        for part in parts:
            types &= part.types
            constrained |= part.constrained
    if constrained & ENUMERATION or len(parts) > 1:
        types = _listed_types(parts, types)
    if types & ~(ARRAY | OBJECT) or not depth:
        return not types
    if types & OBJECT and not (constrained & OBJECT and _lacks_property(parts, depth)):
        return _splits(parts, depth) if constrained & IN_PLACE else False
    if types & ARRAY and not (constrained & ARRAY and _lacks_item(parts, depth)):
        return _splits(parts, depth) if constrained & IN_PLACE else False
    return True


def _flattened(parts: Sequence[Subschema]) -> list[Subschema]:
    """The parts with those that they refer to; what they choose from is left out."""
    met = list(dict.fromkeys(parts))
    seen = set(met)
    for part in met:  # grows while it is walked
        for choice in part.choices:
            if len(choice) == 1 and choice[0] not in seen and len(met) < _MOST_PARTS:
                seen.add(choice[0])
                met.append(choice[0])
    return met


def _listed_types(parts: Sequence[Subschema], types: int) -> int:
    """The types that lists of scalars leave."""
    listed: Enumeration | None = None
    for part in parts:
        if part.enumeration is not None:
            listed = part.enumeration if listed is None else listed & part.enumeration
    if listed is None:
        return types
    for part in parts:
        negated = part.negation if part.is_negation else None
        if negated is not None and negated.enumeration is not None and not negated.constrained & IN_PLACE:
            # A value outside the list is valid against the negation.
            listed = listed - negated.enumeration
    return types & listed.types


def _lacks_property(parts: Sequence[Subschema], depth: int) -> bool:
    for part in parts:
        for name in part.required:
            children = []
            for other in parts:
                properties = other.properties
                child = properties.get(name) if properties is not None else None
                if child is None and not other.patterns:
                    child = other.additional
                if child is NEVER:
                    return True
                if child is not None:
                    children.append(child)
            if len(children) > 1 and are_contradictory(children, depth - 1):
                return True
    return False


def _lacks_item(parts: Sequence[Subschema], depth: int) -> bool:
    fewest = 0
    most: int | None = None
    for part in parts:
        fewest = max(fewest, part.min_items)
        if part.max_items is not None and (most is None or part.max_items < most):
            most = part.max_items
    if most is not None and most < fewest:
        return True
    for index in range(min(fewest, 8)):
        children = []
        for part in parts:
            child = part.prefix[index] if index < len(part.prefix) else part.rest
            if child is NEVER:
                return True
            if child is not None:
                children.append(child)
        if len(children) > 1 and are_contradictory(children, depth - 1):
            return True
    return False


def _splits(parts: Sequence[Subschema], depth: int) -> bool:
    """Whether every branch of one of the choices contradicts the rest."""
    if depth < _DEPTH:
        return False
    for part in parts:
        for choice in part.choices:
            if 1 < len(choice) <= _MOST_BRANCHES and all(
                are_contradictory([branch, *parts], depth - 1) for branch in choice
            ):
                return True
    return False

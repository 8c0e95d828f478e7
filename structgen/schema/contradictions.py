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

__all__ = ["MOST_PARTS", "are_contradictory", "clash", "flattened"]

_DEPTH: Final = 3
"""Levels of properties that are looked at."""

MOST_PARTS: Final = 200
_MOST_BRANCHES: Final = 20


def are_contradictory(parts: Sequence[Subschema]) -> bool:
    """Whether no value is certain to be valid against all of the parts, with all that they refer to."""
    for part in parts:
        if part.constrained & IN_PLACE:
            parts = flattened(parts)
            return clash(parts) or _splits(parts)
    return clash(parts)


def clash(parts: Sequence[Subschema], fresh: int = 0, depth: int = _DEPTH) -> bool:
    """As `are_contradictory`, by the parts' own assertions; those before index ``fresh`` are known not to clash."""
    types = EVERY_TYPE
    constrained = 0
    for part in parts:
        types &= part.types
        constrained |= part.constrained
    if constrained & ENUMERATION and types:
        types = _listed_types(parts, types)
    if types & ~(ARRAY | OBJECT) or not types or not depth:
        return not types
    if types & OBJECT and not (constrained & OBJECT and _lacks_property(parts, fresh, depth)):
        return False
    return not types & ARRAY or (bool(constrained & ARRAY) and _lacks_item(parts, depth))


def _clash_below(parts: list[Subschema], depth: int) -> bool:
    for part in parts:
        if part.constrained & IN_PLACE:
            return clash(flattened(parts), 0, depth - 1)
    return clash(parts, 0, depth - 1)


def flattened(parts: Sequence[Subschema]) -> list[Subschema]:
    """The parts with those that they refer to; what they choose from is left out."""
    met = list(dict.fromkeys(parts))
    seen = set(met)
    for part in met:  # grows while it is walked
        for choice in part.choices:
            if len(choice) == 1 and choice[0] not in seen and len(met) < MOST_PARTS:
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
        if negated is not None and negated.enumeration is not None and _only_lists(negated, negated.enumeration):
            # The negation has no value of the list, and every other scalar.
            listed = listed - negated.enumeration
    return types & listed.types


def _only_lists(part: Subschema, listed: Enumeration) -> bool:
    """Whether every value of a part's list is valid against the part."""
    return part.constrained & (part.types | IN_PLACE) == 0 and part.types & listed.types == listed.types


def _lacks_property(parts: Sequence[Subschema], fresh: int, depth: int) -> bool:
    """Whether a property that a part requires can't be; one of those that are fresh has to have a say in it."""
    names: dict[str, None] = {}
    for part in parts[fresh:]:
        names.update(dict.fromkeys(part.required))
        if part.properties is not None or part.additional is not None:
            for other in parts:
                for name in other.required:
                    if part.additional is not None or name in part.properties:  # type: ignore[operator]
                        names[name] = None
    for name in names:
        children = []
        for part in parts:
            properties = part.properties
            child = properties.get(name) if properties is not None else None
            if child is None and not part.patterns:
                child = part.additional
            if child is NEVER:
                return True
            if child is not None:
                children.append(child)
        if len(children) > 1 and _clash_below(children, depth):
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
        if len(children) > 1 and _clash_below(children, depth):
            return True
    return False


def _splits(parts: list[Subschema]) -> bool:
    """Whether every branch of one of the choices clashes with the rest."""
    for part in parts:
        for choice in part.choices:
            if 1 < len(choice) <= _MOST_BRANCHES and all(
                clash(flattened([*parts, branch]), len(parts)) for branch in choice
            ):
                return True
    return False

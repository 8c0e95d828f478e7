"""Whether a subschema is certain to have a value, seen at a glance."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from structgen.regex.charset import CharSet
from structgen.schema.subschemas import (
    ARRAY,
    ENUMERATION,
    EVERY_TYPE,
    IN_PLACE,
    NUMBER,
    OBJECT,
    STRING,
    Subschema,
)

__all__ = ["surely_inhabited"]

_SIGHT: Final = 3
"""Levels that are looked down."""


def surely_inhabited(part: Subschema, sight: int = _SIGHT) -> bool:
    """Whether one subschema by itself has a value, as far as can be seen without building anything.

    Most subschemas of most documents are settled here, in a microsecond; False says nothing.
    """
    if part.table is not None and part.table.characters is not CharSet.ANY:
        return False
    types, constrained = part.types, part.constrained
    if constrained & IN_PLACE:
        if constrained != IN_PLACE or types != EVERY_TYPE or len(part.choices) != 1 or part.deferred or not sight:
            return False
        return any(surely_inhabited(branch, sight - 1) for branch in part.choices[0])
    # Listed values have narrowed the types to their own.
    if types & ~constrained:
        return True
    if constrained & ENUMERATION:
        return False
    if types & ARRAY and not part.min_items and not part.counts and not part.repeated:
        return True
    if types & OBJECT and _has_surely_required(part, sight):
        return True
    if types & STRING and part.pattern is None and (part.max_length is None or part.min_length <= part.max_length):
        return True
    if not types & NUMBER or part.divisors or part.indivisible or part.number is not None:
        return False
    return part.lower is None or part.upper is None or _is_wide(part.lower[0], part.upper[0])


def _has_surely_required(part: Subschema, sight: int) -> bool:
    if part.min_properties or part.max_properties is not None or part.duties:
        return False
    if not part.required:
        return True
    if part.patterns or part.names is not None or not sight:
        return False
    for name in part.required:
        child = part.additional if part.properties is None else part.properties.get(name, part.additional)
        if child is not None and not surely_inhabited(child, sight - 1):
            return False
    return True


def _is_wide(low: Decimal, high: Decimal) -> bool:
    """Whether an integer is certain to lie between; only for numbers that decimal arithmetic adds exactly."""
    return low.adjusted() < 20 and high.adjusted() < 20 and low + 2 < high

"""Conditions as duties: many independent ones beside one another would multiply out to a power of two of alternatives.

``if`` C ``then`` T is "C is broken or T holds". Where C and T only say what single properties are, that is a duty for
each thing that T says, and one alternative in all.
"""

from __future__ import annotations

from typing import Final

from structgen.schema.contradictions import are_contradictory
from structgen.schema.negation import negation
from structgen.schema.subschemas import (
    ANYTHING,
    ENUMERATION,
    EVERY_TYPE,
    IN_PLACE,
    OBJECT,
    PropertyDuty,
    Subschema,
)

__all__ = ["FEW_CHOICES", "says_single_properties", "told_by_duties"]

FEW_CHOICES: Final = 8
"""So many choices are multiplied out, whatever they are."""

Choice = tuple[Subschema, ...]
_Way = tuple[tuple[str, ...], tuple[tuple[str, Subschema], ...]]
"""Names of which one is absent, and properties of which one is present and valid."""


def says_single_properties(subschema: Subschema) -> bool:
    """Whether a subschema only says what single properties of an object are, and nothing asks what it evaluates."""
    return (
        (subschema.table is None or not subschema.table.tracks_evaluation)
        and bool(subschema.types & OBJECT)
        and not subschema.constrained & (IN_PLACE | ENUMERATION)
        and not (subschema.patterns or subschema.duties or subschema.min_properties)
        and subschema.additional is None
        and subschema.names is None
        and subschema.max_properties is None
    )


def told_by_duties(met: tuple[Subschema, ...], open_choices: tuple[Choice, ...]) -> dict[Choice, Subschema] | None:
    """The conditions among the choices that duties can tell, each with the subschema that does.

    None where the conditions are on one property's constants: then there are no more alternatives than conditions.
    """
    found: dict[Choice, tuple[Subschema, Choice]] = {}
    still_open = set(open_choices)
    for part in met:
        for choice, (keyword, operands, _) in part.opened:
            if keyword == "if" and choice in still_open and _is_told(*operands):
                found[choice] = (part, operands)
                if len(found) == 2 and _are_on_constants(*[operands[0] for _, operands in found.values()]):
                    return None
    return {choice: _dutiful(part, *operands) for choice, (part, operands) in found.items()}


def _are_on_constants(condition: Subschema, other: Subschema) -> bool:
    named = Subschema()
    named.types = named.constrained = OBJECT
    named.required = tuple(condition.properties or ())
    return are_contradictory((named, condition, other))


def _is_told(condition: Subschema, then: Subschema, otherwise: Subschema) -> bool:
    """For values of other types, which duties don't speak of, nothing may be asked either."""
    return (
        all(says_single_properties(one) for one in (condition, then, otherwise))
        and condition.types in (EVERY_TYPE, OBJECT)
        and not (condition.constrained | then.constrained | otherwise.constrained) & ~OBJECT
        and then.types == otherwise.types == EVERY_TYPE
    )


def _dutiful(place: Subschema, condition: Subschema, then: Subschema, otherwise: Subschema) -> Subschema:
    broken: _Way = (
        condition.required,
        tuple([(name, negation(child)) for name, child in (condition.properties or {}).items()]),
    )
    duties = [_either(broken, way) for way in _ways(then)]
    duties += [_either(one, other) for one in _ways(condition) for other in _ways(otherwise)]
    dutiful = place.beside()
    dutiful.duties, dutiful.constrained, dutiful.evaluates = tuple(duties), OBJECT, False
    return dutiful


def _ways(subschema: Subschema) -> list[_Way]:
    """For each thing that a subschema says of an object, how an object may be for it to hold."""
    ways: list[_Way] = [((), ((name, ANYTHING),)) for name in subschema.required]
    for name, child in (subschema.properties or {}).items():
        if child is not ANYTHING:
            ways.append(((name,), ((name, child),)))
    return ways


def _either(one: _Way, other: _Way) -> PropertyDuty:
    return PropertyDuty(one[0] + other[0], one[1] + other[1], ())

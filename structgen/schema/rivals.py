"""Which of many branches may hold together, without comparing every two of them.

A discriminated union tells its hundreds of branches apart by one required property, whose constants differ. Only
branches that share a constant of it, or have none, are compared one by one. A type of which two branches allow every
value is one where several always hold, whatever the value: real unions often forget to say that they are of objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from structgen.schema.contradictions import MOST_PARTS, are_contradictory, flattened
from structgen.schema.subschemas import ARRAY, ENUMERATION, EVERY_TYPE, OBJECT, Subschema

__all__ = ["rivals", "types_of_one"]

_FEW: Final = 8
"""So many branches are compared at once."""

_Constants = dict[str, frozenset[object]]


def types_of_one(branches: Sequence[Subschema]) -> int:
    """The types of which exactly one branch may hold: of any other, two branches allow every value."""
    once = twice = 0
    for branch in branches:
        parts = flattened((branch,))
        types = EVERY_TYPE if len(parts) < MOST_PARTS else 0
        for part in parts:
            types &= part.types & ~part.constrained
            if part.deferred or part.constrained & ENUMERATION or any(len(choice) != 1 for choice in part.choices):
                types = 0
        twice |= once & types
        once |= types
    return EVERY_TYPE & ~twice


def rivals(branches: Sequence[Subschema], types: int) -> list[list[int]]:
    """For each branch, the others that may hold together with it for a value of the types."""
    limit = Subschema()
    limit.types = types
    found: list[list[int]] = [[] for _ in branches]
    for index, others in enumerate(_candidates(branches, types)):
        for other in others:
            if other > index and not are_contradictory((branches[index], branches[other], limit)):
                found[index].append(other)
                found[other].append(index)
    return [sorted(others) for others in found]


def _candidates(branches: Sequence[Subschema], types: int) -> list[Sequence[int]]:
    """For each branch, the others that the property which tells most branches apart doesn't tell from it."""
    everything = range(len(branches))
    constants: list[_Constants] = []
    if len(branches) > _FEW:
        constants = [_constants(branch, types) for branch in branches]
    values: dict[str, set[object]] = {}
    for one in constants:
        for name, listed in one.items():
            values.setdefault(name, set()).update(listed)
    if not values:
        return [everything] * len(branches)
    telling = max(values, key=lambda name: len(values[name]))
    without = [index for index, one in enumerate(constants) if telling not in one]
    by_value: dict[object, list[int]] = {}
    for index, one in enumerate(constants):
        for value in one.get(telling, ()):
            by_value.setdefault(value, []).append(index)
    candidates: list[Sequence[int]] = []
    for one in constants:
        if telling not in one:
            candidates.append(everything)
        else:
            candidates.append([*without, *{index for value in one[telling] for index in by_value[value]}])
    return candidates


def _constants(branch: Subschema, types: int) -> _Constants:
    """The scalars that a required property must be one of, where the branch's values are all objects."""
    parts = flattened((branch,))
    for part in parts:
        types &= part.types
    if types & ~OBJECT:
        return {}
    constants: _Constants = {}
    for part in parts:
        for name in part.required:
            for owner in parts:
                child = None if owner.properties is None else owner.properties.get(name)
                if child is not None and name not in constants:
                    listed = _listed(child)
                    if listed is not None:
                        constants[name] = listed
    return constants


def _listed(child: Subschema) -> frozenset[object] | None:
    """The scalars that a subschema lists, where all its values are such."""
    for part in flattened((child,)):
        listed = part.enumeration
        if listed is not None and not part.types & (ARRAY | OBJECT):
            values: set[object] = {("number", number) for number in listed.numbers}
            values |= {("boolean", truth) for truth in listed.booleans}
            values |= listed.strings
            if listed.null:
                values.add(None)
            return frozenset(values)
    return None

"""Why no value is valid: the smallest conflict that can be named, for the error about an unsatisfiable schema.

Only called once a conjunction is known to be empty. What can be left out of it without making it satisfiable is left
out first; then required properties and items are followed down to the conflict that all depends on.
"""

from __future__ import annotations

from copy import copy
from typing import Final

from structgen.errors import LimitExceededError, UnsatisfiableSchemaError
from structgen.schema.choices import Choice, choices_of
from structgen.schema.expansion import Conjunction, expand
from structgen.schema.scalar_conflicts import Conflict, listed_conflict, number_conflict, string_conflict
from structgen.schema.shape_conflicts import array_conflict, object_conflict
from structgen.schema.subschemas import (
    ARRAY,
    ENUMERATION,
    EVERY_TYPE,
    IN_PLACE,
    NEVER,
    NUMBER,
    OBJECT,
    STRING,
    Enumeration,
    Subschema,
)
from structgen.schema.terms import conjunction

__all__ = ["unsatisfiable"]

_MOST_PARTS: Final = 40
"""Assertions of which each is tried whether the conflict needs it."""

_MOST_ALTERNATIVES: Final = 100


def unsatisfiable(parts: Conjunction) -> UnsatisfiableSchemaError:
    """The error for a conjunction that no value satisfies."""
    way: list[Conflict] = []
    seen: set[Conjunction] = set()
    conflict = _conflict(parts)
    # `false` is one subschema everywhere: it has no place of its own to point at.
    while conflict.needed is not None and NEVER not in conflict.needed:
        way.append(conflict)
        seen.add(conflict.needed)
        deeper = _conflict(conflict.needed)
        if deeper.needed in seen:
            return UnsatisfiableSchemaError(
                "every value would need another one like it inside, without end",
                pointer=deeper.place.pointer,
                reason=deeper.what,
                hint="an alternative that ends the recursion, such as null or an optional property",
            )
        conflict = deeper
    steps = ["its schema is false"] if conflict.needed is not None else []
    steps += [step.what for step in way[-1:-4:-1]]
    reason = "; ".join(steps) + (" …" if len(way) > 3 else "")
    return UnsatisfiableSchemaError(conflict.what, pointer=conflict.place.pointer, reason=reason)


def _conflict(parts: Conjunction) -> Conflict:
    core = _core(parts)
    if core == (NEVER,):
        return Conflict("the schema is false", parts[0])
    try:
        alternatives = expand(core, clashing=True)
    except LimitExceededError:
        return Conflict("no combination of branches can be valid", core[0])
    if not alternatives:
        return _without_common_type(core)
    conflicts = [_conflict_of_alternative(alternative) for alternative in alternatives[:_MOST_ALTERNATIVES]]
    # An alternative that fails by itself says more than one that depends on others.
    first = min(conflicts, key=_is_deep)
    if len(alternatives) == 1:
        return first
    return first._replace(what=f"none of {len(alternatives)} alternatives can be valid; the first: {first.what}")


def _is_deep(conflict: Conflict) -> bool:
    return conflict.needed is not None


def _core(parts: Conjunction) -> Conjunction:
    """As few of the assertions as will do: each part's own, and its choices one by one."""
    pieces: dict[Subschema, None] = {}
    waiting = list(parts)
    for part in waiting:  # grows while it is walked
        if not part.constrained & IN_PLACE:
            pieces[part] = None
            continue
        choices_of(part)
        own = copy(part)
        own.choices, own.term, own.negation = (), None, None
        own.constrained = part.constrained & ~IN_PLACE
        if own.constrained or own.types != EVERY_TYPE:
            pieces[own] = None
        for choice in part.choices:
            if len(choice) == 1 and not choice[0].is_negation and len(waiting) < _MOST_PARTS:
                waiting.append(choice[0])
            else:
                pieces[_alone(part, choice)] = None
    core = list(pieces)
    if len(core) <= _MOST_PARTS:
        for piece in pieces:
            fewer = tuple([other for other in core if other is not piece])
            if fewer and conjunction(fewer).is_empty():
                core.remove(piece)
    return tuple(core)


def _alone(place: Subschema, choice: Choice) -> Subschema:
    """One choice, as a subschema without anything else."""
    if len(choice) == 1:
        return choice[0]
    alone = place.beside()
    alone.choices, alone.constrained = (choice,), IN_PLACE
    return alone


def _without_common_type(parts: Conjunction) -> Conflict:
    place = parts[0]
    for part in parts:
        if part.is_negation and part.negation is not None:
            return Conflict("all that is allowed otherwise is excluded by 'not'", part.negation)
    if any(part.types == 0 and not part.constrained for part in parts):
        return Conflict("the schema is false", place)
    if any(part.constrained & ENUMERATION for part in parts):
        return listed_conflict(parts)
    if len(parts) == 1 and not place.types:
        return Conflict("no type is allowed", place)
    return Conflict("no branch has a type that is allowed", place)


def _conflict_of_alternative(parts: Conjunction) -> Conflict:
    types = EVERY_TYPE
    listed: Enumeration | None = None
    for part in parts:
        types &= part.types
        if part.enumeration is not None:
            listed = part.enumeration if listed is None else listed & part.enumeration
    if listed is not None:
        types &= listed.types
    if not types:
        return _without_common_type(parts)
    found = []
    if types & NUMBER:
        found.append(number_conflict(parts, types & NUMBER, listed))
    if types & STRING:
        found.append(string_conflict(parts, listed))
    if types & ARRAY:
        found.append(array_conflict(parts))
    if types & OBJECT:
        found.append(object_conflict(parts))
    return min(found, key=_is_deep)

"""What a subschema applies to its value, as choices between branches alone.

`oneOf`, `not`, `if`, `dependentSchemas` and the unevaluated keywords become choices here when they are first looked
into. Branches that are certain to exclude one another need no negations, so a discriminated union stays as it is.
"""

from __future__ import annotations

from structgen.schema.contradictions import are_contradictory
from structgen.schema.negation import negation, pieces
from structgen.schema.subschemas import (
    ANYTHING,
    ENUMERATION,
    IN_PLACE,
    NEVER,
    OBJECT,
    Deferred,
    PropertyDuty,
    Subschema,
    meeting,
)
from structgen.schema.unevaluated import with_unevaluated

__all__ = ["Choice", "choices_of"]

Choice = tuple[Subschema, ...]


def choices_of(part: Subschema) -> tuple[Choice, ...]:
    """The conjunction of disjunctions that a subschema asserts beside its own fields."""
    deferred = part.deferred
    if deferred:
        choices = list(part.choices)
        unevaluated: list[Deferred] = []
        for one in deferred:
            if one.keyword.startswith("unevaluated"):
                unevaluated.append(one)
            else:
                choices.append(_opened(part, one))
        opened = tuple(choices)
        part.choices = with_unevaluated(part, opened, unevaluated, choices_of) if unevaluated else opened
        part.deferred = ()
    return part.choices


def _opened(place: Subschema, deferred: Deferred) -> Choice:
    keyword, operands, name = deferred
    if keyword == "oneOf":
        return _exclusive(place, operands)
    if keyword == "not":
        return (negation(operands[0]),)
    if keyword == "if":
        return _conditional(place, *operands)
    if keyword == "dependentSchemas":
        return _dependent(place, name, operands[0])
    return _complement(place, operands[0])


def _exclusive(place: Subschema, branches: Choice) -> Choice:
    """Branches of which exactly one holds: each beside the negations of those that it may hold together with."""
    alternatives = []
    for index, branch in enumerate(branches):
        parts = [branch]
        for other_index, other in enumerate(branches):
            if other_index != index and not are_contradictory((branch, other)):
                parts.append(negation(other))
        if all(part.types for part in parts):
            alternatives.append(meeting(place, tuple(parts)))
    return tuple(alternatives)


def _conditional(place: Subschema, condition: Subschema, then: Subschema, otherwise: Subschema) -> Choice:
    if then is ANYTHING and otherwise is ANYTHING:
        # It asserts nothing, but what it evaluates counts where it holds.
        return (condition, ANYTHING)
    return (_both(place, condition, then), _both(place, negation(condition), otherwise))


def _both(place: Subschema, first: Subschema, second: Subschema) -> Subschema:
    return meeting(place, tuple([part for part in (first, second) if part is not ANYTHING]) or (ANYTHING,))


def _dependent(place: Subschema, name: str, dependent: Subschema) -> Choice:
    absent, present = place.beside(), place.beside()
    if _is_told_by_duties(place, dependent):
        # A dozen dependencies are a dozen duties of one alternative, and no thousands of alternatives.
        present.duties = tuple([PropertyDuty((name,), ((other, ANYTHING),), ()) for other in dependent.required])
        for other, child in (dependent.properties or {}).items():
            if child is not ANYTHING:
                present.duties += (PropertyDuty((name, other), ((other, child),), ()),)
        present.constrained, present.evaluates = OBJECT, False
        return (present,)
    absent.properties, absent.constrained, absent.evaluates = {name: NEVER}, OBJECT, False
    present.required, present.constrained, present.evaluates = (name,), OBJECT, False
    return (absent, meeting(place, (present, dependent)))


def _is_told_by_duties(place: Subschema, dependent: Subschema) -> bool:
    """Whether a subschema only says what single properties of an object are, and nothing asks what it evaluates."""
    return (
        (place.table is None or not place.table.tracks_evaluation)
        and bool(dependent.types & OBJECT)
        and not dependent.constrained & (IN_PLACE | ENUMERATION)
        and not (dependent.patterns or dependent.duties or dependent.min_properties)
        and dependent.additional is None
        and dependent.names is None
        and dependent.max_properties is None
    )


def _complement(place: Subschema, negated: Subschema) -> Choice:
    """The pieces of a negation, for the conjunction of the negated subschema with all that it refers to."""
    owners = [negated]
    seen = {negated}
    open_choices: list[Choice] = []
    restored: list[Subschema] = []
    for owner in owners:  # grows while it is walked
        for choice in choices_of(owner):
            if len(choice) != 1:
                open_choices.append(choice)
            elif choice[0].is_negation and choice[0].negation is not None:
                restored.append(choice[0].negation)
            elif choice[0] not in seen:
                seen.add(choice[0])
                owners.append(choice[0])
    return (*restored, *pieces(place, owners, open_choices))

"""What a subschema applies to its value, as choices between branches alone.

`oneOf`, `not`, `if`, `dependentSchemas` and the unevaluated keywords become choices here when they are first looked
into. Branches that are certain to exclude one another need no negations, so a discriminated union stays as it is.
"""

from __future__ import annotations

from structgen.schema.conditionals import says_single_properties
from structgen.schema.negation import negation, pieces
from structgen.schema.rivals import rivals, types_of_one
from structgen.schema.subschemas import (
    ANYTHING,
    EVERY_TYPE,
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
        unevaluated = [one for one in deferred if one.keyword.startswith("unevaluated")]
        if unevaluated:
            _open_below(part)
        part.opened = tuple([(_opened(part, one), one) for one in deferred if one not in unevaluated])
        choices = (*part.choices, *[choice for choice, _ in part.opened])
        part.choices = with_unevaluated(part, choices, unevaluated, choices_of) if unevaluated else choices
        part.deferred = ()
    return part.choices


def _open_below(part: Subschema) -> None:
    """Open what the part applies to its value, from the innermost out: nesting is not the interpreter's stack's."""
    met = [part]
    seen = {part}
    for place in met:  # grows while it is walked
        applied = [branch for choice in place.choices for branch in choice]
        # The operand of an unevaluated keyword is for children of the value.
        in_place = [one for one in place.deferred if not one.keyword.startswith("unevaluated")]
        applied += [operand for one in in_place for operand in one.operands]
        for branch in applied:
            if branch not in seen and branch.constrained & IN_PLACE:
                seen.add(branch)
                met.append(branch)
    for place in reversed(met[1:]):
        choices_of(place)


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
    types = types_of_one(branches)
    limits: Choice = ()
    if types != EVERY_TYPE:
        limit = place.beside()
        limit.types, limit.evaluates = types, False
        limits = (limit,)
    alternatives = []
    for branch, others in zip(branches, rivals(branches, types), strict=True):
        parts = (branch, *[negation(branches[other]) for other in others], *limits)
        if types & branch.types and all(part.types for part in parts):
            alternatives.append(meeting(place, parts))
    return tuple(alternatives)


def _conditional(place: Subschema, condition: Subschema, then: Subschema, otherwise: Subschema) -> Choice:
    if then is ANYTHING and otherwise is ANYTHING:
        # It asserts nothing, but what it evaluates counts where it holds.
        return (condition, ANYTHING)
    return (_both(place, condition, then), _both(place, negation(condition), otherwise))


def _both(place: Subschema, first: Subschema, second: Subschema) -> Subschema:
    return meeting(place, tuple([part for part in (first, second) if part is not ANYTHING]) or (ANYTHING,))


def _dependent(place: Subschema, name: str, dependent: Subschema) -> Choice:
    if says_single_properties(dependent):
        # A dozen dependencies are a dozen duties of one alternative, and no thousands of alternatives.
        dutiful = place.beside()
        dutiful.duties = tuple([PropertyDuty((name,), ((other, ANYTHING),), ()) for other in dependent.required])
        for other, child in (dependent.properties or {}).items():
            if child is not ANYTHING:
                dutiful.duties += (PropertyDuty((name, other), ((other, child),), ()),)
        dutiful.constrained, dutiful.evaluates = OBJECT, False
        return (dutiful,)
    absent = place.beside()
    absent.properties, absent.constrained, absent.evaluates = {name: NEVER}, OBJECT, False
    return (absent, meeting(place, (_having(place, name), dependent)))


def _having(place: Subschema, name: str) -> Subschema:
    """The objects with a property of this name."""
    present = place.beside()
    present.types, present.constrained, present.required, present.evaluates = OBJECT, OBJECT, (name,), False
    return present


def _complement(place: Subschema, negated: Subschema) -> Choice:
    """The pieces of a negation, for the conjunction of the negated subschema with all that it refers to."""
    owners = [negated]
    seen = {negated}
    found: list[Subschema] = []
    for owner in owners:  # grows while it is walked
        choices = choices_of(owner)
        for choice in choices:
            deferred = next((one for opened, one in owner.opened if opened is choice), None)
            if deferred is not None:
                found += _denied(place, deferred)
            elif len(choice) != 1:
                if ANYTHING not in choice:
                    found.append(meeting(place, tuple([negation(branch) for branch in choice])))
            elif choice[0] not in seen:
                seen.add(choice[0])
                owners.append(choice[0])
    return tuple([piece for piece in (*found, *pieces(place, owners)) if piece.types])


def _denied(place: Subschema, deferred: Deferred) -> list[Subschema]:
    """The branches of the negation of what a keyword applies."""
    keyword, operands, name = deferred
    if keyword == "oneOf":
        # No branch holds, or two do; which is said of no more pairs than can hold together.
        pairs = [
            meeting(place, (operands[index], operands[other]))
            for index, others in enumerate(rivals(operands, EVERY_TYPE))
            for other in others
            if other > index
        ]
        return [meeting(place, tuple([negation(branch) for branch in operands])), *pairs]
    if keyword == "if":
        condition, then, otherwise = operands
        return [
            _both(place, condition, negation(then)),
            _both(place, negation(condition), negation(otherwise)),
        ]
    if keyword == "dependentSchemas":
        return [_both(place, _having(place, name), negation(operands[0]))]
    return [operands[0]]

"""Conjunctions multiplied out into alternatives, each without choices left open.

Types are met while multiplying, and so are required constants: a branch that contradicts what has been met already is
dropped, so that ten conditions on one discriminator leave eleven alternatives and not a thousand. Where many choices
are open, those that what has been met decides are made at once, or each alternative would be looked at as often as
there are conditions.
"""

from __future__ import annotations

import functools
from typing import Final

from structgen.errors import LimitExceededError
from structgen.schema.choices import Choice, choices_of
from structgen.schema.conditionals import FEW_CHOICES, told_by_duties
from structgen.schema.contradictions import clash, flattened
from structgen.schema.subschemas import ANYTHING, EVERY_TYPE, IN_PLACE, OBJECT, Subschema

__all__ = ["MAX_ALTERNATIVES", "MAX_CONJUNCTS", "Conjunction", "expand"]

MAX_ALTERNATIVES: Final = 20_000
"""Conjunctions that the choices of one value may multiply out to."""

MAX_CONJUNCTS: Final = 1_000
"""Subschemas that may assert something about one value at once."""

_VAIN: Final = 3
"""So often in a row what has been met may decide nothing, before it isn't asked about again."""

Conjunction = tuple[Subschema, ...]


def expand(parts: Conjunction, types: int = EVERY_TYPE, *, clashing: bool = False) -> list[Conjunction]:
    """The alternatives of a conjunction, among values of the types, each without choices left open.

    Those that are seen to have no value are dropped, unless ``clashing`` ones are asked for too.

    Raises
    ------
    LimitExceededError
        There are more than `MAX_ALTERNATIVES`, or one has more than `MAX_CONJUNCTS` parts.
    """
    results: list[Conjunction] = []
    taken = 0
    # What is left to meet, what has been met, the types that are left, the choices to make once all is met, whether
    # duties may yet tell some of them, and how often more to ask in vain which are decided.
    pending: list[tuple[Conjunction, Conjunction, int, tuple[Choice, ...], bool, int]]
    pending = [(parts, (), types, (), True, _VAIN)]
    while pending:
        waiting, met, types, open_choices, may_tell, asks = pending.pop()
        taken += 1
        if len(results) + len(pending) > MAX_ALTERNATIVES or taken > 4 * MAX_ALTERNATIVES:
            raise LimitExceededError(
                f"{MAX_ALTERNATIVES} alternatives for one value",
                parts[0].pointer,
                hint="fewer 'anyOf' or 'oneOf' beside one another",
            )
        alternative = _met(waiting, met, types, open_choices)
        if alternative is None:
            continue
        fresh = len(met)
        met, types, open_choices = alternative
        if may_tell and len(open_choices) > FEW_CHOICES:
            told = told_by_duties(met, open_choices)
            if told:
                left = tuple([choice for choice in open_choices if choice not in told])
                pending.append((tuple(told.values()), met, types, left, True, asks))
                continue
            may_tell = told is not None
        if len(open_choices) > FEW_CHOICES and not clashing:
            if types & OBJECT and types != OBJECT:
                # What is said of objects decides nothing while the value may be of another type.
                pending.append(((), met, types & ~OBJECT, open_choices, may_tell, asks))
                pending.append(((), met, OBJECT, open_choices, may_tell, asks))
                continue
            if asks and any(_says_what(part) for part in met[fresh:]):
                decided, left = _decided(open_choices, met, types)
                if decided:
                    pending.append((decided, met, types, left, may_tell, _VAIN))
                    continue
                asks -= 1
        choice = _narrowest(open_choices, met, types)
        if choice is None:
            results.append(tuple([part for part in met if part.types != EVERY_TYPE or part.constrained & ~IN_PLACE]))
            continue
        if len(met) > 1 and len(met) > fresh and not clashing and clash((*met, _of_types(types)), fresh):
            continue
        others = tuple([other for other in open_choices if other is not choice])
        for branch in reversed(choice):
            if branch.types & types:
                pending.append(((branch,), met, types, others, may_tell, asks))
    return results


def _met(
    waiting: Conjunction, met: Conjunction, types: int, open_choices: tuple[Choice, ...]
) -> tuple[Conjunction, int, tuple[Choice, ...]] | None:
    """Take up what is waiting, with all that it refers to; None where no type is left."""
    known = set(met)
    while waiting:
        part = waiting[0]
        waiting = waiting[1:]
        if part in known or part is ANYTHING:
            continue
        types &= part.types
        if not types:
            return None
        known.add(part)
        met = (*met, part)
        if len(met) > MAX_CONJUNCTS:
            raise LimitExceededError(f"{MAX_CONJUNCTS} conjuncts for one value", part.pointer)
        if part.constrained & IN_PLACE:
            for choice in choices_of(part):
                if len(choice) == 1:
                    waiting = choice + waiting
                elif ANYTHING not in choice and choice not in open_choices:
                    open_choices = (*open_choices, choice)
    return met, types, open_choices


def _decided(open_choices: tuple[Choice, ...], met: Conjunction, types: int) -> tuple[Conjunction, tuple[Choice, ...]]:
    """The only branches that are left of some choices, and the other choices."""
    said = [_of_types(types)]
    required: set[str] = set()
    for part in met:
        if _says_what(part) or not required.issuperset(part.required):
            said.append(part)
            required.update(part.required)
    branches: list[Subschema] = []
    others: list[Choice] = []
    for choice in open_choices:
        left = [
            branch for branch in choice if branch.types & types and not clash([*said, *flattened((branch,))], len(said))
        ]
        if len(left) == 1:
            branches.append(left[0])
        else:
            others.append(choice)
    return tuple(branches), tuple(others)


@functools.cache
def _of_types(types: int) -> Subschema:
    part = Subschema()
    part.types = types
    return part


def _says_what(part: Subschema) -> bool:
    """Whether a part says what its value or a property is, and not what it isn't, as do the many that a long list of
    conditions leaves.
    """
    if part.is_negation:
        return False
    return part.enumeration is not None or any(not child.is_negation for child in (part.properties or {}).values())


def _narrowest(open_choices: tuple[Choice, ...], met: Conjunction, types: int) -> Choice | None:
    """The choice with the fewest branches of a type that is left; None where all that there are have been made."""
    narrowest: Choice | None = None
    fewest = 0
    known = set(met)
    for choice in open_choices:
        left = 0
        for branch in choice:
            if branch in known:
                break
            if branch.types & types:
                left += 1
        else:
            if narrowest is None or left < fewest:
                narrowest, fewest = choice, left
    return narrowest

"""Whether terms have a value: a least fixpoint over all that an inhabitant could need.

What could only be built from itself is empty. Most terms are settled at a glance; for others the terms that are needed
are gathered, then inhabitants spread from what needs nothing.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from structgen.regex.charset import CharSet
from structgen.schema.completion import has_object
from structgen.schema.item_search import has_array
from structgen.schema.shapes import ArrayShape, ObjectShape
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
from structgen.schema.terms import Term

__all__ = ["decide", "is_combined"]

_SIGHT: Final = 3
"""Levels that `_surely_inhabited` looks down; deeper needs are worked out."""


def decide(root: Term) -> None:
    """Settle the emptiness of the root and of every term that its verdict may depend on.

    Raises
    ------
    LimitExceededError
        The search for a member of some shape passed its bound. No verdict is noted.
    """
    if len(root.parts) == 1 and _surely_inhabited(root.parts[0], _SIGHT):
        root.empty = False
    else:
        _Fixpoint(root).settle()


def is_combined(shape: ArrayShape | ObjectShape) -> bool:
    """Whether the members of a shape depend on more than on each required child by itself."""
    if isinstance(shape, ObjectShape):
        return bool(shape.duties) or shape.min_properties > 0
    return bool(shape.counts) or shape.repeated or (shape.unique and shape.min_items > 1)


def _surely_inhabited(part: Subschema, sight: int) -> bool:
    """Whether one subschema by itself has a value, as far as can be seen without building anything.

    Most subschemas of most documents are settled here, in a microsecond; False says nothing.
    """
    if part.table is not None and part.table.characters is not CharSet.ANY:
        return False
    types, constrained = part.types, part.constrained
    if constrained & IN_PLACE:
        if constrained != IN_PLACE or types != EVERY_TYPE or len(part.choices) != 1 or part.deferred or not sight:
            return False
        return any(_surely_inhabited(branch, sight - 1) for branch in part.choices[0])
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
    if not types & NUMBER or part.divisors or part.number is not None:
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
        if child is not None and not _surely_inhabited(child, sight - 1):
            return False
    return True


def _is_wide(low: Decimal, high: Decimal) -> bool:
    """Whether an integer is certain to lie between; only for numbers that decimal arithmetic adds exactly."""
    return low.adjusted() < 20 and high.adjusted() < 20 and low + 2 < high


def _needs(shape: ArrayShape | ObjectShape) -> set[Term]:
    """The terms that must have a value for a shape to have one that isn't combined."""
    if isinstance(shape, ObjectShape):
        return {term for name, term in shape.properties if name in shape.required}
    needed = set(shape.prefix[: shape.min_items])
    if shape.min_items > len(shape.prefix):
        needed.add(shape.rest)
    return needed


class _Fixpoint:
    """Inhabitants spread from what needs nothing (Dowling and Gallier's linear algorithm for Horn clauses).

    A combined shape is no clause: its search is run again whenever a term that it asked for turns out inhabited. What
    inhabitants never reach is empty, and every verdict is final, for all that was asked has been gathered.
    """

    def __init__(self, root: Term) -> None:
        self.gathered: set[Term] = {root}
        self.pending = [root]
        self.inhabited: list[Term] = []
        self.settled: set[Term] = set()
        self.missing: list[int] = []
        self.goals: list[Term] = []
        self.users: dict[Term, list[int]] = {}
        self.combined: list[tuple[Term, ArrayShape | ObjectShape]] = []
        self.askers: dict[Term, set[int]] = {}
        self.stale: dict[int, None] = {}
        self.asking = -1

    def settle(self) -> None:
        while self.pending or self.inhabited or self.stale:
            if self.pending:
                self._gather(self.pending.pop())
            elif self.inhabited:
                self._spread(self.inhabited.pop())
            else:
                self._search(next(iter(self.stale)))
        for term in self.gathered:
            term.empty = term not in self.settled

    def _need(self, term: Term) -> None:
        if term not in self.gathered:
            self.gathered.add(term)
            if term.empty is None:
                self.pending.append(term)
            elif not term.empty:
                self.inhabited.append(term)

    def _gather(self, term: Term) -> None:
        if len(term.parts) == 1 and _surely_inhabited(term.parts[0], _SIGHT):
            self.inhabited.append(term)
            return
        values = term.shapes()
        shapes: list[ArrayShape | ObjectShape] = [*values.arrays, *values.objects]
        clauses = [(shape, _needs(shape)) for shape in shapes if not is_combined(shape)]
        if values.has_scalars() or any(not needed for _, needed in clauses):
            self.inhabited.append(term)
            return
        for _, needed in clauses:
            if any(other.empty for other in needed):
                continue
            clause = len(self.goals)
            self.goals.append(term)
            self.missing.append(len(needed))
            for other in needed:
                self.users.setdefault(other, []).append(clause)
                self._need(other)
        for shape in shapes:
            if is_combined(shape):
                self.stale[len(self.combined)] = None
                self.combined.append((term, shape))

    def _spread(self, term: Term) -> None:
        if term in self.settled:
            return
        self.settled.add(term)
        for clause in self.users.get(term, ()):
            self.missing[clause] -= 1
            if not self.missing[clause]:
                self.inhabited.append(self.goals[clause])
        for asker in self.askers.get(term, ()):
            self.stale[asker] = None

    def _search(self, number: int) -> None:
        del self.stale[number]
        term, shape = self.combined[number]
        if term in self.settled:
            return
        self.asking = number
        found = (
            has_object(shape, self._is_known) if isinstance(shape, ObjectShape) else has_array(shape, self._is_known)
        )
        if found:
            self.inhabited.append(term)

    def _is_known(self, term: Term) -> bool:
        if term in self.settled or term.empty is False:
            return True
        if term.empty is None:
            self._need(term)
            self.askers.setdefault(term, set()).add(self.asking)
        return False

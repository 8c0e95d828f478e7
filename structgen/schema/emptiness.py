"""Whether terms have a value: a least fixpoint over what an inhabitant would need.

What could only be built from itself is empty. Most terms are settled at a glance. For others a shape that could have a
member is looked for, depth first: a discriminated union of fifty branches is inhabited once its first branch is.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from structgen.regex.charset import CharSet
from structgen.schema.completion import Known, has_object
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
        if child is not None and not _surely_inhabited(child, sight - 1):
            return False
    return True


def _is_wide(low: Decimal, high: Decimal) -> bool:
    """Whether an integer is certain to lie between; only for numbers that decimal arithmetic adds exactly."""
    return low.adjusted() < 20 and high.adjusted() < 20 and low + 2 < high


def _is_possible(shape: ArrayShape | ObjectShape, known: Known) -> bool:
    if isinstance(shape, ObjectShape):
        if is_combined(shape):
            return has_object(shape, known)
        return all(known(term) for name, term in shape.properties if name in shape.required)
    if is_combined(shape):
        return has_array(shape, known)
    if shape.min_items > len(shape.prefix) and not known(shape.rest):
        return False
    return all(known(term) for term in shape.prefix[: shape.min_items])


class _Unexplored(Exception):
    """A search asked for a term that nothing is known of yet."""


class _Fixpoint:
    """Inhabitants spread from what needs nothing, as far as the root's verdict asks for it.

    The agenda is a stack: what a search misses is explored first, then the search is run again. A search that fails
    with all that is known waits for the terms that it asked for, one of which may turn out inhabited later. What
    inhabitants have not reached when the agenda is empty is empty, and so is all that it waits for.
    """

    def __init__(self, root: Term) -> None:
        self.root = root
        self.explored: set[Term] = set()
        self.inhabited: set[Term] = set()
        self.searches: list[tuple[Term, ArrayShape | ObjectShape]] = []
        self.waiting: dict[Term, dict[int, None]] = {}
        self.agenda: list[int | Term] = [root]
        self.running = -1
        self.missed: Term | None = None

    def settle(self) -> None:
        while self.agenda:
            entry = self.agenda.pop()
            if isinstance(entry, Term):
                self._explore(entry)
            else:
                self._search(entry)
            if self.root in self.inhabited:
                break
        for term in self.inhabited:
            term.empty = False
        if self.root not in self.inhabited:
            for term in self.explored - self.inhabited:
                term.empty = True

    def _explore(self, term: Term) -> None:
        if term in self.explored:
            return
        self.explored.add(term)
        if len(term.parts) == 1 and _surely_inhabited(term.parts[0], _SIGHT):
            self._settle_inhabited(term)
            return
        values = term.shapes()
        if values.has_scalars():
            self._settle_inhabited(term)
            return
        shapes: list[ArrayShape | ObjectShape] = [*values.arrays, *values.objects]
        # The last one on the agenda is run first: what is simple, in the order of the schema.
        shapes.sort(key=is_combined)
        for shape in reversed(shapes):
            self.agenda.append(len(self.searches))
            self.searches.append((term, shape))

    def _search(self, number: int) -> None:
        term, shape = self.searches[number]
        if term in self.inhabited:
            return
        self.running = number
        try:
            is_possible = _is_possible(shape, self._is_known)
        except _Unexplored:
            assert self.missed is not None
            self.agenda += (number, self.missed)
            return
        if is_possible:
            self._settle_inhabited(term)

    def _settle_inhabited(self, term: Term) -> None:
        self.inhabited.add(term)
        self.agenda += self.waiting.pop(term, ())

    def _is_known(self, term: Term) -> bool:
        if term in self.inhabited or term.empty is False:
            return True
        if term.empty is None:
            if term not in self.explored:
                self.missed = term
                raise _Unexplored
            self.waiting.setdefault(term, {})[self.running] = None
        return False

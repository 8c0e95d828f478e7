"""Whether terms have a value: a least fixpoint over what an inhabitant would need.

What could only be built from itself is empty. Most terms are settled at a glance. For others a shape that could have a
member is looked for, depth first: a discriminated union of fifty branches is inhabited once its first branch is.
"""

from __future__ import annotations

from structgen.schema.completion import Known, has_object
from structgen.schema.glance import surely_inhabited
from structgen.schema.item_search import has_array
from structgen.schema.shapes import ArrayShape, ObjectShape
from structgen.schema.terms import Term

__all__ = ["decide", "is_combined"]


def decide(root: Term) -> None:
    """Settle the emptiness of the root and of every term that its verdict may depend on.

    Raises
    ------
    LimitExceededError
        The search for a member of some shape passed its bound. No verdict is noted.
    """
    _Fixpoint(root).settle()


def is_combined(shape: ArrayShape | ObjectShape) -> bool:
    """Whether the members of a shape depend on more than on each required child by itself."""
    if isinstance(shape, ObjectShape):
        return bool(shape.duties) or shape.min_properties > 0
    return bool(shape.counts) or shape.repeated or (shape.unique and shape.min_items > 1)


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
        if len(term.parts) == 1 and surely_inhabited(term.parts[0]):
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

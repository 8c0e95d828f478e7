"""Whether different values can be chosen for all items of an array whose items must be unique."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from structgen.errors import LimitExceededError
from structgen.schema.endless import is_endless
from structgen.schema.enumeration import Enumeration
from structgen.schema.terms import Term

__all__ = ["has_distinct_choice"]

_MAX_EDGES: Final = 1_000_000


def has_distinct_choice(terms: Sequence[Term]) -> bool:
    """Whether there are pairwise different values, one of each term; the terms are known to have values.

    A maximum matching of items and values, by augmenting paths; a term with as many values as there are items can
    always be served last, and is left out.
    """
    wanted = len(terms)
    values: dict[Term, tuple[int, ...] | None] = {}
    narrow: list[tuple[int, ...]] = []
    times: dict[Term, int] = {}
    for term in terms:
        times[term] = times.get(term, 0) + 1
    enumeration = Enumeration(wanted - 1)
    for term, count in times.items():
        found = None if is_endless(term) else enumeration.all_of(term)
        values[term] = None if found is None else tuple(found)
        if found is not None and len(found) < count:
            return False
    for term in terms:
        keys = values[term]
        if keys is not None:
            narrow.append(keys)
    if sum([len(keys) for keys in narrow]) > _MAX_EDGES:
        raise LimitExceededError(f"{_MAX_EDGES} values of the items of one array of unique items", "more")
    if len({id(keys) for keys in narrow}) <= 1:
        return True
    narrow.sort(key=len)
    holder: dict[int, int] = {}
    return all(_augment(narrow, holder, index) for index in range(len(narrow)))


def _augment(narrow: list[tuple[int, ...]], holder: dict[int, int], start: int) -> bool:
    """Give the item a value, moving others to further values of theirs where need be."""
    came_from: dict[int, tuple[int, int | None]] = {}
    pending: list[tuple[int, int | None]] = [(start, None)]
    while pending:
        item, held = pending.pop()
        for value in narrow[item]:
            if value in came_from:
                continue
            came_from[value] = (item, held)
            if value not in holder:
                at: int | None = value
                while at is not None:
                    item, at_before = came_from[at]
                    holder[at] = item
                    at = at_before
                return True
            pending.append((holder[value], value))
    return False

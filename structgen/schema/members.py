"""Terms of few values, and terms less or with some values alone.

Values are Python's for JSON; those that are found have numbers as ``int`` or ``Decimal``.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import Any, NamedTuple

from structgen.regex.charset import CharSet
from structgen.schema.constants import listing
from structgen.schema.endless import is_endless
from structgen.schema.enumeration import Enumeration, texts
from structgen.schema.subschemas import Conjunctions
from structgen.schema.terms import FALSE, Term, both, conjunction, excluding
from structgen.schema.values import equality_key, is_member

__all__ = ["equality_key", "is_member", "members", "only", "texts", "without"]


def without(term: Term, values: tuple[Any, ...]) -> Term:
    """The term less these values."""
    return both(term, excluding(_listed(term, values))) if values else term


def only(term: Term, values: tuple[Any, ...]) -> Term:
    """What the term has among these values."""
    return both(term, _listed(term, values)) if values else FALSE


def _listed(term: Term, values: tuple[Any, ...]) -> Term:
    """The term of these values, one object for equal ones in each document."""
    table = next((part.table for part in term.parts if part.table is not None), None)
    keys = frozenset([equality_key(value) for value in values])
    if table is None:
        return _listed_anywhere(_Values(keys, values))
    found = table.listings.get(keys)
    if found is None:
        found = table.listings.setdefault(keys, conjunction((listing(values, table),)))
    return found


class _Values(NamedTuple):
    """Values, as equal as their keys are."""

    keys: frozenset[Hashable]
    values: tuple[Any, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Values) and self.keys == other.keys

    def __hash__(self) -> int:
        return hash(self.keys)


@lru_cache(maxsize=256)
def _listed_anywhere(values: _Values) -> Term:
    return conjunction((listing(values.values, Conjunctions(CharSet.ANY)),))


def members(term: Term, most: int) -> tuple[Any, ...] | None:
    """All values of a term; None where there are more than ``most``.

    Raises
    ------
    LimitExceededError
        Not settled by values that nest up to 32 deep, or among 20,000 arrays or objects of one shape.
    """
    found = None if is_endless(term) else Enumeration(most).all_of(term)
    return None if found is None else tuple(found.values())

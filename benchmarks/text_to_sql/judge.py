"""What became of a query: executed on the database, which it may read and not change, in bounded steps."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, Literal, TypeAlias

__all__ = ["OUTCOMES", "Outcome", "judged"]

Outcome: TypeAlias = Literal["right", "another result", "no such name", "another error", "unfinished"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("right", "another result", "no such name", "another error", "unfinished")
_STEPS: Final = 5_000_000
_NO_SUCH: Final = re.compile(r"no such (?:table|column|function)|no tables specified|ambiguous column name")
_READS: Final = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)


def judged(database: sqlite3.Connection, query: str, wanted: str, *, is_whole: bool = True) -> Outcome:
    """Compare the rows of a query with those of the wanted one; in their order where the wanted one says an order.

    A query that isn't whole was cut off by the budget, and is not executed.
    """
    if not is_whole:
        return "unfinished"
    try:
        found = _rows(database, query)
    except sqlite3.Error as error:
        return "no such name" if _NO_SUCH.search(str(error)) else "another error"
    rows = _rows(database, wanted)
    is_ordered = re.search(r"\border\s+by\b", wanted, re.IGNORECASE) is not None
    is_same = found == rows if is_ordered else Counter(found) == Counter(rows)
    return "right" if is_same else "another result"


def _rows(database: sqlite3.Connection, query: str) -> Sequence[tuple[Any, ...]]:
    steps = iter(range(_STEPS // 1000))
    database.set_progress_handler(lambda: next(steps, None) is None, 1000)
    database.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _READS else sqlite3.SQLITE_DENY)
    try:
        rows = database.execute(query).fetchall()
    finally:
        database.set_authorizer(None)
        database.set_progress_handler(None, 0)
    return [tuple(round(value, 6) if isinstance(value, float) else value for value in row) for row in rows]

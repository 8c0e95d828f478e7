"""Sorted tables of words, interned: equal tables are one object, which many slices share."""

from __future__ import annotations

import threading
import weakref
from typing import Final

__all__ = ["WordTable", "intern_words"]


class WordTable:
    """Distinct texts, sorted by code points; shared by the `Words` nodes that are its slices."""

    __slots__ = ("__weakref__", "max_length", "min_length", "texts")

    def __init__(self, texts: tuple[str, ...]) -> None:
        self.texts = texts
        lengths = [len(text) for text in texts]
        self.min_length = min(lengths)
        self.max_length = max(lengths)


_lock: Final = threading.Lock()
_tables: weakref.WeakValueDictionary[tuple[str, ...], WordTable] = weakref.WeakValueDictionary()


def intern_words(texts: tuple[str, ...]) -> WordTable:
    """The one table of these sorted, distinct texts."""
    found = _tables.get(texts)
    if found is None:
        with _lock:
            found = _tables.get(texts)
            if found is None:
                _tables[texts] = found = WordTable(texts)
    return found

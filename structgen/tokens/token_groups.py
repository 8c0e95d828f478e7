# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Groups of tokens that masks are put together from: the ids of each, and a bitmask beside where they are many."""

from __future__ import annotations

from typing import Any, Final

import cython
import numpy as np
from numpy.typing import NDArray

__all__ = ["TokenGroups"]

_MANY: Final = 256


@cython.cclass
class TokenGroups:
    """Groups by number. A bitmask has ``words`` words."""

    words: cython.int
    _begin: cython.int[::1]
    _ids: cython.int[::1]
    _count: cython.int
    _row_of: cython.int[::1]
    _rows: list[Any]
    _bits: cython.int[::1]

    def __init__(self, words: cython.int) -> None:
        self.words = words
        self._begin, self._ids, self._count = np.zeros(64, np.int32).data, np.zeros(1 << 12, np.int32).data, 0
        self._row_of, self._rows = np.full(64, -1, np.int32).data, []
        self._bits = (np.uint32(1) << np.arange(32, dtype=np.uint32)).view(np.int32).data

    def add(self, ids: cython.int[::1]) -> cython.int:
        """A new group of these ids."""
        number: cython.int = self._count
        begin: cython.int = self._begin[number]
        index: cython.int
        if number + 2 > self._begin.shape[0]:
            self._begin = np.concatenate([self._begin, np.zeros_like(self._begin)]).data
            self._row_of = np.concatenate([self._row_of, np.full_like(self._row_of, -1)]).data
        if ids.shape[0] >= _MANY:
            self._row_of[number] = len(self._rows)
            self._rows.append(self._bitmask(ids))
        else:
            while begin + ids.shape[0] > self._ids.shape[0]:
                self._ids = np.concatenate([self._ids, np.zeros_like(self._ids)]).data
            for index in range(ids.shape[0]):
                self._ids[begin + index] = ids[index]
            begin += ids.shape[0]
        self._begin[number + 1] = begin
        self._count = number + 1
        return number

    def add_row(self, row: NDArray[np.int32]) -> cython.int:
        """A new group of the tokens of a bitmask, which is kept."""
        number: cython.int = self.add(np.zeros(0, np.int32))
        self._row_of[number] = len(self._rows)
        self._rows.append(row)
        return number

    def write(self, number: cython.int, row: cython.int[::1]) -> cython.void:
        """Set the bits of a group's tokens."""
        index: cython.int
        if self._row_of[number] >= 0:
            bitmask: cython.int[::1] = self._rows[self._row_of[number]]
            for index in range(self.words):
                row[index] |= bitmask[index]
        for index in range(self._begin[number], self._begin[number + 1]):
            row[self._ids[index] >> 5] |= self._bits[self._ids[index] & 31]

    def _bitmask(self, ids: cython.int[::1]) -> NDArray[np.int32]:
        row: cython.int[::1] = np.zeros(self.words, np.int32)
        index: cython.int
        for index in range(ids.shape[0]):
            row[ids[index] >> 5] |= self._bits[ids[index] & 31]
        return np.asarray(row)

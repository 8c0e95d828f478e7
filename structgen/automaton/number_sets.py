# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Sets of small numbers, hash-consed: equal sets are one number, and 0 is the empty one.

Members lie in the order in which they came, so hashes don't depend on the order, and sets are compared by marks.
"""

from __future__ import annotations

import cython
import numpy as np

from structgen.automaton.pairs import PairTable

__all__ = ["NumberSets"]

_MULTIPLIER = cython.declare(cython.ulonglong, 0x9E3779B97F4A7C15)
_64_BITS = cython.declare(cython.ulonglong, 0xFFFFFFFFFFFFFFFF)  # what C cuts off, Python has to


@cython.cclass
class NumberSets:
    """Set s has the members ``pool[begin[s] : begin[s + 1]]``. A new one is gathered: ``clear``, ``add`` and
    ``add_set``, ``gathered``.
    """

    sets: cython.int
    size: cython.int
    begin: cython.int[::1]
    pool: cython.int[::1]
    _hashes: cython.ulonglong[::1]
    _slots: cython.int[::1]
    _marks: cython.int[::1]
    _turn: cython.int
    _unions: PairTable

    def __init__(self) -> None:
        self.begin, self.pool = np.zeros(64, np.int32).data, np.zeros(256, np.int32).data
        self._hashes = np.zeros(64, np.uint64).data
        self._slots = np.zeros(128, np.int32).data
        self._marks, self._turn = np.zeros(256, np.int32).data, 0
        self._unions = PairTable()
        self.sets, self.size = 1, 0

    def clear(self) -> cython.void:
        """Gather anew."""
        self._turn += 1
        self.size = self.begin[self.sets]

    def add(self, number: cython.int) -> cython.void:
        """Gather a number."""
        while number >= self._marks.shape[0]:
            self._marks = np.concatenate([self._marks, np.zeros_like(self._marks)]).data
        if self._marks[number] == self._turn:
            return
        self._marks[number] = self._turn
        if self.size == self.pool.shape[0]:
            self.pool = np.concatenate([self.pool, np.zeros_like(self.pool)]).data
        self.pool[self.size] = number
        self.size += 1

    def add_set(self, one: cython.int) -> cython.void:
        """Gather the members of a set."""
        index: cython.int
        for index in range(self.begin[one], self.begin[one + 1]):
            self.add(self.pool[index])

    def gathered(self) -> cython.int:
        """The set of what has been gathered."""
        begin: cython.int = self.begin[self.sets]
        if self.size == begin:
            return 0
        mixed: cython.ulonglong = 0
        index: cython.int
        for index in range(begin, self.size):
            mixed = (mixed + self._mixed(self.pool[index])) & _64_BITS
        mask: cython.Py_ssize_t = self._slots.shape[0] - 1
        slot: cython.Py_ssize_t = (mixed >> 20) & mask
        while self._slots[slot]:
            if self._hashes[self._slots[slot]] == mixed and self._is_gathered(self._slots[slot]):
                return self._slots[slot]
            slot = (slot + 1) & mask
        if self.sets + 2 > self.begin.shape[0]:
            self.begin = np.concatenate([self.begin, np.zeros_like(self.begin)]).data
            self._hashes = np.concatenate([self._hashes, np.zeros_like(self._hashes)]).data
        number: cython.int = self.sets
        self._hashes[number] = mixed
        self.begin[number + 1] = self.size
        self.sets = number + 1
        self._slots[slot] = number
        if 2 * self.sets > self._slots.shape[0]:
            self._rehash()
        return number

    def unite(self, one: cython.int, other: cython.int) -> cython.int:
        """The union of two sets."""
        if one == other or other == 0:
            return one
        if one == 0:
            return other
        if one > other:
            one, other = other, one
        known: cython.int = self._unions.find(one, other)
        if known < 0:
            self.clear()
            self.add_set(one)
            self.add_set(other)
            known = self.gathered()
            self._unions.put(one, other, known)
        return known

    def members(self, one: cython.int) -> list[int]:
        """The members of a set."""
        return [self.pool[index] for index in range(self.begin[one], self.begin[one + 1])]

    def _mixed(self, number: cython.int) -> cython.ulonglong:
        mixed: cython.ulonglong = ((number + 1) * _MULTIPLIER) & _64_BITS
        mixed ^= mixed >> 29
        return (mixed * _MULTIPLIER) & _64_BITS

    def _is_gathered(self, one: cython.int) -> cython.bint:
        index: cython.int
        missing: cython.bint = self.begin[one + 1] - self.begin[one] != self.size - self.begin[self.sets]
        for index in range(self.begin[one], self.begin[one + 1]):
            missing = missing or self._marks[self.pool[index]] != self._turn
        return not missing

    def _rehash(self) -> cython.void:
        mask: cython.Py_ssize_t = 4 * self._slots.shape[0] - 1
        self._slots = np.zeros(mask + 1, np.int32).data
        number: cython.int
        slot: cython.Py_ssize_t
        for number in range(1, self.sets):
            slot = (self._hashes[number] >> 20) & mask
            while self._slots[slot]:
                slot = (slot + 1) & mask
            self._slots[slot] = number

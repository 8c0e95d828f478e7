# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Numbers by pairs of numbers: what a dictionary by tuples would be, without objects.

Slots are tried one after the other from the pair's own on, and at most half of them are in use.
"""

from __future__ import annotations

import cython
import numpy as np

__all__ = ["PairTable"]

_MULTIPLIER = cython.declare(cython.ulonglong, 0x9E3779B97F4A7C15)
_64_BITS = cython.declare(cython.ulonglong, 0xFFFFFFFFFFFFFFFF)  # what C cuts off, Python has to


@cython.cclass
class PairTable:
    """Maps pairs of numbers to numbers that are not negative. ``slots`` is a power of two, to begin with."""

    _first: cython.longlong[::1]
    _second: cython.longlong[::1]
    _value: cython.int[::1]
    _count: cython.Py_ssize_t

    def __init__(self, slots: cython.Py_ssize_t = 64) -> None:
        self._clear(slots)

    def find(self, first: cython.longlong, second: cython.longlong) -> cython.int:
        """The number of a pair, or -1."""
        return self._value[self._slot(first, second)]

    def put(self, first: cython.longlong, second: cython.longlong, value: cython.int) -> cython.void:
        """From now on ``find`` gives ``value``."""
        if 2 * self._count >= self._value.shape[0]:
            self._grow()
        slot: cython.Py_ssize_t = self._slot(first, second)
        if self._value[slot] < 0:
            self._count += 1
        self._first[slot] = first
        self._second[slot] = second
        self._value[slot] = value

    def _clear(self, slots: cython.Py_ssize_t) -> cython.void:
        self._first, self._second = np.empty(slots, np.int64).data, np.empty(slots, np.int64).data
        self._value = np.full(slots, -1, np.int32).data
        self._count = 0

    def _slot(self, first: cython.longlong, second: cython.longlong) -> cython.Py_ssize_t:
        mask: cython.Py_ssize_t = self._value.shape[0] - 1
        mixed: cython.ulonglong = (cython.cast(cython.ulonglong, first) * _MULTIPLIER) & _64_BITS
        mixed ^= mixed >> 29
        mixed = ((mixed ^ cython.cast(cython.ulonglong, second)) * _MULTIPLIER) & _64_BITS
        slot: cython.Py_ssize_t = (mixed >> 32) & mask
        while self._value[slot] >= 0 and (self._first[slot] != first or self._second[slot] != second):
            slot = (slot + 1) & mask
        return slot

    def _grow(self) -> cython.void:
        first: cython.longlong[::1] = self._first
        second: cython.longlong[::1] = self._second
        value: cython.int[::1] = self._value
        index: cython.Py_ssize_t
        slot: cython.Py_ssize_t
        count: cython.Py_ssize_t = self._count
        self._clear(2 * value.shape[0])
        for index in range(value.shape[0]):
            if value[index] >= 0:
                slot = self._slot(first[index], second[index])
                self._first[slot] = first[index]
                self._second[slot] = second[index]
                self._value[slot] = value[index]
        self._count = count

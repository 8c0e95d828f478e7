# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Persistent stacks, hash-consed: equal stacks are equal integers.

Stack 0 is empty; every other stack is a frame on top of a parent. So a fork shares everything and a rollback is an
index. The arrays have a fixed capacity and never move (see ``tables``); the hash index grows.
"""

from __future__ import annotations

from typing import Any

import cython
import numpy as np
from numpy.typing import NDArray

from structgen.automaton.memory import untouched
from structgen.errors import LimitExceededError

__all__ = ["Stacks"]

_MULTIPLIER = cython.declare(cython.ulonglong, 0x9E3779B97F4A7C15)
_64_BITS = cython.declare(cython.ulonglong, 0xFFFFFFFFFFFFFFFF)  # what C cuts off, Python has to


@cython.cclass
class Stacks:
    """At most ``capacity`` different stacks."""

    capacity: cython.int
    count: cython.int
    arrays: dict[str, NDArray[Any]]
    _parent: cython.int[::1]
    _frame: cython.int[::1]
    _depth: cython.int[::1]
    _slots: cython.int[::1]
    _mask: cython.uint

    def __init__(self, capacity: cython.int) -> None:
        self.capacity = capacity
        self.count = 1
        arrays: dict[str, NDArray[Any]] = {name: untouched(capacity) for name in ("parent", "frame", "depth")}
        self.arrays = arrays
        self._parent = arrays["parent"].data
        self._frame = arrays["frame"].data
        self._depth = arrays["depth"].data
        self._slots = np.zeros(1024, np.int32).data
        self._mask = 1023

    def push(self, parent: cython.int, frame: cython.int) -> int:
        """The stack of ``frame`` on top of ``parent``."""
        slot: cython.uint = self._slot(parent, frame)
        found: cython.int = self._slots[slot]
        if found:
            return found
        found = self.count
        if found >= self.capacity:
            raise LimitExceededError(f"{self.capacity} different stacks", f"{found} stacks")
        self._parent[found] = parent
        self._frame[found] = frame
        self._depth[found] = self._depth[parent] + 1
        self.count = found + 1
        self._slots[slot] = found
        if 2 * self.count > self._slots.shape[0]:
            self._grow()
        return found

    def truncated(self, stack: cython.int, frames: cython.int) -> int:
        """The stack of the top ``frames`` frames of ``stack`` alone; ``stack`` itself where it has no more."""
        if self._depth[stack] <= frames:
            return stack
        if frames == 0:
            return 0
        return self.push(self.truncated(self._parent[stack], frames - 1), self._frame[stack])

    def parent(self, stack: cython.int) -> int:
        return self._parent[stack]

    def frame(self, stack: cython.int) -> int:
        return self._frame[stack]

    def _slot(self, parent: cython.int, frame: cython.int) -> cython.uint:
        mixed: cython.ulonglong = (cython.cast(cython.ulonglong, parent) << 32) ^ cython.cast(cython.ulonglong, frame)
        mixed = (mixed * _MULTIPLIER) & _64_BITS
        slot: cython.uint = (mixed >> 32) & self._mask
        found: cython.int = self._slots[slot]
        while found and (self._parent[found] != parent or self._frame[found] != frame):
            slot = (slot + 1) & self._mask
            found = self._slots[slot]
        return slot

    def _grow(self) -> cython.void:
        size: cython.int = 2 * self._slots.shape[0]
        self._slots = np.zeros(size, np.int32).data
        self._mask = size - 1
        stack: cython.int
        for stack in range(1, self.count):
            self._slots[self._slot(self._parent[stack], self._frame[stack])] = stack

# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Ready masks: what each state allows, found again by the state or by as much of its stack as the mask depends on.

A mask is a base bitmask (or none), ids to take away and ids to add, so that a state with few tokens costs a few bytes
and a string in a new context costs its closers alone. Nine of ten new masks equal an older one, and are that one: to
touch new memory would cost more than to compare. The store is bounded in bytes; when it is full it starts empty again.
"""

from __future__ import annotations

from typing import Any, Final

import cython
import numpy as np
from cython.parallel import prange
from numpy.typing import NDArray

from structgen.automaton.memory import untouched

if cython.compiled:
    from cython.cimports.cpython.buffer import (
        Py_buffer,
        PyBUF_C_CONTIGUOUS,
        PyBUF_FORMAT,
        PyBUF_WRITABLE,
        PyBuffer_Release,
        PyObject_GetBuffer,
    )
    from cython.cimports.libc.string import memcpy

__all__ = ["MaskStore"]

_MAX_MASKS: Final = 1 << 20
_MULTIPLIER = cython.declare(cython.ulonglong, 0x9E3779B97F4A7C15)
_64_BITS = cython.declare(cython.ulonglong, 0xFFFFFFFFFFFFFFFF)  # what C cuts off, Python has to


@cython.cfunc
def _mixed(start: cython.ulonglong, numbers: cython.const[cython.int][::1]) -> cython.ulonglong:
    """A hash of the numbers in their order: of every fourth apart, since the next product waits for the last."""
    first: cython.ulonglong = start
    second: cython.ulonglong = start
    third: cython.ulonglong = start
    fourth: cython.ulonglong = start
    count: cython.Py_ssize_t = numbers.shape[0]
    index: cython.Py_ssize_t
    for index in range(0, count - 3, 4):
        first = _more_mixed(first, numbers[index])
        second = _more_mixed(second, numbers[index + 1])
        third = _more_mixed(third, numbers[index + 2])
        fourth = _more_mixed(fourth, numbers[index + 3])
    for index in range(count & ~3, count):
        first = _more_mixed(first, numbers[index])
    return _more_mixed(_more_mixed(_more_mixed(_more_mixed(first, second), third), fourth), count)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def _more_mixed(mixed: cython.ulonglong, number: cython.ulonglong) -> cython.ulonglong:
    mixed = ((mixed ^ number) * _MULTIPLIER) & _64_BITS
    return mixed ^ (mixed >> 29)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _first_word(row: cython.int[::1]) -> cython.p_int:
    """Where ``row`` begins; the row itself where there are no pointers."""
    if cython.compiled:
        return cython.address(row[0])
    return row


@cython.cclass
class MaskStore:
    """Masks by number, and the numbers of known states. ``max_bytes`` bounds the memory of both."""

    words: cython.int
    generation: cython.int
    max_ids: cython.Py_ssize_t
    max_rows: cython.int
    row_count: cython.int
    mask_count: cython.int
    id_count: cython.Py_ssize_t
    state_count: cython.int
    _bits: cython.int[::1]
    _rows: cython.int[:, ::1]
    _base: cython.int[::1]
    _is_whole: cython.uchar[::1]
    _scratch: cython.int[::1]
    _hashes: cython.ulonglong[::1]
    _same: cython.int[::1]
    _bounds: cython.longlong[:, ::1]
    _ids: cython.int[::1]
    _slot_state: cython.longlong[::1]
    _slot_mask: cython.int[::1]

    def __init__(self, words: cython.int, max_bytes: cython.longlong) -> None:
        self.words = words
        self.generation = 0
        self.max_rows = max(16, max_bytes // (2 * 4 * words))
        self.max_ids = max(1 << 16, max_bytes // 8)
        self._bits = (np.uint32(1) << np.arange(32, dtype=np.uint32)).view(np.int32).data
        self._rows = untouched((self.max_rows, words)).data
        self._ids = untouched(self.max_ids).data
        self._base = untouched(_MAX_MASKS).data
        self._is_whole = untouched(_MAX_MASKS, np.uint8).data  # 1 where the mask is its base, and found by its bits
        self._scratch = np.zeros(words, np.int32).data
        self._hashes = untouched(_MAX_MASKS, np.uint64).data
        self._bounds = untouched((_MAX_MASKS, 3), np.int64).data
        self.clear()

    def clear(self) -> None:
        """Forget all masks; the numbers given out so far are void, and ``generation`` goes up."""
        self.generation += 1
        self.row_count = 0
        self.mask_count = 0
        self.id_count = 0
        self.state_count = 0
        self._slot_state = np.full(4096, -1, np.int64).data
        self._slot_mask = np.zeros(4096, np.int32).data
        self._same = np.full(4096, -1, np.int32).data

    def has_room(self, ids: cython.Py_ssize_t, rows: cython.int) -> bool:
        """Whether a mask with so many ids, and so many new base rows, still fits."""
        return (
            self.mask_count < _MAX_MASKS
            and self.state_count < _MAX_MASKS
            and self.row_count + rows <= self.max_rows
            and self.id_count + ids <= self.max_ids
        )

    def add_row(self, ids: NDArray[np.int32]) -> int:
        """A new base bitmask of these ids."""
        numbers: cython.const[cython.int][::1] = ids
        row: cython.int = self.row_count
        index: cython.Py_ssize_t
        word: cython.Py_ssize_t
        for word in range(self.words):
            self._rows[row, word] = 0
        for index in range(numbers.shape[0]):
            self._rows[row, numbers[index] >> 5] |= self._bits[numbers[index] & 31]
        self.row_count = row + 1
        return row

    def add(self, base: cython.int, removed: NDArray[np.int32], added: NDArray[np.int32]) -> int:
        """The mask of the base row (-1: nothing), less ``removed``, plus ``added``; new where there is none.

        All ids of each array are different.
        """
        taken: cython.const[cython.int][::1] = removed.data
        given: cython.const[cython.int][::1] = added.data
        if base < 0 and given.shape[0] > self.words:
            return self._add_whole(self._bitmask(given))
        mixed: cython.ulonglong = _mixed(_mixed(_MULTIPLIER + base, taken), given)
        slots: cython.Py_ssize_t = self._same.shape[0] - 1
        slot: cython.Py_ssize_t = (mixed >> 40) & slots
        mask: cython.int
        while self._same[slot] >= 0:
            mask = self._same[slot]
            if self._hashes[mask] == mixed and self._is_same(mask, base, taken, given):
                return mask
            slot = (slot + 1) & slots
        mask = self.mask_count
        self._base[mask] = base
        self._is_whole[mask] = 0
        self._bounds[mask, 0] = self.id_count
        self._append(taken)
        self._bounds[mask, 1] = self.id_count
        self._append(given)
        self._bounds[mask, 2] = self.id_count
        self._hashes[mask] = mixed
        self._same[slot] = mask
        self.mask_count = mask + 1
        if 2 * self.mask_count >= self._same.shape[0]:
            self._rehash()
        return mask

    def add_bitmask(self, row: NDArray[np.int32]) -> int:
        """The mask of these ``words`` words; new where there is none."""
        return self._add_whole(row.data)

    def _bitmask(self, ids: cython.const[cython.int][::1]) -> cython.int[::1]:
        """The bitmask of these ids. It lasts until the next one is made."""
        bits: cython.int[::1] = self._scratch
        index: cython.Py_ssize_t
        for index in range(self.words):
            bits[index] = 0
        for index in range(ids.shape[0]):
            bits[ids[index] >> 5] |= self._bits[ids[index] & 31]
        return bits

    def _add_whole(self, bits: cython.const[cython.int][::1]) -> cython.int:
        mixed: cython.ulonglong = _mixed(_MULTIPLIER, bits)
        slots: cython.Py_ssize_t = self._same.shape[0] - 1
        slot: cython.Py_ssize_t = (mixed >> 40) & slots
        mask: cython.int
        while self._same[slot] >= 0:
            mask = self._same[slot]
            if self._hashes[mask] == mixed and self._is_whole[mask] and self._is_bitmask(mask, bits):
                return mask
            slot = (slot + 1) & slots
        mask = self.mask_count
        number: cython.int = self.row_count
        index: cython.Py_ssize_t
        for index in range(self.words):
            self._rows[number, index] = bits[index]
        self.row_count = number + 1
        self._base[mask] = number
        self._is_whole[mask] = 1
        self._bounds[mask, 0] = self._bounds[mask, 1] = self._bounds[mask, 2] = self.id_count
        self._hashes[mask] = mixed
        self._same[slot] = mask
        self.mask_count = mask + 1
        if 2 * self.mask_count >= self._same.shape[0]:
            self._rehash()
        return mask

    def _is_bitmask(self, mask: cython.int, bits: cython.const[cython.int][::1]) -> cython.bint:
        row: cython.int = self._base[mask]
        index: cython.Py_ssize_t
        is_same: cython.bint = True
        for index in range(self.words):
            is_same = is_same and self._rows[row, index] == bits[index]
        return is_same

    def _is_same(
        self,
        mask: cython.int,
        base: cython.int,
        taken: cython.const[cython.int][::1],
        given: cython.const[cython.int][::1],
    ) -> cython.bint:
        """Whether the mask consists of just these, in this order."""
        first: cython.longlong = self._bounds[mask, 0]
        middle: cython.longlong = self._bounds[mask, 1]
        if self._is_whole[mask] or self._base[mask] != base or middle - first != taken.shape[0]:
            return False
        if self._bounds[mask, 2] - middle != given.shape[0]:
            return False
        index: cython.Py_ssize_t
        difference: cython.int = 0
        for index in range(taken.shape[0]):
            difference |= self._ids[first + index] ^ taken[index]
        for index in range(given.shape[0]):
            difference |= self._ids[middle + index] ^ given[index]
        return difference == 0

    def _rehash(self) -> cython.void:
        slots: cython.Py_ssize_t = 2 * self._same.shape[0] - 1
        self._same = np.full(slots + 1, -1, np.int32).data
        slot: cython.Py_ssize_t
        mask: cython.int
        for mask in range(self.mask_count):
            slot = (self._hashes[mask] >> 40) & slots
            while self._same[slot] >= 0:
                slot = (slot + 1) & slots
            self._same[slot] = mask

    def find(self, state: cython.longlong) -> int:
        """The mask of a state, or -1."""
        slot: cython.Py_ssize_t = self._slot(state)
        return self._slot_mask[slot] if self._slot_state[slot] == state else -1

    def remember(self, state: cython.longlong, mask: cython.int) -> None:
        """From now on ``find(state)`` is ``mask``."""
        if 2 * self.state_count >= self._slot_state.shape[0]:
            self._grow()
        slot: cython.Py_ssize_t = self._slot(state)
        if self._slot_state[slot] != state:
            self.state_count += 1
        self._slot_mask[slot] = mask
        self._slot_state[slot] = state

    def write(self, mask: cython.int, row: cython.int[::1]) -> None:
        """Overwrite ``row``, of ``words`` words, with the mask."""
        if row.shape[0] != self.words:
            raise ValueError("wrong number of words")
        self._write(mask, _first_word(row))

    def write_known(self, state: cython.longlong, row: Any) -> bool:
        """``find`` and ``write`` in one; False, with ``row`` as it was, where the state is not known.

        Raises ValueError, TypeError or BufferError where ``row`` isn't a contiguous writable int32 array of ``words``
        words.
        """
        slot: cython.Py_ssize_t = self._slot(state)
        if self._slot_state[slot] != state:
            return False
        if cython.compiled:
            # A memoryview of Cython's would take as long as the copy.
            view = cython.declare(Py_buffer)
            PyObject_GetBuffer(row, cython.address(view), PyBUF_WRITABLE | PyBUF_FORMAT | PyBUF_C_CONTIGUOUS)
            is_bitmask: cython.bint = view.ndim == 1 and view.len == 4 * self.words and view.format[0] == b"i"
            is_bitmask = is_bitmask and view.format[1] == 0
            if is_bitmask:
                self._write(self._slot_mask[slot], cython.cast(cython.p_int, view.buf))
            PyBuffer_Release(cython.address(view))
        else:
            words = memoryview(row)
            is_bitmask = words.shape == (self.words,) and words.format == "i" and words.c_contiguous
            if is_bitmask:
                self._write(self._slot_mask[slot], words)
        if not is_bitmask:
            raise ValueError("not a bitmask")
        return True

    def write_many(
        self, states: cython.longlong[::1], rows: cython.int[:, ::1], known: cython.uchar[::1], threads: cython.int
    ) -> None:
        """Overwrite row i of ``rows`` with the mask of state i where that is known, and say so in ``known``.

        Runs on so many threads, without the GIL; nobody may change the store meanwhile.
        """
        if rows.shape[1] != self.words:
            raise ValueError("wrong number of words")
        index: cython.Py_ssize_t
        with cython.nogil:
            for index in prange(states.shape[0], schedule="static", num_threads=threads):
                known[index] = self._write_row(states[index], rows, index)

    def _write_row(self, state: cython.longlong, rows: cython.int[:, ::1], index: cython.Py_ssize_t) -> cython.uchar:
        slot: cython.Py_ssize_t = self._slot(state)
        if self._slot_state[slot] != state:
            return 0
        self._write(self._slot_mask[slot], _first_word(rows[index]))
        return 1

    def _write(self, mask: cython.int, row: cython.p_int) -> cython.void:
        base: cython.int = self._base[mask]
        index: cython.Py_ssize_t
        if base < 0:
            for index in range(self.words):
                row[index] = 0
        elif cython.compiled:
            memcpy(row, cython.address(self._rows[base, 0]), 4 * self.words)
        else:
            for index in range(self.words):
                row[index] = self._rows[base, index]
        number: cython.int
        for index in range(self._bounds[mask, 0], self._bounds[mask, 1]):
            number = self._ids[index]
            row[number >> 5] &= ~self._bits[number & 31]
        for index in range(self._bounds[mask, 1], self._bounds[mask, 2]):
            number = self._ids[index]
            row[number >> 5] |= self._bits[number & 31]

    def _append(self, numbers: cython.const[cython.int][::1]) -> cython.void:
        index: cython.Py_ssize_t
        for index in range(numbers.shape[0]):
            self._ids[self.id_count + index] = numbers[index]
        self.id_count += numbers.shape[0]

    def _slot(self, state: cython.longlong) -> cython.Py_ssize_t:
        mask: cython.Py_ssize_t = self._slot_state.shape[0] - 1
        mixed: cython.ulonglong = (cython.cast(cython.ulonglong, state) * _MULTIPLIER) & _64_BITS
        slot: cython.Py_ssize_t = (mixed >> 40) & mask
        while self._slot_state[slot] != -1 and self._slot_state[slot] != state:
            slot = (slot + 1) & mask
        return slot

    def _grow(self) -> cython.void:
        states: cython.longlong[::1] = self._slot_state
        masks: cython.int[::1] = self._slot_mask
        self._slot_state = np.full(2 * states.shape[0], -1, np.int64).data
        self._slot_mask = np.zeros(2 * states.shape[0], np.int32).data
        index: cython.Py_ssize_t
        slot: cython.Py_ssize_t
        for index in range(states.shape[0]):
            if states[index] != -1:
                slot = self._slot(states[index])
                self._slot_state[slot] = states[index]
                self._slot_mask[slot] = masks[index]

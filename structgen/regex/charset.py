"""Sets of Unicode scalar values as sorted, disjoint ranges, interned: equal sets are one object.

A surrogate is never a member, whatever the ranges that a set is built from. Operations are merges of two sorted tuples
and are memoised, since the states of one pattern combine the same few sets over and over.
"""

from __future__ import annotations

import threading
import weakref
from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

import cython

__all__ = ["MAX_CODE_POINT", "CharSet", "minterms"]

MAX_CODE_POINT: Final = 0x10FFFF
_SURROGATES: Final = (0xD800, 0xE000)
# Entries kept by each memo of this module; a full memo is emptied.
_MEMO_ENTRIES: Final = 8192

# Truth tables over (in left, in right): bit `left + 2 * right` is set where the result holds the character.
_OR: Final = 0b1110
_AND: Final = 0b1000
_MINUS: Final = 0b0010


def _merge(left: tuple[int, ...], right: tuple[int, ...], truth: int) -> tuple[int, ...]:
    """Combine two half-open bound lists; a bound is kept where the truth value changes."""
    out: list[int] = []
    i = j = state = inside = 0
    n, m = len(left), len(right)
    while i < n or j < m:
        bound = left[i] if j >= m or (i < n and left[i] <= right[j]) else right[j]
        if i < n and left[i] == bound:
            state ^= 1
            i += 1
        if j < m and right[j] == bound:
            state ^= 2
            j += 1
        now = truth >> state & 1
        if now != inside:
            out.append(bound)
            inside = now
    return tuple(out)


@cython.cclass
class _Constant:
    """A set that belongs to the class of sets, made once that is there."""

    __slots__ = ("charset",)

    charset: CharSet

    def __get__(self, instance: object, owner: object) -> CharSet:
        return self.charset


_ANY: Final = _Constant()
_NONE: Final = _Constant()


@cython.no_gc
@cython.cclass
class CharSet:
    """An immutable set of characters; interned, so equality is identity and hashing is cheap.

    ``bounds`` holds the ranges half-open and flat: ``bounds[0] <= c < bounds[1]``, ``bounds[2] <= c < bounds[3]``, and
    so on.
    """

    __slots__ = ("__weakref__", "bounds")

    bounds: tuple[int, ...]
    ANY = _ANY
    NONE = _NONE

    @staticmethod
    def of_ranges(ranges: Iterable[tuple[int, int]]) -> CharSet:
        """The set of the inclusive ``ranges`` of code points, in any order, overlapping or not."""
        bounds: list[int] = []
        for low, high in sorted(ranges):
            if low < 0 or high > MAX_CODE_POINT or low > high:
                raise ValueError(f"not a range of code points: {low:#x} to {high:#x}")
            if bounds and low <= bounds[-1]:
                bounds[-1] = max(bounds[-1], high + 1)
            else:
                bounds += (low, high + 1)
        if bounds and bounds[-1] > 0xD800:
            return _intern(_merge(tuple(bounds), _SURROGATES, _MINUS))
        return _intern(tuple(bounds))

    @staticmethod
    def of_code(code: int) -> CharSet:
        """The set of one character, by its code point."""
        found = _singles.get(code)
        if found is None:
            found = CharSet.of_ranges([(code, code)])
            if len(_singles) >= _MEMO_ENTRIES:
                _singles.clear()
            _singles[code] = found
        return found

    @staticmethod
    def of_text(characters: Iterable[str]) -> CharSet:
        """The set of the characters of a text."""
        return CharSet.of_ranges((ord(c), ord(c)) for c in characters)

    @property
    def ranges(self) -> tuple[tuple[int, int], ...]:
        """The inclusive ranges, ascending."""
        bounds = self.bounds
        return tuple((bounds[i], bounds[i + 1] - 1) for i in range(0, len(bounds), 2))

    def _combined(self, other: CharSet, truth: int) -> CharSet:
        key = (self, other, truth)
        found = _operations.get(key)
        if found is None:
            found = _intern(_merge(self.bounds, other.bounds, truth))
            if len(_operations) >= _MEMO_ENTRIES:
                _operations.clear()
            _operations[key] = found
        return found

    def __or__(self, other: CharSet) -> CharSet:
        return self if self is other else self._combined(other, _OR)

    def __and__(self, other: CharSet) -> CharSet:
        return self if self is other else self._combined(other, _AND)

    def __sub__(self, other: CharSet) -> CharSet:
        return self._combined(other, _MINUS)

    def __invert__(self) -> CharSet:
        return CharSet.ANY._combined(self, _MINUS)

    def __contains__(self, character: str | int) -> bool:
        code = ord(character) if isinstance(character, str) else character
        return bool(bisect_right(self.bounds, code) & 1)

    def __bool__(self) -> bool:
        return bool(self.bounds)

    def __len__(self) -> int:
        bounds = self.bounds
        return sum(bounds[i + 1] - bounds[i] for i in range(0, len(bounds), 2))

    def representative(self) -> str:
        """One member: an ASCII letter if there is one, else a digit, else a printable character, else the lowest."""
        bounds = self.bounds
        for start, stop in ((0x61, 0x7B), (0x41, 0x5B), (0x30, 0x3A), (0x20, 0x7F), (0xA1, 0xD800)):
            at = bisect_right(bounds, start)
            if at & 1:
                return chr(start)
            if at < len(bounds) and bounds[at] < stop:
                return chr(bounds[at])
        return chr(bounds[0])

    def __repr__(self) -> str:
        shown = ",".join(f"{a:x}" if a == b else f"{a:x}-{b:x}" for a, b in self.ranges[:8])
        return f"CharSet({shown}{',…' if len(self.bounds) > 16 else ''})"


_interned: weakref.WeakValueDictionary[tuple[int, ...], CharSet] = weakref.WeakValueDictionary()
_lock: Final = threading.Lock()
_singles: dict[int, CharSet] = {}
_operations: dict[tuple[CharSet, CharSet, int], CharSet] = {}


def _intern(bounds: tuple[int, ...]) -> CharSet:
    found = _interned.get(bounds)
    if found is None:
        with _lock:
            found = _interned.get(bounds)
            if found is None:
                found = CharSet.__new__(CharSet)
                found.bounds = bounds
                _interned[bounds] = found
    return found


_NONE.charset = _intern(())
_ANY.charset = _intern((0, 0xD800, 0xE000, MAX_CODE_POINT + 1))

Minterms = tuple[tuple[CharSet, tuple[int, ...]], ...]
_minterms: dict[tuple[CharSet, ...], Minterms] = {}


def minterms(sets: tuple[CharSet, ...]) -> Minterms:
    """The coarsest partition of the union of ``sets`` that splits none of them, each part with the indices of its sets.

    Memoised. Costs O(n log n) in the number of ranges.
    """
    found = _minterms.get(sets)
    if found is None:
        distinct = tuple(dict.fromkeys(sets))
        # A union of hundreds of parts has few sets, each of which may have hundreds of ranges.
        found = _compute_minterms(sets) if len(distinct) == len(sets) else _spread(minterms(distinct), distinct, sets)
        if len(_minterms) >= _MEMO_ENTRIES:
            _minterms.clear()
        _minterms[sets] = found
    return found


def _spread(parts: Minterms, distinct: tuple[CharSet, ...], sets: tuple[CharSet, ...]) -> Minterms:
    """The minterms of ``sets`` from those of the different ones among them."""
    places: dict[CharSet, list[int]] = {charset: [] for charset in distinct}
    for index, charset in enumerate(sets):
        places[charset].append(index)
    spread = []
    for charset, members in parts:
        found: list[int] = []
        for member in members:
            found += places[distinct[member]]
        found.sort()
        spread.append((charset, tuple(found)))
    return tuple(spread)


def _compute_minterms(sets: tuple[CharSet, ...]) -> Minterms:
    events = sorted((bound, index) for index, charset in enumerate(sets) for bound in charset.bounds)
    parts: dict[int, list[int]] = {}
    members = 0
    start = -1
    for bound, index in events:
        if bound != start:
            if members:
                parts.setdefault(members, []).extend((start, bound))
            start = bound
        members ^= 1 << index
    return tuple((_intern(tuple(bounds)), _bits(members)) for members, bounds in parts.items())


def _bits(mask: int) -> tuple[int, ...]:
    out = []
    while mask:
        low = mask & -mask
        out.append(low.bit_length() - 1)
        mask ^= low
    return tuple(out)

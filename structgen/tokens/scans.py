# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Single passes over the bitmask or the logits of a vocabulary, in the memory of the CPU, without a copy.

Right after a pass of the model nothing else is in the caches: what writes a temporary array of a logit or a bool for
each of 49k tokens takes 200 us and more for what takes 40 here.
"""

from __future__ import annotations

import cython

__all__ = ["allow", "find_largest", "forbid", "has_other", "sole_token", "write_minus_infinity"]

_MINUS_INFINITY = cython.declare(cython.uint, 0xFF800000)
_MINUS_INFINITY_BITS = cython.declare(cython.int, -0x800000)
_ONE = cython.declare(cython.uint, 1)
_32_BITS = cython.declare(cython.uint, 0xFFFFFFFF)


def allow(row: cython.uint[::1], tokens: cython.const[cython.int][::1]) -> None:
    """Let a bitmask, as uint32 words, allow these tokens, too."""
    index: cython.Py_ssize_t
    token: cython.int
    for index in range(tokens.shape[0]):
        token = cython.cast(cython.int, tokens[index])
        row[token >> 5] |= _ONE << (token & 31)


def forbid(row: cython.uint[::1], tokens: cython.const[cython.int][::1]) -> None:
    """Let a bitmask, as uint32 words, allow these tokens no longer."""
    index: cython.Py_ssize_t
    token: cython.int
    for index in range(tokens.shape[0]):
        token = cython.cast(cython.int, tokens[index])
        row[token >> 5] &= ~(_ONE << (token & 31)) & _32_BITS


def write_minus_infinity(floats: cython.uint[::1], words: cython.const[cython.int][::1]) -> None:
    """Write -inf wherever a bitmask has no bit.

    Parameters
    ----------
    floats : uint32 array of shape (n,)
        The bits of float32 numbers.
    words : int32 array of shape (ceil(n / 32),)
    """
    size: cython.Py_ssize_t = floats.shape[0]
    index: cython.Py_ssize_t
    place: cython.Py_ssize_t
    start: cython.Py_ssize_t
    word: cython.int
    kept: cython.uint
    for index in range(words.shape[0]):
        word = cython.cast(cython.int, words[index])
        start = 32 * index
        if word == 0:
            for place in range(start, min(start + 32, size)):
                floats[place] = _MINUS_INFINITY
        elif word != -1:
            for place in range(start, min(start + 32, size)):
                # All bits or none, without a branch that would be guessed wrong where masks are mixed.
                kept = (0 - ((word >> (place - start)) & 1)) & _32_BITS
                floats[place] = (floats[place] & kept) | (_MINUS_INFINITY & ~kept)


def find_largest(
    floats: cython.const[cython.float][::1],
    bits: cython.const[cython.int][::1],
    words: cython.const[cython.int][::1],
    most: cython.int,
    has_nan: cython.bint,
) -> list[int]:
    """Find the ``most`` largest numbers above -inf that a bitmask allows; return where they are, descending.

    Of equal ones the first come first. What is not a number counts as larger than all, and ends the search.

    Parameters
    ----------
    floats : float32 array of shape (n,)
    bits : the same memory as int32
    words : int32 array of shape (ceil(n / 32),), or empty where all are allowed
    has_nan : whether any of ``floats`` is not a number
    """
    size: cython.Py_ssize_t = floats.shape[0]
    start: cython.Py_ssize_t
    place: cython.Py_ssize_t
    at: cython.Py_ssize_t
    word: cython.int = -1
    bound: cython.float = -float("inf")  # type: ignore[name-defined]  # missing in the package's own stub
    least: cython.int = _order(_MINUS_INFINITY_BITS)
    found: list[int] = []
    for start in range(0, size, 32):
        if words.shape[0]:
            word = cython.cast(cython.int, words[start >> 5])
        if word == 0 or (start + 32 <= size and not has_nan and _highest(bits, start) <= least):
            continue
        for place in range(start, min(start + 32, size)):
            if floats[place] <= bound or (word >> (place - start)) & 1 == 0:
                continue
            if floats[place] != floats[place]:
                return [place]
            at = len(found)
            while at > 0 and floats[cython.cast(cython.Py_ssize_t, found[at - 1])] < floats[place]:
                at -= 1
            found.insert(at, place)
            if len(found) > most:
                found.pop()
            if len(found) == most:
                at = found[most - 1]
                bound = floats[at]
                least = _order(cython.cast(cython.int, bits[at]))
    return found


@cython.cfunc
@cython.inline
def _order(number: cython.int) -> cython.int:
    """Integers in the order of the float32 numbers of these bits."""
    return number ^ ((number >> 31) & 0x7FFFFFFF)


@cython.cfunc
@cython.inline
def _highest(bits: cython.const[cython.int][::1], start: cython.Py_ssize_t) -> cython.int:
    """The highest of 32 numbers, by ``_order``. Integers, without branches: several at a time."""
    place: cython.Py_ssize_t
    highest: cython.int = -0x80000000
    number: cython.int
    for place in range(32):
        number = cython.cast(cython.int, bits[start + place])
        number = number ^ ((number >> 31) & 0x7FFFFFFF)
        highest = max(number, highest)
    return highest


def sole_token(words: cython.const[cython.int][::1]) -> cython.int:
    """The token that a bitmask allows where it allows exactly one; else -1."""
    found: cython.int = -1
    index: cython.Py_ssize_t
    bit: cython.int
    word: cython.int
    for index in range(words.shape[0]):
        word = cython.cast(cython.int, words[index])
        if word != 0:
            if found >= 0:
                return -1
            bit = 0
            while (word >> bit) & 1 == 0:
                bit += 1
            if word != (-(1 << 31) if bit == 31 else 1 << bit):
                return -1
            found = 32 * index + bit
    return found


def has_other(words: cython.const[cython.int][::1], these: cython.const[cython.int][::1]) -> cython.bint:
    """Whether a bitmask allows a token that another, of the same length, doesn't."""
    others: cython.int = 0
    index: cython.Py_ssize_t
    for index in range(words.shape[0]):
        others |= words[index] & ~these[index]
    return others != 0

# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Single passes over the bitmask or the logits of a vocabulary, in the memory of the CPU, without a copy.

Right after a pass of the model nothing else is in the caches: what writes a temporary array of a logit or a bool for
each of 49k tokens takes 200 us and more for what takes 40 here.
"""

from __future__ import annotations

import cython

__all__ = ["allow", "find_largest", "forbid", "has_other", "sole_token", "write_minus_infinity"]

_MINUS_INFINITY = cython.declare(cython.uint, 0xFF800000)
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
    values: cython.float[::1],  # type: ignore[name-defined]  # missing in the package's own stub
    places: cython.longlong[::1],
) -> cython.int:
    """Find the largest numbers above -inf; return how many there are.

    Parameters
    ----------
    floats : float32 array of shape (n,)
    values, places : float32 and int64 arrays of shape (m,)
        Receive the m largest, descending, and where they are; of equal ones the first come first.
    """
    most: cython.int = values.shape[0]
    count: cython.int = 0
    at: cython.int
    index: cython.Py_ssize_t
    bound: cython.float = -float("inf")  # type: ignore[name-defined]
    for index in range(floats.shape[0]):
        if floats[index] > bound:
            at = count if count < most else most - 1
            while at > 0 and values[at - 1] < floats[index]:
                values[at] = values[at - 1]
                places[at] = places[at - 1]
                at -= 1
            values[at] = floats[index]
            places[at] = index
            if count < most:
                count += 1
            if count == most:
                bound = values[most - 1]
    return count


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

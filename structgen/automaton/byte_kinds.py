# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Kinds of bytes, as bits: what a walk knows of a whole subtree of a trie without looking into it.

A control that stays the same with all kinds of byte below a node stays it below that node. ASCII has kinds by what
patterns tell apart; longer characters of UTF-8 have that of their first byte, where the bytes that follow are right:
the blocks that hold whitespace are one kind, all others the other.
"""

from __future__ import annotations

from typing import Final

import cython
import numpy as np
from numpy.typing import NDArray

__all__ = ["KINDS", "LETTERS", "MIXED", "MIXED_RANGES", "NO_CHARACTER", "PLAIN", "PLAIN_RANGES", "kinds_below"]

NO_CHARACTER: Final = 1
"""A byte that is not UTF-8 where it stands."""
PLAIN: Final = 256
MIXED: Final = 512
LETTERS: Final = PLAIN | MIXED
"""Characters of several bytes."""

PLAIN_RANGES: Final = ((0xC0, 0xFFF), (0x4000, 0xD7FF), (0xE000, 0xEFFF), (0x10000, 0x10FFFF))
MIXED_RANGES: Final = ((0x80, 0xBF), (0x1000, 0x3FFF), (0xF000, 0xFFFF))

_MIXED_LEADS: Final = b"\xc2\xe1\xe2\xe3\xef"


def _kind_of(byte: int) -> int:
    if byte >= 0x80:
        return MIXED if byte in _MIXED_LEADS else PLAIN if 0xC2 <= byte <= 0xF4 else NO_CHARACTER
    character = chr(byte)
    if character.isalpha():
        return 2 if character.islower() else 4
    if character.isdigit():
        return 8
    if character in "_ ":
        return 16 if character == "_" else 32
    return 64 if byte < 0x20 or character in '"\\' else 128  # what JSON strings can't have as it is; all the rest


KINDS: Final = np.array([_kind_of(byte) for byte in range(256)], np.uint16)

# States of UTF-8: nothing has been read (0), or so many bytes have to follow (1 to 3). A first byte that not all second
# bytes may follow leads to a state of its own: the number, the second bytes, and how many then follow.
_WRONG = cython.declare(cython.int, 255)
_FIRST: Final = {0xE0: (4, 0xA0, 0xBF, 1), 0xED: (5, 0x80, 0x9F, 1), 0xF0: (6, 0x90, 0xBF, 2), 0xF4: (7, 0x80, 0x8F, 2)}


def _utf8() -> NDArray[np.uint8]:
    following = np.full((8, 256), _WRONG, np.uint8)
    following[0, :0x80] = 0
    following[0, 0xC2:0xE0] = 1
    following[0, 0xE0:0xF0] = 2
    following[0, 0xF0:0xF5] = 3
    for left in (1, 2, 3):
        following[left, 0x80:0xC0] = left - 1
    for first, (state, low, high, left) in _FIRST.items():
        following[0, first] = state
        following[state, low : high + 1] = left
    return following


_UTF8: Final = _utf8()


def kinds_below(
    byte: cython.const[cython.uchar][::1], subtree_end: cython.const[cython.int][::1], depth: cython.int[::1]
) -> NDArray[np.uint16]:
    """For each node of a trie in pre-order, the kinds of what its subtree has below it."""
    size: cython.int = byte.shape[0]
    own: cython.ushort[::1] = np.zeros(size, np.uint16)
    below = np.zeros(size, np.uint16)
    kinds: cython.ushort[::1] = below
    kind_of: cython.const[cython.ushort][::1] = KINDS
    following: cython.const[cython.uchar][:, ::1] = _UTF8
    states: cython.uchar[::1] = np.zeros(size + 1, np.uint8)  # by depth
    node: cython.int
    child: cython.int
    state: cython.int
    for node in range(1, size):
        state = states[depth[node] - 1]
        own[node] = kind_of[byte[node]] if state == 0 else 0
        state = following[state, byte[node]]
        if state == _WRONG:
            own[node] = NO_CHARACTER
            state = 0
        states[depth[node]] = state
    for node in range(size - 1, -1, -1):
        child = node + 1
        while child < subtree_end[node]:
            kinds[node] |= own[child] | kinds[child]
            child = subtree_end[child]
    return below

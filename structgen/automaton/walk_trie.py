# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""A trie of tokens as walks read it."""

from __future__ import annotations

from typing import Any

import cython
import numpy as np
from numpy.typing import NDArray

from structgen.automaton.byte_kinds import kinds_below

__all__ = ["WalkTrie"]


def _depths(subtree_end: NDArray[np.int32]) -> NDArray[np.int32]:
    """The depth of each node: the subtrees that are open there, the root's aside."""
    size = len(subtree_end)
    closed = np.bincount(subtree_end, minlength=size + 1)[:size]
    return (np.cumsum(1 - closed) - 1).astype(np.int32)


@cython.cclass
class WalkTrie:
    """A trie as walks read it: ``TokenTrie``'s arrays, with the root's children by byte.

    ``order`` holds the ids that are to be found.
    """

    size: cython.int
    arrays: dict[str, NDArray[Any]]
    byte: cython.const[cython.uchar][::1]
    subtree_end: cython.const[cython.int][::1]
    token_begin: cython.const[cython.int][::1]
    order: cython.const[cython.int][::1]
    depth: cython.int[::1]
    root: cython.int[::1]
    kinds_below: cython.ushort[::1]

    def __init__(self, arrays: dict[str, NDArray[Any]]) -> None:
        self.arrays = arrays
        self.depth = _depths(arrays["subtree_end"]).data
        self.byte = arrays["byte"].data
        self.subtree_end = arrays["subtree_end"].data
        self.token_begin = arrays["token_begin"].data
        self.order = arrays["order"].data
        self.size = self.byte.shape[0]
        self.root = np.zeros(256, np.int32).data
        node: cython.int = 1
        while node < self.size:
            self.root[self.byte[node]] = node
            node = self.subtree_end[node]
        self.kinds_below = kinds_below(self.byte, self.subtree_end, self.depth).data

    def find(self, node: cython.int, text: bytes) -> int:
        """The node that ``text`` leads to from ``node``; -1 for none."""
        byte: cython.int
        index: cython.int
        child: cython.int
        end: cython.int
        for index in range(len(text)):
            byte = text[index]
            child = node + 1
            end = self.subtree_end[node]
            if node == 0:
                child = self.root[byte] if self.root[byte] else end
            while child < end and self.byte[child] < byte:
                child = self.subtree_end[child]
            if child >= end or self.byte[child] != byte:
                return -1
            node = child
        return node

    def at(self, node: cython.int) -> NDArray[np.int32]:
        """The ids at ``node``."""
        return self.arrays["order"][self.token_begin[node] : self.token_begin[node + 1]]

    def under(self, node: cython.int) -> NDArray[np.int32]:
        """The ids in the subtree of ``node``."""
        return self.arrays["order"][self.token_begin[node] : self.token_begin[self.subtree_end[node]]]

    def depths(self) -> NDArray[np.int32]:
        """How many bytes lead to each node."""
        return np.asarray(self.depth)

    def end(self, node: cython.int) -> int:
        """The first node after the subtree of ``node``."""
        return self.subtree_end[node]

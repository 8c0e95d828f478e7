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

    ``nodes`` holds all that a walk asks of a node side by side, since the nodes that it meets are far from one another:

    * 0: the first node after its subtree,
    * 1: where its tokens begin in ``order``, up to where the next node's do,
    * 2: its byte, and the kinds of byte below it (``byte | kinds << 8``),
    * 3: its depth.

    ``order`` holds the ids that are to be found.
    """

    size: cython.int
    arrays: dict[str, NDArray[Any]]
    nodes: cython.int[:, ::1]
    order: cython.const[cython.int][::1]
    root: cython.int[::1]
    _inside: dict[bytes, NDArray[np.uint8]]

    def __init__(self, arrays: dict[str, NDArray[Any]]) -> None:
        self.arrays, self._inside = arrays, {}
        self.order = arrays["order"].data
        self.size = len(arrays["byte"])
        depth = _depths(arrays["subtree_end"])
        kinds = kinds_below(arrays["byte"], arrays["subtree_end"], depth)
        nodes = np.zeros((self.size + 1, 4), np.int32)
        nodes[:-1, 0] = arrays["subtree_end"]
        nodes[:, 1] = arrays["token_begin"]
        nodes[:-1, 2] = arrays["byte"].astype(np.int32) | kinds.astype(np.int32) << 8
        nodes[:-1, 3] = depth
        self.nodes = nodes.data
        self.root = np.zeros(256, np.int32).data
        node: cython.int = 1
        while node < self.size:
            self.root[self.nodes[node, 2] & 255] = node
            node = self.nodes[node, 0]

    def inside(self, wanted: bytes) -> NDArray[np.uint8]:
        """For each node whether one of these bytes, its own or below it, has another byte behind it; memoised."""
        found = self._inside.get(wanted)
        if found is None:
            end = self.arrays["subtree_end"]
            nodes = np.arange(self.size)
            is_wanted = np.isin(self.arrays["byte"], np.frombuffer(wanted, np.uint8)) & (end > nodes + 1)
            is_wanted[0] = False  # the root has no byte
            before = np.concatenate([[0], np.cumsum(is_wanted)])
            found = self._inside[wanted] = (before[end] > before[nodes]).astype(np.uint8)
        return found

    def find(self, node: cython.int, text: bytes) -> int:
        """The node that ``text`` leads to from ``node``; -1 for none."""
        byte: cython.int
        index: cython.int
        child: cython.int
        end: cython.int
        for index in range(len(text)):
            byte = text[index]
            child = node + 1
            end = self.nodes[node, 0]
            if node == 0:
                child = self.root[byte] if self.root[byte] else end
            while child < end and self.nodes[child, 2] & 255 < byte:
                child = self.nodes[child, 0]
            if child >= end or self.nodes[child, 2] & 255 != byte:
                return -1
            node = child
        return node

    def at(self, node: cython.int) -> NDArray[np.int32]:
        """The ids at ``node``."""
        return self.arrays["order"][self.nodes[node, 1] : self.nodes[node + 1, 1]]

    def under(self, node: cython.int) -> NDArray[np.int32]:
        """The ids in the subtree of ``node``."""
        return self.arrays["order"][self.nodes[node, 1] : self.nodes[self.nodes[node, 0], 1]]

    def depths(self) -> NDArray[np.int32]:
        """How many bytes lead to each node."""
        return np.ascontiguousarray(np.asarray(self.nodes)[:-1, 3])

    def end(self, node: cython.int) -> int:
        """The first node after the subtree of ``node``."""
        return self.nodes[node, 0]

"""What may stand at a site: names as a trie over bytes, and the class of bytes that continue a name.

Node 0 is the root. A name ends where a byte follows that can't continue it; that byte leaves the site. An answer never
changes, so that masks are kept for each of its nodes.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from structgen.errors import ArgumentError, LimitExceededError

__all__ = ["DEAD", "IDENTIFIER", "LEFT", "MAX_NAME_BYTES", "Answer"]

DEAD = -1
LEFT = -2
MAX_NAME_BYTES = 1 << 20
"""Bound on the bytes of all names of one answer."""
IDENTIFIER = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") | frozenset(range(128, 256))


class Answer:
    """The names that may stand at a site.

    Attributes
    ----------
    names : tuple of bytes
        Sorted, without repetition.
    edge_keys, edge_targets : int64 arrays
        Sorted ``node * 256 + byte``, and the node that each leads to.
    is_complete : bool array of shape (nodes,)
        Whether a name ends at the node.
    leaves : bool array of shape (2, 256)
        The bytes that leave the site: row 0 at its start, row 1 after a name.
    """

    def __init__(
        self,
        names: Iterable[str | bytes],
        *,
        continues: frozenset[int] = IDENTIFIER,
        skips: bytes = b"",
        exits: bytes = b"",
    ) -> None:
        """Build the trie.

        Parameters
        ----------
        names : str or bytes, none of them empty
        continues : bytes that continue a name; any other is its boundary
        skips : bytes that may precede the name
        exits : bytes that may stand in the name's place, and leave the site

        Raises
        ------
        ArgumentError
            A name is empty.
        LimitExceededError
            The names have more than ``MAX_NAME_BYTES`` bytes together.
        """
        self.names = tuple(sorted({name.encode() if isinstance(name, str) else name for name in names}))
        if b"" in self.names:
            raise ArgumentError("a name at a site can't be empty")
        total = sum(map(len, self.names))
        if total > MAX_NAME_BYTES:
            raise LimitExceededError(f"{MAX_NAME_BYTES} bytes of names at a site", f"{total} bytes")
        self.continues = continues
        self._children: list[dict[int, int]] = [dict.fromkeys(skips, 0)]
        complete = [False]
        for name in self.names:
            node = 0
            for byte in name:
                row = self._children[node]
                target = row.get(byte, 0)  # a name that begins with a skipped byte takes that byte for itself
                if target == 0:
                    target = row[byte] = len(complete)
                    self._children.append({})
                    complete.append(False)
                node = target
            complete[node] = True
        self.is_complete: NDArray[np.bool_] = np.array(complete)
        edges = sorted((node * 256 + byte, to) for node, row in enumerate(self._children) for byte, to in row.items())
        self.edge_keys = np.array([key for key, _ in edges], np.int64)
        self.edge_targets = np.array([target for _, target in edges], np.int64)
        self.leaves = np.zeros((2, 256), np.bool_)
        self.leaves[0, list(exits)] = True
        self.leaves[1] = [byte not in continues for byte in range(256)]

    def step(self, node: int, byte: int) -> int:
        """The node after ``byte``; LEFT where it ends the site, DEAD where it may not come."""
        target = self._children[node].get(byte)
        if target is not None:
            return target
        leaves = self.leaves[0, byte] if node == 0 else self.is_complete[node] and self.leaves[1, byte]
        return LEFT if leaves else DEAD

    def forced(self, node: int) -> bytes:
        """The bytes that every way to go on from ``node`` begins with."""
        run = bytearray()
        while not self.is_complete[node] and len(self._children[node]) == 1 and (node or not self.leaves[0].any()):
            ((byte, target),) = self._children[node].items()
            if target == node:
                break
            run.append(byte)
            node = target
        return bytes(run)

    def steps(
        self, nodes: NDArray[np.int64], given: NDArray[np.uint8]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
        """``step`` for many: the targets, which of them are nodes, and where the site is left."""
        keys = nodes * 256 + given
        places = np.minimum(np.searchsorted(self.edge_keys, keys), max(len(self.edge_keys) - 1, 0))
        found = self.edge_keys[places] == keys if len(self.edge_keys) else np.zeros(len(keys), np.bool_)
        targets = self.edge_targets[places] if len(self.edge_keys) else nodes
        at_root = nodes == 0
        left = np.where(at_root, self.leaves[0, given], self.is_complete[nodes] & self.leaves[1, given])
        return targets, found, left & ~found

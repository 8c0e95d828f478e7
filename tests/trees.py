"""Trees of tokens, by the parent of each node."""

from __future__ import annotations


def path(parents: list[int], node: int) -> list[int]:
    """The nodes that lead to a node, and it; none for what is before the tree, -1."""
    return [] if node < 0 else [*path(parents, parents[node]), node]

"""Trees of drafted tokens.

Node -1 is the root: the text so far. Every other node is a token that may follow its parent, which comes before it. No
node has two children with the same token. A drafter that drew its token says from which distribution; it is then bound
to the tree, since a choice among drawn tokens would change what verification gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from structgen.errors import ArgumentError

if TYPE_CHECKING:
    import torch

    from structgen.tokens.matcher import Matcher

__all__ = ["ROOT", "Distribution", "DraftTree"]

ROOT: Final = -1


@dataclass(frozen=True, slots=True)
class Distribution:
    """What a token was drawn from.

    Attributes
    ----------
    tokens : int64 tensor of shape (n,)
        Without repeats.
    probabilities : float64 tensor of shape (n,)
        They add up to 1.
    """

    tokens: torch.Tensor
    probabilities: torch.Tensor


class DraftTree:
    """Tokens that may come next, and what may follow each of them."""

    def __init__(self) -> None:
        self.tokens: list[int] = []
        self.parents: list[int] = []
        self.drafters: list[str] = []
        self.distributions: list[Distribution | None] = []
        self._children: dict[int, dict[int, int]] = {}

    def __len__(self) -> int:
        return len(self.tokens)

    def add(
        self,
        token: int,
        parent: int = ROOT,
        *,
        drafter: str = "",
        distribution: Distribution | None = None,
    ) -> int:
        """Add a token behind a node, or find it there; return its node.

        Siblings that were drawn must be added in the order of their draws, each from the same distribution without
        the ones before it (``distribution`` is that of the first draw).
        """
        if not ROOT <= parent < len(self.tokens):
            raise ArgumentError(f"there is no node {parent} in a tree of {len(self.tokens)}")
        siblings = self._children.setdefault(parent, {})
        node = siblings.get(token)
        if node is None:
            node = siblings[token] = len(self.tokens)
            self.tokens.append(token)
            self.parents.append(parent)
            self.drafters.append(drafter)
            self.distributions.append(distribution)
        return node

    def child(self, node: int, token: int) -> int | None:
        """The node of a token behind a node."""
        return self._children.get(node, {}).get(token)

    def children(self, node: int) -> list[int]:
        """The nodes behind a node, in the order in which they were added."""
        return list(self._children.get(node, {}).values())

    def add_chain(self, tokens: Sequence[int], parent: int = ROOT, *, drafter: str = "") -> int:
        """Add tokens one behind the other; return the last one's node."""
        for token in tokens:
            parent = self.add(token, parent, drafter=drafter)
        return parent

    def graft(self, tree: DraftTree, count: int, *, drafter: str | None = None) -> list[int]:
        """Add the first ``count`` nodes of a tree, by their own drafters or by this one; return where they are now.

        Each node's first child comes right behind it. The first child is the likeliest, so what a text keeps of a pass
        is mostly its beginning, and nothing needs to move.
        """
        nodes = [ROOT] * count
        waiting = [node for node in reversed(tree.children(ROOT)) if node < count]
        while waiting:
            node = waiting.pop()
            parent = tree.parents[node]
            nodes[node] = self.add(
                tree.tokens[node],
                ROOT if parent == ROOT else nodes[parent],
                drafter=tree.drafters[node] if drafter is None else drafter,
                distribution=tree.distributions[node],
            )
            waiting.extend(child for child in reversed(tree.children(node)) if child < count)
        return nodes

    def allowed_by(self, matcher: Matcher, budget: int, *, is_chain: bool = False) -> DraftTree:
        """Of the first ``budget`` nodes those that a matcher allows, behind parents that it allows.

        With ``is_chain`` only the first child of each node is looked at. What is left out never depends on the tokens,
        but for those that are not allowed.
        """
        tree = DraftTree()
        moved: dict[int, tuple[int, Matcher]] = {ROOT: (ROOT, matcher)}
        for node, token in enumerate(self.tokens[:budget]):
            parent = moved.get(self.parents[node])
            if parent is None or (is_chain and self.children(self.parents[node])[0] != node):
                continue
            own = parent[1].fork()
            if not own.accept_token(token) or own.is_terminated():
                continue
            added = tree.add(token, parent[0], drafter=self.drafters[node], distribution=self.distributions[node])
            moved[node] = added, own
        return tree

"""Best-first search for the draft tree of the most expected tokens.

All predictors look ahead from the same nodes. The likeliest path goes on first, so that a prefix of the nodes is the
best tree of its size, as far as the estimates are true. A token that the grammar refuses is left out the moment it is
met; then what the grammar forces there, or what others propose, takes its place, and drafts go on across it. So a
chance is that of a token that the grammar allows.

Source: Xiong et al., "DySpec: Faster Speculative Decoding with Dynamic Token Tree Structure", 2024 (greedy expansion).
"""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, Final

from structgen.speculation.acceptance import Acceptance
from structgen.speculation.tree import ROOT, DraftTree

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from structgen.speculation.drafter import Context, Predictor
    from structgen.tokens.matcher import Matcher

__all__ = ["Draft", "grow"]

_LEAST_CHANCE: Final = 0.03
"""Paths less likely than this are never worth their place in a pass."""


class Draft:
    """A tree in the order of its paths' chances, and what each node's candidates were.

    Attributes
    ----------
    tree : DraftTree
    chances : list of float
        Of each node: that all of its path is accepted. Descending.
    guesses : dict
        Of each node that was looked ahead from: its candidates' sorts and expectations, by token.
    """

    __slots__ = ("chances", "guesses", "tree")

    def __init__(self) -> None:
        self.tree = DraftTree()
        self.chances: list[float] = []
        self.guesses: dict[int, dict[int, list[tuple[Hashable, float]]]] = {}

    def learn(self, acceptance: Acceptance, node: int, token: int, mask: NDArray[np.int32]) -> None:
        """Count the candidates behind an accepted node that its mask allows; ``token`` turned out to follow it."""
        for candidate, sorts in self.guesses.get(node, {}).items():
            if int(mask[candidate >> 5]) >> (candidate & 31) & 1:
                for sort, expectation in sorts:
                    acceptance.learn(sort, expectation, candidate == token)


def grow(
    predictors: Sequence[Predictor[Any]],
    context: Context,
    matcher: Matcher,
    budget: int,
    acceptance: Acceptance | None = None,
    *,
    is_chain: bool = False,
) -> Draft:
    """Grow a tree of at most ``budget`` tokens from all predictors together; ``matcher`` stays where it is.

    With ``is_chain`` no token gets a sibling.
    """
    search = _Search(predictors, acceptance or Acceptance(), is_chain)
    search.look_ahead(ROOT, 1.0, matcher, [predictor.begin(context) for predictor in predictors])
    while search.heap and len(search.draft.tree) < budget:
        added = search.take_best()
        # What might follow the last one is of no use.
        if added is not None and len(search.draft.tree) < budget:
            search.look_ahead(*added)
    return search.draft


class _Search:
    def __init__(self, predictors: Sequence[Predictor[Any]], acceptance: Acceptance, is_chain: bool) -> None:
        self.predictors = predictors
        self.is_chain = is_chain
        self.acceptance = acceptance
        self.draft = Draft()
        self.heap: list[tuple[float, int, int, int, str]] = []
        self.count = 0
        self.nodes: dict[int, tuple[Matcher, list[Any]]] = {}

    def look_ahead(self, node: int, chance: float, matcher: Matcher, states: list[Any]) -> None:
        """Ask every predictor what may follow a node."""
        self.nodes[node] = matcher, states
        guesses: dict[int, list[tuple[Hashable, float]]] = {}
        best: dict[int, tuple[float, str]] = {}
        for predictor, state in zip(self.predictors, states, strict=True):
            for token, evidence in predictor.candidates(state, matcher):
                sort = predictor.name, evidence
                expectation = predictor.expectation(evidence)
                guesses.setdefault(token, []).append((sort, expectation))
                probability = self.acceptance.probability(sort, expectation)
                if token not in best or probability > best[token][0]:
                    best[token] = probability, predictor.name
        if guesses:
            self.draft.guesses[node] = guesses
        for token, (probability, name) in best.items():
            if chance * probability >= _LEAST_CHANCE:
                self.count += 1
                heapq.heappush(self.heap, (-chance * probability, self.count, node, token, name))

    def take_best(self) -> tuple[int, float, Matcher, list[Any]] | None:
        """Add the likeliest candidate to the tree, where the grammar allows it; return what it takes to look ahead from
        there."""
        negative, _, parent, token, name = heapq.heappop(self.heap)
        if self.is_chain and parent != len(self.draft.tree) - 1:
            return None
        matcher, states = self.nodes[parent]
        matcher = matcher.fork()
        if not matcher.accept_token(token) or matcher.is_terminated():
            return None
        node = self.draft.tree.add(token, parent, drafter=name)
        self.draft.chances.append(-negative)
        followed = [predictor.follow(state, token) for predictor, state in zip(self.predictors, states, strict=True)]
        return node, -negative, matcher, followed

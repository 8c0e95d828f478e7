"""The decoder less one of its ideas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import structgen
from structgen.speculation import Drafter, automatic_drafters
from structgen.speculation.costs import PassCosts
from structgen.speculation.drafter import Context, Predictor
from structgen.speculation.speculator import Speculator
from structgen.speculation.tree import ROOT, DraftTree

__all__ = ["Uncut", "without_controller"]

_ALWAYS: Final = 7
"""Tokens that are drafted each time where nothing decides how many."""


class _Fixed:
    """In a controller's place: always drafts, and always as much."""

    may_draft = True

    def __init__(self) -> None:
        self.costs = PassCosts()

    def sizes(self, pending: Sequence[int], chances: Sequence[Sequence[float]]) -> list[int]:
        return [min(_ALWAYS, len(row)) for row in chances]

    def settle(self, *_: Any, **__: Any) -> None:
        """Nothing is learned."""


def without_controller(target: Any) -> Speculator:
    """All drafters, and seven tokens of their tree in every pass."""
    speculator = Speculator(target, automatic_drafters())
    speculator._controller = _Fixed()  # type: ignore[assignment]
    return speculator


class Uncut(Drafter):
    """Drafts a chain without a look at the grammar: what that doesn't allow ends it, and nothing stands in for it."""

    name = "uncut"

    def __init__(self, drafters: Sequence[Drafter]) -> None:
        self._predictors: list[Predictor[Any]] = [one for one in drafters if isinstance(one, Predictor)]

    def propose(self, context: Context, matcher: Any, budget: int) -> DraftTree:
        free = structgen.compile(vocabulary=context.vocabulary, regex=r"[\s\S]*").matcher()
        states = [one.begin(context) for one in self._predictors]
        tree = DraftTree()
        node = ROOT
        while len(tree) < budget:
            candidates = [
                (one.expectation(evidence), token)
                for one, state in zip(self._predictors, states, strict=True)
                for token, evidence in one.candidates(state, free)
            ]
            if not candidates:
                break
            token = max(candidates)[1]
            node = tree.add(token, node, drafter=self.name)
            states = [one.follow(state, token) for one, state in zip(self._predictors, states, strict=True)]
        return tree

    def observe(self, context: Context, accepted: Any, states: Any, scores: Any) -> None:
        for one in self._predictors:
            one.observe(context, accepted, states, scores)

"""Drafts from tri-grams of everything that was read or written, with two tokens' or one token's memory.

A token that followed often is likely to follow again; one that was tried seldom may be likelier than it looks. So each
candidate's evidence is its share among what followed, raised by how little is known about it, and how well such
evidence does is learned.

Source: Liu et al., "Adaptive Draft-Verification for Efficient Large Language Model Decoding" (ADED), 2024: its adaptive
tri-gram matrix and its balance of exploration and exploitation (Auer et al., 2002); its tree search is ours of all
drafters.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, TypeVar
from weakref import WeakSet

from structgen.speculation.drafter import Context, Evidence, Predictor

if TYPE_CHECKING:
    from structgen.tokens.matcher import Matcher

__all__ = ["TrigramDrafter"]

Key = TypeVar("Key")

_MOST_CANDIDATES: Final = 3
_EXPLORATION: Final = 0.15
_LEVELS: Final = 5
"""Evidence is told apart in steps of a fifth."""

_MOST_ENTRIES: Final = 200_000
"""Bound on pairs of tokens that are remembered, about 60 MB; then the drafter starts anew."""


class _Followers:
    """What followed a context, and how often."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts: dict[int, int] = {}
        self.total = 0

    def add(self, token: int) -> None:
        self.counts[token] = self.counts.get(token, 0) + 1
        self.total += 1

    def best(self) -> list[tuple[float, int]]:
        """The candidates with the highest scores, best first: a share, raised where little is known."""
        curiosity = _EXPLORATION * math.sqrt(math.log(1 + self.total))
        scored = [
            (min(count / (self.total + 1) + curiosity / (1 + count), 0.999), token)
            for token, count in self.counts.items()
        ]
        return sorted(scored, reverse=True)[:_MOST_CANDIDATES]


class TrigramDrafter(Predictor[tuple[int, int]]):
    """Continues as the last two tokens, or the last one, were continued before."""

    name = "trigram"

    def __init__(self) -> None:
        self._pairs: dict[tuple[int, int], _Followers] = {}
        self._singles: dict[int, _Followers] = {}
        self._read: WeakSet[Context] = WeakSet()

    def begin(self, context: Context) -> tuple[int, int]:
        if context not in self._read:
            self._read.add(context)
            for text in (*context.examples, context.prompt):
                self._learn(text, 0)
        tokens = context.tokens if len(context.tokens) > 1 else [*context.prompt[-2:], *context.tokens]
        return tokens[-2] if len(tokens) > 1 else -1, tokens[-1]

    def candidates(self, state: tuple[int, int], matcher: Matcher) -> Iterable[tuple[int, Evidence]]:
        followers, order = self._pairs.get(state), 2
        if followers is None:
            followers, order = self._singles.get(state[1]), 1
            if followers is None:
                return []
        return [(token, (order, int(score * _LEVELS), rank)) for rank, (score, token) in enumerate(followers.best())]

    def follow(self, state: tuple[int, int], token: int) -> tuple[int, int]:
        return state[1], token

    def expectation(self, evidence: Evidence) -> float:
        order, level, rank = evidence
        return float((0.3 if order == 2 else 0.15) * (1 + level / 2) / (1 + rank))

    def observe(
        self,
        context: Context,
        accepted: Sequence[int],
        states: Sequence[int],
        scores: object = None,
    ) -> None:
        tokens = context.tokens
        start = len(tokens) - len(accepted)
        before = [*context.prompt[-2:], *tokens[:start]] if start < 2 else tokens[start - 2 : start]
        before = before[-2:]
        self._learn([*before, *accepted], len(before))

    def _learn(self, tokens: Sequence[int], first: int) -> None:
        """Count the tokens from ``first`` on."""
        if len(self._pairs) > _MOST_ENTRIES:
            self._pairs.clear()
            self._singles.clear()
        for at in range(max(first, 1), len(tokens)):
            token = tokens[at]
            _followers(self._singles, tokens[at - 1]).add(token)
            if at > 1:
                _followers(self._pairs, (tokens[at - 2], tokens[at - 1])).add(token)


def _followers(table: dict[Key, _Followers], key: Key) -> _Followers:
    found = table.get(key)
    if found is None:
        found = table[key] = _Followers()
    return found

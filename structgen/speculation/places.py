"""Drafts of what stood before at the same place of the specification.

An automaton's state says where a text is: behind which key, in which item's field, how far into an enum's value. Texts
of one schema differ little at many of its places: the same enum values, the same order of optional keys, the same
units. So what followed a state and the token before it is a draft, over all rows and calls that this drafter serves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from structgen.speculation.drafter import Context, Evidence, Predictor

if TYPE_CHECKING:
    from structgen.tokens.matcher import Matcher

__all__ = ["PlaceDrafter"]

_MOST_CANDIDATES: Final = 2
_LEVELS: Final = 4
_MOST_PLACES: Final = 200_000
"""Bound on places that are remembered, about 60 MB; then the drafter starts anew."""


class PlaceDrafter(Predictor[int]):
    """Continues as texts of the same specification went on at the same place."""

    name = "places"

    def __init__(self) -> None:
        self._places: dict[tuple[int, int], dict[int, int]] = {}

    def begin(self, context: Context) -> int:
        return context.last

    def candidates(self, state: int, matcher: Matcher) -> Iterable[tuple[int, Evidence]]:
        counts = self._places.get((matcher.state, state))
        if not counts:
            return []
        total = sum(counts.values())
        best = sorted(counts.items(), key=lambda entry: -entry[1])[:_MOST_CANDIDATES]
        return [(token, (min(total, 4), _LEVELS * count // total, rank)) for rank, (token, count) in enumerate(best)]

    def follow(self, state: int, token: int) -> int:
        return token

    def expectation(self, evidence: Evidence) -> float:
        total, level, rank = evidence
        return float((0.35 + 0.1 * total) * (1 + level) / (1 + _LEVELS) / (1 + rank))

    def observe(
        self,
        context: Context,
        accepted: Sequence[int],
        states: Sequence[int],
        scores: object = None,
    ) -> None:
        if len(self._places) > _MOST_PLACES:
            self._places.clear()
        for last, state, token in zip(context.before(len(accepted)), states, accepted, strict=True):
            counts = self._places.setdefault((state, last), {})
            counts[token] = counts.get(token, 0) + 1

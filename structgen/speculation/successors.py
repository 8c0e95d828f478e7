"""Drafts from the likeliest successors of every token, as the model last gave them.

What the model found likely behind a token, it often finds likely there again; verification gives that away for nothing.
The matrix holds the first few of each token's latest logits, and paths through it are drafts.

Source: Luo et al., "Turning Trash into Treasure: Accelerating Inference of Large Language Models with Token Recycling",
2024. Its static tree is replaced by the best-first search over learned chances of the ranks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from structgen.speculation.drafter import Context, Evidence, Predictor

if TYPE_CHECKING:
    from structgen.speculation.scores import Scores
    from structgen.tokens.matcher import Matcher

__all__ = ["SuccessorDrafter"]

_WIDTH: Final = 6
_EXPECTATIONS: Final = (0.4, 0.15, 0.08, 0.05, 0.04, 0.03)


class SuccessorDrafter(Predictor[int]):
    """Continues each token by the likeliest of its latest logits."""

    name = "successors"

    def __init__(self) -> None:
        self._successors: dict[int, list[int]] = {}

    def begin(self, context: Context) -> int:
        return context.last

    def candidates(self, state: int, matcher: Matcher) -> Iterable[tuple[int, Evidence]]:
        return [(token, (rank,)) for rank, token in enumerate(self._successors.get(state, ()))]

    def follow(self, state: int, token: int) -> int:
        return token

    def expectation(self, evidence: Evidence) -> float:
        return _EXPECTATIONS[evidence[0]]

    def observe(
        self,
        context: Context,
        accepted: Sequence[int],
        states: Sequence[int],
        scores: Sequence[Scores | None],
    ) -> None:
        for token, own in zip(context.before(len(accepted)), scores, strict=True):
            if own is not None:
                self._successors[token] = own.largest(_WIDTH)

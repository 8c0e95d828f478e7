"""Drafts of what the grammar forces: the canonical tokens of bytes that every way to go on begins with.

The text is certain, its tokens are not: a model may spell it by others. Where a mask leaves a single token even that is
certain; such tokens the decoder takes unseen.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from structgen.speculation.drafter import Context, Evidence, Predictor

if TYPE_CHECKING:
    from structgen.tokens.matcher import Matcher

__all__ = ["ForcedDrafter"]


class ForcedDrafter(Predictor[tuple[list[int], int]]):
    """Spells forced text as the tokenizer would."""

    name = "forced"

    def begin(self, context: Context) -> tuple[list[int], int]:
        return [], 0

    def candidates(self, state: tuple[list[int], int], matcher: Matcher) -> Iterable[tuple[int, Evidence]]:
        run, at = state
        if at == len(run):
            run[at:] = matcher.forced_tokens()  # read on by whoever follows this state
        return [(run[at], ())] if at < len(run) else []

    def follow(self, state: tuple[list[int], int], token: int) -> tuple[list[int], int]:
        run, at = state
        return (run, at + 1) if at < len(run) and run[at] == token else ([], 0)

    def expectation(self, evidence: Evidence) -> float:
        return 0.95

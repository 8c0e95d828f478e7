"""How often drafts of a sort are right, learned while decoding.

Each sort (a drafter and its evidence) is a Beta distribution: its prior stands for a few earlier trials, and old trials
fade, since a text has parts that differ.

Source: the estimate by source and depth of SpecDec++ (Huang et al., 2024) and DySpec (Xiong et al., 2024), without a
trained head.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

__all__ = ["Acceptance"]

_PRIOR_TRIALS: Final = 4.0
_MOST_TRIALS: Final = 40.0
"""Trials that count: more fade."""


class Acceptance:
    """Estimates by sort of draft."""

    def __init__(self) -> None:
        self._estimates: dict[Hashable, list[float]] = {}

    def probability(self, sort: Hashable, expectation: float) -> float:
        """The chance that a draft of this sort is accepted; ``expectation`` where nothing is known yet."""
        known = self._estimates.get(sort)
        return expectation if known is None else known[0]

    def learn(self, sort: Hashable, expectation: float, is_right: bool) -> None:
        """Count one draft of this sort whose parent was accepted."""
        known = self._estimates.get(sort)
        if known is None:
            known = self._estimates[sort] = [expectation, _PRIOR_TRIALS]
        if known[1] < _MOST_TRIALS:
            known[1] += 1
        known[0] += (is_right - known[0]) / known[1]

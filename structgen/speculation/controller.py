"""How many tokens to draft: as many as give the most tokens a second, and none where that is best.

A pass over n drafted tokens gives 1 + (the sum of their paths' chances) tokens, and costs what passes of that width
were measured to cost. With several rows the widest decides the cost, so one width is chosen for all: the one of the
highest goodput.

Source: the threshold of SpecDec++ (Huang et al., 2024) follows from the chances; goodput: Liu et al., "Optimizing
Speculative Decoding for Serving LLMs Using Goodput" (SmartSpec), 2024.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from structgen.speculation.costs import PassCosts

__all__ = ["MOST_DRAFTED", "choose_sizes"]

MOST_DRAFTED: Final = 24
"""Drafted tokens of one row in one pass. More seldom gain: their chances are products of many."""

_LEAST_GAIN: Final = 1.02
"""What drafting must promise over not drafting: estimates err."""


def choose_sizes(costs: PassCosts, pending: Sequence[int], chances: Sequence[Sequence[float]]) -> list[int]:
    """Return how many of its drafted tokens each row should feed.

    Parameters
    ----------
    pending : positions that each row feeds in any case
    chances : of each row's drafted tokens, descending
    """
    rows = len(pending)
    least = max(pending)
    sums = [list(accumulate(row, initial=1.0)) for row in chances]
    widest = max(own + len(row) for own, row in zip(pending, chances, strict=True))
    best_width, best_rate = least, 0.0
    for width in range(least, widest + 1):
        tokens = sum(total[min(len(total) - 1, width - own)] for own, total in zip(pending, sums, strict=True))
        rate = tokens / costs.expected(rows, width)
        if width == least:
            best_rate = rate * _LEAST_GAIN
        elif rate > best_rate:
            best_width, best_rate = width, rate
    if best_width == least:
        # Rows that feed less than the widest draft for nothing; where all feed the same, nobody does.
        return [min(len(row), least - own) for own, row in zip(pending, chances, strict=True)]
    return [min(len(row), best_width - own) for own, row in zip(pending, chances, strict=True)]

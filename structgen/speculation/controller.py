"""How many tokens to draft: as many as give the most tokens a second, and none where that is best.

A pass over n drafted tokens gives 1 + (the sum of their paths' chances) tokens, and costs what passes of that width
were measured to cost. With several rows the widest decides the cost, so one width is chosen for all: the one of the
highest goodput. What chances and costs promise is held against what came of it, and where drafting as a whole doesn't
pay for itself, it stops.

Source: the threshold of SpecDec++ (Huang et al., 2024) follows from the chances; goodput: Liu et al., "Optimizing
Speculative Decoding for Serving LLMs Using Goodput" (SmartSpec), 2024.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import ClassVar, Final
from weakref import WeakKeyDictionary

from structgen.models.target import TargetModel
from structgen.speculation.costs import PassCosts

__all__ = ["MOST_DRAFTED", "Account", "Controller", "choose_sizes"]

MOST_DRAFTED: Final = 24
"""Drafted tokens of one row in one pass. More seldom gain: their chances are products of many."""

_LEAST_GAIN: Final = 1.02
"""What drafting must promise over not drafting: estimates err."""

_SHARE: Final = 0.015
"""Of the time without drafts, that may be lost on trying whether drafts pay."""

_CREDIT: Final = 4.0
"""Passes that may be lost at first, and at most at once."""

_PRIOR: Final = 6.0
_MEMORY: Final = 0.95
"""Of earlier drafts' outcomes, at each new one: about twenty count."""


class Account:
    """What drafting saved and cost, in passes without drafts.

    Losses are paid from a credit that grows by a share of the time and by what is saved, up to a bound. So drafting
    costs at most that share in the long run, whatever the estimates say, and an early success is no licence to lose
    as much later.
    """

    def __init__(self) -> None:
        self._credit = _CREDIT
        self._hoped = _PRIOR
        self._came = _PRIOR

    @property
    def may_draft(self) -> bool:
        """Whether anything should be drafted, or looked for."""
        return self._credit > 0

    @property
    def reliance(self) -> float:
        """The share that comes true of what the chances of drafts promise, at most 1."""
        return min(1.0, self._came / self._hoped)

    def settle(self, *, cost: float, hoped: float, saved: float) -> None:
        """Count one step.

        Parameters
        ----------
        cost : what the drafts cost, beyond a step without them
        hoped : passes that their chances promised to save
        saved : passes that they saved
        """
        self._credit = min(_CREDIT, self._credit + _SHARE + saved - cost)
        if hoped:
            self._hoped = _PRIOR + _MEMORY * (self._hoped - _PRIOR) + hoped
            self._came = _PRIOR + _MEMORY * (self._came - _PRIOR) + saved


def choose_sizes(
    costs: PassCosts, pending: Sequence[int], chances: Sequence[Sequence[float]], reliance: float = 1.0
) -> list[int]:
    """Return how many of its drafted tokens each row should feed.

    Parameters
    ----------
    pending : positions that each row feeds in any case
    chances : of each row's drafted tokens, descending
    reliance : by which the chances are multiplied
    """
    rows = len(pending)
    least = max(pending)
    sums = [list(accumulate((reliance * chance for chance in row), initial=1.0)) for row in chances]
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


class Controller:
    """What is known of drafting with some drafters for a model. It learns for as long as the model lives."""

    _costs_of: ClassVar[WeakKeyDictionary[TargetModel, PassCosts]] = WeakKeyDictionary()
    _accounts_of: ClassVar[WeakKeyDictionary[TargetModel, dict[tuple[str, ...], Account]]] = WeakKeyDictionary()

    def __init__(self, costs: PassCosts, account: Account) -> None:
        self.costs = costs
        self._account = account

    @classmethod
    def of(cls, target: TargetModel, drafters: Sequence[str]) -> Controller:
        """What all calls with drafters of these names share."""
        accounts = cls._accounts_of.setdefault(target, {})
        return cls(cls._costs_of.setdefault(target, PassCosts()), accounts.setdefault(tuple(drafters), Account()))

    @property
    def may_draft(self) -> bool:
        """Whether drafting still pays, or is still to be tried."""
        return self._account.may_draft

    def sizes(self, pending: Sequence[int], chances: Sequence[Sequence[float]]) -> list[int]:
        """How many of its drafted tokens each row should feed; see ``choose_sizes``."""
        return choose_sizes(self.costs, pending, chances, self._account.reliance)

    def settle(
        self, widths: tuple[int, int], rows: int, *, seconds: float, draft_seconds: float, hoped: float, saved: float
    ) -> None:
        """Count one step.

        Parameters
        ----------
        widths : the pass's without drafts, and as it was
        seconds, draft_seconds : what the pass and the search for drafts took
        hoped, saved : passes, of each row on average, that the drafts' chances promised to save, and that they saved
        """
        least, width = widths
        self.costs.record(rows, width, seconds)
        plain = self.costs.expected(rows, least)
        cost = (draft_seconds + self.costs.expected(rows, width)) / plain - 1
        self._account.settle(cost=cost, hoped=hoped, saved=saved)

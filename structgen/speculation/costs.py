"""What a pass of the model costs by its width, measured while decoding.

Widths that were not measured lie between those that were; beyond them a pass is taken to grow by a little with each
position, so that a wider one is tried where much is expected of it, and its cost is known from then on.
"""

from __future__ import annotations

from typing import ClassVar, Final
from weakref import WeakKeyDictionary

from structgen.models.target import TargetModel

__all__ = ["PassCosts"]

_GROWTH: Final = 0.05
"""Of an unmeasured pass, for each position more, in the cost of a pass of one."""

_WEIGHT: Final = 0.2
_MOST_WIDTH: Final = 64
"""Wider passes read prompts."""


class PassCosts:
    """Seconds by number of rows and width (positions of the longest row)."""

    _of_models: ClassVar[WeakKeyDictionary[TargetModel, PassCosts]] = WeakKeyDictionary()

    def __init__(self) -> None:
        self._measured: dict[int, dict[int, float]] = {}

    @classmethod
    def of(cls, target: TargetModel) -> PassCosts:
        """What is known of a model; all calls share it."""
        costs = cls._of_models.get(target)
        if costs is None:
            costs = cls._of_models[target] = cls()
        return costs

    def record(self, rows: int, width: int, seconds: float) -> None:
        """Count one pass. A single one that took far longer or shorter than before says little."""
        if width > _MOST_WIDTH:
            return
        measured = self._measured.setdefault(rows, {})
        known = measured.get(width)
        if known is None:
            measured[width] = min(seconds, 2 * self.expected(rows, width)) if measured else seconds
        else:
            measured[width] = known + _WEIGHT * (min(max(seconds, known / 2), 2 * known) - known)

    def expected(self, rows: int, width: int) -> float:
        """The cost of a pass, relative to others of this model and number of rows."""
        measured = self._measured.get(rows)
        if not measured:
            return 1 + _GROWTH * (width - 1)
        known = measured.get(width)
        if known is not None:
            return known
        below = max((one for one in measured if one < width), default=None)
        above = min((one for one in measured if one > width), default=None)
        if below is None:
            return measured[above] if above is not None else 1.0
        if above is None:
            return measured[below] * (1 + _GROWTH * (width - below) / (1 + _GROWTH * (below - 1)))
        share = (width - below) / (above - below)
        return measured[below] + share * (measured[above] - measured[below])

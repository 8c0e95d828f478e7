"""What a pass of the model costs by its width, measured while decoding.

Widths that were not measured lie between those that were. What lies beyond them goes by the passes of all numbers of
rows together, prompts among them, since a pass costs about the same for the same number of positions: so the first
prompt tells already whether wide passes are cheap (memory is the limit) or dear (arithmetic is).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["PassCosts"]

_GROWTH: Final = 0.05
"""Of a pass, for each position more, in the cost of the widest known one, where nothing wider is known."""

_FASTER: Final = 0.3
_SLOWER: Final = 0.1
"""The weights of a measurement below and above what is known: whatever else the machine does makes passes longer."""

_MOST_WIDTH: Final = 64
"""Wider passes read prompts, and are told apart by powers of two."""


class PassCosts:
    """Seconds by number of rows and width (positions of the longest row)."""

    def __init__(self) -> None:
        self._measured: dict[int, dict[int, float]] = {}
        self._by_positions: dict[int, float] = {}

    def record(self, rows: int, width: int, seconds: float) -> None:
        """Count one pass. A single one that took far longer than before says little."""
        positions = rows * width
        if positions > _MOST_WIDTH:
            # The cost of a power of two from that of a number near it: passes this wide grow with their width.
            rounded = 1 << positions.bit_length() - 1
            positions, seconds_there = rounded, seconds * rounded / positions
        else:
            seconds_there = seconds
        _update(self._by_positions, positions, seconds_there)
        if width <= _MOST_WIDTH:
            _update(self._measured.setdefault(rows, {}), width, seconds)

    def expected(self, rows: int, width: int) -> float:
        """The cost of a pass, relative to others of this model and number of rows."""
        measured = self._measured.get(rows)
        if not measured:
            return self._of_positions(rows * width)
        known = measured.get(width)
        if known is not None:
            return known
        below = max((one for one in measured if one < width), default=None)
        above = min((one for one in measured if one > width), default=None)
        if below is not None and above is not None:
            return _between(measured, below, above, width)
        nearest = below or above or width
        return measured[nearest] * self._of_positions(rows * width) / self._of_positions(rows * nearest)

    def _of_positions(self, positions: int) -> float:
        known = self._by_positions
        below = max((one for one in known if one <= positions), default=None)
        above = min((one for one in known if one > positions), default=None)
        if below is not None and above is not None:
            return _between(known, below, above, positions)
        if below is not None:
            return known[below] * (1 + _GROWTH * (positions - below) / (1 + _GROWTH * (below - 1)))
        # In proportion, so that nothing is drafted before a pass without drafts was measured.
        return 1 + _GROWTH * (positions - 1) if above is None else known[above] * positions / above


def _update(table: dict[int, float], key: int, seconds: float) -> None:
    known = table.get(key)
    if known is None:
        table[key] = seconds
    elif seconds < known:
        table[key] = known + _FASTER * (seconds - known)
    else:
        table[key] = known + _SLOWER * (min(seconds, 2 * known) - known)


def _between(table: Mapping[int, float], below: int, above: int, at: int) -> float:
    share = (at - below) / (above - below)
    return table[below] + share * (table[above] - table[below])

"""Whether an array of a shape exists: a bounded search, item by item, over what counts, and what must differ.

As `completion` does for objects, it only asks which terms have a value, and for arrays of unique items which values.
"""

from __future__ import annotations

from typing import Final

from structgen.errors import LimitExceededError
from structgen.schema.completion import Known
from structgen.schema.item_ways import Counted, ItemWays
from structgen.schema.matching import has_distinct_choice
from structgen.schema.shapes import ArrayShape
from structgen.schema.terms import Term, both

__all__ = ["MAX_STEPS", "has_array"]

MAX_STEPS: Final = 100_000
"""Steps of the search for one shape."""


_MAX_UNIQUE: Final = 200

_Reached = tuple[Counted, bool, "Term | None"]
"""What has been counted; whether two items are equal, or need not be; else an item that another has still to equal."""


def has_array(shape: ArrayShape, known: Known) -> bool:
    """Whether some array of the shape is built from values that are known to be.

    Raises
    ------
    LimitExceededError
        Not settled within `MAX_STEPS` steps.
    """
    search = _ArraySearch(shape, known)
    return search.finds_unique() if shape.unique else search.finds()


class _ArraySearch:
    def __init__(self, shape: ArrayShape, known: Known) -> None:
        self.shape, self.known = shape, known
        self.ways = ItemWays(shape, known)
        self.steps = 0

    def _step(self) -> None:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise LimitExceededError(f"{MAX_STEPS} steps to find an array that is valid", "more")

    def finds(self) -> bool:
        """Breadth first by length, with all that may have been counted so far.

        Counts never fall, so from where all items are alike the possibilities soon stay the same at any length.
        """
        shape = self.shape
        layer: set[_Reached] = {(self.ways.start, not shape.repeated, None)}
        index = 0
        while layer:
            can_end = any(is_paired and self.ways.suffice(counted) for counted, is_paired, _ in layer)
            if can_end and index >= shape.min_items:
                return True
            following = self._following(layer, index)
            if following == layer and index >= self.ways.settled:
                return can_end
            layer = following
            index += 1
        return False

    def _following(self, layer: set[_Reached], index: int) -> set[_Reached]:
        following: set[_Reached] = set()
        for counted, is_paired, pair in layer:
            for item in self.ways.at(index):
                self._step()
                after = self.ways.after(counted, item)
                if after is None:
                    continue
                following.add((after, is_paired, pair))
                if not is_paired and pair is None:
                    following.add((after, False, item.term))
                elif pair is not None and self.known(both(pair, item.term)):
                    following.add((after, True, None))
        return following

    def finds_unique(self) -> bool:
        """Depth first: which values are left for an item depends on all the others."""
        return self._find_unique([], self.ways.start)

    def _find_unique(self, items: list[Term], counted: Counted) -> bool:
        shape = self.shape
        index = len(items)
        if not shape.counts:
            while index < shape.min_items:
                ways = self.ways.at(index)
                if not ways:
                    return False
                items.append(ways[0].term)
                index += 1
        is_long_enough = index >= shape.min_items
        if is_long_enough and self.ways.suffice(counted):
            return has_distinct_choice(items)
        if index >= _MAX_UNIQUE:
            raise LimitExceededError(f"{_MAX_UNIQUE} unique items that 'contains' counts", "more")
        for item in self.ways.at(index):
            self._step()
            after = self.ways.after(counted, item)
            if after is None or (is_long_enough and index >= self.ways.settled and after == counted):
                continue
            if self._find_unique([*items, item.term], after):
                return True
        return False

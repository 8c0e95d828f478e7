"""Whether an array of a shape exists: a bounded search, item by item, over what counts, and what must differ.

As `completion` does for objects, it only asks which terms have a value, and for arrays of unique items which values.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from structgen.errors import LimitExceededError
from structgen.schema.completion import Known
from structgen.schema.matching import has_distinct_choice
from structgen.schema.shapes import ArrayShape, Count
from structgen.schema.terms import Term, both, excluding

__all__ = ["MAX_STEPS", "has_array"]

MAX_STEPS: Final = 100_000
"""Steps of the search for one shape."""


class _Item(NamedTuple):
    """One way for an item to be: a term, and which of the counts count it."""

    term: Term
    counted: tuple[bool, ...]


_MAX_UNIQUE: Final = 200

_Counted = tuple[int, ...]
_Reached = tuple[_Counted, bool, "Term | None"]
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
        self.ways: dict[tuple[Term, tuple[bool, ...]], list[_Item]] = {}
        # From here on all items are alike.
        self.settled = max(
            [len(shape.prefix), *[count.start for count in shape.counts], *[count.stop or 0 for count in shape.counts]]
        )
        self.steps = 0

    def _ways(self, index: int) -> list[_Item]:
        """The ways for the item at ``index`` to be."""
        shape = self.shape
        if shape.max_items is not None and index >= shape.max_items:
            return []
        own = shape.prefix[index] if index < len(shape.prefix) else shape.rest
        seen = tuple([count.start <= index and (count.stop is None or index < count.stop) for count in shape.counts])
        found = self.ways.get((own, seen))
        if found is None:
            found = [_Item(own, ())] if self.known(own) else []
            for count, is_seen in zip(shape.counts, seen, strict=True):
                found = [longer for item in found for longer in self._longer(item, count, is_seen)]
            self.ways[own, seen] = found
        return found

    def _longer(self, item: _Item, count: Count, is_seen: bool) -> list[_Item]:
        """The item, with every way in which one more count may take it."""
        if not is_seen:
            return [_Item(item.term, (*item.counted, False))]
        inside = both(item.term, count.term) if count.at_least else item.term
        outside = item.term if count.at_most is None else both(item.term, excluding(count.term))
        longer = []
        if self.known(inside):
            longer.append(_Item(inside, (*item.counted, True)))
        if self.known(outside):
            longer.append(_Item(outside, (*item.counted, False)))
        return longer

    def _after(self, counted: _Counted, item: _Item) -> _Counted | None:
        """The counts after one more item; None where there would be too many."""
        after = []
        for count, so_far, counts in zip(self.shape.counts, counted, item.counted, strict=True):
            more = so_far + counts
            if count.at_most is not None:
                if more > count.at_most:
                    return None
            else:
                more = min(more, count.at_least)
            after.append(more)
        return tuple(after)

    def _suffices(self, counted: _Counted) -> bool:
        return all(so_far >= count.at_least for count, so_far in zip(self.shape.counts, counted, strict=True))

    def _step(self) -> None:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise LimitExceededError(f"{MAX_STEPS} steps to find an array that is valid", "more")

    def finds(self) -> bool:
        """Breadth first by length, with all that may have been counted so far.

        Counts never fall, so from where all items are alike the possibilities soon stay the same at any length.
        """
        shape = self.shape
        layer: set[_Reached] = {(tuple([0] * len(shape.counts)), not shape.repeated, None)}
        index = 0
        while layer:
            can_end = any(is_paired and self._suffices(counted) for counted, is_paired, _ in layer)
            if can_end and index >= shape.min_items:
                return True
            following = self._following(layer, index)
            if following == layer and index >= self.settled:
                return can_end
            layer = following
            index += 1
        return False

    def _following(self, layer: set[_Reached], index: int) -> set[_Reached]:
        following: set[_Reached] = set()
        for counted, is_paired, pair in layer:
            for item in self._ways(index):
                self._step()
                after = self._after(counted, item)
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
        return self._find_unique([], tuple([0] * len(self.shape.counts)))

    def _find_unique(self, items: list[Term], counted: _Counted) -> bool:
        shape = self.shape
        index = len(items)
        if not shape.counts:
            while index < shape.min_items:
                ways = self._ways(index)
                if not ways:
                    return False
                items.append(ways[0].term)
                index += 1
        is_long_enough = index >= shape.min_items
        if is_long_enough and self._suffices(counted):
            return has_distinct_choice(items)
        if index >= _MAX_UNIQUE:
            raise LimitExceededError(f"{_MAX_UNIQUE} unique items that 'contains' counts", "more")
        for item in self._ways(index):
            self._step()
            after = self._after(counted, item)
            if after is None or (is_long_enough and index >= self.settled and after == counted):
                continue
            if self._find_unique([*items, item.term], after):
                return True
        return False

"""The ways for each item of an array to be: its term, with what the shape's counts make of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from structgen.schema.shapes import ArrayShape, Count
from structgen.schema.terms import Term, both, excluding

__all__ = ["Counted", "Item", "ItemWays"]

Counted = tuple[int, ...]
"""How many items each of the counts has counted, as far as that matters."""


class Item(NamedTuple):
    """One way for an item to be: a term, and which of the counts count it."""

    term: Term
    counted: tuple[bool, ...]


class ItemWays:
    """The items of one shape; a way counts only if its term is ``known`` to have a value."""

    def __init__(self, shape: ArrayShape, known: Callable[[Term], bool]) -> None:
        self.shape, self.known = shape, known
        self._found: dict[tuple[Term, tuple[bool, ...]], list[Item]] = {}
        self.start: Counted = tuple([0] * len(shape.counts))
        # From here on all items are alike.
        self.settled = max(
            [len(shape.prefix), *[count.start for count in shape.counts], *[count.stop or 0 for count in shape.counts]]
        )

    def at(self, index: int) -> list[Item]:
        """The ways for the item at ``index`` to be."""
        shape = self.shape
        if shape.max_items is not None and index >= shape.max_items:
            return []
        own = shape.prefix[index] if index < len(shape.prefix) else shape.rest
        seen = tuple([count.start <= index and (count.stop is None or index < count.stop) for count in shape.counts])
        found = self._found.get((own, seen))
        if found is None:
            found = [Item(own, ())] if self.known(own) else []
            for count, is_seen in zip(shape.counts, seen, strict=True):
                found = [longer for item in found for longer in self._longer(item, count, is_seen)]
            self._found[own, seen] = found
        return found

    def _longer(self, item: Item, count: Count, is_seen: bool) -> list[Item]:
        """The item, with every way in which one more count may take it."""
        if not is_seen:
            return [Item(item.term, (*item.counted, False))]
        inside = both(item.term, count.term) if count.at_least or not count.term.is_exact else item.term
        outside = item.term if count.at_most is None else both(item.term, excluding(count.term))
        longer = []
        if self.known(inside):
            longer.append(Item(inside, (*item.counted, True)))
        if self.known(outside):
            longer.append(Item(outside, (*item.counted, False)))
        return longer

    def after(self, counted: Counted, item: Item) -> Counted | None:
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

    def suffice(self, counted: Counted) -> bool:
        """Whether an array may end with these counts."""
        return all(so_far >= count.at_least for count, so_far in zip(self.shape.counts, counted, strict=True))

"""Which property may come next: a shape of objects in the order in which it is to be written.

A place says what has been written of the declared properties: in "schema" order the index of the first that may still
come, in "any" order the set of those written, as bits. Counts and duties are looked after by `courses`.
"""

from __future__ import annotations

import cython

from structgen.schema.terms import FALSE, ObjectShape

__all__ = ["AnyOrderPlan", "ObjectPlan", "SchemaOrderPlan"]


@cython.no_gc
@cython.cclass
class ObjectPlan:
    """A shape; compared by identity.

    Attributes
    ----------
    cells, cell_terms
        The languages of names that aren't declared, and the terms of their properties.
    minimum, maximum
        Bounds on the number of properties, where the names by themselves don't see to them.
    """

    __slots__ = ("cell_terms", "cells", "duties", "index", "maximum", "minimum", "names", "required", "terms")

    def __init__(self, shape: ObjectShape) -> None:
        self.names = tuple([name for name, _ in shape.properties])
        self.terms = tuple([term for _, term in shape.properties])
        self.index = {name: index for index, name in enumerate(self.names)}
        self.cells = tuple([names for names, _ in shape.others])
        self.cell_terms = tuple([term for _, term in shape.others])
        self.required = shape.required
        self.duties = shape.duties
        self.minimum = shape.min_properties if shape.min_properties > len(self.required) else 0
        self.maximum = shape.max_properties
        if self.maximum is not None and not self.cells:
            inhabited = sum([term is not FALSE for term in self.terms])
            if inhabited <= self.maximum:
                self.maximum = None

    def has_conditions(self) -> bool:
        """Whether there is more to look after than the order and what is required."""
        return bool(self.duties) or self.minimum > 0 or self.maximum is not None

    def can_end(self, place: int) -> bool:
        """Whether all required properties have been written."""
        raise NotImplementedError

    def following(self, place: int) -> tuple[int, ...]:
        """The declared properties that may come next."""
        raise NotImplementedError

    def upcoming(self, place: int) -> list[int]:
        """The declared properties that may come now or later."""
        raise NotImplementedError

    def is_written(self, place: int, index: int) -> bool:
        """Whether a declared property has been written; in "schema" order also where it has been left out."""
        raise NotImplementedError

    def left_out(self, place: int, after: int) -> range:
        """The declared properties that can't come any more since the place moved on to ``after``."""
        raise NotImplementedError

    def allows_others(self, place: int) -> bool:
        """Whether a property that isn't declared may come next."""
        raise NotImplementedError

    def after(self, place: int, index: int) -> int:
        """The place after declared property ``index``; -1 where it may not come next."""
        raise NotImplementedError

    def after_other(self, place: int) -> int:
        """The place after a property that isn't declared, which may come next."""
        raise NotImplementedError

    def has_next(self, place: int) -> bool:
        """Whether any property may come next."""
        return self.allows_others(place) or bool(self.following(place))


@cython.no_gc
@cython.cclass
class SchemaOrderPlan(ObjectPlan):
    """Declared properties in their order, then the others."""

    __slots__ = ("_next_required",)

    def __init__(self, shape: ObjectShape) -> None:
        super().__init__(shape)
        upcoming = len(self.names)
        following = [upcoming]
        for index in range(len(self.names) - 1, -1, -1):
            if self.names[index] in self.required:
                upcoming = index
            following.append(upcoming)
        self._next_required = tuple(reversed(following))

    def can_end(self, place: int) -> bool:
        return self._next_required[place] == len(self.names)

    def following(self, place: int) -> tuple[int, ...]:
        last = min(self._next_required[place] + 1, len(self.names))
        return tuple([index for index in range(place, last) if self.terms[index] is not FALSE])

    def upcoming(self, place: int) -> list[int]:
        return [index for index in range(place, len(self.names)) if self.terms[index] is not FALSE]

    def is_written(self, place: int, index: int) -> bool:
        return index < place

    def left_out(self, place: int, after: int) -> range:
        return range(place, after)

    def allows_others(self, place: int) -> bool:
        return bool(self.cells) and self.can_end(place)

    def after(self, place: int, index: int) -> int:
        return index + 1 if place <= index <= self._next_required[place] and self.terms[index] is not FALSE else -1

    def after_other(self, place: int) -> int:
        return len(self.names)


@cython.no_gc
@cython.cclass
class AnyOrderPlan(ObjectPlan):
    """Declared and other properties as they come."""

    __slots__ = ("_required_bits",)

    def __init__(self, shape: ObjectShape) -> None:
        super().__init__(shape)
        self._required_bits = sum([1 << self.index[name] for name in self.required])

    def can_end(self, place: int) -> bool:
        return self._required_bits & ~place == 0

    def following(self, place: int) -> tuple[int, ...]:
        return tuple(self.upcoming(place))

    def upcoming(self, place: int) -> list[int]:
        return [index for index in range(len(self.names)) if not place >> index & 1 and self.terms[index] is not FALSE]

    def is_written(self, place: int, index: int) -> bool:
        return place >> index & 1 == 1

    def left_out(self, place: int, after: int) -> range:
        return range(0)

    def allows_others(self, place: int) -> bool:
        return bool(self.cells)

    def after(self, place: int, index: int) -> int:
        return -1 if place >> index & 1 or self.terms[index] is FALSE else place | 1 << index

    def after_other(self, place: int) -> int:
        return place

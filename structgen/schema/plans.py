"""Which property may come next: a shape of objects in the order in which it is to be written.

A place says what has been written of the declared properties: in "schema" order the index of the first that may still
come, in "any" order the set of those written, as bits.
"""

from __future__ import annotations

from structgen.schema.terms import FALSE, ObjectShape

__all__ = ["AnyOrderPlan", "ObjectPlan", "SchemaOrderPlan"]


class ObjectPlan:
    """A shape; compared by identity."""

    __slots__ = ("additional", "index", "names", "required", "terms")

    def __init__(self, shape: ObjectShape) -> None:
        self.names = tuple([name for name, _ in shape.properties])
        self.terms = tuple([term for _, term in shape.properties])
        self.index = {name: index for index, name in enumerate(self.names)}
        self.additional = shape.others[0][1] if shape.others else FALSE
        self.required = shape.required

    def can_end(self, place: int) -> bool:
        """Whether all required properties have been written."""
        raise NotImplementedError

    def following(self, place: int) -> tuple[str, ...]:
        """The declared properties that may come next."""
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
        following.reverse()
        self._next_required = following

    def can_end(self, place: int) -> bool:
        return self._next_required[place] == len(self.names)

    def following(self, place: int) -> tuple[str, ...]:
        last = self._next_required[place] + 1
        return tuple(
            [self.names[index] for index in range(place, min(last, len(self.names))) if self.terms[index] is not FALSE]
        )

    def allows_others(self, place: int) -> bool:
        return self.additional is not FALSE and self.can_end(place)

    def after(self, place: int, index: int) -> int:
        return index + 1 if place <= index <= self._next_required[place] and self.terms[index] is not FALSE else -1

    def after_other(self, place: int) -> int:
        return len(self.names)


class AnyOrderPlan(ObjectPlan):
    """Declared and other properties as they come."""

    __slots__ = ("_required_bits",)

    def __init__(self, shape: ObjectShape) -> None:
        super().__init__(shape)
        self._required_bits = sum([1 << self.index[name] for name in self.required])

    def can_end(self, place: int) -> bool:
        return self._required_bits & ~place == 0

    def following(self, place: int) -> tuple[str, ...]:
        return tuple(
            [name for index, name in enumerate(self.names) if not place >> index & 1 and self.terms[index] is not FALSE]
        )

    def allows_others(self, place: int) -> bool:
        return self.additional is not FALSE

    def after(self, place: int, index: int) -> int:
        return -1 if place >> index & 1 or self.terms[index] is FALSE else place | 1 << index

    def after_other(self, place: int) -> int:
        return place

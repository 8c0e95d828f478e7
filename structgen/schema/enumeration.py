"""The members of languages and terms, one after the other.

An enumeration numbers equal values alike, so that arrays and objects are compared by the numbers of their parts: values
share their parts, and may be huge when written out.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from decimal import Decimal
from functools import lru_cache
from itertools import product
from typing import Any, Final, NamedTuple

from structgen.errors import LimitExceededError
from structgen.regex.derivatives import is_empty, shortest, transitions
from structgen.regex.nodes import NOTHING, Node, intersection
from structgen.regex.patterns import parse
from structgen.schema.item_ways import Counted, ItemWays
from structgen.schema.shapes import ArrayShape, Duty, ObjectShape
from structgen.schema.terms import Term, excluding
from structgen.schema.values import equality_key, is_member

__all__ = ["Enumeration", "texts"]

_DEPTHS: Final = (2, 4, 8, 16, 32)
"""How deep members may nest, in the order in which they are looked for."""

_MAX_TRIED: Final = 20_000
"""Arrays or objects that are looked at for the members of one shape."""


def texts(node: Node, most: int) -> tuple[str, ...] | None:
    """The texts of a language, shortest first; None where there are more than ``most``."""
    found, is_complete = _some_texts(node, most + 1)
    return tuple(found) if is_complete and len(found) <= most else None


def _some_texts(node: Node, most: int) -> tuple[list[str], bool]:
    """Up to ``most`` texts of a language, and whether these are all."""
    found: list[str] = []
    is_complete = True
    layer = [("", node)] if node is not NOTHING and not is_empty(node) else []
    while layer:
        following: list[tuple[str, Node]] = []
        for text, state in layer:
            if state.nullable:
                found.append(text)
            for charset, target in transitions(state):
                for low, high in charset.ranges:
                    # Each state has a text of its own: more of them than are asked for need not be followed, but one
                    # into each direction.
                    last = min(high, low + max(0, most - len(following)))
                    is_complete = is_complete and last == high
                    following += [(text + chr(code), target) for code in range(low, last + 1)]
        if len(found) >= most:
            return found[:most], is_complete and not following and len(found) == most
        is_complete = is_complete and len(following) <= most
        if len(following) > most:
            # Those nearest to an end are kept: others may go on for ever without one.
            following.sort(key=_distance)
        layer = following[:most]
    return found, is_complete


def _distance(entry: tuple[str, Node]) -> int:
    return _shortest_length(entry[1])


@lru_cache(maxsize=4096)
def _shortest_length(node: Node) -> int:
    text = shortest(node)
    return 0 if text is None else len(text)


# The one spelling of each number that has no superfluous digit.
_SHORTEST: Final = parse("-?(0|[1-9][0-9]*)\\.[0-9]*[1-9]|-?[1-9][0-9]*|0", "python")
_POINTED: Final = parse("-?[1-9][0-9]*\\.0|0\\.0", "python")


def _some_numbers(node: Node, most: int) -> tuple[list[int | Decimal], bool]:
    """Up to ``most`` numbers of a language of spellings, and whether these are all."""
    found: dict[Decimal, int | Decimal] = {}
    is_complete = True
    for form in (_SHORTEST, _POINTED):
        spelled, is_all = _some_texts(intersection(node, form), most)
        is_complete = is_complete and is_all
        for text in spelled:
            number = Decimal(text)
            found.setdefault(number, int(number) if number == number.to_integral_value() else number)
    return list(found.values()), is_complete


class _Found(NamedTuple):
    """Different values by their numbers, and whether these are all that there are."""

    values: dict[int, Any]
    is_complete: bool


_Numbered = tuple[int, Any]
_ABSENT: Final[_Numbered] = (-1, None)


class Enumeration:
    """The members of terms, up to ``most`` and one or two more of each."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._numbers: dict[Hashable, int] = {}
        self._known: dict[tuple[Term, int], _Found] = {}
        self._memberships: dict[tuple[int, Term], bool] = {}

    def all_of(self, term: Term) -> dict[int, Any] | None:
        """All values of a term by their numbers; None where there are more than ``most``.

        Raises
        ------
        LimitExceededError
            Not settled by values that nest up to 32 deep, or among 20,000 arrays or objects of one shape.
        """
        for depth in _DEPTHS:
            found = self.values(term, depth)
            if len(found.values) > self.most:
                return None
            if found.is_complete:
                return found.values
        raise LimitExceededError(f"{_DEPTHS[-1]} levels to count the values of an item that must be unique", repr(term))

    def values(self, term: Term, depth: int) -> _Found:
        """Members that nest at most ``depth`` deep."""
        found = self._known.get((term, depth))
        if found is None:
            found = self._known[term, depth] = self._values(term, depth) if depth else _Found({}, False)
        return found

    def _number(self, key: Hashable) -> int:
        return self._numbers.setdefault(key, len(self._numbers))

    def _values(self, term: Term, depth: int) -> _Found:
        shapes = term.shapes()
        listed: list[Any] = [None] if shapes.null else []
        listed += sorted(shapes.booleans)
        strings, all_strings = _some_texts(shapes.string, self.most + 1)
        numbers, all_numbers = _some_numbers(shapes.number, self.most + 1)
        values = {self._number(equality_key(value)): value for value in (*listed, *strings, *numbers)}
        is_complete = all_strings and all_numbers
        for array in shapes.arrays:
            is_complete = self._add_arrays(array, depth, values) and is_complete
        for one in shapes.objects:
            is_complete = self._add_objects(one, depth, values) and is_complete
        return _Found(values, is_complete)

    def _is_member(self, one: _Numbered, term: Term) -> bool:
        number, value = one
        known = self._memberships.get((number, term))
        if known is None:
            known = self._memberships[number, term] = is_member(value, term)
        return known

    def _add_arrays(self, shape: ArrayShape, depth: int, values: dict[int, Any]) -> bool:
        """Add members of a shape, in order of length; whether these are all that it has."""
        ways = ItemWays(shape, _any_term)
        is_complete = True
        tried = index = 0
        begun: dict[tuple[Counted, tuple[Term, ...]], None] = {(ways.start, ()): None}
        while begun:
            for counted, terms in begun:
                if index < shape.min_items or not ways.suffice(counted):
                    continue
                items = [self.values(term, depth - 1) for term in terms]
                is_complete = is_complete and all(item.is_complete for item in items)
                for chosen in product(*[item.values.items() for item in items]):
                    tried += 1
                    if len(values) > self.most or tried > _MAX_TRIED:
                        return False
                    if self._fits(chosen, shape):
                        number = self._number(("array", *[number for number, _ in chosen]))
                        values.setdefault(number, [value for _, value in chosen])
            following: dict[tuple[Counted, tuple[Term, ...]], None] = {}
            for counted, terms in begun:
                for item in ways.at(index):
                    after = ways.after(counted, item)
                    found = self.values(item.term, depth - 1)
                    if after is None or not found.values:
                        is_complete = is_complete and (after is None or found.is_complete)
                        continue
                    if shape.unique and found.is_complete and terms.count(item.term) >= len(found.values):
                        continue
                    following[after, (*terms, item.term)] = None
                    tried += 1 + index
            if tried > _MAX_TRIED:
                return False
            begun = following
            index += 1
        return is_complete

    def _fits(self, items: tuple[_Numbered, ...], shape: ArrayShape) -> bool:
        """Whether items that are valid by themselves are valid together."""
        if shape.unique or shape.repeated:
            is_unique = len({number for number, _ in items}) == len(items)
            if is_unique is not shape.unique:
                return False
        for count in shape.counts:
            counted = sum([self._is_member(item, count.term) for item in items[count.start : count.stop]])
            if counted < count.at_least or (count.at_most is not None and counted > count.at_most):
                return False
            if count.at_most is not None and not count.term.is_exact:
                outside = excluding(count.term)
                others = sum([self._is_member(item, outside) for item in items[count.start : count.stop]])
                if counted + others < len(items[count.start : count.stop]):
                    return False
        return True

    def _add_objects(self, shape: ObjectShape, depth: int, values: dict[int, Any]) -> bool:
        """Add members of a shape; whether these are all that it has."""
        wanted: dict[object, list[Term]] = {}
        for duty in shape.duties:
            for place, term in (*duty.named, *duty.others):
                wanted.setdefault(place, []).append(term)
        is_complete = True
        choices: list[tuple[str, int, list[_Numbered]]] = []
        has_optional = shape.max_properties is None or shape.max_properties > len(shape.required)
        for name, term in shape.properties:
            if has_optional or name in shape.required:
                options, is_all = self._options(term, wanted.get(name, ()), depth - 1)
                is_complete = is_complete and is_all
                choices.append((name, -1, options if name in shape.required else [_ABSENT, *options]))
        most_names = shape.min_properties + len(shape.duties) + self.most.bit_length()
        told = dict(shape.properties)
        for cell, (names, term) in enumerate(shape.others if has_optional else ()):
            options, is_all = self._options(term, wanted.get(cell, ()), depth - 1)
            is_complete = is_complete and is_all
            if options:
                some, is_all = _some_texts(names, most_names + len(told))
                is_complete = is_complete and is_all
                choices += [(name, cell, [_ABSENT, *options]) for name in some if name not in told]
        for tried, chosen in enumerate(product(*[options for _, _, options in choices])):
            if len(values) > self.most or tried > _MAX_TRIED:
                return False
            made = {
                name: (cell, one) for (name, cell, _), one in zip(choices, chosen, strict=True) if one is not _ABSENT
            }
            if len(made) < shape.min_properties or len(made) > (shape.max_properties or len(made)):
                continue
            if all(self._is_done(duty, made) for duty in shape.duties):
                number = self._number(("object", frozenset([(name, one[0]) for name, (_, one) in made.items()])))
                values.setdefault(number, {name: one[1] for name, (_, one) in made.items()})
        return is_complete

    def _is_done(self, duty: Duty, made: dict[str, tuple[int, _Numbered]]) -> bool:
        return (
            not duty.absent <= made.keys()
            or any(name in made and self._is_member(made[name][1], term) for name, term in duty.named)
            or any(at == cell and self._is_member(one, term) for cell, one in made.values() for at, term in duty.others)
        )

    def _options(self, term: Term, wanted: Iterable[Term], depth: int) -> tuple[list[_Numbered], bool]:
        """Values of a property, and whether they are all; those that are wanted may not be among the first ones."""
        found = self.values(term, depth)
        options = dict(found.values)
        for narrower in wanted if not found.is_complete else ():
            options.update(self.values(narrower, depth).values)
        return list(options.items()), found.is_complete


def _any_term(term: Term) -> bool:
    # Whether it has values is what is looked for.
    return True

"""The members of terms that have few: as values, and terms for given values.

Values are Python's for JSON, numbers as ``int`` or ``Decimal``. Two are equal as JSON values where their
`equality_key` is: ``1`` is ``1.0``, no boolean is a number, and the order of an object's keys is nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from decimal import Decimal
from functools import lru_cache
from itertools import product
from typing import Any, Final, NamedTuple

from structgen.errors import LimitExceededError
from structgen.regex.charset import CharSet
from structgen.regex.derivatives import is_empty, matches, shortest, transitions
from structgen.regex.nodes import NOTHING, Node, intersection
from structgen.regex.patterns import parse
from structgen.schema.constants import listing
from structgen.schema.item_ways import Counted, ItemWays
from structgen.schema.shapes import ArrayShape, ObjectShape
from structgen.schema.subschemas import Conjunctions
from structgen.schema.terms import FALSE, Term, both, conjunction, excluding

__all__ = ["Enumeration", "equality_key", "is_member", "members", "only", "texts", "without"]

_DEPTHS: Final = (2, 4, 8, 16, 32)
"""How deep members may nest, in the order in which they are looked for."""

_MAX_TRIED: Final = 20_000
"""Arrays or objects that are looked at for the members of one shape."""


def without(term: Term, values: tuple[Any, ...]) -> Term:
    """The term less these values."""
    return both(term, excluding(_listed(term, values))) if values else term


def only(term: Term, values: tuple[Any, ...]) -> Term:
    """What the term has among these values."""
    return both(term, _listed(term, values)) if values else FALSE


def _listed(term: Term, values: tuple[Any, ...]) -> Term:
    """The term of these values, one object for equal ones in each document."""
    table = next((part.table for part in term.parts if part.table is not None), None)
    keys = frozenset([equality_key(value) for value in values])
    if table is None:
        return _listed_anywhere(_Values(keys, values))
    found = table.listings.get(keys)
    if found is None:
        found = table.listings.setdefault(keys, conjunction((listing(values, table),)))
    return found


class _Values(NamedTuple):
    """Values, as equal as their keys are."""

    keys: frozenset[Hashable]
    values: tuple[Any, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Values) and self.keys == other.keys

    def __hash__(self) -> int:
        return hash(self.keys)


@lru_cache(maxsize=4096)
def _listed_anywhere(values: _Values) -> Term:
    return conjunction((listing(values.values, Conjunctions(CharSet.ANY)),))


def members(term: Term, most: int) -> tuple[Any, ...] | None:
    """All values of a term; None where there are more than ``most``.

    Raises
    ------
    LimitExceededError
        Not settled by values that nest up to 32 deep, or among `_MAX_TRIED` arrays or objects of one shape.
    """
    for depth in _DEPTHS:
        found = Enumeration(most + 1).values(term, depth)
        if len(found.values) > most:
            return None
        if found.is_complete:
            return tuple(found.values.values())
    raise LimitExceededError(f"{_DEPTHS[-1]} levels to count the values of an item that must be unique", repr(term))


def equality_key(value: Any) -> Hashable:
    """Equal for equal JSON values, and for no others."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return ("literal", value)
    if isinstance(value, list):
        return ("array", *[equality_key(item) for item in value])
    if isinstance(value, dict):
        return ("object", frozenset([(name, equality_key(item)) for name, item in value.items()]))
    return ("number", Decimal(repr(value)) if isinstance(value, float) else Decimal(value))


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
    """Different values by their keys, and whether these are all that there are."""

    values: dict[Hashable, Any]
    is_complete: bool


class Enumeration:
    """The members of terms, up to a number."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.known: dict[tuple[Term, int], _Found] = {}

    def values(self, term: Term, depth: int) -> _Found:
        """Members that nest at most ``depth`` deep."""
        found = self.known.get((term, depth))
        if found is None:
            found = self.known[term, depth] = self._values(term, depth) if depth else _Found({}, False)
        return found

    def _values(self, term: Term, depth: int) -> _Found:
        shapes = term.shapes()
        listed: list[Any] = [None] if shapes.null else []
        listed += sorted(shapes.booleans)
        strings, all_strings = _some_texts(shapes.string, self.most)
        numbers, all_numbers = _some_numbers(shapes.number, self.most)
        values = {equality_key(value): value for value in (*listed, *strings, *numbers)}
        is_complete = all_strings and all_numbers
        for array in shapes.arrays:
            is_complete = self._add_arrays(array, depth, values) and is_complete
        for one in shapes.objects:
            is_complete = self._add_objects(one, depth, values) and is_complete
        return _Found(values, is_complete)

    def _add_arrays(self, shape: ArrayShape, depth: int, values: dict[Hashable, Any]) -> bool:
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
                for chosen in product(*[item.values.values() for item in items]):
                    tried += 1
                    if len(values) > self.most or tried > _MAX_TRIED:
                        return False
                    if _has_items(list(chosen), shape):
                        values.setdefault(equality_key(list(chosen)), list(chosen))
            following: dict[tuple[Counted, tuple[Term, ...]], None] = {}
            for counted, terms in begun:
                for item in ways.at(index):
                    after = ways.after(counted, item)
                    found = self.values(item.term, depth - 1)
                    if after is None or (found.is_complete and not found.values):
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

    def _add_objects(self, shape: ObjectShape, depth: int, values: dict[Hashable, Any]) -> bool:
        """Add members of a shape; whether these are all that it has."""
        wanted: dict[object, list[Term]] = {}
        for duty in shape.duties:
            for place, term in (*duty.named, *duty.others):
                wanted.setdefault(place, []).append(term)
        is_complete = True
        choices: list[tuple[str, list[Any]]] = []
        has_optional = shape.max_properties is None or shape.max_properties > len(shape.required)
        for name, term in shape.properties:
            if not has_optional and name not in shape.required:
                continue
            options, is_all = self._options(term, wanted.get(name, ()), depth - 1)
            is_complete = is_complete and is_all
            choices.append((name, options if name in shape.required else [_ABSENT, *options]))
        most_names = shape.min_properties + len(shape.duties) + self.most.bit_length()
        told = dict(shape.properties)
        for index, (names, term) in enumerate(shape.others if has_optional else ()):
            options, is_all = self._options(term, wanted.get(index, ()), depth - 1)
            is_complete = is_complete and is_all
            if options:
                some, is_all = _some_texts(names, most_names + len(told))
                is_complete = is_complete and is_all
                choices += [(name, [_ABSENT, *options]) for name in some if name not in told]
        for tried, chosen in enumerate(product(*[options for _, options in choices])):
            if len(values) > self.most or tried > _MAX_TRIED:
                return False
            made = {name: value for (name, _), value in zip(choices, chosen, strict=True) if value is not _ABSENT}
            if _has_properties(made, shape):
                values.setdefault(equality_key(made), made)
        return is_complete

    def _options(self, term: Term, wanted: Iterable[Term], depth: int) -> tuple[list[Any], bool]:
        """Values of a property, and whether they are all; those that are wanted may not be among the first ones."""
        found = self.values(term, depth)
        options = dict(found.values)
        for narrower in wanted if not found.is_complete else ():
            options.update(self.values(narrower, depth).values)
        return list(options.values()), found.is_complete


_ABSENT: Final = object()


def _any_term(term: Term) -> bool:
    # Whether it has values is what is looked for.
    return True


def is_member(value: Any, term: Term) -> bool:
    """Whether a JSON value is in a term; numbers by their shortest spelling."""
    shapes = term.shapes()
    if value is None:
        return shapes.null
    if isinstance(value, bool):
        return value in shapes.booleans
    if isinstance(value, str):
        return matches(shapes.string, value)
    if isinstance(value, list):
        return any(_has_items(value, shape) for shape in shapes.arrays)
    if isinstance(value, dict):
        return any(_has_properties(value, shape) for shape in shapes.objects)
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return matches(shapes.number, text) or matches(shapes.number, text + ".0")


def _has_items(items: list[Any], shape: ArrayShape) -> bool:
    if len(items) < shape.min_items or (shape.max_items is not None and len(items) > shape.max_items):
        return False
    terms = [*shape.prefix, *[shape.rest] * (len(items) - len(shape.prefix))]
    if not all(is_member(item, term) for item, term in zip(items, terms, strict=False)):
        return False
    for count in shape.counts:
        counted = sum([is_member(item, count.term) for item in items[count.start : count.stop]])
        if counted < count.at_least or (count.at_most is not None and counted > count.at_most):
            return False
    if shape.unique or shape.repeated:
        is_unique = len({equality_key(item) for item in items}) == len(items)
        return is_unique if shape.unique else not is_unique
    return True


def _has_properties(properties: dict[str, Any], shape: ObjectShape) -> bool:
    if not shape.required <= properties.keys() or len(properties) < shape.min_properties:
        return False
    if shape.max_properties is not None and len(properties) > shape.max_properties:
        return False
    declared = dict(shape.properties)
    cells: dict[str, int] = {}
    for name, value in properties.items():
        if name not in declared:
            cells[name] = next((at for at, (names, _) in enumerate(shape.others) if matches(names, name)), -1)
        if not is_member(value, declared[name] if name in declared else _of_cell(shape, cells[name])):
            return False
    return all(
        not duty.absent <= properties.keys()
        or any(name in properties and is_member(properties[name], term) for name, term in duty.named)
        or any(
            cells.get(name) == at and is_member(properties[name], term)
            for name in properties
            for at, term in duty.others
        )
        for duty in shape.duties
    )


def _of_cell(shape: ObjectShape, cell: int) -> Term:
    return shape.others[cell][1] if cell >= 0 else FALSE

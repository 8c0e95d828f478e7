"""One subschema's own assertions, read once and checked.

A `Subschema` holds what one schema object asserts by itself: which types it allows, one record of bounds for each
type, the scalar values it lists, and *choices*: disjunctions of further subschemas for the same value (`$ref` and
`allOf` are choices of one, `anyOf` a choice of several, an enumeration of arrays and objects a choice of constants).
What becomes a choice only once all schemas have been read, `oneOf` or `not`, waits in ``deferred`` (`expansion`). A
conjunction is then a set of subschemas, and nothing else is needed to express one. Types are bits, with numbers split
by value and spelling, so that `integer` and `number` meet by ``&`` and draft 4's integer, which may not be written
`1.0`, is one bit among three.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import cython

from structgen.regex.charset import CharSet
from structgen.regex.nodes import Node

if TYPE_CHECKING:
    from structgen.schema.terms import Term

__all__ = [
    "ANYTHING",
    "ARRAY",
    "BOOLEAN",
    "EMPTY",
    "ENUMERATION",
    "EVERY_TYPE",
    "FRACTIONAL",
    "IN_PLACE",
    "INTEGER",
    "NEVER",
    "NULL",
    "NUMBER",
    "OBJECT",
    "POINTED",
    "STRING",
    "WHOLE",
    "Bound",
    "Conjunctions",
    "Deferred",
    "Enumeration",
    "ItemCount",
    "Names",
    "PropertyDuty",
    "Subschema",
    "escape_step",
    "is_integral",
    "meeting",
]

NULL: Final = 1
BOOLEAN: Final = 2
WHOLE: Final = 4  # an integer without a point or an exponent
POINTED: Final = 8  # an integer spelled with one, as 1.0
FRACTIONAL: Final = 16  # every other number
STRING: Final = 32
ARRAY: Final = 64
OBJECT: Final = 128
INTEGER: Final = WHOLE | POINTED
NUMBER: Final = INTEGER | FRACTIONAL
EVERY_TYPE: Final = NULL | BOOLEAN | NUMBER | STRING | ARRAY | OBJECT

# Beside the types, these bits of `Subschema.constrained` say that values are listed and that there are choices.
ENUMERATION: Final = 256
IN_PLACE: Final = 512

EMPTY: Final[frozenset[Any]] = frozenset()
"""In place of sets that would all be objects of their own."""

Bound = tuple[Decimal, bool]
"""A limit for numbers, and whether it is exclusive."""


def escape_step(step: str) -> str:
    """One step of a JSON Pointer, escaped."""
    return step.replace("~", "~0").replace("/", "~1")


@cython.no_gc
@cython.cclass
class Enumeration:
    """A finite set of scalars, by type; numbers are equal by value, and no boolean equals a number."""

    __slots__ = ("booleans", "null", "numbers", "strings", "types")

    def __init__(
        self, null: bool, booleans: frozenset[bool], numbers: frozenset[Decimal], strings: frozenset[str]
    ) -> None:
        self.null = null
        self.booleans, self.numbers, self.strings = booleans or EMPTY, numbers or EMPTY, strings or EMPTY
        types = (NULL if null else 0) | (BOOLEAN if booleans else 0) | (STRING if strings else 0)
        for number in numbers:
            types |= INTEGER if is_integral(number) else FRACTIONAL
            if types & NUMBER == NUMBER:
                break
        self.types = types

    def __and__(self, other: Enumeration) -> Enumeration:
        return Enumeration(
            self.null and other.null,
            self.booleans & other.booleans,
            self.numbers & other.numbers,
            self.strings & other.strings,
        )

    def __sub__(self, other: Enumeration) -> Enumeration:
        return Enumeration(
            self.null and not other.null,
            self.booleans - other.booleans,
            self.numbers - other.numbers,
            self.strings - other.strings,
        )


def is_integral(number: Decimal) -> bool:
    """Whether the value is an integer; exact at any size, without expanding the exponent."""
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        return False
    if exponent >= 0:
        return True
    if -exponent >= len(digits):
        return not any(digits)
    return not any(digits[exponent:])


class Conjunctions(dict[frozenset["Subschema"], "Term"]):
    """The conjunctions of a document, and the characters that its strings and names may have."""

    def __init__(self, characters: CharSet) -> None:
        super().__init__()
        self.characters = characters
        self.tracks_evaluation = False
        """Whether an unevaluated keyword asks what the branches of choices evaluate."""
        self.leaves_out = False
        """Whether the language of some format in it is a part of what is meant (`Subschema.outer`)."""
        self.listings: dict[Hashable, Term] = {}
        """The terms of values that were listed while a text was read (`members`)."""


Names: TypeAlias = "Node | Subschema"
"""A set of property names: a language, or those that are valid against a subschema, which may not be read yet."""


class ItemCount(NamedTuple):
    """``at_least`` to ``at_most`` of the items from ``start`` to before ``stop`` are valid against a subschema."""

    subschema: Subschema
    start: int
    stop: int | None
    at_least: int
    at_most: int | None


class PropertyDuty(NamedTuple):
    """At least one holds: one of the names ``absent`` is absent, one of ``named`` is present and valid, or some
    property whose name is among ``others`` is valid against the subschema beside it."""

    absent: tuple[str, ...]
    named: tuple[tuple[str, Subschema], ...]
    others: tuple[tuple[Names, Subschema], ...]


class Deferred(NamedTuple):
    """What a keyword applies to the same value, in a way that has to be worked out once all has been read.

    ``keyword`` is ``oneOf``; ``not``; ``if`` with three operands; ``dependentSchemas`` with one, for the property
    ``name``; or ``unevaluatedProperties`` or ``unevaluatedItems``, whose operand is for children of the value. With
    ``complement`` the subschema is the negation of its operand.
    """

    keyword: str
    operands: tuple[Subschema, ...]
    name: str = ""


class Subschema:
    """The assertions of one schema object. Filled by the keyword readers, then never changed but for ``deferred``.

    An assertion about one type is kept in that type's fields, and its bit set in ``constrained``: fields whose
    bit is unset hold the defaults below, which allow everything.
    """

    types: int = EVERY_TYPE
    constrained: int = 0

    lower: Bound | None = None
    upper: Bound | None = None
    divisors: tuple[Decimal, ...] = ()
    indivisible: tuple[Decimal, ...] = ()
    """What the numbers are no multiples of."""
    number: Node | None = None
    """A language that the numbers' spellings are in, beside bounds and divisors."""

    min_length: int = 0
    max_length: int | None = None
    pattern: Node | None = None
    """The language of the strings' values, all patterns and formats together."""
    outer: Node | None = None
    """All strings that might be meant where ``pattern`` is only a part of them, as that of some formats is; None where
    it is all. Strings between the two are valid neither here nor against the negation."""

    min_items: int = 0
    max_items: int | None = None
    prefix: tuple[Subschema, ...] = ()
    rest: Subschema | None = None
    counts: tuple[ItemCount, ...] = ()
    unique: bool = False
    repeated: bool = False
    """Whether some two items must be equal."""

    properties: dict[str, Subschema] | None = None
    patterns: tuple[tuple[Names, Subschema], ...] = ()
    """What every property is by that has one of the names, declared or not."""
    additional: Subschema | None = None
    """What those are by that are neither declared nor meant by ``patterns``."""
    names: Subschema | None = None
    required: tuple[str, ...] = ()
    min_properties: int = 0
    max_properties: int | None = None
    duties: tuple[PropertyDuty, ...] = ()

    enumeration: Enumeration | None = None
    choices: tuple[tuple[Subschema, ...], ...] = ()
    any_of: tuple[Subschema, ...] = ()
    """The one of the choices whose branches may hold together, and then all count as evaluating."""
    deferred: tuple[Deferred, ...] = ()
    opened: tuple[tuple[tuple[Subschema, ...], Deferred], ...] = ()
    """The choices that something deferred has become."""

    evaluates: bool = True
    """Whether what it allows of properties and items counts as evaluated by it: not so for constants and negations."""
    evaluated: int = 0
    """`OBJECT` and `ARRAY` where an unevaluated keyword takes care of all that is left."""
    evaluating_contains: bool = False
    """Whether an item that `contains` matches counts as evaluated."""
    negation: Subschema | None = None
    """The subschema for all other values, once one has been asked for."""
    is_negation: bool = False
    """Whether it is made as the negation of its ``negation``, and asserts nothing else."""
    strings: Node | None = None
    """The language of the strings among its values, once it has been asked for."""
    term: Term | None = None

    def __init__(
        self,
        parent: Subschema | None = None,
        keyword: str = "#",
        key: str | int | None = None,
        table: Conjunctions | None = None,
    ) -> None:
        # `keyword` is the whole fragment where there is no parent; `table` holds the document's conjunctions.
        self.parent, self.keyword, self.key, self.table = parent, keyword, key, table

    def beside(self) -> Subschema:
        """A subschema without assertions that stands at the same place."""
        return Subschema(self.parent, self.keyword, self.key, self.table)

    @property
    def pointer(self) -> str:
        """Where the subschema stands, as a JSON Pointer in a URI fragment."""
        steps: list[str] = []
        place: Subschema | None = self
        while place is not None:
            if place.key is not None:
                steps.append(escape_step(str(place.key)))
            steps.append(place.keyword)
            place = place.parent
        return "/".join(reversed(steps))

    def narrow(self, values: Iterable[Decimal | str | bool | None]) -> None:
        """Allow the listed scalars alone, beside whatever the schema says of arrays and objects."""
        strings: list[str] = []
        numbers: list[Decimal] = []
        booleans: list[bool] = []
        null = False
        for value in values:
            if isinstance(value, str):
                strings.append(value)
            elif value is None:
                null = True
            elif value is True or value is False:
                booleans.append(value)
            else:
                numbers.append(value)
        listed = Enumeration(null, frozenset(booleans), frozenset(numbers), frozenset(strings))
        self.enumeration = listed if self.enumeration is None else self.enumeration & listed
        self.types &= self.enumeration.types
        self.constrained |= ENUMERATION


def meeting(place: Subschema, parts: tuple[Subschema, ...]) -> Subschema:
    """The subschema, at the place of another, for what is valid against all of the parts."""
    if len(parts) == 1:
        return parts[0]
    whole = place.beside()
    whole.choices = tuple([(part,) for part in parts])
    whole.constrained = IN_PLACE
    for part in parts:
        whole.types &= part.types
    return whole


ANYTHING: Final = Subschema()
NEVER: Final = Subschema()
NEVER.types = 0

"""One subschema's own assertions, read once and checked.

A `Subschema` holds what one schema object asserts by itself: which types it allows, one record of bounds for each
type, the scalar values it lists, and *choices*: disjunctions of further subschemas for the same value (`$ref` is a
choice of one, `anyOf` a choice of several, an enumeration of arrays and objects a choice of constants). A conjunction
is then a set of subschemas, and nothing else is needed to express one. Types are bits, with numbers split by value
and spelling, so that `integer` and `number` meet by ``&`` and draft 4's integer, which may not be written `1.0`, is
one bit among three.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from structgen.regex.charset import CharSet
from structgen.regex.nodes import Node

if TYPE_CHECKING:
    from structgen.schema.terms import Term

__all__ = [
    "ANYTHING",
    "ARRAY",
    "BOOLEAN",
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
    "Enumeration",
    "Subschema",
    "escape_step",
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

Bound = tuple[Decimal, bool]
"""A limit for numbers, and whether it is exclusive."""


def escape_step(step: str) -> str:
    """One step of a JSON Pointer, escaped."""
    return step.replace("~", "~0").replace("/", "~1")


class Enumeration:
    """A finite set of scalars, by type; numbers are equal by value, and no boolean equals a number."""

    __slots__ = ("booleans", "null", "numbers", "strings", "types")

    def __init__(
        self, null: bool, booleans: frozenset[bool], numbers: frozenset[Decimal], strings: frozenset[str]
    ) -> None:
        self.null, self.booleans, self.numbers, self.strings = null, booleans, numbers, strings
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


class Subschema:
    """The assertions of one schema object. Filled by the keyword readers, then never changed.

    An assertion about one type is kept in that type's fields, and its bit set in ``constrained``: fields whose
    bit is unset hold the defaults below, which allow everything.
    """

    types: int = EVERY_TYPE
    constrained: int = 0

    lower: Bound | None = None
    upper: Bound | None = None

    min_length: int = 0
    max_length: int | None = None
    pattern: Node | None = None

    min_items: int = 0
    max_items: int | None = None
    prefix: tuple[Subschema, ...] = ()
    rest: Subschema | None = None

    properties: dict[str, Subschema] | None = None
    required: tuple[str, ...] = ()
    additional: Subschema | None = None

    enumeration: Enumeration | None = None
    choices: tuple[tuple[Subschema, ...], ...] = ()

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


ANYTHING: Final = Subschema()
NEVER: Final = Subschema()
NEVER.types = 0

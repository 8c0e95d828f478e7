"""What a keyword reader is given, and how it reads the plain values in keywords: texts, counts, numbers.

A reader checks its keyword's value itself, as far as the meaning needs it, and records the assertion in the subschema.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final, Protocol

from structgen.errors import SchemaError, UnsupportedSchemaError
from structgen.regex.nodes import Node
from structgen.schema.numbers import check_digits
from structgen.schema.subschemas import Subschema, is_integral

__all__ = ["Reader", "Schema", "Surroundings", "read_count", "read_number", "read_text", "read_texts"]

Schema = Mapping[str, object]


class Surroundings(Protocol):
    """What a reader may ask of the document that it reads in."""

    def child(self, schema: object, parent: Subschema, keyword: str, key: str | int | None = None) -> Subschema:
        """The subschema that stands in the parent under a keyword; it is read later."""

    def reference(self, reference: object, parent: Subschema) -> Subschema:
        """The subschema that a `$ref` means."""

    def dynamic_reference(self, reference: object, parent: Subschema) -> Subschema:
        """The subschema that a `$dynamicRef`, or a `$recursiveRef`, means in the dynamic scope of the reading."""

    def format_language(self, name: str, place: Subschema) -> tuple[Node, Node | None] | None:
        """The strings that a format allows, and all that it might mean where these are only a part.

        None where the caller or the draft takes the format for an annotation.
        """

    def malformed(self, place: Subschema, keyword: str, what: str) -> SchemaError:
        """The error for a keyword whose value no schema may have."""


Reader = Callable[[Surroundings, Subschema, object, Schema], None]


def read_text(around: Surroundings, place: Subschema, keyword: str, text: str) -> str:
    """The text itself, or the refusal of one that has no UTF-8 spelling."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            reason = f"{text!r} holds a lone surrogate, which no UTF-8 text can spell"
            raise UnsupportedSchemaError(keyword, pointer=f"{place.pointer}/{keyword}", reason=reason) from None
    return text


def read_texts(around: Surroundings, place: Subschema, keyword: str, value: object) -> tuple[str, ...]:
    """A list of names, each once."""
    if not isinstance(value, list):
        raise around.malformed(place, keyword, f"{keyword!r} must be a list of names, not {value!r}")
    for name in value:
        if not isinstance(name, str):
            raise around.malformed(place, keyword, f"{keyword!r} must be a list of names, and {name!r} is none")
        read_text(around, place, keyword, name)
    return tuple(dict.fromkeys(value))


def read_count(around: Surroundings, place: Subschema, keyword: str, value: object) -> int:
    """A non-negative integer."""
    count = -1
    if isinstance(value, int) and not isinstance(value, bool):
        count = value
    elif isinstance(value, (float, Decimal)) and is_integral(Decimal(value)) and 0 <= value < _SMALL:
        count = int(value)
    if count < 0:
        raise around.malformed(place, keyword, f"{keyword!r} must be a non-negative integer, not {value!r}")
    return count


_SMALL: Final = 10**18


def read_number(around: Surroundings, place: Subschema, keyword: str, value: object) -> Decimal:
    """A number, exactly as the schema's author wrote it."""
    if type(value) is int and -_SMALL < value < _SMALL:
        return Decimal(value)
    if isinstance(value, int) and not isinstance(value, bool):
        value = Decimal(value)
    # The shortest decimal that reads as the float is what the schema's author wrote: 0.1, not 0.1000000000000000055.
    number = Decimal(repr(value)) if isinstance(value, float) else value
    if not isinstance(number, Decimal) or not number.is_finite():
        raise around.malformed(place, keyword, f"{keyword!r} must be a number, not {value!r}")
    check_digits(number, keyword not in ("enum", "const"), f"{place.pointer}/{keyword}")
    return number

"""`type`, and what keywords assert about numbers and strings."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final

from structgen.errors import RegexError, UnsupportedSchemaError
from structgen.regex.nodes import Node, intersection
from structgen.regex.patterns import search
from structgen.schema.reading import Schema, Surroundings, read_count, read_number
from structgen.schema.subschemas import (
    ARRAY,
    BOOLEAN,
    INTEGER,
    NULL,
    NUMBER,
    OBJECT,
    STRING,
    WHOLE,
    Subschema,
)

_TYPES: Final = {
    "null": NULL,
    "boolean": BOOLEAN,
    "integer": INTEGER,
    "number": NUMBER,
    "string": STRING,
    "array": ARRAY,
    "object": OBJECT,
}
_TYPES_4: Final = {**_TYPES, "integer": WHOLE}


def _read_types(names: Mapping[str, int], around: Surroundings, place: Subschema, value: object) -> None:
    if isinstance(value, str):
        types = names.get(value, 0)
        if not types:
            raise around.malformed(place, "type", f"there is no type {value!r}")
    elif isinstance(value, list) and value:
        types = 0
        for name in value:
            if not isinstance(name, str) or name not in names:
                raise around.malformed(place, "type", f"there is no type {name!r}")
            types |= names[name]
    else:
        raise around.malformed(place, "type", "'type' must be a name or a list of names")
    place.types &= types


def read_type(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    _read_types(_TYPES, around, place, value)


def read_type_4(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    _read_types(_TYPES_4, around, place, value)


# Numbers


def _raise_lower(place: Subschema, number: Decimal, exclusive: bool) -> None:
    if place.lower is None or (number, exclusive) > place.lower:
        place.lower = (number, exclusive)
    place.constrained |= NUMBER


def _cut_upper(place: Subschema, number: Decimal, exclusive: bool) -> None:
    if place.upper is None or (number, not exclusive) < (place.upper[0], not place.upper[1]):
        place.upper = (number, exclusive)
    place.constrained |= NUMBER


def read_minimum(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    _raise_lower(place, read_number(around, place, "minimum", value), False)


def read_maximum(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    _cut_upper(place, read_number(around, place, "maximum", value), False)


def read_exclusive_minimum(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    _raise_lower(place, read_number(around, place, "exclusiveMinimum", value), True)


def read_exclusive_maximum(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    _cut_upper(place, read_number(around, place, "exclusiveMaximum", value), True)


def read_exclusive_minimum_4(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    if not isinstance(value, bool) or "minimum" not in schema:
        raise around.malformed(place, "exclusiveMinimum", "draft 4 wants a boolean beside 'minimum'")
    if value:
        _raise_lower(place, read_number(around, place, "minimum", schema["minimum"]), True)


def read_exclusive_maximum_4(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    if not isinstance(value, bool) or "maximum" not in schema:
        raise around.malformed(place, "exclusiveMaximum", "draft 4 wants a boolean beside 'maximum'")
    if value:
        _cut_upper(place, read_number(around, place, "maximum", schema["maximum"]), True)


def read_multiple_of(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    divisor = read_number(around, place, "multipleOf", value)
    if divisor <= 0:
        raise around.malformed(place, "multipleOf", f"'multipleOf' must be positive, not {value!r}")
    place.divisors = (divisor,)
    place.constrained |= NUMBER


# Strings


def read_min_length(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    place.min_length = read_count(around, place, "minLength", value)
    if place.min_length:
        place.constrained |= STRING


def read_max_length(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    place.max_length = read_count(around, place, "maxLength", value)
    place.constrained |= STRING


def compiled(around: Surroundings, place: Subschema, keyword: str, pattern: object) -> Node:
    """The strings that contain a match of an ECMA-262 pattern, which is the keyword's value or one of its keys."""
    if not isinstance(pattern, str):
        raise around.malformed(place, keyword, f"{keyword!r} must be a string, not {pattern!r}")
    try:
        return _compiled(pattern)
    except RegexError as error:
        where = "" if error.position is None else f" at position {error.position}"
        raise UnsupportedSchemaError(
            keyword,
            pointer=f"{place.pointer}/{keyword}",
            reason=f"{error.what}{where} of {error.pattern[:200]!r}",
            hint=error.hint,
        ) from error


@lru_cache(1024)
def _compiled(pattern: str) -> Node:
    return search(pattern, "ecma")


def read_pattern(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    _meet(place, compiled(around, place, "pattern", value))


def read_format(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    if not isinstance(value, str):
        raise around.malformed(place, "format", f"'format' must be a string, not {value!r}")
    if not place.types & STRING:
        return
    found = around.format_language(value, place)
    if found is not None:
        _meet(place, *found)


def _meet(place: Subschema, language: Node, outer: Node | None = None) -> None:
    """Allow the strings of the language alone, of which there are more in ``outer`` where it is only a part."""
    if place.outer is not None or outer is not None:
        if place.table is not None:
            place.table.leaves_out = True
        met = place.outer or place.pattern
        place.outer = (outer or language) if met is None else intersection(met, outer or language)
    place.pattern = language if place.pattern is None else intersection(place.pattern, language)
    place.constrained |= STRING

"""What each supported keyword asserts: one small reader per keyword, found through the draft's table.

A reader checks the keyword's value itself, as far as its meaning needs it, and records the assertion in the
subschema. What has no reader in a draft is an annotation there, or is refused (`refusals`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final, Protocol

from structgen.errors import LimitExceededError, RegexError, SchemaError, UnsupportedSchemaError
from structgen.regex.nodes import Node
from structgen.regex.patterns import search
from structgen.schema.numbers import check_digits
from structgen.schema.subschemas import (
    ARRAY,
    BOOLEAN,
    IN_PLACE,
    INTEGER,
    NEVER,
    NULL,
    NUMBER,
    OBJECT,
    STRING,
    WHOLE,
    Subschema,
    escape_step,
    is_integral,
)

__all__ = ["MAX_CONSTANT_PARTS", "READERS", "Reader", "Schema", "Surroundings"]

MAX_CONSTANT_PARTS: Final = 200_000
"""Parts that one array or object of `const` or `enum` may have, all levels together."""

Schema = Mapping[str, object]


class Surroundings(Protocol):
    """What a reader may ask of the document that it reads in."""

    def child(self, schema: object, parent: Subschema, keyword: str, key: str | int | None = None) -> Subschema:
        """The subschema that stands in the parent under a keyword; it is read later."""

    def reference(self, reference: object, parent: Subschema) -> Subschema:
        """The subschema that a `$ref` means."""

    def dynamic_reference(self, reference: object, parent: Subschema) -> Subschema:
        """The subschema that a `$dynamicRef`, or a `$recursiveRef`, means in the dynamic scope of the reading."""

    def format_language(self, name: str, place: Subschema) -> Node | None:
        """The strings that a format allows; None where the caller or the draft takes it for an annotation."""

    def malformed(self, place: Subschema, keyword: str, what: str) -> SchemaError:
        """The error for a keyword whose value no schema may have."""


Reader = Callable[[Surroundings, Subschema, object, Schema], None]

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


def _text(around: Surroundings, place: Subschema, keyword: str, text: str) -> str:
    """The text itself, or the refusal of one that has no UTF-8 spelling."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            reason = f"{text!r} holds a lone surrogate, which no UTF-8 text can spell"
            raise UnsupportedSchemaError(keyword, pointer=f"{place.pointer}/{keyword}", reason=reason) from None
    return text


def _count(around: Surroundings, place: Subschema, keyword: str, value: object) -> int:
    count = -1
    if isinstance(value, int) and not isinstance(value, bool):
        count = value
    elif isinstance(value, (float, Decimal)) and is_integral(Decimal(value)) and 0 <= value < _SMALL:
        count = int(value)
    if count < 0:
        raise around.malformed(place, keyword, f"{keyword!r} must be a non-negative integer, not {value!r}")
    return count


_SMALL: Final = 10**18


def _number(around: Surroundings, place: Subschema, keyword: str, value: object) -> Decimal:
    if type(value) is int and -_SMALL < value < _SMALL:
        return Decimal(value)
    if isinstance(value, int) and not isinstance(value, bool):
        value = Decimal(value)
    # The shortest decimal that reads as the float is what the schema's author wrote: 0.1, not 0.1000000000000000055.
    number = Decimal(repr(value)) if isinstance(value, float) else value
    if not isinstance(number, Decimal) or not number.is_finite():
        raise around.malformed(place, keyword, f"{keyword!r} must be a number, not {value!r}")
    check_digits(number, is_bound=keyword not in ("enum", "const"))
    return number


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
    _raise_lower(place, _number(around, place, "minimum", value), False)


def read_maximum(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    _cut_upper(place, _number(around, place, "maximum", value), False)


def read_exclusive_minimum(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    _raise_lower(place, _number(around, place, "exclusiveMinimum", value), True)


def read_exclusive_maximum(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    _cut_upper(place, _number(around, place, "exclusiveMaximum", value), True)


def read_exclusive_minimum_4(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    if not isinstance(value, bool) or "minimum" not in schema:
        raise around.malformed(place, "exclusiveMinimum", "draft 4 wants a boolean beside 'minimum'")
    if value:
        _raise_lower(place, _number(around, place, "minimum", schema["minimum"]), True)


def read_exclusive_maximum_4(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    if not isinstance(value, bool) or "maximum" not in schema:
        raise around.malformed(place, "exclusiveMaximum", "draft 4 wants a boolean beside 'maximum'")
    if value:
        _cut_upper(place, _number(around, place, "maximum", schema["maximum"]), True)


# Strings


def read_min_length(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    place.min_length = _count(around, place, "minLength", value)
    if place.min_length:
        place.constrained |= STRING


def read_max_length(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    place.max_length = _count(around, place, "maxLength", value)
    place.constrained |= STRING


@lru_cache(1024)
def _compiled(pattern: str) -> Node:
    return search(pattern, "ecma")


def read_pattern(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    if not isinstance(value, str):
        raise around.malformed(place, "pattern", f"'pattern' must be a string, not {value!r}")
    try:
        place.pattern = _compiled(value)
    except RegexError as error:
        where = "" if error.position is None else f" at position {error.position}"
        raise UnsupportedSchemaError(
            "pattern",
            pointer=f"{place.pointer}/pattern",
            reason=f"{error.what}{where} of {error.pattern[:200]!r}",
            hint=error.hint,
        ) from error
    place.constrained |= STRING


# Arrays


def read_items(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    place.rest = around.child(value, place, "items")
    place.constrained |= ARRAY


def read_items_2019(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    if isinstance(value, list):
        place.prefix = tuple([around.child(item, place, "items", index) for index, item in enumerate(value)])
        place.constrained |= ARRAY
    else:
        read_items(around, place, value, schema)


def read_prefix_items(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    if not isinstance(value, list):
        raise around.malformed(place, "prefixItems", "'prefixItems' must be a list of schemas")
    place.prefix = tuple([around.child(item, place, "prefixItems", index) for index, item in enumerate(value)])
    place.constrained |= ARRAY


def read_min_items(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    place.min_items = _count(around, place, "minItems", value)
    if place.min_items:
        place.constrained |= ARRAY


def read_max_items(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    place.max_items = _count(around, place, "maxItems", value)
    place.constrained |= ARRAY


# Objects


def read_properties(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    if not isinstance(value, dict):
        raise around.malformed(place, "properties", "'properties' must be an object of schemas")
    properties = {}
    for name, subschema in value.items():
        if not isinstance(name, str):
            raise around.malformed(place, "properties", f"a property's name must be a string, not {name!r}")
        properties[_text(around, place, "properties", name)] = around.child(subschema, place, "properties", name)
    place.properties = properties
    place.constrained |= OBJECT


def read_required(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    if not isinstance(value, list):
        raise around.malformed(place, "required", f"'required' must be a list of names, not {value!r}")
    for name in value:
        if not isinstance(name, str):
            raise around.malformed(place, "required", f"'required' must be a list of names, and {name!r} is none")
        _text(around, place, "required", name)
    if value:
        place.required = tuple(dict.fromkeys(value))
        place.constrained |= OBJECT


def read_additional_properties(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    place.additional = around.child(value, place, "additionalProperties")
    place.constrained |= OBJECT


# Every type


def read_any_of(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    if not isinstance(value, list) or not value:
        raise around.malformed(place, "anyOf", "'anyOf' must be a list of at least one schema")
    branches = tuple([around.child(branch, place, "anyOf", index) for index, branch in enumerate(value)])
    place.choices += (branches,)
    place.constrained |= IN_PLACE


def read_ref(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    place.choices += ((around.reference(value, place),),)
    place.constrained |= IN_PLACE


def read_dynamic_ref(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    place.choices += ((around.dynamic_reference(value, place),),)
    place.constrained |= IN_PLACE


def read_enum(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    if not isinstance(value, list):
        raise around.malformed(place, "enum", f"'enum' must be a list of values, not {value!r}")
    compounds = []
    scalars = []
    for index, member in enumerate(value):
        if isinstance(member, (list, dict)):
            compounds.append(_constant(around, place, "enum", index, member))
        else:
            scalars.append(_scalar(around, place, "enum", member))
    if not compounds:
        place.narrow(scalars)
        return
    if scalars:
        listed = Subschema(place, "enum", None, place.table)
        listed.narrow(scalars)
        compounds.append(listed)
    place.choices += (tuple(compounds),)
    place.constrained |= IN_PLACE


def read_const(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    if isinstance(value, (list, dict)):
        place.choices += ((_constant(around, place, "const", None, value),),)
        place.constrained |= IN_PLACE
    else:
        place.narrow([_scalar(around, place, "const", value)])


def _scalar(around: Surroundings, place: Subschema, keyword: str, value: object) -> Decimal | str | bool | None:
    if isinstance(value, str):
        return _text(around, place, keyword, value)
    if value is None or isinstance(value, bool):
        return value
    if not isinstance(value, (int, float, Decimal)):
        raise around.malformed(place, keyword, f"{keyword!r} holds {value!r:.100}, which is no JSON value")
    return _number(around, place, keyword, value)


def _constant(around: Surroundings, place: Subschema, keyword: str, key: int | None, value: object) -> Subschema:
    """The schema of all values equal to one array or object; iterative, since constants nest as deep as they like."""
    root = Subschema(place, keyword, key, place.table)
    pending = [(value, root)]
    parts = 0
    while pending:
        part, at = pending.pop()
        parts += 1
        if parts > MAX_CONSTANT_PARTS:
            raise LimitExceededError(f"{MAX_CONSTANT_PARTS} parts of one constant", root.pointer)
        if isinstance(part, list):
            at.types, at.constrained = ARRAY, ARRAY
            at.prefix = tuple([Subschema(at, str(index), None, place.table) for index in range(len(part))])
            at.min_items = at.max_items = len(part)
            at.rest = NEVER
            pending.extend(zip(part, at.prefix, strict=True))
        elif isinstance(part, dict):
            at.types, at.constrained = OBJECT, OBJECT
            at.properties = {}
            for name, member in part.items():
                if not isinstance(name, str):
                    raise around.malformed(place, keyword, f"an object's key must be a string, not {name!r}")
                child = Subschema(at, escape_step(_text(around, place, keyword, name)), None, place.table)
                at.properties[name] = child
                pending.append((member, child))
            at.required = tuple(part)
            at.additional = NEVER
        else:
            at.narrow([_scalar(around, place, keyword, part)])
    return root


_COMMON: Final[Mapping[str, Reader]] = {
    "properties": read_properties,
    "required": read_required,
    "additionalProperties": read_additional_properties,
    "minItems": read_min_items,
    "maxItems": read_max_items,
    "minLength": read_min_length,
    "maxLength": read_max_length,
    "pattern": read_pattern,
    "enum": read_enum,
    "anyOf": read_any_of,
    "minimum": read_minimum,
    "maximum": read_maximum,
}
_FROM_6: Final[Mapping[str, Reader]] = {
    **_COMMON,
    "type": read_type,
    "const": read_const,
    "exclusiveMinimum": read_exclusive_minimum,
    "exclusiveMaximum": read_exclusive_maximum,
}

READERS: Final[Mapping[str, Mapping[str, Reader]]] = {
    "4": {
        **_COMMON,
        "type": read_type_4,
        "items": read_items_2019,
        "exclusiveMinimum": read_exclusive_minimum_4,
        "exclusiveMaximum": read_exclusive_maximum_4,
    },
    "6": {**_FROM_6, "items": read_items_2019},
    "7": {**_FROM_6, "items": read_items_2019},
    "2019-09": {**_FROM_6, "items": read_items_2019, "$ref": read_ref, "$recursiveRef": read_dynamic_ref},
    "2020-12": {
        **_FROM_6,
        "items": read_items,
        "prefixItems": read_prefix_items,
        "$ref": read_ref,
        "$dynamicRef": read_dynamic_ref,
    },
}
"""By draft: the keywords that assert something there and are compiled. Before 2019-09 a `$ref` stands alone."""

"""The keywords that assert something which this compiler can't represent yet, and when they assert nothing after all.

Exact or refused: a keyword of the schema's draft that is in no reader's table is an annotation, or is here. One whose
types the schema excludes, or whose value allows everything, is exact as it stands, and accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from structgen.errors import UnsupportedSchemaError
from structgen.schema.keywords import Schema
from structgen.schema.subschemas import ARRAY, EVERY_TYPE, FRACTIONAL, NUMBER, OBJECT, STRING, Subschema

__all__ = ["FORMATS", "REFUSALS", "Refusal", "refuse"]

FORMATS: Final = frozenset(
    (
        *("date", "date-time", "time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6"),
        *("uri", "uri-reference", "iri", "iri-reference", "uri-template", "uuid", "regex"),
        *("json-pointer", "relative-json-pointer"),
    )
)
"""The format names that a supported draft defines; every other name is an annotation."""


class Refusal(NamedTuple):
    """Why a keyword is refused, and when it isn't."""

    types: int
    """The types of value that the keyword speaks of."""
    allows_everything: Callable[[object, Schema, Subschema], bool]
    reason: str
    hint: str


def refuse(keyword: str, refusal: Refusal, place: Subschema, schema: Schema) -> None:
    """Raise unless the keyword asserts nothing there. The subschema has been read otherwise."""
    value = schema[keyword]
    if not place.types & refusal.types or refusal.allows_everything(value, schema, place):
        return
    reason = refusal.reason.format(value=value) if keyword == "format" else refusal.reason
    raise UnsupportedSchemaError(keyword, pointer=f"{place.pointer}/{keyword}", reason=reason, hint=refusal.hint)


def _never(value: object, schema: Schema, place: Subschema) -> bool:
    return False


def _is_true(value: object, schema: Schema, place: Subschema) -> bool:
    return value is True or value == {}


def _is_empty(value: object, schema: Schema, place: Subschema) -> bool:
    return value == {}


def _all_true(value: object, schema: Schema, place: Subschema) -> bool:
    return isinstance(value, list) and bool(value) and all(branch is True or branch == {} for branch in value)


def _without_branches(value: object, schema: Schema, place: Subschema) -> bool:
    return all(_is_true(schema.get(branch, True), schema, place) for branch in ("then", "else"))


def _is_required_anyway(value: object, schema: Schema, place: Subschema) -> bool:
    return isinstance(value, int) and 0 <= value <= len(place.required)


def _is_closed_anyway(value: object, schema: Schema, place: Subschema) -> bool:
    return (
        isinstance(value, int)
        and place.additional is not None
        and not place.additional.types
        and len(place.properties or ()) <= value
    )


def _is_optional(value: object, schema: Schema, place: Subschema) -> bool:
    least = schema.get("minContains")
    return isinstance(least, int) and least == 0 and "maxContains" not in schema


def _has_one_item(value: object, schema: Schema, place: Subschema) -> bool:
    return value is False or (place.max_items is not None and place.max_items <= 1)


def _without_prefix(value: object, schema: Schema, place: Subschema) -> bool:
    return not isinstance(schema.get("items"), list) or value is True or value == {}


def _divides_integers(value: object, schema: Schema, place: Subschema) -> bool:
    return type(value) is int and value == 1 and not place.types & FRACTIONAL


def _is_unknown_format(value: object, schema: Schema, place: Subschema) -> bool:
    return isinstance(value, str) and value not in FORMATS


_MERGE = "write the branches' constraints into one schema"

_COMMON: Final[Mapping[str, Refusal]] = {
    "allOf": Refusal(EVERY_TYPE, _all_true, "conjunctions of subschemas are not compiled yet", _MERGE),
    "oneOf": Refusal(
        EVERY_TYPE,
        _never,
        "that exactly one branch holds is not compiled yet",
        "'anyOf', where no value fits two branches",
    ),
    "not": Refusal(EVERY_TYPE, _never, "negation is not compiled yet", "say what is allowed instead"),
    "patternProperties": Refusal(
        OBJECT, _is_empty, "properties by pattern are not compiled yet", "'properties' and 'additionalProperties'"
    ),
    "minProperties": Refusal(
        OBJECT,
        _is_required_anyway,
        "counting properties is not compiled yet",
        "'required' with the names that must occur",
    ),
    "maxProperties": Refusal(
        OBJECT, _is_closed_anyway, "counting properties is not compiled yet", "'additionalProperties': false"
    ),
    "uniqueItems": Refusal(
        ARRAY, _has_one_item, "comparing the items of an array is not compiled yet", "drop it, and check the result"
    ),
    "multipleOf": Refusal(
        NUMBER,
        _divides_integers,
        "divisibility is not compiled yet",
        "'type': 'integer', or an 'enum' of the multiples",
    ),
    "format": Refusal(
        STRING, _is_unknown_format, "the format {value!r} is not compiled yet", "a 'pattern' that describes it"
    ),
}
_DEPENDENCIES: Final = Refusal(
    OBJECT, _is_empty, "duties that a property's presence brings are not compiled yet", "'anyOf' over both cases"
)
_ADDITIONAL_ITEMS: Final = Refusal(
    ARRAY,
    _without_prefix,
    "items beyond a list of schemas are not compiled yet",
    "draft 2020-12 with 'prefixItems' and 'items'",
)
_PROPERTY_NAMES: Final = Refusal(OBJECT, _is_true, "constraints on names are not compiled yet", "'properties'")
_CONTAINS: Final = Refusal(
    ARRAY, _never, "that some item must match is not compiled yet", "'prefixItems' with the items that must occur"
)
_IF: Final = Refusal(EVERY_TYPE, _without_branches, "conditions are not compiled yet", "'anyOf' over the two cases")
_UNEVALUATED: Final = "what other keywords leave unevaluated is not compiled yet"

_FROM_6: Final = {**_COMMON, "propertyNames": _PROPERTY_NAMES, "contains": _CONTAINS}
_FROM_2019: Final = {
    **_FROM_6,
    "if": _IF,
    "contains": _CONTAINS._replace(allows_everything=_is_optional),
    "dependentRequired": _DEPENDENCIES,
    "dependentSchemas": _DEPENDENCIES,
    "unevaluatedItems": Refusal(ARRAY, _is_true, _UNEVALUATED, "'items'"),
    "unevaluatedProperties": Refusal(OBJECT, _is_true, _UNEVALUATED, "'additionalProperties'"),
}

REFUSALS: Final[Mapping[str, Mapping[str, Refusal]]] = {
    "4": {**_COMMON, "dependencies": _DEPENDENCIES, "additionalItems": _ADDITIONAL_ITEMS},
    "6": {**_FROM_6, "dependencies": _DEPENDENCIES, "additionalItems": _ADDITIONAL_ITEMS},
    "7": {**_FROM_6, "if": _IF, "dependencies": _DEPENDENCIES, "additionalItems": _ADDITIONAL_ITEMS},
    "2019-09": {
        **_FROM_2019,
        "additionalItems": _ADDITIONAL_ITEMS,
        "$recursiveRef": Refusal(EVERY_TYPE, _never, "references by dynamic scope are not compiled yet", "'$ref'"),
    },
    "2020-12": {
        **_FROM_2019,
        "$dynamicRef": Refusal(EVERY_TYPE, _never, "references by dynamic scope are not compiled yet", "'$ref'"),
    },
}
"""By draft: the keywords that assert something there and have no reader."""

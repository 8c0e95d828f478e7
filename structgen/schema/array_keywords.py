"""What keywords assert about arrays."""

from __future__ import annotations

from structgen.schema.reading import Schema, Surroundings, read_count
from structgen.schema.subschemas import ARRAY, ItemCount, Subschema

__all__ = [
    "read_additional_items",
    "read_contains",
    "read_contains_2019",
    "read_contains_2020",
    "read_items",
    "read_items_2019",
    "read_max_items",
    "read_min_items",
    "read_prefix_items",
    "read_unique_items",
]


def read_items(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    place.rest = around.child(value, place, "items")
    place.constrained |= ARRAY


def read_items_2019(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    if isinstance(value, list):
        place.prefix = tuple([around.child(item, place, "items", index) for index, item in enumerate(value)])
        place.constrained |= ARRAY
    else:
        read_items(around, place, value, schema)


def read_additional_items(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    # One schema for all items leaves none over.
    if isinstance(schema.get("items"), list):
        place.rest = around.child(value, place, "additionalItems")
        place.constrained |= ARRAY


def read_prefix_items(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    if not isinstance(value, list):
        raise around.malformed(place, "prefixItems", "'prefixItems' must be a list of schemas")
    place.prefix = tuple([around.child(item, place, "prefixItems", index) for index, item in enumerate(value)])
    place.constrained |= ARRAY


def read_min_items(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    place.min_items = read_count(around, place, "minItems", value)
    if place.min_items:
        place.constrained |= ARRAY


def read_max_items(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    place.max_items = read_count(around, place, "maxItems", value)
    place.constrained |= ARRAY


def read_unique_items(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    if not isinstance(value, bool):
        raise around.malformed(place, "uniqueItems", f"'uniqueItems' must be a boolean, not {value!r}")
    if value:
        place.unique = True
        place.constrained |= ARRAY


def read_contains(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    _count_items(around, place, value, 1, None)


def read_contains_2019(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    least = read_count(around, place, "minContains", schema["minContains"]) if "minContains" in schema else 1
    most = read_count(around, place, "maxContains", schema["maxContains"]) if "maxContains" in schema else None
    _count_items(around, place, value, least, most)


def read_contains_2020(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    read_contains_2019(around, place, value, schema)
    place.evaluating_contains = True


def _count_items(around: Surroundings, place: Subschema, value: object, at_least: int, at_most: int | None) -> None:
    counted = around.child(value, place, "contains")
    place.counts = (ItemCount(counted, 0, None, at_least, at_most),)
    place.constrained |= ARRAY

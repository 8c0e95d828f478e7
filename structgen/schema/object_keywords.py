"""What keywords assert about objects."""

from __future__ import annotations

from structgen.regex.nodes import Node
from structgen.schema.reading import Schema, Surroundings, read_count, read_text, read_texts
from structgen.schema.scalar_keywords import compiled
from structgen.schema.subschemas import ANYTHING, IN_PLACE, OBJECT, Deferred, PropertyDuty, Subschema

__all__ = [
    "read_additional_properties",
    "read_dependencies",
    "read_dependent_required",
    "read_dependent_schemas",
    "read_max_properties",
    "read_min_properties",
    "read_pattern_properties",
    "read_properties",
    "read_property_names",
    "read_required",
]


def read_properties(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    properties = {}
    for name, subschema in _members(around, place, "properties", value).items():
        properties[read_text(around, place, "properties", name)] = around.child(subschema, place, "properties", name)
    place.properties = properties
    place.constrained |= OBJECT


def _members(around: Surroundings, place: Subschema, keyword: str, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise around.malformed(place, keyword, f"{keyword!r} must be an object of schemas")
    for name in value:
        if not isinstance(name, str):
            raise around.malformed(place, keyword, f"a property's name must be a string, not {name!r}")
    return value


def read_pattern_properties(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    patterns: list[tuple[Node, Subschema]] = []
    for pattern, subschema in _members(around, place, "patternProperties", value).items():
        child = around.child(subschema, place, "patternProperties", pattern)
        patterns.append((compiled(around, place, "patternProperties", pattern), child))
    place.patterns = tuple(patterns)
    place.constrained |= OBJECT


def read_additional_properties(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    place.additional = around.child(value, place, "additionalProperties")
    place.constrained |= OBJECT


def read_property_names(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    names = around.child(value, place, "propertyNames")
    if names is not ANYTHING:
        place.names = names
        place.constrained |= OBJECT


def read_required(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    place.required = read_texts(around, place, "required", value)
    if place.required:
        place.constrained |= OBJECT


def read_min_properties(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    place.min_properties = read_count(around, place, "minProperties", value)
    if place.min_properties:
        place.constrained |= OBJECT


def read_max_properties(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    place.max_properties = read_count(around, place, "maxProperties", value)
    place.constrained |= OBJECT


def read_dependent_required(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    for name, needed in _members(around, place, "dependentRequired", value).items():
        _require_beside(around, place, "dependentRequired", name, needed)


def _require_beside(around: Surroundings, place: Subschema, keyword: str, name: str, needed: object) -> None:
    absent = (read_text(around, place, keyword, name),)
    duties = [
        PropertyDuty(absent, ((other, ANYTHING),), ())
        for other in read_texts(around, place, keyword, needed)
        if other != name
    ]
    if duties:
        place.duties += tuple(duties)
        place.constrained |= OBJECT


def read_dependent_schemas(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    for name, dependent in _members(around, place, "dependentSchemas", value).items():
        _apply_beside(around, place, "dependentSchemas", name, dependent)


def _apply_beside(around: Surroundings, place: Subschema, keyword: str, name: str, dependent: object) -> None:
    child = around.child(dependent, place, keyword, read_text(around, place, keyword, name))
    if child is not ANYTHING:
        place.deferred += (Deferred("dependentSchemas", (child,), name),)
        place.constrained |= IN_PLACE


def read_dependencies(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    for name, dependency in _members(around, place, "dependencies", value).items():
        if isinstance(dependency, list):
            _require_beside(around, place, "dependencies", name, dependency)
        else:
            _apply_beside(around, place, "dependencies", name, dependency)

"""What keywords apply to the value itself: its choices, and what becomes one once all schemas have been read."""

from __future__ import annotations

from structgen.schema.reading import Schema, Surroundings
from structgen.schema.subschemas import ANYTHING, IN_PLACE, Deferred, Subschema

__all__ = [
    "read_all_of",
    "read_any_of",
    "read_dynamic_ref",
    "read_if",
    "read_not",
    "read_one_of",
    "read_ref",
    "read_unevaluated_items",
    "read_unevaluated_properties",
]


def _branches(around: Surroundings, place: Subschema, keyword: str, value: object) -> tuple[Subschema, ...]:
    if not isinstance(value, list) or not value:
        raise around.malformed(place, keyword, f"{keyword!r} must be a list of at least one schema")
    return tuple([around.child(branch, place, keyword, index) for index, branch in enumerate(value)])


def read_all_of(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    for branch in _branches(around, place, "allOf", value):
        if branch is not ANYTHING:
            place.choices += ((branch,),)
            place.constrained |= IN_PLACE


def read_any_of(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    place.any_of = _branches(around, place, "anyOf", value)
    place.choices += (place.any_of,)
    place.constrained |= IN_PLACE


def read_one_of(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    branches = _branches(around, place, "oneOf", value)
    if len(branches) == 1:
        place.choices += (branches,)
    else:
        place.deferred += (Deferred("oneOf", branches),)
    place.constrained |= IN_PLACE


def read_not(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    place.deferred += (Deferred("not", (around.child(value, place, "not"),)),)
    place.constrained |= IN_PLACE


def read_if(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    condition = around.child(value, place, "if")
    then = around.child(schema["then"], place, "then") if "then" in schema else ANYTHING
    otherwise = around.child(schema["else"], place, "else") if "else" in schema else ANYTHING
    place.deferred += (Deferred("if", (condition, then, otherwise)),)
    place.constrained |= IN_PLACE


def read_ref(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    place.choices += ((around.reference(value, place),),)
    place.constrained |= IN_PLACE


def read_dynamic_ref(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    place.choices += ((around.dynamic_reference(value, place),),)
    place.constrained |= IN_PLACE


def read_unevaluated_properties(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    _leave(around, place, "unevaluatedProperties", value)


def read_unevaluated_items(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    _leave(around, place, "unevaluatedItems", value)


def _leave(around: Surroundings, place: Subschema, keyword: str, value: object) -> None:
    place.deferred += (Deferred(keyword, (around.child(value, place, keyword),)),)
    place.constrained |= IN_PLACE
    if place.table is not None:
        place.table.tracks_evaluation = True

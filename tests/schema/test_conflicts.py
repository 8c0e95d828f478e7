"""The error about an unsatisfiable schema names the smallest conflict, and where it is."""

from __future__ import annotations

from typing import Any

import pytest

from structgen.errors import UnsatisfiableSchemaError
from structgen.schema.documents import load


@pytest.mark.parametrize(
    ("schema", "what", "pointer"),
    [
        (False, "the schema is false", "#"),
        ({"type": "integer", "minimum": 5, "maximum": 3}, "minimum 5 exceeds maximum 3", "#"),
        ({"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 2},
         "no integer between exclusive minimum 1 and exclusive maximum 2", "#"),
        ({"type": "number", "minimum": 1, "exclusiveMaximum": 1},
         "no number between minimum 1 and exclusive maximum 1", "#"),
        ({"type": "string", "minLength": 3, "maxLength": 2}, "minLength 3 exceeds maxLength 2", "#"),
        ({"type": "string", "pattern": "^a$", "minLength": 2}, "no string fits", "#"),
        ({"type": "array", "minItems": 3, "maxItems": 2}, "minItems 3 exceeds maxItems 2", "#"),
        ({"enum": ["a", 1.5], "type": "integer"}, "no listed value is of an allowed type, or in every list: 'a', 1.5",
         "#"),
        ({"enum": ["a"], "const": "b"}, "no listed value", "#"),
        ({"enum": [5, 6], "maximum": 4}, "no listed number fits maximum 4: 5, 6", "#"),
        ({"enum": ["ab"], "maxLength": 1}, "no listed string fits the lengths and the pattern: 'ab'", "#"),
        ({"type": "object", "properties": {"a": False}, "required": ["a"]},
         "the required property 'a' can never be valid", "#"),
        ({"type": "object", "additionalProperties": False, "required": ["a"]},
         "the required property 'a' can never be valid", "#"),
        ({"enum": [{}, {"b": 1}], "required": ["a"]},
         "none of 2 alternatives can be valid; the first: the required property 'a'", "#"),
        ({"items": {"properties": {"a": False}, "required": ["a"], "type": "object"}, "type": "array", "minItems": 1},
         "'a' can never be valid", "#/items"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}], "type": "integer"}, "no branch has a type", "#"),
        ({"anyOf": [{"type": "integer", "minimum": 2, "maximum": 1},
         {"type": "string", "minLength": 2, "maxLength": 1}]},
         "none of 2 alternatives can be valid; the first: minimum 2 exceeds maximum 1", "#/anyOf/0"),
        ({"type": "null", "$ref": "#/$defs/d", "$defs": {"d": {"type": "string"}}}, "no branch has a type", "#"),
    ],
)  # fmt: skip
def test_the_conflict_is_named(schema: Any, what: str, pointer: str) -> None:
    with pytest.raises(UnsatisfiableSchemaError) as caught:
        load(schema)
    assert what in caught.value.what
    assert caught.value.pointer.startswith(pointer)


def test_the_way_to_the_conflict_is_told() -> None:
    inner = {"type": "array", "minItems": 2, "items": {"type": "integer", "minimum": 5, "maximum": 3}}
    with pytest.raises(UnsatisfiableSchemaError) as caught:
        load({"type": "object", "required": ["x"], "properties": {"x": inner, "y": False}})
    assert caught.value.what == "minimum 5 exceeds maximum 3"
    assert caught.value.pointer == "#/properties/x/items"
    assert (
        caught.value.reason
        == "an item that minItems demands can never be valid; the required property 'x' can never be valid"
    )


def test_the_position_of_an_impossible_item_is_told() -> None:
    with pytest.raises(UnsatisfiableSchemaError) as caught:
        load({"type": "array", "minItems": 2, "prefixItems": [True, {"enum": []}]})
    assert "item 1" in caught.value.reason
    assert caught.value.pointer == "#/prefixItems/1"
    with pytest.raises(UnsatisfiableSchemaError) as caught:
        load({"type": "array", "minItems": 2, "prefixItems": [True, False]})
    assert "item 1" in caught.value.what
    assert caught.value.reason == "its schema is false"


def test_endless_recursion_is_told_apart() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/n"}}, "required": ["next"]}
    with pytest.raises(UnsatisfiableSchemaError) as caught:
        load({"$ref": "#/$defs/n", "$defs": {"n": node}})
    assert "without end" in caught.value.what
    assert caught.value.pointer == "#/$defs/n"
    assert "'next'" in caught.value.reason


def test_a_long_way_is_shortened() -> None:
    schema: Any = False
    for _ in range(10):
        schema = {"type": "object", "properties": {"a": schema}, "required": ["a"]}
    with pytest.raises(UnsatisfiableSchemaError) as caught:
        load(schema)
    assert len(caught.value.reason) < 300
    assert caught.value.reason.endswith("…")

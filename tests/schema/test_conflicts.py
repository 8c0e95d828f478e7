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
        ({"type": "string", "not": {"type": "string", "title": "x"}}, "is excluded by 'not'", "#/not"),
        ({"type": ["string", "null"], "title": "t", "allOf": [{"minLength": 1}, {"maxLength": 0, "type": "string"}]},
         "minLength 1 exceeds maxLength 0", "#/allOf/"),
        ({"type": "integer", "multipleOf": 7, "minimum": 1, "maximum": 6},
         "no integer fits minimum 1 and maximum 6 and multipleOf 7", "#"),
        ({"type": "integer", "multipleOf": 4, "not": {"multipleOf": 2}},
         "no integer fits multipleOf 4 and no multiple of 2", "#"),
        ({"type": "object", "required": ["a", "b"], "maxProperties": 1},
         "maxProperties is 1, and 2 are required: 'a', 'b'", "#"),
        ({"type": "object", "minProperties": 3, "maxProperties": 2}, "minProperties 3 exceeds maxProperties 2", "#"),
        ({"type": "object", "properties": {"a": True}, "additionalProperties": False, "minProperties": 2},
         "there are no 2 properties that can be valid", "#"),
        ({"type": "object", "properties": {"a": True, "b": True}, "required": ["a"], "dependentRequired": {"a": ["b"]},
          "maxProperties": 1}, "no object has all of: 'a' present; 'b' of another value; at most 1 properties", "#"),
        ({"type": "object", "required": ["a", "b", "c"], "oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
         "none of 2 alternatives can be valid; the first: the required property", "#"),
        ({"type": "object", "required": ["a", "b", "c"], "oneOf": [{"required": ["a", "b"]}, {"required": ["b", "c"]}]},
         "the first: not all of 'b', 'c' may be there, for a negation or 'oneOf', and all must", "#"),
        ({"type": "object", "propertyNames": {"maxLength": 1}, "required": ["ab"]},
         "the required property 'ab' can never be valid", "#"),
        ({"type": "array", "contains": {"type": "string", "maxLength": -0, "minLength": 1}},
         "minLength 1 exceeds maxLength 0", "#/contains"),
        ({"type": "array", "contains": True, "maxContains": 1, "minContains": 2},
         "minContains 2 exceeds maxContains 1", "#"),
        ({"type": "array", "items": {"type": "null"}, "contains": {"type": "string"}}, "match 'contains'", "#"),
        ({"type": "array", "items": {"enum": [1, 2]}, "uniqueItems": True, "minItems": 3},
         "there are no 3 different items for 'uniqueItems'", "#"),
        ({"type": "array", "uniqueItems": True, "not": {"uniqueItems": True}}, "all items must differ", "#"),
        ({"type": "array", "items": {"const": 1}, "minItems": 2, "contains": {"const": 1}, "maxContains": 1},
         "as many items as asked that match 'contains'", "#"),
        ({"type": "array", "prefixItems": [{"const": 1}, {"const": 2}], "maxItems": 2, "not": {"uniqueItems": True}},
         "no two items can be equal", "#"),
        ({"type": "object", "title": "t", "properties": {"a": {"type": "string"}},
          "allOf": [{"properties": {"b": {}}}, {"required": ["k"], "properties": {"k": {"const": 1}}}],
          "if": {"properties": {"k": {"const": 1}}}, "then": {"maxProperties": 0}, "else": True},
         "none of 2 alternatives can be valid; the first: maxProperties is 0, and 1 are required: 'k'", "#"),
        ({"type": "object", "required": ["a"], "properties": {"a": {"type": "null"}}, "unevaluatedProperties": False,
          "anyOf": [{"required": ["b"]}, {"required": ["c"]}]},
         "none of 2 alternatives can be valid; the first: the required property 'b' can never be valid", "#"),
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

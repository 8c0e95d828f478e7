"""What each keyword allows, at a glance; and what each draft makes of it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from structgen.errors import LimitExceededError, SchemaError, UnsatisfiableSchemaError, UnsupportedSchemaError
from structgen.regex.derivatives import matches
from structgen.schema.documents import load
from structgen.schema.references import DRAFTS
from tests.schema.membership import is_member

EVERYTHING = [None, True, 0, 1.5, "", "text", [], [1], {}, {"a": 1}]


@pytest.mark.parametrize(
    ("schema", "accepted", "rejected"),
    [
        (True, EVERYTHING, []),
        ({}, EVERYTHING, []),
        ({"type": "integer"}, [0, -3, 1.0, 10**30], [1.5, True, "1", None]),
        ({"type": ["null", "string"]}, [None, ""], [0, False, []]),
        ({"type": "object"}, [{}, {"a": [1]}], [[], None]),
        ({"minimum": 1}, [1, 1.0, 2.5, "text", None], [0, 0.99, -5]),
        ({"minimum": 1, "exclusiveMinimum": 1, "maximum": 2}, [1.001, 2], [1, 1.0, 2.001]),
        ({"exclusiveMinimum": 0, "minimum": -5}, [0.1], [0, -1]),
        ({"maximum": 3, "exclusiveMaximum": 3}, [2.99], [3, 4]),
        ({"maximum": 3, "exclusiveMaximum": 9}, [3, -7], [3.5]),
        ({"minimum": 0.1, "maximum": 0.3}, [0.1, 0.2, 0.3], [0.09, 0.31]),
        ({"minLength": 1, "maxLength": 2}, ["a", "\U0001f600\U0001f600", 5], ["", "abc"]),
        ({"maxLength": 0}, ["", None], ["a"]),
        ({"minLength": 2.0, "maxLength": Decimal("2.0")}, ["ab"], ["a", "abc"]),
        ({"pattern": "b", "maxLength": 3}, ["b", "abc", 7], ["aaab", "a"]),
        ({"enum": ["a", 1, None, True]}, ["a", 1, 1.0, None, True], ["b", 2, False, "1", []]),
        ({"enum": [1, "a"], "type": "string"}, ["a"], [1]),
        ({"enum": [1, 2.5, 3], "minimum": 2, "exclusiveMaximum": 3}, [2.5], [1, 3]),
        ({"enum": ["a", "ab", "abc"], "minLength": 2, "pattern": "^ab?$"}, ["ab"], ["a", "abc"]),
        ({"enum": [0]}, [0, -0.0], [False, "", None]),
        ({"const": [1, {"a": [None]}]}, [[1, {"a": [None]}], [1.0, {"a": [None]}]], [[1], [1, {"a": []}], [1, {}]]),
        ({"const": {"a": 1, "b": 2}}, [{"b": 2, "a": 1.0}], [{"a": 1}, {"a": 1, "b": 2, "c": 3}, {}]),
        ({"const": True}, [True], [1, False]),
        ({"enum": [[1], [2], "x", {}]}, [[1], [2], "x", {}], [[], [1, 2], {"a": 1}, "y"]),
        ({"enum": [{"k": 1}, {"k": 2}], "properties": {"k": {"minimum": 2}}}, [{"k": 2}], [{"k": 1}]),
        ({"enum": [[1, 2], [3]], "minItems": 2, "items": {"type": "integer"}}, [[1, 2]], [[3]]),
        ({"enum": [1, 2], "const": 2}, [2], [1]),
        ({"items": {"type": "null"}, "maxItems": 2}, [[], [None, None], "text"], [[1], [None] * 3]),
        ({"prefixItems": [{"type": "null"}, True], "items": False}, [[], [None], [None, 5]], [[1], [None, 1, 1]]),
        ({"prefixItems": [{"type": "null"}], "minItems": 2}, [[None, 1]], [[None], [1, 1]]),
        ({"prefixItems": [True, False]}, [[], [7]], [[7, 7]]),
        ({"properties": {"a": {"type": "null"}}}, [{}, {"a": None}, {"b": 1}, []], [{"a": 1}]),
        ({"properties": {"a": True}, "additionalProperties": False}, [{}, {"a": 9}], [{"b": 1}]),
        ({"required": ["a"], "additionalProperties": {"type": "null"}}, [{"a": None}], [{}, {"a": 1}]),
        ({"properties": {"a": False}}, [{}, {"b": 1}], [{"a": 1}]),
        ({"anyOf": [{"type": "string", "maxLength": 1}, {"minimum": 5, "type": "integer"}],
         "type": ["string", "integer"]}, ["a", 5], ["ab", 4, 5.5, None]),
        ({"anyOf": [{"required": ["a"]}, {"required": ["b"]}], "type": "object"}, [{"a": 1}, {"b": 1}], [{}, {"c": 1}]),
        ({"anyOf": [{"anyOf": [{"const": 1}, {"const": 2}]}, {"type": "null"}]}, [1, 2, None], [3]),
        ({"anyOf": [False, {"type": "null"}]}, [None], [1]),
        ({"properties": {"a": {"type": "integer"}}, "anyOf": [{"properties": {"a": {"minimum": 3}}}]}, [{"a": 3}, {}],
         [{"a": 2}, {"a": 3.5}]),
        ({"allOf": [{"minimum": 1}, {"maximum": 3}, {"type": ["integer", "string"]}]}, [1, 3, "x"], [0, 4, 2.5, None]),
        ({"oneOf": [{"minimum": 2}, {"maximum": 4}]}, [1, 5], [2, 3, 4, "x"]),
        ({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, [{"a": 1}, {"b": 1, "c": 2}],
         [{}, {"a": 1, "b": 2}, "x"]),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "integer", "minimum": 5}]}, ["a", 4], [5, None]),
        ({"not": {"type": ["string", "integer"]}}, [None, 1.5, [], True], ["a", 1]),
        ({"not": {"not": {"minimum": 3}}}, [3, "x"], [2]),
        ({"not": {"enum": [1, "a", None, True, [1], {"a": 1}]}}, [2, "b", False, [], [2], {"a": 2}, {}],
         [1, "a", None, True, [1], {"a": 1}]),
        ({"not": {"properties": {"a": {"type": "string"}}, "required": ["b"]}},
         [{"a": 1}, {"a": 1, "b": 1}, {"a": "x"}], [{"b": 1}, {"a": "x", "b": 1}, 5]),
        ({"not": {"prefixItems": [{"type": "null"}], "items": {"type": "string"}, "minItems": 2}},
         [[], [None], [1, "a"], [None, 1]], [[None, "a"], [None, "a", "b"], 3]),
        ({"not": {"patternProperties": {"^x": {"type": "null"}}, "additionalProperties": False}},
         [{"x": 1}, {"y": None}], [{}, {"x": None, "xy": None}]),
        ({"not": {"minProperties": 1, "maxProperties": 2}}, [{}, {"a": 1, "b": 2, "c": 3}], [{"a": 1}, 3]),
        ({"not": {"uniqueItems": True}}, [[1, 1.0], [0, [1], [1]]], [[], [1, 2], [True, 1], "x"]),
        ({"not": {"contains": {"type": "null"}, "maxContains": 1}}, [[], [1], [None, None]], [[None], [1, None]]),
        ({"not": {"multipleOf": 3}}, [1, 2.5], [3, 0, "x"]),
        ({"not": {"pattern": "a", "minLength": 2}}, ["a", "b", "bcd"], ["ab", 5]),
        ({"if": {"properties": {"a": {"const": 1}}, "required": ["a"]}, "then": {"required": ["b"]},
          "else": {"required": ["c"]}},
         [{"a": 1, "b": 2}, {"a": 2, "c": 1}, {"c": 1}, "x"], [{"a": 1}, {"a": 2, "b": 1}, {}]),
        ({"if": {"type": "string"}, "then": {"minLength": 2}}, ["ab", 1], ["a"]),
        ({"patternProperties": {"^a": {"type": "integer"}, "b$": {"minimum": 3}},
          "additionalProperties": {"type": "null"}, "properties": {"ab": {"maximum": 5}}},
         [{"a": 1, "ab": 4, "b": "x", "c": None}], [{"ab": 2}, {"ab": 6}, {"c": 1}, {"ab": "x"}, {"aab": 2}]),
        ({"propertyNames": {"minLength": 2, "pattern": "^a"}}, [{}, {"ab": 1}, 5], [{"a": 1}, {"bb": 1}]),
        ({"propertyNames": False}, [{}], [{"a": 1}]),
        ({"minProperties": 1, "maxProperties": 2}, [{"a": 1}, {"a": 1, "b": 2}, []],
         [{}, {"a": 1, "b": 2, "c": 3}]),
        ({"dependentRequired": {"a": ["b", "c"]}}, [{}, {"b": 1}, {"a": 1, "b": 1, "c": 1}],
         [{"a": 1}, {"a": 1, "b": 1}]),
        ({"dependentSchemas": {"a": {"properties": {"b": {"type": "null"}}, "required": ["c"]}}},
         [{"b": 1}, {"a": 1, "c": 1}, {"a": 1, "b": None, "c": 1}, 7], [{"a": 1}, {"a": 1, "b": 1, "c": 1}]),
        ({"dependentSchemas": {"a": {"maxProperties": 1}}}, [{"a": 1}, {"b": 1, "c": 1}], [{"a": 1, "b": 1}]),
        ({"contains": {"type": "null"}}, [[None], [1, None], "x"], [[], [1]]),
        ({"contains": {"type": "null"}, "minContains": 2, "maxContains": 3}, [[None, 1, None], [None] * 3],
         [[None], [None] * 4]),
        ({"contains": {"type": "null"}, "minContains": 0, "maxContains": 1}, [[], [1], [None]], [[None, None]]),
        ({"uniqueItems": True}, [[1, True, "1", [1], {"a": 1, "b": 2}], []],
         [[1, 1.0], [{"a": 1, "b": 2}, {"b": 2, "a": 1}]]),
        ({"multipleOf": 0.1}, [0.3, 1, -0.2, "x"], [0.25]),
        ({"enum": [4, 6, 9, 0.5], "multipleOf": 2}, [4, 6], [9, 0.5]),
        ({"prefixItems": [True], "contains": {"const": 1}, "unevaluatedItems": {"type": "string"}},
         [["x", 1, "a"], [1]], [["x", 1, 2], ["x", "y"]]),
        ({"properties": {"a": True}, "allOf": [{"properties": {"b": True}}], "unevaluatedProperties": False},
         [{"a": 1, "b": 2}], [{"c": 1}]),
        ({"anyOf": [{"properties": {"a": {"const": 1}}, "required": ["a"]}, {"properties": {"b": {"const": 1}},
          "required": ["b"]}], "unevaluatedProperties": False}, [{"a": 1}, {"b": 1}, {"a": 1, "b": 1}],
         [{}, {"a": 1, "b": 2}, {"a": 1, "c": 1}]),
        ({"dependentSchemas": {"b": {"prefixItems": [True]}}, "unevaluatedItems": False}, [[], {"b": 1}], [[1]]),
    ],
)  # fmt: skip
def test_keywords(schema: Any, accepted: list[Any], rejected: list[Any]) -> None:
    term = load(schema)
    assert [value for value in accepted if not is_member(value, term)] == []
    assert [value for value in rejected if is_member(value, term)] == []
    if isinstance(schema, dict):
        text = json.dumps(schema, default=float)
        assert load(text).values().null == term.values().null


@pytest.mark.parametrize(
    "annotations",
    [
        {"title": "T", "description": "D", "default": {}, "examples": [1], "$comment": "C", "deprecated": True},
        {"readOnly": True, "writeOnly": False, "contentEncoding": "base64", "contentMediaType": "text/html"},
        {"contentSchema": {"allOf": []}, "x-unknown": {"not": {}}, "nullable": True, "discriminator": {}},
        {"$defs": {"unreached": {"allOf": 5}}, "definitions": {"unreached": {"type": "nothing"}}},
        {
            "dependencies": {"a": ["b"]},
            "additionalItems": False,
            "id": 7,
            "minContains": 3,
            "then": False,
            "else": False,
        },
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "urn:x",
            "$anchor": "top",
            "$vocabulary": {},
        },
        {"format": "color"},
    ],
)
def test_what_asserts_nothing_is_accepted(annotations: dict[str, Any]) -> None:
    term = load(annotations)
    assert all(is_member(value, term) for value in EVERYTHING)


@pytest.mark.parametrize(
    "schema",
    [
        {"uniqueItems": False},
        {"uniqueItems": True, "maxItems": 1},
        {"uniqueItems": True, "type": "object"},
        {"allOf": [True, {}]},
        {"patternProperties": {}},
        {"dependentRequired": {}},
        {"dependentSchemas": {}},
        {"propertyNames": True},
        {"propertyNames": False, "type": "string"},
        {"minProperties": 0},
        {"minProperties": 2, "required": ["a", "b"]},
        {"maxProperties": 1, "properties": {"a": True}, "additionalProperties": False},
        {"contains": {"type": "null"}, "minContains": 0},
        {"if": {"type": "null"}},
        {"if": {"type": "null"}, "then": True, "else": {}},
        {"multipleOf": 1, "type": "integer"},
        {"multipleOf": 7, "type": "string"},
        {"format": "date", "type": "integer"},
        {"format": "date", "enum": [1, 2]},
        {"unevaluatedProperties": True, "unevaluatedItems": {}},
    ],
)
def test_a_keyword_that_allows_everything_is_accepted(schema: dict[str, Any]) -> None:
    load(schema)


@pytest.mark.parametrize(
    ("draft", "schema", "accepted", "rejected"),
    [
        ("4", {"dependencies": {"a": ["b"], "c": {"required": ["d"]}}}, [{}, {"a": 1, "b": 1}, {"c": 1, "d": 1}],
         [{"a": 1}, {"c": 1}]),
        ("7", {"dependencies": {"a": False}}, [{"b": 1}], [{"a": 1}]),
        ("2019-09", {"dependencies": {"a": ["b"]}, "dependentRequired": {"c": ["d"]}}, [{"a": 1}], [{"c": 1}]),
        ("6", {"contains": {"const": 1}, "maxContains": 1, "minContains": 3}, [[1, 1], [1]], [[]]),
        ("4", {"contains": {"enum": [1]}, "if": False, "const": 1, "propertyNames": False}, [[], 2, {"a": 1}], []),
        ("6", {"if": {}, "then": False}, [1], []),
        ("7", {"if": {}, "then": False}, [], [1]),
        ("4", {"not": {"type": "integer"}}, ["x", 1.5], [1]),
        ("2019-09", {"items": [True], "contains": {"const": 1}, "unevaluatedItems": False}, [[1]], [[0, 1], [0]]),
        ("7", {"unevaluatedProperties": False, "dependentRequired": {"a": ["b"]}}, [{"a": 1}], []),
    ],
)  # fmt: skip
def test_keywords_of_old_drafts(draft: str, schema: Any, accepted: list[Any], rejected: list[Any]) -> None:
    schema = {"$schema": DRAFTS[draft].uri, **schema}
    try:
        term = load(schema)
    except UnsatisfiableSchemaError:
        assert not accepted
        return
    assert [value for value in accepted if not is_member(value, term)] == []
    assert [value for value in rejected if is_member(value, term)] == []


@pytest.mark.parametrize("draft", ["4", "6", "7", "2019-09"])
def test_additional_items_are_those_beyond_a_list(draft: str) -> None:
    schema = {"$schema": DRAFTS[draft].uri, "items": [{}], "additionalItems": {"type": "null"}}
    term = load(schema)
    assert is_member([1, None, None], term)
    assert not is_member([1, 2], term)
    assert is_member([1, 2], load({**schema, "items": {}}))


def test_a_pattern_that_is_not_regular_is_refused_with_its_reason() -> None:
    with pytest.raises(UnsupportedSchemaError) as caught:
        load({"properties": {"a": {"pattern": r"(a)\1"}}})
    assert caught.value.pointer == "#/properties/a/pattern"
    assert "back-reference" in caught.value.reason


@pytest.mark.parametrize(
    ("draft", "schema", "accepted", "rejected"),
    [
        ("4", {"minimum": 1, "exclusiveMinimum": True}, [1.5], [1]),
        ("4", {"maximum": 1, "exclusiveMaximum": True, "minimum": 0, "exclusiveMinimum": False}, [0, 0.5], [1]),
        ("4", {"type": "integer"}, [1, -3], [1.0]),
        ("4", {"enum": [1]}, [1, 1.0], [2]),
        ("4", {"type": "integer", "enum": [1.0]}, [1], [1.0]),
        ("4", {"const": 5, "propertyNames": False, "contains": {}, "$ref2": 1}, [6, {"a": 1}], []),
        ("4", {"items": [{"type": "null"}]}, [[], [None, 5]], [[5]]),
        ("4", {"definitions": {"d": {"type": "null"}},
         "properties": {"a": {"$ref": "#/definitions/d", "minimum": "no"}}}, [{"a": None}], [{"a": 1}]),
        ("6", {"const": 5, "if": False}, [5], [6]),
        ("6", {"exclusiveMinimum": 5}, [6], [5]),
        ("7", {"type": "integer", "prefixItems": False}, [1, 1.0], [1.5]),
        ("7", {"definitions": {"d": True},
         "properties": {"a": {"$ref": "#/definitions/d", "type": "null", "allOf": 3}}}, [{"a": 1}], []),
        ("2019-09", {"items": [True, {"type": "null"}]}, [[1, None, 1]], [[1, 1]]),
        ("2019-09", {"$defs": {"d": {"minimum": 5}}, "$ref": "#/$defs/d", "maximum": 6}, [5, 6], [4, 7]),
        ("2020-12", {"$defs": {"d": {"minimum": 5}}, "$ref": "#/$defs/d", "maximum": 6}, [5, 6], [4, 7]),
    ],
)  # fmt: skip
def test_drafts(draft: str, schema: dict[str, Any], accepted: list[Any], rejected: list[Any]) -> None:
    for uri in (DRAFTS[draft].uri, DRAFTS[draft].uri + "#"):
        term = load({"$schema": uri, **schema})
        assert [value for value in accepted if not is_member(value, term)] == []
        assert [value for value in rejected if is_member(value, term)] == []


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({"type": "strin"}, "#/type"),
        ({"type": []}, "#/type"),
        ({"type": 5}, "#/type"),
        ({"properties": []}, "#/properties"),
        ({"properties": {"a": 5}}, "#/properties/a"),
        ({"properties": {"a": {"items": "x"}}}, "#/properties/a/items"),
        ({"required": "a"}, "#/required"),
        ({"required": [1]}, "#/required"),
        ({"anyOf": []}, "#/anyOf"),
        ({"anyOf": {}}, "#/anyOf"),
        ({"anyOf": [{}, 3]}, "#/anyOf/1"),
        ({"enum": "a"}, "#/enum"),
        ({"enum": [{1}]}, "#/enum"),
        ({"const": {"a": [float("nan")]}}, "#/const"),
        ({"const": {"a": {1: 2}}}, "#/const"),
        ({"minLength": -1}, "#/minLength"),
        ({"minLength": 1.5}, "#/minLength"),
        ({"maxLength": True}, "#/maxLength"),
        ({"minItems": "1"}, "#/minItems"),
        ({"maxItems": None}, "#/maxItems"),
        ({"minimum": "1"}, "#/minimum"),
        ({"maximum": True}, "#/maximum"),
        ({"exclusiveMinimum": True}, "#/exclusiveMinimum"),
        ({"maximum": float("inf")}, "#/maximum"),
        ({"pattern": 5}, "#/pattern"),
        ({"prefixItems": {}}, "#/prefixItems"),
        ({"items": [{}]}, "#/items"),
        ({"$ref": 5}, "#/$ref"),
        ({"properties": {"a": {"$id": 5}}}, "#/properties/a/$id"),
        ({"$schema": 5}, "#/$schema"),
        ({"$schema": DRAFTS["4"].uri, "minimum": 1, "exclusiveMinimum": 1}, "#/exclusiveMinimum"),
        ({"$schema": DRAFTS["4"].uri, "exclusiveMaximum": True}, "#/exclusiveMaximum"),
        ({"$schema": DRAFTS["4"].uri, "items": True}, "#/items"),
    ],
)
def test_a_malformed_schema_is_an_error_that_points_at_the_place(schema: Any, pointer: str) -> None:
    with pytest.raises(SchemaError) as caught:
        load(schema)
    assert not isinstance(caught.value, (UnsupportedSchemaError, UnsatisfiableSchemaError))
    assert caught.value.pointer == pointer


def test_the_meta_schema_says_why_a_keyword_is_malformed() -> None:
    with pytest.raises(SchemaError) as caught:
        load({"minLength": -1})
    assert "less than the minimum of 0" in caught.value.reason


@pytest.mark.parametrize(
    "schema",
    [{"enum": ["\ud800"]}, {"const": {"\udfff": 1}}, {"properties": {"\ud800": {}}}, {"required": ["\ud800"]}],
)
def test_a_lone_surrogate_is_refused(schema: Any) -> None:
    with pytest.raises(UnsupportedSchemaError, match="surrogate"):
        load(schema)


def test_many_listed_strings_meet_a_pattern_as_few_do() -> None:
    texts = [f"w{number}" for number in range(3000)]
    string = load({"enum": texts, "pattern": "77$", "maxLength": 4}).values().string
    few = load({"enum": [text for text in texts if text.endswith("77") and len(text) <= 4]}).values().string
    assert [text for text in texts if matches(string, text)] == [text for text in texts if matches(few, text)]
    with pytest.raises(UnsatisfiableSchemaError):
        load({"enum": texts, "pattern": "x"})


def test_constants_have_a_bound_on_their_size() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(LimitExceededError):
        load({"const": endless})

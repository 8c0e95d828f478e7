"""Objects: counts, duties and names that run out, in both orders; nothing is begun that can't be finished."""

from __future__ import annotations

import json
from typing import Any

import pytest

from structgen.errors import UnsatisfiableSchemaError
from structgen.schema.writing import Writing
from tests.schema.conditions import Texts

INTEGER = {"type": "integer"}
AB: Any = {"properties": {"a": INTEGER, "b": INTEGER}, "additionalProperties": False}


@pytest.mark.parametrize(
    ("order", "schema", "accepted", "rejected", "never_begun"),
    [
        ("any", {**AB, "minProperties": 1}, ['{"b":1}', '{"b":1,"a":2}'], [], ["{}"]),
        ("schema", {**AB, "minProperties": 2}, ['{"a":1,"b":2}'], [], ["{}", '{"b', '{"a":1}']),
        ("any", {**AB, "maxProperties": 1}, ["{}", '{"b":1}'], [], ['{"b":1,']),
        ("schema", {**AB, "maxProperties": 1, "required": ["b"]}, ['{"b":1}'], [], ['{"a', "{}"]),
        ("any", {"maxProperties": 2, "required": ["a"]}, ['{"x":1,"a":2}', '{"a":1}'], [],
         ['{"x":1,"y', '{"x":1}', '{"a":1,"x":2,']),
        ("any", {"minProperties": 2, "propertyNames": {"enum": ["a", "b", "c"]}, "properties": {"c": False}},
         ['{"b":1,"a":2}'], [], ['{"c', '{"a":1}', '{"a":1,"a', '{"a":1,"b":2,']),
        ("any", {"patternProperties": {"^x?$": INTEGER, "^y": {"const": "y"}}, "additionalProperties": False},
         ['{"x":1,"":2}', '{"y1":"y","":1,"y":"y"}'], [],
         ['{"z', '{"xx', '{"x":"', '{"y":1', '{"":1,""', '{"x":1,"":2,"x', '{"y":"y","y"']),
        ("any", {"dependentRequired": {"a": ["b"]}, "additionalProperties": False, "properties": {"a": {}, "b": {}}},
         ["{}", '{"b":1}', '{"a":1,"b":2}', '{"b":1,"a":2}'], ['{"a":1}'], []),
        ("schema", {"dependentRequired": {"b": ["a"]}, "properties": {"a": {}, "b": {}}},
         ['{"a":1}', '{"a":1,"b":2}', '{"a":1,"x":2}', '{"x":1}'], [], ['{"b"']),
        ("any", {**AB, "not": {"properties": {"a": {"const": 1}, "b": {"const": 1}}}},
         ['{"a":2}', '{"a":1,"b":2}', '{"b":11}'], ['{"a":1}'], ["{}", '{"a":1,"b":1}', '{"b":1,"a":1}']),
        ("schema", {**AB, "not": {"properties": {"a": {"const": 1}, "b": {"const": 1}}}},
         ['{"a":2}', '{"a":1,"b":2}', '{"b":11}'], [], ["{}", '{"a":1}', '{"b":1}', '{"a":1,"b":1}']),
        ("any", {"type": "object", "not": {"additionalProperties": INTEGER}},
         ['{"x":"1"}', '{"x":1,"y":true}'], ["{}", '{"x":1}'], []),
        ("any", {"type": "object", "not": {"propertyNames": {"pattern": "^a"}}, "maxProperties": 1},
         ['{"b":1}', '{"":1}'], ["{}"], ['{"a']),
        ("any", {"oneOf": [{"required": ["a"]}, {"required": ["b"]}], "type": "object"},
         ['{"a":1}', '{"x":1,"b":2}'], ["{}", '{"x":1}'], ['{"a":1,"b"']),
        ("any", {"oneOf": [{"properties": {"a": INTEGER}}, {"properties": {"b": INTEGER}}], "type": "object"},
         ['{"a":1,"b":"x"}', '{"a":"1"}', '{"b":"x"}'], ["{}", '{"a":1}', '{"x":1}'], ['{"a":"1","b":"x"']),
        ("schema", {"if": {"properties": {"a": {"const": 1}}, "required": ["a"]}, "then": {"required": ["b"]},
                    "properties": {"a": INTEGER, "b": {}}, "type": "object"},
         ['{"a":1,"b":2}', '{"a":2}', "{}"], [], ['{"a":1}', '{"a":1,"x']),
        ("any", {"minProperties": 3, "type": "object", "additionalProperties": {"enum": [1]}},
         ['{"x":1,"y":1,"":1}'], ['{"x":1}'], ['{"x":2']),
    ],
)  # fmt: skip
def test_objects(order: Any, schema: Any, accepted: list[str], rejected: list[str], never_begun: list[str]) -> None:
    texts = Texts(schema, order)
    for text in accepted:
        assert texts.accepts(text), text
    for text in rejected:
        assert texts.begins(text[:-1]) and not texts.accepts(text), text
    for text in never_begun:
        assert not texts.begins(text), text


def test_duties_that_only_one_value_can_meet_together() -> None:
    not_both: Any = [{"not": {"properties": {"a": {"const": value}}}} for value in (1, 2)]
    schema = {"type": "object", "allOf": not_both, "properties": {"a": {"enum": [1, 2, 3]}}}
    for order in ("any", "schema"):
        texts = Texts(schema, order)
        assert texts.accepts('{"a":3}')
        assert not texts.begins('{"a":1') and not texts.begins('{"a":2')


def test_what_no_object_can_do_is_unsatisfiable() -> None:
    for schema in (
        {**AB, "minProperties": 3},
        {**AB, "required": ["a", "b"], "maxProperties": 1},
        {"propertyNames": {"enum": ["a"]}, "minProperties": 2},
        {**AB, "not": {"properties": {"a": INTEGER}}},
    ):
        with pytest.raises(UnsatisfiableSchemaError):
            Texts({"type": "object", **schema})


def test_hundreds_of_properties_with_a_duty() -> None:
    properties = {f"p{number}": INTEGER for number in range(200)}
    ones = {"properties": {name: {"const": 1} for name in properties}}
    texts = Texts({"properties": properties, "required": list(properties), "not": ones}, "any")
    assert texts.accepts(json.dumps(dict.fromkeys(properties, 1) | {"p7": 2}))
    assert not texts.accepts(json.dumps(dict.fromkeys(properties, 1)))


def test_a_chain_of_dependencies() -> None:
    chain = {f"d{number}": [f"d{number + 1}"] for number in range(30)}
    texts = Texts({"dependentRequired": chain, "type": "object"}, "any")
    assert texts.accepts(json.dumps({f"d{number}": 1 for number in range(5, 31)}))
    assert not texts.accepts(json.dumps({f"d{number}": 1 for number in range(5, 30)}))


def test_maps_count_their_names() -> None:
    texts = Texts({"additionalProperties": INTEGER, "minProperties": 100, "maxProperties": 150}, "any")
    members = [f'"k{number}":1' for number in range(151)]
    assert texts.accepts("{" + ",".join(members[:150]) + "}")
    assert not texts.begins("{" + ",".join(members[:99]) + "}")
    assert not texts.begins("{" + ",".join(members[:150]) + ",")


# Names


def test_a_pattern_of_endless_names_never_repeats_one() -> None:
    texts = Texts({"patternProperties": {"^[a-z0-9]+$": INTEGER}, "additionalProperties": False}, "any")
    members = ",".join([f'"k{number}":{number}' for number in range(300)])
    assert texts.accepts("{" + members + "}")
    assert texts.begins("{" + members + ',"k7')
    assert not texts.begins("{" + members + ',"k7"')
    assert not texts.begins("{" + members + ',"K')


def test_a_finite_pattern_runs_out() -> None:
    texts = Texts({"propertyNames": {"pattern": "^[ab]{1,2}$"}, "type": "object"}, "any")
    names = ["a", "b", "aa", "ab", "ba", "bb"]
    text = "{" + ",".join([f'"{name}":1' for name in names])
    assert texts.accepts(text + "}")
    assert not texts.begins(text + ",")
    assert not texts.begins('{"aa":1,"ab":1,"a":1,"a')
    assert texts.accepts('{"aa":1,"ab":1,"b":1}')


def test_what_one_alternative_declares_is_another_name_for_the_next_one() -> None:
    schema = {
        "type": "object",
        "anyOf": [
            {"properties": {"kind": {"const": 1}, "ab": INTEGER}, "required": ["kind"], "additionalProperties": False},
            {"patternProperties": {"^ab?$": {"const": "x"}}, "additionalProperties": False},
        ],
    }
    texts = Texts(schema, "any")
    for text in ('{"ab":"x","a":"x"}', '{"ab":2,"kind":1}', '{"a":"x","ab":"x"}', "{}"):
        assert texts.accepts(text), text
    for text in ('{"ab":"x","kind', '{"ab":"x","ab', '{"a":"x","kind', '{"kind":1,"a"', '{"ab":2}'):
        assert not texts.begins(text), text


@pytest.mark.parametrize(
    "options", [{"escapes": "any"}, {"ensure_ascii": True}, {"escapes": "any", "ensure_ascii": True}]
)
def test_names_are_the_same_however_they_are_spelled(options: Any) -> None:
    schema = {
        "properties": {"a": {"const": 1}, "é": {"const": 2}},
        "patternProperties": {"^x": {"const": 3}},
        "minProperties": 1,
        "additionalProperties": {"const": 4},
    }
    texts = Texts(schema, writing=Writing("any", 0, **options))
    is_free = "escapes" in options
    is_ascii = "ensure_ascii" in options
    assert texts.accepts('{"a":1,"\\u00e9":2,"x1":3,"z":4}') is (is_free or is_ascii)
    assert texts.accepts('{"a":1,"é":2,"x1":3,"z":4}') is not is_ascii
    assert texts.accepts('{"\\u0061":1,"\\u0078":3}') is is_free
    assert not texts.begins('{"a":1,"a"') and not texts.begins('{"\\u00e9":2,"\\u00E9"')
    assert not texts.begins('{"x":3,"\\u0078"') and not texts.begins('{"z":4,"\\u007a"')
    assert not texts.begins('{"x":4') and not texts.begins('{"\\u00e9":4')


def test_the_same_object_in_a_fixed_layout() -> None:
    schema = {"properties": {"a": {"items": INTEGER, "uniqueItems": True}}, "maxProperties": 2}
    value = {"a": [1, 2], "b": {"c": [], "d": {}}}
    for whitespace, indent in (("compact", None), ("spaced", None), ("indented", 3)):
        options: Any = {"whitespace": whitespace} | ({"indent": indent} if indent else {})
        texts = Texts(schema, writing=Writing(**options))
        separators = (",", ":") if whitespace == "compact" else None
        assert texts.accepts(json.dumps(value, indent=indent, separators=separators))
        assert not texts.accepts(json.dumps(value, indent=1))
        assert not texts.accepts(json.dumps({**value, "e": 1}, indent=indent, separators=separators))
        assert not texts.accepts(json.dumps({"a": [2, 1, 2.0]}, indent=indent, separators=separators))

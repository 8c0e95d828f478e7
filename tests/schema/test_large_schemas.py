"""Schemas of megabytes and bounds of many thousands: they compile, and say what smaller ones say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from structgen.errors import UnsatisfiableSchemaError
from tests.schema.acceptance import accepts, accepts_value, compiled
from tests.schema.large_schemas import (
    cloud_template,
    cluster_objects,
    health_records,
    large_enum,
    nested,
    wide_object,
)


def test_a_template_of_hundreds_of_resource_types() -> None:
    grammar = compiled(cloud_template(300))
    fits = {"Setting0": "x", "Tags": [{"Key": "a", "Value": "b"}]}
    seventh = {"Type": "Cloud::Service7::Resource7", "Properties": fits}
    assert accepts_value(grammar, {"Resources": {"a": seventh, "b": dict(reversed(seventh.items()))}})
    assert not accepts_value(grammar, {"Resources": {"a": {**seventh, "Type": "Cloud::Service8::Resource7"}}})
    assert not accepts_value(grammar, {"Resources": {"a": {**seventh, "Properties": {}}}})
    assert not accepts_value(grammar, {"Resources": {"a-b": seventh}})


def test_objects_of_one_of_hundreds_of_kinds() -> None:
    grammar = compiled(cluster_objects(300))
    spec = {"field1": None, "limits": {"cpu": "5m", "disk": 3}, "template": {"field2": "x"}}
    one = {"apiVersion": "group1/v1", "kind": "Kind1", "metadata": {"name": "a"}, "spec": spec}
    assert accepts_value(grammar, one)
    assert accepts_value(grammar, dict(reversed(one.items())))
    for wrong in ({"apiVersion": "group2/v1"}, {"kind": "Kind300"}, {"spec": {"limits": {"cpu": "x"}}}):
        assert not accepts_value(grammar, {**one, **wrong})


def test_a_web_of_types_that_contain_one_another() -> None:
    grammar = compiled(health_records(60))
    inner = {"resourceType": "Type9", "field0": {"resourceType": "Type57"}}
    assert accepts_value(grammar, {"resourceType": "Type5", "id": "x-1", "contained": [inner, inner]})
    wrong = {"resourceType": "Type9", "field0": {"resourceType": "Type1"}}
    assert not accepts_value(grammar, {"resourceType": "Type5", "contained": [inner, wrong]})
    # Nothing says that a record is an object, so whatever isn't one is valid against every branch, and not just one.
    assert not accepts_value(grammar, 5)


def test_an_enumeration_of_fifty_thousand() -> None:
    grammar = compiled(large_enum(50_000))
    assert all(accepts(grammar, text) for text in ('"value 49999"', "4999", "4999.0"))
    assert not any(accepts(grammar, text) for text in ('"value 50000"', "5000", '"value"', '"value 499999"'))


@pytest.mark.parametrize("order", ["schema", "any"])
def test_two_hundred_required_properties(order: str) -> None:
    schema = wide_object(200)
    grammar = compiled(schema, property_order=order)
    value: dict[str, Any] = {name: (1, "x", True, None)[number % 4] for number, name in enumerate(schema["properties"])}
    assert accepts_value(grammar, value)
    assert accepts_value(grammar, dict(reversed(value.items()))) == (order == "any")
    assert not accepts_value(grammar, {**value, "other": 1})
    value.pop("property_77")
    assert not accepts_value(grammar, value)


@pytest.mark.parametrize(
    ("schema", "longest"),
    [
        ({"type": "string", "maxLength": 100_000}, '"' + "é" * 100_000 + '"'),
        ({"maxItems": 10_000}, json.dumps([1] * 10_000)),
    ],
    ids=["maxLength", "maxItems"],
)
def test_large_bounds_are_exact(schema: dict[str, Any], longest: str) -> None:
    grammar = compiled(schema)
    assert accepts(grammar, longest)
    assert not accepts(grammar, longest[:-1] + ("é" if longest[0] == '"' else ",1") + longest[-1])


def test_a_thousand_levels_of_schema_and_text() -> None:
    schema, text = nested(1000)
    for given in (schema, _as_text(schema)):
        grammar = compiled(given)
        assert accepts(grammar, text)
        assert not accepts(grammar, text.replace("5", '"5"'))


def _as_text(schema: Any) -> str:
    """As `json.dumps`, without recursion."""
    wrappers = []
    while schema["type"] != "integer":
        key = "items" if schema["type"] == "array" else "properties"
        outer = {name: value for name, value in schema.items() if name != key}
        inner = schema[key]
        wrappers.append((json.dumps(outer)[:-1], key))
        schema = inner if key == "items" else inner["a"]
    text = json.dumps(schema)
    for outer_text, key in reversed(wrappers):
        below = text if key == "items" else '{"a": ' + text + "}"
        text = f'{outer_text}, "{key}": {below}}}'
    return text


def test_what_needs_itself_a_thousand_levels_down_is_empty() -> None:
    chain: dict[str, Any] = {
        f"d{n}": {"type": "object", "properties": {"a": {"$ref": f"#/$defs/d{(n + 1) % 1000}"}}, "required": ["a"]}
        for n in range(1000)
    }
    with pytest.raises(UnsatisfiableSchemaError):
        compiled({"$ref": "#/$defs/d0", "$defs": chain})


def test_unreached_definitions_are_not_read() -> None:
    definitions = {f"d{n}": {"type": "nonsense", "pattern": "("} for n in range(10_000)}
    assert accepts(compiled({"$defs": definitions, "type": "null"}), "null")

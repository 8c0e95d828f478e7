"""Terms that are seen to have endlessly many members, and those that aren't."""

from __future__ import annotations

from typing import Any

import pytest

from structgen.schema.documents import load
from structgen.schema.endless import is_endless
from structgen.schema.enumeration import Enumeration
from tests.schema.acceptance import accepts_value, compiled


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {"type": "object", "minProperties": 2},
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "null"}}, "not": {"required": ["b"]}},
        {"type": "object", "patternProperties": {"^a": {"const": 1}}, "additionalProperties": False},
        {"type": "array", "prefixItems": [{"type": "null"}]},
    ],
)
def test_what_can_always_grow_is_endless(schema: dict[str, Any]) -> None:
    term = load(schema)
    assert is_endless(term)
    assert Enumeration(100).all_of(term) is None


@pytest.mark.parametrize(
    ("schema", "number"),
    [
        ({"enum": ["a", 1, None]}, 3),
        ({"type": "string", "pattern": "^[ab]{1,2}$"}, 6),
        ({"type": "object", "maxProperties": 0}, 1),
        ({"type": "object", "properties": {"a": {"type": "boolean"}}, "additionalProperties": False}, 3),
        ({"type": "object", "propertyNames": {"enum": ["a", "b"]}, "additionalProperties": {"type": "null"}}, 4),
        ({"type": "array", "maxItems": 2, "items": {"type": "boolean"}}, 7),
        ({"type": "array", "uniqueItems": True, "items": {"type": "boolean"}}, 5),
        ({"type": "array", "items": {"type": "boolean"}, "contains": True, "maxContains": 1}, 2),
    ],
)
def test_what_can_not_is_counted(schema: dict[str, Any], number: int) -> None:
    term = load(schema)
    assert not is_endless(term)
    found = Enumeration(10).all_of(term)
    assert found is not None
    assert len(found) == number


def test_items_that_must_differ_and_can_always_grow_need_no_search() -> None:
    names = [f"p{number}" for number in range(12)]
    item = {
        "type": "object",
        "properties": {name: {"enum": list(range(9))} for name in names},
        "dependentRequired": {names[0]: names[1:5], names[1]: names[3:6]},
        "oneOf": [{"required": [name]} for name in names[:4]],
    }
    grammar = compiled({"items": item, "uniqueItems": True, "minItems": 3, "maxItems": 3})
    items = [{"p2": 1}, {"p2": 2}, {"p2": 1, "other": 1}]
    assert accepts_value(grammar, items)
    assert not accepts_value(grammar, [*items[:2], items[0]])

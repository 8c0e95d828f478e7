"""Arrays: counts, items that all differ, and items two of which are equal; nothing is begun that can't be finished."""

from __future__ import annotations

import json
from typing import Any

import pytest

from structgen.errors import LimitExceededError, UnsatisfiableSchemaError
from tests.schema.conditions import Texts

ONE, TEXT = {"const": 1}, {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "accepted", "rejected", "never_begun"),
    [
        ({"contains": ONE}, ["[1]", "[2,1,3]", "[1.0,1]", "{}"], ["[]", "[2]"], []),
        ({"contains": ONE, "maxItems": 2}, ["[1]", "[2,1]", "[1,2]"], ["[]", "[2]"], ["[2,2", "[2,11", "[1,2,"]),
        ({"contains": ONE, "minContains": 0}, ["[]", "[2]"], [], []),
        ({"contains": ONE, "maxContains": 1, "items": {"type": "integer"}}, ["[1]", "[2,1,3]"], ["[]", "[1,1]"],
         ['[1,"']),
        ({"contains": TEXT, "minContains": 2, "maxContains": 2}, ['["a","b"]', '["a",1,"b",2]'], ['["a"]'],
         ['["a","b","', '["a","b",1,"']),
        ({"contains": ONE, "minContains": 0, "maxContains": 0}, ["[]", "[2,12,[1]]"], [], ["[1,", "[1]", "[2,1]"]),
        ({"allOf": [{"contains": ONE}, {"contains": TEXT}], "maxItems": 2}, ['[1,"a"]', '["a",1]'], ["[1]"],
         ["[1,1", "[2", '["a","']),
        ({"prefixItems": [{"enum": [1, 2]}, ONE], "uniqueItems": True, "minItems": 2}, ["[2,1]", "[2,1,3]"], [],
         ["[1"]),
        ({"prefixItems": [{}, {"enum": [1, 2]}, {"enum": [1, 2]}], "uniqueItems": True, "minItems": 3},
         ["[3,1,2]", "[true,2,1]"], ["[3,1]"], ["[1,", "[2]", "[3,1,1"]),
        ({"items": {"enum": [1, 2, 3]}, "uniqueItems": True}, ["[]", "[3,1,2]", "[1.0,2]"], [],
         ["[1,1", "[3,1,2,", "[1,1.0"]),
        ({"items": {"type": "boolean"}, "uniqueItems": True, "minItems": 2}, ["[true,false]"], ["[true]"],
         ["[true,t", "[true,false,"]),
        ({"uniqueItems": True, "contains": ONE, "minContains": 2}, [], [], []),
        ({"uniqueItems": True, "contains": {"enum": [1, 2]}, "minContains": 2, "maxItems": 3},
         ["[1,2]", "[3,2,1]"], ["[1,3]"], ["[3,4", "[1,3,1]"]),
        ({"items": {"type": "array", "items": {"enum": [1, 2]}, "maxItems": 1}, "uniqueItems": True},
         ["[[],[1],[2]]"], [], ["[[],[]", "[[1],[2],[],", "[[1],[1"]),
        ({"items": {"type": "object", "properties": {"a": {"enum": [1, 2]}}, "additionalProperties": False},
          "uniqueItems": True},
         ['[{},{"a":1},{"a":2}]'], [], ["[{},{}", '[{"a":1},{"a":1', '[{"a":2},{},{"a":1},']),
        ({"type": "array", "not": {"uniqueItems": True}}, ["[1,1]", "[1,2,1.0]", '[{"a":1,"b":2},3,{"b":2,"a":1}]'],
         ["[]", "[1]", "[1,2]"], []),
        ({"type": "array", "not": {"uniqueItems": True}, "maxItems": 2, "prefixItems": [{}, {"enum": [1, "a"]}]},
         ["[1,1]", '["a","a"]'], ["[1]"], ["[2", '["b', '[1,"', "[1,1,"]),
        ({"oneOf": [{"uniqueItems": True, "type": "array"}, {"contains": ONE, "type": "array"}]},
         ["[2,3]", "[1,1]"], ["[1]", "[1,2]", "[2,2]"], []),
        ({"not": {"prefixItems": [ONE, TEXT]}, "type": "array"}, ["[2]", "[1,2]"], ["[]", "[1]"], ['[1,"']),
        ({"items": False, "prefixItems": [ONE, ONE], "contains": TEXT, "minContains": 0}, ["[]", "[1,1]"], [],
         ["[2", "[1,1,"]),
    ],
)  # fmt: skip
def test_arrays(schema: Any, accepted: list[str], rejected: list[str], never_begun: list[str]) -> None:
    if not accepted:
        with pytest.raises(UnsatisfiableSchemaError):
            Texts({"type": "array", **schema})
        return
    texts = Texts(schema)
    for text in accepted:
        assert texts.accepts(text), text
    for text in rejected:
        assert texts.begins(text[:-1]) and not texts.accepts(text), text
    for text in never_begun:
        assert not texts.begins(text), text


def test_counts_far_off_cost_one_state_an_item() -> None:
    texts = Texts({"items": {"type": "integer"}, "minItems": 5000, "maxItems": 10_000})
    assert texts.accepts(json.dumps([1] * 5000))
    assert not texts.accepts(json.dumps([1] * 4999))
    assert not texts.accepts(json.dumps([1] * 10_001))
    assert texts.runtime.tables.controls < 15_000


def test_two_counts_that_no_item_meets_together() -> None:
    both = [{"contains": ONE, "minContains": 20}, {"contains": TEXT, "minContains": 20}]
    texts = Texts({"allOf": both, "maxItems": 40})
    assert texts.accepts(json.dumps([1] * 20 + ["a"] * 20))
    assert texts.begins(json.dumps([1] * 20)[:-1])
    assert not texts.begins(json.dumps([1] * 21)[:-1])


def test_an_array_takes_each_of_few_values_once() -> None:
    names = [f"v{number}" for number in range(60)]
    texts = Texts({"items": {"enum": names}, "uniqueItems": True, "minItems": 60})
    assert texts.accepts(json.dumps(names[::-1]))
    assert not texts.begins(json.dumps([*names[:30], names[0]])[:-1])


def test_more_counts_than_can_be_told_apart_are_refused() -> None:
    counted = [{"contains": {"const": number}, "maxContains": 2} for number in range(12)]
    with pytest.raises(LimitExceededError):
        Texts({"allOf": counted, "type": "array"}).accepts("[1,2]")

"""Members of terms that have few; terms less or with given values; when two values are equal."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structgen.errors import LimitExceededError
from structgen.regex.nodes import ANYTHING
from structgen.regex.patterns import parse
from structgen.schema.documents import load
from structgen.schema.enumeration import texts
from structgen.schema.members import equality_key, members, only, without
from structgen.schema.terms import FALSE, TRUE, both, excluding
from tests.schema.membership import is_equal, is_member

BOOLEAN_PAIR = {"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 2}

values = st.recursive(
    st.sampled_from([None, True, False, 0, 1, 1.0, -0.0, "", "a", "1", Decimal("1.50"), 1.5]),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("ab"), inner, max_size=2)),
    max_leaves=5,
)


@given(values, values)
def test_keys_are_equal_where_values_are(one: Any, other: Any) -> None:
    assert (equality_key(one) == equality_key(other)) == is_equal(one, other)


def test_keys_of_deep_values_are_made_without_the_interpreters_stack() -> None:
    deep: Any = 1
    for _ in range(50_000):
        deep = [deep]
    assert equality_key([deep])


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"enum": [1, 1.0, "a", None, [1], {"k": True}]}, [None, "a", 1, [1], {"k": True}]),
        ({"type": "boolean"}, [False, True]),
        ({"type": "integer", "minimum": -1, "maximum": 1}, [0, 1, -1]),
        ({"type": "number", "multipleOf": 0.5, "minimum": 0, "maximum": 1}, [0, 1, Decimal("0.5")]),
        ({"type": "string", "pattern": "^[ab]?$"}, ["", "a", "b"]),
        ({"type": "array", "items": {"const": 1}, "maxItems": 2}, [[], [1], [1, 1]]),
        ({"type": "array", "items": {"enum": [1, 2]}, "uniqueItems": True}, [[], [1], [2], [1, 2], [2, 1]]),
        ({"type": "array", "items": {"enum": [1, 2]}, "maxItems": 2, "contains": {"const": 1}, "maxContains": 1},
         [[1], [1, 2], [2, 1]]),
        ({"type": "array", "contains": {"const": 1}, "maxItems": 1}, [[1]]),
        ({"type": "object", "properties": {"a": {"const": 1}, "b": {"const": 2}}, "additionalProperties": False},
         [{}, {"a": 1}, {"b": 2}, {"a": 1, "b": 2}]),
        ({"type": "object", "properties": {"a": {"const": 1}, "b": {"const": 2}}, "additionalProperties": False,
          "minProperties": 2}, [{"a": 1, "b": 2}]),
        ({"type": "object", "patternProperties": {"^[xy]$": {"const": 0}}, "additionalProperties": False,
          "maxProperties": 1}, [{}, {"x": 0}, {"y": 0}]),
        ({"type": "object", "properties": {"a": {"enum": [1, 2]}}, "additionalProperties": False,
          "not": {"properties": {"a": {"const": 1}}}}, [{"a": 2}]),
        ({"type": "object", "properties": {"a": {}}, "maxProperties": 0}, [{}]),
    ],
)  # fmt: skip
def test_all_members_are_found(schema: Any, expected: list[Any]) -> None:
    found = members(load(schema), len(expected))
    assert found is not None
    assert {equality_key(value) for value in found} == {equality_key(value) for value in expected}
    assert members(load(schema), len(expected) - 1) is None


@pytest.mark.parametrize(
    "schema",
    [True, {"type": "string"}, {"type": "number", "minimum": 0, "maximum": 1}, {"type": "array", "items": BOOLEAN_PAIR},
     {"type": "object"}, {"type": ["array", "null"], "items": {"$ref": "#"}},
     {"type": "object", "properties": {"a": {"type": "object"}}, "required": ["a"]}],
)  # fmt: skip
def test_infinite_terms_have_more_than_any_number(schema: Any) -> None:
    assert members(load(schema), 50) is None


def test_members_beyond_a_depth_are_a_limit() -> None:
    schema: Any = {"type": "null"}
    for _ in range(40):
        schema = {"type": "array", "items": schema, "minItems": 1, "maxItems": 1}
    with pytest.raises(LimitExceededError, match="32 levels"):
        members(load(schema), 5)


def test_texts_of_finite_languages() -> None:
    assert sorted(texts(parse("(a|b){1,2}"), 6) or ()) == ["a", "aa", "ab", "b", "ba", "bb"]
    assert texts(parse("(a|b){1,2}"), 5) is None
    assert texts(ANYTHING, 1000) is None


@pytest.mark.parametrize(
    "schema",
    [True, {"type": ["string", "integer"]}, {"enum": [1, "a", [1, 2], {"a": None}, None]}, {"type": "array"},
     {"type": "object", "properties": {"a": {"type": "null"}}}, {"type": "string", "minLength": 1}],
)  # fmt: skip
def test_without_and_only_split_a_term(schema: Any) -> None:
    term = load(schema)
    listed = (1, "a", [1, 2], {"a": None}, True, None)
    for value in (*listed, 1.0, "b", [2, 1], [1, 2, 3], {}, {"a": None, "b": 1}, False, 2, 1.5):
        is_listed = any(is_equal(value, one) for one in listed)
        assert is_member(value, only(term, listed)) == (is_member(value, term) and is_listed)
        assert is_member(value, without(term, listed)) == (is_member(value, term) and not is_listed)
    assert without(term, ()) is term
    assert only(term, ()) is FALSE


def test_equal_lists_make_one_term() -> None:
    for term in (TRUE, load({"type": "string"}), load({"type": "array", "items": {"type": "integer"}})):
        assert without(term, (1, "a")) is without(term, ("a", 1.0))
        assert only(term, ([1],)) is only(term, ([1.0],))


def test_excluding_is_its_own_inverse() -> None:
    term = load({"type": "object", "properties": {"a": {"minimum": 3}}, "required": ["b"], "minProperties": 2})
    assert excluding(excluding(term)) is term
    assert both(term, excluding(term)).is_empty()
    for value in ({}, {"b": 1}, {"a": 3, "b": 1}, {"a": 2, "b": 1}, 5):
        assert is_member(value, excluding(term)) != is_member(value, term)

"""Every condition on objects and arrays, together: ``jsonschema`` says what is valid, and every state goes on."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import structgen
from structgen import LimitExceededError, UnsatisfiableSchemaError
from tests.schema.conditions import Texts, schemas, values
from tests.tokens.test_masks import check_walk
from tests.vocabularies import crossing

CROSSING = crossing()
# Large schemas shrink for minutes.
unhurried = settings(deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate])
orders = st.sampled_from(["schema", "any"])
randoms = st.randoms(use_true_random=False)


def texts_or_none(schema: Any, order: Any) -> Texts | None:
    try:
        return Texts(schema, order)
    except UnsatisfiableSchemaError:
        return None


def test_the_accepted_texts_are_the_valid_values() -> None:
    seen: Counter[bool] = Counter()

    @settings(unhurried, max_examples=250)
    @given(schemas(), st.lists(values, min_size=10, max_size=10))
    def agrees(schema: dict[str, Any], instances: list[Any]) -> None:
        oracle = jsonschema.Draft202012Validator(schema)
        texts = texts_or_none(schema, "any")
        for instance in instances:
            is_valid = oracle.is_valid(instance)
            seen[is_valid] += 1
            assert (texts is not None and texts.accepts(json.dumps(instance))) == is_valid, (schema, instance)

    agrees()
    assert min(seen[True], seen[False]) > 250, "the instances must be of both kinds"


@settings(unhurried, max_examples=250)
@given(schemas(), orders, randoms)
def test_whatever_is_begun_can_be_finished_and_is_valid(schema: dict[str, Any], order: Any, rng: random.Random) -> None:
    texts = texts_or_none(schema, order)
    if texts is None:
        return
    for _ in range(3):
        try:
            text = texts.walk(rng)
        except LimitExceededError:
            return
        # A number of many digits is a float to the oracle, which may then be an integer.
        if not re.search(r"\d{12}|[eE]", text):
            jsonschema.Draft202012Validator(schema).validate(json.loads(text))


@settings(unhurried, max_examples=100)
@given(schemas(), st.lists(values, min_size=4, max_size=4))
def test_schema_order_allows_the_same_values_in_one_order(schema: dict[str, Any], instances: list[Any]) -> None:
    texts = texts_or_none(schema, "schema")
    free = texts_or_none(schema, "any")
    for instance in instances:
        text = json.dumps(instance)
        assert texts is None or free is not None
        if texts is not None and free is not None and texts.accepts(text):
            assert free.accepts(text)


@settings(unhurried, max_examples=60)
@given(schemas(fuel=1), randoms, orders, st.sampled_from([0, 2]))
def test_masks_are_what_the_bytes_allow(schema: Any, rng: random.Random, order: Any, space: int) -> None:
    try:
        compiled = structgen.compile(schema=schema, vocabulary=CROSSING, property_order=order, max_whitespace=space)
    except (UnsatisfiableSchemaError, LimitExceededError):
        return
    text = check_walk(compiled, CROSSING, rng, 10)
    assert text is None or jsonschema.Draft202012Validator(schema).is_valid(json.loads(text))


COMPARED: list[Any] = [
    {"type": "array", "uniqueItems": True, "items": {"type": "string"}},
    {"type": "array", "uniqueItems": True, "items": {"enum": ["a", "b", "ab", 1, 12, None]}},
    {"type": "array", "uniqueItems": True, "items": {"type": "array", "items": {"type": "string"}}},
    {"type": "array", "uniqueItems": True, "items": {"type": "object"}},
    {"type": "array", "uniqueItems": True, "contains": {"type": "integer"}, "minContains": 2},
    {"type": "array", "not": {"uniqueItems": True}, "items": {"type": ["string", "integer"]}},
    {"type": "object", "patternProperties": {"^a": {"const": 1}, "b$": {"type": "integer"}}, "maxProperties": 3},
    {"type": "object", "propertyNames": {"pattern": "^[ab]{1,2}$"}, "minProperties": 2},
    {"type": "object", "not": {"additionalProperties": {"type": "integer"}}},
    {
        "type": "object",
        "anyOf": [
            {"properties": {"a": {"const": 1}, "b": {}}, "required": ["a"], "additionalProperties": False},
            {"patternProperties": {"^a?b?$": {"type": "string"}}, "additionalProperties": False},
        ],
    },
]


@pytest.mark.parametrize("order", ["schema", "any"])
@pytest.mark.parametrize("schema", COMPARED, ids=lambda schema: json.dumps(schema)[:70])
def test_masks_where_a_walk_can_not_tell_what_it_reads(schema: Any, order: Any) -> None:
    compiled = structgen.compile(schema=schema, vocabulary=CROSSING, property_order=order, max_whitespace=1)
    for seed in range(5):
        check_walk(compiled, CROSSING, random.Random(f"{seed} {order}"), 18)

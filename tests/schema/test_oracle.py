"""Against `jsonschema`: membership in a term is validity, and emptiness is that nothing is valid."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from structgen.errors import UnsatisfiableSchemaError, UnsupportedSchemaError
from structgen.regex.derivatives import shortest
from structgen.schema.documents import load
from structgen.schema.references import DRAFTS
from structgen.schema.terms import ArrayShape, ObjectShape, Term
from tests.schema.membership import is_member
from tests.schema.strategies import documents, values

MASKBENCH = Path(__file__).parents[3] / "shared" / "data" / "maskbench-dev.jsonl.gz"
VALIDATORS = {
    "4": jsonschema.Draft4Validator,
    "6": jsonschema.Draft6Validator,
    "7": jsonschema.Draft7Validator,
    "2019-09": jsonschema.Draft201909Validator,
    "2020-12": jsonschema.Draft202012Validator,
}
unhurried = settings(deadline=None, suppress_health_check=list(HealthCheck))


def _small_values() -> list[Any]:
    scalars = [None, True, False, 0, 1, 1.5, -1, "", "a", "ab", "abc"]
    few = [None, True, 1, "a", "ab"]
    arrays = [list(items) for length in range(4) for items in product(few, repeat=length)]
    objects = [
        {name: value for name, value in zip("abc", held, strict=True) if value != "absent"}
        for held in product([*few, "absent"], repeat=3)
    ]
    nested = [[[]], [{}], {"a": []}, {"a": {}}, {"a": {"a": 1}}, [[1]], {"b": [None]}, {"a": {}, "b": {}, "c": {}}]
    return [*scalars, *arrays, *objects, *nested]


SMALL_VALUES = _small_values()


def _loaded(schema: Any) -> Term | None:
    try:
        return load(schema)
    except UnsatisfiableSchemaError:
        return None


@pytest.mark.parametrize(("draft", "examples"), [("2020-12", 300), ("7", 80), ("4", 80), ("2019-09", 40), ("6", 40)])
def test_members_are_the_valid_values(draft: str, examples: int) -> None:
    validator = VALIDATORS[draft]
    seen: Counter[bool] = Counter()

    @settings(unhurried, max_examples=examples)
    @given(documents(draft), st.lists(values, min_size=8, max_size=8))
    def agrees(schema: dict[str, Any], instances: list[Any]) -> None:
        schema = {"$schema": DRAFTS[draft].uri, **schema}
        instances = [*instances, *_enumerated(schema)]
        oracle = validator(schema)
        term = _loaded(schema)
        for instance in instances:
            is_valid = oracle.is_valid(instance)
            seen[is_valid] += 1
            assert (term is not None and is_member(instance, term)) == is_valid, (schema, instance)

    agrees()
    assert min(seen[True], seen[False]) > examples, "the instances must be of both kinds"


def _enumerated(schema: Any) -> list[Any]:
    """The values that a schema lists, which random instances seldom hit."""
    if isinstance(schema, list):
        return [value for part in schema for value in _enumerated(part)]
    if not isinstance(schema, dict):
        return []
    found = [*schema.get("enum", []), *([schema["const"]] if "const" in schema else [])]
    return found + [value for part in schema.values() for value in _enumerated(part)]


@settings(unhurried, max_examples=150)
@given(documents())
def test_a_schema_is_unsatisfiable_only_where_nothing_is_valid(schema: dict[str, Any]) -> None:
    oracle = jsonschema.Draft202012Validator(schema)
    term = _loaded(schema)
    if term is None:
        assert not any(oracle.is_valid(value) for value in SMALL_VALUES)
        return
    found = next((witness for depth in range(8) if (witness := _witness(term, depth)) is not None), None)
    assert found is not None, "a term that isn't empty has a member"
    assert oracle.is_valid(found[0]), found[0]


@settings(unhurried, max_examples=150)
@given(documents())
def test_every_alternative_that_is_offered_has_a_member(schema: dict[str, Any]) -> None:
    term = _loaded(schema)
    if term is None:
        return
    oracle = jsonschema.Draft202012Validator(schema)
    allowed = term.values()
    shapes: list[ArrayShape | ObjectShape] = [*allowed.arrays, *allowed.objects]
    for shape in shapes:
        found = next((made for depth in range(8) if (made := _member_of_shape(shape, depth)) is not None), None)
        assert found is not None
        assert oracle.is_valid(found[0]), found[0]


def _witness(term: Term, depth: int) -> tuple[Any] | None:
    """A member that nests at most ``depth`` deep, in a tuple, since it may be None."""
    allowed = term.values()
    if allowed.null:
        return (None,)
    for truth in allowed.booleans:
        return (truth,)
    text = shortest(allowed.string)
    if text is not None:
        return (text,)
    spelling = shortest(allowed.number)
    if spelling is not None:
        return (json.loads(spelling),)
    shapes: list[ArrayShape | ObjectShape] = [*allowed.arrays, *allowed.objects]
    return next((found for shape in shapes if depth and (found := _member_of_shape(shape, depth - 1))), None)


def _member_of_shape(shape: ArrayShape | ObjectShape, depth: int) -> tuple[Any] | None:
    if isinstance(shape, ArrayShape):
        terms = [*shape.prefix, *[shape.rest] * shape.min_items][: shape.min_items]
        items = [_witness(term, depth) for term in terms]
        return ([item[0] for item in items if item],) if all(items) else None
    declared = dict(shape.properties)
    members = {name: _witness(declared[name], depth) for name in shape.required}
    return ({name: made[0] for name, made in members.items() if made},) if all(members.values()) else None


@pytest.mark.skipif(not MASKBENCH.exists(), reason=f"{MASKBENCH} is not there")
def test_maskbench_labels_agree_or_the_schema_is_refused() -> None:
    outcomes: Counter[str] = Counter()
    wrong = []
    with gzip.open(MASKBENCH, "rt", encoding="utf-8") as lines:
        for case in map(json.loads, lines):
            try:
                term = load(case["schema"])
            except UnsupportedSchemaError:
                outcomes["refused"] += 1
                continue
            outcomes["loaded"] += 1
            for number, test in enumerate(case["tests"]):
                outcomes["tests"] += 1
                if is_member(test["data"], term) != test["valid"]:
                    wrong.append((case["id"], number))
    assert not wrong
    assert outcomes["loaded"] >= 2005, outcomes

"""Against `jsonschema`, where `jsonschema-rs` agrees: membership in a term is validity, and emptiness that none is."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from structgen.errors import LimitExceededError, UnsatisfiableSchemaError, UnsupportedSchemaError
from structgen.regex.nodes import NOTHING
from structgen.schema.documents import load
from structgen.schema.enumeration import Enumeration
from structgen.schema.references import DRAFTS
from structgen.schema.shapes import ArrayShape, ObjectShape, ValueSet
from structgen.schema.terms import Term
from tests.schema.all_keywords import documents, hints, values
from tests.schema.membership import is_member
from tests.schema.second_oracle import second_oracle

DATA = Path(__file__).parents[3] / "shared" / "data"
VALIDATORS = {
    "4": jsonschema.Draft4Validator,
    "6": jsonschema.Draft6Validator,
    "7": jsonschema.Draft7Validator,
    "2019-09": jsonschema.Draft201909Validator,
    "2020-12": jsonschema.Draft202012Validator,
}
# Schemas of all keywords shrink for minutes.
unhurried = settings(
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


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


def _oracle(draft: str, schema: dict[str, Any]) -> Any:
    return VALIDATORS[draft](schema, format_checker=jsonschema.FormatChecker())


def _is_told_by_the_oracle(draft: str, schema: dict[str, Any]) -> bool:
    # Both count what `contains` matches as evaluated in 2019-09 too, where the specification does not.
    text = json.dumps(schema)
    return draft != "2019-09" or not ("contains" in text and "unevaluatedItems" in text)


@pytest.mark.parametrize(("draft", "examples"), [("2020-12", 150), ("2019-09", 60), ("7", 60), ("6", 30), ("4", 50)])
def test_members_are_the_valid_values(draft: str, examples: int) -> None:
    seen: Counter[str] = Counter()

    @settings(unhurried, max_examples=examples)
    @given(documents(draft), st.lists(values, min_size=10, max_size=10))
    def agrees(schema: dict[str, Any], instances: list[Any]) -> None:
        schema = {"$schema": DRAFTS[draft].uri, **schema}
        if not _is_told_by_the_oracle(draft, schema):
            return
        oracle, second = _oracle(draft, schema), second_oracle(draft, schema)
        try:
            term = _loaded(schema)
            for instance in [*instances, *hints(schema), *(SMALL_VALUES[::7] if term is None else ())]:
                try:
                    is_valid = oracle.is_valid(instance)
                except TypeError:  # jsonschema's additionalItems, beside items that are true or false
                    seen["disputed"] += 1
                    continue
                if second.is_valid(instance) != is_valid:
                    seen["disputed"] += 1
                    continue
                seen["valid" if is_valid else "invalid"] += 1
                assert (term is not None and is_member(instance, term)) == is_valid, (schema, instance)
        except LimitExceededError:
            seen["limit"] += 1

    agrees()
    assert min(seen["valid"], seen["invalid"]) > examples / 4, "the instances must be of both kinds"
    assert seen["limit"] <= examples / 50
    assert seen["disputed"] <= (seen["valid"] + seen["invalid"]) // 20, seen


def test_every_alternative_that_is_offered_has_a_member() -> None:
    outcomes: Counter[str] = Counter()

    @settings(unhurried, max_examples=120)
    @given(documents("2020-12"))
    def has_members(schema: dict[str, Any]) -> None:
        try:
            term = _loaded(schema)
            allowed = None if term is None else term.values()
        except LimitExceededError:
            return
        if allowed is None or "format" in json.dumps(schema):
            return
        oracle = _oracle("2020-12", schema)
        assert allowed.has_scalars() or allowed.arrays or allowed.objects
        shapes: list[ArrayShape | ObjectShape] = [*allowed.arrays, *allowed.objects]
        for shape in shapes[:20]:
            found = _some_of(shape)
            outcomes["none in sight" if found is None else "found"] += 1
            assert found != [], (schema, shape)
            for value in found or ():
                assert oracle.is_valid(value), (schema, value)

    has_members()
    assert outcomes["none in sight"] * 10 < outcomes["found"], outcomes


def _some_of(shape: ArrayShape | ObjectShape) -> list[Any] | None:
    """A few members of one shape; none where it has none, None where not all has been looked through."""
    alone = Term(())
    arrays = (shape,) if isinstance(shape, ArrayShape) else ()
    objects = (shape,) if isinstance(shape, ObjectShape) else ()
    alone._shapes = ValueSet(False, frozenset(), NOTHING, NOTHING, arrays, objects)
    for depth in (2, 4, 6):
        found = Enumeration(3).values(alone, depth)
        if found.values or found.is_complete:
            return list(found.values.values())[:5]
    return None


def _lines(name: str) -> list[dict[str, Any]]:
    path = DATA / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.mark.parametrize(("suite", "draft"), [("suite-2020-12", "2020-12"), ("suite-draft7", "7")])
def test_every_group_of_the_official_suite_is_judged_right(suite: str, draft: str) -> None:
    wrong = []
    for case in _lines(suite):
        try:
            term = load(case["schema"], draft=draft, formats="annotate")
        except UnsatisfiableSchemaError:
            term = None
        for test in case["tests"]:
            if (term is not None and is_member(test["data"], term)) != test["valid"]:
                wrong.append((case["id"], test["description"]))
    assert not wrong


def test_maskbench_labels_agree() -> None:
    outcomes: Counter[str] = Counter()
    wrong = set()
    for case in _lines("maskbench-dev"):
        try:
            term = load(case["schema"])
        except UnsupportedSchemaError:
            outcomes["refused"] += 1
            continue
        except UnsatisfiableSchemaError:
            outcomes["unsatisfiable"] += 1
            if any(test["valid"] for test in case["tests"]):
                wrong.add(case["id"])
            continue
        outcomes["loaded"] += 1
        for test in case["tests"]:
            if is_member(test["data"], term) != test["valid"]:
                wrong.add(case["id"])
    assert not wrong
    assert outcomes == {"loaded": 2807, "unsatisfiable": 3, "refused": 1}

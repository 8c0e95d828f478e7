"""Many branches of which one must hold: what tells them apart, and what doesn't."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from structgen.errors import UnsatisfiableSchemaError
from tests.schema.acceptance import accepts_value, compiled

KINDS = [None, True, False, 0, 1, 1.0, 2, "a", "b", "1", ""]
tellers = st.one_of(
    st.sampled_from(KINDS).map(lambda value: {"const": value}),
    st.lists(st.sampled_from(KINDS), min_size=1, max_size=3).map(lambda values: {"enum": values}),
    st.just({"$ref": "#/$defs/shared"}),
    st.just({"type": "integer"}),
)


@st.composite
def branches(draw: st.DrawFn) -> dict[str, Any]:
    branch: dict[str, Any] = {"properties": {"kind": draw(tellers)}, "required": ["kind"]}
    if draw(st.integers(0, 5)) == 0:
        branch["required"] = ["other"]
    if draw(st.booleans()):
        branch["type"] = draw(st.sampled_from(["object", ["object", "string"]]))
    if draw(st.integers(0, 3)) == 0:
        branch["properties"]["other"] = {"type": draw(st.sampled_from(["null", "boolean"]))}
    return branch if draw(st.booleans()) else {"allOf": [branch]}


INSTANCES: list[Any] = [*[{"kind": kind} for kind in KINDS], *KINDS, [], {}, {"other": None}]
INSTANCES += [{"kind": kind, "other": other} for kind in KINDS for other in (None, True, 5)]


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.lists(branches(), min_size=2, max_size=14), st.booleans())
def test_exactly_one_of_many_branches_holds(some: list[dict[str, Any]], is_negated: bool) -> None:
    schema: dict[str, Any] = {"oneOf": some}
    if is_negated:
        schema = {"not": schema}
    schema["$defs"] = {"shared": {"enum": ["a", 2]}}
    oracle = jsonschema.Draft202012Validator(schema)
    try:
        grammar = compiled(schema)
    except UnsatisfiableSchemaError:
        assert not any(oracle.is_valid(instance) for instance in INSTANCES)
        return
    for instance in INSTANCES:
        assert accepts_value(grammar, instance) == oracle.is_valid(instance), instance


@pytest.mark.parametrize("types", [{}, {"type": "object"}])
def test_a_union_of_hundreds_is_told_apart_by_its_constants(types: dict[str, Any]) -> None:
    number = 700
    schema = {
        "oneOf": [
            {
                **types,
                "properties": {"api": {"const": f"v{n % 3}"}, "kind": {"const": n}, f"only{n}": {"type": "null"}},
                "required": ["api", "kind"],
                "additionalProperties": False,
            }
            for n in range(number)
        ]
    }
    grammar = compiled(schema)
    assert accepts_value(grammar, {"only600": None, "kind": 600, "api": "v0"})
    for wrong in ({"only600": None, "kind": 601, "api": "v1"}, {"kind": number, "api": "v1"}, {"kind": 5}, 5, None):
        assert not accepts_value(grammar, wrong)


def test_branches_that_nothing_tells_apart_are_kept_apart_by_their_negations() -> None:
    grammar = compiled({"oneOf": [{"required": [f"p{n}"]} for n in range(12)]})
    assert accepts_value(grammar, {"p3": 1})
    assert not accepts_value(grammar, {"p3": 1, "p4": 1})
    assert not accepts_value(grammar, 5)

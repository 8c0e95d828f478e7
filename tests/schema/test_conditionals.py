"""Independent conditions are duties of one alternative, and mean the same as alternatives."""

from __future__ import annotations

from itertools import product
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from structgen.errors import UnsatisfiableSchemaError
from structgen.schema import expansion
from structgen.schema.documents import load
from tests.schema.membership import is_member

NAMES = ("a", "b", "c")
below = st.sampled_from([{"const": 1}, {"const": 2}, {"type": "integer"}, {"enum": [1, None]}, False, True])
simple = st.fixed_dictionaries(
    {},
    optional={
        "properties": st.dictionaries(st.sampled_from(NAMES), below, max_size=2),
        "required": st.lists(st.sampled_from(NAMES), max_size=2, unique=True),
    },
)
conditions = st.one_of(simple, simple.map(lambda schema: {"type": "object", **schema}))
ifs = st.fixed_dictionaries({"if": conditions}, optional={"then": simple, "else": simple})
OBJECTS: list[Any] = [{}, 5, "x", []] + [
    {name: value for name, value in zip(NAMES, held, strict=True) if value != "absent"}
    for held in product(["absent", 1, 2, None], repeat=3)
]


@settings(deadline=None, max_examples=250, suppress_health_check=list(HealthCheck))
@given(st.lists(ifs, min_size=1, max_size=4))
def test_conditions_told_by_duties_mean_the_same(schemas: list[dict[str, Any]]) -> None:
    schema = {"allOf": schemas}
    oracle = jsonschema.Draft202012Validator(schema)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expansion, "FEW_CHOICES", 0)
        try:
            term = load(schema)
        except UnsatisfiableSchemaError:
            assert not any(oracle.is_valid(value) for value in OBJECTS)
            return
        for value in OBJECTS:
            assert is_member(value, term) == oracle.is_valid(value), (schema, value)


def test_thirty_independent_conditions_are_one_alternative() -> None:
    conditions = [
        {"if": {"properties": {f"q{n}": {"const": 1}}, "required": [f"q{n}"]}, "then": {"required": [f"p{n}"]}}
        for n in range(30)
    ]
    term = load({"type": "object", "allOf": conditions})
    assert len(term.values().objects) == 1
    assert is_member({"q3": 2, "q4": 1, "p4": 0}, term)
    assert not is_member({"q3": 1, "q4": 1, "p4": 0}, term)


def test_thirty_conditions_on_one_constant_are_as_many_alternatives() -> None:
    conditions = [
        {"if": {"properties": {"kind": {"const": n}}, "required": ["kind"]}, "then": {"required": [f"p{n}"]}}
        for n in range(30)
    ]
    term = load({"type": "object", "allOf": conditions})
    assert len(term.values().objects) == 31
    assert is_member({"kind": 3, "p3": 0}, term)
    assert is_member({"kind": 99}, term)
    assert not is_member({"kind": 3, "p4": 0}, term)


@pytest.mark.parametrize("declared", [{}, {"type": "object", "properties": {"t": {"type": "string"}}}])
def test_two_hundred_conditions_on_one_discriminator_are_as_many_alternatives(declared: dict[str, Any]) -> None:
    conditions = [
        {"if": {"properties": {"t": {"const": f"k{n}"}}}, "then": {"required": [f"p{n}"]}} for n in range(210)
    ]
    term = load({**declared, "required": ["t"], "allOf": conditions})
    assert len(term.values().objects) <= 211
    assert is_member({"t": "k3", "p3": 1}, term)
    assert is_member({"t": "k300"}, term)
    assert not is_member({"t": "k3", "p4": 1}, term)
    assert not is_member({"p3": 1}, term)
    assert is_member(5, term) is (not declared)

"""Texts of random values against ``jsonschema``, in both property orders, and how JSON may be spelled."""

from __future__ import annotations

import json
import random
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import structgen
from structgen import Vocabulary
from tests.schema.strategies import documents, values
from tests.vocabularies import BYTES

VOCABULARY = Vocabulary.from_bytes([*BYTES, None], eos=256)


def accepts(compiled: structgen.CompiledGrammar, text: str) -> bool:
    return compiled.trace(text.encode()).accepted


def compiled_or_none(schema: Any, **options: Any) -> structgen.CompiledGrammar | None:
    try:
        return structgen.compile(schema=schema, vocabulary=VOCABULARY, **options)
    except structgen.UnsatisfiableSchemaError:
        return None


@settings(max_examples=300)
@given(documents(), st.lists(values, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_in_any_order_the_valid_values_are_accepted(schema: Any, instances: list[Any], rng: random.Random) -> None:
    compiled = compiled_or_none(schema, property_order="any")
    validator = jsonschema.Draft202012Validator(schema)
    for instance in instances:
        valid = validator.is_valid(instance)
        indent = rng.choice([None, 0, 3])
        text = json.dumps(_shuffled(instance, rng), ensure_ascii=False, indent=indent)
        assert (compiled is not None and accepts(compiled, text)) == valid, text


def _shuffled(value: Any, rng: random.Random) -> Any:
    if isinstance(value, list):
        return [_shuffled(item, rng) for item in value]
    if isinstance(value, dict):
        names = list(value)
        rng.shuffle(names)
        return {name: _shuffled(value[name], rng) for name in names}
    return value


NAMES = st.sampled_from(["a", "b", "ab", "é", "", "c", "d"])


@settings(max_examples=300)
@given(
    st.lists(NAMES, unique=True, max_size=4),
    st.lists(NAMES, unique=True, max_size=2),
    st.sampled_from([True, False, {"const": 1}]),
    st.lists(NAMES, unique=True, max_size=5),
)
def test_in_schema_order_a_valid_object_is_accepted_where_its_names_are_in_order(
    declared: list[str], required: list[str], additional: Any, written: list[str]
) -> None:
    schema = {
        "type": "object",
        "properties": {name: {} for name in declared},
        "required": required,
        "additionalProperties": additional,
    }
    compiled = compiled_or_none(schema)
    order = [*declared, *(name for name in required if name not in declared)]
    places = [order.index(name) if name in order else len(order) for name in written]
    valid = jsonschema.Draft202012Validator(schema).is_valid(dict.fromkeys(written, 1))
    text = json.dumps(dict.fromkeys(written, 1), ensure_ascii=False)
    assert (compiled is not None and accepts(compiled, text)) == (valid and places == sorted(places)), text


@pytest.mark.parametrize(
    ("schema", "accepted", "rejected"),
    [
        (True, ["0", "-0", "1e5", "1E+05", '"\\u0000\\u001F"', '"\x7f"', "[ ]", "{ }", '{"a" :\n1}', '"\u2028"'],
         ["", " 1", "1 ", "01", "+1", "1.", ".5", "1e", "NaN", '"\\/"', '"\\u0041"', '"\t"', '"\\ud800"', "[1,]", "{,}",
          '{"a":1,"a":2}', '{"a":1,"\\u0061":2}', "nul", "[1 2]", "'a'", "\ufeff1"]),
        ({"type": "integer"}, ["1", "1.0", "-10.00", "1e2", "0e0"], ["1.5", "1e-1", "15e-1", "1.5e1"]),
        ({"minimum": 0.5, "exclusiveMaximum": 10}, ["0.5", "0.50", "9.999", '"a"'],
         ["0.49", "10", "10.0", "1e0", "-1"]),
        ({"const": 1.0}, ["1", "1.0", "1.000"], ["1e0", "true", "10"]),
        ({"const": {"a": [1, {"b": None}], "c": "\u00e9"}},
         ['{"a": [1, {"b": null}], "c": "é"}', '{"a":[1.0,{"b":null}],"c":"é"}'],
         ['{"a": [1, {}], "c": "é"}', '{"a": [1, {"b": null}], "c": "é", "d": 1}']),
        ({"minLength": 2, "maxLength": 3}, ['"ab"', '"\U0001f600\U0001f600"', '"\\n\\u001f\\""', "1"],
         ['"a"', '"abcd"', '"\U0001f600"', '"\\n"']),
        ({"type": "string", "pattern": "^\\d+$", "maxLength": 2}, ['"1"', '"12"'], ['""', '"123"', '"\u0661"']),
        ({"required": ["z", "a"], "properties": {"a": True}}, ['{"a":1,"z":2}', '{"a":1,"z":2,"b":3}'],
         ['{"z":1,"a":2}', '{"a":1}', '{"a":1,"b":1,"z":2}']),
    ],
)  # fmt: skip
def test_spellings(schema: Any, accepted: list[str], rejected: list[str]) -> None:
    compiled = structgen.compile(schema=schema, vocabulary=VOCABULARY)
    for text in accepted:
        assert accepts(compiled, text), text
    for text in rejected:
        assert not accepts(compiled, text), text


def test_recursion_goes_as_deep_as_the_text() -> None:
    tree = {
        "type": "object",
        "properties": {"c": {"type": "array", "items": {"$ref": "#"}}},
        "required": ["c"],
        "additionalProperties": False,
    }
    compiled = structgen.compile(schema=tree, vocabulary=VOCABULARY)
    for depth in (0, 1, 50, 20_000):
        assert accepts(compiled, '{"c":[' * depth + '{"c":[]}' + "]}" * depth)
    assert not accepts(compiled, '{"c":[' * 50 + '{"c":[]}' + "]}" * 49)


def test_a_union_of_many_objects_is_told_apart_by_what_comes_first() -> None:
    arms = [
        {
            "type": "object",
            "properties": {"kind": {"const": f"k{n}"}, "value": {"const": n}},
            "required": ["kind", "value"],
        }
        for n in range(200)
    ]
    compiled = structgen.compile(schema={"anyOf": arms}, vocabulary=VOCABULARY)
    assert accepts(compiled, '{"kind": "k17", "value": 17}')
    assert not accepts(compiled, '{"kind": "k17", "value": 18}')


def test_a_map_of_many_names_never_repeats_one() -> None:
    compiled = structgen.compile(schema={"additionalProperties": {"type": "integer"}}, vocabulary=VOCABULARY)
    members = [f'"k{n}":{n}' for n in range(1500)]
    assert accepts(compiled, "{" + ",".join(members) + "}")
    assert not accepts(compiled, "{" + ",".join([*members, '"k700":1']) + "}")
    assert accepts(compiled, "{" + ",".join([*members, '"k7000":1']) + "}")


def test_names_with_a_long_common_beginning() -> None:
    long = "x" * 5000
    schema = {"properties": {long + "a": {"const": 1}, long + "b": {"const": 2}}}
    compiled = structgen.compile(schema=schema, vocabulary=VOCABULARY)
    assert accepts(compiled, f'{{"{long}a":1,"{long}":0,"{long}b2":3}}')
    assert not accepts(compiled, f'{{"{long}a":1,"{long}b":1}}')


def test_an_automaton_that_is_full_makes_room_for_new_texts() -> None:
    vocabulary = Vocabulary.from_bytes([*BYTES, None], eos=256)
    compiled = structgen.compile(schema={"type": "array"}, vocabulary=vocabulary)
    with pytest.raises(structgen.LimitExceededError, match="stacks"):
        compiled.trace(b"[" * 3_000_000)
    assert compiled.trace(b"[[[]]]").accepted

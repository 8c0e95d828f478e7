"""What a schema means goes with its last user; what schemas share stays, and holds on to none of them."""

from __future__ import annotations

import gc
import json
import random
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jsonschema
import pytest

from structgen import CompiledGrammar, Matcher
from structgen.schema.subschemas import Subschema
from tests.schema.acceptance import VOCABULARY, compiled
from tests.vocabularies import mask

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "pattern": "^[A-Z][a-z]{1,4}$"},
        "age": {"type": "integer", "minimum": 3, "maximum": 77},
        "tags": {"type": "array", "items": {"enum": ["red", "green", 1]}, "maxItems": 2, "uniqueItems": True},
        "friend": {"$ref": "#"},
        "either": {
            "anyOf": [
                {"type": "object", "properties": {"x": {"type": "null"}}, "additionalProperties": False},
                {"type": "array", "items": {"type": "null"}, "maxItems": 3},
            ]
        },
    },
    "required": ["name", "age"],
    "additionalProperties": False,
    "maxProperties": 4,
}


def _ended(matcher: Matcher, chance: random.Random, text: bytes = b"") -> Any:
    """The value of a walk that tends to its end."""
    written = bytearray(text)
    while not matcher.is_accepting():
        allowed = sorted(mask(matcher, VOCABULARY) - set(b" \t\n\r"))
        ending = [byte for byte in allowed if byte in b']}"']
        byte = chance.choice(ending if ending and chance.random() < 0.6 else [one for one in allowed if one < 128])
        assert matcher.accept_token(byte)
        written.append(byte)
    return json.loads(written)


def _scope(grammar: CompiledGrammar) -> weakref.ref[Any]:
    return weakref.ref(grammar._begun[2])


def test_it_goes_at_once_with_the_grammar_and_its_matchers() -> None:
    grammar = compiled(PERSON)
    scope = _scope(grammar)
    matcher = grammar.matcher()
    fork = matcher.fork()
    del grammar, matcher
    assert scope() is not None
    del fork
    assert scope() is None


@pytest.fixture
def small_heap() -> Iterator[None]:
    """Collections look at what a test makes, not at what all tests of the process have made before: a second each."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("small_heap")
def test_a_matcher_alone_goes_on_to_what_no_text_has_visited() -> None:
    for seed in range(60):
        matcher = compiled({**PERSON, "title": str(seed)}).matcher()
        gc.collect()
        if seed % 2:
            matcher = matcher.fork()
        jsonschema.validate(_ended(matcher, random.Random(seed)), PERSON)


def _subschemas() -> int:
    gc.collect()
    return sum(isinstance(one, Subschema) for one in gc.get_objects())


@pytest.mark.parametrize("order", ["schema", "any"])
def test_nothing_holds_on_to_the_documents_of_schemas_that_are_gone(order: str) -> None:
    chance = random.Random(order)
    known = 0
    for number in range(40):
        # Texts leave much of it unvisited, and the scalars are shared.
        grammar = compiled({**PERSON, "title": str(number)}, property_order=order)
        _ended(grammar.matcher(), chance)
        del grammar
        if number == 9:
            known = _subschemas()
    assert _subschemas() <= known


def test_what_one_schema_left_undescribed_another_one_visits() -> None:
    text = {"type": "string", "pattern": "^(ab|cd){2}[k-m]$"}
    grammar = compiled({"type": "object", "properties": {"a": text}})
    matcher = grammar.matcher()
    assert all(map(matcher.accept_token, b'{"a":'))  # its string is there, and was never entered
    scope = _scope(grammar)
    del grammar, matcher
    assert scope() is None
    other = {"type": "object", "properties": {"b": text}, "required": ["b"]}
    matcher = compiled(other).matcher()
    assert all(map(matcher.accept_token, b'{"b":"ab'))
    assert mask(matcher, VOCABULARY) == set(b"ac")
    jsonschema.validate(_ended(matcher, random.Random(0), b'{"b":"ab'), other)


def test_schemas_come_and_go_in_several_threads() -> None:
    def work(seed: int) -> None:
        chance = random.Random(seed)
        for number in range(25):
            grammar = compiled({**PERSON, "title": f"{seed} {number % 3}"})
            jsonschema.validate(_ended(grammar.matcher(), chance), PERSON)

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(work, range(4))) == [None] * 4  # an error in one is raised here

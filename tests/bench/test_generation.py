"""Texts with a model: the plain loop and the decoder agree, and answers are judged as they should be."""

from __future__ import annotations

from typing import Any

import pytest

from structgen.bench.cases import Case, read_tasks
from structgen.bench.generation import FREE, ONE_BY_ONE, Generated, Generation, Generator, OneByOne, open_generator
from structgen.bench.quality import Quality, is_equal
from structgen.bench.tokenizers import Tokenizer
from structgen.generation.model import load_model
from tests.bench.conftest import AllowsNothing, Refuses

SCHEMA = {"type": "object", "properties": {"kind": {"enum": ["cat", "dog"]}, "age": {"type": "integer"}},
          "required": ["kind"], "additionalProperties": False}  # fmt: skip
CASE = Case("a", "set", SCHEMA)


def test_the_decoder_writes_what_the_plain_loop_writes(tokenizer_folder: str) -> None:
    rows = [Generation(open_generator(name, tokenizer_folder, 200))(CASE) for name in ("structgen", ONE_BY_ONE)]
    assert rows[0]["text"] == rows[1]["text"]
    assert [row["outcome"] for row in rows] in (["valid", "valid"], ["incomplete", "incomplete"])
    assert rows[0]["statistics"]["tokens"] == rows[0]["tokens"] == rows[1]["tokens"]
    for row in rows:
        assert 0 < row["first_token_ms"] <= row["seconds"] * 1e3 + 0.1


def test_a_free_text_of_a_random_model_is_no_json(tokenizer_folder: str) -> None:
    row = Generation(open_generator(FREE, tokenizer_folder, 30))(CASE)
    assert row["outcome"] in ("not JSON", "incomplete")


def test_a_prompt_that_does_not_fit_is_left_out(tokenizer_folder: str) -> None:
    measure = Generation(open_generator(FREE, tokenizer_folder, 30))
    assert measure(Case("a", "set", {"description": "x" * 5000}))["outcome"] == "prompt too long"


def test_an_engine_that_raises_has_refused(tokenizer: Tokenizer, tokenizer_folder: str) -> None:
    model = load_model(tokenizer_folder)
    for engine, why in ((Refuses, "KeyError"), (AllowsNothing, "a dead end")):
        generator = OneByOne(model, 30, engine(tokenizer))
        row = Quality(generator)(read_tasks()[0])
        assert row["outcome"] == "refused" and why in row["why"]


class Says(Generator):
    """Answers with a text, whatever is asked."""

    def __init__(self, text: str) -> None:
        self.text = text

    def generate(self, prompt: str, schema: Any) -> Generated:
        return Generated(self.text, len(self.text), True, 0.1, 0.2)


@pytest.mark.parametrize(
    ("text", "outcome", "valid"),
    [
        ('{"kind": "dog", "age": 3}', "right", True),
        ('Here it is:\n```json\n{"kind": "Dog"}\n```', "right", False),
        ('{"kind": "cat"}', "wrong", True),
        ('{"age": 3}', "wrong", False),
        ("dog", "not JSON", False),
    ],
)
def test_answers_are_right_or_valid_or_both(text: str, outcome: str, valid: bool) -> None:
    row = Quality(Says(text))(Case("a", "set", SCHEMA, prompt="Which?", answer={"kind": "dog"}))
    assert (row["outcome"], row["valid"], row["right"]) == (outcome, valid, outcome == "right")


@pytest.mark.parametrize(
    ("found", "expected", "same"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"b": 2}, {"a": 1}, False),
        ([1], {"a": 1}, False),
        ({"a": " Rome "}, {"a": "rome"}, True),
        ({"a": "Romes"}, {"a": "rome"}, False),
        (5.0, 5, True),
        (True, 1, False),
        (1, True, False),
        (True, True, True),
        ("5", 5, False),
        ([1, 2], [1, 2], True),
        (None, None, True),
    ],
)
def test_an_answer_is_right_where_what_is_asked_for_is(found: Any, expected: Any, same: bool) -> None:
    assert is_equal(found, expected) is same

"""The arms of the speculation benchmark: they differ in time alone."""

from __future__ import annotations

import pytest

import structgen
from benchmarks.speculation.arms import ARMS
from benchmarks.speculation.prompts import Task
from tests.toy import toy_model, toy_tokenizer

SCHEMA = {"properties": {"name": {"enum": ["anna", "bert"]}, "tags": {"items": {"enum": ["aa", "ab"]}, "minItems": 2}}}
TASK = Task("toy", "toy", "anna bert anna", {"schema": SCHEMA, "whitespace": "compact"}, '{"name":"bert"}')


@pytest.fixture(scope="module")
def model() -> structgen.Model:
    tokenizer = toy_tokenizer()
    return structgen.load_model((toy_model(tokenizer), tokenizer))


@pytest.mark.parametrize("name", ["auto", "no-controller", "no-cut", *(arm for arm in ARMS if arm.startswith("only-"))])
def test_greedy_texts_are_the_plain_arms(model: structgen.Model, name: str) -> None:
    plain, other = (ARMS[arm](model, TASK, 40, None) for arm in ("plain", name))
    assert other.tokens == plain.tokens
    assert other.ended == plain.ended


def test_drafts_without_a_controller_are_made_in_every_pass(model: structgen.Model) -> None:
    outcome = ARMS["no-controller"](model, TASK, 40, None)
    assert outcome.drafted > outcome.passes > 0


def test_rows_of_a_batch_are_counted_together(model: structgen.Model) -> None:
    plain, drafted = (ARMS[arm](model, TASK, 20, None) for arm in ("plain-4", "auto-4"))
    assert plain.tokens == drafted.tokens
    assert len(plain.tokens) > 20
    assert plain.passes < len(plain.tokens)


@pytest.mark.parametrize("name", ["replay-plain", "replay-auto"])
def test_replayed_texts_are_the_tasks_own(model: structgen.Model, name: str) -> None:
    outcome = ARMS[name](model, TASK, 40, None)
    assert model.vocabulary.decode_bytes(outcome.tokens) == TASK.text.encode() if TASK.text else False
    assert outcome.ended


def test_a_task_without_a_text_is_not_replayed(model: structgen.Model) -> None:
    with pytest.raises(NotImplementedError):
        ARMS["replay-plain"](model, Task("toy", "toy", "a", {"regex": "a*"}, None), 5, None)

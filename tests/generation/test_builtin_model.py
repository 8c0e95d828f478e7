"""The built-in model, against one pass of the plain model over the finished text, without a cache."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import jsonschema
import numpy as np
import pytest
import torch

import structgen
from structgen import Sampling
from structgen.speculation import Drafter, DraftModel, LayerSkip, automatic_drafters
from structgen.speculation.controller import Controller

if TYPE_CHECKING:
    from structgen.generation import Model, Result

pytestmark = pytest.mark.model

PERSON = json.loads((Path(__file__).parents[2] / "examples" / "person.schema.json").read_text())
PROMPTS = ["Ada Lovelace, born 1815, an English mathematician.", "玛丽·居里 👩‍🔬 1867, physics — née Skłodowska.", ""]
SPECIFICATIONS: list[dict[str, Any]] = [
    {"regex": r"[A-Z][a-z]+( [A-Z][a-z]+){1,3}, \d{4}"},
    {"choices": ["physicist", "physician", "mathematician", "poet"]},
    {"schema": PERSON},
]

TIE = 1e-3
"""Logits nearer than this may swap places where sums are ordered otherwise (a cache, a batch)."""


def assert_greedy(model: Model, prompt: str, specification: dict[str, Any], result: Result) -> None:
    """Each token is the best one that the mask allows, and the text ends where the end is the best one."""
    network = model.target.model  # type: ignore[attr-defined]
    context = model.target.encode(prompt)
    with torch.no_grad():
        logits = network(torch.tensor([context + list(result.tokens)]), use_cache=False).logits[0, len(context) - 1 :]
    matcher = structgen.compile(vocabulary=model.vocabulary, **specification).matcher()
    row = np.zeros(model.vocabulary.bitmask_words, np.int32)
    ends = set(model.vocabulary.eos_token_ids)
    for position, token in enumerate([*result.tokens, None]):
        matcher.fill_bitmask(row)
        bits = np.unpackbits(row.view(np.uint8), bitorder="little", count=model.vocabulary.size)
        allowed = np.flatnonzero(bits).tolist()
        scores = logits[position][allowed]
        best = float(scores.max())
        if token is None:
            if result.finish_reason == "stop":
                assert (
                    max(float(logits[position][end]) for end in ends & set(allowed)) >= best - TIE
                    or set(allowed) <= ends
                )
            return
        assert float(logits[position][token]) >= best - TIE
        assert matcher.accept_token(token)


@pytest.mark.parametrize("specification", SPECIFICATIONS, ids=lambda specification: next(iter(specification)))
def test_greedy_text_is_the_best_that_the_masks_allow_alone_and_in_a_batch(
    builtin_model: Model, specification: dict[str, Any]
) -> None:
    alone = builtin_model.generate(PROMPTS[0], max_tokens=60, **specification)
    assert_greedy(builtin_model, PROMPTS[0], specification, alone)
    for prompt, result in zip(PROMPTS, builtin_model.generate(PROMPTS, max_tokens=60, **specification), strict=True):
        assert_greedy(builtin_model, prompt, specification, result)


@pytest.mark.parametrize("drafter", ["layers", "draft model", "auto"])
def test_drafts_of_the_model_itself_change_nothing(
    builtin_model: Model, monkeypatch: pytest.MonkeyPatch, drafter: str
) -> None:
    monkeypatch.setattr(Controller, "_costs_of", WeakKeyDictionary())
    monkeypatch.setattr(Controller, "settle", lambda self, widths, rows, **figures: None)
    drafters: dict[str, list[Drafter]] = {
        "layers": [LayerSkip(builtin_model.target)],
        "draft model": [DraftModel(builtin_model.target)],
        "auto": automatic_drafters(),
    }
    result = builtin_model.generate(PROMPTS[0], schema=PERSON, max_tokens=24, speculation=drafters[drafter])
    assert sum(result.statistics.accepted_tokens.values()) > 0
    assert_greedy(builtin_model, PROMPTS[0], {"schema": PERSON}, result)


def test_a_record_is_valid_and_its_statistics_are_sound(builtin_model: Model) -> None:
    result = builtin_model.generate(PROMPTS[0], schema=PERSON, max_tokens=200)
    jsonschema.validate(result.value, PERSON)
    assert result.value == json.loads(result.text)
    figures = result.statistics
    assert figures.tokens == len(result.tokens)
    confirmed = sum(figures.accepted_tokens.values())
    assert figures.forward_passes + figures.forced_tokens + confirmed >= figures.tokens
    assert math.isclose(figures.mask_seconds + figures.model_seconds, figures.seconds, rel_tol=0.5)


def test_a_seed_makes_draws_repeatable(builtin_model: Model) -> None:
    def draw(seed: int) -> Sequence[str]:
        sampling = Sampling(temperature=1.2, top_p=0.95, seed=seed)
        results = builtin_model.generate(["Name a fruit."] * 3, regex="[a-z]{3,8}", sampling=sampling)
        return [result.text for result in results]

    assert draw(1) == draw(1)
    assert len({*draw(1), *draw(2)}) > 1


def test_the_chat_template_changes_what_the_model_sees(builtin_model: Model) -> None:
    as_chat = builtin_model.generate("Hello", choices=["a", "b"]).statistics.prompt_tokens
    as_text = builtin_model.generate("Hello", choices=["a", "b"], chat=False).statistics.prompt_tokens
    assert as_text < as_chat
    assert builtin_model.target.has_chat_template


def test_the_model_is_the_default(builtin_model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("structgen.generation.model._builtin_model", lambda: builtin_model)
    assert structgen.generate("Is Rome in Italy?", choices=["yes", "no"]).value in ("yes", "no")
    assert [r.value in ("yes", "no") for r in structgen.generate(["a", "b"], choices=["yes", "no"])] == [True, True]

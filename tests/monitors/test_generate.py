"""Monitors in ``generate``: with a grammar and without, with drafts and without."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

import structgen
from structgen import monitors
from structgen.errors import ArgumentError
from structgen.generation.rows import Row
from structgen.speculation.drafter import Context
from structgen.speculation.sampling import Sampler, warp
from tests.generation.test_generate import MODEL
from tests.vocabularies import BYTES


def tools() -> monitors.Names:
    return monitors.Names(["abc", "abca", "true"], after="c.")


@pytest.mark.parametrize("sampling", [None, structgen.Sampling(seed=1), structgen.Sampling(top_k=3, seed=1)])
@pytest.mark.parametrize(
    "options", [{"regex": "[abc.]{30}"}, {"grammar": 'start: ("c." /[abcl]+/ " ")~4'}, {}], ids=repr
)
def test_every_name_after_the_trigger_is_known_and_drafts_change_nothing(options: Any, sampling: Any) -> None:
    texts = [
        MODEL.generate(
            prompts := ["abc.", "x"],
            **options,
            monitor=tools(),
            sampling=sampling,
            max_tokens=30,
            speculation=speculation,
        )
        for speculation in (None, "auto")
    ]
    assert [result.tokens for result in texts[0]] == [result.tokens for result in texts[1]]
    assert len(texts[0]) == len(prompts)
    for result in texts[0]:
        for name in re.findall(r"c\.(\w+)\W", result.text):
            assert name in ("abc", "abca", "true")


def test_something_that_is_no_monitor_is_refused() -> None:
    with pytest.raises(ArgumentError, match="monitor= takes a Monitor"):
        MODEL.generate("x", regex="a", monitor=["names"])  # type: ignore[list-item]


@pytest.mark.parametrize(
    "sampling",
    [
        structgen.Sampling(),
        structgen.Sampling(temperature=0.7, top_k=4),
        structgen.Sampling(min_p=0.2),
        structgen.Sampling(top_k=6, top_p=0.7, min_p=0.05),
        structgen.Sampling(top_p=0.6),
    ],
    ids=repr,
)
def test_tokens_are_drawn_as_under_masks_that_know_everything(sampling: structgen.Sampling) -> None:
    texts = [*BYTES, b".pop", b".zip", b".zap", b"x.pop", b"x.zip", b"(pop", b"(pop.zip", b"(pop.pop", b"zip"]
    vocabulary = structgen.Vocabulary.from_bytes([*texts, None], eos=len(texts))
    logits = torch.randn(vocabulary.size, generator=torch.Generator().manual_seed(3))
    logits[len(BYTES) :] += 4
    names = monitors.Names(lambda text: ["pop", "zap"] if text.endswith(("a.", "x.")) else ["pop"], after=".")
    exact = monitors.attach(None, vocabulary, names).matcher()
    late = monitors.attach(None, vocabulary, names, asking="ahead" if sampling.measures_all else "late")
    assert exact.accept_token(ord("a"))
    row = np.zeros(vocabulary.bitmask_words, np.int32)
    exact.fill_bitmask(row)
    masked = logits.clone()
    structgen.apply_bitmask(masked, row)
    tokens, shares = warp(masked, sampling)
    expected = dict(zip(tokens.tolist(), shares.tolist(), strict=True))
    draws = 4000
    found: Counter[int] = Counter()
    for number in range(draws):
        matcher: Any = late.matcher()
        assert matcher.accept_token(ord("a"))
        own = Row(matcher, Sampler(replace(sampling, seed=1), number), Context(vocabulary, [], sampling, []), 1)
        matcher.fill_bitmask(row)
        token, _ = own.choose(logits, row, [])
        found[token] += 1
    assert found.keys() <= expected.keys()
    spread = sum((found[token] - draws * share) ** 2 / (draws * share) for token, share in expected.items())
    freedom = len(expected) - 1
    assert spread < freedom + 5 * math.sqrt(2 * max(freedom, 1)) + 5

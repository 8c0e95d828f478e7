"""Warping against transformers' own, and draws against the probabilities that they should follow."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import (
    LogitsProcessorList,
    MinPLogitsWarper,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

import structgen
from structgen.errors import ModelError
from structgen.speculation.sampling import Sampler, Sampling, warp
from structgen.speculation.scores import Scores

logit = st.floats(-30, 30, width=32)


@given(
    logits=st.lists(st.none() | logit, min_size=1, max_size=40).filter(
        lambda logits: any(x is not None for x in logits)
    ),
    temperature=st.sampled_from([0.1, 0.7, 1.0, 2.5]),
    top_k=st.none() | st.integers(1, 50),
    top_p=st.sampled_from([0.05, 0.3, 0.9, 0.99, 1.0]),
    min_p=st.sampled_from([0.0, 0.05, 0.5, 1.0]),
)
def test_warping_keeps_what_transformers_keeps_and_weighs_it_the_same(
    logits: list[float | None], temperature: float, top_k: int | None, top_p: float, min_p: float
) -> None:
    masked = torch.tensor([-math.inf if x is None else x for x in logits])
    warpers = LogitsProcessorList([TemperatureLogitsWarper(temperature)])
    if top_k is not None:
        warpers.append(TopKLogitsWarper(top_k))
    if top_p < 1:
        warpers.append(TopPLogitsWarper(top_p))
    if min_p > 0:
        warpers.append(MinPLogitsWarper(min_p))
    scores = warpers(torch.zeros((1, 1), dtype=torch.long), masked.double()[None])[0]
    wanted = torch.softmax(scores, dim=0)
    tokens, probabilities = warp(masked, Sampling(temperature, top_p, top_k, min_p))
    got = torch.zeros_like(wanted).index_put((tokens,), probabilities)
    assert all(logits[token] is not None for token in tokens.tolist())
    cut = boundary_ties(torch.softmax(masked.double() / temperature, dim=0))
    if not cut:
        torch.testing.assert_close(got, wanted, rtol=1e-9, atol=1e-12)
    # Among equally likely tokens either choice is right; then the weights agree as a multiset.
    elif top_k is None and top_p == 1:
        torch.testing.assert_close(got.sort().values, wanted.sort().values, rtol=1e-9, atol=1e-12)
    assert float(probabilities.sum()) == pytest.approx(1)


def boundary_ties(probabilities: torch.Tensor) -> bool:
    positive = probabilities[probabilities > 0].tolist()
    return len(set(positive)) < len(positive) or any(
        0 < abs(a - b) < 1e-9 for a, b in zip(sorted(positive), sorted(positive)[1:], strict=False)
    )


def test_draws_follow_the_warped_probabilities() -> None:
    logits = torch.tensor([1.0, -math.inf, 0.0, 2.0, -1.0, 0.5])
    sampling = Sampling(temperature=0.8, top_p=0.95, seed=7)
    tokens, probabilities = warp(logits, sampling)
    sampler = Sampler(sampling, 0)
    draws = 20_000
    counts = Counter(sampler.choose(Scores(logits)) for _ in range(draws))
    assert set(counts) == set(tokens.tolist())
    expected = (probabilities * draws).tolist()
    chi_square = sum((counts[int(t)] - e) ** 2 / e for t, e in zip(tokens, expected, strict=True))
    # The 0.999 quantile for 4 degrees of freedom; the seed is fixed, so the test is too.
    assert len(tokens) == 5 or len(tokens) == 4
    assert chi_square < 18.47


def test_rows_draw_from_streams_of_their_own() -> None:
    logits = torch.zeros(1000)
    draws = [[Sampler(Sampling(seed=seed), row).choose(Scores(logits)) for row in range(50)] for seed in (0, 1)]
    assert len(set(draws[0] + draws[1])) > 80
    assert draws[0] == [Sampler(Sampling(seed=0), row).choose(Scores(logits)) for row in range(50)]


def test_without_a_seed_draws_differ_between_calls() -> None:
    logits = torch.zeros(100_000)
    assert len({Sampler(Sampling(), 0).choose(Scores(logits)) for _ in range(5)}) > 1


@pytest.mark.parametrize("sampling", [None, Sampling(temperature=0), Sampling(top_k=1), Sampling(temperature=1e-300)])
def test_greedy_has_several_spellings(sampling: Sampling | None) -> None:
    assert Sampler(sampling, 0).choose(Scores(torch.tensor([-5.0, -math.inf, 1e30, 3.0]))) == 2


@pytest.mark.parametrize("sampling", [None, Sampling()])
@pytest.mark.parametrize("bad", [math.nan, -math.inf])
def test_logits_that_are_no_numbers_are_refused(sampling: Sampling | None, bad: float) -> None:
    with pytest.raises(ModelError, match="not numbers"):
        Sampler(sampling, 0).choose(Scores(torch.tensor([-math.inf, bad, -math.inf])))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperature": -0.1}, "temperature must be"),
        ({"temperature": math.inf}, "temperature must be"),
        ({"temperature": math.nan}, "temperature must be"),
        ({"top_p": 0.0}, "top_p must be"),
        ({"top_p": 1.1}, "top_p must be"),
        ({"top_k": 0}, "top_k must be"),
        ({"top_k": -5}, "top_k must be"),
        ({"min_p": -0.01}, "min_p must be"),
        ({"min_p": math.nan}, "min_p must be"),
        ({"seed": -1}, "seed must be"),
        ({"seed": 1 << 63}, "seed must be"),
        ({"temperature": "1"}, "temperature must be"),
        ({"temperature": None}, "temperature must be"),
        ({"temperature": True}, "temperature must be"),
        ({"top_p": "1"}, "top_p must be"),
        ({"top_k": 1.5}, "top_k must be"),
        ({"min_p": [0]}, "min_p must be"),
        ({"seed": "a"}, "seed must be"),
        ({"seed": 1.5}, "seed must be"),
    ],
)
def test_what_is_no_number_or_out_of_range_is_refused_by_name(options: dict[str, Any], message: str) -> None:
    with pytest.raises(structgen.ArgumentError, match=message):
        Sampling(**options)

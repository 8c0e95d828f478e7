"""The largest logits of what a mask allows, against masking and sorting them all."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from structgen.speculation.scores import Scores

SIZES = [1, 3, 31, 32, 33, 63, 64, 383, 384, 448, 449, 5000, 49_152]


def _example(size: int, seed: int, share: float) -> tuple[torch.Tensor, np.ndarray, list[int]]:
    """Logits, of which some are -inf, a mask that refuses a share of them, and what is left."""
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(size, generator=generator).round(decimals=1)
    logits[torch.rand(size, generator=generator) < 0.1] = -math.inf
    allowed = torch.rand(size, generator=generator) >= share
    if seed % 2:  # whole words, too
        allowed[: size // 2] = bool(seed % 4 == 1)
    bits = np.zeros((size + 31) // 32 * 32, np.uint8)
    bits[:size] = allowed.numpy()
    bits[size:] = 1  # what lies behind the last token is nothing
    mask = np.packbits(bits, bitorder="little").view(np.int32)
    masked = logits.masked_fill(~allowed, -math.inf)
    return logits, mask, [place for place, value in enumerate(masked.tolist()) if value > -math.inf]


@pytest.mark.parametrize("size", SIZES)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 8), share=st.sampled_from([0.0, 0.5, 0.999, 1.0]))
def test_the_largest_come_first_with_their_places(size: int, seed: int, count: int, share: float) -> None:
    logits, mask, possible = _example(size, seed, share)
    values = logits.tolist()
    # A stable sort: of equal ones the first.
    expected = sorted(possible, key=lambda place: -values[place])
    scores = Scores(logits, mask)
    assert scores.largest() == expected[:1]
    assert scores.largest(count) == expected[:count]
    assert scores.largest(count + 3) == expected[: count + 3]
    assert logits.tolist() == values  # nothing was written
    assert Scores(scores.masked()).largest(count) == expected[:count]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_numbers_than_float32(size: int, dtype: torch.dtype) -> None:
    logits, mask, possible = _example(size, 2, 0.5)
    values = logits.to(dtype).tolist()
    found = Scores(logits.to(dtype), mask).largest(6)
    assert [values[place] for place in found] == sorted((values[place] for place in possible), reverse=True)[:6]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("seed", range(4))
def test_masked_is_minus_infinity_where_a_token_is_refused(size: int, seed: int) -> None:
    logits, mask, possible = _example(size, seed, 0.5)
    before = logits.tolist()
    scores = Scores(logits, mask)
    kept = set(possible)
    expected = [value if place in kept else -math.inf for place, value in enumerate(before)]
    assert scores.masked().tolist() == expected
    assert scores.masked().tolist() == expected
    assert [scores[place] for place in possible[:5]] == [before[place] for place in possible[:5]]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_what_is_no_number_is_the_largest_where_it_is_allowed(dtype: torch.dtype) -> None:
    logits = torch.tensor([3.0, math.nan, 9.0, math.nan], dtype=dtype)
    assert Scores(logits.clone(), np.array([0b0111], np.int32)).largest()[0] == 1
    assert Scores(logits.clone(), np.array([0b1101], np.int32)).largest()[0] == 3
    assert Scores(logits.clone(), np.array([0b0101], np.int32)).largest(2) == [2, 0]


def test_a_row_that_is_a_column() -> None:
    columns = torch.randn(64, 3)
    assert Scores(columns.T[1], np.array([-1, -1], np.int32)).largest() == [int(columns[:, 1].argmax())]

"""Bitmasks on logits, bit by bit."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from structgen.errors import ArgumentError
from structgen.tokens.bitmasks import apply_bitmask


@given(st.data(), st.integers(1, 100), st.sampled_from([torch.float32, torch.bfloat16]), st.booleans())
def test_exactly_the_tokens_without_a_bit_become_minus_infinity(
    data: st.DataObject, width: int, dtype: torch.dtype, as_tensor: bool
) -> None:
    rows = data.draw(st.integers(1, 3))
    words = np.array(
        data.draw(
            st.lists(
                st.lists(st.integers(-(2**31), 2**31 - 1), min_size=(width + 31) // 32, max_size=(width + 31) // 32),
                min_size=rows,
                max_size=rows,
            )
        ),
        dtype=np.int32,
    )
    logits = torch.arange(rows * width, dtype=torch.float32).reshape(rows, width).to(dtype)
    before = logits.clone()
    apply_bitmask(logits, torch.from_numpy(words) if as_tensor else words)
    for row in range(rows):
        for token in range(width):
            allowed = int(words[row, token // 32]) >> (token % 32) & 1
            assert float(logits[row, token]) == (float(before[row, token]) if allowed else -math.inf)
        single = before[row].clone()
        apply_bitmask(single, words[row])
        assert torch.equal(single, logits[row])


@pytest.mark.parametrize(
    ("logits", "bitmask"),
    [
        (torch.zeros(64), np.zeros(3, np.int32)),
        (torch.zeros(65), np.zeros(2, np.int32)),
        (torch.zeros(64), np.zeros(2, np.int64)),
        (torch.zeros(64, dtype=torch.int64), np.zeros(2, np.int32)),
        (torch.zeros(2, 64), np.zeros(2, np.int32)),
        (torch.zeros(2, 64), np.zeros((3, 2), np.int32)),
        (torch.zeros(1, 2, 64), np.zeros((1, 2, 2), np.int32)),
        (torch.zeros(()), np.zeros(0, np.int32)),
    ],
)
def test_shapes_and_types_that_do_not_fit_are_refused(logits: torch.Tensor, bitmask: NDArray[Any]) -> None:
    before = logits.clone()
    with pytest.raises(ArgumentError, match="a bitmask for these logits is"):
        apply_bitmask(logits, bitmask)
    assert torch.equal(logits, before)


@pytest.mark.parametrize(
    ("logits", "bitmask", "message"),
    [
        (np.zeros(64, np.float32), np.zeros(2, np.int32), "logits are a tensor"),
        ([0.0] * 64, np.zeros(2, np.int32), "logits are a tensor"),
        (torch.zeros(64), [0, 0], "NumPy array or a CPU tensor"),
    ],
)
def test_what_is_no_tensor_is_refused(logits: Any, bitmask: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        apply_bitmask(logits, bitmask)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_what_is_no_number_is_written_over_where_it_is_refused_alone(dtype: torch.dtype) -> None:
    odd = [math.nan, math.inf, -math.inf, -0.0]
    logits = torch.tensor(odd * 2, dtype=dtype)
    apply_bitmask(logits, np.array([0x0F], np.int32))
    assert repr(logits.tolist()) == repr([*odd, *[-math.inf] * 4])


def test_a_view_of_every_other_logit_is_written_too() -> None:
    logits = torch.zeros(16)
    apply_bitmask(logits[::2], np.array([0b101], np.int32))
    assert logits.tolist() == [0, 0, -math.inf, 0, 0, 0, *[-math.inf, 0] * 5]

"""The largest logits against sorting them all."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from structgen.speculation.largest import largest, largest_few


@pytest.mark.parametrize("size", [1, 3, 63, 64, 383, 384, 448, 449, 5000, 49_152])
@given(seed=st.integers(0, 10_000), count=st.integers(1, 8), share=st.sampled_from([0.0, 0.5, 0.999, 1.0]))
def test_the_largest_come_first_with_their_places(size: int, seed: int, count: int, share: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(size, generator=generator).round(decimals=1)
    logits[torch.rand(size, generator=generator) < share] = -math.inf
    places = largest_few(logits, count)
    possible = [place for place, value in enumerate(logits.tolist()) if value > -math.inf]
    # A stable sort: of equal ones the first.
    assert places == sorted(possible, key=lambda place: -float(logits[place]))[:count]
    assert not places or largest(logits) == places[0]

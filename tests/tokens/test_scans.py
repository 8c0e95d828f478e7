"""Scans of bitmasks against sets of tokens."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from structgen.tokens.scans import allow, forbid, has_other, sole_token

WORDS = 3
tokens = st.sets(st.integers(0, 32 * WORDS - 1), max_size=3)


def bitmask(allowed: set[int]) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    words = np.zeros(WORDS, np.uint32)
    for token in allowed:
        words[token // 32] |= np.uint32(1 << token % 32)
    return words.view(np.int32)


@given(tokens)
def test_a_token_alone_is_found(allowed: set[int]) -> None:
    assert sole_token(bitmask(allowed)) == (next(iter(allowed)) if len(allowed) == 1 else -1)


@given(tokens, tokens)
def test_others_are_those_that_the_second_mask_lacks(allowed: set[int], these: set[int]) -> None:
    assert has_other(bitmask(allowed), bitmask(these)) == bool(allowed - these)


def test_every_bit_of_a_word_can_be_the_only_one() -> None:
    assert [sole_token(bitmask({token})) for token in range(32 * WORDS)] == list(range(32 * WORDS))
    assert sole_token(np.full(2, -1, np.int32)) == -1


@given(tokens, tokens, tokens)
def test_tokens_are_allowed_and_forbidden(before: set[int], allowed: set[int], forbidden: set[int]) -> None:
    row = bitmask(before)
    allow(row.view(np.uint32), np.array(sorted(allowed), np.int32))
    assert row.tolist() == bitmask(before | allowed).tolist()
    forbid(row.view(np.uint32), np.array(sorted(forbidden), np.int32))
    assert row.tolist() == bitmask((before | allowed) - forbidden).tolist()

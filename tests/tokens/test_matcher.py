"""The matcher's promises: nothing changes where a token is refused, rollback and fork, forced text, and errors."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import structgen
from structgen import Matcher, Vocabulary
from tests.vocabularies import BYTES, crossing, mask

VOCABULARY = crossing()
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "born": {"type": "integer"}, "kind": {"enum": ["ab", "abc"]}},
    "required": ["name", "born"],
    "additionalProperties": False,
}
COMPILED = structgen.compile(schema=PERSON, vocabulary=VOCABULARY, max_whitespace=2)


def walk(matcher: Matcher, rng: random.Random, steps: int) -> list[int]:
    """Random tokens that the mask allows, but no end."""
    taken = []
    for _ in range(steps):
        choices = sorted(mask(matcher, VOCABULARY) - set(VOCABULARY.eos_token_ids))
        if not choices:
            break
        taken.append(rng.choice(choices))
        assert matcher.accept_token(taken[-1])
    return taken


@settings(max_examples=60)
@given(st.randoms(use_true_random=False), st.integers(0, 25), st.integers(0, 25))
def test_a_rollback_leads_back(rng: random.Random, steps: int, more: int) -> None:
    matcher = COMPILED.matcher()
    walk(matcher, rng, steps)
    here, allowed = matcher.state, mask(matcher, VOCABULARY)
    further = walk(matcher, rng, more)
    matcher.rollback(len(further))
    assert matcher.state == here
    assert mask(matcher, VOCABULARY) == allowed


@settings(max_examples=40)
@given(st.randoms(use_true_random=False), st.integers(0, 20))
def test_forks_go_their_own_ways(rng: random.Random, steps: int) -> None:
    matcher = COMPILED.matcher()
    past = walk(matcher, rng, steps)
    twin = matcher.fork()
    assert twin.tokens_accepted == len(past)
    walk(twin, rng, 5)
    again = COMPILED.matcher()
    for token in past:
        assert again.accept_token(token)
    assert again.state == matcher.state
    twin.rollback(twin.tokens_accepted)
    assert twin.state == COMPILED.matcher().state


def test_a_token_that_is_not_allowed_changes_nothing() -> None:
    matcher = COMPILED.matcher()
    rng = random.Random(0)
    for _ in range(12):
        allowed = mask(matcher, VOCABULARY)
        for token in range(-3, VOCABULARY.size + 3):
            if token not in allowed:
                before = matcher.state
                assert not matcher.accept_token(token)
                assert matcher.state == before
        walk(matcher, rng, 1)


def test_the_end_is_taken_once() -> None:
    compiled = structgen.compile(choices=["a", "ab"], vocabulary=VOCABULARY)
    for end in VOCABULARY.eos_token_ids:
        matcher = compiled.matcher()
        assert not matcher.is_accepting()
        assert not matcher.accept_token(end)
        assert matcher.accept_token(ord("a"))
        assert matcher.is_accepting()
        assert not matcher.is_terminated()
        assert matcher.accept_token(end)
        assert matcher.is_terminated()
        assert matcher.is_accepting()
        assert mask(matcher, VOCABULARY) == set()
        assert not matcher.accept_token(end)
        assert not matcher.accept_token(ord("b"))
        assert matcher.forced_bytes() == b""
        matcher.rollback(1)
        assert not matcher.is_terminated()
        assert matcher.accept_token(ord("b"))


def test_special_and_unknown_tokens_are_never_allowed() -> None:
    vocabulary = Vocabulary.from_bytes([*BYTES, b"", None, None], eos=258)
    matcher = structgen.compile(regex=".*", vocabulary=vocabulary).matcher()
    assert mask(matcher, vocabulary) == {*(set(range(128)) - {10}), *range(0xC2, 0xF5), 258}
    for token in (256, 257, 259, -1, 10**9):
        assert not matcher.accept_token(token)


# Forced text


@pytest.mark.parametrize(
    ("schema", "data", "forced"),
    [
        (PERSON, b"", b'{"name":"'),
        (PERSON, b'{"name":"x"', b',"born":'),
        (PERSON, b'{"name":"', b""),
        (PERSON, b'{"name":"x","born":1', b""),
        (PERSON, b'{"name":"x","born":1,', b'"kind":"ab'),
        (PERSON, b'{"name":"x","born":1,"kind":"ab', b""),
        (PERSON, b'{"name":"x","born":1,"kind":"abc', b'"}'),
        (PERSON, b'{"name":"x","born":1,"kind":"abc"}', b""),
        ({"const": "é\n"}, b"", '"é\\n"'.encode()),
        ({"type": "boolean"}, b"", b""),
        ({"type": "boolean"}, b"f", b"alse"),
    ],
)
def test_forced_bytes(schema: Any, data: bytes, forced: bytes) -> None:
    matcher = structgen.compile(schema=schema, vocabulary=VOCABULARY, max_whitespace=0).matcher()
    for byte in data:
        assert matcher.accept_token(byte)
    assert matcher.forced_bytes() == forced


@settings(max_examples=60)
@given(st.randoms(use_true_random=False), st.integers(0, 25))
def test_forced_tokens_are_allowed_and_uncrossed(rng: random.Random, steps: int) -> None:
    matcher = structgen.compile(schema=PERSON, vocabulary=VOCABULARY, max_whitespace=0).matcher()
    walk(matcher, rng, steps)
    forced, tokens = matcher.forced_bytes(), matcher.forced_tokens()
    text = b"".join(VOCABULARY.token_bytes(token) or b"" for token in tokens)
    assert forced.startswith(text)
    for token in tokens:
        # What the mask allows here must not reach beyond this token's end by bytes that begin with the token's own.
        own = VOCABULARY.token_bytes(token) or b""
        for other in mask(matcher, VOCABULARY):
            reach = VOCABULARY.token_bytes(other) or b""
            assert not (len(reach) > len(own) and reach.startswith(own) and not forced.startswith(reach))
        assert matcher.accept_token(token)
        forced = forced[len(own) :]


def test_endless_forced_text_is_cut() -> None:
    matcher = structgen.compile(regex="a{100000}", vocabulary=VOCABULARY).matcher()
    assert matcher.forced_bytes() == b"a" * 4096


# Errors


@pytest.mark.parametrize(
    "row",
    [
        np.zeros(VOCABULARY.bitmask_words + 1, np.int32),
        np.zeros(VOCABULARY.bitmask_words - 1, np.int32),
        np.zeros(VOCABULARY.bitmask_words, np.int64),
        np.zeros(VOCABULARY.bitmask_words, np.float32),
        np.zeros((1, VOCABULARY.bitmask_words), np.int32),
        np.zeros(2 * VOCABULARY.bitmask_words, np.int32)[::2],
        torch.zeros(VOCABULARY.bitmask_words, dtype=torch.int64),
        [0] * VOCABULARY.bitmask_words,
        None,
    ],
    ids=lambda row: f"{type(row).__name__} {getattr(row, 'dtype', '')} {getattr(row, 'shape', '')}",
)
def test_what_is_no_bitmask_is_refused(row: Any) -> None:
    for _ in range(2):  # a mask that is not ready, and one that is
        matcher = COMPILED.matcher()
        with pytest.raises(structgen.ArgumentError, match="bitmask"):
            matcher.fill_bitmask(row)
        mask(matcher, VOCABULARY)
    with pytest.raises(structgen.ArgumentError, match="bitmask"):
        structgen.fill_bitmasks([COMPILED.matcher(), COMPILED.matcher()], row)


def test_a_read_only_row_is_refused() -> None:
    row = np.zeros(VOCABULARY.bitmask_words, np.int32)
    row.setflags(write=False)
    with pytest.raises(structgen.ArgumentError, match="writable"):
        COMPILED.matcher().fill_bitmask(row)


def test_tensors_are_filled() -> None:
    row = torch.full((VOCABULARY.bitmask_words,), -1, dtype=torch.int32)
    COMPILED.matcher().fill_bitmask(row)
    expected = np.zeros(VOCABULARY.bitmask_words, np.int32)
    COMPILED.matcher().fill_bitmask(expected)
    assert np.array_equal(row.numpy(), expected)
    rows = torch.full((2, VOCABULARY.bitmask_words), -1, dtype=torch.int32)
    structgen.fill_bitmasks([COMPILED.matcher(), COMPILED.matcher()], rows)
    assert np.array_equal(rows.numpy(), np.stack([expected, expected]))


def test_a_batch_has_one_vocabulary() -> None:
    other = structgen.compile(choices=["a"], vocabulary=crossing(seed=9))
    rows = np.zeros((2, VOCABULARY.bitmask_words), np.int32)
    with pytest.raises(structgen.ArgumentError, match="vocabularies"):
        structgen.fill_bitmasks([COMPILED.matcher(), other.matcher()], rows)
    structgen.fill_bitmasks([], rows)


@pytest.mark.parametrize("tokens", [-1, 3])
def test_a_rollback_beyond_the_start_is_refused(tokens: int) -> None:
    matcher = COMPILED.matcher()
    walk(matcher, random.Random(1), 2)
    here = matcher.state
    with pytest.raises(structgen.ArgumentError, match="roll back"):
        matcher.rollback(tokens)
    assert matcher.state == here

"""Answers against their definition: random texts, judged byte by byte by regular expressions."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structgen.errors import ArgumentError, LimitExceededError
from structgen.monitors.answers import (
    BEFORE_EQUALS,
    BEFORE_NO_EQUALS,
    DEAD,
    LEFT,
    MAX_NAME_BYTES,
    NOT_IDENTIFIER,
    Answer,
    Others,
)
from structgen.monitors.walking import VocabularyIndex
from structgen.tokens.vocabulary import Vocabulary

TEXTS = st.text(alphabet="abx_ =,(1", max_size=8).map(str.encode)
LISTED, LABELS = rb"(?:ab|abx|x)", rb"(?:b|ax)"
BOUNDARY = rb"(?:[^a-z0-9_].*)?"


def judged(answer: Answer, text: bytes) -> tuple[bool, bool]:
    """Whether the text may be written, and whether it may end there."""
    node = 0
    for byte in text:
        node = answer.step(node, byte)
        if node < 0:
            return node == LEFT, node == LEFT
    return True, bool(answer.is_complete[node])


def some(pattern: bytes, text: bytes) -> bool:
    return re.fullmatch(pattern, text, re.DOTALL) is not None


@given(TEXTS)
def test_names_with_ends_of_their_own_stand_before_those_alone(text: bytes) -> None:
    answer = Answer(["ab", "abx", "x"], ends={"b": b"=", "ax": b"="}, skips=b" ", exits=b"(,")
    whole = rb" *(?:[(,].*|" + LISTED + BOUNDARY + rb"|" + LABELS + rb" *=.*)"
    may_end = rb" *(?:[(,].*|" + LISTED + BOUNDARY + rb"|" + LABELS + rb" *=.*)"
    continuations = [b"", b"b", b"x", b"bx", b"ab", b"abx", b"ax=", b"b=", b"=", b"x="]
    assert judged(answer, text)[0] == any(some(whole, text + more) for more in continuations)
    assert judged(answer, text)[1] == some(may_end, text)


@given(TEXTS)
def test_other_names_may_stand_but_before_no_equals_sign(text: bytes) -> None:
    answer = Answer([], ends={"b": b"=", "ax": b"="}, skips=b" ", exits=NOT_IDENTIFIER, others=BEFORE_NO_EQUALS)
    name = rb"[a-z0-9_]+"
    forbidden = rb" *(?!" + LABELS + rb" *=)" + name + rb" *=(?!=).+"
    is_dangling = some(rb" *(?!" + LABELS + rb" *=)" + name + rb" *=", text)
    assert judged(answer, text) == (not some(forbidden, text), not some(forbidden, text) and not is_dangling)


@given(TEXTS)
def test_other_names_may_stand_before_an_equals_sign_alone(text: bytes) -> None:
    answer = Answer(["ab", "abx", "x"], skips=b" ", others=BEFORE_EQUALS)
    beginning = rb" *(?:[a-z0-9_]+ *=?)?"
    whole = rb" *(?:" + LISTED + BOUNDARY + rb"|[a-z0-9_]+ *=[^=].*)"
    assert judged(answer, text)[0] == (some(beginning, text) or some(whole, text))
    assert judged(answer, text)[1] == some(whole, text)


@given(TEXTS)
def test_an_open_beginning_lets_any_name_through_that_has_it(text: bytes) -> None:
    answer = Answer(["ab", "abx", "x", "_b"], open_after=b"_")
    whole = rb"(?:" + LISTED + rb"|_[a-z0-9_]*)" + BOUNDARY
    assert judged(answer, text)[1] == some(whole, text)


@given(st.integers(0, 3), st.binary(max_size=6))
def test_many_steps_are_single_steps(state: int, given_bytes: bytes) -> None:
    bytes_ = np.frombuffer(given_bytes, np.uint8)
    answer = Answer(["ab", "abx"], ends={"b": b"="}, skips=b" ", exits=b"(")
    for which, nodes in ((answer, np.full(len(bytes_), state)), (BEFORE_EQUALS, np.full(len(bytes_), state))):
        targets, found, left = which.steps(nodes, bytes_)
        for place, byte in enumerate(given_bytes):
            step = which.step(state, byte)
            assert (step == LEFT, step >= 0) == (bool(left[place]), bool(found[place]))
            assert step < 0 or step == targets[place]


def test_a_mark_that_is_not_doubled_is_refused() -> None:
    state = 0
    for byte in b"timeout =":
        state = Others(ord("="), b"").step(state, byte)
    assert Others(ord("="), b"").step(state, ord("1")) == DEAD
    assert Others(ord("="), b"").step(state, ord("=")) == LEFT


def test_bad_names_are_refused() -> None:
    with pytest.raises(ArgumentError, match="can't be empty"):
        Answer([""])
    with pytest.raises(LimitExceededError, match="names at a site"):
        Answer(["x" * MAX_NAME_BYTES, "y"])


@pytest.mark.parametrize("others", [None, BEFORE_EQUALS])
@pytest.mark.parametrize(
    ("text", "is_allowed"),
    [
        (b"/*ab*/ab ", True), (b"/* **/ // x\nab ", True), (b"/**/ab ", True), (b"\\\nab ", True),
        (b"/*/ab*/ab ", True), (b"/*ab*/b)", False), (b"// ab\nb)", False), (b"/ab ", False), (b"\\ab ", False),
        (b"/* x = 1 */b)", False),
    ],
)  # fmt: skip
def test_a_name_is_constrained_behind_what_may_come_before_it(text: bytes, is_allowed: bool, others: Others) -> None:
    gaps = [(b"//", b"\n"), (b"/*", b"*/"), (b"\\\n", b"")]
    answer = Answer(["ab"], skips=b" ", gaps=gaps, others=others)
    assert judged(answer, text)[0] is is_allowed
    assert not judged(answer, text[:2])[1]
    vocabulary = Vocabulary.from_bytes([*(text[:cut] for cut in range(1, len(text) + 1)), None], eos=len(text))
    row = VocabularyIndex.of(vocabulary).reach(answer, 0, 0).row
    assert bool(int(row[(len(text) - 1) // 32]) >> (len(text) - 1) % 32 & 1) is is_allowed

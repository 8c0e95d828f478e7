"""The search for the best tree, against all paths that the grammar allows."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import structgen
from structgen.speculation import Context
from structgen.speculation.acceptance import Acceptance
from structgen.speculation.drafter import Evidence, Predictor
from structgen.speculation.search import grow
from structgen.speculation.tree import ROOT
from structgen.tokens.matcher import Matcher
from tests.vocabularies import crossing

VOCABULARY = crossing()
GRAMMAR = structgen.compile(regex="(ab|ba|c)*", vocabulary=VOCABULARY)
LETTERS = list(b"abcd")  # each is its own token


class Guesser(Predictor[int]):
    """Proposes every letter with fixed chances by rank, whatever came before."""

    name = "guesser"

    def __init__(self, chances: list[float]) -> None:
        self.chances = chances

    def begin(self, context: Context) -> int:
        return 0

    def candidates(self, state: int, matcher: Matcher) -> Iterable[tuple[int, Evidence]]:
        return [(token, (rank,)) for rank, token in enumerate(LETTERS)]

    def follow(self, state: int, token: int) -> int:
        return state + 1

    def expectation(self, evidence: Evidence) -> float:
        return self.chances[evidence[0]]


def context() -> Context:
    return Context(VOCABULARY, LETTERS[:1])


@settings(deadline=None)
@given(st.lists(st.floats(0, 0.9), min_size=4, max_size=4), st.integers(1, 12), st.booleans())
def test_the_likeliest_allowed_paths_are_drafted_in_their_order(
    chances: list[float], budget: int, is_chain: bool
) -> None:
    matcher = GRAMMAR.matcher()
    state = matcher.state
    draft = grow([Guesser(chances)], context(), matcher, budget, is_chain=is_chain)
    assert matcher.state == state
    assert len(draft.tree) == len(draft.chances) <= budget
    assert all(one >= other for one, other in pairwise(draft.chances))
    assert len(draft.tree.allowed_by(matcher, budget, is_chain=is_chain)) == len(draft.tree)
    if not is_chain and chances:
        best = sorted(allowed_chances(chances, budget), reverse=True)[:budget]
        assert draft.chances == pytest.approx(best[: len(draft.chances)])
        # Only paths that are hardly possible are left out.
        assert all(chance < 0.03 for chance in best[len(draft.chances) :])


def allowed_chances(chances: list[float], depth: int) -> list[float]:
    """Of every allowed text up to a length that isn't all but impossible: the product of its letters' chances."""
    found = []
    level = [(b"", 1.0)]
    for _ in range(depth):
        level = [
            (text + letter, chance * chances[rank])
            for text, chance in level
            for rank, letter in enumerate((b"a", b"b", b"c", b"d"))
            if chance * chances[rank] > 0.01 and is_begun(text + letter)
        ]
        found += [chance for _, chance in level]
    return found


def is_begun(text: bytes) -> bool:
    matcher = GRAMMAR.matcher()
    return all(matcher.accept_token(byte) for byte in text)


def test_what_the_grammar_refuses_says_nothing_of_a_drafter() -> None:
    matcher = GRAMMAR.matcher()
    assert matcher.accept_token(LETTERS[0])
    mask = np.zeros(VOCABULARY.bitmask_words, np.int32)
    matcher.fill_bitmask(mask)
    draft = grow([Guesser([0.5] * 4)], context(), matcher, 4)
    acceptance = Acceptance()
    draft.learn(acceptance, ROOT, LETTERS[1], mask)
    # Only "b" may follow "a": the guess of it was right, and of the others nothing is known.
    assert acceptance.probability(("guesser", (1,)), 0.5) > 0.5
    assert all(acceptance.probability(("guesser", (rank,)), 0.5) == 0.5 for rank in (0, 2, 3))

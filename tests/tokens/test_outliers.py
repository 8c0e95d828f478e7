"""Masks in strings that are taken over from others: they are what each token's own way says."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

import structgen
from structgen.tokens.outliers import Outliers, TokenSubset
from structgen.tokens.vocabulary import Vocabulary
from tests.vocabularies import BYTES, mask

LETTERS = "abcdefghijklm "
RNG = random.Random(5)
SHORT = [f"{one}{two}{three}".encode() for one in LETTERS for two in LETTERS for three in LETTERS]
LONG = ["".join(RNG.choices(LETTERS, weights=[2] * 13 + [6], k=RNG.randint(9, 60))).encode() for _ in range(60)]
LONG += [b"a" * length for length in range(9, 60, 7)] + [b" " * length for length in range(9, 60, 7)]
ENDING = [
    f"{''.join(RNG.choices(LETTERS, k=RNG.randint(0, 12)))}{end}".encode() for end in ('"', '"}', '",', '\\"a') * 15
]
TEXTS = list(dict.fromkeys([*BYTES, *SHORT, *LONG, *ENDING]))
VOCABULARY = Vocabulary.from_bytes([*TEXTS, None], eos=len(TEXTS))
PATTERNS = [
    r"^(?:\S+\s+){0,9}\S+$",
    r"^$|(^(?:\S+\s+){0,29}\S+$)",
    r"^[a-m ]{0,40}$",
    r"^[a-m ]+$",
    r"^[^x]{2,}$",
    r"^x*[a-l]{3,70}$",
    r"^x?([a-m]{3}){2,12}( |$)",
    r"^(a|bc? ){3,25}[a-m ]*$",
    r"^[a-m]+ [a-m]+$",
    r"^([a-m]+( |$)){1,4}",
    r"^(?=.{5,30}$)(\S+\s?)*$",
]


@pytest.fixture
def taken_over(monkeypatch: pytest.MonkeyPatch) -> list[TokenSubset]:
    """The subsets that were walked by themselves for masks, one by one."""
    found: list[TokenSubset] = []
    replace = TokenSubset.replace

    def counted(subset: TokenSubset, row: Any, allowed: Any) -> None:
        found.append(subset)
        replace(subset, row, allowed)

    monkeypatch.setattr(TokenSubset, "replace", counted)
    return found


def test_outliers_are_long_or_have_a_quote() -> None:
    outliers = Outliers(VOCABULARY)
    assert outliers.most >= 8
    chosen = {token for token, text in enumerate(TEXTS) if len(text) > outliers.most or b'"' in text}
    assert set(outliers.all.trie.arrays["order"].tolist()) == chosen
    assert len(chosen) - len(ENDING) <= len(TEXTS) // 64 + len(ENDING)
    row = np.full(VOCABULARY.bitmask_words, -1, np.int32)
    allowed = np.array(sorted(chosen)[::3], np.int32)
    outliers.all.replace(row, allowed)
    bits = np.unpackbits(row.view(np.uint8), bitorder="little")[: VOCABULARY.size]
    assert {token for token in chosen if bits[token]} == set(allowed.tolist())
    assert all(bits[token] for token in range(VOCABULARY.size) if token not in chosen)


@pytest.mark.slow  # for the kernel uncompiled
@pytest.mark.parametrize(
    ("lengths", "least"), [({}, 5), ({"maxLength": 40}, 5), ({"minLength": 3, "maxLength": 70}, 10)], ids=repr
)
def test_masks_are_what_each_tokens_own_way_says(
    lengths: dict[str, Any], least: int, taken_over: list[TokenSubset]
) -> None:
    rng = random.Random(str(lengths))
    parts = {f"k{number}": {"type": "string", "pattern": pattern} | lengths for number, pattern in enumerate(PATTERNS)}
    schema = {"type": "object", "properties": parts, "required": list(parts), "additionalProperties": False}
    compiled = structgen.compile(schema=schema, vocabulary=VOCABULARY)
    for _ in range(6):
        matcher = compiled.matcher()
        for _ in range(70):
            allowed = mask(matcher, VOCABULARY)
            assert allowed == {token for token in range(VOCABULARY.size) if matcher.fork().accept_token(token)}
            if matcher.is_terminated():
                break
            ending = [token for token in allowed if b'"' in (VOCABULARY.token_bytes(token) or b"")]
            assert matcher.accept_token(rng.choice(sorted(ending if ending and rng.random() < 0.3 else allowed)))
    assert len(taken_over) >= least


@pytest.mark.slow
@pytest.mark.parametrize(("words", "shares"), [(2, True), (4, True), (7, False), (30, False)])
def test_counts_that_no_token_tells_apart_share_a_mask(words: int, shares: bool, taken_over: list[TokenSubset]) -> None:
    long = [b" ".join([b"ab" * (1 + 30 // count)] * count) for count in range(1, words + 1)]
    texts: list[bytes | None] = list(dict.fromkeys([*BYTES, *SHORT, *long, *ENDING]))
    vocabulary = Vocabulary.from_bytes([*texts, None], eos=len(texts))
    schema = {"type": "string", "pattern": r"^(?:\S+\s+){0,60}\S+$"}
    matcher = structgen.compile(schema=schema, vocabulary=vocabulary).matcher()
    assert matcher.accept_token(texts.index(b'"'))
    made = []
    for left in range(60, -1, -1):
        for text in (b"abc", b" ")[: 1 + (left > 0)]:
            allowed = mask(matcher, vocabulary)
            assert allowed == {token for token in range(vocabulary.size) if matcher.fork().accept_token(token)}, left
            assert matcher.accept_token(texts.index(text))
        made.append(len(taken_over))
    # before, tokens are too short to tell the counts apart; after, short ones do
    assert (made[48] == made[31]) == shares, made

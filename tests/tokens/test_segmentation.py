"""Cutting by bytes alone: the longest token first, and never into a dead end."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from structgen.tokens.segmentation import Segmenter
from structgen.tokens.texts import TokenTexts

LETTERS = st.text("ab\0", max_size=5).map(str.encode)
VOCABULARIES = st.lists(st.one_of(st.none(), LETTERS, st.integers(1, 6).map(lambda count: b"a" * count)), max_size=12)
TEXTS = st.lists(st.one_of(LETTERS, st.just(b"aaaa")), max_size=4).map(b"".join)


def segment(texts: list[bytes | None], text: bytes) -> list[int] | None:
    return Segmenter(TokenTexts.of(texts)).segment(text)


def naive_segmentation(texts: list[bytes | None], text: bytes) -> list[int] | None:
    """The first way through in depth-first order, longest tokens first."""
    if not text:
        return []
    fitting = sorted((-len(other), token) for token, other in enumerate(texts) if other and text.startswith(other))
    tried: set[int] = set()
    for length, token in fitting:
        if length not in tried:
            tried.add(length)
            rest = naive_segmentation(texts, text[-length:])
            if rest is not None:
                return [token, *rest]
    return None


@settings(max_examples=1000, deadline=None)
@given(VOCABULARIES, TEXTS)
def test_the_longest_completable_tokens_are_taken(texts: list[bytes | None], text: bytes) -> None:
    assert segment(texts, text) == naive_segmentation(texts, text)


@given(VOCABULARIES, st.data())
def test_whatever_tokens_spell_is_segmented(texts: list[bytes | None], data: st.DataObject) -> None:
    spelled = [text for text in texts if text] or [b""]
    text = b"".join(data.draw(st.lists(st.sampled_from(spelled), max_size=30)))
    tokens = segment(texts, text)
    assert tokens is not None
    assert b"".join(texts[token] or b"" for token in tokens) == text


def test_a_dead_end_of_the_longest_token_is_left() -> None:
    assert segment([b"ab", b"abc", b"cd"], b"abcd") == [0, 2]
    assert segment([b"ab", b"abc", b"cd"], b"abcab") == [1, 0]
    assert segment([b"ab", b"abc", b"cd"], b"abca") is None


def test_the_longest_token_is_taken_though_a_shorter_one_would_do() -> None:
    assert segment([b"a", b"aa", b"aaa", b"aaaa"], b"aaa") == [2]
    assert segment([b"a", b"aa", b"aaa", b"aaaa"], b"a" * 10) == [3, 3, 1]
    assert segment([b"aab", b"aa", b"aaa", b"aaaa"], b"aaaaab") == [2, 0]


def test_of_equal_tokens_the_first_is_taken() -> None:
    assert segment([None, b"b", b"a", b"a", b""], b"aba") == [2, 1, 2]


def test_a_text_longer_than_any_recursion_is_segmented() -> None:
    assert segment([b"a" * 1000, b"a", b"b"], b"a" * 200_500 + b"b") == [0] * 200 + [1] * 500 + [2]
    # no token reaches the end, which only the last byte tells
    assert segment([b"a" * 10, b"a"], b"a" * 100_000 + b"c") is None

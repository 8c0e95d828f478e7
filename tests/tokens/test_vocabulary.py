"""The vocabulary's own promises, on vocabularies given as bytes."""

from __future__ import annotations

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structgen.errors import ArgumentError, LimitExceededError, TokenizerError
from structgen.tokens.vocabulary import Vocabulary

BYTES: list[bytes | None] = [bytes([byte]) for byte in range(256)]
TEXTS: list[bytes | None] = [*BYTES, b"the", b" the", b"\xe2\x82\xac", b"\xff\xff", None, b"<end>"]
END = len(TEXTS) - 1


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.from_bytes(TEXTS, eos=END)


def test_every_id_has_its_bytes(vocabulary: Vocabulary) -> None:
    assert [vocabulary.token_bytes(token) for token in range(vocabulary.size)] == [*TEXTS[:-1], None]


def test_attributes_say_what_the_vocabulary_is(vocabulary: Vocabulary) -> None:
    assert vocabulary.size == 262
    assert vocabulary.bitmask_words == 9
    assert vocabulary.eos_token_ids == (END,)
    assert vocabulary.special_token_ids == {END, END - 1}
    assert vocabulary.max_token_bytes == 4
    assert sorted(vocabulary.trie.order.tolist()) == list(range(260))


@pytest.mark.parametrize(("size", "words"), [(1, 1), (32, 1), (33, 2), (64, 2), (65, 3)])
def test_a_bitmask_has_a_bit_for_every_id(size: int, words: int) -> None:
    assert Vocabulary.from_bytes([None] * size, eos=0).bitmask_words == words


@pytest.mark.parametrize("token", [-1, 262, 10**9, "a", None])
def test_what_is_no_id_is_refused(vocabulary: Vocabulary, token: Any) -> None:
    with pytest.raises(ArgumentError, match="from 0 to 261"):
        vocabulary.token_bytes(token)
    with pytest.raises(ArgumentError, match="from 0 to 261"):
        vocabulary.decode_bytes([97, token])


@pytest.mark.parametrize("texts", [["a", None], [b"a", 5], 5, None, "ab", b"ab", {0: b"a"}])
def test_texts_that_are_no_list_of_bytes_are_refused(texts: Any) -> None:
    with pytest.raises(ArgumentError, match=r"bytes or None|are a list"):
        Vocabulary.from_bytes(texts, eos=1)


@pytest.mark.parametrize("eos", [None, "x", 1.0, ["x"], [None]])
def test_what_ends_a_text_and_is_no_integer_is_refused(eos: Any) -> None:
    with pytest.raises(ArgumentError, match="token id"):
        Vocabulary.from_bytes([b"a", None], eos=eos)


def test_a_text_to_encode_is_bytes(vocabulary: Vocabulary) -> None:
    with pytest.raises(ArgumentError, match="bytes"):
        vocabulary.encode("the")  # type: ignore[arg-type]


def test_special_tokens_and_padding_decode_to_nothing() -> None:
    vocabulary = Vocabulary([b"a", b"b", None], eos_token_ids=[2], size=40)
    assert vocabulary.decode_bytes([0, 2, 1, 3, 39]) == b"ab"
    assert [vocabulary.token_bytes(token) for token in range(2, 40)] == [None] * 38


def test_several_tokens_may_end_a_text() -> None:
    vocabulary = Vocabulary.from_bytes([b"a", b"b", b"c"], eos=[2, 0, 2])
    assert vocabulary.eos_token_ids == (2, 0)
    assert vocabulary.token_bytes(0) is None
    assert vocabulary.token_bytes(2) is None


def test_ids_may_be_of_any_integer_type() -> None:
    plain = Vocabulary.from_bytes([b"a", b"b", b"c"], eos=[1, 2])
    assert Vocabulary.from_bytes([b"a", b"b", b"c"], eos=np.array([1, 2])) == plain
    assert Vocabulary.from_bytes([b"a", b"b"], eos=np.int64(1)) == Vocabulary.from_bytes([b"a", b"b"], eos=1)
    assert plain.decode_bytes(np.array([0, 1, 0])) == b"aa"


@pytest.mark.parametrize("eos", [[], [3], [-1], [0, 99]])
def test_a_text_must_end_with_a_token_of_the_vocabulary(eos: list[int]) -> None:
    with pytest.raises(TokenizerError):
        Vocabulary.from_bytes([b"a", b"b", b"c"], eos=eos)


def test_a_vocabulary_of_nothing_is_refused() -> None:
    with pytest.raises(TokenizerError):
        Vocabulary.from_bytes([], eos=0)


def test_a_size_below_the_ids_or_beyond_the_limit_is_refused() -> None:
    with pytest.raises(TokenizerError, match="highest token id is 2"):
        Vocabulary([b"a", b"b", None], eos_token_ids=[2], size=2)
    with pytest.raises(LimitExceededError):
        Vocabulary([b"a", b"b", None], eos_token_ids=[2], size=10**12)


@given(st.binary(max_size=60))
def test_any_bytes_are_encoded_exactly(text: bytes) -> None:
    vocabulary = Vocabulary.from_bytes(TEXTS, eos=END)
    tokens = vocabulary.encode(text)
    assert vocabulary.decode_bytes(tokens) == text
    assert not vocabulary.special_token_ids.intersection(tokens)


def test_the_longest_tokens_are_taken(vocabulary: Vocabulary) -> None:
    assert vocabulary.encode(b"the the\xe2\x82\xac\xff\xff\xff") == [256, 257, 258, 259, 255]


def test_special_tokens_are_spelled_out(vocabulary: Vocabulary) -> None:
    assert vocabulary.encode(b"<end>") == list(b"<end>")


def test_a_token_may_cross_from_characters_into_broken_ones() -> None:
    vocabulary = Vocabulary.from_bytes([b"<end>", b"a\xff", b"b"], eos=0)
    assert vocabulary.encode(b"ba\xffb") == [2, 1, 2]


@pytest.mark.parametrize("text", [b"c", b"abc", b"\xff", "é".encode(), b"ab" * 100 + b"c"])
def test_a_text_that_no_tokens_spell_is_an_error(text: bytes) -> None:
    vocabulary = Vocabulary.from_bytes([b"<end>", b"a", b"b"], eos=0)
    with pytest.raises(TokenizerError, match="can't spell"):
        vocabulary.encode(text)
    assert vocabulary.encode(b"ab") == [1, 2]


def test_a_tokenization_that_spells_another_text_is_not_used() -> None:
    texts = [b"<end>", b"a", b"b", b"ab", b""]
    wrong = {"ab": [1], "ba": [2, 1, 0], "aa": [1, 1, 99], "bb": [2, 4, 2], "": [0]}
    vocabulary = Vocabulary(texts, eos_token_ids=[0], tokenize=lambda text: wrong.get(text, [1, 2]))
    assert vocabulary.encode(b"ab") == [3]
    assert vocabulary.encode(b"ba") == [2, 1]
    assert vocabulary.encode(b"aa") == [1, 1]
    assert vocabulary.encode(b"bb") == [2, 4, 2]  # an empty token changes nothing
    assert vocabulary.encode(b"") == []


def test_a_vocabulary_without_single_bytes_is_taken() -> None:
    vocabulary = Vocabulary.from_bytes([b"<end>", b"ab", b"abc"], eos=0)
    assert vocabulary.encode(b"ababc") == [1, 2]
    with pytest.raises(TokenizerError):
        vocabulary.encode(b"aba")


def test_vocabularies_are_equal_where_ids_bytes_and_ends_are() -> None:
    first = Vocabulary.from_bytes([b"a", b"b", None], eos=2)
    assert first == Vocabulary([b"a", b"b", b"dropped"], eos_token_ids=[2], tokenize=lambda text: [])
    assert len({first, Vocabulary.from_bytes([b"a", b"b", None], eos=[2])}) == 1
    assert Vocabulary.from_bytes([b"a", b"b", None, None], eos=[2, 3]) == Vocabulary.from_bytes(
        [b"a", b"b", None, None], eos=[3, 2]
    )
    assert Vocabulary([b"a", None], eos_token_ids=[1], special_token_ids=[2], size=3) == Vocabulary.from_bytes(
        [b"a", None, None], eos=1
    )
    assert first != "a vocabulary"


@pytest.mark.parametrize(
    "other",
    [
        Vocabulary.from_bytes([b"b", b"a", None], eos=2),
        Vocabulary.from_bytes([b"ab", b"", None], eos=2),
        Vocabulary.from_bytes([b"a", b"b", None, None], eos=2),
        Vocabulary([b"a", b"b", None], eos_token_ids=[2], size=4),
        Vocabulary.from_bytes([b"a", None, None], eos=[1, 2]),
    ],
)
def test_any_difference_makes_another_fingerprint(other: Vocabulary) -> None:
    first = Vocabulary.from_bytes([b"a", b"b", None], eos=2)
    assert first != other
    assert first.fingerprint != other.fingerprint


def test_tokens_without_bytes_differ_from_special_ones() -> None:
    assert Vocabulary([b"a", None, None], eos_token_ids=[2]) != Vocabulary(
        [b"a", None, None], eos_token_ids=[2], special_token_ids=[1]
    )


def test_a_vocabulary_is_freed_with_its_last_reference() -> None:
    gc.disable()
    try:
        vocabulary = Vocabulary.from_bytes(TEXTS, eos=END)
        vocabulary.encode(b"the end\xff")
        gone = weakref.ref(vocabulary)
        del vocabulary
        assert gone() is None
    finally:
        gc.enable()


def test_threads_share_a_vocabulary() -> None:
    vocabulary = Vocabulary.from_bytes(TEXTS, eos=END)
    texts = [f"the {number} € the".encode() + bytes([0xFF]) * number for number in range(40)]
    expected = [Vocabulary.from_bytes(TEXTS, eos=END).encode(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(vocabulary.encode, texts)) == expected


def test_the_representation_is_short() -> None:
    assert len(repr(Vocabulary.from_bytes(TEXTS, eos=END))) < 80

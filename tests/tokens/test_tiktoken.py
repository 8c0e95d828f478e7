"""tiktoken encodings, made by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structgen.errors import TokenizerError
from structgen.tokens.vocabulary import Vocabulary

tiktoken = pytest.importorskip("tiktoken", reason="the encodings are tiktoken's")

# b"oft" is a token that no merge makes; cutting by the longest token would use it.
WORDS = [b"th", b"the", b" t", b" the", b"\xc3\xa9", b"oft"]
RANKS = {bytes([byte]): byte for byte in range(256)} | {word: 256 + number for number, word in enumerate(WORDS)}
PATTERN = r"""'s|\p{L}+| ?\p{L}+|\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""


def encoding(**special: int) -> Any:
    names = {f"<|{name}|>": token for name, token in special.items()}
    return tiktoken.Encoding("test", pat_str=PATTERN, mergeable_ranks=RANKS, special_tokens=names)


def test_every_id_has_its_bytes_and_gaps_have_none() -> None:
    vocabulary = Vocabulary.from_tiktoken(encoding(endoftext=263, im_end=265))
    assert vocabulary.size == 266
    assert [vocabulary.token_bytes(token) for token in range(262)] == list(RANKS)
    assert [vocabulary.token_bytes(token) for token in range(262, 266)] == [None] * 4
    assert vocabulary.special_token_ids == {263, 265}
    assert vocabulary.eos_token_ids == (263,)


def test_size_and_further_ends_are_taken() -> None:
    vocabulary = Vocabulary.from_tiktoken(encoding(endoftext=263, im_end=265), size=300, eos_token_ids=[265])
    assert (vocabulary.size, vocabulary.eos_token_ids) == (300, (263, 265))


def test_an_encoding_without_an_end_needs_one_named() -> None:
    with pytest.raises(TokenizerError, match="ends a text"):
        Vocabulary.from_tiktoken(encoding(im_end=265))
    assert Vocabulary.from_tiktoken(encoding(im_end=265), eos_token_ids=[265]).eos_token_ids == (265,)


def test_a_text_that_looks_like_a_special_token_is_spelled_out() -> None:
    vocabulary = Vocabulary.from_tiktoken(encoding(endoftext=263))
    assert vocabulary.encode(b"<|endoftext|>") == list(b"<|endoftext|>")


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(st.sampled_from("the é's1\n<|日"), max_size=30).map(str.encode), st.binary(max_size=20)))
def test_encode_is_exact_and_tiktokens_own(text: bytes) -> None:
    made = encoding(endoftext=263)
    vocabulary = Vocabulary.from_tiktoken(made)
    tokens = vocabulary.encode(text)
    assert vocabulary.decode_bytes(tokens) == text == made.decode_bytes(tokens)
    try:
        assert tokens == made.encode_ordinary(text.decode())
    except UnicodeDecodeError:
        return


def test_long_texts_without_a_break_are_encoded() -> None:
    vocabulary = Vocabulary.from_tiktoken(encoding(endoftext=263))
    for text in (b"the" * 100_000, b" " * 1_100_000 + b"x", b"x" + b"\n " * 550_000, b"x1" * 150_000):
        assert vocabulary.decode_bytes(vocabulary.encode(text)) == text


@pytest.mark.parametrize("thing", [None, "cl100k_base", object()])
def test_what_is_no_encoding_is_refused(thing: Any) -> None:
    with pytest.raises(TokenizerError, match=type(thing).__name__):
        Vocabulary.from_tiktoken(thing)

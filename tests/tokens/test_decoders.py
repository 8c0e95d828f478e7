"""What the decoders' reading says of tokens, against what the library's own decoders write for a text of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from structgen import errors
from structgen.tokens.decoders import BYTE_LEVEL_ALPHABET, speller_of

tokenizers = pytest.importorskip("tokenizers", reason="the decoders are those of Hugging Face's tokenizers")

BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}
BYTE_FALLBACK = {"type": "ByteFallback"}
FUSE = {"type": "Fuse"}


def replace(old: str, new: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": {"String": old}, "content": new}


def strip(content: str, start: int, stop: int) -> dict[str, Any]:
    return {"type": "Strip", "content": content, "start": start, "stop": stop}


def metaspace(scheme: str) -> dict[str, Any]:
    return {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": True}


def word_piece(cleanup: bool, prefix: str = "##") -> dict[str, Any]:
    return {"type": "WordPiece", "prefix": prefix, "cleanup": cleanup}


def sequence(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Sequence", "decoders": list(steps)}


EXACT = {
    "byte level": BYTE_LEVEL,
    "byte level in a sequence": sequence(BYTE_LEVEL),
    "byte level, fused": sequence(BYTE_LEVEL, FUSE),
    "byte level after a replacement": sequence(replace("▁", "Ġ"), BYTE_LEVEL),
    "Llama 2": sequence(replace("▁", " "), BYTE_FALLBACK, FUSE, strip(" ", 1, 0)),
    "Gemma": sequence(replace("▁", " "), BYTE_FALLBACK, FUSE),
    "GGUF": sequence(BYTE_FALLBACK, FUSE, replace("▁", " "), strip(" ", 1, 0)),
    "nested": sequence(sequence(replace("▁", " ")), sequence(sequence(BYTE_FALLBACK), FUSE)),
    "Metaspace, always": metaspace("always"),
    "Metaspace, first": metaspace("first"),
    "Metaspace, never": metaspace("never"),
    "WordPiece": word_piece(cleanup=False),
    "WordPiece with clean-up": word_piece(cleanup=True),
    "WordPiece with another prefix": word_piece(cleanup=False, prefix="@@"),
    "long replacement": sequence(replace("ab", "x"), FUSE),
    "deletion": sequence(replace("▁", ""), BYTE_FALLBACK),
    "strip each token": sequence(strip("a", 2, 0), FUSE),
    "fuse alone": FUSE,
}

SPELLINGS = ("▁", "##", "@@", "Ġ", "Ċ", "é", "Ã", "©", "ð", "<0x41>", "<0xe2>", "<0x+a>", "<0x", "41>")
WORDS = ("a", "b", "ab", "x", "do not", "n't", "'", "' ", "s", "'ve", ".", ",", "!", "日", "�", " ", "\n", "\x00")
PIECES = st.sampled_from([*SPELLINGS, *WORDS])
TOKENS = st.lists(st.one_of(PIECES, st.lists(PIECES, min_size=1, max_size=4).map("".join)), min_size=1, max_size=8)


def library_decode(decoder: dict[str, Any], tokens: list[str]) -> str:
    """The library's decoding of ``tokens``, through a tokenizer with exactly these."""
    vocabulary = {token: number for number, token in enumerate(dict.fromkeys(tokens))}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="?"))
    shell = {"model": {"type": "WordLevel", "vocab": {}, "unk_token": "?"}, "decoder": decoder, "added_tokens": []}
    tokenizer.decoder = tokenizers.Tokenizer.from_str(json.dumps(shell)).decoder
    text: str = tokenizer.decode([vocabulary[token] for token in tokens], skip_special_tokens=False)
    return text


@pytest.mark.parametrize("name", EXACT)
@settings(max_examples=300, deadline=None)
@given(tokens=TOKENS)
def test_bytes_join_to_what_the_library_decodes(name: str, tokens: list[str]) -> None:
    decoder = EXACT[name]
    spelled = speller_of(decoder)(tokens)
    # The rule for the start of a text is not the tokens': the first token here is one that shows where they begin.
    head = "|" if "WordPiece" in name else "start|"
    text = library_decode(decoder, [head, *tokens])
    assert text.startswith(head)
    expected = b"".join(spelled)
    try:
        readable = expected.decode()
    except UnicodeDecodeError:
        assume(name.startswith("byte level"))  # the others write a whole run of byte tokens as replacements
        readable = expected.decode("utf-8", "replace")
    assert text[len(head) :] == readable


@pytest.mark.parametrize(
    ("decoder", "reason"),
    [
        (None, "no decoder"),
        ({"type": "CTC", "pad_token": "<pad>", "word_delimiter_token": "|", "cleanup": True}, "'CTC'"),
        ({"type": "BPEDecoder", "suffix": "</w>"}, "'BPEDecoder'"),
        ({"type": "FromTheFuture"}, "'FromTheFuture'"),
        ({}, "None"),
        ({"type": "Replace", "pattern": {"Regex": "▁+"}, "content": " "}, "regular expression"),
        (replace("", "x"), "regular expression"),
        (sequence(FUSE, replace("ab", "x")), "two tokens"),
        (sequence(BYTE_FALLBACK, replace("ab", "x")), "two tokens"),
        (sequence(FUSE, strip(" ", 0, 1)), "at an end"),
        (strip(" ", 0, 1), "at an end"),
        (sequence(BYTE_FALLBACK, strip(" ", 1, 0)), "joined byte tokens"),
        (sequence(FUSE, BYTE_LEVEL), "ByteLevel after"),
        (sequence(BYTE_FALLBACK, BYTE_LEVEL), "ByteLevel after"),
        (sequence(FUSE, BYTE_FALLBACK), "ByteFallback after"),
        (sequence(FUSE, metaspace("always")), "Metaspace after"),
        (sequence(FUSE, word_piece(cleanup=False)), "WordPiece after"),
    ],
)
def test_decoders_that_write_more_than_tokens_are_refused(decoder: dict[str, Any] | None, reason: str) -> None:
    with pytest.raises(errors.TokenizerError, match="can't be known") as caught:
        speller_of(decoder)
    assert reason in str(caught.value)
    assert caught.value.reason
    assert "from_bytes" in caught.value.hint


def test_a_refused_decoder_is_refused_inside_a_sequence() -> None:
    with pytest.raises(errors.TokenizerError):
        speller_of(sequence(replace("▁", " "), sequence({"type": "BPEDecoder", "suffix": "</w>"})))


def test_the_byte_level_alphabet_is_the_librarys() -> None:
    assert sorted(BYTE_LEVEL_ALPHABET) == sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    assert sorted(BYTE_LEVEL_ALPHABET.values()) == list(range(256))
    assert (BYTE_LEVEL_ALPHABET["Ġ"], BYTE_LEVEL_ALPHABET["Ċ"], BYTE_LEVEL_ALPHABET["a"]) == (0x20, 0x0A, 0x61)


def test_a_space_that_byte_tokens_write_is_as_the_library_replaces_it() -> None:
    decoder = sequence(BYTE_FALLBACK, FUSE, replace(" ", "_"))
    assert speller_of(decoder)(["<0x20>", "a b", "<0x41>"]) == [b"_", b"a_b", b"A"]
    assert library_decode(decoder, ["<0x20>", "a b", "<0x41>"]) == "_a_bA"

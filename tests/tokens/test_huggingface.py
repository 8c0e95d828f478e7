"""Fast tokenizers of every kind, made small here, against their own encode and decode."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structgen.errors import TokenizerError
from structgen.tokens.vocabulary import Vocabulary

tokenizers = pytest.importorskip("tokenizers", reason="the tokenizers are those of Hugging Face")
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers  # noqa: E402

CORPUS = [
    "The quick brown fox jumps over the lazy dog. the the the  the   the\n\tand then some: 1234567890",
    '{"name": "Ada Lovelace", "born": 1815, "tags": ["x", "y"], "ok": true}\n' * 3,
    "Zażółć gęślą jaźń. Съешь же ещё этих мягких французских булок. 色は匂へど散りぬるを 我が世誰ぞ常ならむ",
    "naïve café 👩‍👩‍👧‍👦 🤷🏽‍♀️ é (decomposed é) ﬁ ½ Ⅷ",
]
TEXTS = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from(' \n\ttheand{}[]":,1é日👩‍')), max_size=40)


def byte_level(alphabet: list[str] | None = None, **options: Any) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(**options))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        special_tokens=["<end>"],
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet() if alphabet is None else alphabet,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


BYTE_TOKENS = [f"<0x{byte:02X}>" for byte in range(256)]
LLAMA_DECODER = decoders.Sequence(
    [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
)


def trained(tokenizer: Tokenizer) -> tuple[dict[str, int], list[tuple[str, str]]]:
    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], [tuple(merge) for merge in model["merges"]]


def llama_like() -> Tokenizer:
    """BPE over characters, with bytes for those that it lacks and a space put in front of every text."""
    normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    raw = Tokenizer(models.BPE())
    raw.normalizer = normalizer
    raw.train_from_iterator(
        [word for text in CORPUS[:2] for word in text.split()], trainers.BpeTrainer(vocab_size=200, show_progress=False)
    )
    vocabulary, merges = trained(raw)
    tokens = ["<unk>", "<s>", "</s>", *BYTE_TOKENS, *vocabulary, "laz"]  # the last is what no merge makes
    model = models.BPE(
        {token: number for number, token in enumerate(tokens)}, merges, unk_token="<unk>", byte_fallback=True
    )
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizer
    tokenizer.decoder = LLAMA_DECODER
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A", special_tokens=[("<s>", 1)])
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    return tokenizer


def unigram(decoder: Any, pre_tokenizer: Any, *, byte_fallback: bool) -> Tokenizer:
    words = {piece for text in CORPUS for piece in [*text.replace(" ", "▁"), *("▁" + word for word in text.split())]}
    pieces = [("<unk>", 0.0), ("</s>", 0.0)]
    pieces += [(token, -20.0) for token in BYTE_TOKENS if byte_fallback]
    pieces += [(word, -10.0 / len(word)) for word in sorted(words)]
    pieces += [("he", -1000.0)]  # which cutting by the longest token would take, and the model never does
    tokenizer = Tokenizer(models.Unigram(pieces, 0, byte_fallback))
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoder
    tokenizer.add_special_tokens(["</s>"])
    return tokenizer


def metaspace(scheme: str) -> Tokenizer:
    return unigram(
        decoders.Metaspace(prepend_scheme=scheme),
        pre_tokenizers.Metaspace(prepend_scheme=scheme),
        byte_fallback=False,
    )


def word_piece(*, cleanup: bool) -> Tokenizer:
    words = {word for text in CORPUS for word in text.lower().split()}
    pieces = ["[UNK]", "[SEP]", *sorted(words), *sorted({f"##{letter}" for word in words for letter in word})]
    pieces += sorted({letter for word in words for letter in word} - words)
    tokenizer = Tokenizer(models.WordPiece({piece: number for number, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(cleanup=cleanup)
    tokenizer.add_special_tokens(["[SEP]"])
    return tokenizer


def eos_of(tokenizer: Tokenizer) -> list[int]:
    found = [tokenizer.token_to_id(name) for name in ("<end>", "</s>", "[SEP]")]
    return [token for token in found if token is not None]


# The text whose token marks the start, so that what follows is the middle of a text.
KINDS = {
    "byte level": (byte_level(), "t"),
    "byte level, few bytes": (byte_level(alphabet=[]), "t"),
    "Llama": (llama_like(), "t"),
    "Unigram, bytes": (
        unigram(LLAMA_DECODER, pre_tokenizers.Metaspace(prepend_scheme="first"), byte_fallback=True),
        "t",
    ),
    "Metaspace, always": (metaspace("always"), "t"),
    "Metaspace, first": (metaspace("first"), "t"),
    "Metaspace, never": (metaspace("never"), "t"),
    "WordPiece": (word_piece(cleanup=False), "the"),
    "WordPiece, clean-up": (word_piece(cleanup=True), "the"),
}


@functools.cache
def vocabulary_of(name: str) -> Vocabulary:
    tokenizer, _ = KINDS[name]
    return Vocabulary.from_tokenizer(tokenizer, eos_token_ids=eos_of(tokenizer))


@pytest.mark.parametrize("name", KINDS)
def test_every_ids_bytes_are_what_it_adds_to_a_text(name: str) -> None:
    tokenizer, start = KINDS[name]
    vocabulary = vocabulary_of(name)
    head = tokenizer.get_vocab()[start]
    known = 0
    for token in range(tokenizer.get_vocab_size()):
        text = vocabulary.token_bytes(token)
        assert (text is None) == (token in vocabulary.special_token_ids)
        if text is not None:
            decoded = tokenizer.decode([head, token], skip_special_tokens=False)
            assert decoded == start + text.decode("utf-8", "replace")
            known += 1
    assert known > 100


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_sequence_of_tokens_decodes_to_its_bytes(name: str, data: st.DataObject) -> None:
    tokenizer, start = KINDS[name]
    vocabulary = vocabulary_of(name)
    known = [token for token in range(vocabulary.size) if vocabulary.token_bytes(token) is not None]
    tokens = data.draw(st.lists(st.sampled_from(known), max_size=20))
    text = vocabulary.decode_bytes(tokens)
    decoded = tokenizer.decode([tokenizer.get_vocab()[start], *tokens], skip_special_tokens=False)
    # the library writes every byte of a run of byte tokens as a replacement where the run is not UTF-8
    assert decoded == start + text.decode("utf-8", "replace") or "�" in decoded


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=150, deadline=None)
@given(text=st.one_of(TEXTS, st.sampled_from(CORPUS)))
def test_what_the_tokenizer_encodes_exactly_has_the_texts_bytes(name: str, text: str) -> None:
    tokenizer, _ = KINDS[name]
    vocabulary = vocabulary_of(name)
    tokens = tokenizer.encode(text, add_special_tokens=False).ids
    decoded = tokenizer.decode(tokens, skip_special_tokens=False)
    if decoded == text and not vocabulary.special_token_ids.intersection(tokens):
        spelled = vocabulary.decode_bytes(tokens).decode()
        # the first token's leading space is the rule for the start of a text
        assert spelled in (text, " " + text)


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=150, deadline=None)
@given(text=st.one_of(TEXTS.map(str.encode), st.binary(max_size=20), st.sampled_from(CORPUS).map(str.encode)))
def test_encode_gives_exactly_the_text_or_an_error(name: str, text: bytes) -> None:
    vocabulary = vocabulary_of(name)
    try:
        tokens = vocabulary.encode(text)
    except TokenizerError:
        assert name not in ("byte level", "Llama", "Unigram, bytes")  # which have all bytes
        return
    assert vocabulary.decode_bytes(tokens) == text
    assert not vocabulary.special_token_ids.intersection(tokens)


@pytest.mark.parametrize(
    ("name", "text", "pieces"),
    [
        ("byte level", "the lazy dog", ["t", "he", " lazy", " dog"]),
        ("byte level", " the", [" the"]),
        ("Llama", "lazy the", ["la", "zy", " the"]),
        ("Llama", " the lazy dog", [" the", " lazy", " do", "g"]),
        ("Llama", "  the", [" ", " the"]),
        ("Unigram, bytes", "the lazy", ["t", "h", "e", " lazy"]),
        ("Unigram, bytes", " the lazy", [" the", " lazy"]),
        ("Metaspace, always", "the lazy", ["t", "h", "e", " lazy"]),
        ("Metaspace, always", " the lazy", [" the", " lazy"]),
        ("Metaspace, first", "  the lazy", [" ", " the", " lazy"]),
        ("Metaspace, never", " the lazy", [" the", " lazy"]),
        ("WordPiece", " the lazy dog", [" the", " lazy", " d", "o", "g"]),
    ],
)
def test_encode_adds_no_space_in_front(name: str, text: str, pieces: list[str]) -> None:
    vocabulary = vocabulary_of(name)
    assert [vocabulary.decode_bytes([token]).decode() for token in vocabulary.encode(text.encode())] == pieces


@settings(max_examples=100, deadline=None)
@given(text=TEXTS)
def test_encode_is_the_tokenizers_own_where_that_puts_nothing_in_front(text: str) -> None:
    for name in ("byte level", "Metaspace, never"):
        tokenizer, _ = KINDS[name]
        vocabulary = vocabulary_of(name)
        tokens = tokenizer.encode(text, add_special_tokens=False).ids
        if vocabulary.decode_bytes(tokens) == text.encode():
            assert vocabulary.encode(text.encode()) == tokens
        else:
            assert name != "byte level"

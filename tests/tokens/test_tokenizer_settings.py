"""Added and special tokens, normalizers, and the kinds of objects that a tokenizer comes as.

The vocabularies here have tokens that no merge makes, such as "nd". Cutting by the longest token would use them, so
that "n", "d" shows that the tokenizer's own encode was asked.
"""

from __future__ import annotations

import gc
import json
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from structgen.errors import LimitExceededError, TokenizerError
from structgen.tokens.vocabulary import Vocabulary

tokenizers = pytest.importorskip("tokenizers", reason="the tokenizers are those of Hugging Face")
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers  # noqa: E402

from structgen.tokens.decoders import BYTE_LEVEL_ALPHABET  # noqa: E402

LETTERS_AND_MERGES = [*sorted(BYTE_LEVEL_ALPHABET), "th", "the", "Ġthe", "Ġt", "nd"]
END = len(LETTERS_AND_MERGES)
OWN_END = [b"<", b"e", b"n", b"d", b">"]


def byte_level(**model: Any) -> Tokenizer:
    """All single bytes, three merges, and the special token `<end>`."""
    vocabulary = {letter: number for number, letter in enumerate(LETTERS_AND_MERGES)}
    merges = [("t", "h"), ("th", "e"), ("Ġ", "the")]
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, **model))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<end>"])
    return tokenizer


def read(tokenizer: Any) -> Vocabulary:
    return Vocabulary.from_tokenizer(tokenizer, eos_token_ids=[END])


def pieces(vocabulary: Vocabulary, text: str) -> list[bytes]:
    return [vocabulary.decode_bytes([token]) for token in vocabulary.encode(text.encode())]


def test_special_tokens_are_set_apart() -> None:
    tokenizer = byte_level()
    tokenizer.add_special_tokens(["<more>"])
    vocabulary = read(tokenizer)
    assert vocabulary.special_token_ids == {END, END + 1}
    assert vocabulary.token_bytes(END) is vocabulary.token_bytes(END + 1) is None
    assert vocabulary.eos_token_ids == (END,)


def test_a_text_that_looks_like_a_special_token_is_spelled_out() -> None:
    assert pieces(read(byte_level()), "a<end> the") == [b"a", *OWN_END, b" the"]


def test_added_tokens_that_are_not_special_are_text() -> None:
    tokenizer = byte_level()
    tokenizer.add_tokens(["<call>", AddedToken("日本", normalized=False), "  "])
    vocabulary = read(tokenizer)
    assert [vocabulary.token_bytes(END + number) for number in (1, 2, 3)] == [b"<call>", "日本".encode(), b"  "]
    assert vocabulary.special_token_ids == {END}
    assert vocabulary.encode("a<call>日本  the".encode()) == tokenizer.encode("a<call>日本  the").ids


def test_an_added_token_whose_decoding_is_another_text_has_no_bytes() -> None:
    tokenizer = byte_level()
    tokenizer.add_tokens(["éé", "Ġx"])  # which a byte-level decoder reads as the bytes E9 E9, and as " x"
    assert tokenizer.decode([END + 1]) == "��"
    vocabulary = read(tokenizer)
    assert vocabulary.token_bytes(END + 1) is vocabulary.token_bytes(END + 2) is None
    assert vocabulary.special_token_ids == {END}
    assert pieces(vocabulary, "éé and") == [b"\xc3", b"\xa9", b"\xc3", b"\xa9", b" ", b"a", b"n", b"d"]


def test_an_added_token_that_the_model_writes_too_has_the_models_bytes() -> None:
    tokenizer = byte_level()
    tokenizer.add_tokens([AddedToken("Ġthe", normalized=False)])
    assert tokenizer.get_vocab_size() == END + 1
    vocabulary = read(tokenizer)
    assert vocabulary.token_bytes(LETTERS_AND_MERGES.index("Ġthe")) == b" the"
    assert pieces(vocabulary, "Ġthe nd") == ["Ġ".encode()[:1], "Ġ".encode()[1:], b"the", b" ", b"n", b"d"]


@pytest.mark.parametrize("flags", [{"lstrip": True}, {"rstrip": True}, {"single_word": True}, {"normalized": True}])
def test_flags_of_added_tokens_lose_no_text(flags: dict[str, bool]) -> None:
    tokenizer = byte_level()
    tokenizer.add_tokens([AddedToken("<x>", **flags)])
    vocabulary = read(tokenizer)
    assert vocabulary.token_bytes(END + 1) == b"<x>"
    assert pieces(vocabulary, "nd  <x>  the") == [b"n", b"d", b" ", b" ", b"<x>", b" ", b" the"]
    assert vocabulary.decode_bytes(vocabulary.encode(b"a<x>b")) == b"a<x>b"


def test_the_unknown_token_stands_for_no_text() -> None:
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "a": 1, "<end>": 2}, unk_token="[UNK]"))
    tokenizer.decoder = decoders.Fuse()
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    vocabulary = Vocabulary.from_tokenizer(tokenizer, eos_token_ids=[2])
    assert [vocabulary.token_bytes(token) for token in range(3)] == [None, b"a", None]
    assert vocabulary.special_token_ids == {0, 2}
    with pytest.raises(TokenizerError, match="can't spell"):
        vocabulary.encode(b"ab")


def test_characters_that_a_model_drops_are_not_lost() -> None:
    vocabulary = {letter: number for number, letter in enumerate(["a", "b", "ab", "<end>"])}
    tokenizer = Tokenizer(models.BPE(vocabulary, [("a", "b")]))
    tokenizer.decoder = decoders.ByteLevel()
    assert tokenizer.encode("abcab").ids == [2, 2]  # silently without the c
    read = Vocabulary.from_tokenizer(tokenizer, eos_token_ids=[3])
    assert read.encode(b"abab") == [2, 2]
    with pytest.raises(TokenizerError, match="can't spell"):
        read.encode(b"abcab")


@pytest.mark.parametrize(
    "normalizer",
    [
        normalizers.NFC(),
        normalizers.NFKC(),
        normalizers.Lowercase(),
        normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents(), normalizers.Strip()]),
        normalizers.Sequence([normalizers.Replace("e", "E"), normalizers.Prepend("_")]),
        normalizers.Replace(tokenizers.Regex(" {2,}"), " "),
        normalizers.BertNormalizer(),
        normalizers.Nmt(),
    ],
)
def test_normalizers_change_nothing_in_the_text(normalizer: Any) -> None:
    tokenizer = byte_level()
    plain = read(tokenizer)
    tokenizer.normalizer = normalizer
    text = " THE end e\u0301 ﬁ \u200b  the\u3000Ⅷ "
    assert pieces(read(tokenizer), text) == pieces(plain, text)
    assert b"nd" not in pieces(plain, text)
    assert read(tokenizer) == plain


def test_a_space_in_front_of_every_text_is_left_out() -> None:
    tokenizer = byte_level()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(), pre_tokenizers.ByteLevel(add_prefix_space=True)]
    )
    assert tokenizer.encode("the").tokens == ["Ġthe"]
    assert pieces(read(tokenizer), "the end") == [b"the", b" ", b"e", b"n", b"d"]
    assert pieces(read(tokenizer), " the end") == [b" the", b" ", b"e", b"n", b"d"]


def test_words_split_at_spaces_before_metaspace_keep_their_spaces() -> None:
    words = [(piece, -1.0) for piece in ("▁", "▁the", "the", "t", "h", "e", "n", "d")]
    tokenizer = Tokenizer(models.Unigram([("<unk>", 0.0), ("</s>", 0.0), *words, ("nd", -100.0)], 0, False))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.decoder = decoders.Metaspace()
    assert tokenizer.encode("the  the").tokens == ["▁the", "▁the"]
    read = Vocabulary.from_tokenizer(tokenizer, eos_token_ids=[1])
    assert pieces(read, "the  the end") == [b"the", b" ", b" the", b" ", b"e", b"n", b"d"]


def test_truncation_and_padding_of_the_tokenizer_change_nothing() -> None:
    tokenizer = byte_level()
    tokenizer.enable_truncation(2)
    tokenizer.enable_padding(length=7, pad_id=END, pad_token="<end>")
    assert pieces(read(tokenizer), "the the end") == [b"the", b" the", b" ", b"e", b"n", b"d"]


def test_the_vocabulary_leaves_the_tokenizer_as_it_was_and_does_not_follow_it() -> None:
    tokenizer = byte_level()
    before = tokenizer.to_str()
    vocabulary = read(tokenizer)
    vocabulary.encode(b"<end> the")
    assert tokenizer.to_str() == before
    tokenizer.add_tokens(["then"])
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.enable_truncation(1)
    assert pieces(vocabulary, "then END end") == [b"the", b"n", b" ", b"E", b"N", b"D", b" ", b"e", b"n", b"d"]


def test_threads_share_a_vocabulary() -> None:
    vocabulary = read(byte_level())
    texts = [f"then {number} é the end".encode() * number for number in range(60)]
    expected = [vocabulary.encode(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(vocabulary.encode, texts)) == expected


def test_a_vocabulary_is_freed_with_its_last_reference() -> None:
    gc.disable()
    try:
        vocabulary = read(byte_level())
        vocabulary.encode(b"the end\xff")
        gone = weakref.ref(vocabulary)
        del vocabulary
        assert gone() is None
    finally:
        gc.enable()


def test_ids_up_to_the_width_of_the_logits_are_padding() -> None:
    vocabulary = Vocabulary.from_tokenizer(byte_level(), size=320, eos_token_ids=[END])
    assert (vocabulary.size, vocabulary.bitmask_words) == (320, 10)
    assert vocabulary.token_bytes(319) is None
    assert vocabulary.special_token_ids == {END}
    with pytest.raises(TokenizerError, match="size=261 is too small"):
        Vocabulary.from_tokenizer(byte_level(), size=261, eos_token_ids=[END])


def test_ids_that_the_tokenizer_leaves_out_are_padding() -> None:
    tokenizer = Tokenizer(models.WordLevel({"a": 3, "b": 7}, unk_token="?"))
    tokenizer.decoder = decoders.Fuse()
    vocabulary = Vocabulary.from_tokenizer(tokenizer, eos_token_ids=[0])
    assert [vocabulary.token_bytes(token) for token in range(8)] == [None, None, None, b"a", None, None, None, b"b"]


def test_ids_without_bound_are_refused() -> None:
    tokenizer = Tokenizer(models.WordLevel({"a": 0, "b": 2**31}, unk_token="?"))
    tokenizer.decoder = decoders.Fuse()
    with pytest.raises(LimitExceededError):
        Vocabulary.from_tokenizer(tokenizer, eos_token_ids=[0])


def test_a_tokenizer_alone_names_no_end() -> None:
    with pytest.raises(TokenizerError, match="ends a text") as caught:
        Vocabulary.from_tokenizer(byte_level())
    assert "eos_token_ids" in caught.value.hint


def test_custom_parts_are_refused() -> None:
    class Shout:
        def decode_chain(self, tokens: list[str]) -> list[str]:
            return [token.upper() for token in tokens]

    tokenizer = byte_level()
    tokenizer.decoder = decoders.Decoder.custom(Shout())
    with pytest.raises(TokenizerError, match="custom"):
        read(tokenizer)


def test_a_decoder_that_needs_neighbours_is_refused() -> None:
    tokenizer = byte_level()
    tokenizer.decoder = decoders.BPEDecoder()
    with pytest.raises(TokenizerError, match="BPEDecoder"):
        read(tokenizer)


@pytest.mark.parametrize(
    "model", [models.BPE(end_of_word_suffix="</w>"), models.BPE(continuing_subword_prefix="##"), models.WordPiece()]
)
def test_marks_that_the_decoder_keeps_are_refused(model: Any) -> None:
    tokenizer = Tokenizer(model)
    tokenizer.decoder = decoders.ByteLevel()
    with pytest.raises(TokenizerError, match="keeps the mark"):
        Vocabulary.from_tokenizer(tokenizer, eos_token_ids=[0])


def test_marks_that_the_decoder_takes_out_are_not_in_the_bytes() -> None:
    model = models.BPE(
        {"a": 0, "##b</w>": 1, "<end>": 2}, [], continuing_subword_prefix="##", end_of_word_suffix="</w>"
    )
    tokenizer = Tokenizer(model)
    tokenizer.decoder = decoders.Sequence([decoders.Replace("##", ""), decoders.Replace("</w>", " "), decoders.Fuse()])
    vocabulary = Vocabulary.from_tokenizer(tokenizer, eos_token_ids=[2])
    assert [vocabulary.token_bytes(token) for token in range(3)] == [b"a", b"b ", None]
    assert tokenizer.decode([0, 1, 0]) == "ab a"


@pytest.mark.parametrize("thing", [None, "gpt2", 3, object(), json])
def test_what_is_no_tokenizer_is_refused(thing: Any) -> None:
    with pytest.raises(TokenizerError, match=type(thing).__name__):
        Vocabulary.from_tokenizer(thing, eos_token_ids=[0])


def test_transformers_tokenizers_bring_their_special_tokens() -> None:
    transformers = pytest.importorskip("transformers", reason="tokenizers as transformers has them")
    tokenizer = byte_level()
    wrapped = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>", pad_token="<pad>")
    vocabulary = Vocabulary.from_tokenizer(wrapped)
    assert vocabulary.eos_token_ids == (END,)
    assert vocabulary.special_token_ids == {END, END + 1}
    assert Vocabulary.from_tokenizer(wrapped, eos_token_ids=[END + 1, END]).eos_token_ids == (END, END + 1)
    wrapped("the the", truncation=True, max_length=1)  # which the backend remembers
    assert pieces(Vocabulary.from_tokenizer(wrapped), "the nd") == [b"the", b" ", b"n", b"d"]


def test_a_token_that_transformers_names_special_is_special() -> None:
    transformers = pytest.importorskip("transformers", reason="tokenizers as transformers has them")
    tokenizer = byte_level()
    tokenizer.add_tokens(["<pad>"])
    wrapped = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>")
    assert Vocabulary.from_tokenizer(wrapped).token_bytes(END + 1) == b"<pad>"
    wrapped.pad_token = "<pad>"
    assert Vocabulary.from_tokenizer(wrapped).token_bytes(END + 1) is None


def test_a_transformers_tokenizer_without_an_end_needs_one_named() -> None:
    transformers = pytest.importorskip("transformers", reason="tokenizers as transformers has them")
    wrapped = transformers.PreTrainedTokenizerFast(tokenizer_object=byte_level())
    with pytest.raises(TokenizerError, match="ends a text"):
        Vocabulary.from_tokenizer(wrapped)
    assert Vocabulary.from_tokenizer(wrapped, eos_token_ids=[3]).token_bytes(3) is None


def test_slow_tokenizers_are_refused() -> None:
    transformers = pytest.importorskip("transformers", reason="tokenizers as transformers has them")
    with pytest.raises(TokenizerError, match="ByT5Tokenizer") as caught:
        Vocabulary.from_tokenizer(transformers.ByT5Tokenizer())
    assert "fast" in caught.value.hint

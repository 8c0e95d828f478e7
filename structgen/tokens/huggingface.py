"""Fast Hugging Face tokenizers: the bytes of their tokens, and their tokenization in the middle of a text.

Everything is read from the tokenizer's parts (decoder, normalizer, pre-tokenizer, model, added tokens), never guessed
from the look of its tokens.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from structgen.errors import LimitExceededError, TokenizerError
from structgen.tokens.decoders import Speller, speller_of
from structgen.tokens.texts import MAX_TOKENS

if TYPE_CHECKING:
    import tokenizers

__all__ = ["Reading", "read"]


@dataclass(frozen=True)
class Reading:
    """What a tokenizer says of its vocabulary.

    Attributes
    ----------
    texts : list of bytes or None
        The bytes of each id; None for ids without a token. Those of special tokens have no meaning.
    special_token_ids, eos_token_ids : set and tuple of int
    tokenize : function from str to list of int
        The tokenizer's own tokenization as in the middle of a text: no special tokens, and no space in front. It may
        lose characters (as lower-casing tokenizers do); compare the bytes.
    """

    texts: list[bytes | None]
    special_token_ids: set[int]
    eos_token_ids: tuple[int, ...]
    tokenize: Callable[[str], list[int]]


def read(tokenizer: Any) -> Reading:
    """Read a ``tokenizers.Tokenizer``, or a transformers tokenizer with one inside (``TokenizersBackend``).

    Raises
    ------
    TokenizerError
        It is another kind of tokenizer, or one whose bytes can't be known.
    LimitExceededError
        It has an id of 2**24 or more.
    """
    backend = _backend(tokenizer)
    written = backend.get_vocab(with_added_tokens=False)
    added = backend.get_added_tokens_decoder()
    special = {token for token, definition in added.items() if definition.special} | _named_special(tokenizer)
    if (unknown := _unknown_token(backend.model)) in written:
        special.add(written[unknown])

    spell = speller_of(_definition(backend.decoder))
    _check_marks(backend.model, spell)
    highest = max([*written.values(), *added], default=-1)
    if highest >= MAX_TOKENS:
        raise LimitExceededError(f"token ids below {MAX_TOKENS}", f"token id {highest}")
    texts: list[bytes | None] = [None] * (highest + 1)
    for token, text in zip(written.values(), spell(list(written)), strict=True):
        texts[token] = text
    for token, definition in added.items():
        if written.get(definition.content) != token:
            texts[token] = _added_text(definition.content, spell)
    plain = {token for token, definition in added.items() if texts[token] == definition.content.encode()} - special
    tokenize = _tokenization(backend, spell, added, plain)
    return Reading(texts, special, _eos_of(tokenizer), tokenize)


def _backend(tokenizer: Any) -> tokenizers.Tokenizer:
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise TokenizerError(
            "Hugging Face tokenizers need the package 'tokenizers'", hint="pip install structgen[transformers]"
        ) from error
    backend = tokenizer if isinstance(tokenizer, Tokenizer) else getattr(tokenizer, "backend_tokenizer", None)
    if isinstance(backend, Tokenizer):
        return backend
    raise TokenizerError(
        f"the bytes of this tokenizer's tokens can't be known: {type(tokenizer).__name__}",
        reason="it is not a fast Hugging Face tokenizer, so that it has no decoder that could be read",
        hint="the same model's fast tokenizer (transformers.AutoTokenizer.from_pretrained gives it where there is one)",
    )


def _definition(part: Any) -> dict[str, Any] | None:
    """A part of a tokenizer as its tokenizer.json has it.

    Taken from the part alone: to write all of Llama-3.1's tokenizer takes 0.2 s, and to read it as long.
    """
    if part is None:
        return None
    try:
        state: dict[str, Any] = json.loads(part.__getstate__())
    except Exception as error:
        raise TokenizerError(
            f"the bytes of this tokenizer's tokens can't be known: its {type(part).__name__} is custom code",
            reason=str(error),
            hint="structgen.Vocabulary.from_bytes, with the bytes of each token",
        ) from error
    return state


def _named_special(tokenizer: Any) -> set[int]:
    return {token for token in getattr(tokenizer, "all_special_ids", ()) if token is not None}


def _eos_of(tokenizer: Any) -> tuple[int, ...]:
    eos = getattr(tokenizer, "eos_token_id", None)
    return () if eos is None else (eos,) if isinstance(eos, int) else tuple(eos)


def _unknown_token(model: Any) -> str | None:
    """The token that stands for characters that the model lacks, and so for no text of its own."""
    if type(model).__name__ != "Unigram":
        unknown: str | None = model.unk_token
        return unknown
    state = _definition(model) or {}
    return None if state.get("unk_id") is None else state["vocab"][state["unk_id"]][0]


def _check_marks(model: Any, spell: Speller) -> None:
    """Refuse a model whose marks for the parts of words stay in the decoded text: something else must take them out."""
    prefix = getattr(model, "continuing_subword_prefix", None) or ""
    suffix = getattr(model, "end_of_word_suffix", None) or ""
    for mark, token in ((prefix, prefix + "a"), (suffix, "a" + suffix)):
        if mark and mark.encode() in spell([token])[0]:
            raise TokenizerError(
                f"the bytes of this tokenizer's tokens can't be known: its decoder keeps the mark {mark!r}",
                reason="the model writes the mark at the parts of words, and no text has it there",
                hint="structgen.Vocabulary.from_bytes, with the bytes of each token",
            )


def _added_text(content: str, spell: Speller) -> bytes | None:
    """The bytes of an added token, or None where the decoder writes another text than the token stands for.

    A byte-level decoder, for example, reads an added "é" as the byte E9: half a character, which no text means by it.
    """
    text, decoded = content.encode(), spell([content])[0]
    return decoded if decoded in (text, b" " + text) else None


def _tokenization(
    backend: tokenizers.Tokenizer, spell: Speller, added: dict[int, Any], plain: set[int]
) -> Callable[[str], list[int]]:
    """The tokenizer's ``encode`` as in the middle of a text and for exactly that text, on a copy that shares its model.

    The copy leaves out what the start of a text gets, changes of the text that the decoder does not undo, truncation,
    spaces that an added token takes along, and the added tokens that don't stand for their own text (not ``plain``).
    """
    from tokenizers import AddedToken, Tokenizer

    definition: dict[str, Any] = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": _reversible(_definition(backend.normalizer), spell),
        "pre_tokenizer": _without_prefix(_definition(backend.pre_tokenizer)),
        "post_processor": None,
        "decoder": None,
        "model": {"type": "BPE", "vocab": {}, "merges": []},
    }
    copy = Tokenizer.from_str(json.dumps(definition))
    copy.model = backend.model
    # all of them and by id, since the library numbers them as they come
    copy.add_tokens(
        [
            AddedToken(
                each.content, single_word=each.single_word, normalized=each.normalized, special=token not in plain
            )
            for token, each in sorted(added.items())
        ]
    )
    copy.encode_special_tokens = True  # that is, as plain text

    def tokenize(text: str) -> list[int]:
        ids: list[int] = copy.encode(text, add_special_tokens=False).ids
        return ids

    return tokenize


def _reversible(normalizer: dict[str, Any] | None, spell: Speller) -> dict[str, Any]:
    """The steps of a normalizer that the decoder undoes, such as ``▁`` for a space.

    The others (Unicode normal forms, lower case, a space in front) lose the text, and change nothing in a text that is
    normal already.
    """
    steps = [
        step
        for step in _flat(normalizer, "normalizers")
        if step["type"] == "ByteLevel"
        or (step["type"] == "Replace" and spell([step["content"]]) == [step["pattern"].get("String", "").encode()])
    ]
    return {"type": "Sequence", "normalizers": steps}


def _without_prefix(pre_tokenizer: dict[str, Any] | None) -> dict[str, Any]:
    """A pre-tokenizer that adds no space in front, and leaves the spaces between words to the step that writes them."""
    steps = _flat(pre_tokenizer, "pretokenizers")
    if any(step["type"] == "Metaspace" for step in steps):
        steps = [step for step in steps if step["type"] != "WhitespaceSplit"]
    changes: dict[str, dict[str, Any]] = {
        "Metaspace": {"prepend_scheme": "never"},
        "ByteLevel": {"add_prefix_space": False},
    }
    return {"type": "Sequence", "pretokenizers": [step | changes.get(step["type"], {}) for step in steps]}


def _flat(part: dict[str, Any] | None, inner: str) -> list[dict[str, Any]]:
    if part is None:
        return []
    return [step for each in part[inner] for step in _flat(each, inner)] if part["type"] == "Sequence" else [part]

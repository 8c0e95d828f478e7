"""A model's vocabulary: the exact bytes of every token id, and which ids end a text.

The bytes are those that a token adds in the middle of a text. Some tokenizers drop the leading space of a text's first
token; a model's output follows its prompt, so that rule never applies to it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from operator import index
from typing import TYPE_CHECKING, Any, Final, SupportsIndex

from structgen.errors import ArgumentError, LimitExceededError, TokenizerError
from structgen.tokens import cache, huggingface
from structgen.tokens import tiktoken as tiktoken_encodings
from structgen.tokens.segmentation import Segmenter
from structgen.tokens.texts import MAX_TOKENS, TokenTexts
from structgen.tokens.trie import TokenTrie

if TYPE_CHECKING:
    import tiktoken

__all__ = ["Vocabulary"]

_TOKENS_WORTH_CACHING = 20_000  # whose trie takes 10 ms to build
_NOT_UTF_8 = re.compile("([\udc80-\udcff]+)")


class Vocabulary:
    """The tokens of a model. Frozen, and shareable between threads and between compiled grammars.

    Made by `from_tokenizer`, `from_tiktoken` and `from_bytes`. Two vocabularies are equal where the same ids have the
    same bytes and the same ids end a text, whichever tokenizer they were read from.

    Attributes
    ----------
    size : int
        The number of ids, which is the width of the model's logits.
    bitmask_words : int
        The number of int32 words in a bitmask of ``size`` bits.
    eos_token_ids : tuple of int
        The tokens that end a text. They have no bytes.
    special_token_ids : frozenset of int
        The tokens that stand for no text: those that end it, and the tokenizer's other special ones.
    trie : TokenTrie
        All tokens that have bytes.
    max_token_bytes : int
        The length of the longest token.
    fingerprint : str
        A hash of all of the above, in hexadecimal.
    """

    def __init__(
        self,
        texts: Sequence[bytes | None],
        *,
        eos_token_ids: Iterable[SupportsIndex],
        special_token_ids: Iterable[int] = (),
        size: int | None = None,
        tokenize: Callable[[str], list[int]] | None = None,
    ) -> None:
        """Take the texts as they are; the class methods do the reading.

        Parameters
        ----------
        texts : sequence of bytes or None
            The bytes of each id; None for an id that stands for no text.
        eos_token_ids, special_token_ids : ids
            Whatever bytes they have in ``texts`` is dropped.
        size : int, optional
            The width of the logits where that is more than the number of texts.
        tokenize : function from str to list of int, optional
            The tokenizer's own tokenization. A result that does not spell the text is not used.
        """
        self.size: Final = _checked_size(len(texts), size)
        self.bitmask_words: Final = (self.size + 31) // 32
        self.eos_token_ids: Final = _checked_eos(eos_token_ids, self.size)
        self.special_token_ids: Final = frozenset(special_token_ids) | frozenset(self.eos_token_ids)
        padded = [*texts, *[None] * (self.size - len(texts))]
        for token in self.special_token_ids:
            padded[token] = None
        self._texts: Final = TokenTexts.of(padded)
        self._tokenize: Final = tokenize
        self.max_token_bytes: Final = int(self._texts.lengths.max(initial=0))
        self.trie: Final = _trie_of(self._texts)
        self.fingerprint: Final = self._hash()
        self.engine: object = None  # what masks keep for this vocabulary, as long as it lives

    @classmethod
    def from_tokenizer(
        cls, tokenizer: Any, *, size: int | None = None, eos_token_ids: Iterable[int] | None = None
    ) -> Vocabulary:
        """Read a fast Hugging Face tokenizer.

        Byte-level BPE, SentencePiece-like BPE and Unigram (``▁``, byte fallback) and WordPiece are read exactly, from
        the tokenizer's own decoder. Special tokens have no bytes; other added tokens are ordinary text. What
        transformers may do to a decoded text afterwards (``clean_up_tokenization_spaces``) is no token's.

        Parameters
        ----------
        tokenizer : transformers tokenizer with a fast backend, or tokenizers.Tokenizer
        size : int, optional
            The width of the model's logits, where it is padded past the tokenizer's ids.
        eos_token_ids : ids, optional
            Tokens that end a text beside the tokenizer's own; many chat models list several in their settings.

        Raises
        ------
        TokenizerError
            The bytes of the tokens can't be known; no token ends a text; ``size`` is too small for the tokenizer's ids.
        """
        reading = huggingface.read(tokenizer)
        return cls(
            reading.texts,
            eos_token_ids=(*reading.eos_token_ids, *(eos_token_ids or ())),
            special_token_ids=reading.special_token_ids,
            size=size,
            tokenize=reading.tokenize,
        )

    @classmethod
    def from_tiktoken(
        cls, encoding: tiktoken.Encoding, *, size: int | None = None, eos_token_ids: Iterable[int] | None = None
    ) -> Vocabulary:
        """Read a ``tiktoken.Encoding``, where ``<|endoftext|>`` ends a text. Otherwise as `from_tokenizer`."""
        reading = tiktoken_encodings.read(encoding)
        return cls(
            reading.texts,
            eos_token_ids=(*reading.eos_token_ids, *(eos_token_ids or ())),
            special_token_ids=reading.special_token_ids,
            size=size,
            tokenize=reading.tokenize,
        )

    @classmethod
    def from_bytes(cls, texts: Sequence[bytes | None], *, eos: SupportsIndex | Iterable[int]) -> Vocabulary:
        """Take the bytes of each id as given, None for special tokens and padding; ``eos`` ends a text.

        Raises
        ------
        ArgumentError
            A text is neither bytes nor None, or ``eos`` is no integer.
        TokenizerError
            ``eos`` is empty, or not an id.
        """
        if not isinstance(texts, Sequence):
            raise ArgumentError("the texts of a vocabulary are a list", reason=f"got {type(texts).__name__}")
        for token, text in enumerate(texts):
            if text is not None and not isinstance(text, bytes):
                raise ArgumentError("the text of a token is bytes or None", reason=f"token {token} has {text!r:.200}")
        special = [token for token, text in enumerate(texts) if text is None]
        return cls(texts, eos_token_ids=eos if isinstance(eos, Iterable) else (eos,), special_token_ids=special)

    def token_bytes(self, token: int) -> bytes | None:
        """The bytes of a token; None for special tokens and padding. ArgumentError outside of ``range(size)``."""
        try:
            return self._texts[token]
        except (IndexError, TypeError) as error:
            raise ArgumentError(
                f"a token id of this vocabulary is from 0 to {self.size - 1}", reason=f"got {token!r}"
            ) from error

    def all_token_bytes(self) -> list[bytes | None]:
        """The ``token_bytes`` of every id."""
        return list(self._texts)

    @property
    def texts(self) -> TokenTexts:
        """The ``token_bytes`` of all ids, in one block."""
        return self._texts

    def decode_bytes(self, tokens: Iterable[int]) -> bytes:
        """The bytes of the tokens together; special tokens and padding add none. ArgumentError for what is no id."""
        return b"".join([self.token_bytes(token) or b"" for token in tokens])

    def encode(self, text: bytes) -> list[int]:
        """Tokens whose bytes are exactly ``text``, as the tokenizer has it in the middle of a text.

        What is not UTF-8, and what the tokenizer does not keep as it is (some write lower case only), is cut into the
        longest tokens instead. Special tokens never occur: a text that looks like one is spelled out.

        Raises
        ------
        ArgumentError
            ``text`` is not bytes.
        TokenizerError
            No sequence of tokens has these bytes.
        """
        if not isinstance(text, bytes):
            raise ArgumentError("a vocabulary encodes bytes", reason=f"got {type(text).__name__}", hint="text.encode()")
        tokens: list[int] = []
        for piece in _NOT_UTF_8.split(text.decode("utf-8", "surrogateescape")):
            found = self._encode_piece(piece) if piece else []
            if found is None:
                break
            tokens += found
        else:
            return tokens
        whole = self._segmenter.segment(text)  # tokens may cross from UTF-8 into what is not
        if whole is None:
            shown = text if len(text) <= 40 else text[:40] + b"..."
            raise TokenizerError(
                f"the vocabulary can't spell {shown!r}", reason="it lacks tokens for some of the bytes"
            )
        return whole

    def _encode_piece(self, piece: str) -> list[int] | None:
        text = piece.encode("utf-8", "surrogateescape")
        if self._tokenize is not None and not _NOT_UTF_8.match(piece):
            tokens = self._tokenize(piece)
            texts = [self.token_bytes(token) if token < self.size else None for token in tokens]
            if None not in texts and b"".join(texts) == text:  # type: ignore[arg-type]
                return tokens
        return self._segmenter.segment(text)

    @cached_property
    def _segmenter(self) -> Segmenter:
        return Segmenter(self._texts)

    def _hash(self) -> str:
        roles = (sorted(self.eos_token_ids), sorted(self.special_token_ids))
        return hashlib.blake2b(repr((self._texts.fingerprint, roles)).encode(), digest_size=20).hexdigest()

    def __eq__(self, other: object) -> bool:
        return self.fingerprint == other.fingerprint if isinstance(other, Vocabulary) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __repr__(self) -> str:
        return f"<Vocabulary of {self.size} tokens, eos {list(self.eos_token_ids)}, {self.fingerprint[:8]}>"


def _trie_of(texts: TokenTexts) -> TokenTrie:
    """The trie of ``texts``, from the cache folder where it is worth a file."""
    if len(texts) < _TOKENS_WORTH_CACHING:
        return TokenTrie.build(texts)
    key = f"trie {texts.fingerprint}"
    stored = cache.load(key)
    if stored is not None:
        return TokenTrie.from_arrays(stored)
    trie = TokenTrie.build(texts)
    cache.store(key, trie.arrays())
    return trie


def _checked_size(texts: int, size: int | None) -> int:
    if size is None:
        size = texts
    if size < max(texts, 1):
        raise TokenizerError(
            f"size={size} is too small for this vocabulary",
            reason=f"its highest token id is {texts - 1}",
            hint="the width of the model's logits",
        )
    if size > MAX_TOKENS:
        raise LimitExceededError(f"{MAX_TOKENS} tokens in a vocabulary", f"size={size}")
    return size


def _checked_eos(eos_token_ids: Iterable[SupportsIndex], size: int) -> tuple[int, ...]:
    try:
        eos = tuple(dict.fromkeys(map(index, eos_token_ids)))
    except TypeError as error:
        raise ArgumentError("what ends a text is a token id, or several", reason=str(error)) from error
    if not eos:
        raise TokenizerError(
            "no token of this vocabulary ends a text", hint="eos_token_ids=, as in the model's settings"
        )
    for token in eos:
        if not 0 <= token < size:
            raise TokenizerError(
                f"the end-of-sequence token {token} is not in the vocabulary", reason=f"its size is {size}"
            )
    return eos

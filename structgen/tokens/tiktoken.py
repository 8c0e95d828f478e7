"""OpenAI's tiktoken encodings, whose tokens are bytes by definition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from structgen.errors import TokenizerError
from structgen.tokens.huggingface import Reading

if TYPE_CHECKING:
    import tiktoken

__all__ = ["read"]

_END = "<|endoftext|>"


def read(encoding: tiktoken.Encoding) -> Reading:
    """The bytes of every id of an encoding, with gaps where it has none, and its tokenization.

    Raises
    ------
    TokenizerError
        It is not a ``tiktoken.Encoding``.
    """
    if not _is_encoding(encoding):
        raise TokenizerError(
            f"not a tiktoken.Encoding: {type(encoding).__name__}",
            hint='tiktoken.get_encoding("o200k_base"), or structgen.Vocabulary.from_tokenizer',
        )
    special = {name: encoding.encode_single_token(name) for name in encoding.special_tokens_set}
    texts: list[bytes | None] = [None] * encoding.n_vocab
    for token in range(encoding.n_vocab):
        try:
            texts[token] = encoding.decode_single_token_bytes(token)
        except KeyError:
            continue
    return Reading(
        texts,
        set(special.values()),
        (special[_END],) if _END in special else (),
        encoding.encode_ordinary,
    )


def _is_encoding(thing: object) -> bool:
    try:
        from tiktoken import Encoding
    except ImportError:
        return False
    return isinstance(thing, Encoding)

"""OpenAI's tiktoken encodings, whose tokens are bytes by definition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from structgen.tokens.huggingface import Reading

if TYPE_CHECKING:
    import tiktoken

__all__ = ["read"]

_END = "<|endoftext|>"


def read(encoding: tiktoken.Encoding) -> Reading:
    """The bytes of every id of an encoding, with gaps where it has none, and its tokenization."""
    special = {name: encoding.encode_single_token(name) for name in encoding.special_tokens_set}
    texts: list[bytes | None] = [None] * encoding.n_vocab
    for token in range(encoding.n_vocab):
        try:
            texts[token] = encoding.decode_single_token_bytes(token)
        except KeyError:
            continue
    for token in special.values():
        texts[token] = None
    return Reading(
        texts,
        frozenset(special.values()),
        (special[_END],) if _END in special else (),
        encoding.encode_ordinary,
    )

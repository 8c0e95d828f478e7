"""OpenAI's tiktoken encodings, whose tokens are bytes by definition."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from structgen.errors import TokenizerError
from structgen.tokens.huggingface import Reading

if TYPE_CHECKING:
    import tiktoken

__all__ = ["read"]

_END = "<|endoftext|>"
_LONGEST_RUN = 100_000
_SPACES = re.compile(rf"\s{{1,{_LONGEST_RUN}}}")


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
        lambda text: _encode(encoding, text),
    )


def _encode(encoding: tiktoken.Encoding, text: str) -> list[int]:
    """``encode_ordinary``, which panics on a million spaces in a row: such a run is cut."""
    ends = (run.end() for run in _SPACES.finditer(text) if len(run[0]) == _LONGEST_RUN)
    cuts = [0, *ends, len(text)] if len(text) > _LONGEST_RUN else [0, len(text)]
    return [token for start, end in pairwise(cuts) for token in encoding.encode_ordinary(text[start:end])]


def _is_encoding(thing: object) -> bool:
    try:
        from tiktoken import Encoding
    except ImportError:
        return False
    return isinstance(thing, Encoding)

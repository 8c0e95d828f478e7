"""The vocabulary of a model that llama.cpp has loaded: its tokens' bytes, and its tokenization.

The bytes are those that llama.cpp itself writes for a token. The ends of a text are what the file declares;
llama.cpp also takes tokens by their names (``<reponame>`` of SmolLM2, for one), which the model's authors don't.
"""

from __future__ import annotations

import ctypes
from typing import Any

import llama_cpp
import numpy as np

from structgen.errors import TokenizerError
from structgen.tokens.vocabulary import Vocabulary

_KINDS = {
    llama_cpp.LLAMA_VOCAB_TYPE_SPM,
    llama_cpp.LLAMA_VOCAB_TYPE_BPE,
    llama_cpp.LLAMA_VOCAB_TYPE_UGM,
}
_SPECIAL = llama_cpp.LLAMA_TOKEN_ATTR_CONTROL | llama_cpp.LLAMA_TOKEN_ATTR_UNKNOWN
_END_KEYS = ("eos", "eot", "eom")
_UNKNOWN_BYTE = b"[UNK_BYTE_0x"


def read_vocabulary(model: Any) -> Vocabulary:
    """Read the vocabulary of a ``llama_model``.

    Raises
    ------
    TokenizerError
        Its kind of tokenizer is not read exactly, or no token ends a text.
    """
    vocab = llama_cpp.llama_model_get_vocab(model)
    if llama_cpp.llama_vocab_type(vocab) not in _KINDS:
        raise TokenizerError(
            "the bytes of this model's tokens can't be known",
            reason="its tokenizer is neither byte-level BPE nor SentencePiece",
            hint='dtype="float32" to read the file with transformers',
        )
    size = int(llama_cpp.llama_vocab_n_tokens(vocab))
    special = {token for token in range(size) if llama_cpp.llama_vocab_get_attr(vocab, token) & _SPECIAL}
    texts = [None if token in special else _piece(vocab, token) for token in range(size)]
    ends = [int(text) for name in _END_KEYS if (text := metadata(model, f"tokenizer.ggml.{name}_token_id")) is not None]
    adds_space = b"".join(texts[token] or b"" for token in tokenize(vocab, "a", special=False)) == b" a"

    def tokenize_inside(text: str) -> list[int]:
        # The space that this kind writes in front of a text is the text's own first one.
        return tokenize(vocab, text[1:] if adds_space and text.startswith(" ") else text, special=False)

    return Vocabulary(texts, eos_token_ids=ends, special_token_ids=special, size=size, tokenize=tokenize_inside)


def tokenize(vocab: Any, text: str, *, special: bool) -> list[int]:
    """Tokenize, without a token for the beginning; ``special`` says whether a text may write special tokens out."""
    content = text.encode()
    room = len(content) + 8
    tokens = np.zeros(room, dtype=np.int32)
    pointer = tokens.ctypes.data_as(ctypes.POINTER(llama_cpp.llama_token))
    count = llama_cpp.llama_tokenize(vocab, content, len(content), pointer, room, False, special)
    if count < 0:
        raise TokenizerError(f"llama.cpp can't tokenize a text of {len(content)} bytes", reason=f"it returns {count}")
    found: list[int] = tokens[:count].tolist()
    return found


def metadata(model: Any, key: str) -> str | None:
    """Return a value of the file's metadata, as text; None where it has none."""
    size = llama_cpp.llama_model_meta_val_str(model, key.encode(), None, 0)
    if size < 0:
        return None
    buffer = ctypes.create_string_buffer(size + 1)
    llama_cpp.llama_model_meta_val_str(model, key.encode(), buffer, size + 1)
    return buffer.raw[:size].decode(errors="replace")


def _piece(vocab: Any, token: int) -> bytes | None:
    buffer = ctypes.create_string_buffer(64)
    size = llama_cpp.llama_token_to_piece(vocab, token, buffer, len(buffer), 0, False)
    if size < 0:
        buffer = ctypes.create_string_buffer(-size)
        size = llama_cpp.llama_token_to_piece(vocab, token, buffer, len(buffer), 0, False)
    text = buffer.raw[:size]
    # What llama.cpp writes for a token that its tokenizer never makes stands for no text.
    return None if not text or text.startswith(_UNKNOWN_BYTE) else text

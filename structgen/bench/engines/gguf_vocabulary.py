"""A vocabulary as a GGUF file without a model: what llama.cpp needs to write masks over any tokenizer's tokens.

Tokens are spelled in GPT-2's byte-level alphabet, the one way of GGUF to spell any bytes; a merge has to be there for
the file to load, and none is used, since nothing is tokenized through it. Ids that write nothing are control tokens.
Source: ggml's docs/gguf.md, "Tokenizer"; llama.cpp, src/llama-vocab.cpp.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import gguf

from structgen.tokens.decoders import BYTE_LEVEL_ALPHABET

if TYPE_CHECKING:
    from structgen.tokens.vocabulary import Vocabulary


def write_vocabulary(vocabulary: Vocabulary, file: Path) -> None:
    """Write a vocabulary's tokens, under the same ids.

    Two tokens of the same bytes can't both be spelled in a GGUF file: the later one becomes a control token, which
    grammars never allow.
    """
    character = {byte: letter for letter, byte in BYTE_LEVEL_ALPHABET.items()}
    tokens: dict[str, int] = {}
    for token, text in enumerate(vocabulary.all_token_bytes()):
        spelled = "".join(character[byte] for byte in text or b"")
        is_text = bool(spelled) and spelled not in tokens
        tokens[spelled if is_text else f"<|{token}|>"] = int(
            gguf.TokenType.NORMAL if is_text else gguf.TokenType.CONTROL
        )
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(list(tokens))
    writer.add_token_types(list(tokens.values()))
    writer.add_token_merges(["a b"])
    writer.add_eos_token_id(vocabulary.eos_token_ids[0])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()

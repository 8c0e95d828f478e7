"""A vocabulary written as a GGUF file, read back by the format's own reader and by llama.cpp."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import pytest

import structgen
from structgen.bench.engines.gguf_vocabulary import write_vocabulary
from structgen.tokens.decoders import BYTE_LEVEL_ALPHABET

TEXTS: list[bytes | None] = [
    *(bytes([byte]) for byte in range(256)),
    "é".encode(),
    "语".encode()[:2],
    b"  {\n",
    b"  {\n",
    b"<|256|>",
    None,
    b"",
]
VOCABULARY = structgen.Vocabulary.from_bytes([*TEXTS, None], eos=len(TEXTS))


def read(file: Path, key: str) -> list[Any]:
    return list(gguf.GGUFReader(file).fields[key].contents())


def test_each_token_keeps_its_id_and_its_bytes(tmp_path: Path) -> None:
    file = tmp_path / "vocabulary.gguf"
    write_vocabulary(VOCABULARY, file)
    tokens, types = (read(file, f"tokenizer.ggml.{key}") for key in ("tokens", "token_type"))
    assert len(tokens) == len(types) == len(set(tokens)) == VOCABULARY.size
    for token, text in enumerate(VOCABULARY.all_token_bytes()):
        is_again = text in TEXTS[:token] or not text
        assert types[token] == (gguf.TokenType.CONTROL if is_again else gguf.TokenType.NORMAL), token
        if not is_again:
            assert bytes(BYTE_LEVEL_ALPHABET[letter] for letter in tokens[token]) == text


def test_llama_cpp_reads_the_same_bytes(tmp_path: Path) -> None:
    llama_cpp = pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
    write_vocabulary(VOCABULARY, tmp_path / "vocabulary.gguf")
    llama = llama_cpp.Llama(model_path=str(tmp_path / "vocabulary.gguf"), vocab_only=True, verbose=False)
    assert llama.n_vocab() == VOCABULARY.size
    assert llama.token_eos() == VOCABULARY.eos_token_ids[0]
    for token, text in enumerate(VOCABULARY.all_token_bytes()):
        if text and text not in TEXTS[:token]:
            assert llama.detokenize([token]) == text, token

"""llama.cpp's grammars through llama-cpp-python: JSON Schema to GBNF in Python, then a stack machine over characters.

Its grammar is a sampler: applied to all tokens, each with a logit of 0, it writes minus infinity wherever it refuses
one, and that is a mask. It takes its tokens from a GGUF file alone, so one is made of the run's tokenizer.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from structgen.bench.engines.base import Engine, Formats
from structgen.bench.engines.gguf_vocabulary import write_vocabulary
from structgen.bench.tokenizers import Tokenizer


class LlamaCpp(Engine):
    distribution = "llama-cpp-python"

    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__(tokenizer)
        self.llama_cpp: Any = importlib.import_module("llama_cpp")
        self.to_gbnf = importlib.import_module("llama_cpp.llama_grammar").json_schema_to_gbnf
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "vocabulary.gguf"
            write_vocabulary(tokenizer.vocabulary, file)
            self.llama = self.llama_cpp.Llama(model_path=str(file), vocab_only=True, verbose=False)
        self.table = self.llama_cpp.llama_model_get_vocab(self.llama.model)
        size = self.llama_cpp.llama_vocab_n_tokens(self.table)
        self.entries = (self.llama_cpp.llama_token_data * size)()
        self.logits = np.ctypeslib.as_array(self.entries)["logit"]
        np.ctypeslib.as_array(self.entries)["id"] = np.arange(size, dtype=np.int32)
        self.candidates = self.llama_cpp.llama_token_data_array(
            data=ctypes.cast(self.entries, self.llama_cpp.llama_token_data_p), size=size, selected=-1, sorted=False
        )
        self.sampler: Any = None

    def compile(self, schema: Any, formats: Formats) -> None:
        grammar = self.to_gbnf(json.dumps(schema))
        if self.sampler is not None:
            self.llama_cpp.llama_sampler_free(self.sampler)
        self.sampler = self.llama_cpp.llama_sampler_init_grammar(self.table, grammar.encode(), b"root")
        if not self.sampler:
            self.sampler = None
            raise ValueError("llama.cpp can't read the grammar that it made of the schema")

    def reset(self) -> None:
        self.llama_cpp.llama_sampler_reset(self.sampler)

    def fill(self) -> None:
        self.logits[:] = 0.0
        self.llama_cpp.llama_sampler_apply(self.sampler, ctypes.byref(self.candidates))
        packed = np.packbits(self.logits == 0.0, bitorder="little")
        self.words = np.pad(packed, (0, -len(packed) % 4)).view(np.int32)

    def commit(self, token: int) -> bool:
        if not self.allows(token):
            return False
        self.llama_cpp.llama_sampler_accept(self.sampler, token)
        return True

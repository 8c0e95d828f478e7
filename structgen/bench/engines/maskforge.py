"""maskforge: sessions over a compiled schema that is bound to a vocabulary."""

from __future__ import annotations

import importlib
import json
from typing import Any

import numpy as np

from structgen.bench.engines.base import Engine, Formats
from structgen.bench.tokenizers import Tokenizer


class MaskForge(Engine):
    distribution = "maskforge"

    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__(tokenizer)
        maskforge: Any = importlib.import_module("maskforge")
        self.table = maskforge.Vocabulary.from_id_ordered_tokens(
            tokenizer.vocabulary.all_token_bytes(), eos_token_id=tokenizer.eos
        )
        self.compiler = maskforge.Compiler()

    def compile(self, schema: Any, formats: Formats) -> None:
        self.bound = self.compiler.compile(json.dumps(schema)).bind(self.table)
        self.mask = bytearray(4 * self.bound.mask_word_count)
        self.words = np.frombuffer(self.mask, np.int32)
        self.reset()

    def reset(self) -> None:
        self.session = self.bound.start_session()

    def fill(self) -> None:
        self.session.write_mask(self.mask)

    def commit(self, token: int) -> bool:
        if not self.allows(token):
            return False
        self.session.advance(token)
        return True

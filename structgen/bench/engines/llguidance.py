"""llguidance: masks from a lexer of derivatives and an Earley parser, computed at each step."""

from __future__ import annotations

import importlib
import json
from typing import Any

from structgen.bench.engines.base import Engine, Formats
from structgen.bench.tokenizers import Tokenizer


class LLGuidance(Engine):
    distribution = "llguidance"

    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__(tokenizer)
        self.llguidance: Any = importlib.import_module("llguidance")
        arrays: Any = importlib.import_module("llguidance.numpy")
        self.fill_row = arrays.fill_next_token_bitmask
        self.table = importlib.import_module("llguidance.hf").from_tokenizer(tokenizer.huggingface)
        self.mask = arrays.allocate_token_bitmask(1, self.table.vocab_size)
        self.words = self.mask[0]

    def compile(self, schema: Any, formats: Formats) -> None:
        self.start = self.llguidance.LLMatcher(self.table, json.dumps({"grammars": [{"json_schema": schema}]}))
        if self.start.is_error():
            raise ValueError(self.start.get_error())
        self.matcher = self.start

    def reset(self) -> None:
        self.matcher = self.start.deep_copy()

    def fill(self) -> None:
        self.fill_row(self.matcher, self.mask, 0)

    def commit(self, token: int) -> bool:
        return self.allows(token) and bool(self.matcher.consume_token(token))

    def is_accepting(self) -> bool:
        return bool(self.matcher.is_accepting())

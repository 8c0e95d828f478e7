"""glrmask: masks looked up in tables that a generalised LR parser is compiled to ahead of time."""

from __future__ import annotations

import importlib
import json
from typing import Any

import numpy as np

from structgen.bench.engines.base import Engine, Formats
from structgen.bench.tokenizers import Tokenizer


class GLRMask(Engine):
    distribution = "glrmask"

    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__(tokenizer)
        self.glrmask: Any = importlib.import_module("glrmask")
        texts = {token: text for token, text in enumerate(tokenizer.vocabulary.all_token_bytes()) if text}
        self.table = self.glrmask.Vocab.from_id_to_bytes(texts)
        self.words = np.zeros(tokenizer.vocabulary.bitmask_words, np.int32)

    def compile(self, schema: Any, formats: Formats) -> None:
        self.constraint = self.glrmask.Grammar.from_json_schema(json.dumps(schema)).compile(self.table)
        self.reset()

    def reset(self) -> None:
        self.state = self.constraint.start()

    def fill(self) -> None:
        self.state.fill_mask(self.words)

    def commit(self, token: int) -> bool:
        return bool(self.state.commit_token(token))

    def is_accepting(self) -> bool:
        return bool(self.state.is_accepting())

"""lm-format-enforcer: a character-level parser of JSON Schema in Python, walked through a trie of the tokens."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from structgen.bench.engines.base import Engine, Formats
from structgen.bench.tokenizers import Tokenizer


class LMFormatEnforcer(Engine):
    """Fed as its own integrations feed it: with all tokens so far, each time.

    What its parser does not know it logs, and then only lets the text end: this looks like a rejection.
    """

    distribution = "lm-format-enforcer"

    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__(tokenizer)
        vocabulary = tokenizer.vocabulary
        self.enforcer: Any = importlib.import_module("lmformatenforcer")
        texts = enumerate(vocabulary.all_token_bytes())
        self.table = self.enforcer.TokenEnforcerTokenizerData(
            [(token, text.decode("utf-8", "replace"), False) for token, text in texts if text],
            lambda tokens: vocabulary.decode_bytes(tokens).decode("utf-8", "replace"),
            list(vocabulary.eos_token_ids),
            True,
            vocabulary.size,
        )
        self.words = np.zeros(vocabulary.bitmask_words, np.int32)

    def compile(self, schema: Any, formats: Formats) -> None:
        self.matcher = self.enforcer.TokenEnforcer(self.table, self.enforcer.JsonSchemaParser(schema))
        self.reset()

    def reset(self) -> None:
        self.tokens: list[int] = []

    def fill(self) -> None:
        self.words = self.matcher.get_allowed_tokens(self.tokens).allowed_tokens.numpy()

    def commit(self, token: int) -> bool:
        if not self.allows(token):
            return False
        self.tokens.append(token)
        return True

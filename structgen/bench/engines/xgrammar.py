"""xgrammar: masks of a pushdown automaton, most of them computed ahead of time for each of its positions."""

from __future__ import annotations

import importlib
import json
from typing import Any

from structgen.bench.engines.base import Engine, Formats
from structgen.bench.tokenizers import Tokenizer


class XGrammar(Engine):
    """Any whitespace, and objects open where the schema leaves them open: JSON Schema's own meaning.

    Its defaults (``strict_mode``, fixed whitespace) are quicker, and another language.
    """

    distribution = "xgrammar"

    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__(tokenizer)
        self.xgrammar: Any = importlib.import_module("xgrammar")
        info = self.xgrammar.TokenizerInfo.from_huggingface(
            tokenizer.huggingface,
            vocab_size=tokenizer.vocabulary.size,
            stop_token_ids=list(tokenizer.vocabulary.eos_token_ids),
        )
        self.compiler = self.xgrammar.GrammarCompiler(info, max_threads=1, cache_enabled=False)
        self.mask = self.xgrammar.allocate_token_bitmask(1, info.vocab_size)
        self.words = self.mask.numpy()[0]

    def compile(self, schema: Any, formats: Formats) -> None:
        self.grammar = self.compiler.compile_json_schema(json.dumps(schema), any_whitespace=True, strict_mode=False)
        self.reset()

    def reset(self) -> None:
        self.matcher = self.xgrammar.GrammarMatcher(self.grammar)

    def fill(self) -> None:
        self.matcher.fill_next_token_bitmask(self.mask)

    def commit(self, token: int) -> bool:
        return bool(self.matcher.accept_token(token))

"""structgen itself, with properties in the schema's order and in any."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from structgen.bench.engines.base import Engine, Formats
from structgen.bench.tokenizers import Tokenizer
from structgen.compiler import compile as compile_schema
from structgen.schema.writing import PropertyOrder


class Structgen(Engine):
    """Declared properties in the schema's order, the default."""

    distribution = "structgen"
    property_order: ClassVar[PropertyOrder] = "schema"

    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__(tokenizer)
        self.words = np.zeros(tokenizer.vocabulary.bitmask_words, np.int32)

    def compile(self, schema: Any, formats: Formats) -> None:
        self.grammar = compile_schema(
            schema=schema, vocabulary=self.tokenizer.vocabulary, formats=formats, property_order=self.property_order
        )
        self.matcher = self.grammar.matcher()

    def reset(self) -> None:
        self.matcher = self.grammar.matcher()

    def fill(self) -> None:
        self.matcher.fill_bitmask(self.words)

    def commit(self, token: int) -> bool:
        return self.matcher.accept_token(token)

    def is_accepting(self) -> bool:
        return self.matcher.is_accepting()


class StructgenAnyOrder(Structgen):
    """The schema's whole language."""

    property_order = "any"

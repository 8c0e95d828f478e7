"""outlines-core and oc-earley: guides of one interface, over an index of a regular expression or an Earley parser."""

from __future__ import annotations

import importlib
import json
from typing import Any

import numpy as np

from structgen.bench.engines.base import Engine, Formats
from structgen.bench.tokenizers import Tokenizer


class _Guided(Engine):
    """Masks are written by the guides themselves: the packages' own functions for that ask for numba besides."""

    guide: Any

    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__(tokenizer)
        self.words = np.zeros(tokenizer.vocabulary.bitmask_words, np.int32)

    def fill(self) -> None:
        self.guide.write_mask_into(self.words.ctypes.data, self.words.size, self.words.itemsize)

    def commit(self, token: int) -> bool:
        if not self.allows(token):
            return False
        self.guide.advance(token, return_tokens=False)
        return True


def _ids_by_text(tokenizer: Tokenizer) -> dict[bytes, list[int]]:
    found: dict[bytes, list[int]] = {}
    for token, text in enumerate(tokenizer.vocabulary.all_token_bytes()):
        if text:
            found.setdefault(text, []).append(token)
    return found


class OutlinesCore(_Guided):
    """A schema as a regular expression, with any whitespace; its index over all tokens is built ahead of time."""

    distribution = "outlines-core"

    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__(tokenizer)
        self.outlines_core: Any = importlib.import_module("outlines_core")
        self.build_regex = importlib.import_module("outlines_core.json_schema").build_regex_from_schema
        self.table = self.outlines_core.Vocabulary(tokenizer.eos, _ids_by_text(tokenizer))

    def compile(self, schema: Any, formats: Formats) -> None:
        regex = self.build_regex(json.dumps(schema), r"[ \t\n\r]*")
        self.index = self.outlines_core.Index(regex, self.table)
        self.reset()

    def reset(self) -> None:
        self.guide = self.outlines_core.Guide(self.index)


class OCEarley(_Guided):
    distribution = "oc-earley"

    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__(tokenizer)
        self.oc_earley: Any = importlib.import_module("oc_earley")
        self.table = self.oc_earley.Vocabulary(tokenizer.eos, _ids_by_text(tokenizer))

    def compile(self, schema: Any, formats: Formats) -> None:
        self.compiled = self.oc_earley.CompiledSchema.from_json_schema(schema, self.table)
        self.reset()

    def reset(self) -> None:
        self.guide = self.compiled.guide()

    def is_accepting(self) -> bool:
        return bool(self.guide.is_accepting())

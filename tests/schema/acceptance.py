"""What a compiled schema accepts, through matchers over the 256 bytes."""

from __future__ import annotations

import json
from typing import Any

import structgen
from structgen import CompiledGrammar, Vocabulary
from tests.vocabularies import BYTES

VOCABULARY = Vocabulary.from_bytes([*BYTES, None], eos=256)


def compiled(schema: Any, **options: Any) -> CompiledGrammar:
    """The grammar of a schema; properties come in any order unless told otherwise."""
    return structgen.compile(schema=schema, vocabulary=VOCABULARY, **{"property_order": "any", **options})


def accepts(grammar: CompiledGrammar, text: str) -> bool:
    """Whether a matcher takes every byte of the text, and may end there."""
    matcher = grammar.matcher()
    return all(matcher.accept_token(byte) for byte in text.encode()) and matcher.is_accepting()


def accepts_value(grammar: CompiledGrammar, value: Any) -> bool:
    """As `accepts`, for the text that Python writes for a value."""
    return accepts(grammar, json.dumps(value, ensure_ascii=False))

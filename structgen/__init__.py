"""structgen: language models write exactly what a schema, pattern or grammar allows, and faster than freely.

Names are imported when they are first asked for, so that ``import structgen`` costs no more than what is used of it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from structgen import grammar as grammar
    from structgen.compiler import compile
    from structgen.errors import (
        ArgumentError,
        GrammarError,
        IncompleteOutputError,
        LimitExceededError,
        ModelError,
        RegexError,
        SchemaError,
        StructgenError,
        TokenizerError,
        UnsatisfiableSchemaError,
        UnsupportedSchemaError,
    )
    from structgen.generation import Chunk, Model, Result, Sampling, Statistics, agenerate, generate, load_model
    from structgen.schema.formats import Formats
    from structgen.schema.notes import Note
    from structgen.tokens.bitmasks import apply_bitmask
    from structgen.tokens.compiled import CompiledGrammar, Trace
    from structgen.tokens.matcher import Matcher, fill_bitmasks
    from structgen.tokens.vocabulary import Vocabulary

_MODULES = {
    "structgen.compiler": ["compile"],
    "structgen.errors": [
        "ArgumentError",
        "GrammarError",
        "IncompleteOutputError",
        "LimitExceededError",
        "ModelError",
        "RegexError",
        "SchemaError",
        "StructgenError",
        "TokenizerError",
        "UnsatisfiableSchemaError",
        "UnsupportedSchemaError",
    ],
    "structgen.generation": [
        "Chunk",
        "Model",
        "Result",
        "Sampling",
        "Statistics",
        "agenerate",
        "generate",
        "load_model",
    ],
    "structgen.schema.formats": ["Formats"],
    "structgen.schema.notes": ["Note"],
    "structgen.tokens.bitmasks": ["apply_bitmask"],
    "structgen.tokens.compiled": ["CompiledGrammar", "Trace"],
    "structgen.tokens.matcher": ["Matcher", "fill_bitmasks"],
    "structgen.tokens.vocabulary": ["Vocabulary"],
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "ArgumentError",
    "Chunk",
    "CompiledGrammar",
    "Formats",
    "GrammarError",
    "IncompleteOutputError",
    "LimitExceededError",
    "Matcher",
    "Model",
    "ModelError",
    "Note",
    "RegexError",
    "Result",
    "Sampling",
    "SchemaError",
    "Statistics",
    "StructgenError",
    "TokenizerError",
    "Trace",
    "UnsatisfiableSchemaError",
    "UnsupportedSchemaError",
    "Vocabulary",
    "agenerate",
    "apply_bitmask",
    "compile",
    "fill_bitmasks",
    "generate",
    "load_model",
]


def __getattr__(name: str) -> Any:
    if name == "grammar":  # a module, for `structgen.grammar.sequence` and the like
        return importlib.import_module("structgen.grammar")
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

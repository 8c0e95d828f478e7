"""Whether a grammar of the shelf accepts a text, told by its automaton over bytes."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Final

import structgen
from structgen import CompiledGrammar
from tests.vocabularies import BYTES

__all__ = ["SHELF", "accepts", "compiled"]

SHELF: Final = Path(__file__).parents[2] / "grammars"

_BYTES: Final = structgen.Vocabulary.from_bytes([*BYTES, None], eos=[256])


@functools.cache
def compiled(grammar_file: str, start: str = "start") -> CompiledGrammar:
    """The grammar for a vocabulary of single bytes, by its name."""
    return structgen.compile(grammar=grammar_file.removesuffix(".lark"), start=start, vocabulary=_BYTES)


def accepts(grammar_file: str, text: str, start: str = "start") -> bool:
    """Whether the grammar in ``grammars/`` derives the whole text."""
    return compiled(grammar_file, start).trace(text.encode()).accepted

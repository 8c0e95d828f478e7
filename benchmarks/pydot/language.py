"""What the benchmark has to know of a language: where a statement ends, and which words a text has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.pydot import statements

__all__ = ["PYTHON", "Language"]


@dataclass(frozen=True)
class Language:
    """Functions of texts; unfinished ones too.

    Attributes
    ----------
    statement_end : of a statement's head and what follows: where in that the statement ends; None where it goes on
    closers : what closes the brackets that are open at the end of a text
    lexemes : the lexical tokens, blanks and comments left out
    identifiers : the identifiers in their order; keywords are none
    """

    statement_end: Callable[[str, str], int | None]
    closers: Callable[[str], str]
    lexemes: Callable[[str], list[str]]
    identifiers: Callable[[str], list[str]]


PYTHON = Language(statements.statement_end, statements.closers, statements.lexemes, statements.identifiers)

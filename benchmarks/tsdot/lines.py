"""TypeScript's text as the benchmark reads it: a completion ends with its line.

Lexical, and of unfinished text too. It shares no code with the monitors that are judged.
"""

from __future__ import annotations

import re
from typing import Final

from benchmarks.pydot.language import Language
from benchmarks.pydot.statements import closers, lexemes

__all__ = ["TYPESCRIPT", "lines"]

_STRING: Final = r"""(?P<quote>["'`])(?:\\.|(?!(?P=quote))[^\\])*(?:(?P=quote))?"""
_COMMENT: Final = r"//[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/)?"
_PIECE: Final = re.compile(rf"(?P<string>{_STRING})|{_COMMENT}|[()\[\]{{}}]", re.DOTALL)
_LEXEME: Final = re.compile(
    rf"""
    (?P<string>{_STRING})
    |{_COMMENT}
    |(?P<lexeme>(?:\d|\.\d)(?:[\w.]|(?<=[eE])[+-])*|[\w$]+|=>|\?\.|\?\?=?|\.\.\.|===|!==|\*\*=?|&&=?|\|\|=?
        |\+\+|--|<<=?|>>>?=?|[-+*/%&|^<>=!]=|\S)
    """,
    re.VERBOSE | re.DOTALL,
)
_WORD: Final = re.compile(r"[^\W\d$][\w$]*|\$[\w$]*")
_WORDS: Final = """
abstract any as asserts async await bigint boolean break case catch class const continue debugger declare default delete
do else enum export extends false finally for from function get if implements import in infer instanceof interface is
keyof let namespace never new null number object of out override private protected public readonly return satisfies set
static string super switch symbol this throw true try type typeof undefined unique unknown var void while with yield
"""
_KEYWORDS: Final = frozenset(_WORDS.split())


def lines(source: str) -> list[tuple[int, int]]:
    """Where each line begins and ends, in characters; its break left out."""
    found, begin = [], 0
    for line in source.split("\n"):
        found.append((begin, begin + len(line)))
        begin += len(line) + 1
    return found


def _line_end(head: str, text: str) -> int | None:
    end = text.find("\n")
    return None if end < 0 else end


def _closers(text: str) -> str:
    return closers(text, _PIECE)


def _lexemes(text: str) -> list[str]:
    return lexemes(text, _LEXEME)


def _identifiers(text: str) -> list[str]:
    """Its identifiers: after a dot, such as the one before ``text``, every word is one."""
    words = _lexemes(text)
    return [
        word
        for word, before in zip(words, [".", *words], strict=False)
        if _WORD.fullmatch(word) and (word not in _KEYWORDS or before in (".", "?."))
    ]


TYPESCRIPT: Final = Language(_line_end, _closers, _lexemes, _identifiers)

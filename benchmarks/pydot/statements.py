"""Python's text as the benchmark reads it: logical lines, lexical tokens, identifiers.

Lexical, and of unfinished text too. It shares no code with the monitors that are judged.
"""

from __future__ import annotations

import io
import keyword
import re
import tokenize
from typing import Final

__all__ = ["closers", "identifiers", "is_in_string", "lexemes", "logical_lines", "statement_end"]

_STRING: Final = r"""
    (?P<triple>\"{3}|'{3})(?:\\.|(?!(?P=triple)).)*(?:(?P=triple))?
    |(?P<quote>["'])(?:\\.|(?!(?P=quote))[^\n\\])*(?:(?P=quote))?
"""
_PIECE: Final = re.compile(rf"(?P<string>{_STRING})|\#[^\n]*|[()\[\]{{}}]|\\\r?\n|\n", re.VERBOSE | re.DOTALL)
_LEXEME: Final = re.compile(
    rf"""
    (?P<string>(?:\b[A-Za-z]{{1,2}}(?=["']))?(?:{_STRING}))
    |\#[^\n]*
    |(?P<lexeme>(?:\d|\.\d)(?:[\w.]|(?<=[eE])[+-])*|\w+|\*\*=?|//=?|<<=?|>>=?|->|:=|\.\.\.|[-+*/%@&|^<>=!]=|\S)
    """,
    re.VERBOSE | re.DOTALL,
)
_CLOSERS: Final = {"(": ")", "[": "]", "{": "}"}


def logical_lines(source: str) -> list[tuple[int, int]]:
    """Where each logical line begins and ends, in characters: comments behind it and the newline left out.

    Raises
    ------
    SyntaxError, tokenize.TokenError
        The source is no Python.
    """
    begins = [0]
    for line in io.StringIO(source, newline="\n"):
        begins.append(begins[-1] + len(line))
    found: list[tuple[int, int]] = []
    first: int | None = None
    end = 0
    for token in tokenize.generate_tokens(io.StringIO(source, newline="\n").readline):
        if token.type == tokenize.NEWLINE:
            if first is not None:
                found.append((first, end))
            first = None
        elif token.type not in (tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER):
            if first is None:
                first = begins[token.start[0] - 1] + token.start[1]
            end = begins[token.end[0] - 1] + token.end[1]
    return found


def statement_end(head: str, text: str) -> int | None:
    """Where in ``text`` the logical line ends that began with ``head``; None where it goes on.

    It ends at the newline that is in no bracket, string or comment and follows no backslash.
    """
    depth = 0
    whole = head + text
    for piece in _PIECE.finditer(whole):
        if piece[0] in _CLOSERS:
            depth += 1
        elif piece[0] in _CLOSERS.values():
            depth -= 1
        elif piece[0] == "\n" and depth <= 0 and piece.start() >= len(head):
            return piece.start() - len(head)
    return None


def is_in_string(line: str, place: int) -> bool:
    """Whether a place of a logical line is inside a string."""
    return any(piece["string"] and piece.start() < place < piece.end() for piece in _PIECE.finditer(line))


def closers(text: str, pieces: re.Pattern[str] = _PIECE) -> str:
    """What closes the brackets that are open at the end; ``pieces`` are brackets, strings and comments."""
    stack: list[str] = []
    for piece in pieces.finditer(text):
        if piece[0] in _CLOSERS:
            stack.append(_CLOSERS[piece[0]])
        elif stack and piece[0] == stack[-1]:
            stack.pop()
    return "".join(reversed(stack))


def lexemes(text: str, pieces: re.Pattern[str] = _LEXEME) -> list[str]:
    """The lexical tokens, blanks and comments left out."""
    return [found[0] for found in pieces.finditer(text) if found["string"] or found["lexeme"]]


def identifiers(text: str) -> list[str]:
    """The identifiers in their order; keywords are none."""
    return [word for word in lexemes(text) if word.isidentifier() and not keyword.iskeyword(word)]

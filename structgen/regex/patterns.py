"""A pattern's text in one of two dialects becomes a regular expression over characters."""

from __future__ import annotations

import re
from typing import Final, Literal

from structgen.errors import LimitExceededError
from structgen.regex.assertions import containing
from structgen.regex.ecma import parse_ecma
from structgen.regex.kinds import Node
from structgen.regex.lookarounds import seal
from structgen.regex.python import parse_python
from structgen.regex.surroundings import depends_on_surroundings

__all__ = ["MAX_PATTERN_LENGTH", "Dialect", "parse", "parse_word", "search"]

# Characters of a pattern; reading this many takes a few seconds.
MAX_PATTERN_LENGTH: Final = 250_000

Dialect = Literal["python", "ecma"]

_PYTHON_FLAGS: Final = {
    "a": re.ASCII,
    "i": re.IGNORECASE,
    "m": re.MULTILINE,
    "s": re.DOTALL,
    "u": re.UNICODE,
    "x": re.VERBOSE,
}


def parse(pattern: str, dialect: Dialect = "python", flags: str = "") -> Node:
    """The texts that a pattern matches as a whole, as ``re.fullmatch`` would; assertions see that text and nothing
    around it.

    Parameters
    ----------
    dialect
        ``"python"`` for the syntax of ``re``, ``"ecma"`` for ECMA-262's Unicode mode (see `ecma` for what is tolerated
        beyond it).
    flags
        Letters of inline flags: any of ``aimsux`` for Python, ``imsu`` for ECMA-262.

    Raises
    ------
    RegexError
        The pattern is malformed, or not regular (back-references, conditional groups, most atomic groups).
    LimitExceededError
        The pattern is longer than `MAX_PATTERN_LENGTH`, or groups nest too deep.
    """
    return seal(_contextual(pattern, dialect, flags))


def search(pattern: str, dialect: Dialect = "ecma", flags: str = "") -> Node:
    """The texts that contain a match, which is what JSON Schema's ``pattern`` means; see `parse`."""
    return containing(_contextual(pattern, dialect, flags))


def parse_word(pattern: str) -> tuple[Node, bool]:
    """As `parse`, of Python's, for a word of a longer text; and whether what stands around the word, which assertions
    don't see, might matter to one of them.

    A lazy repetition ends where what follows it matches first, as where ``re.match`` looks for the end of a word:
    ``"a"b"`` is no match of ``".*?"``. Elsewhere lazy repetitions are like any others.
    """
    node = _contextual(pattern, "python", "", lazy=True)
    return seal(node), depends_on_surroundings(node)


def _contextual(pattern: str, dialect: Dialect, flags: str, *, lazy: bool = False) -> Node:
    if len(pattern) > MAX_PATTERN_LENGTH:
        raise LimitExceededError(f"{MAX_PATTERN_LENGTH} characters in a pattern", str(len(pattern)))
    if dialect == "ecma":
        return parse_ecma(pattern, flags)
    combined = re.NOFLAG
    for letter in flags:
        if letter not in _PYTHON_FLAGS:
            raise ValueError(f"unknown flag: {letter!r}")
        combined |= _PYTHON_FLAGS[letter]
    return parse_python(pattern, int(combined), lazy=lazy)

"""Names in scope as an answer: what the analysis knows, and what it leaves out.

Names that the statement has written itself count, and such as a handler binds or a later statement deletes.
"""

from __future__ import annotations

import builtins
import keyword
import re
from typing import Final

from structgen.monitors.answers import NOT_IDENTIFIER, Answer
from structgen.monitors.python_sites import Name

__all__ = ["IDENTIFIERS", "names_answer"]

_BEFORE_NO_NAME: Final = NOT_IDENTIFIER + b"0123456789"
_WORDS: Final = frozenset(["None", "True", "False", "not", "lambda", "await", "yield"])
_WORDS_AFTER: Final = {"not": {"in"}, "yield": {"from"}, "is": {"not"}}
_STRING_PREFIXES: Final = dict.fromkeys(
    [
        "".join(letters)
        for pair in ("r", "b", "u", "f", "t", "br", "rb", "fr", "rf", "tr", "rt")
        for letters in {pair, pair.upper(), pair.capitalize(), pair[0] + pair[1:].upper()}
    ],
    b"\"'",
)
IDENTIFIERS: Final = re.compile(r"(?<![\w.])[^\W\d]\w*")
_BOUND: Final = re.compile(r"(?:\b(?:class|def|as|import)\s+|,\s*)(\w+)|(\w+)\s*=(?!=)")
_FLEETING: Final = re.compile(r"\bexcept\b[^\n:]*\bas\s+(\w+)|\bdel\s+([\w, \t]+)")
_HARMLESS: Final = frozenset(
    ["type", "super", "tuple", "object"]
)  # whose calls may give an exception, or a tuple of them
_NO_EXCEPTIONS: Final = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and not issubclass(value, BaseException) and name not in _HARMLESS
)


def names_answer(known: frozenset[str], before: str, identifiers: frozenset[str], place: Name) -> Answer:
    """The answer where ``known`` are the names that the analysis has at the statement behind ``before``."""
    names = {name for name in known if name.isidentifier() and not keyword.iskeyword(name)} | identifiers
    # servers tell what is bound at the scope's end: not what a handler binds, or what is deleted later
    names |= {name for pair in _FLEETING.findall(before) for name in re.findall(r"\w+", "".join(pair))}
    if place.kind != "value":
        bound = {name for pair in _BOUND.findall(before) for name in pair}
        names -= _NO_EXCEPTIONS - bound
    names |= _WORDS | _WORDS_AFTER.get(place.after, set())
    return Answer(names, ends=_STRING_PREFIXES, skips=b" \t", exits=_BEFORE_NO_NAME, may_be_absent=True)

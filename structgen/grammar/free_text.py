"""Free text that ends with the first occurrence of a trigger.

A trigger that holds another one can never be the first to end, and is left out; of the others none ends inside
another, so that the states are those of a search for all of them at once (Aho, Corasick, 1975): one for each beginning
of a trigger.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from structgen.errors import ArgumentError, LimitExceededError
from structgen.regex import ANYTHING, CharSet, Node, characters, complement, concat, intersection, repeat, words

__all__ = ["MAX_TRIGGERS", "until_node"]

MAX_TRIGGERS: Final = 1000
"""Texts that can end one stretch of free text."""

_SOME_TEXT: Final = repeat(characters(CharSet.ANY), 1, None)


def until_node(triggers: Iterable[str]) -> Node:
    """The texts that end with a trigger, and in which no trigger ends earlier.

    Raises
    ------
    ArgumentError
        There is no trigger, or one is the empty text or can't be written as UTF-8.
    LimitExceededError
        More than `MAX_TRIGGERS`.
    """
    texts = sorted(set(triggers), key=len)
    if not texts:
        raise ArgumentError("free text ends with a trigger", reason="none is given")
    if len(texts) > MAX_TRIGGERS:
        raise LimitExceededError(f"{MAX_TRIGGERS} triggers that end a text", str(len(texts)))
    needed: list[str] = []
    for text in texts:
        if not text:
            raise ArgumentError("a trigger is not the empty text", hint="without it there would be no free text at all")
        if any(0xD800 <= ord(character) < 0xE000 for character in text):
            raise ArgumentError("a trigger has a lone surrogate, which UTF-8 can't write", reason=repr(text))
        if not any(shorter in text for shorter in needed):
            needed.append(text)
    ends = concat(ANYTHING, words(needed))
    return intersection(ends, complement(concat(ends, _SOME_TEXT)))

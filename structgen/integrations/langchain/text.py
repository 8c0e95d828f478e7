"""Texts that end before certain words."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["before", "holds"]


def before(text: str, words: Sequence[str], *, is_whole: bool) -> str:
    """The text before the first of the words; where it isn't whole yet, also without what may become one."""
    found = [place for place in (text.find(word) for word in words) if place >= 0]
    if found:
        return text[: min(found)]
    if is_whole:
        return text
    longest = max((_begun(text, word) for word in words), default=0)
    return text[: len(text) - longest]


def holds(text: str, words: Sequence[str]) -> bool:
    """Whether one of the words stands in the text."""
    return any(word in text for word in words)


def _begun(text: str, word: str) -> int:
    """How many characters at the text's end are the beginning of the word."""
    return next((count for count in range(min(len(word), len(text)), 0, -1) if text.endswith(word[:count])), 0)

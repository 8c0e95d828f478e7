"""Strings and comments as spans of a text, and where a long text is code."""

from __future__ import annotations

from typing import Any, Final, Protocol

__all__ = ["Span", "lexical_tail"]

_TAIL: Final = 2000


class Span(Protocol):
    """A compiled pattern of strings and comments, unfinished ones too; of ``re`` or of ``regex``."""

    def finditer(self, string: str, /) -> Any:
        """The matches."""
        ...


def lexical_tail(prefix: str, spans: Span) -> str:
    """What of a prefix decides how the text after it is read: its last lines, from a place that is code."""
    limit = max(len(prefix) - _TAIL, 0)
    start, code = 0, 0
    for span in spans.finditer(prefix):
        if code >= limit:
            break
        start = max(start, prefix.rfind("\n", code, min(span.start(), limit)))
        code = span.end()
    if code < limit:
        start = max(start, prefix.rfind("\n", code, limit))
    return prefix[start:]

"""What a compiled schema or grammar doesn't assert, although its author may have meant it to."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Note"]


class Note(NamedTuple):
    """A keyword that is read as an annotation, or a rule of a grammar that no text needs: where it stands, and why.

    For a rule, ``pointer`` is its line and column, and ``keyword`` its name.
    """

    pointer: str
    keyword: str
    text: str

    def __str__(self) -> str:
        return f"{self.pointer}: {self.text}"

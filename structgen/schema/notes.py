"""What a compiled schema doesn't assert, although its author may have meant it to."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Note"]


class Note(NamedTuple):
    """A keyword that is read as an annotation: where it stands, and why."""

    pointer: str
    keyword: str
    text: str

    def __str__(self) -> str:
        return f"{self.pointer}: {self.text}"

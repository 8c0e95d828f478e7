"""Where something stands in a notation, and the errors that show it."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

from structgen.errors import GrammarError
from structgen.grammar.expressions import Place

__all__ = ["START", "SURROGATE", "Lines", "refusal"]

START: Final = Place(1, 1)
SURROGATE: Final = re.compile("[\ud800-\udfff]")


class Lines:
    """The lines of a text, for places by offset."""

    __slots__ = ("_starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0]
        at = text.find("\n")
        while at >= 0:
            self._starts.append(at + 1)
            at = text.find("\n", at + 1)

    def place(self, offset: int) -> Place:
        """The place of a character; one past the last where the text ends."""
        line = bisect_right(self._starts, offset)
        return Place(line, offset - self._starts[line - 1] + 1)


def refusal(what: str, source: str, place: Place | None, *, hint: str = "") -> GrammarError:
    """The error at a place of a source; where there is neither, at the start of nothing."""
    place = place or START
    lines = source.split("\n", place.line)
    excerpt = lines[place.line - 1] if place.line <= len(lines) else ""
    # A tab is shown as one space, or the caret would stand elsewhere; surrogates can't be shown at all.
    excerpt = SURROGATE.sub("\N{REPLACEMENT CHARACTER}", excerpt.rstrip("\r").replace("\t", " "))
    return GrammarError(what, line=place.line, column=place.column, excerpt=excerpt, hint=hint)

"""The code around the end of a text that grows: lexed from the beginning of its last line, not from the file's.

A text that was accepted settles where that line begins; texts that go on from it are lexed from there. Any other text
is lexed from the prefix on, with the same result.
"""

from __future__ import annotations

import keyword
from typing import Final

from structgen.monitors.python_sites import logical_line
from structgen.monitors.python_text import SPAN, blanked
from structgen.monitors.spans import lexical_tail

__all__ = ["WORDS", "Buffer"]

WORDS: Final = frozenset(word.encode() for word in [*keyword.kwlist, *keyword.softkwlist])
"""The words that tell where a site is; all others are names."""


class Buffer:
    """A file's prefix, and the code of what was generated after it."""

    def __init__(self, prefix: str) -> None:
        self.tail = lexical_tail(prefix, SPAN)
        self._text = b""  # what was generated before the line begins
        self._head = self.tail  # the line's part that is in the prefix
        self._accepted: bytes | None = b""

    def settle(self, text: bytes) -> None:
        """Lex the next texts from the beginning of the line that ``text`` ends in; once one has to be lexed."""
        self._accepted = text

    def _settle(self, text: bytes) -> None:
        self._accepted = None
        if not text.startswith(self._text):
            self._text, self._head = b"", self.tail
        begins = logical_line(self.lexed(text)[0])
        if begins == 0:
            return
        if begins <= len(self._head):
            self._head = self._head[begins:]
            return
        rest = text[len(self._text) :].decode("utf-8", "replace")[begins - len(self._head) :]
        self._text, self._head = text[: len(text) - len(rest.encode())], ""
        if not text.endswith(rest.encode()):  # bytes that are no text yet
            self._text, self._head = b"", self.tail

    def lexed(self, text: bytes) -> tuple[str, str]:
        """The code, from a line's beginning, up to the end of ``text``, and what is open there, as ``blanked``."""
        return blanked(self._line(text))

    def code(self, text: bytes) -> str | None:
        """The code up to the end of ``text``; None where the end is in a string or a comment."""
        code, unfinished = self.lexed(text)
        return None if unfinished else code

    def ends_with_quote(self, text: bytes) -> bool:
        """Whether ``text``, or the prefix before an empty one, ends with a quote."""
        return (text[-1:] or self.tail[-1:].encode()) in (b'"', b"'")

    def before_string(self, text: bytes) -> str | None:
        """The code before the quote that ends ``text``; None where it opens no string, or may be one of three."""
        line = self._line(text)
        code, unfinished = blanked(line)
        return code[:-1] if unfinished == line[-1:] and not blanked(line[:-1])[1] else None

    def _line(self, text: bytes) -> str:
        if self._accepted is not None:
            self._settle(self._accepted)
        if text.startswith(self._text):
            return self._head + text[len(self._text) :].decode("utf-8", "replace")
        return self.tail + text.decode("utf-8", "replace")

"""A text with tool calls, read from left to right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from structgen.errors import ArgumentError

__all__ = ["CallText"]

_SPACE: Final = " \t\r\n"
_DECODER: Final = json.JSONDecoder()
_SHOWN: Final = 40


class CallText:
    """A text, and how far it has been read.

    JSON is handed out as it is written, since reading and writing it again could change its numbers. Whatever isn't
    as it is expected to be is an ``ArgumentError`` that says where.
    """

    __slots__ = ("_at", "_text")

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def go_to(self, mark: str) -> bool:
        """Go to the next ``mark``; False where there is none."""
        found = self._text.find(mark, self._at)
        if found >= 0:
            self._at = found
        return found >= 0

    def take(self, mark: str) -> bool:
        """Go past ``mark`` and the blanks before it; False, without a step, where it doesn't stand here."""
        at = self._after_blanks()
        if not self._text.startswith(mark, at):
            return False
        self._at = at + len(mark)
        return True

    def expect(self, mark: str) -> None:
        """As `take`, but it must stand here."""
        if not self.take(mark):
            raise self._error(f"expected {mark!r}", self._after_blanks())

    def begins_with(self, mark: str) -> bool:
        """Whether ``mark`` is next, but for blanks."""
        return self._text.startswith(mark, self._after_blanks())

    def is_at_end(self) -> bool:
        """Whether nothing but blanks is left."""
        return self._after_blanks() == len(self._text)

    def expect_end(self) -> None:
        """Nothing but blanks may be left."""
        if not self.is_at_end():
            raise self._error("expected no more", self._after_blanks())

    def up_to(self, mark: str) -> str:
        """What stands before the next ``mark``, which is gone past."""
        begin = self._at
        if not self.go_to(mark):
            raise self._error(f"expected {mark!r} from here on", begin)
        self._at += len(mark)
        return self._text[begin : self._at - len(mark)]

    def value(self) -> str:
        """A JSON value as it is written."""
        begin = self._after_blanks()
        try:
            _, self._at = _DECODER.raw_decode(self._text, begin)
        except json.JSONDecodeError as error:
            raise self._error(f"not JSON: {error.msg}", error.pos) from None
        except RecursionError:
            raise self._error("JSON that is nested too deep", begin) from None
        return self._text[begin : self._at]

    def call(self, arguments: str) -> tuple[str, str]:
        """A JSON object with the name and, under the key ``arguments``, the arguments, as they are written."""
        begin = self._after_blanks()
        members = dict(self._members())
        for key in ("name", arguments):
            if key not in members:
                raise self._error(f"a call without {key!r}", begin)
        name = json.loads(members["name"])
        if not isinstance(name, str):
            raise self._error("a call whose name is no text", begin)
        return name, members[arguments]

    def _members(self) -> Iterator[tuple[str, str]]:
        self.expect("{")
        if self.take("}"):
            return
        while True:
            if not self.begins_with('"'):
                raise self._error("expected a key", self._after_blanks())
            key = json.loads(self.value())
            self.expect(":")
            yield key, self.value()
            if self.take("}"):
                return
            self.expect(",")

    def _after_blanks(self) -> int:
        at = self._at
        while at < len(self._text) and self._text[at] in _SPACE:
            at += 1
        return at

    def _error(self, what: str, at: int) -> ArgumentError:
        rest = self._text[at : at + _SHOWN]
        return ArgumentError(
            "the text is not one of tool calls",
            reason=f"{what}, at character {at}, where {f'there is {rest!r}' if rest else 'the text ends'}",
        )

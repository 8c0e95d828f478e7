"""F-strings as Python 3.12 reads them (PEP 701), for the parsers of older ones, which know less.

Written after the language reference, "Formatted string literals", and checked with what `ast.parse` of 3.12.1 says.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

__all__ = ["without_formatted_strings"]

_QUOTES: Final = re.compile(r"""([A-Za-z]{0,2})(\"\"\"|'''|"|')""")
_FORMATTED: Final = frozenset({"f", "fr", "rf"})
_PLAIN: Final = frozenset({"", "u", "r", "b", "br", "rb"})
_CONVERSION: Final = re.compile(r"![rsa][ \t\f\r\n]*(?=[:}])")
_DEBUGGED: Final = re.compile(r"(?<![=!<>])=\s*\Z")
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
_DEEPEST: Final = 3
"""Fields inside one another's formats."""


def without_formatted_strings(text: str, is_code: Callable[[str], bool]) -> str:
    """``text`` with a plain string in place of each f-string, whose fields have been looked into.

    ``is_code`` says of a text without f-strings whether Python parses it.

    Raises
    ------
    SyntaxError
        An f-string is none, or a string has no end.
    """
    return _Scan(text, is_code).code(0, inside=False)[0]


class _Scan:
    def __init__(self, text: str, is_code: Callable[[str], bool]) -> None:
        self.text = text
        self.is_code = is_code

    def code(self, at: int, *, inside: bool) -> tuple[str, int]:
        """The code from ``at`` on, and where it ends: with the text, or ``inside`` a field where that does."""
        text = self.text
        pieces: list[str] = []
        open_brackets: list[str] = []
        while at < len(text):
            character = text[at]
            if character == "#":
                end = text.find("\n", at)
                end = len(text) if end < 0 else end
            elif (quotes := _QUOTES.match(text, at)) and (quotes[1].lower() in _FORMATTED | _PLAIN):
                piece, at = self.string(quotes)
                pieces.append(piece)
                continue
            elif character.isalnum() or character == "_":
                end = at + 1
                while end < len(text) and (text[end].isalnum() or text[end] == "_"):
                    end += 1
            else:
                if inside and not open_brackets and self.ends_field(at):
                    return "".join(pieces), at
                if character in _CLOSING:
                    open_brackets.append(_CLOSING[character])
                elif open_brackets and character == open_brackets[-1]:
                    open_brackets.pop()
                elif inside and character in ")]}":
                    raise SyntaxError("another bracket is open")
                end = at + 1
            pieces.append(text[at:end])
            at = end
        if inside:
            raise SyntaxError("a field without an end")
        return "".join(pieces), at

    def ends_field(self, at: int) -> bool:
        return self.text[at] in ":}" or (self.text[at] == "!" and self.text[at + 1 : at + 2] != "=")

    def string(self, quotes: re.Match[str]) -> tuple[str, int]:
        """The string that begins with a match of ``_QUOTES``, as older parsers read it, and where it ends."""
        prefix, quote = quotes[1].lower(), quotes[2]
        if prefix in _FORMATTED:
            return self.formatted(quotes.end(), quote, is_raw="r" in prefix)
        text, at = self.text, quotes.end()
        while not text.startswith(quote, at):
            if at >= len(text) or (len(quote) == 1 and text[at] == "\n"):
                raise SyntaxError("a string without an end")
            at += 2 if text[at] == "\\" else 1
        return text[quotes.start() : at + len(quote)], at + len(quote)

    def formatted(self, at: int, quote: str, *, is_raw: bool) -> tuple[str, int]:
        text = self.text
        literal = ["r" if is_raw else "", quote]
        while not text.startswith(quote, at):
            piece, end = self.literal(at, quote, is_raw=is_raw)
            if piece == "{":
                end = self.field(end, quote, 1)
                literal.append(" ")
            elif piece in ("{{", "}}"):
                literal.append(piece[0])
            else:
                literal.append(piece)
            at = end
        literal.append(quote)
        # What is left is a plain string, whose escapes must be right.
        return "".join(literal), at + len(quote)

    def literal(self, at: int, quote: str, *, is_raw: bool) -> tuple[str, int]:
        """The next piece outside of fields: a brace or two, an escape or a character."""
        text = self.text
        if at >= len(text) or (len(quote) == 1 and text[at] in "\r\n"):
            raise SyntaxError("an f-string without an end")
        if text[at] in "{}":
            if text.startswith(text[at], at + 1):
                return text[at] * 2, at + 2
            if text[at] == "}":
                raise SyntaxError("a single brace")
            return "{", at + 1
        if text[at] != "\\":
            return text[at], at + 1
        if not is_raw and (name := re.compile(r"\\N\{[^}]*\}").match(text, at)):
            return name[0], name.end()
        if text[at + 1 : at + 2] in ("{", "}"):
            return "\\\\", at + 1
        newline = re.compile(r"\\\r?\n").match(text, at)
        return (newline[0], newline.end()) if newline else (text[at : at + 2], at + 2)

    def field(self, at: int, quote: str, depth: int) -> int:
        """Look into the field whose opening brace is before ``at``; where it ends."""
        if depth > _DEEPEST:
            raise SyntaxError("formats too deep")
        value, at = self.code(at, inside=True)
        debugged = _DEBUGGED.sub("", value)
        if debugged != value and depth > 1:
            raise SyntaxError("not in 3.12")
        self.check(debugged)
        text = self.text
        if text[at] == "!":
            conversion = _CONVERSION.match(text, at)
            if not conversion:
                raise SyntaxError("no conversion")
            at = conversion.end()
        return (self.format(at + 1, quote, depth) if text[at] == ":" else at) + 1

    def format(self, at: int, quote: str, depth: int) -> int:
        text, pieces = self.text, [quote, " "]
        while not text.startswith("}", at):
            if text.startswith("{", at):
                at = self.field(at + 1, quote, depth + 1)
                continue
            if text.startswith(quote, at):
                raise SyntaxError("a format without an end")
            piece, at = self.literal(at, quote, is_raw=False)
            pieces.append(piece)
        if not self.is_code("".join([*pieces, " ", quote])):
            raise SyntaxError("an escape in a format")
        return at

    def check(self, value: str) -> None:
        """Whether a field's value is an expression, or several, or a yield."""
        value = value.strip(" \t\f\r\n")
        is_whole = re.match(r"yield\b", value) or value.endswith(",")
        if not value or not self.is_code(f"(\n{value}\n)" if is_whole else f"(\n{value}\n,)"):
            raise SyntaxError("no expression")

"""Texts of languages with braces around the cursor: where they are code, and how an unfinished buffer is repaired.

Lexical only: comments, strings, and brackets. A JavaScript template's expressions count as its text, and a regular
expression that holds a quote hides the rest of its line: both cost sites, and open none.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["blanked", "repaired"]

_SPAN: Final = re.compile(
    r"""(?P<line>//[^\n]*)(?P<line_end>\n)?
    |/\*(?:[^*]|\*(?!/))*(?P<block_end>\*/)?
    |R"(?P<raw>[^\s()\\]{0,16})\((?:(?!\)(?P=raw)").)*(?P<raw_end>\)(?P=raw)")?
    |(?P<template>`)(?:\\.|[^`\\])*(?P<template_end>`)?
    |(?P<quote>["'])(?:\\.|(?!(?P=quote))[^\n\\])*(?P<quote_end>(?P=quote)|\n)?
    """,
    re.VERBOSE | re.DOTALL,
)
_BRACKETS: Final = {"(": ")", "[": "]", "{": "}"}


def blanked(text: str) -> tuple[str, bool]:
    """``text`` with what is in strings and comments as spaces, and whether its end is in one."""
    parts, start, is_inside = [], 0, False
    for span in _SPAN.finditer(text):
        hidden = re.sub(r"[^\n]", " ", span[0])
        if span["quote"] or span["template"]:  # the quotes stay: a string may be a receiver
            hidden = span[0][0] + hidden[1:-1] + (span[0][-1] if len(span[0]) > 1 else "")
        parts += [text[start : span.start()], hidden]
        start = span.end()
        ends = ("line_end", "block_end", "raw_end", "template_end", "quote_end")
        is_inside = start == len(text) and not any(span[end] for end in ends)
    return "".join(parts) + text[start:], is_inside


def repaired(before: str, suffix: str) -> str:
    """The text after the cursor that closes what ``before`` opens and ``suffix`` doesn't close, and ``suffix``."""
    stack: list[str] = []
    for character in blanked(before)[0]:
        if character in _BRACKETS:
            stack.append(_BRACKETS[character])
        elif stack and character == stack[-1]:
            stack.pop()
    later = _unmatched(blanked(suffix)[0])
    kept = 0  # the suffix closes the outermost
    while kept < min(len(stack), len(later)) and stack[kept] == later[-1 - kept]:
        kept += 1
    rest = suffix.partition("\n")[0]
    if rest.strip():  # the statement goes on
        return suffix
    closers = [f";\n{closer}" if closer == "}" else closer for closer in reversed(stack[kept:])]
    return "".join(closers) + ";\n" + suffix


def _unmatched(code: str) -> list[str]:
    """The brackets that ``code`` closes and doesn't open."""
    stack: list[str] = []
    found: list[str] = []
    for character in code:
        if character in _BRACKETS:
            stack.append(_BRACKETS[character])
        elif character in _BRACKETS.values():
            if stack:
                stack.pop()
            else:
                found.append(character)
    return found

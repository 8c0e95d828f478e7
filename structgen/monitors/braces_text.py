"""Texts of languages with braces around the cursor: where they are code, and how an unfinished buffer is repaired.

Lexical only: comments, strings, and brackets. A `Span` is a language's pattern of its strings and comments, from their
opening on: a group whose name ends with ``_end`` took part where they are closed, and ``quote`` or ``template`` where
their quotes are a receiver. A JavaScript template's expressions count as its text, and a regular expression that holds
a quote hides the rest of its line: both cost sites, and open none.
"""

from __future__ import annotations

import re
from typing import Final

from structgen.monitors.spans import Span

__all__ = ["COMMENTS", "SPAN", "blanked", "repaired"]

SPAN: Final[Span] = re.compile(
    r"""(?P<line>//[^\n]*)(?P<line_end>\n)?
    |/\*(?:[^*]|\*(?!/))*(?P<block_end>\*/)?
    |R"(?P<raw>[^\s()\\]{0,16})\((?:(?!\)(?P=raw)").)*(?P<raw_end>\)(?P=raw)")?
    |(?P<template>`)(?:\\.|[^`\\])*(?P<template_end>`)?
    |(?P<quote>["'])(?:\\.|(?!(?P=quote))[^\n\\])*(?P<quote_end>(?P=quote)|\n)?
    """,
    re.VERBOSE | re.DOTALL,
)
COMMENTS: Final = ((b"//", b"\n"), (b"/*", b"*/"))
"""How comments begin and end."""
_BRACKETS: Final = {"(": ")", "[": "]", "{": "}"}


def blanked(text: str, spans: Span = SPAN) -> tuple[str, bool]:
    """``text`` with what is in strings and comments as spaces, and whether its end is in one."""
    parts, start, is_inside = [], 0, False
    for span in spans.finditer(text):
        hidden = re.sub(r"[^\n]", " ", span[0])
        groups = span.groupdict()
        if groups.get("quote") or groups.get("template"):  # the quotes stay: a string may be a receiver
            hidden = span[0][0] + hidden[1:-1] + (span[0][-1] if len(span[0]) > 1 else "")
        parts += [text[start : span.start()], hidden]
        start = span.end()
        ends = [found for name, found in groups.items() if name.endswith("_end")]
        is_inside = start == len(text) and all(found is None for found in ends)
    return "".join(parts) + text[start:], is_inside


def repaired(before: str, suffix: str, spans: Span = SPAN, heads: re.Pattern[str] | None = None) -> str:
    """The text after the cursor that closes what ``before`` opens and ``suffix`` doesn't close, and ``suffix``.

    Where ``heads`` is found at the end of the code, the statement there can't do without a block, and gets one.
    """
    code = blanked(before, spans)[0]
    stack: list[str] = []
    for character in code:
        if character in _BRACKETS:
            stack.append(_BRACKETS[character])
        elif stack and character == stack[-1]:
            stack.pop()
    later = _unmatched(blanked(suffix, spans)[0])
    kept = 0  # the suffix closes the outermost
    while kept < min(len(stack), len(later)) and stack[kept] == later[-1 - kept]:
        kept += 1
    rest = suffix.partition("\n")[0]
    if rest.strip():  # the statement goes on
        return suffix
    closers = list(reversed(stack[kept:]))
    inner = closers.index("}") if "}" in closers else len(closers)
    body = " {\n}" if heads is not None and heads.search(code) else ""
    blocks = [f";\n{closer}" if closer == "}" else closer for closer in closers[inner:]]
    return "".join([*closers[:inner], body, *blocks]) + ";\n" + suffix


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

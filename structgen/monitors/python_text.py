"""Python's text around the cursor: where it is code, which sites are open, and how an unfinished buffer is repaired.

Lexical only. What is inside a string (an f-string's expressions too) or a comment is no code, and opens no site.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

__all__ = ["SPAN", "blanked", "repaired", "site"]

SPAN: Final = re.compile(
    r"""\#[^\n]*(?P<comment_end>\n)?
    |(?P<triple>\"{3}|'{3})(?:\\.|(?!(?P=triple))[^\\])*(?P<triple_end>(?P=triple))?
    |(?P<quote>["'])(?:\\.|(?!(?P=quote))[^\n\\])*(?P<quote_end>(?P=quote)|\n)?
    """,
    re.VERBOSE | re.DOTALL,
)
_RECEIVER: Final = re.compile(r"[\w)\]}\"']\s*\.\Z")
_NUMBER: Final = re.compile(r"(?<![\w.])(?:\d[\d_]*)\.\Z")
_MODULE: Final = re.compile(r"[ \t]*(?:import[ \t](?:[\w., \t]*,[ \t]*)?|from[ \t]+)\Z")
_SUBMODULE: Final = re.compile(r"[ \t]*(?:import[ \t](?:[\w., \t]*,)?[ \t]*|from[ \t]+)(?:\w+\.)+\Z")
_MEMBER: Final = re.compile(r"[ \t]*from[ \t]+[\w.]+[ \t]+import(?:[ \t]+|[ \t]*\()(?:[\w, \t\n]*,\s*|\s*)\Z")
_HEAD: Final = re.compile(
    r"[ \t]*(?:async[ \t]+)?(?:if|elif|else|for|while|with|try|except|finally|def|class|match|case)\b"
)
_OPERAND: Final = r"""(?:(?!(?:and|or|in|is|as|if|else|for|async|import|from|not\s+in)\b)\w|["'{~]|\.\d|\.\.\.)"""
_ARGUMENT: Final = re.compile(rf"\s*{_OPERAND}")
_STATEMENT: Final = re.compile(
    rf"[ \t]*(?:{_OPERAND}|(?:for|async|import)\b|@|else[ \t]*:|if\b(?![^\n:]*\belse\b)|from\b(?=[^\n]*\bimport\b))"
)
_IMPORT: Final = re.compile(r"[ \t]*(?:from|import)\b")
_BEFORE_KEYWORD: Final = " + 0"
_WORD: Final = re.compile(r"\s*\w")
_ENDS_OPERAND: Final = re.compile(r"[\w.)\]}\"']\s*\Z")
_OPEN: Final = {"(": ")", "[": "]", "{": "}"}
_BRACKET: Final = re.compile(r"[()\[\]{}]")
_TAIL: Final = 2000


def blanked(text: str) -> tuple[str, str]:
    """``text`` with what is in strings and comments as spaces, and what is open at its end: "", "#" or the quotes.

    The line breaks in strings are spaces too, so that those that are left end lines.
    """
    parts, start, unfinished = [], 0, ""
    for span in SPAN.finditer(text):
        parts += [text[start : span.start()], _hidden(span)]
        start = span.end()
        ends = span["comment_end"] or span["triple_end"] or span["quote_end"]
        unfinished = "" if ends else span["triple"] or span["quote"] or "#"
        if start < len(text):
            unfinished = ""
    return "".join(parts) + text[start:], unfinished


def _hidden(span: re.Match[str]) -> str:
    quote = span["triple"] or span["quote"]
    if quote is None:
        return re.sub(r"[^\n]", " ", span[0])
    ends = span["triple_end"] or span["quote_end"] or ""
    last = " " if span["triple"] and not ends else span[0][-1:]  # the line break in an open string ends no line
    return span[0][0] + " " * (len(span[0]) - 2) + last if len(span[0]) > 1 else span[0]


def site(code: str) -> str | None:
    """The kind of site that the end of ``code`` opens: "attribute", "module" or "member"; None where none."""
    tail = code[-_TAIL:]
    statement = tail[tail.rfind("\n") + 1 :]
    if tail.endswith("."):
        if _SUBMODULE.fullmatch(statement):
            return "module"
        if re.match(r"[ \t]*(?:from|import)\b", statement):
            return None  # relative imports
        return "attribute" if _RECEIVER.search(tail) and not _NUMBER.search(tail) else None
    if _MODULE.fullmatch(statement):
        return "module"
    begun = tail.rfind("from ")
    if begun >= 0 and _MEMBER.fullmatch(tail[tail.rfind("\n", 0, begun) + 1 :]):
        # a parenthesis lets the list go on over lines; without one the statement ends with its line
        listed = tail[begun:]
        return "member" if "\n" not in listed or "(" in listed else None
    return None


def repaired(before: str, suffix: str) -> str:
    """The text after the cursor that makes a whole module of ``before``: closers, a body, and ``suffix``."""
    code, unfinished = blanked(before)
    stack: list[tuple[str, int]] = []
    for found in _BRACKET.finditer(code):
        if found[0] in _OPEN:
            stack.append((_OPEN[found[0]], found.start()))
        elif stack and found[0] == stack[-1][0]:
            stack.pop()
    after, closed_later = _read(suffix)
    # what the suffix closes are the outermost
    closers = "".join(closer for closer, _ in reversed(stack[closed_later:]))
    added = ("" if unfinished in ("", "#") else unfinished) + closers
    begins = code.rfind("\n", 0, stack[0][1] if stack else len(code)) + 1
    line = code[begins:]
    # what the suffix begins with must not become the name that is missing
    is_missing = not added and line.endswith(".") and not _IMPORT.match(line)
    between = _BEFORE_KEYWORD if is_missing and _WORD.match(after) else ""
    if stack and closed_later:
        begins_another = _ARGUMENT.match(after) and _ENDS_OPERAND.search(before + added)
        return added + (", " if begins_another else between) + suffix
    if after.partition("\n")[0].strip() and not _begins_statement(after, line):
        return added + between + suffix
    indent = line[: len(line) - len(line.lstrip())]
    if _HEAD.match(line) and not line.rstrip().endswith(":"):
        added += ": pass" if not re.match(r"[ \t]*(?:for\b(?!.*\bin\b))", line) else " in (): pass"
    elif re.match(r"[ \t]*try[ \t]*:", line):
        added += f"\n{indent}finally: pass"
    return added + "\n" + suffix


def _begins_statement(after: str, line: str) -> bool:
    """Whether the code ``after`` the cursor begins a statement, and doesn't go on with the ``line`` before it."""
    if re.match(r"[ \t]*from\b", line) and re.match(r"[ \t]*import\b", after):
        return False
    return _STATEMENT.match(after) is not None


@lru_cache(maxsize=8)  # the suffix stays while the text grows; 20 ms for 60 KB
def _read(suffix: str) -> tuple[str, int]:
    """The code of a suffix, and how many brackets it closes that it doesn't open."""
    code = blanked(suffix)[0]
    depth = unmatched = 0
    for bracket in _BRACKET.findall(code):
        if bracket in _OPEN:
            depth += 1
        elif depth:
            depth -= 1
        else:
            unmatched += 1
    return code, unmatched

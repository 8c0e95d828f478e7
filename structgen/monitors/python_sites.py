"""Which sites Python's code opens beyond dots and imports: arguments of calls, and names that must exist.

Lexical only, on code whose strings and comments are blank. A site is opened only where nothing else can stand: wherever
a new name might be bound (a walrus, a comprehension's variable that comes before its ``for``, a target of a chained
assignment, a parameter, a pattern) there is none.
"""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from typing import Final, Literal

from structgen.monitors.python_calls import Arguments, arguments

__all__ = [
    "Call",
    "Level",
    "Name",
    "call_of",
    "binds_attribute",
    "call_site",
    "closed_call",
    "logical_line",
    "name_site",
    "open_calls",
    "open_levels",
]

_TAIL: Final = 4000
_BRACKET: Final = re.compile(r"[()\[\]{}]")
_CALLEE: Final = re.compile(r"(?P<dot>\.\s*)?(?P<word>\w+)\s*\Z|[)\]]\s*\Z")
_DEFINES: Final = re.compile(r"\b(?:def|class)\s+\w+\s*(?:\[[^()]*\])?\s*\Z")
_SOFT: Final = frozenset(["match", "case", "type"])
_IN_LAMBDA: Final = re.compile(r"\blambda\b[^:]*\Z")
_WORD: Final = re.compile(r"\w+\Z")
_NAMED: Final = re.compile(r"\s*(?:(\w+)\s*=(?!=)|\*\*)")
_CLOSERS: Final = {"(": ")", "[": "]", "{": "}"}
_NO_NAMES: Final = re.compile(r"\s*(?:async\s+def|def|class|case|type|global|nonlocal|import|from|match)\b")
_ANNOTATED: Final = re.compile(r"\s*(?P<first>\w+)[\w.\[\]]*\s*:")
_FIRST: Final = re.compile(r"\s*(\w*)")
_VALUE_WORDS: Final = frozenset(
    ["return", "yield", "and", "or", "not", "in", "is", "await", "assert", "del", "with", "else", "raise", "except"]
)
_BINARY: Final = re.compile(r"[\w)\]}\"']\s*(?:\*\*|//|<<|>>|[-+*/%@&|^<>]|[=!<>]=)\Z")
_SIGN: Final = re.compile(r"(?<![-+])[-+~]\Z")
_AUGMENTED: Final = re.compile(r"(?:\*\*|//|<<|>>|[-+*/%@&|^:])=\Z")


@dataclass(frozen=True, slots=True)
class Level:
    """An open bracket: where it is, and the code in it, what closed brackets hold left out."""

    bracket: str
    place: int
    inside: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose argument begins, or which is open, or closes.

    ``opens`` is the place after its parenthesis, counted from the code's end.
    """

    opens: int
    given: Arguments


@dataclass(frozen=True, slots=True)
class Name:
    """A name that exists must stand here, if a name does; ``after`` is the word or operator before it."""

    after: str
    kind: Literal["value", "raise", "except"]


def call_site(code: str) -> Call | None:
    """The call whose argument begins at the end of ``code``, if one does."""
    if code[-_TAIL:].rstrip()[-1:] not in ("(", ","):
        return None
    levels = open_levels(code)
    return call_of(code, levels) if levels else None


def open_levels(code: str) -> list[Level]:
    """The brackets that are open at the end of ``code``, as far as it is looked at, outermost first."""
    return _levels(code[-_TAIL:])


def call_of(code: str, levels: list[Level]) -> Call | None:
    """The call whose parenthesis is the innermost of ``levels``, where the arguments before the last are clear."""
    tail, level = code[-_TAIL:], levels[-1]
    if not _is_call(tail, levels) or _IN_LAMBDA.search(level.inside) or re.search(r"\bfor\b", level.inside):
        return None
    return Call(len(tail) - level.place - 1, arguments(level.inside))


def closed_call(code: str) -> Call | None:
    """The call that the closing parenthesis at the end of ``code`` ends, if it ends one."""
    tail = code[-_TAIL:-1]
    levels = _levels(tail)
    if not levels or not _is_call(tail, levels):
        return None
    level = levels[-1]
    return Call(len(tail) - level.place, arguments(level.inside, is_closed=True))


def open_calls(code: str) -> list[Call]:
    """The calls that are open at the end of ``code``, outermost first."""
    tail = code[-_TAIL:]
    levels = _levels(tail)
    return [
        Call(len(tail) - level.place - 1, arguments(level.inside))
        for number, level in enumerate(levels, 1)
        if _is_call(tail, levels[:number])
    ]


def binds_attribute(code: str) -> bool:
    """Whether ``code``, which ends with a dot, may be about to give the object whose method it is a new attribute."""
    return re.fullmatch(r"[ \t]*(?:self|cls)\s*\.", code[code.rfind("\n") + 1 :]) is not None


def name_site(code: str) -> Name | None:
    """Whether only a name that exists may stand at the end of ``code``."""
    tail = code[-_TAIL:]
    before = tail.rstrip(" \t")
    word = _WORD.search(before)
    if word is not None and (before == tail or word[0] not in _VALUE_WORDS | {"if", "from"}):
        return None
    levels = _levels(tail)
    line = tail[logical_line(tail) :]
    if _NO_NAMES.match(line) or not all(_is_settled(tail, level) for level in levels):
        return None
    first = _FIRST.match(line)
    statement = first[1] if first is not None else ""
    if word is not None:
        return _after_word(word[0], statement, line, is_first=before.lstrip() == word[0] or line.strip() == word[0])
    if not _follows_operator(before, line, levels):
        return None
    return Name(before[-1:], "value")


def logical_line(code: str) -> int:
    """Where the line begins that the end of ``code`` continues: by open brackets and backslashes."""
    levels = _levels(code[-_TAIL:])
    offset = max(len(code) - _TAIL, 0)
    begins = code.rfind("\n", 0, offset + levels[0].place if levels else len(code)) + 1
    while code[:begins].endswith("\\\n"):
        begins = code.rfind("\n", 0, begins - 2) + 1
    return begins


def _levels(code: str) -> list[Level]:
    """The brackets that are open at the end, outermost first."""
    stack: list[tuple[str, int, list[str], int]] = []  # bracket, place, code so far, where it goes on
    for found in _BRACKET.finditer(code):
        bracket, place = found[0], found.start()
        if bracket in _CLOSERS:
            stack.append((bracket, place, [], place + 1))
        elif stack and _CLOSERS[stack[-1][0]] == bracket:
            _, opened, _, _ = stack.pop()
            if stack:
                outer, at, parts, goes_on = stack[-1]
                parts.append(code[goes_on : opened + 1] + bracket)
                stack[-1] = outer, at, parts, place + 1
    levels = []
    for number, (bracket, place, parts, goes_on) in enumerate(stack):
        end = stack[number + 1][1] if number + 1 < len(stack) else len(code)
        levels.append(Level(bracket, place, "".join([*parts, code[goes_on:end]])))
    return levels


def _is_call(code: str, levels: list[Level]) -> bool:
    level = levels[-1]
    before = code[: level.place]
    callee = _CALLEE.search(before)
    if level.bracket != "(" or callee is None or _DEFINES.search(before):
        return False
    word = callee["word"]
    if word is not None and (keyword.iskeyword(word) or not word.isidentifier()):
        return False
    if word in _SOFT and callee["dot"] is None:
        return False
    return not re.match(r"[ \t]*(?:case|class)\b", code[code.rfind("\n", 0, levels[0].place) + 1 :])


def _is_settled(code: str, level: Level) -> bool:
    """Whether nothing in this bracket may still be bound by a ``for`` behind it, or be a parameter."""
    if _IN_LAMBDA.search(level.inside):
        return False
    begun = re.findall(r"\b(?:for|in)\b", level.inside)
    if "for" in begun:
        return bool(begun[-1] == "in")
    is_subscript = level.bracket == "[" and re.search(r"[\w)\]\"']\s*\Z", code[: level.place]) is not None
    return is_subscript or "," in level.inside or _NAMED.match(level.inside) is not None


def _after_word(word: str, statement: str, line: str, *, is_first: bool) -> Name | None:
    if word == "from":
        return Name(word, "value") if statement == "raise" or re.search(r"\byield\s+from\s*\Z", line) else None
    if word == "if" and is_first:
        return None  # a walrus may follow
    if word == "in" and re.match(r"\s*(?:async\s+)?for\b", line) is None and "for" in line.split():
        return Name(word, "value")
    if word in ("raise", "except"):
        return Name(word, "raise" if word == "raise" else "except") if statement == word else None
    return Name(word, "value")


def _follows_operator(before: str, line: str, levels: list[Level]) -> bool:
    if before.endswith("->"):
        return False
    annotated = _ANNOTATED.match(line)
    is_annotated = annotated is not None and not keyword.iskeyword(annotated["first"]) and not levels
    if _AUGMENTED.search(before):
        return True
    if before.endswith("=") and not re.search(r"[=!<>]=\Z", before):
        if levels:  # a keyword's value
            parts = levels[-1].inside.split(",")
            return levels[-1].bracket == "(" and _NAMED.fullmatch(parts[-1].rstrip()) is not None
        return is_annotated and line.count("=") == 1
    if is_annotated and "=" not in line:
        return False  # an annotation may name what comes later
    if before.endswith(","):
        return not levels and re.match(r"\s*return\b", line) is not None
    return bool(_BINARY.search(before) or _SIGN.search(before))

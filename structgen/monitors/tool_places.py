"""Where code names a tool, an argument or a key: read lexically, from its end back to the brackets that are open."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from structgen.monitors.shapes import Shape

__all__ = ["Place", "Reading", "find_place"]

_TAIL: Final = 1000
_STRING: Final = r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
_STEP: Final = rf"(?:[!?]?\.\s*[\w$]+|(?:\?\.)?\[\s*(?:{_STRING}|-?\d+|[\w$]+)\s*\])"
_CHAIN: Final = re.compile(rf"(?<![\w$.\"'\])])(?P<root>[^\W\d][\w$]*|\$[\w$]*)(?P<steps>(?:\s*{_STEP})*)\s*\Z")
_STEPS: Final = re.compile(rf"\.\s*(?P<name>[\w$]+)|\[\s*(?:(?P<key>{_STRING})|(?P<index>-?\d+|[\w$]+))\s*\]")
_GETTER: Final = re.compile(r"\.\s*(?:get|pop|setdefault)\s*\(\s*\Z")
_KEY: Final = re.compile(rf"\s*(?:(?P<key>{_STRING})|(?P<name>[\w$]+))\s*:\s*\Z")
_KEYWORD: Final = re.compile(r"\s*(\w+)\s*=(?!=)")
_BRACKETS: Final = re.compile(r"[()\[\]{},]")
_ESCAPE: Final = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Place:
    """What is to be named, and what may be.

    Attributes
    ----------
    kind : a tool's name, an argument's keyword, an attribute, a key in quotes, or a literal's key without quotes
    names : what may stand there
    used : keywords of the call so far
    must_be_named : whether only a keyword may come
    """

    kind: Literal["tool", "keyword", "attribute", "quoted", "bare"]
    names: frozenset[str]
    used: frozenset[str] = frozenset()
    must_be_named: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What the code may name: tools behind a receiver ("" for none), with their parameters and results; and values."""

    receiver: str
    parameters: Mapping[str, Shape]
    results: Mapping[str, Shape]
    values: Mapping[str, Shape]
    is_python: bool


@dataclass(slots=True)
class _Open:
    """A bracket that is open: where, where its current element begins, and which one that is."""

    place: int
    start: int
    number: int = 0


def find_place(reading: Reading, text: str, code: str, *, in_string: bool) -> Place | None:
    """The place at the end of ``text``, which ends with a trigger; ``code`` is it with strings and comments blanked."""
    if in_string:
        return _quoted(reading, text, code)
    if text.endswith("."):
        return _dotted(reading, text[:-1].rstrip("?!"), code)
    opened = _open_brackets(code)
    if not opened:
        return None
    last = opened[-1]
    if code[last.place] == "(" and reading.is_python:
        return _keyword(reading, text, code, last)
    if code[last.place] == "{" and not reading.is_python and not code[last.start :].strip():
        return _named("bare", _expected(reading, text, code, opened[:-1], last.place))
    return None


def _named(kind: Literal["attribute", "quoted", "bare"], shape: Shape | None) -> Place | None:
    names = None if shape is None else shape.names()
    return None if names is None else Place(kind, names)


def _dotted(reading: Reading, text: str, code: str) -> Place | None:
    chain = _CHAIN.search(text[-_TAIL:])
    if chain is None:
        return None
    if reading.receiver and re.sub(r"\s", "", chain[0]) == reading.receiver:
        return Place("tool", frozenset(reading.parameters))
    shape = _resolved(reading, chain, code)
    return None if shape is None or (shape.has_keys and reading.is_python) else _named("attribute", shape)


def _quoted(reading: Reading, text: str, code: str) -> Place | None:
    """A key in quotes: of a subscript, a getter or a literal."""
    text, code = text[:-1], code[: len(text) - 1]
    bare = code.rstrip()
    if bare.endswith("[") and re.search(r"[\w$)\]]\s*(?:\?\.)?\[\Z", bare):
        chain = _CHAIN.search(text[: len(bare) - 1].removesuffix("?.")[-_TAIL:])
        shape = None if chain is None else _resolved(reading, chain, code)
        return _named("quoted", shape) if shape is not None and shape.has_keys else None
    getter = _GETTER.search(code) if reading.is_python else None
    if getter is not None:
        chain = _CHAIN.search(text[: getter.start()][-_TAIL:])
        shape = None if chain is None else _resolved(reading, chain, code)
        return _named("quoted", shape) if shape is not None and shape.has_keys else None
    opened = _open_brackets(code)
    if not opened or code[opened[-1].place] != "{" or code[opened[-1].start :].strip():
        return None
    return _named("quoted", _expected(reading, text, code, opened[:-1], opened[-1].place))


def _keyword(reading: Reading, text: str, code: str, last: _Open) -> Place | None:
    tool = _tool(reading, text[: last.place])
    names = None if tool is None else reading.parameters[tool].names()
    if names is None or code[last.start :].strip():
        return None
    used = set()
    begins = last.place + 1
    for ends in [*_commas(code, last.place), len(code)]:
        found = _KEYWORD.match(code[begins:ends])
        used |= {found[1]} if found is not None else set()
        begins = ends + 1
    return Place("keyword", names, frozenset(used), bool(used))


def _tool(reading: Reading, text: str) -> str | None:
    """The tool that is called by a parenthesis after ``text``."""
    chain = _CHAIN.search(text[-_TAIL:])
    if chain is None:
        return None
    callee = re.sub(r"\s", "", chain[0])
    if reading.receiver:
        receiver, _, callee = callee.rpartition(".")
        if receiver != reading.receiver:
            return None
    return callee if callee in reading.parameters else None


def _expected(reading: Reading, text: str, code: str, opened: Sequence[_Open], place: int) -> Shape | None:
    """The shape of a literal that begins at ``place``, inside the brackets ``opened``."""
    if not opened:
        return None
    last = opened[-1]
    element = code[last.start : place]
    if code[last.place] == "(":
        tool = _tool(reading, text[: last.place])
        return None if tool is None else _argument(reading, reading.parameters[tool], element, last.number)
    outer = _expected(reading, text, code, opened[:-1], last.place)
    if outer is None:
        return None
    if code[last.place] == "[":
        return outer.item() if not element.strip() else None
    key = _KEY.match(text[last.start : place])
    return None if key is None else outer.member(key["name"] or _unquoted(key["key"]))


def _argument(reading: Reading, parameters: Shape, element: str, number: int) -> Shape | None:
    """The shape of an argument that begins after ``element``; a call in JavaScript takes one object of all."""
    if not reading.is_python:
        return parameters if not element.strip() and number == 0 else None
    keyword = _KEYWORD.fullmatch(element.rstrip())
    return None if keyword is None else parameters.member(keyword[1])


def _resolved(reading: Reading, chain: re.Match[str], code: str) -> Shape | None:
    """The shape of what a chain of members stands for."""
    shape = _value(reading, chain["root"], code)
    for step in _STEPS.finditer(chain["steps"]):
        if shape is None:
            return None
        if step["index"] is not None:
            shape = shape.item()
        elif step["name"] is not None:
            shape = None if shape.has_keys and reading.is_python else shape.member(step["name"])
        else:
            shape = shape.member(_unquoted(step["key"])) if shape.has_keys else None
    return shape


def _value(reading: Reading, name: str, code: str) -> Shape | None:
    """The shape of a variable: a value, or what a tool's result was assigned to; None where it was bound anew."""
    word = re.escape(name)
    assigned = list(
        re.finditer(rf"(?m)^[^(\n]*?(?<![\w$.]){word}(?![\w$])[^(\n=.\[]*(?<![<>!])=(?![=>])\s*(?P<value>[^\n]*)", code)
    )
    others = re.search(
        rf"(?<![\w$.]){word}\s*(?::=|=>)|\([^()]*(?<![\w$.]){word}(?![\w$])[^()]*\)\s*=>"
        rf"|\b(?:def|lambda|function|class|import|as|catch|del|global|nonlocal|case)\b[^:{{\n]*(?<![\w$.]){word}(?![\w$])"
        rf"|\b(?:def|function)\b[^(\n]*\([^)]*(?<![\w$.]){word}(?![\w$])"
        rf"|\b(?!(?:if|while|switch|for)\b)[\w$]+\s*\([^()]*(?<![\w$.]){word}(?![\w$])[^()]*\)\s*{{"
        rf"|\bfor\b[^\n]*?(?<![\w$.]){word}(?![\w$])[^\n]*?\b(?:in|of)\b",
        code,
    )
    if others is not None or len(assigned) > (0 if name in reading.values else 1):
        return None
    if name in reading.values:
        return reading.values[name]
    call = re.match(r"(?:await\s+)?(?P<callee>[\w$.]+)\s*\(", assigned[0]["value"]) if assigned else None
    if call is None or not _is_plain(assigned[0][0], name):
        return None
    tool = _tool(reading, call["callee"])
    is_whole = _ends_statement(code, assigned[0].start("value") + call.end() - 1)
    return reading.results.get(tool) if tool is not None and is_whole else None


def _is_plain(line: str, name: str) -> bool:
    """Whether a line assigns to the name alone."""
    return re.match(rf"\s*(?:(?:const|let|var)\s+)?{re.escape(name)}\s*(?::[^=\n]*)?=", line) is not None


def _ends_statement(code: str, place: int) -> bool:
    """Whether nothing follows the bracket that is opened at ``place`` in its statement."""
    depth = 0
    for bracket in re.compile(r"[()\[\]{}]").finditer(code, place):
        depth += 1 if bracket[0] in "([{" else -1
        if depth == 0:
            return re.match(r"[ \t]*(?:[;\n]|\Z)", code[bracket.end() :]) is not None
    return False


def _open_brackets(code: str) -> list[_Open]:
    found: list[_Open] = []
    for sign in _BRACKETS.finditer(code):
        if sign[0] in "([{":
            found.append(_Open(sign.start(), sign.end()))
        elif sign[0] == ",":
            if found:
                found[-1].start = sign.end()
                found[-1].number += 1
        elif found:
            found.pop()
    return found


def _commas(code: str, opening: int) -> list[int]:
    """The commas of the bracket at ``opening``, which is open to the end."""
    depth, found = 0, []
    for sign in _BRACKETS.finditer(code, opening + 1):
        if sign[0] == ",":
            found += [sign.start()] if depth == 0 else []
        else:
            depth += 1 if sign[0] in "([{" else -1
    return found


def _unquoted(literal: str) -> str:
    return _ESCAPE.sub(r"\1", literal[1:-1])

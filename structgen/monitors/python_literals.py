"""Strings that a type lists: where Python's code begins one, and which values its type has.

A string stands alone there: as an argument, behind ``=``, ``return`` or a comparison, in a subscript, as a key of a
dictionary. A type lists its strings where it is made of ``Literal`` and of types that no string has.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from structgen.monitors.answers import Answer
from structgen.monitors.monitor import Unanswered
from structgen.monitors.python_calls import Signature, fitting
from structgen.monitors.python_sites import Call, call_of, logical_line, open_levels

__all__ = ["Quote", "argument_strings", "literals", "quote_site", "spelled", "strings_answer"]

_KEYWORD: Final = re.compile(r"\s*(\w+)\s*=\s*\Z")
_ASSIGNED: Final = re.compile(r"[ \t]*(?:[\w.]+|[\w.]+[ \t]*:[^=]*|[\w.]+\[[^=]*\])[ \t]*=[ \t]*\Z")
_RETURNED: Final = re.compile(r"[ \t]*return[ \t]+\Z")
_COMPARED: Final = re.compile(r"(?<![\w.\])])(?P<receiver>[^\W\d]\w*(?:\.[^\W\d]\w*)*)\s*[!=]=\s*\Z")
_CASE: Final = re.compile(r"(?P<indent>[ \t]*)case[ \t]+(?:[\w. ]+\|[ \t]*|[\"'][ ]*[\"'][ \t]*\|[ \t]*)*\Z")
_MATCH: Final = re.compile(r"(?P<indent>[ \t]*)match[ \t]+(?P<receiver>[^\W\d][\w.]*)[ \t]*:")
_NO_STRINGS: Final = frozenset(
    ["None", "int", "bool", "float", "complex", "bytes", "bytearray", "list", "dict", "tuple", "set", "frozenset"]
)
_OPEN_GET: Final = frozenset(["get", "pop", "setdefault"])


@dataclass(frozen=True, slots=True)
class Quote:
    """A string begins.

    ``call`` and ``keyword`` tell of which argument; ``receiver`` what it is compared with, by a statement that begins
    ``begins`` characters before the end of the text.
    """

    kind: Literal["argument", "value", "key", "comparison"]
    call: Call | None = None
    keyword: str = ""
    receiver: str = ""
    begins: int = 0


def quote_site(code: str, whole: Callable[[], str]) -> Quote | None:
    """The string that begins behind ``code``, if it may be judged; ``whole`` gives the file's code up to there."""
    stripped = code.rstrip()
    levels = open_levels(code)
    last = stripped[-1:]
    if levels:
        call = call_of(code, levels)
        if call is not None and last in ("(", ",", "="):
            name = _KEYWORD.fullmatch(call.given.current)
            if name is not None or not call.given.current.strip():
                with_quote = Call(call.opens + 1, call.given)
                return Quote("argument", with_quote, name[1] if name is not None else "")
        inside = levels[-1]
        is_subscript = inside.bracket == "[" and re.search(r"[\w)\]\"']\s*\Z", code[: inside.place]) is not None
        if is_subscript and last == "[":
            return Quote("value")
        if inside.bracket == "{" and last in ("{", ","):
            return Quote("key")
        if stripped.endswith(":="):
            return Quote("value")
    elif _ASSIGNED.fullmatch(code) or _RETURNED.fullmatch(code):
        return Quote("value")
    compared = _COMPARED.search(code)
    if compared is not None:
        line = code[logical_line(code) :]
        return Quote("comparison", receiver=compared["receiver"], begins=len(line.lstrip(" \t")) + 1)
    case = _CASE.fullmatch(code[code.rfind("\n") + 1 :])
    return _subject(whole(), len(case["indent"].expandtabs())) if case is not None and not levels else None


def _subject(before: str, indent: int) -> Quote | None:
    """What the match statement matches whose case is the last line of ``before``, if it is a name or its attribute."""
    end = before.rfind("\n")
    while end >= 0:
        begins = before.rfind("\n", 0, end) + 1
        line = before[begins:end]
        if line.strip() and len(line.expandtabs()) - len(line.expandtabs().lstrip()) < indent:
            found = _MATCH.match(line)
            if found is None:
                return None
            return Quote(
                "comparison", receiver=found["receiver"], begins=len(before) - begins - len(found["indent"]) + 1
            )
        end = begins - 1
    return None


def argument_strings(signatures: Sequence[Signature], callee: str, quote: Quote) -> frozenset[str]:
    """The strings that an argument's type lists.

    Raises
    ------
    ValueError
        The analysis abbreviates the type.
    Unanswered
        It takes others too.
    """
    assert quote.call is not None, "an argument is in a call"
    given = quote.call.given
    found: set[str] = set()
    is_open = False
    for signature in fitting(signatures, given):
        target = signature.target(given, quote.keyword)
        strings = None if target is None else literals(target.annotation)
        is_open |= strings is None
        found |= strings or set()
    is_key = given.positional == 0 and not quote.keyword and callee in _OPEN_GET
    # of a TypedDict these take any string, for the sake of dictionaries: its keys are in the overloads before
    if not found or (is_open and not is_key):
        raise Unanswered("unknown")
    return frozenset(found)


def literals(annotation: str) -> frozenset[str] | None:
    """The strings that a type lists; None where it takes others, or isn't made of literals.

    Raises
    ------
    ValueError
        The annotation is abbreviated.
    """
    if "... omitted" in annotation:
        raise ValueError(annotation)
    try:
        return _values(ast.parse(annotation.strip(), mode="eval").body) or None
    except SyntaxError:
        return None


def _values(node: ast.expr) -> frozenset[str] | None:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _joined([node.left, node.right])
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _values(ast.parse(node.value.strip(), mode="eval").body)
    if isinstance(node, ast.Constant):
        return frozenset() if node.value is None else None
    if isinstance(node, ast.Subscript):
        name = _last_name(node.value)
        listed = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if name == "Literal":
            return _listed(listed)
        if name in ("Union", "Optional"):
            return _joined(listed)
        return frozenset() if name in _NO_STRINGS else None
    return frozenset() if _last_name(node) in _NO_STRINGS else None


def _listed(nodes: Iterable[ast.expr]) -> frozenset[str] | None:
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Constant):
            found |= {node.value} if isinstance(node.value, str) else set()
        elif isinstance(node, ast.Subscript):
            found |= _values(node) or set()
        elif not isinstance(node, (ast.Attribute, ast.UnaryOp)):  # members of enums, and negative numbers
            return None
    return frozenset(found)


def _joined(nodes: Iterable[ast.expr]) -> frozenset[str] | None:
    found: set[str] = set()
    for node in nodes:
        values = _values(node)
        if values is None:
            return None
        found |= values
    return frozenset(found)


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def strings_answer(values: Iterable[str], quote: bytes) -> Answer:
    """The answer behind an opening ``quote``: each value as it is spelled in such quotes, and the closing one."""
    texts = {spelled(value, quote.decode()) for value in values}
    return Answer((), ends={text: quote for text in texts if text}, exits=quote if "" in texts else b"", blanks=b"")


def spelled(value: str, quote: str) -> str:
    """``value`` between quotes of one kind."""
    escapes = {"\\": "\\\\", quote: "\\" + quote}
    return "".join(
        escapes.get(character) or (character if character.isprintable() else ascii(character)[1:-1])
        for character in value
    )

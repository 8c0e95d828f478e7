"""What can be said of a JSON value while its text is still being written.

What is said never has to be taken back: a later value holds the earlier one, with more members, more items, or longer
strings. So a number appears when something follows it, a key when its value has begun, an escape when it is whole. In
a type's objects, members appear when they are complete; only objects, arrays and plain strings appear as they come.

The text is a beginning of a valid JSON text: the grammar that it was written by has seen to that.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from structgen.generation.shapes import Shape

__all__ = ["partial_value"]

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_INSIDE: Final = re.compile(r'(?:[^"\\]|\\(?:[^u]|u[0-9a-fA-F]{4}))*')
_NUMBER: Final = re.compile(r"[-+.0-9eE]*")
_WORDS: Final = ("true", "false", "null")


class _Absent:
    """Nothing can be said yet; None is a value."""


_ABSENT: Final = _Absent()


@dataclass(slots=True)
class _Node:
    """A value's place in the text, up to ``end``; the text's end where it is not complete."""

    kind: Literal["object", "array", "string", "scalar"]
    start: int
    end: int = 0
    is_complete: bool = False
    members: dict[str, _Node] = field(default_factory=dict)
    items: list[_Node] = field(default_factory=list)


def partial_value(text: str, shape: Shape | None) -> Any:
    """Return the value that ``text`` begins, as far as it is known; None where nothing is.

    Parameters
    ----------
    text : str
        The beginning of a valid JSON text.
    shape : Shape, optional
        Of the type that the value will have; None for plain JSON values.
    """
    node = _read(text, 0)
    value = _ABSENT if node is None else _value(text, node, shape)
    return None if value is _ABSENT else value


def _read(text: str, start: int) -> _Node | None:
    start = _skip(text, start)
    if start == len(text):
        return None
    first = text[start]
    if first == "{":
        return _read_object(text, start)
    if first == "[":
        return _read_array(text, start)
    if first == '"':
        end = _whole(text, start)
        is_complete = end < len(text) and text[end] == '"'
        return _Node("string", start, end + is_complete, is_complete)
    for word in _WORDS:
        if text.startswith(word, start):
            return _Node("scalar", start, start + len(word), True)
    end = _end(_NUMBER, text, start)
    return _Node("scalar", start, end, start < end < len(text))


def _read_object(text: str, start: int) -> _Node:
    node, position = _Node("object", start, len(text)), start + 1
    while True:
        position = _skip(text, position)
        if text.startswith("}", position):
            node.end, node.is_complete = position + 1, True
            return node
        if text.startswith(",", position):
            position = _skip(text, position + 1)
        end = _whole(text, position) if position < len(text) else position
        if not text.startswith('"', end):
            return node
        key = json.loads(text[position : end + 1])
        position = _skip(text, end + 1)
        member = _read(text, position + 1)
        if member is None:
            return node
        node.members[key] = member
        if not member.is_complete:
            return node
        position = member.end


def _read_array(text: str, start: int) -> _Node:
    node, position = _Node("array", start, len(text)), start + 1
    while True:
        position = _skip(text, position)
        if text.startswith("]", position):
            node.end, node.is_complete = position + 1, True
            return node
        if text.startswith(",", position):
            position += 1
        item = _read(text, position)
        if item is None:
            return node
        node.items.append(item)
        if not item.is_complete:
            return node
        position = item.end


def _value(text: str, node: _Node, shape: Shape | None) -> Any:
    if node.is_complete:
        written = text[node.start : node.end]
        if shape is None:
            return json.loads(written)
        try:
            return shape.convert(written)
        except ValueError:  # a validator of the type's own; the value of the finished text raises it
            return _ABSENT
    if shape is not None:
        shape = shape.of_kind(node.kind)
        if shape is None:
            return _ABSENT
    if node.kind == "object":
        members = {key: _value(text, member, shape and shape.member(key)) for key, member in node.members.items()}
        known = {key: value for key, value in members.items() if value is not _ABSENT}
        return known if shape is None else shape.build(known)
    if node.kind == "array":
        values = [_value(text, item, shape and shape.item(index)) for index, item in enumerate(node.items)]
        return values[:-1] if values and values[-1] is _ABSENT else values
    return _string(text, node) if node.kind == "string" else _ABSENT


def _string(text: str, node: _Node) -> str:
    known: str = json.loads(f'{text[node.start : node.end]}"')
    # The first half of a surrogate pair is no character yet.
    return known[:-1] if known and "\ud800" <= known[-1] <= "\udbff" else known


def _whole(text: str, start: int) -> int:
    """Where the characters end that are whole, of the string that begins at ``start``."""
    return _end(_INSIDE, text, start + 1)


def _skip(text: str, position: int) -> int:
    return _end(_SPACE, text, position)


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position

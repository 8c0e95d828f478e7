"""JSON texts of schemas: as Python's ``json`` reads them, with exact decimals, and as deep as they like.

``json`` recurses, and a schema that nests 1,000 levels is within reason. What it can't read for its depth is read
again by a loop, some twenty times slower.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, DecimalException
from typing import Any, Final

from structgen.errors import LimitExceededError, SchemaError

__all__ = ["MAX_DEPTH", "parse_json"]

MAX_DEPTH: Final = 100_000
"""Arrays and objects inside one another."""


def parse_json(text: str) -> object:
    """What a JSON text says, with decimal numbers kept exact.

    Raises
    ------
    SchemaError
        It isn't JSON, or an object of it repeats a key: which of the two is meant would be a guess.
    LimitExceededError
        It nests deeper than `MAX_DEPTH`, or holds an integer too long to convert.
    """
    try:
        try:
            return _decoder.decode(text)
        except RecursionError:
            return _parse_deep(text)
    except json.JSONDecodeError as error:
        raise SchemaError(f"the schema is not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from None
    except DecimalException:
        raise LimitExceededError("exponent of a number in a JSON text", "beyond 18 digits") from None
    except ValueError as error:
        raise LimitExceededError("digits of an integer in a JSON text", str(error)[:200]) from None


def _refuse_constant(name: str) -> object:
    raise SchemaError(f"the schema is not JSON: {name} is no JSON number")


def _object_without_repetition(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise SchemaError(f"the schema repeats the key {name!r:.100} in one object")
            seen.add(name)
    return result


_decoder: Final = json.JSONDecoder(
    parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_object_without_repetition
)
_SPACE: Final = re.compile(r"[ \t\n\r]*")


def _parse_deep(text: str) -> object:
    """As `json`, without recursion: only scalars are given to it."""
    # The arrays, and the pairs of the objects, that are open; a name that waits for its value is last in `names`.
    open_parts: list[list[Any]] = []
    names: list[str | None] = []
    at = _skip(text, 0)
    while True:
        # Before a value.
        opening = text[at : at + 1]
        if opening in ("[", "{") and opening:
            if len(open_parts) >= MAX_DEPTH:
                raise LimitExceededError(
                    f"nesting of a JSON text: {MAX_DEPTH} levels", f"character {at}", hint="a dict"
                )
            open_parts.append([])
            names.append(None)
            at = _skip(text, at + 1)
            if opening == "{":
                if text[at : at + 1] != "}":
                    names[-1], at = _name(text, at)
                    continue
                value, at = _closed(open_parts, names, "}"), at + 1
            elif text[at : at + 1] != "]":
                names[-1] = None
                continue
            else:
                value, at = _closed(open_parts, names, "]"), at + 1
        else:
            value, at = _scalar(text, at)
        # After a value.
        while True:
            at = _skip(text, at)
            if not open_parts:
                if at < len(text):
                    raise json.JSONDecodeError("Extra data", text, at)
                return value
            name = names[-1]
            open_parts[-1].append(value if name is None else (name, value))
            end = "]" if name is None else "}"
            mark = text[at : at + 1]
            if mark == end:
                value, at = _closed(open_parts, names, end), at + 1
                continue
            if mark != ",":
                raise json.JSONDecodeError("Expecting ',' delimiter", text, at)
            at = _skip(text, at + 1)
            if name is not None:
                names[-1], at = _name(text, at)
            break


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return at if match is None else match.end()


def _scalar(text: str, at: int) -> tuple[object, int]:
    return _decoder.raw_decode(text, at)


def _name(text: str, at: int) -> tuple[str, int]:
    """The name of a property, and where its value begins."""
    if text[at : at + 1] != '"':
        raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, at)
    name, at = _decoder.raw_decode(text, at)
    at = _skip(text, at)
    if text[at : at + 1] != ":":
        raise json.JSONDecodeError("Expecting ':' delimiter", text, at)
    return name, _skip(text, at + 1)


def _closed(open_parts: list[list[Any]], names: list[str | None], end: str) -> object:
    parts = open_parts.pop()
    names.pop()
    return parts if end == "]" else _object_without_repetition(parts)

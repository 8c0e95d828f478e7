"""The names of an object's next property as controls.

A name that is told apart (a declared one, or one that is taken) returns with a result of its own, or stops at its closing quote
where it may not come now. Where other names are free, the told ones lie over the free string: each control knows the told names'
bytes, and falls back to the free string's control for all others.

The controls of a name's tail are shared by all objects with that name, since what follows is on the stack.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from structgen.automaton.runtime import Runtime
from structgen.automaton.tables import GOTO, POP, RECORD, STOP, Edge
from structgen.errors import LimitExceededError
from structgen.regex.automaton import any_name
from structgen.regex.spelling import Spelling, spell

__all__ = ["name_of", "names"]

_MAX_SPELLINGS: Final = 1024

_Told = tuple[bytes, int]
"""The bytes of a name from here on, with its closing quote, and its result; -1 where it may not come."""


def names(runtime: Runtime, allowed: Iterable[str], taken: Iterable[str], free: bool) -> int:
    """The control that reads one of the ``allowed`` names, or if ``free`` any that is not ``taken``, and its closing quote."""
    told: list[_Told] = [(text, runtime.result(name)) for name in allowed for text in _spellings(name)]
    if free:
        told += [(text, -1) for name in taken for text in _spellings(name)]
    return _node(runtime, told, any_name(runtime) if free else 0, RECORD if free else 0)


def name_of(runtime: Runtime, result: int) -> str:
    """The name that a result stands for."""
    meaning = runtime.meaning(result)
    if isinstance(meaning, bytes):
        return str(json.loads(b'"' + meaning + b'"'))
    return str(meaning)


@lru_cache(maxsize=65536)
def _spellings(name: str) -> tuple[bytes, ...]:
    """The bytes of a name with its closing quote, in every case of the hexadecimal digits of its escapes."""
    parts: list[tuple[bytes, ...]] = []
    for character in name if any([character < " " for character in name]) else ():
        text = spell(character, Spelling.JSON)
        other = b"\\u" + text[2:].upper()
        parts.append((text, other) if text[:2] == b"\\u" and text != other else (text,))
    if not parts:
        return (spell(name, Spelling.JSON) + b'"',)
    if sum([len(part) > 1 for part in parts]) > 10:
        raise LimitExceededError(f"{_MAX_SPELLINGS} spellings of one property name", f"{name!r}")
    return tuple([b"".join(choice) + b'"' for choice in itertools.product(*parts)])


def _node(runtime: Runtime, told: list[_Told], fallback: int, flags: int) -> int:
    if not told:
        return fallback
    if len(told) > 1 or flags or (fallback and not _is_plain(runtime, told[0][0], fallback)):
        return runtime.add_passing(_NamesState(told, fallback), flags)
    return _tail(runtime, told[0], fallback)


def _is_plain(runtime: Runtime, text: bytes, fallback: int) -> bool:
    """Whether every byte of the text leaves the free string where it is."""
    return fallback == any_name(runtime) and text.isascii() and b"\\" not in text


def _tail(runtime: Runtime, told: _Told, fallback: int) -> int:
    """The one name that is left, as a chain."""
    key = ("name", told, fallback)
    control = runtime.controls.get(key)
    if control is None:
        text, result = told
        operation = STOP if result < 0 else POP
        control = runtime.controls[key] = runtime.tables.chain(text, operation, 0, max(result, 0), fallback)
    return control


@dataclass(slots=True, eq=False)
class _NamesState:
    """Where the told names branch; they all have the bytes so far in common."""

    told: list[_Told]
    fallback: int

    def expand(self, runtime: Runtime, control: int) -> None:
        by_byte: dict[int, list[_Told]] = {}
        for text, result in self.told:
            by_byte.setdefault(text[0], []).append((text[1:], result))
        edges: list[Edge] = []
        for byte in sorted(by_byte):
            group = by_byte[byte]
            if not group[0][0]:  # the closing quote, which ends just one name
                result = group[0][1]
                edges.append((byte, byte, STOP, 0, 0) if result < 0 else (byte, byte, POP, 0, result))
            else:
                beyond = _after(runtime, self.fallback, byte) if self.fallback else 0
                edges.append((byte, byte, GOTO, _node(runtime, group, beyond, 0), 0))
        runtime.tables.define(control, edges, fallback=self.fallback)


def _after(runtime: Runtime, control: int, byte: int) -> int:
    """Where the free string goes from ``control`` with ``byte``."""
    if 0x20 <= byte < 0x80 and byte not in b'"\\' and control == any_name(runtime):
        return control
    for low, high, _, target, _ in runtime.edges(control):
        if low <= byte <= high:
            return target
    return 0

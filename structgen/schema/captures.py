"""Values that are remembered while they are read, so that later ones can be compared with them.

A captured value returns with a result that stands for it in canonical form, the same for all that JSON counts as equal
(``1`` is ``1.0``, the order of properties is nothing), and for which of the terms asked it meets. Strings and numbers
are told by the text that has been recorded. A walk records nothing: what it reads is then UNKNOWN, and UNKNOWN_WHOLE
where it is an array or object with such a part.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable
from decimal import Decimal, DecimalException
from typing import Any, Final, NamedTuple

from structgen.automaton.runtime import Runtime
from structgen.automaton.tables import NAME_BASE, WHOLE
from structgen.errors import LimitExceededError
from structgen.regex.derivatives import matches
from structgen.schema.keys import kinds_of
from structgen.schema.terms import Term

__all__ = [
    "UNKNOWN",
    "UNKNOWN_WHOLE",
    "Canonical",
    "Captured",
    "answer",
    "canonical",
    "captured_array",
    "captured_object",
    "is_container",
    "is_unknown",
    "json_value",
]

Canonical = Hashable
"""None, True, False, a string, or a tuple whose first item tells what it is."""

UNKNOWN: Final[Canonical] = ("unknown",)
UNKNOWN_WHOLE: Final[Canonical] = ("unknown", "whole")


class Captured(NamedTuple):
    """What the result of a captured value stands for: the value, and the numbers of the terms that it meets."""

    value: Canonical
    held: tuple[int, ...]


def answer(
    runtime: Runtime, result: int, terms: tuple[Term, ...], before: bytes = b""
) -> tuple[Iterable[int], Canonical]:
    """Which of the terms a value meets, by its result, and the value itself where it was captured.

    ``before`` was read of a recorded text before its recording began.
    """
    if result == WHOLE:
        return range(len(terms)), UNKNOWN
    kinds = kinds_of(runtime, result, len(terms))
    if kinds is not None:
        return kinds, UNKNOWN
    meaning: Any = runtime.meaning(result)
    if result >= NAME_BASE:
        return _recorded(before + meaning, terms)
    if isinstance(meaning, Captured):
        return meaning.held, meaning.value
    return meaning, UNKNOWN


def _recorded(text: bytes, terms: tuple[Term, ...]) -> tuple[Iterable[int], Canonical]:
    if text[:1] == b'"':
        string = str(json.loads(text + b'"'))
        return [index for index, term in enumerate(terms) if matches(term.values().string, string)], string
    spelling = text.decode()
    held = [index for index, term in enumerate(terms) if matches(term.values().number, spelling)]
    return held, _number(spelling)


def _number(spelling: str) -> Canonical:
    """By its digits, as far as they count, and the power of ten that they are multiplied with."""
    mantissa, _, power = spelling.lower().partition("e")
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    digits = (whole + fraction).lstrip("0")
    if not digits:
        return ("number", "0", 0)
    shorter = digits.rstrip("0")
    try:
        exponent = int(power or "0") - len(fraction) + len(digits) - len(shorter)
    except ValueError:
        raise LimitExceededError("digits of an exponent that is compared", f"{len(power)} digits") from None
    return ("number", "-" + shorter if mantissa[0] == "-" else shorter, exponent)


def captured_array(runtime: Runtime, items: tuple[Canonical, ...], held: tuple[int, ...]) -> int:
    """The result of an array of these items."""
    return runtime.result(Captured(UNKNOWN_WHOLE if UNKNOWN in items else ("array", items), held))


def captured_object(runtime: Runtime, members: frozenset[tuple[str | None, Canonical]], held: tuple[int, ...]) -> int:
    """The result of an object of these properties; a name that a walk can't tell is None."""
    is_known = not any(name is None or is_unknown(value) for name, value in members)
    return runtime.result(Captured(("object", members) if is_known else UNKNOWN_WHOLE, held))


def is_unknown(value: Canonical) -> bool:
    """Whether a walk can't tell the value."""
    return isinstance(value, tuple) and value[0] == "unknown"


def is_container(value: Canonical) -> bool:
    """Whether it is an array or an object that is told."""
    return isinstance(value, tuple) and value[0] in ("array", "object")


def canonical(value: Any) -> Canonical:
    """The canonical form of a value as Python's ``json`` reads it; numbers may be ``Decimal``."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, list):
        return ("array", tuple([canonical(item) for item in value]))
    if isinstance(value, dict):
        return ("object", frozenset([(name, canonical(item)) for name, item in value.items()]))
    return _number(str(value) if isinstance(value, (int, Decimal)) else repr(value))


def json_value(value: Any) -> Any:
    """The value of a canonical form; numbers are ``Decimal``."""
    if not isinstance(value, tuple):
        return value
    if value[0] == "array":
        return [json_value(item) for item in value[1]]
    if value[0] == "object":
        return {name: json_value(item) for name, item in sorted(value[1], key=_name)}
    try:
        return Decimal(f"{value[1]}E{value[2]}")
    except DecimalException:
        raise LimitExceededError("exponent of a number that is compared", f"{value[2]}") from None


def _name(member: tuple[str, Canonical]) -> str:
    return member[0]

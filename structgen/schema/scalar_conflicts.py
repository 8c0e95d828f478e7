"""Why no scalar is valid against a conjunction: bounds, lengths, patterns and lists that don't meet."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from structgen.schema.expansion import Conjunction
from structgen.schema.subschemas import (
    FRACTIONAL,
    INTEGER,
    STRING,
    WHOLE,
    Enumeration,
    Subschema,
)

__all__ = ["Conflict", "listed_conflict", "number_conflict", "string_conflict"]

_NAMES: Final = {INTEGER: "integer", WHOLE: "integer", FRACTIONAL: "number that is no integer"}


class Conflict(NamedTuple):
    """What contradicts what, where; ``needed`` is the conjunction whose emptiness is the deeper cause, if any."""

    what: str
    place: Subschema
    needed: Conjunction | None = None


def listed_conflict(parts: Conjunction) -> Conflict:
    """Lists without a value that is in each of them and of an allowed type."""
    place = next(part for part in parts if part.enumeration is not None)
    assert place.enumeration is not None
    values = _shown_values(place.enumeration)
    return Conflict(f"no listed value is of an allowed type, or in every list: {values}", place)


def _shown_values(listed: Enumeration) -> str:
    values = sorted(repr(text) for text in listed.strings) + sorted(str(number) for number in listed.numbers)
    values += [str(flag).lower() for flag in sorted(listed.booleans)] + (["null"] if listed.null else [])
    return (", ".join(values[:5]) + (", …" if len(values) > 5 else ""))[:200] or "none"


def number_conflict(parts: Conjunction, kinds: int, listed: Enumeration | None) -> Conflict:
    """Bounds, divisors and lists without a number between them."""
    lowest = [part for part in parts if part.lower is not None]
    highest = [part for part in parts if part.upper is not None]
    low = max([part.lower for part in lowest if part.lower is not None], default=None)
    high = min([part.upper for part in highest if part.upper is not None], key=_tightness, default=None)
    bounds = [f"{'exclusive ' if bound[1] else ''}{name} {bound[0]}" for name, bound in _named(low, high)]
    others = [f"multipleOf {divisor}" for part in parts for divisor in part.divisors]
    others += [f"no multiple of {divisor}" for part in parts for divisor in part.indivisible]
    if any(part.number is not None for part in parts):
        others.append("what a negated list leaves")
    constrained = [part for part in parts if part.divisors or part.indivisible or part.number is not None]
    place = next(iter([*lowest, *highest, *constrained, *parts]))
    if listed is not None:
        what = f"no listed number fits {' and '.join([*bounds, *others]) or 'the type'}: {_shown_values(listed)}"
    elif low is not None and high is not None and low[0] > high[0]:
        what = f"{bounds[0]} exceeds {bounds[1]}"
    elif others:
        what = f"no {_NAMES.get(kinds, 'number')} fits {' and '.join([*bounds, *others])}"
    else:
        what = f"there is no {_NAMES.get(kinds, 'number')} between {' and '.join(bounds)}"
    return Conflict(what[:300], place)


def _named(
    low: tuple[Decimal, bool] | None, high: tuple[Decimal, bool] | None
) -> list[tuple[str, tuple[Decimal, bool]]]:
    return [(name, bound) for name, bound in (("minimum", low), ("maximum", high)) if bound is not None]


def _tightness(bound: tuple[Decimal, bool]) -> tuple[Decimal, bool]:
    return bound[0], not bound[1]


def string_conflict(parts: Conjunction, listed: Enumeration | None) -> Conflict:
    """Lengths, patterns, formats and lists without a string that fits them all."""
    shortest = max([part.min_length for part in parts])
    longest = min([part.max_length for part in parts if part.max_length is not None], default=None)
    place = next(iter([*[part for part in parts if part.constrained & STRING], *parts]))
    if listed is not None:
        return Conflict(f"no listed string fits the lengths and the pattern: {_shown_values(listed)}", place)
    if longest is not None and shortest > longest:
        return Conflict(f"minLength {shortest} exceeds maxLength {longest}", place)
    return Conflict("no string fits the patterns and the lengths at once", place)

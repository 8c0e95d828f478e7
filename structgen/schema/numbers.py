"""Regular languages of JSON numbers: every spelling of every number in an interval, and nothing else.

Arithmetic is on decimal digits throughout; no binary float is ever made. An interval is compared digit by digit from
the left, as one does by hand: a spelling is *tight* at a bound while all its digits so far are the bound's. Multiples
are described by `multiples`. Exponents are spelled only where neither a bound nor a divisor applies. An integer's
exponent then has at most two digits, since beyond a double's range a reader's infinity would be no integer any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from structgen.errors import LimitExceededError
from structgen.regex.charset import CharSet
from structgen.regex.derivatives import is_empty
from structgen.regex.nodes import (
    EPSILON,
    NOTHING,
    Node,
    characters,
    complement,
    concat,
    intersection,
    literal,
    repeat,
    union,
    words,
)
from structgen.schema.multiples import common_divisor, multiples
from structgen.schema.subschemas import FRACTIONAL, INTEGER, NUMBER, POINTED, WHOLE, Bound, is_integral

__all__ = ["MAX_COMPARED_DIGITS", "MAX_DIGITS", "check_digits", "number_language", "number_words", "plain_numbers"]

MAX_DIGITS: Final = 400
"""Digits that a bound or a listed number may need when written without an exponent."""

MAX_COMPARED_DIGITS: Final = 100
"""Digits that a bound may have without an exponent, less the zeros before its point; each may nest an alternative."""

# A lower bound that excludes itself nests its zeros too; a longer one is taken out of the inclusive language.
_LONG: Final = 40


_RANGES: Final = {
    (low, high): characters(CharSet.of_ranges([(48 + low, 48 + high)])) for low in range(10) for high in range(low, 10)
}


def _digit(low: int, high: int) -> Node:
    return _RANGES.get((low, high), NOTHING)


def _optional(node: Node) -> Node:
    return repeat(node, 0, 1)


_ZERO: Final = _digit(0, 0)
_ZEROS: Final = repeat(_ZERO, 0, None)
_DIGITS: Final = repeat(_digit(0, 9), 0, None)
_NOT_ALL_ZEROS: Final = concat(_ZEROS, _digit(1, 9), _DIGITS)
_SOME_ZEROS: Final = repeat(_ZERO, 1, None)
_SOME_DIGITS: Final = repeat(_digit(0, 9), 1, None)
_POINT: Final = literal(".")
_POINT_ZEROS: Final = concat(_POINT, _SOME_ZEROS)
_MINUS: Final = literal("-")
_PLUS: Final = literal("+")
_E: Final = union(literal("e"), literal("E"))
_SIGNED_MAGNITUDE: Final = concat(_optional(_MINUS), union(_ZERO, concat(_digit(1, 9), _DIGITS)))
_EXPONENT: Final = concat(_E, _optional(union(_PLUS, _MINUS)), _SOME_DIGITS)
_INTEGER_EXPONENT: Final = concat(_E, _optional(_PLUS), repeat(_digit(0, 9), 1, 2))


class _Digits(NamedTuple):
    """A magnitude, written out: no superfluous zeros on either side, but one digit before the point at least."""

    whole: str
    fraction: str
    exclusive: bool


def check_digits(number: Decimal, is_bound: bool, pointer: str = "#") -> None:
    """Refuse what would need too many digits; ``pointer`` is where it stands.

    Raises
    ------
    LimitExceededError
        The number has more than `MAX_DIGITS` digits without an exponent, or as a bound more than `MAX_COMPARED_DIGITS`.
    """
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    if not any(digits):
        return
    if max(len(digits) + exponent, -exponent) > MAX_DIGITS:
        raise LimitExceededError(
            f"{MAX_DIGITS} digits of a number in a schema", _observed(number, pointer), hint="a rounder one"
        )
    if is_bound and (len(digits) > MAX_COMPARED_DIGITS or -exponent > MAX_COMPARED_DIGITS):
        written = _written_out(number, False)
        if len((written.whole + written.fraction).rstrip("0")) > MAX_COMPARED_DIGITS:
            limit = f"{MAX_COMPARED_DIGITS} digits to compare with a bound"
            raise LimitExceededError(limit, _observed(number, pointer), hint="a rounder one")


def _observed(number: Decimal, pointer: str) -> str:
    return f"{pointer}: {number:.10g}"


def _written_out(number: Decimal, exclusive: bool) -> _Digits:
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits)).lstrip("0")
    if not text:
        return _Digits("0", "", exclusive)
    if exponent >= 0:
        return _Digits(text + "0" * exponent, "", exclusive)
    text = text.zfill(1 - exponent)
    return _Digits(text[:exponent], text[exponent:].rstrip("0"), exclusive)


@lru_cache(4096)
def number_language(
    kinds: int, lower: Bound | None = None, upper: Bound | None = None, divisors: tuple[Decimal, ...] = ()
) -> Node:
    """The spellings of all numbers of the kinds within the bounds; `NOTHING` where there are none.

    Exponents are spelled only where there is neither a bound nor a divisor.

    Parameters
    ----------
    kinds : int
        Bits of `WHOLE` (integers without a point), `POINTED` (integers with a point or exponent) and `FRACTIONAL`.
    lower, upper : (Decimal, exclusive), optional
        Within the limits of `check_digits`.
    divisors : tuple of Decimal
        The numbers are multiples of each; positive, and within the limits of `check_digits`.

    Raises
    ------
    LimitExceededError
        The least common multiple of the divisors has more than `MAX_DIVISOR_DIGITS` digits.
    """
    if divisors and kinds:
        divisor = common_divisor(divisors, kinds)
        if divisor.step > 1 or divisor.scale or kinds & FRACTIONAL:
            return multiples(kinds, divisor, lower, upper)
        if lower is None and upper is None:
            return plain_numbers(kinds)
    if lower is None and upper is None:
        return _unbounded(kinds)
    low = None if lower is None else _written_out(*lower)
    high = None if upper is None else _written_out(*upper)
    below_zero = lower is None or lower[0] <= 0
    above_zero = upper is None or upper[0] >= 0
    # Zero is on both sides: -0 is a spelling of it.
    negative = _magnitudes(kinds, high if upper is not None and upper[0] <= 0 else None, low) if below_zero else NOTHING
    positive = _magnitudes(kinds, low if lower is not None and lower[0] >= 0 else None, high) if above_zero else NOTHING
    return union(concat(_MINUS, negative), positive)


def number_words(kinds: int, numbers: Iterable[Decimal]) -> Node:
    """The spellings without an exponent of the numbers, as far as they are of the kinds.

    The numbers are within the limits of `check_digits`.
    """
    integers: list[str] = []
    fractions: list[str] = []
    for number in numbers:
        digits = _written_out(number, False)
        sign = "-" if number < 0 else ""
        if is_integral(number):
            integers.append(sign + digits.whole)
            if digits.whole == "0":
                integers.append("-0")
        else:
            fractions.append(f"{sign}{digits.whole}.{digits.fraction}")
    integral = concat(words(integers), _free_tail(kinds & INTEGER)) if kinds & INTEGER else NOTHING
    return union(integral, concat(words(fractions), _ZEROS) if kinds & FRACTIONAL else NOTHING)


def plain_numbers(kinds: int) -> Node:
    """The spellings without an exponent of all numbers of the kinds."""
    return concat(_SIGNED_MAGNITUDE, _free_tail(kinds)) if kinds else NOTHING


def _unbounded(kinds: int) -> Node:
    if kinds == NUMBER:
        return concat(_SIGNED_MAGNITUDE, _free_tail(kinds), _optional(_EXPONENT))
    if kinds == INTEGER:
        return concat(_SIGNED_MAGNITUDE, _free_tail(kinds), _optional(_INTEGER_EXPONENT))
    return plain_numbers(kinds)


def _free_tail(kinds: int) -> Node:
    """What may follow the whole digits where neither bound is tight."""
    fraction = {0: NOTHING, POINTED: _SOME_ZEROS, FRACTIONAL: _NOT_ALL_ZEROS, POINTED | FRACTIONAL: _SOME_DIGITS}
    return union(EPSILON if kinds & WHOLE else NOTHING, concat(_POINT, fraction[kinds & ~WHOLE]))


def _integral(whole: str) -> Node:
    return concat(literal(whole), _optional(_POINT_ZEROS))


def _magnitudes(kinds: int, low: _Digits | None, high: _Digits | None) -> Node:
    """The unsigned spellings between two magnitudes, by their number of whole digits."""
    if low is not None and low.exclusive and len(low.whole) + len(low.fraction) > _LONG:
        itself = concat(literal(f"{low.whole}.{low.fraction}"), _ZEROS) if low.fraction else _integral(low.whole)
        language = intersection(_magnitudes(kinds, low._replace(exclusive=False), high), complement(itself))
        return NOTHING if is_empty(language) else language
    fewest = 1 if low is None else len(low.whole)
    most = None if high is None else len(high.whole)
    if most is not None and most < fewest:
        return NOTHING
    parts = [_same_width(kinds, fewest, low, high if most == fewest else None)]
    if most is None or most - fewest > 1:
        inner = repeat(_digit(0, 9), fewest, None if most is None else most - 2)
        parts.append(concat(_digit(1, 9), inner, _free_tail(kinds)))
    if most is not None and most > fewest:
        parts.append(_same_width(kinds, most, None, high))
    return union(*parts)


def _same_width(kinds: int, width: int, low: _Digits | None, high: _Digits | None) -> Node:
    """The magnitudes of ``width`` whole digits, built from the last to the first; a given bound has as many."""
    chain = _Chain(
        _tight_tail(kinds, low, high),
        _tight_tail(kinds, low, None) if high is not None else NOTHING,
        _tight_tail(kinds, None, high) if low is not None else NOTHING,
        _free_tail(kinds),
    )
    for index in range(width - 1, -1, -1):
        bottom = (1 if index == 0 and width > 1 else 0) if low is None else int(low.whole[index])
        chain = _step(chain, bottom, 9 if high is None else int(high.whole[index]), low is not None, high is not None)
        chain = chain._replace(free=concat(_digit(0, 9), chain.free))
    return chain.tight


class _Chain(NamedTuple):
    """What may follow the digits so far, by their tightness; the second and the third only serve two bounds."""

    tight: Node
    """Where they are tight at every bound that is given."""
    at_low: Node
    at_high: Node
    free: Node


def _step(chain: _Chain, bottom: int, top: int, is_tight_low: bool, is_tight_high: bool) -> _Chain:
    """The chain with one digit in front: from ``bottom`` to ``top`` where it is tight. ``free`` is left as it is."""
    tight, at_low, at_high, free = chain
    if not is_tight_low:
        return chain._replace(tight=_either(_before(top, tight), _before_range(bottom, top - 1, free)))
    if not is_tight_high:
        return chain._replace(tight=_either(_before(bottom, tight), _before_range(bottom + 1, top, free)))
    if bottom == top:
        tight = _before(bottom, tight)
    elif bottom > top:
        tight = NOTHING
    else:
        between = _before_range(bottom + 1, top - 1, free)
        tight = union(_before(bottom, at_low), between, _before(top, at_high))
    return _Chain(
        tight,
        _either(_before(bottom, at_low), _before_range(bottom + 1, 9, free)),
        _either(_before(top, at_high), _before_range(0, top - 1, free)),
        free,
    )


def _before(digit: int, node: Node) -> Node:
    return concat(_RANGES[digit, digit], node)


def _before_range(low: int, high: int, node: Node) -> Node:
    return concat(_RANGES[low, high], node) if low <= high else NOTHING


def _either(one: Node, other: Node) -> Node:
    # Most steps of a long bound leave one way only.
    return one if other is NOTHING else other if one is NOTHING else union(one, other)


def _tight_tail(kinds: int, low: _Digits | None, high: _Digits | None) -> Node:
    """What may follow the whole digits where they are those of the bounds given."""
    is_zero_allowed = (low is None or not (low.fraction or low.exclusive)) and (
        high is None or bool(high.fraction) or not high.exclusive
    )
    if not kinds & FRACTIONAL:
        return _free_tail(kinds) if is_zero_allowed else NOTHING
    fraction = _fractions(low, high)
    if not kinds & POINTED:
        fraction = intersection(fraction, _NOT_ALL_ZEROS)
        if is_empty(fraction):
            fraction = NOTHING
    return union(EPSILON if kinds & WHOLE and is_zero_allowed else NOTHING, concat(_POINT, fraction))


def _fractions(low: _Digits | None, high: _Digits | None) -> Node:
    """The digits after the point, at least one, of the fractions within the bounds given; trailing zeros are free."""
    if low is None and high is None:
        return _SOME_DIGITS
    after_low = NOTHING if low is None else _NOT_ALL_ZEROS if low.exclusive else _DIGITS
    after_high = NOTHING if high is None or high.exclusive else _ZEROS
    tight = after_low if high is None else NOTHING if low is not None and low.exclusive else after_high
    chain = _Chain(tight, after_low, after_high, _DIGITS)
    below = "" if low is None else low.fraction
    above = "" if high is None else high.fraction
    for index in range(max(len(below), len(above), 1) - 1, -1, -1):
        bottom = int(below[index]) if index < len(below) else 0
        top = 9 if high is None else int(above[index]) if index < len(above) else 0
        chain = _step(chain, bottom, top, low is not None, high is not None)
        if index:
            # The fraction may end before this digit where that leaves it equal to the bound, or below the upper one.
            ends_low = low is None or (index >= len(below) and not low.exclusive)
            ends_high = high is None or index < len(above) or not high.exclusive
            chain = _Chain(
                union(chain.tight, EPSILON) if ends_low and ends_high else chain.tight,
                union(chain.at_low, EPSILON) if ends_low else chain.at_low,
                union(chain.at_high, EPSILON) if ends_high else chain.at_high,
                _DIGITS,
            )
    return chain.tight

"""Multiples of a decimal, digit by digit: the language of `multipleOf` together with bounds.

All is integers here. With a divisor of ``step / 10**scale``, a number of ``scale`` decimals is a multiple where its
digits, read without the point, are one of ``step``. After some whole digits, the numbers that may follow with ``k``
more whole digits are one arithmetic progression for each ``k``, its *span*: bounds cut its ends, a digit keeps a part
of it. So a state is a few integers, it is empty where its spans are, and no search is ever made.

Where no upper bound is left, the spans from some ``k`` on follow from the remainder alone: let ``step`` be ``2**a *
5**b * coprime``; what ``max(a, b)`` or more further digits can make of a prefix depends on its remainder by
``coprime``.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from math import gcd, lcm
from typing import Final, NamedTuple

from structgen.errors import LimitExceededError
from structgen.regex.charset import CharSet
from structgen.regex.interning import intern_node
from structgen.regex.kinds import Lazy, Node
from structgen.regex.nodes import NOTHING, characters, concat, repeat, union
from structgen.schema.subschemas import FRACTIONAL, POINTED, WHOLE, Bound

__all__ = ["MAX_DIVISOR_DIGITS", "Divisor", "common_divisor", "multiples"]

MAX_DIVISOR_DIGITS: Final = 400
"""Digits of the least common multiple of a number's divisors, written without an exponent."""

Span = tuple[int, int]
# First and last of an arithmetic progression whose difference is the step.

_DIGITS: Final = tuple([CharSet.of_code(48 + digit) for digit in range(10)])
# Decimals of a divisor up to which the fewest digits of a multiple are counted exactly, and else a bound.
_MAX_COUNTED: Final = 24
_POINT: Final = CharSet.of_code(0x2E)
_ZERO: Final = characters(_DIGITS[0])
_ZEROS: Final = repeat(_ZERO, 0, None)
_SOME_ZEROS: Final = repeat(_ZERO, 1, None)
_TENS: Final[tuple[int, ...]] = tuple([10**exponent for exponent in range(64)])


def _ten(exponent: int) -> int:
    if exponent < len(_TENS):
        return _TENS[exponent]
    power: int = 10**exponent
    return power


class Divisor(NamedTuple):
    """``step / 10**scale``, in lowest terms."""

    step: int
    scale: int
    coprime: int
    """The largest divisor of ``step`` that 2 and 5 don't divide."""
    settled: int
    """From this many further whole digits on, only the remainder by ``coprime`` matters."""


def _divisor(step: int, scale: int) -> Divisor:
    while scale and step % 10 == 0:
        step //= 10
        scale -= 1
    coprime, most = step, 0
    for factor in (2, 5):
        times = 0
        while coprime % factor == 0:
            coprime //= factor
            times += 1
        most = max(most, times)
    return Divisor(step, scale, coprime, max(0, most - scale))


@lru_cache(1024)
def common_divisor(divisors: tuple[Decimal, ...], kinds: int) -> Divisor:
    """What the multiples of all the divisors are multiples of, among the numbers of these kinds.

    Raises
    ------
    LimitExceededError
        It has more than `MAX_DIVISOR_DIGITS` digits.
    """
    scale = 0
    for divisor in divisors:
        scale = max(scale, -_exponent(divisor))
    steps = [_scaled(divisor, scale) for divisor in divisors]
    if not kinds & FRACTIONAL:
        steps.append(10**scale)
    found = _divisor(lcm(*steps), scale)
    if found.scale > MAX_DIVISOR_DIGITS or found.step >= 10**MAX_DIVISOR_DIGITS:
        raise LimitExceededError(
            f"{MAX_DIVISOR_DIGITS} digits of the least common multiple of a number's divisors",
            "more",
            hint="fewer or rounder divisors on one number",
        )
    return found


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    if abs(exponent) > 2 * MAX_DIVISOR_DIGITS:
        raise LimitExceededError(f"{MAX_DIVISOR_DIGITS} digits of a divisor", f"{number:.10g}", hint="a rounder one")
    return exponent


def _scaled(number: Decimal, scale: int) -> int:
    """``number * 10**scale``, which is an integer."""
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    whole = int("".join(map(str, digits))) * _ten(exponent + scale)
    return -whole if sign else whole


def _limit(bound: Bound, scale: int, rounding: int) -> int:
    """The bound as an integer after scaling, rounded up (1) or down (-1) to what it still allows."""
    number, exclusive = bound
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    whole = int("".join(map(str, digits)) or "0") * (-rounding if sign else rounding)
    shift = exponent + scale
    if not whole:
        limit, rest = 0, 0
    elif shift >= 0:
        limit, rest = whole * _ten(shift), 0
    else:
        limit, rest = divmod(whole, _ten(-shift))
    return rounding * (limit + 1 if rest or exclusive else limit)


def multiples(kinds: int, divisor: Divisor, lower: Bound | None, upper: Bound | None) -> Node:
    """The spellings without an exponent of the multiples within the bounds that are of the kinds.

    Where no fraction is among the kinds, the divisor has no scale.
    """
    low = None if lower is None else _limit(lower, divisor.scale, 1)
    high = None if upper is None else _limit(upper, divisor.scale, -1)
    positive = negative = NOTHING
    # Zero is on both sides: -0 is a spelling of it.
    if high is None or high >= 0:
        positive = _magnitudes(kinds, divisor, max(0, low or 0), high)
    if low is None or low <= 0:
        negative = _magnitudes(kinds, divisor, max(0, -(high or 0)), None if low is None else -low)
    return union(concat(characters(CharSet.of_text("-")), negative), positive)


def _magnitudes(kinds: int, divisor: Divisor, low: int, high: int | None) -> Node:
    """The unsigned spellings, by their first digit; a zero has no whole digit after it."""
    step, scale, _, settled = divisor
    if high is None:
        further = settled
        while _ten(further + scale) < low:
            further += 1
    else:
        further = max(0, len(str(high)) - scale)
    ways = []
    for digit in range(10):
        spans: list[Span | None] = []
        for count in range(further if digit else 1):
            base = digit * _ten(count + scale)
            first = max(low, base)
            last = base + _ten(count + scale) - 1
            if high is not None and high < last:
                last = high
            first += -first % step
            spans.append(_span(kinds, divisor, first - base, last - last % step - base))
        rest = _whole(kinds, divisor, spans, digit % divisor.coprime if digit and high is None else -1)
        ways.append(concat(characters(_DIGITS[digit]), rest))
    return union(*ways)


def _span(kinds: int, divisor: Divisor, first: int, last: int) -> Span | None:
    """The span from ``first`` to ``last`` if it has a number of the kinds."""
    if first > last:
        return None
    # Of two multiples in a row, one is no integer, or none is.
    if kinds == FRACTIONAL and (
        (first == last and first % _ten(divisor.scale) == 0) or divisor.step % _ten(divisor.scale) == 0
    ):
        return None
    return first, last


def _free_span(kinds: int, divisor: Divisor, remainder: int, count: int) -> Span | None:
    """What ``count`` further whole digits make of a prefix with this remainder, where no bound matters."""
    size = _ten(count + divisor.scale)
    first = -remainder * size % divisor.step
    return _span(kinds, divisor, first, first + (size - 1 - first) // divisor.step * divisor.step)


def _part(span: Span, base: int, size: int, step: int) -> Span:
    """The part of the span from ``base`` on, less than ``size`` above it, counted from there; may be empty."""
    first, last = span
    if first < base:
        first += (base - first + step - 1) // step * step
    end = base + size - 1
    if last > end:
        last -= (last - end + step - 1) // step * step
    return first - base, last - base


def _whole(kinds: int, divisor: Divisor, spans: list[Span | None], remainder: int) -> Node:
    """The node, in its one form: no more spans than are needed."""
    if remainder < 0:
        while spans and spans[-1] is None:
            spans.pop()
        if not spans:
            return NOTHING
    elif kinds == FRACTIONAL and divisor.step % _ten(divisor.scale) == 0:
        return NOTHING
    else:
        while len(spans) > divisor.settled and spans[-1] == _free_span(kinds, divisor, remainder, len(spans) - 1):
            spans.pop()
    return intern_node(_Whole, kinds, divisor, tuple(spans), remainder)


class _Whole(Lazy):
    """After some whole digits; ``spans[k]`` with ``k`` more, or None.

    Beyond the spans there is nothing where ``remainder`` is -1; else it is the prefix's remainder, and says the rest.
    """

    __slots__ = ("divisor", "kinds", "remainder", "spans")

    def __init__(self, kinds: int, divisor: Divisor, spans: tuple[Span | None, ...], remainder: int) -> None:
        self.kinds, self.divisor, self.spans, self.remainder = kinds, divisor, spans, remainder
        now = self._span_of(0)
        nullable = bool(kinds & WHOLE) and now is not None and now[0] == 0
        shortest = 0 if nullable else self._fewest()
        longest = len(spans) - 1 if kinds == WHOLE and remainder < 0 else None
        super().__init__(nullable, shortest, longest)

    def _fewest(self) -> int:
        """The fewest characters of a member: more whole digits may save some after the point."""
        kinds, (step, scale, _, _) = self.kinds, self.divisor
        count, fewest, last = 0, -1, len(self.spans) - 1
        while (fewest < 0 or count < fewest) and (self.remainder >= 0 or count <= last):
            span = self._span_of(count)
            if span is not None:
                zeros = _most_zeros(*span, step, scale)
                if kinds == FRACTIONAL:
                    zeros = min(zeros, scale - 1)
                after = scale - zeros if zeros < scale else 0 if kinds & WHOLE else 1
                characters_here = count + after + (1 if after else 0)
                fewest = characters_here if fewest < 0 else min(fewest, characters_here)
            count += 1
        return max(fewest, 1)

    def _span_of(self, count: int) -> Span | None:
        if count < len(self.spans):
            return self.spans[count]
        return _free_span(self.kinds, self.divisor, self.remainder, count) if self.remainder >= 0 else None

    def steps(self) -> list[tuple[CharSet, Node]]:
        kinds, divisor, remainder = self.kinds, self.divisor, self.remainder
        step, scale, coprime, _ = divisor
        spans = list(self.spans)
        if remainder >= 0:
            spans.append(self._span_of(len(spans)))
        steps: list[tuple[CharSet, Node]] = []
        sizes = [_ten(count + scale) for count in range(len(spans) - 1)]
        for digit in range(10 if remainder >= 0 or len(spans) > 1 else 0):
            following: list[Span | None] = []
            for span, size in zip(spans[1:], sizes, strict=True):
                part = None if span is None else _part(span, digit * size, size, step)
                following.append(None if part is None else _span(kinds, divisor, *part))
            rest = (remainder * 10 + digit) % coprime if remainder >= 0 else -1
            steps.append((_DIGITS[digit], _whole(kinds, divisor, following, rest)))
        now = spans[0]
        if now is not None and kinds & (POINTED | FRACTIONAL):
            steps.append((_POINT, self._fraction(now)))
        return steps

    def _fraction(self, span: Span) -> Node:
        first, last = span
        if not self.kinds & POINTED and first == 0:
            first = self.divisor.step
        return _fraction(self.divisor.step, self.divisor.scale, first, last, False)

    def __repr__(self) -> str:
        return f"multiples({self.divisor.step}e-{self.divisor.scale}, {self.spans!r}, {self.remainder})"


@lru_cache(4096)
def _inverse(step: int, zeros: int) -> tuple[int, int, int]:
    """For ``i * step = n`` modulo ``10**zeros``: what divides ``n``, and the modulus and the factor that give ``i``."""
    ten = _ten(zeros)
    common = gcd(step, ten)
    modulus = ten // common
    return common, modulus, pow(step // common, -1, modulus) if modulus > 1 else 0


def _most_zeros(first: int, last: int, step: int, most: int) -> int:
    """The most zeros, up to ``most``, that a number of the span ends with; ``most`` where that takes long to say."""
    if most > _MAX_COUNTED:
        return most
    zeros = 0
    while zeros < most:
        common, modulus, factor = _inverse(step, zeros + 1)
        if first % common or first + -first // common * factor % modulus * step > last:
            break
        zeros += 1
    return zeros


def _fraction(step: int, width: int, first: int, last: int, started: bool) -> Node:
    if first > last:
        return NOTHING
    if width == 0:
        return _ZEROS if started else _SOME_ZEROS
    return intern_node(_Fraction, step, width, first, last, started)


class _Fraction(Lazy):
    """After the point: the next ``width`` digits are in a span, then zeros; zeros at the end may be left out."""

    __slots__ = ("first", "last", "started", "step", "width")

    def __init__(self, step: int, width: int, first: int, last: int, started: bool) -> None:
        self.step, self.width, self.first, self.last, self.started = step, width, first, last, started
        nullable = started and first == 0
        super().__init__(nullable, 0 if nullable else max(1, width - _most_zeros(first, last, step, width)), None)

    def steps(self) -> list[tuple[CharSet, Node]]:
        width = self.width - 1
        size = _ten(width)
        span = (self.first, self.last)
        parts = [_part(span, digit * size, size, self.step) for digit in range(10)]
        return [
            (_DIGITS[digit], _fraction(self.step, width, first, last, True))
            for digit, (first, last) in enumerate(parts)
        ]

    def __repr__(self) -> str:
        return f"decimals({self.width}, {self.first}..{self.last} by {self.step})"

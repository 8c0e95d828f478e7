"""Multiples within bounds against exact rational arithmetic."""

from __future__ import annotations

import itertools
import re
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structgen.errors import LimitExceededError
from structgen.regex.derivatives import derivative, is_empty, matches, shortest, transitions
from structgen.regex.nodes import NOTHING, Node, complement, intersection
from structgen.schema.multiples import MAX_DIVISOR_DIGITS
from structgen.schema.numbers import number_language, plain_numbers
from structgen.schema.subschemas import FRACTIONAL, INTEGER, NUMBER, POINTED, WHOLE, Bound

PLAIN = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
KINDS = [NUMBER, INTEGER, WHOLE, POINTED, FRACTIONAL, WHOLE | FRACTIONAL, POINTED | FRACTIONAL]
TEXTS = [
    text
    for length in range(1, 6)
    for text in map("".join, itertools.product("-.01257", repeat=length))
    if PLAIN.fullmatch(text)
]

kinds = st.sampled_from(KINDS)
small_divisors = st.sampled_from(
    list(
        map(Decimal, ["1", "2", "3", "5", "7", "20", "0.01", "0.5", "0.25", "2.5", "0.3", "0.125", "1.5", "75", "1e3"])
    )
)
any_divisors = st.one_of(
    small_divisors,
    st.integers(1, 10**6).map(Decimal),
    st.decimals("0.000001", 1000, allow_nan=False, places=6),
    st.sampled_from(list(map(Decimal, ["86400", "1e-8", "1e9", "123456789", "1e18", "9007199254740993"]))),
)
numbers = st.one_of(
    st.integers(-60, 60).map(Decimal),
    st.decimals(-100, 100, allow_nan=False, places=2),
    st.sampled_from([Decimal(text) for text in ("0", "-0.0", "1e2", "25.1", "-12.5", "0.07")]),
)


def bounds(limits: st.SearchStrategy[Decimal]) -> st.SearchStrategy[Bound | None]:
    return st.one_of(st.none(), st.tuples(limits, st.booleans()))


def _kind(value: Fraction, text: str) -> int:
    return FRACTIONAL if value % 1 else POINTED if "." in text else WHOLE


def _is_member(text: str, kinds: int, lower: Bound | None, upper: Bound | None, divisors: tuple[Decimal, ...]) -> bool:
    value = Fraction(text)
    if not kinds & _kind(value, text) or any(value % Fraction(divisor) for divisor in divisors):
        return False
    if lower is not None and (value < Fraction(lower[0]) or (lower[1] and value == Fraction(lower[0]))):
        return False
    return upper is None or value < Fraction(upper[0]) or (not upper[1] and value == Fraction(upper[0]))


@settings(deadline=None, max_examples=100)
@given(kinds, bounds(numbers), bounds(numbers), st.lists(small_divisors, min_size=1, max_size=2).map(tuple))
def test_every_spelling_of_up_to_five_characters(
    kinds: int, lower: Bound | None, upper: Bound | None, divisors: tuple[Decimal, ...]
) -> None:
    language = number_language(kinds, lower, upper, divisors)
    for text in TEXTS:
        assert matches(language, text) == _is_member(text, kinds, lower, upper, divisors), text


@settings(deadline=None, max_examples=150)
@given(kinds, bounds(numbers), bounds(numbers), st.lists(any_divisors, min_size=1, max_size=3).map(tuple), st.data())
def test_every_path_leads_to_a_member(
    kinds: int, lower: Bound | None, upper: Bound | None, divisors: tuple[Decimal, ...], data: st.DataObject
) -> None:
    node = number_language(kinds, lower, upper, divisors)
    if node is NOTHING:
        return
    prefix = ""
    for _ in range(data.draw(st.integers(0, 12))):
        steps = transitions(node)
        if not steps:
            break
        charset, node = data.draw(st.sampled_from(steps))
        prefix += data.draw(
            st.sampled_from([chr(code) for low, high in charset.ranges for code in range(low, high + 1)])
        )
    text = shortest(node)
    assert text is not None
    assert node.min_length == len(text) or (kinds == FRACTIONAL and node.min_length < len(text))
    assert node.max_length is None or node.max_length >= len(text)
    assert _is_member(prefix + text, kinds, lower, upper, divisors)


@settings(deadline=None, max_examples=150)
@given(kinds, any_divisors, st.integers(-(10**6), 10**6), st.integers(0, 3), st.sampled_from("0123456789"))
def test_a_multiple_is_spelled_with_any_zeros_and_a_changed_digit_is_judged_alike(
    kinds: int, divisor: Decimal, times: int, zeros: int, digit: str
) -> None:
    language = number_language(kinds, None, None, (divisor,))
    text = format(divisor * times, "f")
    text = text + "0" * zeros if "." in text else text + "." * bool(zeros) + "0" * zeros
    for spelled in (text, text[:-1] + digit, text + digit):
        assert matches(language, spelled) == bool(
            PLAIN.fullmatch(spelled) and _is_member(spelled, kinds, None, None, (divisor,))
        ), spelled


@settings(deadline=None, max_examples=150)
@given(kinds, bounds(numbers), bounds(numbers), any_divisors)
def test_an_interval_is_empty_where_it_has_no_multiple(
    kinds: int, lower: Bound | None, upper: Bound | None, divisor: Decimal
) -> None:
    language = number_language(kinds, lower, upper, (divisor,))
    assert is_empty(language) == (language is NOTHING)
    if language is NOTHING:
        step, low, high = Fraction(divisor), Fraction(lower[0] if lower else -200), Fraction(upper[0] if upper else 200)
        first = -(-low // step)
        for times in range(int(first), int(min(high // step, first + 300)) + 1):
            value = times * step
            for spelled in (str(value), f"{value}.0") if value.denominator == 1 else (_written(value),):
                assert not _is_member(spelled, kinds, lower, upper, (divisor,)), spelled


def _written(value: Fraction) -> str:
    places = next(places for places in range(30) if (value * 10**places).denominator == 1)
    return format(Decimal(int(value * 10**places)).scaleb(-places), "f")


@pytest.mark.parametrize(
    ("kinds", "lower", "upper", "divisors", "accepted", "rejected"),
    [
        (NUMBER, None, None, ["0.01"], ["0", "-0.0", "1", "1.1", "1.1000", "-12.34"], ["0.001", "1e2", "1.119"]),
        (INTEGER, None, None, ["2.5"], ["0", "5", "5.0", "-10", "15.00"], ["2.5", "2", "7.5", "1"]),
        (WHOLE, None, None, ["2.5"], ["5"], ["5.0", "2.5"]),
        (NUMBER, None, None, ["2.5"], ["2.5", "2.50", "7.5", "5", "-2.5"], ["2", "2.55", "0.5"]),
        (NUMBER, ("7", True), ("21", True), ["7"], ["14", "14.0"], ["7", "21", "0", "-14", "15"]),
        (INTEGER, ("10000", False), ("10010", False), ["7"], ["10003", "10010.0"], ["10000", "10004", "10017"]),
        (NUMBER, None, None, ["4", "6"], ["12", "-24", "0"], ["4", "6", "18"]),
        (NUMBER, None, None, ["0.3", "0.5"], ["1.5", "3", "-4.50"], ["0.3", "0.5", "1"]),
        (NUMBER, None, None, ["1e9"], ["0", "1000000000", "12000000000.0"], ["1", "100000000", "1e9"]),
        (NUMBER, None, None, ["1e18"], ["7" + "0" * 18], ["7" + "0" * 17]),
        (NUMBER, ("0", True), None, ["1e-8"], ["0.00000001", "0.000000010", "3"], ["0", "0.000000001", "0.000000011"]),
        (NUMBER, ("-2032", False), ("2031", False), ["16"], ["-2032", "0", "2016"], ["2031", "-2048", "8"]),
        (NUMBER, None, None, ["123456789"], ["123456789", "246913578", "-123456789.0"], ["12345678", "123456780"]),
    ],
)  # fmt: skip
def test_divisors(
    kinds: int,
    lower: tuple[str, bool] | None,
    upper: tuple[str, bool] | None,
    divisors: list[str],
    accepted: list[str],
    rejected: list[str],
) -> None:
    low = None if lower is None else (Decimal(lower[0]), lower[1])
    high = None if upper is None else (Decimal(upper[0]), upper[1])
    language = number_language(kinds, low, high, tuple(map(Decimal, divisors)))
    assert [text for text in accepted if not matches(language, text)] == []
    assert [text for text in rejected if matches(language, text)] == []


def _states(start: Node) -> int:
    seen, stack = {start}, [start]
    while stack:
        for _, target in transitions(stack.pop()):
            if target not in seen:
                seen.add(target)
                stack.append(target)
    return len(seen)


@pytest.mark.parametrize(
    ("divisor", "most"), [("1000", 9), ("0.01", 10), ("7", 15), ("1024", 2100), ("1e50", 110), ("5", 8)]
)
def test_states_that_end_alike_are_one(divisor: str, most: int) -> None:
    assert _states(number_language(NUMBER, None, None, (Decimal(divisor),))) <= most


def test_integers_alone_ask_nothing_of_a_divisor_of_one() -> None:
    for divisor in ("1", "0.5", "0.01", "1e-400"):
        assert number_language(INTEGER, None, None, (Decimal(divisor),)) is plain_numbers(INTEGER)
    bound = (Decimal(3), False)
    assert number_language(INTEGER, bound, None, (Decimal("0.2"),)) is number_language(INTEGER, bound, None)


@pytest.mark.parametrize(
    ("inner", "outer", "is_inside"),
    [("6", "3", True), ("86400", "3600", True), ("0.5", "0.25", True), ("3", "6", False), ("1000000007", "2", False)],
)
def test_multiples_inside_other_multiples(inner: str, outer: str, is_inside: bool) -> None:
    inside = number_language(NUMBER, None, None, (Decimal(inner),))
    outside = complement(number_language(NUMBER, None, None, (Decimal(outer),)))
    assert is_empty(intersection(inside, outside)) == is_inside


def test_long_bounds_meet_long_divisors() -> None:
    divisor = int("9" * 99 + "7")
    low, high = divisor * 10**100, divisor * 10**101
    language = number_language(NUMBER, (Decimal(low), True), (Decimal(high), False), (Decimal(divisor),))
    assert matches(language, str(divisor * (10**100 + 1)))
    assert not matches(language, str(low))
    assert matches(language, f"{high}.0")
    assert not matches(language, f"{high}.1")
    assert derivative(language, "-") is NOTHING


@pytest.mark.parametrize("divisors", [["1" + "0" * MAX_DIVISOR_DIGITS], [str(prime**250) for prime in (7, 11, 13)]])
def test_a_divisor_with_too_many_digits_is_refused(divisors: list[str]) -> None:
    with pytest.raises(LimitExceededError) as caught:
        number_language(NUMBER, None, None, tuple(map(Decimal, divisors)))
    assert str(MAX_DIVISOR_DIGITS) in caught.value.limit


def test_a_divisor_with_a_huge_exponent_is_refused_at_once() -> None:
    for text in ("1e999999999", "1e-999999999"):
        with pytest.raises(LimitExceededError):
            number_language(NUMBER, None, None, (Decimal(text),))

"""Number languages against decimal arithmetic."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structgen.errors import LimitExceededError
from structgen.regex.derivatives import is_empty, matches, shortest
from structgen.regex.nodes import NOTHING
from structgen.schema.documents import load
from structgen.schema.numbers import MAX_COMPARED_DIGITS, MAX_DIGITS, check_digits, number_language, number_words
from structgen.schema.subschemas import FRACTIONAL, INTEGER, NUMBER, POINTED, WHOLE, Bound

PLAIN = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")

kinds = st.sampled_from([NUMBER, INTEGER, WHOLE, POINTED, FRACTIONAL, WHOLE | FRACTIONAL, POINTED | FRACTIONAL])
numbers = st.one_of(
    st.integers(-120, 120).map(Decimal),
    st.decimals(-1000, 1000, allow_nan=False, places=3),
    st.decimals(-2, 2, allow_nan=False, places=2),
    st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**9), max_value=10**9),
    st.sampled_from([Decimal(text) for text in ("0", "-0.0", "1e3", "9.99", "10", "-1E+2", "0.05", "0.5")]),
)
bounds: st.SearchStrategy[Bound | None] = st.one_of(st.none(), st.tuples(numbers, st.booleans()))


def _kind(text: str) -> int:
    if Decimal(text) % 1:
        return FRACTIONAL
    return POINTED if "." in text else WHOLE


def _is_within(number: Decimal, lower: Bound | None, upper: Bound | None) -> bool:
    above = lower is None or number > lower[0] or (number == lower[0] and not lower[1])
    return above and (upper is None or number < upper[0] or (number == upper[0] and not upper[1]))


@st.composite
def spellings(draw: st.DrawFn, near: list[Decimal]) -> str:
    """A spelling without an exponent, often of a bound or right beside it."""
    number = draw(st.one_of(numbers, st.sampled_from(near)) if near else numbers)
    text = format(number, "f")
    change = draw(st.integers(0, 5))
    if change == 1:
        text += "0" if "." in text else ".0"
    elif change == 2:
        text += "01" if "." in text else ".001"
    elif change == 3:
        text = "-" + text.lstrip("-")
    elif change == 4:
        text = text[:-1] + str((int(text[-1]) + 1) % 10)
    return text


@settings(deadline=None, max_examples=800)
@given(kinds, bounds, bounds, st.data())
def test_a_spelling_is_in_the_language_where_its_number_is_in_the_interval(
    kinds: int, lower: Bound | None, upper: Bound | None, data: st.DataObject
) -> None:
    language = number_language(kinds, lower, upper)
    for _ in range(4):
        text = data.draw(spellings([bound[0] for bound in (lower, upper) if bound is not None]))
        if PLAIN.fullmatch(text) is None:
            assert not matches(language, text)
            continue
        expected = bool(kinds & _kind(text)) and _is_within(Decimal(text), lower, upper)
        assert matches(language, text) == expected, text


@settings(deadline=None, max_examples=300)
@given(kinds, st.tuples(numbers, st.booleans()), st.tuples(numbers, st.booleans()))
def test_an_interval_without_numbers_is_the_empty_language(kinds: int, lower: Bound, upper: Bound) -> None:
    language = number_language(kinds, lower, upper)
    assert is_empty(language) == (language is NOTHING)
    text = shortest(language)
    if text is not None:
        assert PLAIN.fullmatch(text)
        assert _is_within(Decimal(text), lower, upper)
        assert kinds & _kind(text)
    elif kinds & FRACTIONAL and lower[0] < upper[0]:
        pytest.fail("between two numbers is a fraction")
    else:
        candidates = [lower[0], *map(Decimal, range(int(lower[0]) - 1, int(lower[0]) + 3))]
        assert not any(_is_within(number, lower, upper) and kinds & _kinds_of(number) for number in candidates)


def _kinds_of(number: Decimal) -> int:
    return FRACTIONAL if number % 1 else INTEGER


@pytest.mark.parametrize(
    ("kinds", "lower", "upper", "accepted", "rejected"),
    [
        (NUMBER, None, None, ["0", "-0", "0.10", "1e5", "1E-5", "-12.5e+003", "1e999"],
         ["", "-", "00", "01", "1.", ".5", "+1", "1e", "1 "]),
        (INTEGER, None, None, ["0", "-0", "12", "1.0", "-1.00", "1e5", "1E+05", "1.0e2", "-0.0"],
         ["1.5", "1e-1", "1e400", "1.50e1", "01"]),
        (WHOLE, None, None, ["0", "-12"], ["1.0", "1e2"]),
        (INTEGER, ("0", False), None, ["0", "-0", "7", "10.0", "12345678901234567890"], ["-1", "1e2", "0.5"]),
        (INTEGER, ("0", True), ("10", True), ["1", "9", "9.0"], ["0", "-0", "10", "10.0", "0.5"]),
        (INTEGER, ("0.5", False), ("3.5", False), ["1", "2", "3.0"], ["0", "4", "0.5", "3.5"]),
        (NUMBER, ("0.5", False), ("0.5", False), ["0.5", "0.50", "0.5000"], ["0.51", "0.49", "5e-1", "0", "-0.5"]),
        (NUMBER, ("0", False), ("0", False), ["0", "-0", "0.0", "-0.000"], ["0.1", "-0.1", "00"]),
        (NUMBER, ("0", True), ("1", True), ["0.1", "0.999", "0.0001"], ["0", "-0.0", "1", "1.0", "-0.5"]),
        (NUMBER, ("-1.5", True), ("2.75", False), ["-1.49", "-1", "0", "-0", "2.75", "2.750", "2.7"],
         ["-1.5", "-1.50", "2.751", "2.8", "-2", "10"]),
        (NUMBER, None, ("-10", False), ["-10", "-10.0", "-10.01", "-99", "-100"], ["-9.99", "-9", "0", "10", "1"]),
        (NUMBER, ("1e2", False), ("1e3", True), ["100", "999.999", "100.0"], ["99.99", "1000", "1e2"]),
        (WHOLE, ("-9223372036854775808", False), ("9223372036854775807", False),
         ["-9223372036854775808", "9223372036854775807", "0"], ["9223372036854775808", "-9223372036854775809", "1.0"]),
    ],
)  # fmt: skip
def test_intervals(
    kinds: int, lower: tuple[str, bool] | None, upper: tuple[str, bool] | None, accepted: list[str], rejected: list[str]
) -> None:
    low = None if lower is None else (Decimal(lower[0]), lower[1])
    high = None if upper is None else (Decimal(upper[0]), upper[1])
    language = number_language(kinds, low, high)
    assert [text for text in accepted if not matches(language, text)] == []
    assert [text for text in rejected if matches(language, text)] == []


@given(st.from_regex(JSON_NUMBER, fullmatch=True))
def test_an_unbounded_number_is_any_json_number(text: str) -> None:
    assert matches(number_language(NUMBER), text)


@given(st.text("0123456789-+.eE", max_size=8))
def test_an_unbounded_number_is_nothing_else(text: str) -> None:
    assert matches(number_language(NUMBER), text) == bool(JSON_NUMBER.fullmatch(text))


@settings(deadline=None)
@given(st.sampled_from([NUMBER, INTEGER, WHOLE]), st.lists(numbers, max_size=6), spellings([]), st.data())
def test_listed_numbers_are_spelled_in_every_way_without_an_exponent(
    kinds: int, listed: list[Decimal], text: str, data: st.DataObject
) -> None:
    language = number_words(kinds, listed)
    for candidate in (text, data.draw(spellings(listed))):
        expected = bool(PLAIN.fullmatch(candidate) and kinds & _kind(candidate) and Decimal(candidate) in listed)
        assert matches(language, candidate) == expected, candidate


def test_many_digits_after_the_point_are_compared_exactly() -> None:
    third = Decimal("0." + "3" * 99)
    language = number_language(NUMBER, None, (third, False))
    assert matches(language, "0." + "3" * 99)
    assert matches(language, "0." + "3" * 98 + "2" + "9" * 50)
    assert not matches(language, "0." + "3" * 100)


def test_the_largest_double_is_a_bound_like_any_other() -> None:
    largest = Decimal("1.7976931348623157e308")
    digits = "17976931348623157" + "0" * 292
    for exclusive in (False, True):
        below = number_language(NUMBER, None, (largest, exclusive))
        above = number_language(NUMBER, (largest, exclusive), None)
        assert matches(below, digits) == matches(above, digits + ".00") == (not exclusive)
        assert matches(below, "17976931348623156" + "9" * 292 + ".9")
        assert not matches(below, digits + ".1")
        assert matches(above, digits + ".1")
        assert matches(above, digits[:-1] + "1")
        assert not matches(above, digits[1:])
        assert matches(number_language(INTEGER, (largest.copy_negate(), exclusive), None), "-" + digits[:-5])


@pytest.mark.parametrize("kinds", [NUMBER, INTEGER, WHOLE])
def test_nothing_lies_beside_a_long_bound_that_excludes_itself(kinds: int) -> None:
    assert number_language(kinds, (Decimal("1e300"), True), (Decimal("1e300"), False)) is NOTHING
    assert number_language(kinds, (Decimal("-1e300"), False), (Decimal("-1e300"), True)) is NOTHING


@pytest.mark.parametrize("number", [f"1e{MAX_DIGITS}", f"1e-{MAX_DIGITS + 1}", "-1e999999999", "1e-999999999"])
def test_a_number_with_too_many_digits_is_refused(number: str) -> None:
    for is_bound in (False, True):
        with pytest.raises(LimitExceededError) as caught:
            check_digits(Decimal(number), is_bound)
        assert str(MAX_DIGITS) in caught.value.limit


@pytest.mark.parametrize("text", ["9" * 100, "-" + "9" * 100 + "e299", "0." + "7" * 99, "1e399", "-1e399", "9.9e-98"])
def test_every_bound_that_is_not_refused_can_be_compared(text: str) -> None:
    number = Decimal(text)
    check_digits(number, is_bound=True)
    for exclusive in (False, True):
        bound = (number, exclusive)
        lower = number_language(NUMBER, bound, None)
        upper = number_language(NUMBER, None, bound)
        spelled = format(number, "f")
        assert matches(lower, spelled) == matches(upper, spelled) == (not exclusive)
        assert (number_language(NUMBER, bound, bound) is NOTHING) == exclusive


@pytest.mark.parametrize("text", ["9" * 101, "0." + "0" * 100 + "1", "5e-324"])
def test_a_bound_with_too_many_digits_to_compare_is_refused(text: str) -> None:
    with pytest.raises(LimitExceededError) as caught:
        check_digits(Decimal(text), is_bound=True)
    assert str(MAX_COMPARED_DIGITS) in caught.value.limit
    check_digits(Decimal(text), is_bound=False)
    assert matches(number_words(NUMBER, [Decimal(text)]), format(Decimal(text), "f"))


@pytest.mark.parametrize("keyword", ["multipleOf", "minimum", "const"])
def test_a_refused_number_is_shown_where_it_stands(keyword: str) -> None:
    with pytest.raises(LimitExceededError) as caught:
        load({"items": {keyword: Decimal("5e-424")}})
    assert caught.value.observed == f"#/items/{keyword}: 5e-424"


def test_zero_with_any_exponent_is_zero() -> None:
    assert number_words(WHOLE, [Decimal("0e999999999")]) is number_words(WHOLE, [Decimal(0)])
    check_digits(Decimal("0e999999999"), is_bound=True)

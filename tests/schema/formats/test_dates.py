"""Dates and times against calendar arithmetic."""

from __future__ import annotations

import calendar
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structgen.regex.derivatives import matches
from structgen.regex.nodes import Node
from structgen.schema.formats import language
from tests.schema.formats.walks import member, mutated

seeds = st.integers(0, 2**32).map(random.Random)
TIME = re.compile(r"(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:([Zz])|([+-])(\d\d):(\d\d))", re.ASCII)


def _language(name: str) -> Node:
    node = language(name, "2020-12")
    assert node is not None
    return node


def is_date(text: str) -> bool:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        return False
    year, month, day = map(int, text.split("-"))
    # The calendar repeats after 400 years, and the module's begins in the year 1.
    return 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year + 400, month)[1]


def is_time(text: str) -> bool:
    found = TIME.fullmatch(text)
    if found is None:
        return False
    hour, minute, second = int(found[1]), int(found[2]), int(found[3])
    offset_hour, offset_minute = (0, 0) if found[4] else (int(found[6]), int(found[7]))
    if max(hour, offset_hour) > 23 or max(minute, offset_minute) > 59 or second > 60:
        return False
    offset = (offset_hour * 60 + offset_minute) * (-1 if found[5] == "-" else 1)
    if second < 60:
        return True
    # Of leap seconds, those with an offset that is in use.
    return (hour * 60 + minute - offset) % 1440 == 1439 and offset % 15 == 0


def test_every_day_of_a_leap_century_and_of_an_ordinary_one() -> None:
    node = _language("date")
    for year in ("0000", "1900", "2000", "2023", "2024", "2100", "9999"):
        for month in range(14):
            for day in range(33):
                text = f"{year}-{month:02}-{day:02}"
                assert matches(node, text) == is_date(text), text


@settings(deadline=None, max_examples=300)
@given(seeds)
def test_dates(chance: random.Random) -> None:
    node = _language("date")
    text = member(node, chance)
    assert is_date(text)
    text = mutated(text, "0123456789-T৪", chance)
    assert matches(node, text) == is_date(text), text


def test_a_leap_second_exists_at_one_minute_of_each_offset() -> None:
    node = _language("time")
    for hour in range(24):
        for minute in (0, 14, 29, 44, 58, 59):
            for zone in ("Z", "z", "+00:00", "-00:00", "+05:30", "-08:00", "+23:45", "-23:30", "+14:15", "-12:01"):
                text = f"{hour:02}:{minute:02}:60{zone}"
                assert matches(node, text) == is_time(text), text


@settings(deadline=None, max_examples=400)
@given(seeds)
def test_times(chance: random.Random) -> None:
    node = _language("time")
    text = member(node, chance)
    assert is_time(text)
    text = mutated(text, "0123456789:+-.Zz6", chance)
    assert matches(node, text) == is_time(text), text


@settings(deadline=None, max_examples=200)
@given(seeds)
def test_a_date_time_is_both(chance: random.Random) -> None:
    node = _language("date-time")
    text = member(node, chance)
    assert is_date(text[:10])
    assert text[10] in "Tt"
    assert is_time(text[11:])
    text = mutated(text, "0123456789:+-.ZzTt", chance)
    assert matches(node, text) == (is_date(text[:10]) and text[10:11] in ("T", "t") and is_time(text[11:])), text


@pytest.mark.parametrize(
    "text",
    ["P4DT12H30M5S", "P4Y", "PT0S", "P0D", "P1M", "PT1M", "PT36H", "P2W", "P1Y2M3DT4H5M6S", "P1M2D", "PT1M2S", "P01D",
     "P1YT1M", "P" + "9" * 80 + "D"],
)  # fmt: skip
def test_durations(text: str) -> None:
    assert matches(_language("duration"), text)


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "P1", "PT1D", "4D", "P1YT", "P2D1Y", "P1D2H", "P2S", "P1Y2W", "P1Y2D", "PT1H2S", "PT0.5S", "P1D ",
     "-P1D", "P1WT1H", "P২Y", "PT0,5S", "P-1D", "p1d", "P1D\n"],
)  # fmt: skip
def test_no_durations(text: str) -> None:
    assert not matches(_language("duration"), text)

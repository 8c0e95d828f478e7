"""iso8601.lark against Python's datetime, over every date and over dates found in source files."""

from __future__ import annotations

import datetime
import re

import pytest

from tests.grammars.oracles import is_valid_iso8601
from tests.grammars.realtexts import texts
from tests.grammars.recognise import accepts
from tests.grammars.sentences import sentences

_ACCEPTED = [
    "1985-04-12",
    "19850412",
    "1985-W15-5",
    "1985W155",
    "0001-01-01",
    "9999-12-31",
    "2000-02-29",
    "2024-02-29",
    "04000229",
    "23:20:50",
    "T23:20",
    "T232050",
    "T2320",
    "23:20:50,5",
    "T232050.123456789Z",
    "15:27:46+01:00",
    "1985-04-12T10:15:30Z",
    "1985-04-12T10:15:30+04:00",
    "19850412T101530-0030",
    "1985-W15-5T10:15",
    "1985W155T1015Z",
    "2024-02-29T23:59:59.999-23:59",
]
_REJECTED = [
    "",
    "0000-01-01",
    "1985-4-12",
    "1985-13-01",
    "1985-00-01",
    "1985-04-31",
    "1985-02-29",
    "1900-02-29",
    "19000229",
    "2023-11-31",
    "2023-06-00",
    "2023-01-32",
    "1985-0412",
    "198504-12",
    "1985-W15",
    "1985-W00-1",
    "1985-W53-1",
    "1985-W15-8",
    "1985-W155",
    "1985W15-5",
    "1985-04",
    "1985-102",
    "23:60",
    "24:00",
    "23:20:60",
    "23",
    "2320:50",
    "23:20:",
    "23:20:50.",
    "10:00-00:00",
    "10:00+0100",
    "1000",
    "1985-04-12 10:15",
    "1985-04-12T1015",
    "19850412T10:15",
    "1985-04-12T",
    "1985-04-12Z",
    " 1985-04-12",
    "1985-04-12\n",
    "１985-04-12",
]


@pytest.mark.parametrize("text", _ACCEPTED)
def test_accepted(text: str) -> None:
    assert accepts("iso8601.lark", text)
    assert is_valid_iso8601(text)


@pytest.mark.parametrize("text", _REJECTED)
def test_rejected(text: str) -> None:
    assert not accepts("iso8601.lark", text)


@pytest.mark.parametrize("year", [1, 4, 100, 400, 1600, 1700, 1996, 2023, 9999])
def test_the_days_of_a_year_are_those_of_the_calendar(year: int) -> None:
    for month in range(14):
        for day in (0, 1, 9, 10, 19, 20, 27, 28, 29, 30, 31, 32):
            try:
                exists = bool(datetime.date(year, month, day))
            except ValueError:
                exists = False
            assert accepts("iso8601.lark", f"{year:04}-{month:02}-{day:02}", "date") == exists
            assert accepts("iso8601.lark", f"{year:04}{month:02}{day:02}", "date") == exists


def test_every_leap_year_is_one() -> None:
    for year in range(1, 10_000):
        is_leap = datetime.date(year, 3, 1) - datetime.date(year, 2, 1) == datetime.timedelta(29)
        if is_leap or year % 4 == 0 or year % 97 == 0:
            assert accepts("iso8601.lark", f"{year:04}-02-29", "date") == is_leap


def test_dates_in_source_files_are_told_as_datetime_tells_them() -> None:
    found: set[str] = set()
    for _, text in texts(".py", at_least=1_000, at_most=2_000, max_bytes=100_000):
        if "-" in text:
            found.update(
                re.findall(r"(?<![\w.:+-])\d{4}-\d\d-\d\d(?:T[\d:.]*[\d](?:Z|[+-]\d\d:\d\d)?)?(?![\w:-])", text)
            )
    assert len(found) > 50
    for text in sorted(found):
        assert accepts("iso8601.lark", text) == is_valid_iso8601(text), text


def test_random_texts_are_valid() -> None:
    for text in sentences("iso8601.lark", 500):
        assert is_valid_iso8601(text), text

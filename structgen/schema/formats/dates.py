"""Dates, times and durations.

Leap years are exact, in the Gregorian calendar for all years from 0000 to 9999. A second 60 is a leap second: it exists
at 23:59 in UTC alone, so in local time its minute depends on the offset that follows. Offsets beside a leap second are
whole quarters of an hour, as all are that are in use: any others would keep the automaton from forgetting the minute,
and masks of the 1,440 times that it would tell apart took 15 ms for each new hour. The outer languages have them, and
durations in small letters.

Source: RFC 3339, sections 5.6 and 5.7 for dates and times, appendix A for durations (in capitals only).
"""

from __future__ import annotations

import re
from typing import Final

from structgen.regex.charset import CharSet
from structgen.regex.interning import intern_node
from structgen.regex.kinds import Lazy, Node
from structgen.regex.nodes import characters, concat, literal, repeat, union
from structgen.regex.patterns import parse

__all__ = ["date", "date_time", "duration", "outer_date_time", "outer_duration", "outer_time", "time"]

_LEAP_YEAR: Final = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
_DAY: Final = (
    "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    "|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_HOUR: Final = "(?:[01][0-9]|2[0-3])"
_MINUTE: Final = "[0-5][0-9]"
_QUARTERS: Final = ("14", "29", "44", "59")
"""The minutes before those of an offset."""
_NO_QUARTER: Final = "(?:0[1-9]|1[0-46-9]|2[0-9]|3[1-9]|4[0-46-9]|5[0-9])"
_FRACTION: Final = r"(?:\.[0-9]+)?"
_MINUTES: Final = "[0-9]+M(?:[0-9]+S)?"
_TIMES: Final = f"T(?:[0-9]+H(?:{_MINUTES})?|{_MINUTES}|[0-9]+S)"
_MONTHS: Final = "[0-9]+M(?:[0-9]+D)?"
_DATES: Final = f"(?:[0-9]+Y(?:{_MONTHS})?|{_MONTHS}|[0-9]+D)"
_DURATION: Final = f"P(?:{_DATES}(?:{_TIMES})?|{_TIMES}|[0-9]+W)"


def date() -> Node:
    """``full-date``."""
    return parse(f"[0-9]{{4}}-{_DAY}|{_LEAP_YEAR}-02-29")


def time() -> Node:
    """``full-time``."""
    ordinary = parse(f"{_HOUR}:{_MINUTE}:{_MINUTE}{_FRACTION}(?:[Zz]|[+-]{_HOUR}:{_MINUTE})")
    return union(ordinary, intern_node(_LeapSecond, ""))


def date_time() -> Node:
    """``date-time``."""
    return concat(date(), characters(CharSet.of_text("Tt")), time())


def outer_time() -> Node:
    """``full-time``, with leap seconds at every offset that isn't whole quarters of an hour, at any minute."""
    return union(time(), parse(f"{_HOUR}:{_MINUTE}:60{_FRACTION}[+-]{_HOUR}:{_NO_QUARTER}"))


def outer_date_time() -> Node:
    """``date-time``, as `outer_time`."""
    return union(date_time(), concat(date(), characters(CharSet.of_text("Tt")), outer_time()))


def outer_duration() -> Node:
    """``duration`` in letters of either case."""
    return parse(re.sub("[A-Z]", lambda letter: f"[{letter[0]}{letter[0].lower()}]", _DURATION))


def duration() -> Node:
    """``duration``."""
    return parse(_DURATION)


class _LeapSecond(Lazy):
    """A full-time in a leap second, after ``read`` of its ``HH:MM``; built on the way."""

    __slots__ = ("read",)

    def __init__(self, read: str) -> None:
        self.read = read
        super().__init__(False, len("23:59:60Z") - len(read), None)
        self.reserve = len("23:59:60+00:00")

    def steps(self) -> list[tuple[CharSet, Node]]:
        read = self.read
        if len(read) < 3:
            allowed = ("012", "0123" if read == "2" else "0123456789", ":")[len(read)]
        else:
            allowed = "".join([minute[len(read) - 3] for minute in _QUARTERS if minute.startswith(read[3:])])
        return [(CharSet.of_code(ord(character)), _after(read + character)) for character in allowed]

    def __repr__(self) -> str:
        return f"leap second after {self.read!r}"


def _after(read: str) -> Node:
    if len(read) < 5:
        return intern_node(_LeapSecond, read)
    # The minute that the leap second ends: 00:00 in UTC, so its local time is the offset.
    ends = (int(read[:2]) * 60 + int(read[3:]) + 1) % 1440
    zones = [literal(f"+{_clock(ends)}"), literal(f"-{_clock(-ends % 1440)}")]
    if ends == 0:
        zones.append(characters(CharSet.of_text("Zz")))
    fraction = concat(literal("."), repeat(characters(CharSet.of_text("0123456789")), 1, None))
    return concat(literal(":60"), repeat(fraction, 0, 1), union(*zones))


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"

"""ECMA-262 patterns of the texts that pydantic reads as dates, UUIDs, URLs and the like.

Each matches no text that pydantic refuses. Of several spellings it has the common ones.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable
from typing import Final

__all__ = [
    "BASE64",
    "COMPLEX",
    "FRACTION",
    "HEX",
    "NAIVE_DATETIME",
    "NAIVE_TIME",
    "TRIMMED",
    "byte_size",
    "dates_from",
    "dates_until",
    "url",
    "uuid_of_version",
]

_TIME: Final = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?"
_YEAR: Final = "(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
_LEAP_YEAR: Final = (
    "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"  # there is no year 0000
)
_DATE: Final = (
    f"(?:{_YEAR}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    f"|02-(?:0[1-9]|1[0-9]|2[0-8]))|{_LEAP_YEAR}-02-29)"
)
NAIVE_TIME: Final = f"^{_TIME}$"
NAIVE_DATETIME: Final = f"^{_DATE}T{_TIME}$"

_UNSIGNED: Final = r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
COMPLEX: Final = f"^-?{_UNSIGNED}(?:j|[+-]{_UNSIGNED}j)?$"
FRACTION: Final = "^-?(?:0|[1-9][0-9]*)(?:/[1-9][0-9]*)?$"

BASE64: Final = "^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-][AQgw]==|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048]=)?$"
HEX: Final = "^(?:[0-9a-fA-F]{2})*$"
TRIMMED: Final = r"^(?:[^\s\x85](?:[\s\S]*[^\s\x85])?)?$"
"""Texts from which nothing can be stripped."""


def dates_from(first: datetime.date) -> str:
    """Those of the texts ``YYYY-MM-DD`` that aren't before a day."""
    text = first.isoformat()
    later = [f"{text[:at]}[{int(digit) + 1}-9]" for at, digit in enumerate(text) if digit.isdigit() and digit < "9"]
    return f"^(?:{'|'.join([*later, text])})"


def dates_until(last: datetime.date) -> str:
    """Those of the texts ``YYYY-MM-DD`` that aren't after a day."""
    text = last.isoformat()
    earlier = [f"{text[:at]}[0-{int(digit) - 1}]" for at, digit in enumerate(text) if digit.isdigit() and digit > "0"]
    return f"^(?:{'|'.join([*earlier, text])})"


def uuid_of_version(version: int) -> str:
    """UUIDs of a version, in the variant that has versions."""
    digits = "[0-9a-fA-F]"
    return f"^{digits}{{8}}-{digits}{{4}}-{version}{digits}{{3}}-[89abAB]{digits}{{3}}-{digits}{{12}}$"


def byte_size(units: Iterable[str]) -> str:
    """Numbers with a unit, such as ``kb``, ``KB``, ``Kb``, ``kB`` or ``KiB``, or with none."""
    cases = (str, str.upper, str.capitalize)
    spelled = sorted({re.sub("b$", last, case(unit)) for unit in units for case in cases for last in "bB"})
    return rf"^[0-9]{{1,18}}(?:\.[0-9]+)?(?: ?(?:{'|'.join(map(re.escape, spelled))}))?$"


_LABEL: Final = "[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"  # two hyphens are for names that are encoded
_LAST_LABEL: Final = "[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*"  # a digit would begin an address
_OCTET: Final = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_HOST: Final = rf"(?:(?:{_LABEL}\.)*{_LAST_LABEL}|{_OCTET}(?:\.{_OCTET}){{3}})"
_PORT: Final = "(?:[1-9][0-9]{0,3}|[1-5][0-9]{4})"
_USER: Final = "[A-Za-z0-9._~-]+"
_AUTHORITY: Final = f"(?:{_USER}(?::{_USER})?@)?{_HOST}(?::{_PORT})?"
_PATH: Final = r"(?:[A-Za-z0-9._~!$&()*+,;=:@/-]|%[0-9A-Fa-f]{2})*"
_QUERY: Final = r"(?:[A-Za-z0-9._~!$&()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*"
_REST: Final = rf"(?:/{_PATH})?(?:\?{_QUERY})?(?:#{_QUERY})?"
_FILE: Final = f"file://{_HOST}?/{_PATH}"
_SPECIAL: Final = "(?:file|ftp|https?|wss?)"
"""Schemes after which a host must follow, or a file's path."""


def url(schemes: Collection[str] | None) -> str:
    """URLs in ASCII: a scheme, a host and what may follow; without ``schemes`` also others, such as ``mailto:``."""
    if schemes is None:
        any_scheme = r"[a-z][a-z0-9+.-]*:"
        opaque = rf"(?!{_SPECIAL}:){any_scheme}[A-Za-z0-9._~!$&()*+,;=@-]{_QUERY}(?:#{_QUERY})?"
        return f"^(?:{_FILE}|(?!file:){any_scheme}//{_AUTHORITY}{_REST}|{opaque})$"
    with_host = [re.escape(scheme) for scheme in schemes if scheme != "file"]
    ways = [f"(?:{'|'.join(with_host)})://{_AUTHORITY}{_REST}"] if with_host else []
    return f"^(?:{'|'.join([*ways, *([_FILE] if 'file' in schemes else [])])})$"

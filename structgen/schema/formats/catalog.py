"""Which formats there are, and those that a caller adds.

A language is built when it is first asked for, and kept. It never has a text that the format's RFC forbids; where the
format isn't regular it is a part of what the RFC allows, which the module that builds it describes. What might be of
the format beside it is in a larger language, the format's outer one, so that negations have nothing of either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import NoneType
from typing import Final

from structgen.errors import ArgumentError, RegexError
from structgen.regex.kinds import Node
from structgen.regex.patterns import search
from structgen.schema.formats.addresses import ipv4, ipv6
from structgen.schema.formats.dates import date, date_time, duration, outer_date_time, outer_duration, outer_time, time
from structgen.schema.formats.expressions import outer_regex, regex
from structgen.schema.formats.hostnames import hostname, outer_hostname
from structgen.schema.formats.identifiers import (
    iri,
    iri_reference,
    outer_uri_template,
    uri,
    uri_reference,
    uri_template,
)
from structgen.schema.formats.international import idn_hostname, outer_idn_hostname
from structgen.schema.formats.mail import email, idn_email, outer_email, outer_idn_email
from structgen.schema.formats.pointers import (
    json_pointer,
    moving_relative_json_pointer,
    relative_json_pointer,
    uuid,
)

__all__ = ["Formats", "language", "outer"]

_FORMATS: Final[Mapping[str, Callable[[], Node]]] = {
    "date": date,
    "date-time": date_time,
    "duration": duration,
    "email": email,
    "hostname": hostname,
    "idn-email": idn_email,
    "idn-hostname": idn_hostname,
    "ipv4": ipv4,
    "ipv6": ipv6,
    "iri": iri,
    "iri-reference": iri_reference,
    "json-pointer": json_pointer,
    "regex": regex,
    "relative-json-pointer": relative_json_pointer,
    "time": time,
    "uri": uri,
    "uri-reference": uri_reference,
    "uri-template": uri_template,
    "uuid": uuid,
}

_OUTER: Final[Mapping[str, Callable[[], Node]]] = {
    "date-time": outer_date_time,
    "duration": outer_duration,
    "email": outer_email,
    "hostname": outer_hostname,
    "idn-email": outer_idn_email,
    "idn-hostname": outer_idn_hostname,
    "regex": outer_regex,
    "time": outer_time,
    "uri-template": outer_uri_template,
}


@cache
def _built(build: Callable[[], Node]) -> Node:
    return build()


def language(name: str, draft: str) -> Node | None:
    """The strings of a format, as characters; None where no draft has a format of this name.

    A format that a later draft brought means the same in an earlier one: all of them let an implementation know more
    formats than they list, and schemas of draft 4 do say ``uuid``. Takes a few milliseconds the first time, nothing
    after it.

    Parameters
    ----------
    draft : "4", "6", "7", "2019-09" or "2020-12"
    """
    build = _FORMATS.get(name)
    if build is relative_json_pointer and draft == "2020-12":
        build = moving_relative_json_pointer
    return None if build is None else _built(build)


def outer(name: str) -> Node | None:
    """All strings that may be of a format, in any draft; None where its language has them all, or there is none."""
    build = _OUTER.get(name)
    return None if build is None else _built(build)


class Formats(Mapping[str, str]):
    """Formats of the caller's own, by pattern; they add to those of every draft, and replace those of the same name.

    A pattern means what it means beside JSON Schema's ``pattern``: ECMA-262 in Unicode mode, found anywhere in the
    string unless it has anchors. Immutable.

    Raises
    ------
    ArgumentError
        A name or a pattern is no string.
    RegexError, LimitExceededError
        A pattern can't be read, isn't regular, or is too long.
    """

    __slots__ = ("_languages", "_patterns")

    def __init__(self, patterns: Mapping[str, str] | None = None) -> None:
        self._patterns: dict[str, str] = {}
        self._languages: dict[str, Node] = {}
        if not isinstance(patterns, (Mapping, NoneType)):
            raise ArgumentError("formats are patterns by name", reason=f"got {patterns!r:.100}")
        for name, pattern in (patterns or {}).items():
            if not isinstance(name, str) or not isinstance(pattern, str):
                raise ArgumentError(f"formats are patterns by name, not {name!r}: {pattern!r}")
            try:
                self._languages[name] = search(pattern)
            except RegexError as error:
                hint = f"another pattern for the format {name!r}"
                raise RegexError(error.what, pattern=pattern, position=error.position, hint=hint) from error
            self._patterns[name] = pattern

    def language(self, name: str, draft: str) -> Node | None:
        """As `language`, with the formats added here."""
        found = self._languages.get(name)
        return language(name, draft) if found is None else found

    def outer(self, name: str) -> Node | None:
        """As `outer`; formats added here are just what their patterns say."""
        return None if name in self._languages else outer(name)

    def __getitem__(self, name: str) -> str:
        return self._patterns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._patterns)

    def __len__(self) -> int:
        return len(self._patterns)

    def __hash__(self) -> int:
        return hash(frozenset(self._patterns.items()))

    def __repr__(self) -> str:
        return f"Formats({self._patterns!r})"

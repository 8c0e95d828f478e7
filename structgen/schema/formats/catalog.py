"""Which formats there are, from which draft on, and those that a caller adds.

A language is built when it is first asked for, and kept. It never has a text that the format's RFC forbids; where the
format isn't regular it is a part of what the RFC allows, which the module that builds it describes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Final

from structgen.errors import ArgumentError, RegexError
from structgen.regex.kinds import Node
from structgen.regex.patterns import search
from structgen.schema.formats.addresses import ipv4, ipv6
from structgen.schema.formats.dates import date, date_time, duration, time
from structgen.schema.formats.expressions import regex
from structgen.schema.formats.hostnames import hostname
from structgen.schema.formats.identifiers import iri, iri_reference, uri, uri_reference, uri_template
from structgen.schema.formats.international import idn_hostname
from structgen.schema.formats.mail import email, idn_email
from structgen.schema.formats.pointers import (
    json_pointer,
    moving_relative_json_pointer,
    relative_json_pointer,
    uuid,
)

__all__ = ["Formats", "language"]

_DRAFT_4: Final[dict[str, Callable[[], Node]]] = {
    "date-time": date_time,
    "email": email,
    "hostname": hostname,
    "ipv4": ipv4,
    "ipv6": ipv6,
    "uri": uri,
}
_DRAFT_6: Final = {
    **_DRAFT_4,
    "json-pointer": json_pointer,
    "uri-reference": uri_reference,
    "uri-template": uri_template,
}
_DRAFT_7: Final = {
    **_DRAFT_6,
    "date": date,
    "idn-email": idn_email,
    "idn-hostname": idn_hostname,
    "iri": iri,
    "iri-reference": iri_reference,
    "regex": regex,
    "relative-json-pointer": relative_json_pointer,
    "time": time,
}
_DRAFT_2019: Final = {**_DRAFT_7, "duration": duration, "uuid": uuid}
_DRAFT_2020: Final = {**_DRAFT_2019, "relative-json-pointer": moving_relative_json_pointer}
_DRAFTS: Final[Mapping[str, Mapping[str, Callable[[], Node]]]] = {
    "4": _DRAFT_4,
    "6": _DRAFT_6,
    "7": _DRAFT_7,
    "2019-09": _DRAFT_2019,
    "2020-12": _DRAFT_2020,
}


@cache
def _built(build: Callable[[], Node]) -> Node:
    return build()


def language(name: str, draft: str) -> Node | None:
    """The strings of a format, as characters; None where the draft has no format of this name.

    Takes a few milliseconds the first time, nothing after it.

    Parameters
    ----------
    draft : "4", "6", "7", "2019-09" or "2020-12"
    """
    build = _DRAFTS[draft].get(name)
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

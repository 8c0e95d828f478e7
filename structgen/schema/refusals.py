"""The keywords that assert something which this compiler can't represent yet, and when they assert nothing after all.

Exact or refused: a keyword of the schema's draft that is in no reader's table is an annotation, or is here. One whose
types the schema excludes, or whose value allows everything, is exact as it stands, and accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from structgen.errors import UnsupportedSchemaError
from structgen.schema.keywords import Schema
from structgen.schema.subschemas import Subschema

__all__ = ["FORMATS", "REFUSALS", "Refusal", "refuse"]

FORMATS: Final = frozenset(
    (
        *("date", "date-time", "time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6"),
        *("uri", "uri-reference", "iri", "iri-reference", "uri-template", "uuid", "regex"),
        *("json-pointer", "relative-json-pointer"),
    )
)
"""The format names that a supported draft defines; every other name is an annotation."""


class Refusal(NamedTuple):
    """Why a keyword is refused, and when it isn't."""

    types: int
    """The types of value that the keyword speaks of."""
    allows_everything: Callable[[object, Schema, Subschema], bool]
    reason: str
    hint: str


def refuse(keyword: str, refusal: Refusal, place: Subschema, schema: Schema) -> None:
    """Raise unless the keyword asserts nothing there. The subschema has been read otherwise."""
    value = schema[keyword]
    if not place.types & refusal.types or refusal.allows_everything(value, schema, place):
        return
    reason = refusal.reason.format(value=value) if keyword == "format" else refusal.reason
    raise UnsupportedSchemaError(keyword, pointer=f"{place.pointer}/{keyword}", reason=reason, hint=refusal.hint)


REFUSALS: Final[Mapping[str, Mapping[str, Refusal]]] = {"4": {}, "6": {}, "7": {}, "2019-09": {}, "2020-12": {}}
"""By draft: the keywords that assert something there and have no reader."""

"""Remarks that stand in a schema while it is made of a type, about what it can't assert; they become notes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from structgen.schema.notes import Note
from structgen.schema.subschemas import escape_step

__all__ = ["KEYS", "REMARKS", "remarked", "without_remarks"]

REMARKS: Final = "structgen:remarks"
"""Their keyword."""
KEYS: Final = "structgen:keys"
"""The keyword of the texts that stand for constants as the keys of a mapping."""


def remarked(schema: dict[str, Any], keyword: str, text: str) -> dict[str, Any]:
    """The schema with one remark more: what its ``keyword`` would have to assert."""
    return {**schema, REMARKS: [*schema.get(REMARKS, ()), [keyword, text]]}


def without_remarks(schema: dict[str, Any]) -> tuple[dict[str, Any], tuple[Note, ...]]:
    """The schema without its remarks, and these as notes."""
    notes: list[Note] = []
    for pointer, one in _schemas(schema, "#"):
        notes += [Note(f"{pointer}/{keyword}", keyword, text) for keyword, text in one.pop(REMARKS, ())]
        one.pop(KEYS, None)
        if "pattern" in one and re.fullmatch("uuid[1-8]", str(one.get("format"))):
            del one["format"]  # which says no more than the pattern
    return schema, tuple(notes)


def _schemas(schema: Any, pointer: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """A schema and all inside of it, with their pointers."""
    if not isinstance(schema, dict):
        return
    yield pointer, schema
    for keyword, value in schema.items():
        if keyword in ("properties", "patternProperties", "$defs") and isinstance(value, dict):
            for name, one in value.items():
                yield from _schemas(one, f"{pointer}/{keyword}/{escape_step(name)}")
        elif keyword in ("anyOf", "oneOf", "allOf", "prefixItems") and isinstance(value, list):
            for at, one in enumerate(value):
                yield from _schemas(one, f"{pointer}/{keyword}/{at}")
        elif keyword in ("items", "additionalProperties", "propertyNames", "not", "contentSchema"):
            yield from _schemas(value, f"{pointer}/{keyword}")

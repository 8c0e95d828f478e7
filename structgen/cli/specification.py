"""What the commands have in common: the specification's options, and texts from files and pipes."""

from __future__ import annotations

import csv
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from structgen.errors import ArgumentError

SchemaOption: TypeAlias = Annotated[
    Path | None,
    typer.Option("--schema", metavar="FILE", help="A file with a JSON Schema; - is standard input.", allow_dash=True),
]
RegexOption: TypeAlias = Annotated[
    str | None, typer.Option("--regex", metavar="PATTERN", help="A pattern of Python's re that the whole text matches.")
]
ChoicesOption: TypeAlias = Annotated[
    str | None,
    typer.Option("--choices", metavar="A,B,...", help='The texts to choose from; "a,b" in quotes holds a comma.'),
]


class PropertyOrder(StrEnum):
    """The values of --property-order."""

    schema = "schema"
    any = "any"


PropertyOrderOption: TypeAlias = Annotated[
    PropertyOrder, typer.Option(help="Declared properties in the schema's order, before all others; or in any order.")
]
WhitespaceOption: TypeAlias = Annotated[
    int | None,
    typer.Option(min=0, help="Whitespace in a row between two of JSON's tokens, at most; 0 for compact JSON."),
]


def read_specification(schema: Path | None, regex: str | None, choices: str | None) -> dict[str, Any]:
    """Return the specification as the keyword argument of ``structgen.compile``."""
    given = [
        name for name, one in (("--schema", schema), ("--regex", regex), ("--choices", choices)) if one is not None
    ]
    if len(given) != 1:
        raise typer.BadParameter(
            f"exactly one of --schema, --regex and --choices is needed; given: {', '.join(given) or 'none'}"
        )
    if schema is not None:
        return {"schema": read_text(schema)}
    if regex is not None:
        return {"regex": regex}
    return {"choices": next(csv.reader([choices or ""]), [""])}


def read_bytes(path: Path) -> bytes:
    """Read a file, or standard input where the path is ``-``."""
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise ArgumentError(f"{path} can't be read", reason=error.strerror or str(error)) from error


def read_text(path: Path) -> str:
    """Read a file of UTF-8, or standard input where the path is ``-``."""
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ArgumentError(f"{path} is not UTF-8", reason=str(error)) from error

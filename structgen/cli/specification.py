"""What the commands have in common: the specification's options, and texts from files and pipes."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
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
GrammarOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--grammar",
        metavar="FILE|NAME",
        help="A file with a grammar in Lark's notation, GBNF or EBNF, or a name such as python; - is standard input.",
        allow_dash=True,
    ),
]


class Notation(StrEnum):
    """The values of --notation."""

    lark = "lark"
    gbnf = "gbnf"
    ebnf = "ebnf"


class Lexer(StrEnum):
    """The values of --lexer."""

    any = "any"
    longest = "longest"


NotationOption: TypeAlias = Annotated[
    Notation | None, typer.Option(help="The grammar's notation. Default: told from its text.")
]
StartOption: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="RULE", help='What texts begin with. Default: "start", in GBNF "root", in EBNF the first.'),
]
LexerOption: TypeAlias = Annotated[
    Lexer | None,
    typer.Option(help="Terminals in any way that parses, or each the longest. Default: what the grammar says, or any."),
]


class PropertyOrder(StrEnum):
    """The values of --property-order."""

    schema = "schema"
    any = "any"


PropertyOrderOption: TypeAlias = Annotated[
    PropertyOrder, typer.Option(help="Declared properties in the schema's order, before all others; or in any order.")
]


class Draft(StrEnum):
    """The values of --draft."""

    draft_4 = "4"
    draft_6 = "6"
    draft_7 = "7"
    draft_2019_09 = "2019-09"
    draft_2020_12 = "2020-12"


class Formats(StrEnum):
    """The values of --formats."""

    assert_ = "assert"
    annotate = "annotate"


class Whitespace(StrEnum):
    """The values of --whitespace."""

    any = "any"
    compact = "compact"
    spaced = "spaced"
    indented = "indented"


class Escapes(StrEnum):
    """The values of --escapes."""

    minimal = "minimal"
    any = "any"


DraftOption: TypeAlias = Annotated[
    Draft | None, typer.Option(help="The schema's draft. Default: what its $schema says, or else 2020-12.")
]
FormatsOption: TypeAlias = Annotated[
    Formats, typer.Option(help="Whether a string must be of the format that the schema says.")
]
ResourceOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--resource", metavar="[URI=]FILE", help="A document that references may lead to, by its $id or the URI."
    ),
]
WhitespaceOption: TypeAlias = Annotated[
    Whitespace, typer.Option(help="Between JSON's tokens: any; none; one space after colons and commas; lines.")
]
MaxWhitespaceOption: TypeAlias = Annotated[
    int | None,
    typer.Option(min=0, help="Whitespace in a row between two of JSON's tokens, at most; 0 for compact JSON."),
]
IndentOption: TypeAlias = Annotated[int, typer.Option(min=0, help="Spaces of a level of indented JSON.")]
AsciiOption: TypeAlias = Annotated[
    bool, typer.Option("--ensure-ascii", help="Escape all but printable ASCII in JSON's strings.")
]
EscapesOption: TypeAlias = Annotated[
    Escapes, typer.Option(help="Escapes in JSON's strings: only where needed, or any.")
]


def schema_options(
    *,
    draft: Draft | None,
    formats: Formats,
    resources: Sequence[str] | None,
    property_order: PropertyOrder,
    whitespace: Whitespace,
    max_whitespace: int | None,
    indent: int,
    ensure_ascii: bool,
    escapes: Escapes,
) -> dict[str, Any]:
    """Return how a schema is to be read and written as keyword arguments of ``structgen.compile``."""
    options: dict[str, Any] = {
        "draft": None if draft is None else draft.value,
        "formats": formats.value,
        "property_order": property_order.value,
        "whitespace": whitespace.value,
        "indent": indent,
        "ensure_ascii": ensure_ascii,
        "escapes": escapes.value,
    }
    if max_whitespace is not None:
        options["max_whitespace"] = max_whitespace
    if resources:
        options["registry"] = _registry(resources)
    return options


def _registry(resources: Sequence[str]) -> Any:
    import referencing
    import referencing.jsonschema

    from structgen.schema.json_text import parse_json

    registry: referencing.Registry[Any] = referencing.Registry()
    for given in resources:
        uri, _, path = given.rpartition("=")
        contents: Any = parse_json(read_text(Path(path)))
        if not uri and isinstance(contents, dict):
            uri = contents.get("$id") or contents.get("id") or ""
        if not uri or not isinstance(uri, str):
            raise ArgumentError(f"{path} has no $id to be found by", hint=f"--resource URI={path}")
        resource = referencing.jsonschema.DRAFT202012.create_resource(contents)
        registry = registry.with_resource(uri.removesuffix("#"), resource)
    return registry


def grammar_options(
    grammar: Path | None, *, notation: Notation | None, start: str | None, lexer: Lexer | None
) -> dict[str, Any]:
    """Return how a grammar is to be read as keyword arguments of ``structgen.compile``."""
    options = {
        "notation": None if notation is None else notation.value,
        "start": start,
        "lexer": None if lexer is None else lexer.value,
    }
    given = [f"--{name}" for name, value in options.items() if value is not None]
    if given and grammar is None:
        raise typer.BadParameter(f"{' and '.join(given)} without --grammar")
    return options


def read_specification(
    schema: Path | None, regex: str | None, choices: str | None, grammar: Path | None
) -> dict[str, Any]:
    """Return the specification as the keyword argument of ``structgen.compile``."""
    options = (("--schema", schema), ("--regex", regex), ("--choices", choices), ("--grammar", grammar))
    given = [name for name, one in options if one is not None]
    if len(given) != 1:
        raise typer.BadParameter(
            f"exactly one of --schema, --regex, --choices and --grammar is needed; given: {', '.join(given) or 'none'}"
        )
    if schema is not None:
        return {"schema": read_text(schema)}
    if regex is not None:
        return {"regex": regex}
    if grammar is not None:
        return {"grammar": _grammar(grammar)}
    return {"choices": next(csv.reader([choices or ""]), [""])}


def _grammar(given: Path) -> Path | str:
    if str(given) == "-":
        return read_text(given)
    # A single word that is no file is a name of the shelf's. A file is read by its name, since imports are looked for
    # beside it.
    is_name = str(given) == given.stem and not given.is_file()
    return given.stem if is_name else given


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

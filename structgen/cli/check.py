"""``structgen check``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from structgen.cli.bytenames import describe_ranges
from structgen.cli.specification import (
    AsciiOption,
    ChoicesOption,
    DraftOption,
    Escapes,
    EscapesOption,
    Formats,
    FormatsOption,
    GrammarOption,
    IndentOption,
    LexerOption,
    MaxWhitespaceOption,
    NotationOption,
    PropertyOrder,
    PropertyOrderOption,
    RegexOption,
    ResourceOption,
    SchemaOption,
    StartOption,
    Whitespace,
    WhitespaceOption,
    grammar_options,
    read_bytes,
    read_specification,
    schema_options,
)
from structgen.errors import ArgumentError

if TYPE_CHECKING:
    from structgen.tokens.compiled import CompiledGrammar, Trace

EXCERPT_CHARACTERS = 60


def check(
    instance: Annotated[
        Path | None,
        typer.Argument(metavar="INSTANCE", help="A file with a text; - is standard input.", allow_dash=True),
    ] = None,
    schema: SchemaOption = None,
    regex: RegexOption = None,
    choices: ChoicesOption = None,
    grammar: GrammarOption = None,
    notation: NotationOption = None,
    start: StartOption = None,
    lexer: LexerOption = None,
    draft: DraftOption = None,
    formats: FormatsOption = Formats.assert_,
    resources: ResourceOption = None,
    property_order: PropertyOrderOption = PropertyOrder.schema,
    whitespace: WhitespaceOption = Whitespace.any,
    max_whitespace: MaxWhitespaceOption = None,
    indent: IndentOption = 2,
    ensure_ascii: AsciiOption = False,
    escapes: EscapesOption = Escapes.minimal,
) -> None:
    """Say whether a specification is supported, and whether it accepts a text.

    \b
    structgen check --schema person.json
    structgen check --schema person.json ada.json
    structgen check --grammar arithmetic sums.txt
    echo 2026-11 | structgen check --regex "[0-9]{4}-[0-9]{2}" -

    What a schema says and doesn't assert is noted. A text that is not accepted gives exit code 1, the byte at which it
    goes wrong, and what was expected there; a specification that is refused, exit code 2. One line feed at the text's
    end is not part of it.
    """
    for what, file in (("schema", schema), ("grammar", grammar)):
        if file is not None and instance is not None and str(file) == str(instance) == "-":
            raise ArgumentError(f"the {what} and the text can't both come from standard input")
    compiled = compile_for_bytes(
        read_specification(schema, regex, choices, grammar),
        **schema_options(
            draft=draft,
            formats=formats,
            resources=resources,
            property_order=property_order,
            whitespace=whitespace,
            max_whitespace=max_whitespace,
            indent=indent,
            ensure_ascii=ensure_ascii,
            escapes=escapes,
        ),
        **grammar_options(grammar, notation=notation, start=start, lexer=lexer),
    )
    if instance is None:
        typer.echo("supported")
        for note in compiled.notes:
            typer.echo(f"note  {note}")
        return
    text = read_bytes(instance).removesuffix(b"\n")
    trace = compiled.trace(text)
    if trace.accepted:
        typer.echo("accepted")
        return
    typer.echo(_report(text, trace))
    raise typer.Exit(1)


def compile_for_bytes(specification: dict[str, Any], **options: Any) -> CompiledGrammar:
    """Compile for a vocabulary of the 256 bytes: what is asked about the language needs no model."""
    import structgen

    vocabulary = structgen.Vocabulary.from_bytes([*(bytes([byte]) for byte in range(256)), None], eos=256)
    return structgen.compile(**specification, **options, vocabulary=vocabulary)


def _report(text: bytes, trace: Trace) -> str:
    before = text[: trace.position]
    line_start = before.rfind(b"\n") + 1
    line = before.count(b"\n") + 1
    column = len(before[line_start:].decode("utf-8", "replace")) + 1
    what = "the text ends too early" if trace.position == len(text) else "not accepted"
    lead = before[line_start:].decode("utf-8", "replace")[-EXCERPT_CHARACTERS:]
    rest = text[trace.position :].partition(b"\n")[0].decode("utf-8", "replace")[:EXCERPT_CHARACTERS]
    lines = [
        f"{what}: byte {trace.position} (line {line}, column {column})",
        f"    {_printable(lead)}{_printable(rest)}",
        f"    {' ' * len(_printable(lead))}^",
        f"expected {_describe(trace)}",
    ]
    return "\n".join(lines)


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "\N{SYMBOL FOR SUBSTITUTE}" for character in text)


def _describe(trace: Trace) -> str:
    parts = [describe_ranges(trace.expected)] if trace.expected else []
    return " or ".join([*parts, *(["the end of the text"] if trace.may_end else [])])

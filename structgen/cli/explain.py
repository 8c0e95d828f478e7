"""``structgen explain``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from structgen.cli.check import compile_for_bytes
from structgen.cli.console import errors
from structgen.cli.drawing import Drawing, draw, to_dot, to_svg
from structgen.cli.specification import (
    ChoicesOption,
    GrammarOption,
    LexerOption,
    NotationOption,
    PropertyOrder,
    PropertyOrderOption,
    RegexOption,
    SchemaOption,
    StartOption,
    grammar_options,
    read_specification,
)


class Format(StrEnum):
    """The values of --format."""

    text = "text"
    dot = "dot"
    svg = "svg"


def explain(
    schema: SchemaOption = None,
    regex: RegexOption = None,
    choices: ChoicesOption = None,
    grammar: GrammarOption = None,
    notation: NotationOption = None,
    start: StartOption = None,
    lexer: LexerOption = None,
    property_order: PropertyOrderOption = PropertyOrder.schema,
    max_whitespace: Annotated[
        int, typer.Option(min=0, help="Whitespace in a row between two of JSON's tokens; 0 keeps the picture small.")
    ] = 0,
    form: Annotated[Format, typer.Option("--format", help="svg needs graphviz's dot.")] = Format.text,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="States to show, breadth first.")] = 200,
) -> None:
    """Show the automaton over bytes of a small specification.

    \b
    structgen explain --regex "(yes|no)!?"
    structgen explain --schema person.json --limit 50
    structgen explain --grammar brackets.lark --limit 20
    structgen explain --choices red,green,blue --format svg > colours.svg

    Bytes that follow one another without a choice are drawn as one step.
    """
    compiled = compile_for_bytes(
        read_specification(schema, regex, choices, grammar),
        max_whitespace=max_whitespace,
        property_order=property_order.value,
        **grammar_options(grammar, notation=notation, start=start, lexer=lexer),
    )
    drawing = draw(compiled.explore(limit))
    if form is Format.text:
        typer.echo(_to_text(drawing))
    else:
        typer.echo(to_dot(drawing) if form is Format.dot else to_svg(drawing))
    if drawing.is_cut:
        errors.print(f"structgen: only the first {limit} states are shown; --limit shows more")


def _to_text(drawing: Drawing) -> str:
    lines = []
    for place in drawing.places:
        lines.append(f"{place.number}{'  (the text may end here)' if place.is_accepting else ''}")
        width = min(max((len(arrow.label) for arrow in place.arrows), default=0), 60)
        lines += [
            f"    {arrow.label:<{width}}  → {'…' if arrow.target is None else arrow.target}" for arrow in place.arrows
        ]
    return "\n".join(lines)

"""``structgen generate``."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from structgen.cli.console import busy, errors, progress
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
    read_specification,
    read_text,
    schema_options,
)
from structgen.cli.trace import traced
from structgen.errors import IncompleteOutputError

if TYPE_CHECKING:
    from structgen.generation import Result, Sampling

STANDARD_INPUT = Path("-")


def generate(
    prompts: Annotated[
        list[str] | None, typer.Argument(metavar="PROMPT", help="Default, or -: read one from standard input.")
    ] = None,
    schema: SchemaOption = None,
    regex: RegexOption = None,
    choices: ChoicesOption = None,
    grammar: GrammarOption = None,
    notation: NotationOption = None,
    start: StartOption = None,
    lexer: LexerOption = None,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="A folder, a GGUF file or a name on the Hub. Default: built in.")
    ] = None,
    dtype: Annotated[str | None, typer.Option(help="float32, bfloat16, ... Default: the model's own.")] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda:0, ... Default: cpu.")] = None,
    max_tokens: Annotated[int, typer.Option(min=0, help="Of each text, at most.")] = 512,
    temperature: Annotated[float | None, typer.Option(help="Sample, with this temperature. Default: greedy.")] = None,
    top_p: Annotated[
        float | None, typer.Option(help="Sample from the likeliest tokens of so much probability.")
    ] = None,
    top_k: Annotated[int | None, typer.Option(help="Sample from so many of the likeliest tokens.")] = None,
    min_p: Annotated[
        float | None, typer.Option(help="Sample from tokens so likely, relative to the likeliest.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Sample, repeatably.")] = None,
    chat: Annotated[
        bool | None,
        typer.Option("--chat/--no-chat", help="Apply the chat template or not. Default: where there is one."),
    ] = None,
    draft: DraftOption = None,
    formats: FormatsOption = Formats.assert_,
    resources: ResourceOption = None,
    property_order: PropertyOrderOption = PropertyOrder.schema,
    whitespace: WhitespaceOption = Whitespace.any,
    max_whitespace: MaxWhitespaceOption = None,
    indent: IndentOption = 2,
    ensure_ascii: AsciiOption = False,
    escapes: EscapesOption = Escapes.minimal,
    batch_size: Annotated[int, typer.Option(min=1, help="Prompts that share a pass through the model.")] = 8,
    lines: Annotated[bool, typer.Option("--lines", help="Each line of standard input is a prompt.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a result: text, value, finish_reason, statistics.")
    ] = False,
    statistics: Annotated[
        bool, typer.Option("--statistics", help="Print where the time went, on standard error.")
    ] = False,
    trace: Annotated[
        bool, typer.Option("--trace", help="Print the text coloured by where its tokens came from, on standard error.")
    ] = False,
) -> None:
    """Complete prompts with text that meets the specification.

    \b
    structgen generate --schema person.json "Ada Lovelace, born in 1815."
    structgen generate --choices yes,no "Is Rome in Italy?"
    structgen generate --regex "[0-9]{4}-[0-9]{2}" --temperature 0.8 --seed 1 < prompt.txt
    structgen generate --grammar arithmetic "Three apples at two euros each, and a bag at one."
    structgen generate --schema person.json --lines --json < people.txt > people.jsonl

    The results come on standard output, one after the other. An incomplete one gives a message and exit code 1 instead.
    """
    specification = read_specification(schema, regex, choices, grammar)
    texts = _read_prompts(prompts or [], lines)
    sampling = _sampling(temperature=temperature, top_p=top_p, top_k=top_k, min_p=min_p, seed=seed)
    options = schema_options(
        draft=draft,
        formats=formats,
        resources=resources,
        property_order=property_order,
        whitespace=whitespace,
        max_whitespace=max_whitespace,
        indent=indent,
        ensure_ascii=ensure_ascii,
        escapes=escapes,
    ) | grammar_options(grammar, notation=notation, start=start, lexer=lexer)
    with busy(f"Loading {model or 'the built-in model'} (the first time takes longest)"):
        import structgen

        loaded = structgen.load_model(model, dtype=dtype, device=device)
    results = loaded.generate_each(
        texts,
        **specification,
        **options,
        sampling=sampling,
        max_tokens=max_tokens,
        chat=chat,
        batch_size=batch_size,
    )
    incomplete = 0
    for number, result in enumerate(progress(results, len(texts), "Generating"), start=1):
        if result.finish_reason == "length":
            incomplete += 1
            _print_incomplete(result, number, len(texts))
        if as_json:
            print_json(result, is_json="schema" in specification)
        else:
            _print_result(result, number, len(texts))
        if trace:
            errors.print(traced(result, loaded.vocabulary), soft_wrap=True)
        if statistics:
            _print_statistics(result)
    if incomplete:
        raise typer.Exit(1)


def _read_prompts(prompts: Sequence[str], lines: bool) -> list[str]:
    from_input = not prompts or prompts == ["-"]
    if lines and not from_input:
        raise typer.BadParameter("--lines reads the prompts from standard input; give none besides")
    if not from_input:
        return list(prompts)
    if not prompts and sys.stdin.isatty():
        raise typer.BadParameter("a prompt is needed: as an argument, or on standard input")
    text = read_text(STANDARD_INPUT)
    return text.splitlines() if lines else [text.removesuffix("\n")]


def _sampling(**options: float | None) -> Sampling | None:
    given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    if not given:
        return None
    from structgen.generation import Sampling

    return Sampling(**given)


def _print_result(result: Result, number: int, total: int) -> None:
    if result.finish_reason == "stop":
        typer.echo(result.text, color=True)  # or its escape sequences would be taken out
    elif total > 1:
        typer.echo("")  # so that line n still belongs to prompt n


def print_json(result: Result, *, is_json: bool) -> None:
    """Print a result as one line of JSON; ``is_json`` where its text is JSON itself."""
    if result.finish_reason == "length":
        value = "null"
    elif is_json:
        # As it was written: reading and writing numbers again could change them. Line breaks only stand between tokens.
        value = result.text.replace("\n", " ").replace("\r", " ")
    else:
        value = json.dumps(result.text, ensure_ascii=False)
    text = json.dumps(result.text, ensure_ascii=False)
    statistics = json.dumps(dataclasses.asdict(result.statistics))
    typer.echo(
        f'{{"text": {text}, "value": {value}, "finish_reason": "{result.finish_reason}", "statistics": {statistics}}}'
    )


def _print_incomplete(result: Result, number: int, total: int) -> None:
    which = f"prompt {number}: " if total > 1 else ""
    message = f"structgen: {which}{IncompleteOutputError(result.text)}"
    errors.print(message, soft_wrap=True)


def _print_statistics(result: Result) -> None:
    figures = result.statistics
    table = Table("statistics", "", box=None, show_header=False)
    for name, figure in (
        ("prompt tokens", str(figures.prompt_tokens)),
        ("tokens", f"{figures.tokens} ({figures.forced_tokens} forced, {figures.forward_passes} passes of the model)"),
        ("compile", f"{figures.compile_seconds * 1e3:.1f} ms"),
        ("drafted", _by_drafter(figures.drafted_tokens)),
        ("accepted", _by_drafter(figures.accepted_tokens)),
        ("drafting", f"{figures.draft_seconds * 1e3:.1f} ms"),
        ("masks", f"{figures.mask_seconds * 1e3:.1f} ms"),
        ("model", f"{figures.model_seconds:.2f} s"),
        ("in all", f"{figures.seconds:.2f} s ({figures.tokens_per_second:.1f} tokens/s)"),
    ):
        table.add_row(name, figure)
    errors.print(table)


def _by_drafter(tokens: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in tokens.items()) or "none"

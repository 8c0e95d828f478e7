"""``structgen bench``: the benchmark's modes, each a command, and the report."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from structgen.cli.console import errors
from structgen.errors import ArgumentError

if TYPE_CHECKING:
    from structgen.bench.settings import Settings

DataOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="PATH",
        help="A .jsonl(.gz) file, a data folder of JSONSchemaBench, MaskBench or the JSON Schema Test Suite, or "
        '"epfl-dlab/JSONSchemaBench" from the Hub. Default: a few schemas that ship.',
    ),
]
TokenizerOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="A folder with a tokenizer.json, a GGUF file, or a name on the Hub. Default: built in."
    ),
]
ModelOption: TypeAlias = Annotated[
    str | None, typer.Option(metavar="NAME", help="A folder, a GGUF file or a name on the Hub. Default: built in.")
]
EnginesOption: TypeAlias = Annotated[
    str | None, typer.Option(metavar="A,B,...", help="Which engines. Default: all that are installed.")
]
OutOption: TypeAlias = Annotated[
    Path, typer.Option(metavar="FOLDER", help="Where rows are kept; a run that was stopped goes on from there.")
]
LimitOption: TypeAlias = Annotated[int | None, typer.Option(min=1, help="So many cases, drawn by the seed.")]
SeedOption: TypeAlias = Annotated[int, typer.Option(help="Of what is drawn at random.")]
JobsOption: TypeAlias = Annotated[
    int, typer.Option(min=1, help="Processes at a time. More than one disturbs the times of all.")
]
CaseSecondsOption: TypeAlias = Annotated[
    float, typer.Option(min=0.1, help="A case that takes longer counts as timed out.")
]
MaxTokensOption: TypeAlias = Annotated[int, typer.Option(min=1, help="Of each text, at most.")]

OUT = Path("bench-results")

bench = typer.Typer(
    help="Measure engines side by side on JSON Schemas: structgen, and every other that is installed.",
    rich_markup_mode=None,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@bench.command()
def masks(
    data: DataOption = None,
    tokenizer: TokenizerOption = None,
    engines: EnginesOption = None,
    out: OutOption = OUT,
    limit: LimitOption = None,
    seed: SeedOption = 0,
    jobs: JobsOption = 1,
    case_seconds: CaseSecondsOption = 60.0,
) -> None:
    """Time compiling with the first mask, and each mask with its commit; say what passes.

    \b
    structgen bench masks
    structgen bench masks --data maskbench/data --tokenizer tokenizers/llama-3.1 --engines structgen,llguidance
    """
    _run(
        engines,
        out,
        jobs,
        mode="masks",
        data=data,
        tokenizer=tokenizer,
        limit=limit,
        seed=seed,
        case_seconds=case_seconds,
    )


@bench.command()
def coverage(
    data: DataOption = None,
    tokenizer: TokenizerOption = None,
    engines: EnginesOption = None,
    out: OutOption = OUT,
    limit: LimitOption = None,
    seed: SeedOption = 0,
    jobs: JobsOption = 1,
    case_seconds: CaseSecondsOption = 60.0,
    walks: Annotated[int, typer.Option(min=1, help="Random texts a schema.")] = 3,
) -> None:
    """Count which schemas are taken, obeyed and matched exactly; of the official test suite, by keyword.

    \b
    structgen bench coverage --data JSON-Schema-Test-Suite/tests
    """
    _run(
        engines,
        out,
        jobs,
        mode="coverage",
        data=data,
        tokenizer=tokenizer,
        limit=limit,
        seed=seed,
        case_seconds=case_seconds,
        walks=walks,
    )


@bench.command()
def generation(
    data: DataOption = None,
    model: ModelOption = None,
    engines: EnginesOption = None,
    out: OutOption = OUT,
    limit: LimitOption = None,
    seed: SeedOption = 0,
    jobs: JobsOption = 1,
    case_seconds: CaseSecondsOption = 300.0,
    max_tokens: MaxTokensOption = 256,
) -> None:
    """Generate with a model: time to the first token, time per token, compliance, and what the decoder saves.

    \b
    structgen bench generation --engines free,structgen,structgen-one-by-one
    """
    _run(
        engines,
        out,
        jobs,
        mode="generation",
        data=data,
        model=model,
        limit=limit,
        seed=seed,
        case_seconds=case_seconds,
        max_tokens=max_tokens,
    )


@bench.command()
def quality(
    data: DataOption = None,
    model: ModelOption = None,
    engines: EnginesOption = None,
    out: OutOption = OUT,
    limit: LimitOption = None,
    seed: SeedOption = 0,
    jobs: JobsOption = 1,
    case_seconds: CaseSecondsOption = 300.0,
    max_tokens: MaxTokensOption = 128,
) -> None:
    """Ask a model questions whose answers can be checked, free and constrained.

    \b
    structgen bench quality --engines free,structgen
    """
    _run(
        engines,
        out,
        jobs,
        mode="quality",
        data=data,
        model=model,
        limit=limit,
        seed=seed,
        case_seconds=case_seconds,
        max_tokens=max_tokens,
    )


@bench.command("engines")
def engines_() -> None:
    """List the engines, and which are installed.

    \b
    structgen bench engines
    """
    from structgen.bench.engines import ENGINES, engine_version

    for name, (_, _, distribution) in ENGINES.items():
        version = engine_version(name)
        typer.echo(f"{name:20} {version or f'not installed: pip install {distribution}'}")


@bench.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="What --out named.")] = OUT,
) -> None:
    """Write report.md and report.html, with tables and plots, into the folder of the results.

    \b
    structgen bench report bench-results
    """
    missing = [name for name in ("jinja2", "matplotlib") if importlib.util.find_spec(name) is None]
    if missing:
        raise ArgumentError(f"{' and '.join(missing)} not installed", hint="pip install 'structgen[bench]'")
    from structgen.bench.report import write_report
    from structgen.bench.rows import read_results

    for path in write_report(read_results(folder), folder):
        typer.echo(path)


def _run(engines: str | None, out: Path, jobs: int, **options: Any) -> None:
    from structgen.bench.settings import Settings
    from structgen.bench.supervisor import prepare

    settings = Settings(**options)
    names = _names(engines, settings)
    with _progress() as bar:
        tasks: dict[str, Any] = {}
        run = prepare(settings, names, out, jobs=jobs, on_row=lambda engine, row: bar.advance(tasks[engine]))
        for lane in run.lanes:
            total = len(lane.waiting) + len(lane.file.done)
            tasks[lane.engine] = bar.add_task(lane.engine, total=total, completed=len(lane.file.done))
        failures = run.execute()
    _summarise(out, settings, names)
    for engine, why in failures.items():
        errors.print(f"structgen: {engine} did not run: {why}", soft_wrap=True)
    if failures:
        raise typer.Exit(1)


def _names(engines: str | None, settings: Settings) -> list[str]:
    from structgen.bench.engines import installed_engines
    from structgen.bench.generation import FREE, ONE_BY_ONE

    if engines is not None:
        return list(dict.fromkeys(name.strip() for name in engines.split(",")))
    if settings.mode in ("masks", "coverage"):
        return installed_engines()
    extra = [FREE, "structgen", ONE_BY_ONE] if settings.mode == "generation" else [FREE, "structgen"]
    return extra + [name for name in installed_engines() if not name.startswith("structgen")]


@contextmanager
def _progress() -> Iterator[Progress]:
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(
        *columns, TextColumn("ETA"), TimeRemainingColumn(), console=errors, disable=not errors.is_terminal
    ) as bar:
        yield bar


def _summarise(out: Path, settings: Settings, names: list[str]) -> None:
    from structgen.bench.report.tables import tables_of
    from structgen.bench.rows import read_results

    results = [found for found in read_results(out) if found.mode == settings.mode and found.engine in names]
    typer.echo(tables_of(results)[0].to_markdown())

"""PyDot, in steps: each keeps its rows in a folder, and goes on where it was stopped.

    python -m benchmarks.pydot sample OUT
    python -m benchmarks.pydot run OUT
    python -m benchmarks.pydot judge OUT
    python -m benchmarks.pydot report OUT
    python -m benchmarks.pydot recall

``recall`` asks for truth recall alone, at more places, and needs no model.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from importlib import metadata
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, Final

import typer

import structgen
from benchmarks.pydot.arms import ARMS, Arms
from benchmarks.pydot.judge import judged
from benchmarks.pydot.mgd import TokenTexts
from benchmarks.pydot.packages import PACKAGES, fetched
from benchmarks.pydot.places import from_row, places, sample, to_row
from benchmarks.pydot.report import report
from benchmarks.pydot.rows import append, read
from benchmarks.pydot.running import measured
from structgen.bench import environment

app = typer.Typer(add_completion=False, no_args_is_help=True)
Out = Annotated[Path, typer.Argument(metavar="OUT", help="The folder for the rows.")]
Folder = Annotated[Path, typer.Option(help="For the packages' sources.")]
_FOLDER: Final = Path("pydot-packages")
_CHUNK: Final = 50  # places that are ordered by project together: a project's servers are started once in each


@app.command("sample")
def sample_places(
    out: Out,
    folder: Folder = _FOLDER,
    count: Annotated[int, typer.Option(help="Places.")] = 500,
    seed: Annotated[int, typer.Option()] = 1,
) -> None:
    """Choose the places."""
    out.mkdir(parents=True, exist_ok=True)
    chosen = sample(list(_projects(folder).values()), count, seed)
    (out / "sample.jsonl").write_text("".join(json.dumps(to_row(*one)) + "\n" for one in chosen), "utf-8")


@app.command()
def run(
    out: Out,
    folder: Folder = _FOLDER,
    count: Annotated[int, typer.Option(help="Of the sample's places, the first so many.")] = 500,
    max_tokens: Annotated[int, typer.Option(help="Of a completion.")] = 32,
    context: Annotated[int, typer.Option(help="Tokens of the file before the place.")] = 512,
    temperature: Annotated[float, typer.Option(help="0 is greedy.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Of the draws; every arm has the same.")] = 1,
    threads: Annotated[int, typer.Option(help="Of the model.")] = 1,
    scope: Annotated[bool, typer.Option(help="Whether ours holds names that follow no dot, too.")] = False,
) -> None:
    """Let every arm complete the statement at each place."""
    import torch

    torch.set_num_threads(threads)
    model = structgen.load_model(dtype="float32")
    texts = TokenTexts(model.vocabulary)
    grammar = structgen.compile(grammar="python", vocabulary=model.vocabulary)
    projects, rows = _projects(folder), out / "rows.jsonl"
    (out / "about.json").write_text(json.dumps(_about(model.name), indent=1) + "\n", "utf-8")
    done = {row["number"] for row in read(rows)}
    sampling = structgen.Sampling(temperature=temperature, seed=seed)
    for project, members in _by_project(read(out / "sample.jsonl")[:count], done):
        arms = Arms(projects[project], ARMS, model.vocabulary, texts, grammar, scope=scope)
        try:
            for number, row in members:
                place, stratum = from_row(row, projects)
                options: Any = {"sampling": sampling, "max_tokens": max_tokens, "context": context}
                append(rows, measured(model.target, arms, place, stratum, number=number, **options))
            append(out / "statistics.jsonl", {"project": project} | {name: arms.statistics(name) for name in ARMS})
        finally:
            arms.close()


@app.command("judge")
def judge_rows(out: Out, folder: Folder = _FOLDER) -> None:
    """Look for new type errors in the completed files."""
    projects = _projects(folder)
    done = {row["number"] for row in read(out / "judged.jsonl")}
    waiting = [row for row in read(out / "rows.jsonl") if row["number"] not in done]
    for row in judged(waiting, projects, folder / "judged"):
        append(out / "judged.jsonl", row)


@app.command("report")
def write_report(out: Out) -> None:
    """Write ``report.md``."""
    about = json.loads((out / "about.json").read_text("utf-8"))
    (out / "report.md").write_text(report(read(out / "rows.jsonl"), read(out / "judged.jsonl"), about), "utf-8")


@app.command()
def recall(
    folder: Folder = _FOLDER,
    packages: Annotated[int, typer.Option(help="The first so many.")] = len(PACKAGES),
    count: Annotated[int, typer.Option(help="Places of each package.")] = 50,
    seed: Annotated[int, typer.Option()] = 1,
) -> None:
    """How often a mask allows what the author wrote."""
    names = ("mgd", "ours", "ours unrepaired")
    vocabulary = structgen.Vocabulary.from_bytes([*(bytes([byte]) for byte in range(256)), None], eos=256)
    texts = TokenTexts(vocabulary)
    verdicts: Counter[tuple[str, str, str]] = Counter()
    for package in PACKAGES[:packages]:
        project = fetched(package, folder)
        found = places(project)
        arms = Arms(project, names, vocabulary, texts, None, scope=False)
        try:
            for place in random.Random(seed).sample(found, min(count, len(found))):
                arms.move(place)
                for name in names:
                    begun = arms.begin(name, place)
                    assert begun is not None, "no grammar refuses it"
                    verdicts[name, place.kind, begun.verdict] += 1
                    if begun.verdict == "excluded" and name == "ours":
                        typer.echo(f"excluded: {place.file}:{place.begin}: {place.name}", err=True)
        finally:
            arms.close()
    typer.echo("| arm | site | places | known | truth recall on known |\n|---|---|---|---|---|")
    for name in names:
        for kind in ("attribute", "import", "keyword"):
            allowed, excluded, unknown = (verdicts[name, kind, each] for each in ("allowed", "excluded", "unknown"))
            known = allowed + excluded
            share = f"{allowed / known:.1%}" if known else "-"
            typer.echo(f"| {name} | {kind} | {known + unknown} | {known} | {share} |")


def _projects(folder: Path) -> dict[str, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    return {project.name: project.resolve() for project in (fetched(package, folder) for package in PACKAGES)}


def _by_project(rows: list[dict[str, Any]], done: set[int]) -> Iterator[tuple[str, list[tuple[int, dict[str, Any]]]]]:
    numbered = [pair for pair in enumerate(rows) if pair[0] not in done]
    for _, chunk in groupby(numbered, key=lambda pair: pair[0] // _CHUNK):
        ordered = sorted(chunk, key=lambda pair: (pair[1]["project"], pair[0]))
        for project, members in groupby(ordered, key=lambda pair: str(pair[1]["project"])):
            yield project, list(members)


def _about(model: str) -> dict[str, Any]:
    names = ("ty", "basedpyright", "jedi")
    versions = environment.versions() | {name: metadata.version(name) for name in names}
    command = "python -m benchmarks.pydot " + " ".join(environment.command().split()[1:])
    return {
        "model": model,
        "command": command,
        "packages": list(PACKAGES),
        "versions": versions,
        "machine": environment.machine(),
    }


if __name__ == "__main__":
    app()

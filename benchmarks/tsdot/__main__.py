"""PyDot's part in TypeScript, in steps: each keeps its rows in a folder, and goes on where it was stopped.

    python -m benchmarks.tsdot sample OUT
    python -m benchmarks.tsdot run OUT
    python -m benchmarks.tsdot judge OUT
    python -m benchmarks.tsdot report OUT

It needs npm, and `pip install tree-sitter tree-sitter-typescript`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Final

import typer

import structgen
from benchmarks.pydot.mgd import TokenTexts
from benchmarks.pydot.places import from_row, to_row
from benchmarks.pydot.report import Part, report
from benchmarks.pydot.rows import append, read
from benchmarks.pydot.running import measured
from benchmarks.tsdot.arms import ARMS, Arms
from benchmarks.tsdot.judge import judged
from benchmarks.tsdot.lines import TYPESCRIPT as LANGUAGE
from benchmarks.tsdot.packages import PACKAGES, TYPESCRIPT, fetched
from benchmarks.tsdot.places import KINDS, sample
from structgen.bench import environment

app = typer.Typer(add_completion=False, no_args_is_help=True)
Out = Annotated[Path, typer.Argument(metavar="OUT", help="The folder for the rows.")]
Folder = Annotated[Path, typer.Option(help="For the packages' sources.")]
_FOLDER: Final = Path("tsdot-packages")
_PART: Final = Part(
    title="PyDot in TypeScript",
    arms=ARMS,
    pairs=(("ours", "free"), ("ours", "mgd")),
    kinds=tuple(KINDS),
    origins=(),
    judge="TypeScript's compiler",
)


@app.command("sample")
def sample_places(
    out: Out,
    folder: Folder = _FOLDER,
    count: Annotated[int, typer.Option(help="Places.")] = 300,
    seed: Annotated[int, typer.Option()] = 1,
) -> None:
    """Choose the places."""
    out.mkdir(parents=True, exist_ok=True)
    chosen = sample(list(fetched(folder).values()), count, seed)
    (out / "sample.jsonl").write_text("".join(json.dumps(to_row(*one)) + "\n" for one in chosen), "utf-8")


@app.command()
def run(
    out: Out,
    folder: Folder = _FOLDER,
    count: Annotated[int, typer.Option(help="Of the sample's places, the first so many.")] = 300,
    max_tokens: Annotated[int, typer.Option(help="Of a completion.")] = 32,
    context: Annotated[int, typer.Option(help="Tokens of the file before the place.")] = 512,
    temperature: Annotated[float, typer.Option(help="0 is greedy.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Of the draws; every arm has the same.")] = 1,
    threads: Annotated[int, typer.Option(help="Of the model.")] = 1,
) -> None:
    """Let every arm complete the line at each place."""
    import torch

    torch.set_num_threads(threads)
    model = structgen.load_model(dtype="float32")
    projects, rows = _by_folder(folder), out / "rows.jsonl"
    (out / "about.json").write_text(json.dumps(_about(model.name), indent=1) + "\n", "utf-8")
    done = {row["number"] for row in read(rows)}
    options: Any = {"max_tokens": max_tokens, "context": context, "language": LANGUAGE}
    options["sampling"] = structgen.Sampling(temperature=temperature, seed=seed)
    arms = Arms(folder, model.vocabulary, TokenTexts(model.vocabulary))
    try:
        for number, row in enumerate(read(out / "sample.jsonl")[:count]):
            if number not in done:
                place, stratum = from_row(row, projects)
                append(rows, measured(model.target, arms, place, stratum, number=number, **options))
        append(out / "statistics.jsonl", {name: arms.statistics(name) for name in ARMS})
    finally:
        arms.close()


@app.command("judge")
def judge_rows(out: Out, folder: Folder = _FOLDER) -> None:
    """Look for new type errors in the completed files."""
    done = {row["number"] for row in read(out / "judged.jsonl")}
    waiting = [row for row in read(out / "rows.jsonl") if row["number"] not in done]
    for row in judged(waiting, _by_folder(folder), folder):
        append(out / "judged.jsonl", row)


@app.command("report")
def write_report(out: Out) -> None:
    """Write ``report.md``."""
    about = json.loads((out / "about.json").read_text("utf-8"))
    (out / "report.md").write_text(report(read(out / "rows.jsonl"), read(out / "judged.jsonl"), about, _PART), "utf-8")


def _by_folder(folder: Path) -> dict[str, Path]:
    """The packages' folders by their last names, as rows have them."""
    return {project.name: project for project in fetched(folder).values()}


def _about(model: str) -> dict[str, Any]:
    return {
        "model": model,
        "command": "python -m benchmarks.tsdot " + " ".join(environment.command().split()[1:]),
        "packages": list(PACKAGES),
        "versions": environment.versions() | {"typescript": TYPESCRIPT.rpartition("@")[2]},
        "machine": environment.machine(),
    }


if __name__ == "__main__":
    app()

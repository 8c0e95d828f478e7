"""Text to SQL, judged by executing; each step keeps its rows in a folder, and goes on where it was stopped.

    python -m benchmarks.text_to_sql run OUT
    python -m benchmarks.text_to_sql report OUT

A model answers each of 60 questions to the database of `store` with a query, greedily: free (any text up to a
semicolon), held by the SQLite grammar, by the names that exist (`structgen.monitors.SQL`), and by both.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Annotated, Any, Final

import typer

import structgen
from benchmarks.pydot.rows import append, read
from benchmarks.text_to_sql.judge import judged
from benchmarks.text_to_sql.report import ARMS, report
from benchmarks.text_to_sql.store import DDL, filled
from structgen.bench import environment
from structgen.monitors import SQL

app = typer.Typer(add_completion=False, no_args_is_help=True)
Out = Annotated[Path, typer.Argument(metavar="OUT", help="The folder for the rows.")]
_SQLITE: Final = Path(__file__).parents[2] / "grammars" / "sqlite.lark"
# Behind the semicolon a comment would let the model go on.
ONE_STATEMENT: Final = (
    _SQLITE.read_text("utf-8").replace('statement ";"?', 'statement ";"').replace("%ignore COMMENT", "")
)
_ANY_TEXT: Final = r"[^;]+;"
_EXAMPLES: Final = """\
-- Question: How many artists are there?
SELECT COUNT(*) FROM artist;
-- Question: Which albums has the artist called The Silent Skys made, newest first?
SELECT album.title FROM album JOIN artist ON album.artist_id = artist.artist_id WHERE artist.name = 'The Silent Skys' \
ORDER BY album.release_year DESC;
"""


def questions() -> list[dict[str, str]]:
    """The questions, each with a query that answers it."""
    lines = (Path(__file__).parent / "questions.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def answered(model: structgen.Model, database: sqlite3.Connection, question: str, max_tokens: int) -> dict[str, Any]:
    """Each arm's query, and what it took."""
    prompt = f"{DDL}\n-- Each question is answered by one SQLite query.\n{_EXAMPLES}-- Question: {question}\n"
    found = {}
    for name in ARMS:
        options: Any = {"grammar": ONE_STATEMENT} if "grammar" in name else {"regex": _ANY_TEXT}
        if "names" in name:
            options["monitor"] = SQL(database)
        result = model.generate(prompt, chat=False, max_tokens=max_tokens, **options)
        statistics = result.statistics
        query, end, _ = result.text.partition(";")  # blanks may follow
        found[name] = {
            "sql": query + end,
            "is_whole": bool(end) or result.finish_reason == "stop",
            "tokens": statistics.tokens,
            "passes": statistics.forward_passes,
            "mask_ms": round(statistics.mask_seconds * 1e3, 2),
        }
    return found


@app.command()
def run(
    out: Out,
    count: Annotated[int, typer.Option(help="The first so many questions.")] = 60,
    max_tokens: Annotated[int, typer.Option(help="Of an answer.")] = 96,
    source: Annotated[str | None, typer.Option("--model", help="As of `structgen generate`.")] = None,
) -> None:
    """Let every arm answer each question, and execute the answers."""
    out.mkdir(parents=True, exist_ok=True)
    model, database, rows = structgen.load_model(source), filled(), out / "rows.jsonl"
    about = {"model": model.name, "machine": environment.machine(), "versions": environment.versions()}
    (out / "about.json").write_text(json.dumps(about, indent=1) + "\n", "utf-8")
    done = {row["number"] for row in read(rows)}
    for number, one in enumerate(questions()[:count]):
        if number in done:
            continue
        arms = answered(model, database, one["question"], max_tokens)
        for arm in arms.values():
            arm["outcome"] = judged(database, arm["sql"], one["sql"], is_whole=arm["is_whole"])
        append(rows, {"number": number, **one, "arms": arms})


@app.command("report")
def write_report(out: Out) -> None:
    """Write ``report.md``."""
    about = json.loads((out / "about.json").read_text("utf-8"))
    (out / "report.md").write_text(report(read(out / "rows.jsonl"), about), "utf-8")


if __name__ == "__main__":
    app()

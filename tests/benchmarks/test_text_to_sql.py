"""Text to SQL: the questions can be answered, the masks allow the answers, and the judge tells what became of one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

import structgen
from benchmarks.text_to_sql import __main__ as benchmark
from benchmarks.text_to_sql.judge import judged
from benchmarks.text_to_sql.store import filled
from structgen.monitors import SQL, attach
from structgen.tokens.vocabulary import Vocabulary
from tests.generation.test_generate import MODEL
from tests.vocabularies import BYTES

QUESTIONS = benchmark.questions()
VOCABULARY = Vocabulary.from_bytes([*BYTES, None], eos=len(BYTES))


@pytest.fixture(scope="module")
def database() -> sqlite3.Connection:
    return filled()


def test_every_question_has_an_answer_that_is_not_empty(database: sqlite3.Connection) -> None:
    assert len({one["question"] for one in QUESTIONS}) == len(QUESTIONS) == 60
    for one in QUESTIONS:
        rows = database.execute(one["sql"]).fetchall()
        assert rows and rows != [(0,)] and rows != [(None,)], one
        assert judged(database, one["sql"], one["sql"]) == "right"


def test_the_database_is_the_same_each_time(database: sqlite3.Connection) -> None:
    assert list(filled().iterdump()) == list(database.iterdump())


@pytest.mark.parametrize("monitored", [False, True])
def test_what_holds_an_arm_allows_every_answer(database: sqlite3.Connection, monitored: bool) -> None:
    compiled = structgen.compile(grammar=benchmark.ONE_STATEMENT, vocabulary=VOCABULARY)
    for one in QUESTIONS:
        matcher = attach(compiled, VOCABULARY, SQL(database)).matcher() if monitored else compiled.matcher()
        assert all(map(matcher.accept_token, (one["sql"] + ";").encode())) and matcher.is_accepting(), one["sql"]


@pytest.mark.parametrize(
    ("query", "wanted", "outcome"),
    [
        ("select g.name from genre as g order by 1 desc", "SELECT name FROM genre", "right"),
        ("SELECT name FROM genre ORDER BY name DESC", "SELECT name FROM genre ORDER BY name", "another result"),
        ("SELECT title FROM genre", "SELECT name FROM genre", "no such name"),
        ("SELECT name FROM genres", "SELECT name FROM genre", "no such name"),
        ("SELECT TOTALS(1)", "SELECT 1", "no such name"),
        ("SELECT name FROM", "SELECT name FROM genre", "another error"),
        ("DELETE FROM genre", "SELECT name FROM genre", "another error"),
        ("SELECT 1; SELECT 2", "SELECT 1", "another error"),
        ("SELECT AVG(total) + 0.0000000001 FROM invoice", "SELECT AVG(total) FROM invoice", "right"),
        (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n",
            "SELECT 1",
            "another error",
        ),
    ],
)
def test_the_judge(database: sqlite3.Connection, query: str, wanted: str, outcome: str) -> None:
    assert judged(database, query, wanted) == outcome
    assert judged(database, query, wanted, is_whole=False) == "unfinished"
    assert database.execute("SELECT COUNT(*) FROM genre").fetchone() == (7,)


def test_a_run_goes_on_where_it_was_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structgen, "load_model", lambda source: MODEL)
    run = CliRunner()
    for count in ("1", "2", "2"):
        result = run.invoke(benchmark.app, ["run", str(tmp_path), "--count", count, "--max-tokens", "12"])
        assert result.exit_code == 0, result.output
    assert len((tmp_path / "rows.jsonl").read_text("utf-8").splitlines()) == 2
    assert run.invoke(benchmark.app, ["report", str(tmp_path)]).exit_code == 0
    report = (tmp_path / "report.md").read_text("utf-8")
    assert "2 questions" in report and "| names+grammar |" in report

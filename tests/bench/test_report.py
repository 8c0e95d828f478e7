"""What is counted, and what the reports say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from structgen.bench.report import figures, write_report
from structgen.bench.report.figures import CoverageCounts, Speed
from structgen.bench.report.tables import Table, tables_of
from structgen.bench.rows import Results, read_results
from tests.cli.conftest import Run as RunCommand
from tests.cli.conftest import run as run  # a fixture

RUN: dict[str, Any] = {
    "version": "1", "command": "structgen bench", "cases": 1, "jobs": 1, "started": "2026-11-26T00:00:00+00:00",
    "settings": {"data": None, "limit": None, "seed": 0, "case_seconds": 60.0, "tokenizer": None, "walks": 3,
                 "model": None, "max_tokens": 9},
    "machine": {"processor": "a <processor>", "cores": 2, "system": "Linux"}, "versions": {"python": "3.11"},
}  # fmt: skip


def results(mode: str, engine: str, *rows: dict[str, Any]) -> Results:
    numbered = [{"id": f"set_{number}", "dataset": "set", "size": 10, **row} for number, row in enumerate(rows)]
    return Results(RUN | {"mode": mode, "engine": engine}, numbered)


def cells(tables: list[Table], title: str) -> dict[str, dict[str, str]]:
    """A table's cells by the first column and the header."""
    (table,) = [table for table in tables if table.title.startswith(title)]
    return {row[0]: dict(zip(table.header, row, strict=True)) for row in table.rows}


def test_coverage_counts_each_sense() -> None:
    rows: list[dict[str, Any]] = [
        {"outcome": "compiled", "tests": 1, "valid_accepted": 1, "walks": {"valid": 3}},
        {"outcome": "compiled", "tests": 1, "valid_rejected": 1, "walks": {"valid": 3}},
        {"outcome": "compiled", "tests": 1, "invalid_accepted": 1, "walks": {"valid": 2, "unfinished": 1}},
        {"outcome": "compiled", "tests": 0, "walks": {"valid": 2, "dead end": 1}},
        {"outcome": "compiled", "tests": 0, "walks": {"valid": 2, "invalid": 1}},
        {"outcome": "compiled", "tests": 0, "walks": {"unfinished": 3}},
        {"outcome": "refused", "tests": 1},
        {"outcome": "crash"},
    ]
    assert CoverageCounts.of(rows) == CoverageCounts(8, 6, 3, 1, 2, 2, 1, 1)
    assert CoverageCounts.of(rows).compliance == 0.5
    assert CoverageCounts.of([]).compliance == 0.0


def test_masks_compare_the_same_work() -> None:
    passing = {"outcome": "passing", "first_us": 1000.0, "masks_us": [1.0, 3.0]}
    quick = results("masks", "llguidance", passing, {"outcome": "refused"})
    slow = results("masks", "structgen", passing | {"first_us": 3000.0}, passing | {"masks_us": [9e6]})
    tables = tables_of([quick, slow])
    assert cells(tables, "Masks: what passes")["llguidance"]["refused"] == "1"
    same = cells(tables, "Masks: the 1 cases")
    assert list(same) == ["structgen", "llguidance"]  # in one order everywhere
    assert same["structgen"]["ms a case"] == "3.00" and same["structgen"]["max"] == "3.0"
    assert cells(tables, "Masks: mask + commit")["structgen"]["max"] == "9,000,000"


def test_an_engine_that_passes_next_to_nothing_does_not_empty_the_comparison() -> None:
    passing = {"outcome": "passing", "first_us": 1000.0, "masks_us": [1.0]}
    half = results("masks", "llguidance", passing, {"outcome": "refused"})
    whole = results("masks", "structgen", passing, passing)
    none = results("masks", "oc-earley", {"outcome": "refused"}, {"outcome": "refused"}, {"outcome": "refused"})
    (table,) = [one for one in tables_of([half, whole, none]) if one.title.startswith("Masks: the 1 cases")]
    assert [row[0] for row in table.rows] == ["structgen", "llguidance"]
    assert "Without oc-earley" in table.note


def test_the_suite_is_counted_by_keyword() -> None:
    right = {"outcome": "compiled", "tests": 1, "keyword": "items"}
    wrong = right | {"invalid_accepted": 1}
    refused = {"outcome": "refused", "tests": 1, "keyword": "not"}
    found = cells(tables_of([results("coverage", "xgrammar", right, wrong, refused)]), "Test suite: keywords")[
        "xgrammar"
    ]
    assert found["groups right"] == "1 of 3"
    assert [found[name] for name in ("every group", "> 25%", "> 0%", "refused", "under-constrained")] == list("01111")


def test_the_decoder_is_measured_against_its_own_masks() -> None:
    made = {"outcome": "valid", "tokens": 11, "first_token_ms": 100.0, "text": "{}"}
    fast = made | {"seconds": 0.5, "statistics": {"forward_passes": 4, "tokens": 11, "notes": "none"}}
    slow = made | {"seconds": 1.1, "statistics": {}}
    tables = tables_of([results("generation", "structgen", fast), results("generation", "structgen-one-by-one", slow)])
    saved = cells(tables, "Generation: what")
    assert saved["speed-up, end to end"][""] == "2.20"
    assert saved["tokens a pass of the model"][""] == "2.75"
    assert Speed.of([slow]) == Speed(100.0, 100.0, 11.0, 10.0, None)
    assert Speed.of([{"outcome": "refused"}]) is None


def test_quality_is_counted_by_family() -> None:
    rows = [{"outcome": "right", "right": True, "valid": True}, {"outcome": "wrong", "right": False, "valid": True}]
    found = cells(tables_of([results("quality", "free", *rows)]), "Quality")["free"]
    assert (found["valid"], found["right"], found["set"]) == ("100.0%", "50.0%", "50.0%")


def test_percentiles_of_nothing_are_not_a_number() -> None:
    assert np.isnan(figures.percentile(np.array([]), 50))


def test_bars_in_cells_do_not_break_markdown() -> None:
    assert r"| a\|b |" in Table("t", "n", ["x"], [["a|b"]]).to_markdown()


def test_the_reports_hold_every_table_and_every_plot(results_folder: Path, tmp_path: Path) -> None:
    made = [*read_results(results_folder), results("generation", "free", {"outcome": "valid", "tokens": 3, "text": "{}",
            "first_token_ms": 1.0, "seconds": 1.0, "statistics": {}}),
            results("quality", "free", {"outcome": "right", "right": True, "valid": True})]  # fmt: skip
    markdown, page = (path.read_text() for path in write_report(made, tmp_path))
    for table in tables_of(made):
        assert table.title in markdown and table.title in page
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", markdown)
    assert len(pictures) == page.count("<svg") == 6
    assert all((tmp_path / picture).read_text().startswith("<svg") for picture in pictures)
    assert "a &lt;processor&gt;" in page and "a <processor>" not in page
    assert not re.search(r"<(?:script|link|img)\b|(?:src|href)=\"https?:", page), "the page needs nothing else"


def test_the_same_results_give_the_same_page(results_folder: Path, tmp_path: Path) -> None:
    first, second = ([path.read_text() for path in write_report(read_results(results_folder), tmp_path)] for _ in "12")
    assert first == second


def test_the_command_writes_the_report(results_folder: Path, run: RunCommand) -> None:
    done = run("bench", "report", str(results_folder))
    assert done.exit_code == 0
    assert [Path(line).name for line in done.stdout.split()] == ["report.md", "report.html"]


def test_the_report_says_what_it_needs(monkeypatch: pytest.MonkeyPatch, run: RunCommand) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    done = run("bench", "report")
    assert done.exit_code == 2
    assert "structgen[bench]" in done.stderr

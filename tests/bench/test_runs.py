"""Runs in processes of their own: rows on disk, crashes, time-outs, resuming, and the command line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from structgen.bench.cases import read_cases
from structgen.bench.masks import Row
from structgen.bench.rows import RowFile, parse, read_results
from structgen.bench.settings import Settings
from structgen.bench.supervisor import Run, Worker, WorkerError, prepare
from structgen.errors import ArgumentError
from tests.cli.conftest import Run as RunCommand
from tests.cli.conftest import run as run  # a fixture

RunEngines = Callable[..., dict[str, str]]


def test_every_case_has_a_row_and_every_file_its_run(results_folder: Path) -> None:
    results = read_results(results_folder)
    engines = ("structgen-any-order", "structgen")
    assert [(one.mode, one.engine) for one in results] == [(m, e) for m in ("coverage", "masks") for e in engines]
    for one in results:
        assert sorted(row["id"] for row in one.rows) == sorted(case.id for case in read_cases(None))
        assert one.run["machine"]["cores"] and one.run["versions"]["python"] and one.run["command"]
        assert sum("start_seconds" in row for row in one.rows) >= 1


def test_a_run_goes_on_where_it_was_stopped(
    results_folder: Path, tmp_path: Path, tokenizer_folder: str, run_engines: RunEngines
) -> None:
    path = tmp_path / "masks-structgen.jsonl"
    lines = (results_folder / path.name).read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-1]) + lines[-1][:10])  # stopped while it wrote the last line
    run_engines(Settings("masks", tokenizer=tokenizer_folder), ["structgen"], tmp_path)
    again = path.read_text().splitlines(keepends=True)
    assert again[:-1] == lines[:-1]
    assert json.loads(again[-1])["id"] == json.loads(lines[-1])["id"]


def test_nothing_is_started_where_nothing_is_left(results_folder: Path, tokenizer_folder: str) -> None:
    def fail(engine: str, row: Row) -> None:
        raise AssertionError(row)

    again = prepare(Settings("masks", tokenizer=tokenizer_folder), ["structgen"], results_folder, jobs=1, on_row=fail)
    assert not again.lanes[0].waiting
    assert again.execute() == {}


def test_rows_of_other_settings_are_never_mixed(results_folder: Path, tokenizer_folder: str) -> None:
    before = (results_folder / "masks-structgen.jsonl").read_text()
    with pytest.raises(ArgumentError, match="is of another run"):
        prepare(
            Settings("masks", tokenizer=tokenizer_folder, seed=1),
            ["structgen"],
            results_folder,
            jobs=1,
            on_row=lambda engine, row: None,
        )
    assert (results_folder / "masks-structgen.jsonl").read_text() == before


def test_a_case_that_takes_too_long_costs_that_case(
    tmp_path: Path, tokenizer_folder: str, run_engines: RunEngines
) -> None:
    settings = Settings("masks", tokenizer=tokenizer_folder, limit=1, case_seconds=1e-9)
    assert run_engines(settings, ["structgen"], tmp_path) == {}
    (row,) = read_results(tmp_path)[0].rows
    assert row["outcome"] == "timeout"


def test_a_crash_costs_one_case(tmp_path: Path, tokenizer_folder: str) -> None:
    def kill_once(engine: str, row: Row) -> None:
        if len(seen) == 1:
            for worker in run._workers:
                worker._process.kill()
                worker._process.wait()
        seen.append(row["outcome"])

    seen: list[str] = []
    settings = Settings("masks", tokenizer=tokenizer_folder, limit=4)
    run: Run = prepare(settings, ["structgen-any-order"], tmp_path, jobs=1, on_row=kill_once)
    assert run.execute() == {}
    assert seen == ["passing", "passing", "crash", "passing"]
    (crash,) = [row for row in read_results(tmp_path)[0].rows if row["outcome"] == "crash"]
    assert crash["why"].startswith("SIGKILL")


def test_a_worker_that_cannot_open_its_engine_says_why(tokenizer_folder: str) -> None:
    with pytest.raises(WorkerError, match="no engine is called 'gpt'"):
        Worker(Settings("masks", tokenizer=tokenizer_folder), "gpt")


def test_results_are_read_gzipped_too(results_folder: Path, tmp_path: Path) -> None:
    import gzip

    text = (results_folder / "masks-structgen.jsonl").read_bytes()
    (tmp_path / "masks-structgen.jsonl.gz").write_bytes(gzip.compress(text))
    assert read_results(tmp_path) == [parse(Path("a"), text.decode())]


@pytest.mark.parametrize("text", ["", "{}\n", '{"run": {}}\n{"id": "a"}\n', "not JSON\n"])
def test_what_is_no_result_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.jsonl").write_text(text)
    with pytest.raises(ArgumentError, match="holds no results"):
        read_results(tmp_path)


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="no results in"):
        read_results(tmp_path)


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ArgumentError, match="can't be written"):
        RowFile(tmp_path / "file", {"mode": "masks", "engine": "structgen"})


def test_the_command_prints_a_table_and_goes_on(
    results_folder: Path, tmp_path: Path, tokenizer_folder: str, run: RunCommand
) -> None:
    out = shutil.copytree(results_folder, tmp_path / "results")
    done = run("bench", "masks", "--tokenizer", tokenizer_folder, "--engines", "structgen", "--out", str(out))
    assert done.exit_code == 0
    assert "| structgen |" in done.stdout and "any-order" not in done.stdout


def test_the_command_refuses_what_is_no_engine(tmp_path: Path, run: RunCommand) -> None:
    done = run("bench", "masks", "--engines", "gpt", "--out", str(tmp_path))
    assert done.exit_code == 2
    assert "no engine is called 'gpt'" in done.stderr


def test_an_engine_that_did_not_run_is_an_error(tmp_path: Path, run: RunCommand) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    done = run("bench", "masks", "--tokenizer", str(tmp_path), "--engines", "structgen", "--out", str(tmp_path / "out"))
    assert done.exit_code == 1
    assert "structgen did not run: TokenizerError" in done.stderr


def test_the_command_lists_the_engines(run: RunCommand) -> None:
    lines = run("bench", "engines").stdout.splitlines()
    assert lines[0].startswith("structgen ")
    assert any(line.startswith("llama.cpp") for line in lines)

"""``structgen complete``: candidates, how many tokens they leave, and the line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Run

pytest.importorskip("jedi", reason="jedi is not installed: pip install 'structgen[dev]'")

CODE = "class A:\n    abc = 1\n    abd = 2\n\n\nü = A().abc\nprint(A().a)\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "app.py"
    file.write_text(CODE, "utf-8")
    return file


@pytest.mark.parametrize(("place", "names"), [("7:11", ["abc", "abd"]), ("7:12", ["abc", "abd"]), ("6:9", ["abc"])])
def test_candidates_begin_with_what_is_typed(run: Run, file: Path, place: str, names: list[str]) -> None:
    result = run("complete", f"{file}:{place}", "--root", str(file.parent), "--provider", "jedi", "--candidates")
    assert result.exit_code == 0, result.output
    assert [name for name in result.stdout.split() if not name.startswith("_")][: len(names)] == names


def test_a_place_without_a_site_has_no_candidates(run: Run, file: Path) -> None:
    result = run("complete", f"{file}:2:5", "--root", str(file.parent), "--provider", "jedi", "--candidates")
    assert (result.exit_code, result.stdout) == (1, "")


def test_the_line_is_completed_with_a_name_that_exists(run: Run, file: Path, toy_folder: str) -> None:
    arguments = ("--root", str(file.parent), "--provider", "jedi", "--model", toy_folder, "--max-tokens", "8")
    result = run("complete", f"{file}:6:10", *arguments)
    assert "2 candidates" in result.stderr and "tokens" in result.stderr
    written = result.stdout if result.exit_code == 0 else result.stderr  # a toy may not come to an end
    assert "ab" in written and "__" not in written


@pytest.mark.parametrize(
    ("place", "message"),
    [("app.py", "FILE:LINE:COL"), ("none.py:1:1", "can't be read"), ("{file}:99:1", "no line 99"),
     ("{file}:2:99", "column 99"), ("{other}:1:1", "no monitor knows")],
)  # fmt: skip
def test_bad_places_are_refused(run: Run, file: Path, place: str, message: str) -> None:
    other = file.with_suffix(".txt")
    other.touch()
    result = run("complete", place.format(file=file, other=other), "--root", str(file.parent), "--provider", "jedi")
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.skipif(shutil.which("gopls") is None or shutil.which("go") is None, reason="gopls is not installed")
def test_candidates_of_a_language_with_braces(run: Run, tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module app\n\ngo 1.16\n")
    file = tmp_path / "main.go"
    file.write_text("package main\n\ntype Ship struct{ Mast, Sail int }\n\nfunc main() {\n\tvar s Ship\n\ts.\n}\n")
    result = run("complete", f"{file}:7:4", "--root", str(tmp_path), "--candidates")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.split() == ["Mast", "Sail"]

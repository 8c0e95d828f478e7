"""The command line as a whole."""

from __future__ import annotations

import io
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from rich.console import Console

from structgen.cli import console
from tests.cli.conftest import Run

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("command", ["generate", "check", "explain"])
def test_each_command_has_help_with_examples(run: Run, command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"  structgen {command} --" in result.stdout


def test_help_names_the_commands_and_the_exit_codes(run: Run) -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert all(word in result.stdout for word in ("generate", "check", "explain", "Exit codes"))


def test_the_version_is_the_packages(run: Run) -> None:
    try:
        version = metadata.version("structgen")
    except metadata.PackageNotFoundError:
        pytest.skip("structgen runs from its folder, and is not installed")
    assert run("--version").stdout == version + "\n"


def test_an_unknown_command_is_refused(run: Run) -> None:
    assert run("dance").exit_code == 2


@pytest.mark.parametrize("arguments", ["--help", "check --regex a+"])
def test_what_needs_no_model_imports_no_model_library(arguments: str) -> None:
    program = (
        "import sys\n"
        "from structgen.cli import app\n"
        f"app({arguments.split()!r}, standalone_mode=False)\n"
        "assert not {'torch', 'transformers'} & set(sys.modules), 'imported'\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True)


def test_errors_show_the_users_texts_as_they_are(run: Run, tmp_path: Path) -> None:
    assert run("check", "--regex", ":smile:[b](").stderr.endswith("position 10 of ':smile:[b]('\n")
    schema = tmp_path / "schema.json"
    schema.write_text('{"properties": {":smile:[b]": {"type": "strange"}}}')
    assert "#/properties/:smile:[b]/type\n" in run("check", "--schema", str(schema)).stderr
    grammar = tmp_path / "grammar.lark"
    grammar.write_text('start: ":smile:[b]" )')
    assert run("check", "--grammar", str(grammar)).stderr.endswith(f'\n    start: ":smile:[b]" )\n{" " * 24}^\n')


def test_what_is_shown_while_a_model_loads_is_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    monkeypatch.setattr(console, "errors", Console(file=shown, force_terminal=True, width=80))
    with console.busy("Loading :smile:[b]"):
        pass
    assert "Loading :smile:[b]" in shown.getvalue()

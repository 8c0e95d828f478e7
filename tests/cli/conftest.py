"""A toy model in a folder, and the commands run in this process and in one of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from structgen.cli import app
from tests.toy import toy_model, toy_tokenizer

Run = Callable[..., Result]


@pytest.fixture(scope="session")
def toy_folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("toy-model")
    tokenizer = toy_tokenizer(chat=True)
    toy_model(tokenizer).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


@pytest.fixture
def run() -> Run:
    def run(*arguments: str, text: str | bytes | None = None) -> Result:
        return CliRunner().invoke(app, arguments, input=text)

    return run


@pytest.fixture
def run_process(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run_process(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "structgen", *arguments]
        root = str(Path(__file__).parents[2])
        environment = os.environ | {"PYTHONPATH": root, "PYTHONIOENCODING": "utf-8"}
        return subprocess.run(
            command,
            input=text,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=environment,
            cwd=tmp_path,
            check=False,
        )

    return run_process

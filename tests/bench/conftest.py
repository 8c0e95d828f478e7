"""A tokenizer of bytes in a folder, engines that are wrong on purpose, and one real run that several tests read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from structgen.bench.engines import Engine
from structgen.bench.settings import Settings
from structgen.bench.supervisor import prepare
from structgen.bench.tokenizers import Tokenizer, load_tokenizer
from tests.toy import toy_model, toy_tokenizer


class AllowsAll(Engine):
    """Knows no schema: any token, and any end."""

    distribution = "structgen"
    may_end = True

    def compile(self, schema: Any, formats: str) -> None:
        self.reset()

    def reset(self) -> None:
        self.words = np.full(self.tokenizer.vocabulary.bitmask_words, -1, np.int32)

    def fill(self) -> None:
        self.reset()

    def commit(self, token: int) -> bool:
        return True

    def is_accepting(self) -> bool:
        return self.may_end


class AllowsNothing(AllowsAll):
    """Every mask is a dead end."""

    may_end = False

    def fill(self) -> None:
        self.words = np.zeros(self.tokenizer.vocabulary.bitmask_words, np.int32)

    def commit(self, token: int) -> bool:
        return False


class Refuses(AllowsAll):
    def compile(self, schema: Any, formats: str) -> None:
        raise KeyError("no such keyword")


class Breaks(AllowsAll):
    def commit(self, token: int) -> bool:
        raise OSError("out of paper")


@pytest.fixture(scope="session")
def tokenizer_folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("tokenizer")
    tokenizer = toy_tokenizer(chat=True)
    toy_model(tokenizer).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="session")
def tokenizer(tokenizer_folder: str) -> Tokenizer:
    return load_tokenizer(tokenizer_folder)


@pytest.fixture(scope="session")
def run_engines() -> Callable[..., dict[str, str]]:
    def run_engines(settings: Settings, engines: list[str], out: Path, jobs: int = 1) -> dict[str, str]:
        return prepare(settings, engines, out, jobs=jobs, on_row=lambda engine, row: None).execute()

    return run_engines


@pytest.fixture(scope="session")
def results_folder(
    tmp_path_factory: pytest.TempPathFactory, tokenizer_folder: str, run_engines: Callable[..., dict[str, str]]
) -> Path:
    """Masks and coverage of two engines over the schemas that ship."""
    out = tmp_path_factory.mktemp("results")
    engines = ["structgen", "structgen-any-order"]
    assert run_engines(Settings("masks", tokenizer=tokenizer_folder), engines, out, jobs=2) == {}
    assert run_engines(Settings("coverage", tokenizer=tokenizer_folder, walks=2), engines, out, jobs=2) == {}
    return out

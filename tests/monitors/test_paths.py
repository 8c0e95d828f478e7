"""Paths under a root, by bytes and by tokens that hold whole folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from structgen.errors import ArgumentError
from structgen.monitors import Paths, attach
from structgen.tokens.vocabulary import Vocabulary
from tests.monitors.writing import writer
from tests.vocabularies import BYTES

TOKENS = [b'open("data/', b'open("date/', b'data/a.csv")', b'data/b.csv")', b"/a", b'/a.csv"']
VOCABULARY = Vocabulary.from_bytes([*BYTES, *TOKENS, None], eos=len(BYTES) + len(TOKENS))
can_write = writer(VOCABULARY)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "secret.csv").touch()
    root = tmp_path / "root"
    (root / "data" / "deep").mkdir(parents=True)
    for name in ("data/a.csv", "data/a b.txt", "data/deep/c.csv", "top.csv", "é.csv"):
        (root / name).touch()
    (root / "away").symlink_to(tmp_path / "out")
    (root / "here").symlink_to(root / "data")
    return root


@pytest.mark.parametrize("path", ["top.csv", "data/a.csv", "data/a b.txt", "data/deep/c.csv", "é.csv", "here/a.csv"])
def test_paths_that_exist_can_be_written(root: Path, path: str) -> None:
    assert can_write(Paths(root, after='open("'), f'x = open("{path}") or "/nowhere/" + "else"')


@pytest.mark.parametrize(
    "path",
    ["top", "top.csv/", "data/b.csv", "data", "data/deep", "../out/secret.csv", "away/secret.csv", "/etc/passwd",
     "data//a.csv", "top.csv ", "", "date/a.csv"],
)  # fmt: skip
def test_paths_that_do_not_exist_or_lead_out_cannot(root: Path, path: str) -> None:
    assert not can_write(Paths(root, after='open("'), f'x = open("{path}")')


def test_a_pattern_leaves_files_out(root: Path) -> None:
    monitor = Paths(root, after='"', pattern="*.csv")
    assert can_write(monitor, '"data/a.csv"') and not can_write(monitor, '"data/a b.txt"')


def test_a_prefix_may_hold_the_paths_beginning(root: Path) -> None:
    matcher = attach(None, VOCABULARY, Paths(root, after='open("', prefix='open("data/')).matcher()
    assert not matcher.accept_token(BYTES.index(b"x"))
    assert matcher.accept_token(BYTES.index(b"d"))
    assert matcher.forced_bytes() == b"eep/"


def test_wrong_arguments_are_refused(root: Path) -> None:
    for arguments in ((root / "top.csv", "x"), (root, "")):
        with pytest.raises(ArgumentError, match="root= is a folder"):
            Paths(arguments[0], after=arguments[1])
    wrong: list[dict[str, Any]] = [
        {"root": None}, {"after": None}, {"after": b"x"}, {"prefix": None}, {"pattern": ""}, {"pattern": None},
    ]  # fmt: skip
    for one in wrong:
        with pytest.raises(ArgumentError, match=f"{next(iter(one))}="):
            Paths(**{"root": root, "after": "x", **one})

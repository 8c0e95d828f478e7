"""Grammars by name: what is a name, what isn't, and what a wrong one gets to hear. Their texts: `tests/grammars`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import structgen
from structgen import GrammarError
from structgen.grammar import embed, lark, sequence, shelf
from structgen.grammar.shelf_files import file_or_text
from tests.vocabularies import BYTES

VOCABULARY = structgen.Vocabulary.from_bytes([*BYTES, None], eos=256)
FOLDER = Path(__file__).parents[2] / "grammars"


def test_the_names_are_those_of_the_files_and_of_their_list() -> None:
    assert shelf() == sorted(path.stem for path in FOLDER.glob("*.lark"))
    listed = re.findall(r"^\| \[`(\w+)`\]\(\1\.lark\) \|", (FOLDER / "README.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(listed) == shelf()


@pytest.mark.parametrize("name", shelf())
def test_a_name_is_that_of_a_file(name: str) -> None:
    file = file_or_text(name)
    assert isinstance(file, Path) and file.samefile(FOLDER / f"{name}.lark")


@pytest.mark.parametrize(
    "text", ["", "json\n", " json", 'start: "json"', "root ::= json", "json:", "%import json", '"json"', "é" * 1000]
)
def test_any_other_text_is_a_text(text: str) -> None:
    assert file_or_text(text) == text


def test_a_name_is_taken_where_a_text_is() -> None:
    by_name = structgen.compile(grammar="json", vocabulary=VOCABULARY)
    assert by_name.trace(b'{"a": [1]}').accepted
    assert not by_name.trace(b"json").accepted
    for part in (embed("arithmetic"), embed("arithmetic", notation="lark"), lark("arithmetic")):
        around = structgen.compile(grammar=sequence("x = ", part, ";"), vocabulary=VOCABULARY)
        assert around.trace(b"x = 1+2;").accepted
    date = structgen.compile(grammar="iso8601", start="date", vocabulary=VOCABULARY)
    assert date.trace(b"2026-11-28").accepted
    assert not date.trace(b"12:30").accepted


def test_a_literal_that_is_a_name_stays_a_literal() -> None:
    assert structgen.compile(grammar=sequence("json"), vocabulary=VOCABULARY).trace(b"json").accepted


def test_what_a_file_says_is_no_name(tmp_path: Path) -> None:
    (tmp_path / "json").write_text("json")
    with pytest.raises(GrammarError, match="missing colon"):
        structgen.compile(grammar=tmp_path / "json", vocabulary=VOCABULARY)
    with pytest.raises(GrammarError, match="missing colon"):
        embed(tmp_path / "json")


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("pyton", "'python' or "),
        ("JSON", "'json' or "),
        ("postgres", "'postgresql' or "),
        ("grammars/python.lark", "'python' or "),
        ("../own.lark", ""),
        ("start", ""),
    ],
)
def test_a_word_that_is_no_name_is_refused_with_the_names_that_are(word: str, near: str) -> None:
    for refused in (lambda: structgen.compile(grammar=word, vocabulary=VOCABULARY), lambda: embed(word)):
        with pytest.raises(GrammarError) as caught:
            refused()
        assert caught.value.what == f"there is no grammar {word!r} on the shelf"
        assert caught.value.hint.startswith(near)
        assert f"Path({word!r}) for a file; the shelf has {', '.join(shelf())}" in caught.value.hint
        assert caught.value.excerpt == word

"""PyDot's part in TypeScript: how text is read, which places there are, the arms, and the judge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.pydot.language import Language
from benchmarks.pydot.metrics import next_identifier_match, sequence_match
from benchmarks.pydot.mgd import TokenTexts
from benchmarks.pydot.places import Place, Stratum, to_row
from benchmarks.pydot.report import report
from benchmarks.tsdot.__main__ import _PART
from benchmarks.tsdot.arms import ARMS, Arms
from benchmarks.tsdot.judge import judged
from benchmarks.tsdot.lines import TYPESCRIPT, lines
from benchmarks.tsdot.places import ORIGIN, places_of
from structgen.tokens.vocabulary import Vocabulary
from tests.resources.install_typescript import SERVER, is_installed
from tests.vocabularies import BYTES

SOURCE = """\
import { Point } from "./point.js";
const ä = new Map<string, Point>();
export function far(given: Point): number {
    given.x = ä.size; // given.z
    const text = `${given.y}` + "a.b" + given?.name;
    return new Point(1).norm() +
        given.list.length;
}
"""
POINT = """\
export class Point {
    y = 2;
    name = "p";
    list: number[] = [];
    constructor(public x: number) {}
    norm(): number { return this.x; }
}
"""
VOCABULARY = Vocabulary.from_bytes([*BYTES, b".size", b".length", None], eos=len(BYTES) + 2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "geo").mkdir()
    (tmp_path / "geo" / "far.ts").write_text(SOURCE, "utf-8")
    (tmp_path / "geo" / "point.ts").write_text(POINT, "utf-8")
    (tmp_path / "node_modules").symlink_to(SERVER / "node_modules", target_is_directory=True)
    return tmp_path


def found(folder: Path) -> list[Place]:
    return sorted(places_of(folder / "geo", folder / "geo" / "far.ts"), key=lambda place: place.begin)


def test_text_is_read_as_typescript() -> None:
    assert isinstance(TYPESCRIPT, Language)
    assert TYPESCRIPT.lexemes("a?.b ?? `x${y}` // c\n => 1e-3 'q'") == [
        "a",
        "?.",
        "b",
        "??",
        "`x${y}`",
        "=>",
        "1e-3",
        "'q'",
    ]
    assert TYPESCRIPT.identifiers("of($a, this.b2 as number)?.delete") == ["of", "$a", "b2", "delete"]
    assert TYPESCRIPT.closers("f(a[{'(' /* [ */") == "}])"
    assert TYPESCRIPT.statement_end("x = ", "y;\nz") == 2
    assert TYPESCRIPT.statement_end("x = ", "f(") is None
    assert lines("a\n\nbc") == [(0, 1), (2, 2), (3, 5)]
    assert next_identifier_match("$a.b", "$a.c", TYPESCRIPT) and sequence_match("$a.b", "$a.c", TYPESCRIPT) == 0.5


def test_places_are_members_that_are_read_and_classes_that_are_made(folder: Path) -> None:
    named = [(place.kind, place.name) for place in found(folder)]
    assert named == [
        ("new", "Map"),
        ("attribute", "size"),
        ("attribute", "name"),
        ("new", "Point"),
        ("attribute", "norm"),
        ("attribute", "list"),
        ("attribute", "length"),
    ]
    for place in found(folder):
        assert SOURCE[place.begin : place.end] == place.name
        assert place.head + place.truth == SOURCE[place.line_begin : place.line_end] and "\n" not in place.truth
        assert place.prefix + place.truth + place.suffix == SOURCE


@pytest.fixture
def arms(folder: Path) -> Iterator[Arms]:
    if not is_installed(SERVER):
        pytest.skip("TypeScript 7 is not installed: python tests/resources/install_typescript.py")
    arms = Arms(folder, VOCABULARY, TokenTexts(VOCABULARY))
    yield arms
    arms.close()


def test_the_arms_know_what_the_author_wrote(folder: Path, arms: Arms) -> None:
    for place in found(folder):
        arms.move(place)
        for name in ARMS:
            begun = arms.begin(name, place)
            assert begun is not None
            is_asked = name == "ours" or (name == "mgd" and place.kind == "attribute")
            assert begun.verdict == ("allowed" if is_asked else "unknown"), (name, place)
            for byte in f"{place.lead}{place.name}".encode():
                assert begun.matcher is None or begun.matcher.accept_token(byte)
    assert arms.statistics("ours")["constrained"] > 0 and arms.statistics("free") == {}


def test_the_judge_counts_what_is_new(folder: Path, arms: Arms) -> None:
    place = next(place for place in found(folder) if place.name == "size")
    texts = {"free": "sizes; // given.z", "mgd": "size;", "ours": "size; ("}
    row: dict[str, Any] = to_row(place, Stratum("attribute", True, ORIGIN)) | {"number": 3}
    row["arms"] = {name: {"text": text, "is_whole": True} for name, text in texts.items()}
    (one,) = judged([row], {"geo": folder / "geo"}, folder)
    assert one["number"] == 3
    free, mgd, ours = (one["arms"][name] for name in texts)
    assert (free["type_errors"], free["in_statement"], free["rules"]) == (1, 1, {"TS2551": 1})
    assert (mgd["type_errors"], mgd["syntax_errors"]) == (0, 0)
    assert ours["syntax_errors"] > 0
    assert not list(folder.rglob("*__tsdot_*"))


def test_the_report_has_the_arms_alone() -> None:
    arm = {"text": "x", "tokens": 2, "is_whole": True, "mask_ms": 1.0, "mask_cpu_ms": 1.0, "truth": "allowed",
           "member": "allowed", "next": True, "sequence": 1.0, "prefix": 1.0}  # fmt: skip
    row = {
        "number": 0,
        "kind": "new",
        "is_new": True,
        "is_known": True,
        "origin": ORIGIN,
        "arms": dict.fromkeys(ARMS, arm),
    }
    about = {"packages": ["a@1"], "model": "m", "command": "c", "versions": {}, "machine": {}}
    text = report([row], [], about, _PART)
    assert "PyDot in TypeScript" in text and "TypeScript's compiler" in text and "grammar |" not in text

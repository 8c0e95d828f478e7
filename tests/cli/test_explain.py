"""``structgen explain``: pictures that can be read back."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def read_text(picture: str) -> tuple[dict[int, list[tuple[str, str]]], set[int]]:
    """Read the arrows (label, target) of each place, and the places where the text may end, back from text."""
    arrows: dict[int, list[tuple[str, str]]] = {}
    accepting = set()
    place = -1
    for line in picture.splitlines():
        if line.startswith(" "):
            label, _, target = line.strip().rpartition("→ ")
            arrows[place].append((label.strip(), target))
        else:
            place = int(line.split()[0])
            arrows[place] = []
            if "may end" in line:
                accepting.add(place)
    return arrows, accepting


def test_choices_are_a_tree_whose_runs_are_joined(run: Run) -> None:
    result = run("explain", "--choices", "yes,yellow,no")
    arrows, accepting = read_text(result.stdout)
    assert (result.exit_code, result.stderr) == (0, "")
    (no,) = [target for label, target in arrows[0] if label == "'no'"]
    (ye,) = [target for label, target in arrows[0] if label == "'ye'"]
    assert {label for label, _ in arrows[int(ye)]} == {"'s'", "'llow'"}
    assert int(no) in accepting
    assert 0 not in accepting
    assert len(arrows) == 2 + len(accepting)


def test_a_loop_comes_back(run: Run) -> None:
    arrows, accepting = read_text(run("explain", "--regex", "(ab)*").stdout)
    assert 0 in accepting
    assert all(label == "'ab'" for edges in arrows.values() for label, _ in edges)
    assert all(int(target) in arrows for edges in arrows.values() for _, target in edges)


def test_an_object_starts_with_its_key(run: Run, tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text('{"type": "object", "properties": {"a": {"const": 1}}, "required": ["a"]}')
    result = run("explain", "--schema", str(tmp_path / "schema.json"))
    assert result.stdout.splitlines()[1].strip().startswith("""'{"a":1""")


def test_a_grammar_counts_its_brackets(run: Run) -> None:
    result = run("explain", "--grammar", "-", "--limit", "3", text='start: "(" start ")" | "a"')
    arrows, accepting = read_text(result.stdout)
    assert {label for label, _ in arrows[0]} == {"'('", "'a'"}
    assert len(accepting) == 1
    assert "only the first 3 states" in result.stderr
    assert run("explain", "--grammar", "-", text='start: "a"').stdout == run("explain", "--regex", "a").stdout
    assert run("explain", "--grammar", "-", "--start", "x", text='x: "a"').exit_code == 0


def test_parts_of_characters_are_named_as_bytes(run: Run) -> None:
    result = run("explain", "--regex", "[é-ë]|日")
    assert "byte 0xC3" in result.stdout
    assert "'日'" in result.stdout
    assert "\\x" not in result.stdout


def test_what_is_beyond_the_limit_is_said_to_be(run: Run) -> None:
    result = run("explain", "--regex", "[ab][cd][ef][gh]", "--limit", "3")
    assert "→ …" in result.stdout
    assert "only the first 3 states" in result.stderr
    assert result.exit_code == 0


def test_dot_names_every_place_and_escapes_its_labels(run: Run) -> None:
    result = run("explain", "--choices", 'a\\b,"a""b",é', "--format", "dot")
    assert result.exit_code == 0
    assert result.stdout.startswith("digraph {")
    assert re.search(r"^    \d+ \[shape=doublecircle\]$", result.stdout, re.MULTILINE)
    labels = re.findall(r'^    \d+ -> \d+ \[label="((?:[^"\\]|\\.)*)"\]$', result.stdout, re.MULTILINE)
    assert len(labels) == result.stdout.count("->")
    # A backslash in a text is shown doubled, in quotes, and DOT reads two as one.
    assert any(r"\"" in label for label in labels)
    assert any(r"\\\\" in label for label in labels)
    assert "'é'" in labels


@pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not installed")
def test_svg_is_drawn_by_graphviz(run: Run) -> None:
    result = run("explain", "--regex", "a|b", "--format", "svg")
    assert result.exit_code == 0
    assert "<svg" in result.stdout


def test_svg_without_graphviz_says_what_to_do(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    result = run("explain", "--regex", "a|b", "--format", "svg")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "--format dot" in result.stderr

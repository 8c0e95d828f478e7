"""PyDot's own logic: what it reads of Python's text, what it measures, which places it takes, and how it reports."""

from __future__ import annotations

import gzip
import itertools
import random
from collections import Counter
from pathlib import Path
from typing import Any

import jedi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.pydot import places as places_module
from benchmarks.pydot.judge import judged, new_errors
from benchmarks.pydot.metrics import next_identifier_match, prefix_match, sequence_match, sign_test
from benchmarks.pydot.places import Place, Stratum, from_row, origin, places, sample, spread, to_row
from benchmarks.pydot.report import report
from benchmarks.pydot.rows import append, read
from benchmarks.pydot.statements import closers, identifiers, is_in_string, lexemes, logical_lines, statement_end


@pytest.mark.parametrize(
    ("head", "text", "end"),
    [
        ("x = a.", "b\nc", 1),
        ("x = a.", "b", None),
        ("f(a.", "b,\n  c)\nd", 7),
        ("f(a.", "b,\n  c", None),
        ("x = ", "'a\\'\\\n(' + b\nc", 12),
        ("x = ", '"""a\n(""" + b\nc', 13),
        ("x = ", '"""a\n', None),
        ("x = a", " \\\n + b\nc", 7),
        ("x = a", "  # it's (\nb", 10),
        ("x = '(' + a.", "b\n", 1),
        ("x = f(", ")\n", 1),
        ("x = a", ")\n", 1),  # what no bracket opened ends nothing
        ("x = r'\\'' + a.", "b\n", 1),
        ("x = 'a", "\n", 0),  # a string that its line leaves open
    ],
)
def test_a_statement_ends_at_its_own_newline(head: str, text: str, end: int | None) -> None:
    assert statement_end(head, text) == end


def test_the_end_of_every_logical_line_of_this_file_is_found() -> None:
    source = Path(__file__).read_text("utf-8")
    lines = logical_lines(source)
    assert [source[begin:end] for begin, end in lines][2].startswith("import gzip")
    rng = random.Random(1)
    for begin, end in lines:
        place = rng.randint(begin, end)
        if not is_in_string(source[begin:end], place - begin) and "\\" not in source[begin:end]:
            found = statement_end(source[begin:place], source[place:])
            assert found is not None
            behind = source[end : place + found]
            assert not behind.strip() or behind.lstrip().startswith("#")


def test_lexemes_and_identifiers() -> None:
    text = 'x.items(key=f"a{b}", not None) ** 1.5e-3 if a <= 0x_f else b"" # c\n'
    assert lexemes(text) == [
        *["x", ".", "items", "(", "key", "=", 'f"a{b}"', ",", "not", "None", ")", "**", "1.5e-3", "if", "a", "<="],
        *["0x_f", "else", 'b""'],
    ]
    assert identifiers(text) == ["x", "items", "key", "a"]
    assert lexemes("a.'''x\ny'''") == ["a", ".", "'''x\ny'''"]


def test_closers_are_of_what_is_open() -> None:
    assert closers("f(a[b]{'(' # [\n") == "})"
    assert closers("a)") == ""


@pytest.mark.parametrize(
    ("text", "truth", "measures"),
    [
        ("append(row)", "append(row)", (True, 1.0, 1.0)),
        ("append( row, 1)", "append(row)", (True, 1.0, 3 / 4)),
        ("append(column)", "append(row)", (True, 0.5, 0.5)),
        ("appended(row)", "append(row)", (False, 0.0, 0.0)),
        ("append", "append(row)", (True, 0.5, 0.25)),
        ("", "append(row)", (False, 0.0, 0.0)),
        (" a, b", "a", (True, 1.0, 1.0)),
        ("not a", "a", (False, 1.0, 0.0)),
    ],
)
def test_matches_are_those_of_the_paper(text: str, truth: str, measures: tuple[bool, float, float]) -> None:
    found = next_identifier_match(text, truth), sequence_match(text, truth), prefix_match(text, truth)
    assert found == measures


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=9))
def test_the_sign_test_counts_every_way_the_signs_could_have_fallen(pairs: list[tuple[int, int]]) -> None:
    signs = [one > other for one, other in pairs if one != other]
    uneven = abs(2 * sum(signs) - len(signs))
    ways = list(itertools.product([0, 1], repeat=len(signs)))
    chance = sum(abs(2 * sum(way) - len(way)) >= uneven for way in ways) / len(ways)
    more, less, found = sign_test(pairs)
    assert (more, less) == (sum(signs), len(signs) - sum(signs))
    assert found == pytest.approx(chance)


SOURCE = '''\
"""Ships."""
import json
from os import path, sep
from .ports import Port as Harbour
import attrs


class Ship:
    def sail(self, port, speed=1):
        """self.never"""
        print(f"{self.speed}", self.sail(port, speed=2).crew,
              path.join("a.b", "c"), end="")  # é
        if port.open: self.sail(port,  speed=3)
        self.crew = attrs.asdict(self)
        return json.dumps
'''


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in {"ships.py": SOURCE, "ports.py": "class Port:\n    open = True\n", "broken.py": "a.b(\n"}.items():
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_ships.py").write_text("a.b\n", "utf-8")
    return tmp_path


def place_of(project: Path, name: str, count: int = 0) -> Place:
    return [place for place in places(project) if place.name == name][count]


def test_places_are_the_names_outside_of_strings(project: Path) -> None:
    found = [(place.kind, place.name) for place in places(project)]
    assert Counter(found) == Counter(
        [
            *[("import", name) for name in ("json", "path", "sep", "Port", "attrs")],
            *[("keyword", name) for name in ("speed", "end", "speed")],
            *[("attribute", name) for name in ("sail", "crew", "join", "open", "sail", "asdict", "dumps")],
        ]
    )


def test_a_place_cuts_its_file_into_prefix_truth_and_suffix(project: Path) -> None:
    for place in places(project):
        assert place.prefix + place.truth + place.suffix == place.source
        assert place.prefix.endswith(place.head) and place.truth.startswith(place.lead + place.name)
    end = place_of(project, "end")
    assert (end.lead, end.truth) == (" ", 'end="")'.rjust(8)) and end.head.startswith("print(f")
    assert place_of(project, "crew").truth == 'crew,\n              path.join("a.b", "c"), end="")'
    assert place_of(project, "speed", 1).head.endswith("(port, ")  # of two blanks the last is the completion's
    assert place_of(project, "sep").suffix.startswith("\nfrom .ports")


def test_a_statement_that_goes_on_for_long_is_left_out(project: Path) -> None:
    (project / "long.py").write_text(f"a.b({'c, ' * 50}c)\n", "utf-8")
    assert not [place for place in places(project) if place.file.name == "long.py"]


def test_new_names_are_nowhere_before(project: Path) -> None:
    assert place_of(project, "dumps").is_new and place_of(project, "crew").is_new
    assert not place_of(project, "speed").is_new  # a parameter of that name
    assert not place_of(project, "sail", 1).is_new


def test_origins(project: Path) -> None:
    analysed = jedi.Project(project)
    names = ["sail", "Port", "json", "asdict", "open"]
    assert [origin(place_of(project, name), analysed) for name in names] == [
        "own module", "cross-file", "standard library", "third party", "unknown",
    ]  # fmt: skip


def test_a_sample_takes_from_every_stratum_and_is_the_same_again(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places_module, "origin", lambda place, _: "own module" if place.name > "m" else "unknown")
    chosen = sample([project], 10, 1)
    assert Counter(stratum.kind for _, stratum in chosen) == {"attribute": 6, "import": 2, "keyword": 2}
    assert len(set(chosen)) == 10
    assert chosen == sample([project], 10, 1)
    for place, stratum in chosen:
        assert from_row(to_row(place, stratum), {project.name: project}) == (place, stratum)


def test_strata_are_of_equal_size_as_far_as_they_go(project: Path) -> None:
    place = place_of(project, "end")
    found = [(place, Stratum("keyword", True, name)) for name in "aaaaaabbbc"]
    taken = Counter(stratum.origin for _, stratum in spread(found, 7))
    assert taken == {"a": 3, "b": 3, "c": 1}
    assert len(spread(found, 99)) == 10


def test_rows_go_on_behind_a_line_that_a_stopped_run_left_unfinished(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    assert read(file) == []
    append(file, {"number": 1})
    with file.open("a") as half:
        half.write('{"numb')
    assert read(file) == [{"number": 1}]
    append(file, {"number": 2})
    assert read(file) == [{"number": 1}, {"number": 2}]
    packed = tmp_path / "rows.jsonl.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    file.unlink()
    assert read(file) == [{"number": 1}, {"number": 2}]
    append(file, {"number": 3})
    assert read(file) == [{"number": 1}, {"number": 2}, {"number": 3}]


def test_new_errors_are_what_the_original_has_fewer_of() -> None:
    before = Counter({("reportCallIssue", "a"): 2, ("", "syntax"): 1})
    after = Counter({("reportCallIssue", "a"): 1, ("reportCallIssue", "b"): 2, ("", "syntax"): 3, ("reportX", "c"): 1})
    assert new_errors(before, after) == {
        "type_errors": 3,
        "syntax_errors": 2,
        "rules": {"reportCallIssue": 2, "reportX": 1},
    }


def test_the_judge_tells_new_errors_and_leaves_the_projects_files_alone(tmp_path: Path) -> None:
    pytest.importorskip("basedpyright", reason="basedpyright is not installed: pip install 'structgen[dev]'")
    project = tmp_path / "boats"
    project.mkdir()
    (project / "app.py").write_text("import os\nold: int = ''\nprint(os.sep)\n", "utf-8")
    place = place_of(project, "sep")
    texts = {"right": "linesep)", "wrong": "seq)", "worse": "seq) +", "half": "li"}
    arms = {name: {"text": text, "is_whole": name != "half"} for name, text in texts.items()}
    row = to_row(place, Stratum("attribute", True, "standard library")) | {"number": 7, "arms": arms}
    (found,) = judged([row], {"boats": project}, tmp_path / "judged")
    assert found["number"] == 7 and found["arms"].keys() == {"right", "wrong", "worse"}
    assert found["arms"]["right"] == {"type_errors": 0, "syntax_errors": 0, "rules": {}, "in_statement": 0}
    assert found["arms"]["wrong"]["rules"] == {"reportAttributeAccessIssue": 1}
    assert found["arms"]["wrong"]["in_statement"] == 1
    assert found["arms"]["worse"]["syntax_errors"] == 1
    assert [path.name for path in project.iterdir()] == ["app.py"]
    assert not list((tmp_path / "judged").rglob("*__pydot_*"))


def test_an_error_behind_an_import_of_something_else_is_not_in_the_statement(tmp_path: Path) -> None:
    pytest.importorskip("basedpyright", reason="basedpyright is not installed: pip install 'structgen[dev]'")
    project = tmp_path / "boats"
    project.mkdir()
    (project / "app.py").write_text("from os import (\n    sep,\n)\nprint(sep, sep)\n", "utf-8")
    arms = {"free": {"text": " linesep,\n)", "is_whole": True}}
    row = to_row(place_of(project, "sep"), Stratum("import", True, "standard library")) | {"number": 0, "arms": arms}
    (found,) = judged([row], {"boats": project}, tmp_path / "judged")
    assert found["arms"]["free"]["rules"] == {"reportUndefinedVariable": 2}
    assert found["arms"]["free"]["in_statement"] == 0


def made_up(number: int, *, is_new: bool, right: set[str]) -> dict[str, Any]:
    arms = {
        name: {
            "text": "a", "tokens": 2, "is_whole": True, "mask_ms": 4.0, "mask_cpu_ms": 1.0,
            "truth": "unknown" if name == "free" else "allowed", "member": "allowed" if name in right else "excluded",
            "next": name in right, "sequence": float(name in right), "prefix": 0.5,
        }
        for name in ("free", "mgd", "ours")
    }  # fmt: skip
    return {"number": number, "project": "p", "file": "f.py", "begin": 3, "name": "a", "kind": "attribute",
            "is_new": is_new, "is_known": True, "origin": "own module", "arms": arms}  # fmt: skip


def test_the_report_counts_what_the_rows_say() -> None:
    rows = [made_up(0, is_new=True, right={"ours"}), made_up(1, is_new=False, right={"free", "ours"})]
    rows[1]["arms"]["mgd"]["truth"] = "excluded"
    errors = [
        {
            "number": 0,
            "arms": {"free": {"type_errors": 2, "in_statement": 1}, "ours": {"type_errors": 0, "in_statement": 0}},
        }
    ]
    about = {"packages": ["p==1"], "model": "m", "command": "c", "versions": {"ty": "0"}, "machine": {"cores": 2}}
    text = report(rows, errors, about)
    assert (
        "| free | 2 | 50.0% | 50.0% | 50.0% | 50.0% (1 of 2) | - | 100.0% | 2.000 (1) | - | 1.000 (1) | - | 2.0 | 0.5 |"
        in text
    )
    assert "| ours | 2 | 100.0% | 100.0% | 50.0% | 0.0% (0 of 2) | 100.0% (2 of 2) |" in text
    assert "| ours / free | next identifier | 2 | 1 | 0 | 1 |" in text
    assert "| ours / free | type errors | 1 | 1 | 0 | 1 |" in text
    assert "| new, known attribute | 1 | 1 | 0.0% | 0.0% | 100.0% | - |" in text
    assert "* mgd: `a` (attribute) in p/f.py, character 3" in text

"""New type errors in completed files, by basedpyright, which has no part in making the masks.

Each distinct completion becomes a file beside the original, in a copy of the project, so that its imports mean the
same; and so does the original itself, since a file by another name has other errors. What a completion has more of
than the original, by rule and message, is new. An error may be in the completed statement, or elsewhere: behind an
import of something else, what the author imported isn't defined. Only completions that came to the end of their
statement are judged; errors of syntax are counted apart.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Final, TypeAlias

from benchmarks.pydot.places import Place, from_row

__all__ = ["judged", "new_errors"]

_BATCH: Final = 24  # places whose files are given to one run of the judge
_MARK: Final = "__pydot_"
Errors: TypeAlias = Counter[tuple[str, str]]
"""How often each pair of rule and message occurs; the rule of a syntax error is empty."""
Diagnostics: TypeAlias = list[tuple[int, str, str]]
"""Line (from 0), rule and message of each error of a file."""


def judged(rows: Sequence[Mapping[str, Any]], projects: Mapping[str, Path], folder: Path) -> Iterator[dict[str, Any]]:
    """Each row's number, and for each arm whose completion is whole its new errors."""
    for name, members in groupby(sorted(rows, key=lambda row: str(row["project"])), key=lambda row: row["project"]):
        copy = _copied(projects[name], folder)
        while batch := list(islice(members, _BATCH)):
            yield from _judged(batch, projects, copy)


def _judged(rows: Sequence[Mapping[str, Any]], projects: Mapping[str, Path], copy: Path) -> Iterator[dict[str, Any]]:
    files: dict[tuple[Path, str], Path] = {}

    def variant(place: Place, text: str) -> Path:
        key = place.file, text
        if key not in files:
            beside = copy / place.file.relative_to(place.project)
            files[key] = beside.with_name(f"{beside.stem}{_MARK}{len(files)}.py")
            files[key].write_bytes(text.encode())
        return files[key]

    wanted = []
    for row in rows:
        place, _ = from_row(row, projects)
        texts = {name: arm["text"] for name, arm in row["arms"].items() if arm["is_whole"]}
        variants = {name: variant(place, place.prefix + text + place.suffix) for name, text in texts.items()}
        wanted.append((row["number"], place, texts, variant(place, place.source), variants))
    try:
        found = _diagnostics(list(files.values()), copy)
    finally:
        for file in files.values():
            file.unlink()
    for number, place, texts, original, variants in wanted:
        arms = {}
        for name, file in variants.items():
            statement = place.head + texts[name]
            arms[name] = new_errors(_errors(found[original]), _errors(found[file])) | {
                "in_statement": new_errors(
                    _errors(found[original], _lines(place, place.head + place.truth)),
                    _errors(found[file], _lines(place, statement)),
                )["type_errors"]
            }
        yield {"number": number, "arms": arms}


def _lines(place: Place, statement: str) -> range:
    first = place.source.count("\n", 0, place.line_begin)
    return range(first, first + statement.count("\n") + 1)


def _errors(diagnostics: Diagnostics, lines: range | None = None) -> Errors:
    return Counter((rule, message) for line, rule, message in diagnostics if lines is None or line in lines)


def new_errors(before: Errors, after: Errors) -> dict[str, Any]:
    """What ``after`` has more of: how many type errors, by rule, and how many syntax errors."""
    rules: Counter[str] = Counter()
    for (rule, _), count in (after - before).items():
        rules[rule] += count
    syntax = rules.pop("", 0)
    return {"type_errors": rules.total(), "syntax_errors": syntax, "rules": dict(sorted(rules.items()))}


def _diagnostics(files: Sequence[Path], root: Path) -> dict[Path, Diagnostics]:
    settings = {"include": [str(file.relative_to(root)) for file in files], "typeCheckingMode": "standard"}
    (root / "pyrightconfig.json").write_text(json.dumps(settings), "utf-8")
    program = Path(sysconfig.get_path("scripts"), "basedpyright")
    command = [str(program), "--outputjson", "--pythonpath", sys.executable, "--project", "pyrightconfig.json"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=1200)
    report = json.loads(done.stdout)
    if report["summary"]["filesAnalyzed"] != len(files):
        raise RuntimeError(f"basedpyright read {report['summary']['filesAnalyzed']} of {len(files)} files")
    found: dict[Path, Diagnostics] = {file: [] for file in files}
    for one in report["generalDiagnostics"]:
        if one["severity"] == "error":
            # a module's own name is part of some messages
            message = one["message"].replace(Path(one["file"]).stem, "")
            found[Path(one["file"])].append((one["range"]["start"]["line"], one.get("rule", ""), message))
    return found


def _copied(project: Path, folder: Path) -> Path:
    """A copy of the project, without what a stopped run has left in it."""
    copy = (folder / project.name).resolve()
    if not copy.is_dir():
        shutil.copytree(project, copy)
    for file in copy.rglob(f"*{_MARK}*.py"):
        file.unlink()
    (copy / "pyproject.toml").unlink(missing_ok=True)  # it may have settings for the judge
    return copy

"""New type errors in completed files, by TypeScript's compiler.

Each distinct completion becomes a file beside the original, so that its imports mean the same; and so does the original
itself. What a completion has more of than the original, by code and message, is new. Only completions that came to the
end of their line are judged; errors of syntax are counted apart.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

from benchmarks.pydot.judge import Diagnostics, Errors, new_errors
from benchmarks.pydot.places import Place, from_row

__all__ = ["judged"]

_BATCH: Final = 24  # places whose files are given to one run of the compiler
_MARK: Final = "__tsdot_"
_ERROR: Final = re.compile(r"(?P<file>[^\s(][^(\n]*)\((?P<line>\d+),\d+\): error TS(?P<code>\d+): (?P<message>.*)")
_OPTIONS: Final = {
    "strict": True,
    "noEmit": True,
    "skipLibCheck": True,
    "target": "esnext",
    "module": "esnext",
    "moduleResolution": "bundler",
    "allowImportingTsExtensions": True,
    "experimentalDecorators": True,
    "types": [],
}


def judged(rows: Sequence[Mapping[str, Any]], projects: Mapping[str, Path], folder: Path) -> Iterator[dict[str, Any]]:
    """Each row's number, and for each arm whose completion is whole its new errors."""
    for project in projects.values():
        for left in project.rglob(f"*{_MARK}*.ts"):  # by a run that was stopped
            left.unlink()
    waiting = iter(rows)
    while batch := list(islice(waiting, _BATCH)):
        yield from _judged(batch, projects, folder.resolve())


def _judged(rows: Sequence[Mapping[str, Any]], projects: Mapping[str, Path], folder: Path) -> Iterator[dict[str, Any]]:
    files: dict[tuple[Path, str], Path] = {}

    def variant(place: Place, text: str) -> Path:
        key = place.file, text
        if key not in files:
            files[key] = place.file.with_name(f"{place.file.stem}{_MARK}{len(files)}.ts")
            files[key].write_bytes(text.encode())
        return files[key]

    wanted = []
    for row in rows:
        place, _ = from_row(row, projects)
        texts = {name: arm["text"] for name, arm in row["arms"].items() if arm["is_whole"]}
        variants = {name: variant(place, place.prefix + text + place.suffix) for name, text in texts.items()}
        wanted.append((row["number"], place, variant(place, place.source), variants))
    try:
        found = _diagnostics(list(files.values()), folder)
    finally:
        for file in files.values():
            file.unlink()
    for number, place, original, variants in wanted:
        line = place.source.count("\n", 0, place.line_begin)
        arms = {}
        for name, file in variants.items():
            before, after = found[original], found[file]
            in_line = new_errors(_errors(before, line), _errors(after, line))["type_errors"]
            arms[name] = new_errors(_errors(before), _errors(after)) | {"in_statement": in_line}
        yield {"number": number, "arms": arms}


def _errors(diagnostics: Diagnostics, line: int | None = None) -> Errors:
    return Errors((code, message) for at, code, message in diagnostics if line is None or at == line)


def _diagnostics(files: Sequence[Path], folder: Path) -> dict[Path, Diagnostics]:
    found = _compiled(files, folder)
    # While some file has errors of syntax, the compiler doesn't look at types.
    whole = [file for file in files if all(code for _, code, _ in found[file])]
    return found if len(whole) == len(files) else found | _compiled(whole, folder)


def _compiled(files: Sequence[Path], folder: Path) -> dict[Path, Diagnostics]:
    settings = {"compilerOptions": _OPTIONS, "files": [str(file.relative_to(folder)) for file in files]}
    (folder / "tsconfig.judge.json").write_text(json.dumps(settings), "utf-8")
    (program,) = (folder / "node_modules").glob("@typescript/typescript-*/lib/tsc")
    command = [str(program), "--project", "tsconfig.judge.json", "--pretty", "false"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=1200)
    found: dict[Path, Diagnostics] = {file: [] for file in files}
    if done.returncode not in (0, 1, 2):
        raise RuntimeError(f"tsc ended with {done.returncode}: {done.stderr or done.stdout}")
    for error in _ERROR.finditer(done.stdout):
        file = (folder / error["file"]).resolve()
        if file in found:
            # a module's own name is part of some messages; the codes below 2000 are of syntax
            message = error["message"].replace(file.stem, "")
            code = "" if int(error["code"]) < 2000 else f"TS{error['code']}"
            found[file].append((int(error["line"]) - 1, code, message))
    return found

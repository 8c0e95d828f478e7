"""Results on disk: a JSON Lines file for each mode and engine, its first line the run, each other line a case.

Lines are written as cases end, so that a run that was stopped goes on where it was. A file of other settings, cases or
versions is never added to. Files may be gzipped afterwards.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO

from structgen.bench.masks import Row
from structgen.errors import ArgumentError

_MUST_AGREE: Final = ("mode", "engine", "version", "settings", "cases", "fingerprint")


@dataclass(frozen=True, slots=True)
class Results:
    """The rows of one engine in one mode, each with its ``id`` and ``outcome``, and the run that they come from."""

    run: dict[str, Any]
    rows: list[Row]

    @property
    def engine(self) -> str:
        return str(self.run["engine"])

    @property
    def mode(self) -> str:
        return str(self.run["mode"])


class RowFile:
    """A file that is being written. ``done`` holds the ids of the cases that it has."""

    def __init__(self, folder: Path, run: dict[str, Any]) -> None:
        """Open or begin the file of ``run``'s mode and engine.

        Raises
        ------
        ArgumentError
            The file there is of another run, or the folder can't be written.
        """
        self.path = folder / f"{run['mode']}-{run['engine']}.jsonl"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.done = self._resume(run) if self.path.exists() else set()
            self._stream: TextIO = self.path.open("a", encoding="utf-8")
        except OSError as error:
            raise ArgumentError(f"{self.path} can't be written", reason=str(error)) from error
        if not self._stream.tell():
            self.append({"run": run})

    def append(self, row: Row) -> None:
        """Write a line, at once."""
        self._stream.write(json.dumps(row, ensure_ascii=False) + "\n")
        self._stream.flush()

    def close(self) -> None:
        self._stream.close()

    def _resume(self, run: dict[str, Any]) -> set[str]:
        data = self.path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]  # a line that was being written when the run was stopped goes
        if whole != data:
            self.path.write_bytes(whole)
        if not whole:
            return set()
        results = parse(self.path, whole.decode("utf-8"))
        other = [name for name in _MUST_AGREE if results.run.get(name) != run[name]]
        if other:
            raise ArgumentError(
                f"{self.path} is of another run",
                reason="; ".join(f"its {name} is {results.run.get(name)}, now {run[name]}" for name in other),
                hint="another --out, or remove the file",
            )
        return {row["id"] for row in results.rows}


def read_results(folder: Path) -> list[Results]:
    """Read all files of a folder, by mode and engine.

    Raises
    ------
    ArgumentError
        There is none, or one that is not of this benchmark.
    """
    files = sorted([*folder.glob("*.jsonl"), *folder.glob("*.jsonl.gz")])
    if not files:
        raise ArgumentError(f"no results in {folder}", hint="a folder that `structgen bench` wrote with --out")
    found = []
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as stream:
            found.append(parse(file, stream.read()))
    return found


def parse(path: Path, text: str) -> Results:
    """Read the lines of a file."""
    try:
        first, *rest = [json.loads(line) for line in text.splitlines()]
        return Results(first["run"], [row | {"id": row["id"], "outcome": row["outcome"]} for row in rest])
    except (ValueError, KeyError, TypeError) as error:
        raise ArgumentError(f"{path} holds no results of this benchmark", reason=repr(error)) from error

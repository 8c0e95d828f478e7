"""Rows in JSON Lines, written one at a time, so that a run that was stopped can go on."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

__all__ = ["append", "read"]


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a file, or of its copy that ends with ``.gz``; none where there is no file.

    A last line that a stopped run has left unfinished is dropped.
    """
    packed = path.with_name(f"{path.name}.gz")
    if path.exists():
        lines = path.read_text("utf-8").split("\n")
    elif packed.exists():
        lines = gzip.decompress(packed.read_bytes()).decode("utf-8").split("\n")
    else:
        return []
    return [json.loads(line) for line in lines[:-1]]


def append(path: Path, row: dict[str, Any]) -> None:
    """Write one more row, behind those of the packed copy where there is only that."""
    packed = path.with_name(f"{path.name}.gz")
    if packed.exists() and not path.exists():
        path.write_bytes(gzip.decompress(packed.read_bytes()))
    _cut_unfinished(path)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def _cut_unfinished(path: Path) -> None:
    if path.exists():
        with path.open("rb+") as file:
            content = file.read()
            if content and not content.endswith(b"\n"):
                file.truncate(content.rfind(b"\n") + 1)

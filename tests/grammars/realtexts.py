"""Texts that nobody wrote for this project: files that come with Python and with the installed packages."""

from __future__ import annotations

import functools
import os
import sysconfig
from collections.abc import Iterator
from pathlib import Path

__all__ = ["files", "texts"]


@functools.cache
def _everything() -> tuple[Path, ...]:
    """The standard library's files and the installed packages', in an order that doesn't change."""
    found: list[Path] = []
    library = sysconfig.get_path("stdlib")
    for root in (library, sysconfig.get_path("purelib")):
        for folder, folders, names in os.walk(root):
            folders[:] = sorted(name for name in folders if name not in ("__pycache__", "site-packages"))
            found += (Path(folder, name) for name in sorted(names) if not name.endswith((".pyc", ".pyi", ".so")))
    return tuple(found)


def files(ending: str, max_bytes: int = 20_000) -> Iterator[Path]:
    """Those whose path ends so and that are no larger than said."""
    for path in _everything():
        if path.as_posix().endswith(ending) and path.stat().st_size <= max_bytes:
            yield path


def texts(ending: str, at_least: int, at_most: int = 100, max_bytes: int = 20_000) -> list[tuple[Path, str]]:
    """Such files with their UTF-8 texts, line breaks as they are; it is an error if there are too few."""
    found: list[tuple[Path, str]] = []
    for path in files(ending, max_bytes):
        try:
            found.append((path, path.read_bytes().decode("utf-8")))
        except UnicodeDecodeError:
            continue
        if len(found) == at_most:
            break
    assert len(found) >= at_least, f"only {len(found)} files *{ending} are installed"
    return found

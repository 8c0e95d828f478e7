"""Source distributions of PyPI packages, pinned, and the places in them that are asked about."""

from __future__ import annotations

import ast
import random
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["PACKAGES", "Place", "fetched", "places"]

PACKAGES: Final = (
    "attrs==25.4.0",
    "click==8.3.0",
    "httpx==0.28.1",
    "jinja2==3.1.6",
    "markdown-it-py==4.0.0",
    "networkx==3.5",
    "packaging==25.0",
    "requests==2.32.5",
    "rich==14.2.0",
    "urllib3==2.5.0",
)


@dataclass(frozen=True, slots=True)
class Place:
    """A name in a file: where it begins and ends, in characters, and what kind of site it is."""

    file: Path
    kind: str
    begin: int
    end: int


def fetched(package: str, folder: Path) -> Path:
    """The package's source, downloaded and unpacked once."""
    target = folder / package.replace("==", "-")
    if not target.is_dir():
        archives = folder / "archives" / package
        command = ["pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        subprocess.run([sys.executable, "-m", *command, "--dest", str(archives), package], check=True)
        (archive,) = archives.glob("*.tar.gz")
        with tarfile.open(archive) as file:
            file.extractall(target, filter="data")
    return target


def places(root: Path, count: int, seed: int) -> list[Place]:
    """A sample of the places of a package, its tests and documents left out."""
    found: list[Place] = []
    for file in sorted(root.rglob("*.py")):
        if not {"tests", "test", "docs", "examples"} & set(file.relative_to(root).parts):
            found += _places_of(file)
    return random.Random(seed).sample(found, min(count, len(found)))


def _places_of(file: Path) -> Iterator[Place]:
    try:
        source = file.read_text("utf-8")
        tree = ast.parse(source)
    except (UnicodeDecodeError, SyntaxError):
        return
    lines = source.split("\n")
    begins = [0]
    for line in lines:
        begins.append(begins[-1] + len(line) + 1)

    def offset(line: int, column: int) -> int:
        return begins[line - 1] + len(lines[line - 1].encode()[:column].decode())

    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            end = offset(node.end_lineno or 0, node.end_col_offset or 0)
            begin, kind, name = end - len(node.attr), "attribute", node.attr
        elif isinstance(node, ast.keyword) and node.arg is not None:
            begin, kind, name = offset(node.lineno, node.col_offset), "keyword", node.arg
            end = begin + len(name)
        elif isinstance(node, ast.alias) and node.name.isidentifier():
            begin, kind, name = offset(node.lineno, node.col_offset), "import", node.name
            end = begin + len(name)
        else:
            continue
        if source[begin:end] == name:
            yield Place(file, kind, begin, end)

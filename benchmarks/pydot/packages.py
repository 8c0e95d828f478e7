"""Source distributions of PyPI packages, pinned."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Final

__all__ = ["PACKAGES", "fetched", "sources"]

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
_LEFT_OUT: Final = frozenset(["tests", "test", "docs", "doc", "examples", "benchmarks", "tools"])


def fetched(package: str, folder: Path) -> Path:
    """The project's folder, downloaded and unpacked once."""
    target = folder / package.replace("==", "-")
    if not target.is_dir():
        archives = folder / "archives" / package
        command = ["pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        subprocess.run([sys.executable, "-m", *command, "--dest", str(archives), package], check=True)
        (archive,) = archives.glob("*.tar.gz")
        with tarfile.open(archive) as file:
            file.extractall(target, filter="data")
    (project,) = (path for path in target.iterdir() if path.is_dir())
    return project


def sources(project: Path) -> list[Path]:
    """The project's own modules; its tests, documents and tools left out."""
    files = sorted(project.rglob("*.py"))
    return [file for file in files if not _LEFT_OUT & set(file.relative_to(project).parts)]

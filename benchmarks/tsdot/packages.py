"""npm packages that ship their TypeScript sources, pinned, with what they import."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Final

__all__ = ["PACKAGES", "TYPESCRIPT", "fetched", "sources"]

PACKAGES: Final = (
    "rxjs@7.8.2",
    "zod@4.6.7",
    "immer@11.2.10",
    "effect@4.1.0",
    "mobx@7.1.3",
    "redux@5.0.1",
    "@reduxjs/toolkit@2.15.0",
    "reselect@5.3.0",
    "@tanstack/query-core@5.108.4",
    "cheerio@1.2.0",
)
TYPESCRIPT: Final = "typescript@7.0.2"
_LEFT_OUT: Final = frozenset(["tests", "test", "__tests__", "docs", "locales", "node_modules"])


def fetched(folder: Path) -> dict[str, Path]:
    """The packages' folders by their names, in one ``node_modules`` with TypeScript itself; installed once."""
    modules = folder / "node_modules"
    if not (modules / "typescript").is_dir():
        npm = shutil.which("npm")
        if npm is None:
            raise SystemExit("npm is not installed")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(json.dumps({"name": "tsdot", "private": True}), "utf-8")
        command = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--save-exact", "--legacy-peer-deps"]
        subprocess.run([*command, *PACKAGES, TYPESCRIPT], cwd=folder, check=True)
    names = (package.rpartition("@")[0] for package in PACKAGES)
    return {name: (modules / name).resolve() for name in names}


def sources(project: Path) -> list[Path]:
    """The project's own modules; its tests, documents and declarations left out."""
    files = sorted(project.rglob("*.ts"))
    own = [file for file in files if not _LEFT_OUT & set(file.relative_to(project).parts)]
    return [file for file in own if not file.name.endswith((".d.ts", ".test.ts", ".spec.ts"))]

"""Install TypeScript beside this file, from npm: its compiler as a library (5), and its native server (7).

Does nothing where it is installed. Without npm, or without its registry, it says so and succeeds: the tests that need
the compiler are then skipped, with a reason.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
FOLDER = HERE / "typescript"
PACKAGE = FOLDER / "node_modules" / "typescript"
SERVER = HERE / "typescript7"
VERSIONS = {FOLDER: "5.9.3", SERVER: "7.0.2"}
TIMEOUT_SECONDS = 900


def is_installed(folder: Path) -> bool:
    try:
        package = folder / "node_modules" / "typescript" / "package.json"
        version = json.loads(package.read_text("utf-8"))["version"]
    except (OSError, ValueError, KeyError):
        return False
    return bool(version == VERSIONS[folder])


def install(folder: Path) -> str | None:
    """Install the version of ``folder``; the reason where that failed."""
    npm = shutil.which("npm")
    if npm is None:
        return "npm is not installed"
    folder.mkdir(exist_ok=True)
    command = [npm, "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(
            [*command, f"typescript@{VERSIONS[folder]}"], capture_output=True, text=True, timeout=TIMEOUT_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode:
        return done.stderr.strip() or f"npm ended with {done.returncode}"
    return None if is_installed(folder) else "npm did not install typescript"


def main() -> None:
    for folder, version in VERSIONS.items():
        if not is_installed(folder) and (reason := install(folder)) is not None:
            print(f"{reason}\nThe tests that need TypeScript {version} will be skipped.", file=sys.stderr)


if __name__ == "__main__":
    main()

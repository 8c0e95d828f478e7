"""Install TypeScript's compiler beside this file, from npm.

Does nothing where it is installed. Without npm, or without its registry, it says so and succeeds: the tests that need
the compiler are then skipped, with a reason.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "typescript"
PACKAGE = FOLDER / "node_modules" / "typescript"
VERSION = "5.9.3"
TIMEOUT_SECONDS = 900


def is_installed() -> bool:
    try:
        version = json.loads((PACKAGE / "package.json").read_text("utf-8"))["version"]
    except (OSError, ValueError, KeyError):
        return False
    return bool(version == VERSION and (PACKAGE / "lib" / "typescript.js").is_file())


def install() -> str | None:
    """Install the compiler; the reason where that failed."""
    npm = shutil.which("npm")
    if npm is None:
        return "npm is not installed"
    FOLDER.mkdir(exist_ok=True)
    command = [npm, "install", "--prefix", str(FOLDER), "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(
            [*command, f"typescript@{VERSION}"], capture_output=True, text=True, timeout=TIMEOUT_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode:
        return done.stderr.strip() or f"npm ended with {done.returncode}"
    return None if is_installed() else "npm did not install typescript"


def main() -> None:
    if not is_installed() and (reason := install()) is not None:
        print(f"{reason}\nThe tests that need TypeScript's compiler will be skipped.", file=sys.stderr)


if __name__ == "__main__":
    main()

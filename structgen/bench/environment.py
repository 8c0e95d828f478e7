"""The machine, the versions and the command, as they are kept beside every result."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import structgen


def machine() -> dict[str, Any]:
    """What the figures depend on that is no software of ours."""
    return {"processor": _processor(), "cores": os.cpu_count(), "system": platform.platform(terse=True)}


def versions() -> dict[str, str]:
    """Versions of what every engine runs with; the engine's own is kept with its rows."""
    found = {"python": platform.python_version()}
    for name in ("structgen", "numpy", "jsonschema", "tokenizers", "transformers", "torch"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    if (commit := checkout()) is not None:
        found["commit"] = commit
    return found


def command() -> str:
    """The command line that was given."""
    return " ".join(["structgen", *sys.argv[1:]] if "bench" in sys.argv[1:2] else sys.argv)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:  # not a Linux
        return platform.processor() or platform.machine()
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def checkout() -> str | None:
    """The commit of a checkout that structgen runs from."""
    root = Path(structgen.__file__).parents[1]
    if not (root / ".git").exists():
        return None
    git = ["git", "-C", str(root), "describe", "--always", "--dirty"]
    try:
        return subprocess.run(git, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None

"""Static analysis comes in, constraints on the text go out: code that names only what exists.

A monitor waits for its trigger, asks what may stand there, and constrains the text until the name's boundary.

Source: Agrawal, Kanade, Goyal, Lahiri, Rajamani, "Guiding Language Models of Code with Global Context using Monitors",
NeurIPS 2023.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from structgen.monitors.answers import Answer
from structgen.monitors.late import LateMatcher
from structgen.monitors.matcher import MonitoredMatcher
from structgen.monitors.monitor import Monitor, Names, Statistics
from structgen.monitors.monitored import Asking, MonitoredGrammar, attach
from structgen.monitors.paths import Paths
from structgen.monitors.protocol import Protocol

if TYPE_CHECKING:
    from structgen.monitors.braces import Cpp, TypeScript
    from structgen.monitors.csharp import CSharp
    from structgen.monitors.go import Go
    from structgen.monitors.java import Java
    from structgen.monitors.python import Python
    from structgen.monitors.rust import Rust
    from structgen.monitors.sql import SQL
    from structgen.monitors.tools import Tools

__all__ = [
    "SQL",
    "Answer",
    "Asking",
    "CSharp",
    "Cpp",
    "Go",
    "Java",
    "LateMatcher",
    "Monitor",
    "MonitoredGrammar",
    "MonitoredMatcher",
    "Names",
    "Paths",
    "Protocol",
    "Python",
    "Rust",
    "Statistics",
    "Tools",
    "TypeScript",
    "attach",
]

_NEED_MORE = {
    "CSharp": "structgen.monitors.csharp",
    "Cpp": "structgen.monitors.braces",
    "Go": "structgen.monitors.go",
    "Java": "structgen.monitors.java",
    "Python": "structgen.monitors.python",
    "Rust": "structgen.monitors.rust",
    "SQL": "structgen.monitors.sql",
    "Tools": "structgen.monitors.tools",
    "TypeScript": "structgen.monitors.braces",
}


def __getattr__(name: str) -> Any:
    if name in _NEED_MORE:  # packages, or time to import, that the other monitors do without
        return getattr(importlib.import_module(_NEED_MORE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

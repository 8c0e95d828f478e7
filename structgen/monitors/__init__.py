"""Static analysis comes in, constraints on the text go out: code that names only what exists.

A monitor waits for its trigger, asks what may stand there, and constrains the text until the name's boundary.

Source: Agrawal, Kanade, Goyal, Lahiri, Rajamani, "Guiding Language Models of Code with Global Context using Monitors",
NeurIPS 2023.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from structgen.monitors.answers import Answer
from structgen.monitors.matcher import MonitoredGrammar, MonitoredMatcher, attach
from structgen.monitors.monitor import Monitor, Names, Statistics

if TYPE_CHECKING:
    from structgen.monitors.python import Python

__all__ = ["Answer", "Monitor", "MonitoredGrammar", "MonitoredMatcher", "Names", "Python", "Statistics", "attach"]


def __getattr__(name: str) -> Any:
    if name == "Python":  # needs pygls and lsprotocol, which the other monitors do without
        return importlib.import_module("structgen.monitors.python").Python
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

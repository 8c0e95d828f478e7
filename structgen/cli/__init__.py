"""A command line comes in; texts on standard output, all else on standard error, and an exit code go out.

0: done, or accepted. 1: the output is incomplete, or the text is not accepted. 2: the command line or the specification
is refused. 3: the model is refused. 130: interrupted.
"""

from __future__ import annotations

from structgen.cli.app import app, main

__all__ = ["app", "main"]

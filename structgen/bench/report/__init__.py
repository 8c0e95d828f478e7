"""Results come in; tables, plots, a Markdown report and a self-contained HTML page go out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from structgen.bench.report.page import write_page
from structgen.bench.report.plots import plots_of
from structgen.bench.report.tables import tables_of
from structgen.bench.rows import Results

__all__ = ["write_report"]


def write_report(results: Sequence[Results], folder: Path) -> list[Path]:
    """Write ``report.md``, its plots and ``report.html`` into a folder, and return the two reports' paths."""
    return write_page(results, tables_of(results), plots_of(results), folder)

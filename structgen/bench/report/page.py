"""The report as Markdown, its plots in files beside it, and as one HTML page that holds everything."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Final

from structgen.bench.report.figures import NAMES
from structgen.bench.report.plots import Plot
from structgen.bench.report.tables import Table
from structgen.bench.rows import Results

_SECTIONS: Final = (
    ("masks", "Masks", ("Masks",)),
    ("coverage", "Coverage", ("Coverage", "Test suite")),
    ("generation", "Generation", ("Generation",)),
    ("quality", "Quality", ("Quality",)),
)
_COMMON: Final = ("data", "limit", "seed", "case_seconds")
_OF_MODE: Final = {
    "masks": ("tokenizer",),
    "coverage": ("tokenizer", "walks"),
    "generation": ("model", "max_tokens"),
    "quality": ("model", "max_tokens"),
}
TITLE: Final = "Structured generation: engines side by side"


def write_page(results: Sequence[Results], tables: Sequence[Table], plots: Sequence[Plot], folder: Path) -> list[Path]:
    """Write both reports, and return their paths."""
    markdown, page = folder / "report.md", folder / "report.html"
    markdown.write_text(_markdown(results, tables, plots), "utf-8")
    for plot in plots:
        (folder / f"{plot.name}.svg").write_text(plot.svg, "utf-8")
    page.write_text(_html(results, tables, plots), "utf-8")
    return [markdown, page]


def runs_of(results: Sequence[Results]) -> list[list[str]]:
    """What the results come from, a line a fact; said once where all engines agree on it."""
    lines = []
    for mode, _, _ in _SECTIONS:
        of_mode = [one.run for one in results if one.mode == mode]
        if not of_mode:
            continue
        first = of_mode[0]
        settings = {name: first["settings"][name] for name in (*_COMMON, *_OF_MODE[mode])}
        machine, versions = first["machine"], first["versions"]
        facts = {
            "command": " / ".join(dict.fromkeys(str(run["command"]) for run in of_mode)),
            "cases": f"{first['cases']:,}",
            "settings": ", ".join(f"{name} {_said(name, value)}" for name, value in settings.items()),
            "processes at a time": str(first["jobs"]),
            "machine": f"{machine['processor']}, {machine['cores']} cores, {machine['system']}",
            "versions": ", ".join(f"{name} {version}" for name, version in versions.items()),
            "engines": ", ".join(f"{run['engine']} {run['version']}" for run in sorted(of_mode, key=_place)),
            "started": str(first["started"]),
        }
        lines += [[mode, name, fact] for name, fact in facts.items()]
    return lines


def _said(name: str, value: Any) -> str:
    defaults = {"data": "that ships", "limit": "none", "tokenizer": "built in", "model": "built in"}
    return defaults[name] if value is None else str(value)


def _place(run: dict[str, Any]) -> int:
    return NAMES.index(run["engine"]) if run["engine"] in NAMES else len(NAMES)


def _parts(tables: Sequence[Table], plots: Sequence[Plot]) -> list[tuple[str, str, list[Table], list[Plot]]]:
    """Of each section: its name, title, tables and plots; not those that have none."""
    found = []
    for mode, title, starts in _SECTIONS:
        of_section = [table for table in tables if table.title.startswith(starts)]
        if of_section:
            found.append((mode, title, of_section, [plot for plot in plots if plot.mode == mode]))
    return found


def _markdown(results: Sequence[Results], tables: Sequence[Table], plots: Sequence[Plot]) -> str:
    blocks = [f"# {TITLE}\n"]
    for _, title, of_section, pictures in _parts(tables, plots):
        blocks.append(f"## {title}\n")
        blocks += [f"![{plot.title}]({plot.name}.svg)\n" for plot in pictures]
        blocks += [table.to_markdown() for table in of_section]
    blocks.append("## How\n\n" + "\n".join(f"* {mode}, {name}: {fact}" for mode, name, fact in runs_of(results)) + "\n")
    return "\n".join(blocks)


def _html(results: Sequence[Results], tables: Sequence[Table], plots: Sequence[Plot]) -> str:
    jinja2 = importlib.import_module("jinja2")
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    source = resources.files("structgen.bench.report").joinpath("page.html.j2").read_text("utf-8")
    text: str = environment.from_string(source).render(
        title=TITLE, sections=_parts(tables, plots), runs=runs_of(results), shade=_shade
    )
    return text


def _shade(table: Table, row: int, column: int) -> str:
    """The CSS of a cell: greener the fuller."""
    share = table.shades.get((row, column))
    return "" if share is None else f"background:hsl({share * 120:.0f} 65% {92 - 12 * share:.0f}%)"

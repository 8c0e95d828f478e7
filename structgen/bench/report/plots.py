"""Plots of the results, each an SVG text: matplotlib, without a display, the same colour for an engine everywhere."""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from structgen.bench.masks import Row
from structgen.bench.report import figures
from structgen.bench.report.figures import NAMES, OUTCOMES, CoverageCounts, Speed, of_mode, outcomes
from structgen.bench.rows import Results

_COLOURS: Final = {
    "structgen": "#d62728", "structgen-any-order": "#ff9896", "structgen-one-by-one": "#ff9896", "free": "#7f7f7f",
    "llguidance": "#1f77b4", "xgrammar": "#2ca02c", "outlines-core": "#9467bd", "glrmask": "#ff7f0e",
    "maskforge": "#17becf", "oc-earley": "#8c564b", "lm-format-enforcer": "#bcbd22", "llama.cpp": "#e377c2",
}  # fmt: skip
_OUTCOME_COLOURS: Final = ("#2ca02c", "#c7c7c7", "#ffbb78", "#d62728", "#9467bd", "#8c564b", "#000000")
_TAILS: Final = ((50, "p50"), (90, "p90"), (99, "p99"), (99.9, "p99.9"), (99.99, "p99.99"))


@dataclass(frozen=True, slots=True)
class Plot:
    """An SVG picture; ``name`` is that of its file, ``mode`` what it belongs to."""

    name: str
    mode: str
    title: str
    svg: str


def plots_of(results: Sequence[Results]) -> list[Plot]:
    """All plots that these results give."""
    made: list[Plot] = []
    masks = of_mode(results, "masks")
    if masks:
        made.append(_plot("masks-outcomes", "masks", "What passes", len(masks), lambda axes: _outcomes(axes[0], masks)))
        made.append(
            _plot("masks-times", "masks", "Times by percentile", 10, lambda axes: _times(axes, masks), columns=2)
        )
        made.append(
            _plot("masks-sizes", "masks", "Compile + first mask by size", 10, lambda axes: _sizes(axes[0], masks))
        )
    coverage = of_mode(results, "coverage")
    if coverage:
        make = _coverage
        made.append(_plot("coverage", "coverage", "Coverage", 3 * len(coverage), lambda axes: make(axes[0], coverage)))
    generation = [one for one in of_mode(results, "generation") if Speed.of(one.rows) is not None]
    if generation:
        rows = len(generation)
        made.append(
            _plot("generation", "generation", "Speed", rows, lambda axes: _generation(axes, generation), columns=2)
        )
    quality = of_mode(results, "quality")
    if quality:
        made.append(_plot("quality", "quality", "Answers", 2 * len(quality), lambda axes: _quality(axes[0], quality)))
    return made


def _plot(name: str, mode: str, title: str, bars: int, draw: Callable[[list[Any]], None], *, columns: int = 1) -> Plot:
    """Draw into fresh axes. ``bars`` tells the height: as many bars, or their like, above each other."""
    matplotlib = importlib.import_module("matplotlib")
    figure_module = importlib.import_module("matplotlib.figure")
    # Text as text, in the reader's own font; no date, so that the same results give the same file.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "structgen", "font.size": 9}):
        figure = figure_module.Figure(figsize=(9.5, 1.1 + 0.32 * max(3, bars)), layout="constrained")
        axes = [figure.add_subplot(1, columns, number + 1) for number in range(columns)]
        draw(axes)
        for one in axes:
            one.spines[["top", "right"]].set_visible(False)
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    svg = stream.getvalue()
    return Plot(name, mode, title, svg[svg.index("<svg") :])


def _outcomes(axes: Any, results: list[Results]) -> None:
    names = [one.engine for one in reversed(results)]
    left = np.zeros(len(names))
    for outcome, colour in zip(OUTCOMES, _OUTCOME_COLOURS, strict=True):
        widths = np.array([outcomes(one.rows)[outcome] / max(1, len(one.rows)) for one in reversed(results)]) * 100
        if widths.any():
            axes.barh(names, widths, left=left, color=colour, label=outcome, height=0.7)
        left += widths
    axes.set_xlabel("% of cases")
    axes.set_xlim(0, 100)
    axes.legend(ncols=len(OUTCOMES), loc="lower center", bbox_to_anchor=(0.45, 1.0), frameon=False)


def _times(axes: list[Any], results: list[Results]) -> None:
    _curves(axes[0], "compile + first mask", [(one.engine, figures.firsts(one.rows)) for one in results])
    _curves(axes[1], "mask + commit", [(one.engine, figures.masks(one.rows)) for one in results])
    axes[1].legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))


def _curves(axes: Any, title: str, series: list[tuple[str, NDArray[np.float64]]]) -> None:
    """Times over percentiles, stretched towards the tail: 90 to 99 is as wide as 99 to 99.9."""
    longest = max((len(times) for _, times in series), default=0)
    for name, times in series:
        if len(times):
            # Where a sample is as rare as one in all, its percentile says no more than the maximum.
            shares = 100 - np.geomspace(100, 100 / len(times), 200)
            wide = 2.4 if name == "structgen" else 1.4
            axes.plot(100 / (100 - shares), np.percentile(times, shares), color=_colour(name), label=name, lw=wide)
    ticks = [(100 / (100 - share), label) for share, label in _TAILS if longest * (100 - share) >= 100]
    axes.set(xscale="log", yscale="log", title=title, ylabel="us")
    axes.set_xticks([place for place, _ in ticks], [label for _, label in ticks])
    axes.minorticks_off()
    axes.grid(alpha=0.3)


def _sizes(axes: Any, results: list[Results]) -> None:
    for one in results:
        taken = [row for row in one.rows if "first_us" in row]
        sizes, times = [row["size"] for row in taken], [row["first_us"] / 1e3 for row in taken]
        front = 3 if one.engine == "structgen" else 2
        options = {"s": 9, "alpha": 0.55, "lw": 0, "rasterized": len(taken) > 300, "zorder": front}
        axes.scatter(sizes, times, color=_colour(one.engine), label=one.engine, **options)
    axes.set(xscale="log", yscale="log", xlabel="bytes of the schema", ylabel="ms")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0), markerscale=2)


def _coverage(axes: Any, results: list[Results]) -> None:
    counts = [CoverageCounts.of(one.rows) for one in results]
    parts = ("declared", "empirical", "true")
    shades = ("#c6dbef", "#6baed6", "#08519c")
    groups = [[getattr(one, part) / max(1, one.cases) for one in counts] for part in parts]
    _bars(axes, [one.engine for one in results], list(zip(parts, shades, groups, strict=True)))


def _bars(axes: Any, names: list[str], parts: list[tuple[str, str, list[float]]]) -> None:
    """A group of bars for each name, shares of 1 as per cent."""
    height = 0.8 / len(parts)
    places = np.arange(len(names))
    for number, (label, colour, shares) in enumerate(parts):
        drawn = axes.barh(places + number * height, np.array(shares) * 100, height, color=colour, label=label)
        axes.bar_label(drawn, fmt="%.0f", padding=2, fontsize=8)
    axes.set_yticks(places + 0.4 - height / 2, names)
    axes.invert_yaxis()
    axes.set(xlabel="%", xlim=(0, 105))
    axes.legend(ncols=len(parts), loc="lower center", bbox_to_anchor=(0.45, 1.0), frameon=False)


def _generation(axes: list[Any], results: list[Results]) -> None:
    for place, title, pick in (
        (axes[0], "time to the first token, ms", lambda row: row["first_token_ms"]),
        (axes[1], "time per token after the first, ms", figures.token_ms),
    ):
        for number, one in enumerate(results):
            times = [pick(row) for row in one.rows if row.get("tokens")]
            drawn = place.boxplot([times], positions=[number], orientation="horizontal", widths=0.6, patch_artist=True)
            drawn["boxes"][0].set_facecolor(_colour(one.engine))
            drawn["medians"][0].set_color("black")
        place.set_yticks(range(len(results)), [one.engine for one in results])
        place.invert_yaxis()
        place.set(title=title, xscale="log")
        place.grid(alpha=0.3, axis="x")


def _quality(axes: Any, results: list[Results]) -> None:
    def share(rows: list[Row], name: str) -> float:
        return sum(bool(row.get(name)) for row in rows) / max(1, len(rows))

    parts = [(name, colour, [share(one.rows, name) for one in results]) for name, colour in
             (("valid", "#9ecae1"), ("right", "#08519c"))]  # fmt: skip
    _bars(axes, [one.engine for one in results], parts)


def _colour(engine: str) -> str:
    return _COLOURS.get(engine, f"C{NAMES.index(engine) if engine in NAMES else 0}")

"""Tables of the results, as values that Markdown and HTML are written from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from structgen.bench.generation import ONE_BY_ONE
from structgen.bench.masks import Row
from structgen.bench.report import figures
from structgen.bench.report.figures import CoverageCounts, Speed, of_mode, outcomes, percentile
from structgen.bench.rows import Results

_SHARES: Final = (25, 50, 75, 90, 99, 99.9)
_LEVELS: Final = (("every group", 1.0), ("> 75%", 0.75), ("> 50%", 0.5), ("> 25%", 0.25), ("> 0%", 0.0))


@dataclass(frozen=True)
class Table:
    """Cells as texts; ``shades`` tells how full of what they count some of them are, from 0 to 1."""

    title: str
    note: str
    header: list[str]
    rows: list[list[str]]
    shades: dict[tuple[int, int], float] = field(default_factory=dict)

    def to_markdown(self) -> str:
        """The table with its title and note, the first column left-aligned, the others right-aligned."""
        lines = [self.header, ["---", *(["---:"] * (len(self.header) - 1))], *self.rows]
        body = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
        return f"### {self.title}\n\n{self.note}\n\n{body}\n"


def tables_of(results: Sequence[Results]) -> list[Table]:
    """All tables that these results give, the most telling of each mode first."""
    found = []
    for mode, make in (
        ("masks", _mask_tables),
        ("coverage", _coverage_tables),
        ("generation", _generation_tables),
        ("quality", _quality_tables),
    ):
        of_this = of_mode(results, mode)  # type: ignore[arg-type]
        if of_this:
            found += make(of_this)
    return found


def _mask_tables(results: list[Results]) -> list[Table]:
    header = ["engine", "version", "cases", *figures.OUTCOMES]
    rows = [
        [
            one.engine,
            str(one.run["version"]),
            _cases(one),
            *(_count(counts[name]) for name in figures.OUTCOMES),
        ]
        for one in results
        if (counts := outcomes(one.rows)) is not None
    ]
    passing = Table(
        "Masks: what passes",
        "A case passes where every valid instance is accepted to its end and no invalid one is. Refused: with an error "
        "when it is compiled. Two kinds of wrong: a valid instance rejected, an invalid one accepted.",
        header,
        rows,
        {(n, 3): outcomes(one.rows)["passing"] / max(1, len(one.rows)) for n, one in enumerate(results)},
    )
    return [
        passing,
        *_common_table(results),
        _times("Masks: mask + commit", "Microseconds for each token of the instances.", results, figures.masks),
        _times("Masks: compile + first mask", "Microseconds for each schema that was taken.", results, figures.firsts),
        _by(
            "Masks: passing by data set",
            "Share of all cases.",
            results,
            "dataset",
            lambda row: bool(row["outcome"] == "passing"),
        ),
    ]


def _times(title: str, note: str, results: list[Results], pick: Callable[[list[Row]], NDArray[np.float64]]) -> Table:
    rows = []
    for one in results:
        times = pick(one.rows)
        cells = [percentile(times, share) for share in _SHARES]
        mean, most = (times.mean(), times.max()) if len(times) else (float("nan"), float("nan"))
        rows.append([one.engine, _count(len(times)), *map(_us, (mean, *cells, most))])
    note += " Each engine over what it takes itself: one that refuses hard schemas looks quicker."
    return Table(title, note, ["engine", "measured", "mean", *(f"p{share:g}" for share in _SHARES), "max"], rows)


def _common_table(results: list[Results]) -> list[Table]:
    """The cases that all engines pass, of those engines that pass half: one that passes none would leave no case."""
    compared = [one for one in results if 2 * outcomes(one.rows)["passing"] >= len(one.rows)]
    ids = figures.common(compared, "passing")
    if len(compared) < 2 or not ids:
        return []
    rows = []
    for one in compared:
        same = [row for row in one.rows if row["id"] in ids]
        first, masks = figures.firsts(same), figures.masks(same)
        total = (first.sum() + masks.sum()) / 1e3 / len(same)
        picked = [
            first.mean(),
            *(percentile(first, share) for share in (50, 99)),
            masks.mean() if len(masks) else np.nan,
        ]
        picked += [percentile(masks, share) for share in (50, 99, 100)]
        rows.append([one.engine, f"{total:,.2f}", *map(_us, picked)])
    header = ["engine", "ms a case", "compile mean us", "p50", "p99", "mask mean us", "p50", "p99", "max"]
    left = [one.engine for one in results if one not in compared]
    without = f" Without {', '.join(left)}: fewer than half of their cases pass." if left else ""
    return [
        Table(
            f"Masks: the {len(ids):,} cases that every engine here passes",
            "The same work for all. Milliseconds a case: compiling, and all masks and commits of its instances."
            + without,
            header,
            rows,
        )
    ]


def _coverage_tables(results: list[Results]) -> list[Table]:
    rows: list[list[str]] = []
    shades: dict[tuple[int, int], float] = {}
    for number, one in enumerate(results):
        counts = CoverageCounts.of(one.rows)
        shares = [part / max(1, counts.cases) for part in (counts.declared, counts.empirical, counts.true)]
        shades |= {(number, 3 + column): share for column, share in enumerate(shares)}
        failed = sum(outcomes(one.rows)[name] for name in ("run-time error", "timeout", "crash"))
        rest = (outcomes(one.rows)["refused"], failed, counts.over, counts.dead_ends, counts.under, counts.unfinished)
        cells = [*map(_percent, shares), _percent(counts.compliance), *map(_count, rest)]
        rows.append([one.engine, str(one.run["version"]), _cases(one), *cells])
    summary = Table(
        "Coverage",
        "Declared: taken without an error. Empirical: every text drawn at random under the masks is valid (by "
        "jsonschema, formats asserted). True: no instance and no drawn text shows a difference; an upper bound. "
        "Compliance: empirical of declared. Over-constrained: a valid instance is rejected, or a path ends in an empty "
        "mask (also under dead ends). Under-constrained: something invalid is allowed. Unfinished: no drawn text came "
        "to its end.",
        ["engine", "version", "cases", "declared", "empirical", "true", "compliance", "refused", "errors",
         "over-constrained", "dead ends", "under-constrained", "unfinished"],
        rows,
        shades,
    )  # fmt: skip
    tables = [summary]
    others = [Results(one.run, [row for row in one.rows if not row.get("keyword")]) for one in results]
    if any(one.rows for one in others):
        tables.append(_by("Coverage: true, by data set", "Share of all cases.", others, "dataset", figures.is_true))
    return tables + _suite_tables(results)


def _suite_tables(results: list[Results]) -> list[Table]:
    suites = [Results(one.run, [row for row in one.rows if row.get("keyword")]) for one in results]
    if not any(one.rows for one in suites):
        return []
    rows = []
    for one in suites:
        keywords = figures.groups(one.rows, "keyword").values()
        shares = [sum(map(figures.is_right, group)) / len(group) for group in keywords]
        levels = [sum(share == 1.0 if level == 1.0 else share > level for share in shares) for _, level in _LEVELS]
        kinds: tuple[Callable[[Row], bool], ...] = (
            lambda row: not figures.is_declared(row),
            lambda row: bool(row.get("valid_rejected")),
            lambda row: bool(row.get("invalid_accepted")),
        )
        failures = [sum(any(map(kind, group)) for group in keywords) for kind in kinds]
        right = sum(map(figures.is_right, one.rows))
        rows.append([one.engine, f"{right:,} of {len(one.rows):,}", str(len(shares)), *map(str, levels + failures)])
    header = ["engine", "groups right", "keywords", *(name for name, _ in _LEVELS)]
    counts = Table(
        "Test suite: keywords by coverage, and by kind of failure",
        "A group of the official suite is right where it is taken and all its instances are judged rightly. Then: "
        "keywords of which all groups, or more than so many, are right; keywords with a group that is refused, "
        "over-constrained or under-constrained.",
        [*header, "refused", "over-constrained", "under-constrained"],
        rows,
    )
    by_keyword = _by("Test suite: groups right, by keyword", "Of all groups.", suites, "keyword", figures.is_right)
    return [counts, by_keyword]


def _by(title: str, note: str, results: list[Results], key: str, has: Callable[[Row], bool]) -> Table:
    """One row for each value of a key, one column for each engine, with the share of rows that have something."""
    by_engine = [figures.groups(one.rows, key) for one in results]
    names = sorted({name for groups in by_engine for name in groups})
    rows: list[list[str]] = []
    shades: dict[tuple[int, int], float] = {}
    for number, name in enumerate(names):
        cells = []
        for column, groups in enumerate(by_engine):
            group = groups.get(name, [])
            count = sum(map(has, group))
            cells.append(f"{count:,}" if group else "")
            if group:
                shades[number, column + 2] = count / len(group)
        rows.append([name, _count(max(len(groups.get(name, ())) for groups in by_engine)), *cells])
    return Table(
        title, note, [key.replace("dataset", "data set"), "of", *(one.engine for one in results)], rows, shades
    )


def _generation_tables(results: list[Results]) -> list[Table]:
    names = ("valid", "invalid", "not JSON", "incomplete", "refused", "prompt too long", "timeout", "crash")
    rows: list[list[str]] = []
    shades: dict[tuple[int, int], float] = {}
    for number, one in enumerate(results):
        counts = outcomes(one.rows)
        asked = max(1, len(one.rows) - counts["prompt too long"])
        shades[number, 3] = counts["valid"] / asked
        speed = Speed.of(one.rows)
        times = ["", "", "", ""]
        if speed is not None:
            times = [
                f"{speed.first_token_ms:,.0f}",
                f"{speed.token_ms:,.1f}",
                f"{speed.tokens:,.0f}",
                f"{speed.tokens_per_second:,.1f}",
            ]
        rows.append([one.engine, str(one.run["version"]), _percent(counts["valid"] / asked), *times,
                     *(_count(counts[name]) for name in names)])  # fmt: skip
    summary = Table(
        "Generation",
        "Greedy, one text at a time, the same model and prompts. Compliance: valid texts of those asked for. Time to "
        "the first token holds compiling and the prompt's pass; time per token is of those after the first. Medians.",
        ["engine", "version", "compliance", "first token ms", "ms a token", "tokens a text", "tokens/s", *names],
        rows,
        {(row, 2): share for (row, _), share in shades.items()},
    )
    return [summary, *_speculation_table(results)]


def _speculation_table(results: list[Results]) -> list[Table]:
    """structgen's decoder against its own masks one by one, over the texts that both made."""
    named = {one.engine: one for one in results}
    if "structgen" not in named or ONE_BY_ONE not in named:
        return []
    slow = {row["id"]: row for row in named[ONE_BY_ONE].rows if row.get("tokens")}
    both = [row for row in named["structgen"].rows if row.get("tokens") and row["id"] in slow]
    if not both:
        return []
    fast_seconds = sum(row["seconds"] for row in both)
    slow_seconds = sum(slow[row["id"]]["seconds"] for row in both)
    same = sum(row["text"] == slow[row["id"]]["text"] for row in both)
    tokens = sum(row["tokens"] for row in both)
    totals: dict[str, float] = {}
    for row in both:
        for name, value in row["statistics"].items():
            if isinstance(value, (int, float)):
                totals[name] = totals.get(name, 0) + value
    rows = [
        ["texts", _count(len(both))],
        ["the same text", f"{same} of {len(both)}"],
        ["speed-up, end to end", f"{slow_seconds / fast_seconds:.2f}"],
        ["tokens a pass of the model", f"{tokens / max(1, totals.get('forward_passes', 0)):.2f}"],
        *([name.replace("_", " "), f"{value:,.6g}"] for name, value in totals.items()),
    ]
    note = "Over the texts that both made. Below the line of tokens a pass: the statistics of Model.generate, summed."
    return [
        Table("Generation: what structgen's decoder saves over one mask, one pass, one token", note, ["", ""], rows)
    ]


def _quality_tables(results: list[Results]) -> list[Table]:
    families = sorted({row["dataset"] for one in results for row in one.rows})
    rows: list[list[str]] = []
    shades: dict[tuple[int, int], float] = {}
    for number, one in enumerate(results):
        groups = figures.groups(one.rows, "dataset")
        parts = [one.rows, *(groups.get(family, []) for family in families)]
        shares = [sum(bool(row.get("right")) for row in part) / max(1, len(part)) for part in parts]
        shades |= {(number, 3 + column): share for column, share in enumerate(shares)}
        valid = sum(bool(row.get("valid")) for row in one.rows) / max(1, len(one.rows))
        shades[number, 2] = valid
        rows.append([one.engine, _count(len(one.rows)), _percent(valid), *map(_percent, shares)])
    note = "Answers that are valid, and that are right, by kind of task; the same model and prompts, greedy."
    return [Table("Quality", note, ["engine", "tasks", "valid", "right", *families], rows, shades)]


def _cases(one: Results) -> str:
    """How many cases were measured; of how many, where a run isn't finished."""
    planned = one.run.get("cases", 0)
    return f"{len(one.rows):,} of {planned:,}" if len(one.rows) < planned else _count(len(one.rows))


def _count(number: int) -> str:
    return f"{number:,}"


def _percent(share: float) -> str:
    return f"{share:.1%}"


def _us(value: float) -> str:
    return "" if np.isnan(value) else f"{value:,.1f}" if value < 1000 else f"{value:,.0f}"

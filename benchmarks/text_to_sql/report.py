"""The report: what became of each arm's queries, and what a difference is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from benchmarks.pydot.metrics import sign_test
from benchmarks.text_to_sql.judge import OUTCOMES

__all__ = ["ARMS", "report"]

ARMS: Final = ("free", "grammar", "names", "names+grammar")
_PAIRS: Final = (("names", "free"), ("grammar", "free"), ("names+grammar", "free"), ("names+grammar", "grammar"))
_EXECUTED: Final = ("right", "another result")
Row = Mapping[str, Any]


def report(rows: Sequence[Row], about: Mapping[str, Any]) -> str:
    """The report in Markdown."""
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    machine = ", ".join(str(value) for value in about["machine"].values())
    return (
        "\n\n".join(
            [
                f"# Text to SQL\n\n{len(rows)} questions; {about['model']}, greedy. {versions}. {machine}.",
                "```console\n$ python -m benchmarks.text_to_sql run OUT\n```",
                _READING,
                _arms(rows),
                "## Pair by pair\n\n" + _pairs(rows),
            ]
        )
        + "\n"
    )


_READING: Final = """\
*Executed*: the query runs. *Right*: its rows are those of the wanted query, in that order where the question asks for
one. *No such name*: SQLite knows no table, column or function of that name, or of several that are meant. *Another
error*: syntax, mostly. *Unfinished*: the budget ended first. *ms a token*: for the masks, with what monitors take."""


def _arms(rows: Sequence[Row]) -> str:
    head = ["arm", "executed", *OUTCOMES, "tokens", "ms a token"]
    lines = [_line(head), _line(["---"] * len(head))]
    for name in ARMS:
        own = [row["arms"][name] for row in rows]
        tokens = max(sum(arm["tokens"] for arm in own), 1)
        counts = [sum(arm["outcome"] == outcome for arm in own) for outcome in OUTCOMES]
        executed = sum(arm["outcome"] in _EXECUTED for arm in own)
        time = f"{sum(arm['mask_ms'] for arm in own) / tokens:.2f}"
        lines.append(_line([name, f"{executed / max(len(own), 1):.1%}", *map(str, counts), str(tokens), time]))
    return "\n".join(lines)


def _pairs(rows: Sequence[Row]) -> str:
    head = ["arms", "queries", "better", "worse", "p (sign test, two-sided)"]
    lines = [_line(head), _line(["---"] * len(head))]
    for one, other in _PAIRS:
        for title, wanted in (("executed", _EXECUTED), ("right", ("right",))):
            pairs = [
                (float(row["arms"][one]["outcome"] in wanted), float(row["arms"][other]["outcome"] in wanted))
                for row in rows
            ]
            better, worse, chance = sign_test(pairs)
            lines.append(_line([f"{one} / {other}", title, str(better), str(worse), f"{chance:.2g}"]))
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"

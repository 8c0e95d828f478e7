"""What the tables and the plots count, from rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from structgen.bench.engines import ENGINES
from structgen.bench.generation import FREE, ONE_BY_ONE
from structgen.bench.masks import Row
from structgen.bench.rows import Results
from structgen.bench.settings import Mode

OUTCOMES: Final = (
    "passing", "refused", "rejects valid", "accepts invalid", "run-time error", "timeout", "crash",
)  # fmt: skip
"""Of a case in masks."""

NAMES: Final = (FREE, "structgen", ONE_BY_ONE, *ENGINES)
"""Engines in the order of every table and plot."""


def of_mode(results: Iterable[Results], mode: Mode) -> list[Results]:
    """The results of a mode, its engines in order."""
    found = [one for one in results if one.mode == mode]
    return sorted(found, key=lambda one: NAMES.index(one.engine) if one.engine in NAMES else len(NAMES))


def outcomes(rows: Sequence[Row]) -> Counter[str]:
    return Counter(row["outcome"] for row in rows)


def firsts(rows: Iterable[Row]) -> NDArray[np.float64]:
    """Microseconds of each compile with its first mask."""
    return np.array([row["first_us"] for row in rows if "first_us" in row])


def masks(rows: Iterable[Row]) -> NDArray[np.float64]:
    """Microseconds of each mask with its commit."""
    return np.array([time for row in rows for time in row.get("masks_us", ())])


def common(results: Sequence[Results], outcome: str) -> set[str]:
    """The cases with which every engine comes to this outcome."""
    each = [{row["id"] for row in one.rows if row["outcome"] == outcome} for one in results]
    return set.intersection(*each) if each else set()


@dataclass(frozen=True, slots=True)
class CoverageCounts:
    """How many schemas are covered, in the senses of ``structgen.bench.coverage``."""

    cases: int
    declared: int
    empirical: int
    true: int
    over: int
    under: int
    dead_ends: int
    unfinished: int

    @classmethod
    def of(cls, rows: Sequence[Row]) -> CoverageCounts:
        return cls(
            len(rows),
            sum(map(is_declared, rows)),
            sum(map(is_empirical, rows)),
            sum(map(is_true, rows)),
            sum(map(is_over, rows)),
            sum(map(is_under, rows)),
            sum(bool(_walks(row).get("dead end")) for row in rows),
            sum(is_declared(row) and set(_walks(row)) <= {"unfinished", "unknown"} for row in rows),
        )

    @property
    def compliance(self) -> float:
        """The empirical coverage's share of the declared."""
        return self.empirical / self.declared if self.declared else 0.0


def is_declared(row: Row) -> bool:
    return bool(row["outcome"] == "compiled")


def is_empirical(row: Row) -> bool:
    """Some text was finished, all of them valid, and none ran into a dead end."""
    walks = _walks(row)
    return is_declared(row) and bool(walks.get("valid")) and not (_is_unsound(row) or walks.get("dead end"))


def is_true(row: Row) -> bool:
    """Nothing that was tried shows that the masks differ from the schema, and something was tried."""
    return is_declared(row) and bool(row["tests"] or _walks(row).get("valid")) and not (is_over(row) or is_under(row))


def is_over(row: Row) -> bool:
    return bool(row.get("valid_rejected") or _walks(row).get("dead end"))


def is_under(row: Row) -> bool:
    return bool(row.get("invalid_accepted")) or _is_unsound(row)


def is_right(row: Row) -> bool:
    """Of a group of the test suite: taken, and each instance judged rightly."""
    return is_declared(row) and not row.get("valid_rejected") and not row.get("invalid_accepted")


def _is_unsound(row: Row) -> bool:
    return bool(_walks(row).get("invalid") or _walks(row).get("not JSON"))


def _walks(row: Row) -> dict[str, int]:
    found: dict[str, int] = row.get("walks", {})
    return found


@dataclass(frozen=True, slots=True)
class Speed:
    """Medians over the texts that an engine finished or cut off, and sums."""

    first_token_ms: float
    token_ms: float
    tokens: float
    tokens_per_second: float
    passes_per_token: float | None

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Speed | None:
        """None where there is no text."""
        made = [row for row in rows if row.get("tokens")]
        if not made:
            return None
        tokens, seconds = sum(row["tokens"] for row in made), sum(row["seconds"] for row in made)
        passes = [row["statistics"]["forward_passes"] for row in made if "forward_passes" in row["statistics"]]
        return cls(
            float(np.median([row["first_token_ms"] for row in made])),
            float(np.median([token_ms(row) for row in made])),
            tokens / len(made),
            tokens / seconds,
            sum(passes) / tokens if passes else None,
        )


def token_ms(row: Row) -> float:
    """Milliseconds of each token after the first."""
    return float((row["seconds"] * 1e3 - row["first_token_ms"]) / max(1, row["tokens"] - 1))


def groups(rows: Iterable[Row], key: str) -> dict[str, list[Row]]:
    """The rows by what they have under a name, in its order; not those with nothing there."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row.get(key):
            found.setdefault(row[key], []).append(row)
    return dict(sorted(found.items()))


def percentile(values: NDArray[Any], share: float) -> float:
    return float(np.percentile(values, share)) if len(values) else float("nan")

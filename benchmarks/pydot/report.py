"""The report: one table of all arms, what of it is new or known, and what a difference is worth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.pydot.arms import ARMS
from benchmarks.pydot.metrics import sign_test
from benchmarks.pydot.places import KINDS, ORIGINS

__all__ = ["PYDOT", "Part", "report"]

Row = Mapping[str, Any]
_METRICS: Final = {"next": "next identifier", "sequence": "identifier sequence", "prefix": "prefix"}


@dataclass(frozen=True)
class Part:
    """A language's part of the benchmark: its title, its arms, the pairs of them that are compared, the kinds and
    origins of its places, and who judges types."""

    title: str
    arms: Sequence[str]
    pairs: Sequence[tuple[str, str]]
    kinds: Sequence[str]
    origins: Sequence[str]
    judge: str


PYDOT: Final = Part(
    title="PyDot",
    arms=ARMS,
    pairs=(
        ("ours", "free"),
        ("ours", "mgd"),
        ("ours", "ours unrepaired"),
        ("ours+grammar", "free"),
        ("ours+grammar", "mgd"),
    ),
    kinds=tuple(KINDS),
    origins=ORIGINS,
    judge="basedpyright",
)


def report(rows: Sequence[Row], judged: Sequence[Row], about: Mapping[str, Any], part: Part = PYDOT) -> str:
    """The report in Markdown."""
    errors = {row["number"]: row["arms"] for row in judged}
    parts = [
        f"# {part.title}\n\n{len(rows)} places in {len(about['packages'])} packages; {about['model']}.",
        f"```console\n$ {about['command']}\n```",
        _about(about),
        _READING.format(judge=part.judge),
        "## All places\n\n" + _overall(part, rows, errors),
        "## Next identifier match by stratum\n\n" + _strata(part, rows),
        "## Known receivers alone\n\n" + _overall(part, [row for row in rows if row["is_known"]], errors),
        "## Names that are new to the file\n\n" + _overall(part, [row for row in rows if row["is_new"]], errors),
        "## Dereferences\n\n" + _overall(part, [row for row in rows if row["kind"] == "attribute"], errors),
        "## Pair by pair\n\n" + _pairs(part, rows, errors),
        "## What a mask excluded of what the author wrote\n\n" + _excluded(rows),
    ]
    return "\n\n".join(parts) + "\n"


_READING: Final = """\
A place is a name in a file; an arm sees the file before it, and completes the statement.

* *Next identifier*: the name is the author's. *Identifier sequence*, *prefix*: how much of the author's identifiers or
  lexical tokens the completion begins with. All three as MGD's paper defines them.
* *Known*: our analysis knows what may stand there. *Non-members*: completions that name something else, of those at
  known places.
* *Truth recall*: how often the arm's own mask allows the author's name, where the arm constrains the place at all; for
  the grammar, the author's statement.
* *Whole*: completions that came to the end of their statement within the budget.
* *Type errors*: new errors in the completed file, by {judge}, for each whole completion (in brackets: how many).
  *In the statement*: those that are reported in its own lines; others are behind it, such as uses of what the author
  imported there. *Of the same*: at the places where every arm's completion is whole.
* *ms a token*: for the masks alone. *CPU* is this process's: without the language server's, and without waiting."""


def _about(about: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    machine = ", ".join(f"{value}" for value in about["machine"].values())
    notes = "".join(f"\n\n{note}" for note in about.get("notes", ()))
    return f"Packages: {', '.join(about['packages'])}. Versions: {versions}. Machine: {machine} cores.{notes}".replace(
        " cores.", ".", 1
    )


def _overall(part: Part, rows: Sequence[Row], errors: Mapping[int, Row]) -> str:
    head = ["arm", "places", *_METRICS.values(), "non-members on known", "truth recall on known", "whole"]
    head += ["type errors", "of the same", "in the statement", "of the same", "ms a token", "CPU"]
    lines = [_line(head), _line(["---"] * len(head))]
    everywhere = [row for row in rows if _is_whole_everywhere(part, row, errors)]
    for name in part.arms:
        own = [row["arms"][name] for row in rows if name in row["arms"]]
        if not own:
            continue
        tokens = max(sum(arm["tokens"] for arm in own), 1)
        known = [row["arms"][name] for row in rows if name in row["arms"] and row["is_known"]]
        named = [arm for arm in known if arm["member"] != "unknown"]
        said = [arm for arm in own if arm["truth"] != "unknown"]
        cells = [name, str(len(own)), *(_share(arm[metric] for arm in own) for metric in _METRICS)]
        cells.append(_counted(named, lambda arm: arm["member"] == "excluded"))
        cells.append(_counted(said, lambda arm: arm["truth"] == "allowed"))
        cells.append(_share(arm["is_whole"] for arm in own))
        for count in ("type_errors", "in_statement"):
            cells += [_errors(members, name, errors, count) for members in (rows, everywhere)]
        cells += [f"{sum(arm[key] for arm in own) / tokens:.1f}" for key in ("mask_ms", "mask_cpu_ms")]
        lines.append(_line(cells))
    return "\n".join(lines)


def _is_whole_everywhere(part: Part, row: Row, errors: Mapping[int, Row]) -> bool:
    return len(row["arms"]) == len(part.arms) == len(errors.get(row["number"], ()))


def _errors(rows: Iterable[Row], name: str, errors: Mapping[int, Row], count: str) -> str:
    found = [errors[row["number"]][name][count] for row in rows if name in errors.get(row["number"], ())]
    return f"{sum(found) / len(found):.3f} ({len(found)})" if found else "-"


def _strata(part: Part, rows: Sequence[Row]) -> str:
    names = [name for name in ("free", "mgd", "ours", "ours+grammar") if name in part.arms]
    lines = [_line(["places", "count", "known", *names]), _line(["---"] * (3 + len(names)))]
    groups: list[tuple[str, list[Row]]] = []
    for word, is_new in (("new", True), ("seen", False)):
        own = [row for row in rows if row["is_new"] == is_new]
        groups.append((word, own))
        for kind in part.kinds:
            groups.append((f"{word}, known {kind}", [row for row in own if row["kind"] == kind and row["is_known"]]))
    groups += [(origin, [row for row in rows if row["origin"] == origin]) for origin in part.origins]
    for title, members in groups:
        cells = [title, str(len(members)), str(sum(row["is_known"] for row in members))]
        cells += [_share(row["arms"][name]["next"] for row in members if name in row["arms"]) for name in names]
        lines.append(_line(cells))
    return "\n".join(lines)


def _pairs(part: Part, rows: Sequence[Row], errors: Mapping[int, Row]) -> str:
    head = ["arms", "metric", "places", "better", "worse", "p (sign test, two-sided)"]
    lines = [_line(head), _line(["---"] * len(head))]
    for one, other in part.pairs:
        both = [row for row in rows if one in row["arms"] and other in row["arms"]]
        measures = [(title, both, metric) for metric, title in _METRICS.items()]
        measures.insert(1, ("next identifier, new names", [row for row in both if row["is_new"]], "next"))
        for title, members, metric in measures:
            pairs = [(row["arms"][one][metric], row["arms"][other][metric]) for row in members]
            lines.append(_pair(one, other, title, pairs))
        known = [row for row in both if row["is_known"] and _named(row, one) and _named(row, other)]
        pairs = [(_is_member(row, one), _is_member(row, other)) for row in known]
        lines.append(_pair(one, other, "members on known", pairs))
        found = [errors.get(row["number"], {}) for row in both]
        judged = [(arms[one], arms[other]) for arms in found if {one, other} <= arms.keys()]
        for title, count in (("type errors", "type_errors"), ("type errors in the statement", "in_statement")):
            fewer = [(-float(first[count]), -float(second[count])) for first, second in judged]
            lines.append(_pair(one, other, title, fewer))
    return "\n".join(lines)


def _pair(one: str, other: str, title: str, pairs: Sequence[tuple[float, float]]) -> str:
    better, worse, chance = sign_test(pairs)
    return _line([f"{one} / {other}", title, str(len(pairs)), str(better), str(worse), f"{chance:.2g}"])


def _named(row: Row, name: str) -> bool:
    return bool(row["arms"][name]["member"] != "unknown")


def _is_member(row: Row, name: str) -> bool:
    return bool(row["arms"][name]["member"] == "allowed")


def _excluded(rows: Sequence[Row]) -> str:
    lines = []
    for row in rows:
        names = [name for name, arm in row["arms"].items() if arm["truth"] == "excluded"]
        if names:
            where = f"{row['project']}/{row['file']}, character {row['begin']}"
            lines.append(f"* {', '.join(names)}: `{row['name']}` ({row['kind']}) in {where}")
    return "\n".join(lines) or "Nothing."


def _share(values: Iterable[float]) -> str:
    found = list(values)
    return f"{sum(found) / len(found):.1%}" if found else "-"


def _counted(arms: Sequence[Row], holds: Callable[[Row], bool]) -> str:
    count = sum(map(holds, arms))
    return f"{count / len(arms):.1%} ({count} of {len(arms)})" if arms else "-"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"

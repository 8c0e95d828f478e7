"""Places in the packages where a name is asked for, and a sample of them from every stratum.

A place's kind is its site's (attribute, import, keyword). It is *new* where the name is nowhere in the file before it.
Its origin is where the name is defined, by jedi: the same file, another of the project, the standard library, a third
party's package, or unknown. Places inside strings are left out (to every arm an f-string is text), and those whose
statement goes on for more than ``MAX_REST`` characters.
"""

from __future__ import annotations

import ast
import random
import re
import tokenize
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from benchmarks.pydot.packages import sources
from benchmarks.pydot.statements import is_in_string, logical_lines

__all__ = [
    "KINDS",
    "MAX_REST",
    "ORIGINS",
    "Place",
    "Stratum",
    "from_row",
    "origin",
    "places",
    "sample",
    "shuffled",
    "spread",
    "to_row",
]

KINDS: Final[Mapping[str, float]] = {"attribute": 0.6, "import": 0.2, "keyword": 0.2}
"""Kinds of sites, and their shares of a sample."""
ORIGINS: Final = ("own module", "cross-file", "standard library", "third party", "unknown")
MAX_REST: Final = 120
_LOOKED_AT: Final = 2  # places that are classified, for each one in the sample


@dataclass(frozen=True)
class Place:
    """A name in a file, in the logical line that holds it; offsets are in characters."""

    project: Path
    file: Path
    source: str
    kind: str
    begin: int
    end: int
    line_begin: int
    line_end: int

    @property
    def name(self) -> str:
        return self.source[self.begin : self.end]

    @cached_property
    def prefix(self) -> str:
        """The file up to the place. One blank before it is left to the completion, as tokens have theirs in front."""
        before = self.source[: self.begin]
        return before.removesuffix(" ")

    @property
    def lead(self) -> str:
        """The blank that ``prefix`` leaves out, if any."""
        return self.source[len(self.prefix) : self.begin]

    @property
    def truth(self) -> str:
        """What the author wrote behind ``prefix``, to the end of the statement."""
        return self.source[len(self.prefix) : self.line_end]

    @property
    def head(self) -> str:
        """The statement up to the end of ``prefix``."""
        return self.source[self.line_begin : len(self.prefix)]

    @property
    def suffix(self) -> str:
        """The file behind the statement."""
        return self.source[self.line_end :]

    @property
    def is_new(self) -> bool:
        return re.search(rf"\b{re.escape(self.name)}\b", self.prefix) is None


@dataclass(frozen=True, slots=True)
class Stratum:
    kind: str
    is_new: bool
    origin: str


def places(project: Path) -> list[Place]:
    """All places of a project, in the order of its files."""
    return [place for file in sources(project) for place in places_of(project, file)]


def places_of(project: Path, file: Path) -> Iterator[Place]:
    """The places of a file."""
    try:
        source = file.read_bytes().decode("utf-8")
        tree = ast.parse(source)
        lines = logical_lines(source)
    except (UnicodeDecodeError, SyntaxError, tokenize.TokenError):
        return
    if "\r" in source or "\f" in source:
        return  # lines are counted otherwise there
    starts = [begin for begin, _ in lines]
    for kind, begin, name in sorted(_names(tree, source)):
        number = bisect_right(starts, begin) - 1
        line_begin, line_end = lines[number]
        end = begin + len(name)
        is_short = source[begin:end] == name and end <= line_end <= end + MAX_REST
        if is_short and not is_in_string(source[line_begin:line_end], begin - line_begin):
            yield Place(project, file, source, kind, begin, end, line_begin, line_end)


def _names(tree: ast.AST, source: str) -> Iterator[tuple[str, int, str]]:
    lines = source.split("\n")
    begins = [0]
    for line in lines:
        begins.append(begins[-1] + len(line) + 1)

    def offset(line: int | None, column: int | None) -> int:
        assert line is not None and column is not None, "nodes of a parsed module have places"
        return begins[line - 1] + len(lines[line - 1].encode()[:column].decode("utf-8", "ignore"))

    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield "attribute", offset(node.end_lineno, node.end_col_offset) - len(node.attr), node.attr
        elif isinstance(node, ast.keyword) and node.arg is not None:
            yield "keyword", offset(node.lineno, node.col_offset), node.arg
        elif isinstance(node, ast.alias) and node.name.isidentifier():
            yield "import", offset(node.lineno, node.col_offset), node.name


def origin(place: Place, project: Any) -> str:
    """Where the name is defined, by jedi with its ``project``."""
    import jedi

    before = place.source[: place.begin]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n") - 1
    try:
        script = jedi.Script(place.source, path=place.file, project=project)
        found = script.goto(line, column, follow_imports=True)
    except Exception:  # jedi raises whatever the analysed code leads it to
        return "unknown"
    paths = [name.module_path for name in found]
    if not paths:
        return "unknown"
    path = paths[0]
    if path is None or "typeshed" in path.parts:
        is_other = path is not None and ("third_party" in path.parts[path.parts.index("typeshed") :])
        return "third party" if is_other else "standard library"
    if path == place.file:
        return "own module"
    if path.is_relative_to(place.project):
        return "cross-file"
    return "third party" if "site-packages" in path.parts else "standard library"


def sample(projects: Sequence[Path], count: int, seed: int) -> list[tuple[Place, Stratum]]:
    """About equally many places from every stratum of each kind, as far as there are any, and from every project."""
    import jedi

    analysed = {project: jedi.Project(project) for project in projects}
    chosen: list[tuple[Place, Stratum]] = []
    pools = [places(project) for project in projects]
    for kind, share in KINDS.items():
        wanted = round(count * share)
        pool = list(shuffled([[place for place in pool if place.kind == kind] for pool in pools], seed))
        looked_at = pool[: wanted * _LOOKED_AT]
        found = [(place, Stratum(kind, place.is_new, origin(place, analysed[place.project]))) for place in looked_at]
        chosen += spread(found, wanted)
    # in an order of their own, so that the first of them are a smaller sample of the same kind
    random.Random(seed).shuffle(chosen)
    return chosen


def spread(found: Sequence[tuple[Place, Stratum]], wanted: int) -> list[tuple[Place, Stratum]]:
    """The first places of each stratum, so many of each that they are ``wanted`` together, or all."""
    limit = 0
    sizes = Counter(stratum for _, stratum in found)
    while sum(min(size, limit) for size in sizes.values()) < min(wanted, len(found)):
        limit += 1
    taken: Counter[Stratum] = Counter()
    chosen: list[tuple[Place, Stratum]] = []
    for place, stratum in found:
        if taken[stratum] < limit and len(chosen) < wanted:
            taken[stratum] += 1
            chosen.append((place, stratum))
    return chosen


def shuffled(pools: Iterable[Sequence[Place]], seed: int) -> Iterator[Place]:
    """The places of all pools, one of each in turn, each pool's own in an order by chance."""
    orders = [random.Random(seed).sample(pool, len(pool)) for pool in pools]
    for row in zip_longest(*orders):
        yield from (place for place in row if place is not None)


def to_row(place: Place, stratum: Stratum) -> dict[str, Any]:
    """What a file keeps of a place."""
    return {
        "project": place.project.name,
        "file": str(place.file.relative_to(place.project)),
        "begin": place.begin,
        "line_begin": place.line_begin,
        "name": place.name,
        "line_end": place.line_end,
        "kind": stratum.kind,
        "is_new": stratum.is_new,
        "origin": stratum.origin,
    }


def from_row(row: Mapping[str, Any], projects: Mapping[str, Path]) -> tuple[Place, Stratum]:
    """The place again; ``projects`` are folders by their names."""
    project = projects[row["project"]]
    file = project / row["file"]
    end = row["begin"] + len(row["name"])
    source = file.read_bytes().decode("utf-8")
    place = Place(project, file, source, row["kind"], row["begin"], end, row["line_begin"], row["line_end"])
    assert place.name == row["name"], "the package's sources are pinned"
    return place, Stratum(row["kind"], row["is_new"], row["origin"])

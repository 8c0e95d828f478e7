"""Truth recall at the sites that calls and strings open, on the sources of installed packages. Needs no model.

    python -m benchmarks.sites --provider ty --places 40 --files 60 json email pip jsonschema

A place is *known* where the monitor constrains it. The monitor sees the file up to the place, and the statements after
the one that the place is in.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import io
import json
import random
import tokenize
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from structgen.errors import StructgenError
from structgen.monitors import Python
from structgen.monitors.answers import DEAD, LEFT
from structgen.monitors.python_sites import Call, closed_call

SEED: Final = 1
KINDS: Final = ("argument", "closing", "string", "case")
_TAKEN: Final = 200


@dataclass(frozen=True)
class Place:
    """Where an author's text goes on: behind a parenthesis, a comma, a quote or a dot, or behind what closes a call."""

    kind: str
    begin: int
    suffix: int


def main() -> None:
    """Judge the places and print the table."""
    parser = argparse.ArgumentParser(description="Truth recall of Python's monitor at arguments and strings.")
    parser.add_argument("packages", nargs="+", help="names of importable packages or modules")
    parser.add_argument("--provider", default="ty")
    parser.add_argument("--places", type=int, default=40, help="of each file")
    parser.add_argument("--files", type=int, default=50, help="of each package")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--out", type=Path, help="where the raw rows go")
    given = parser.parse_args()
    rng = random.Random(SEED)
    rows: list[dict[str, object]] = []
    for package in given.packages:
        root, files = _sources(package)
        monitor = Python(root=root, provider=given.provider)
        try:
            for file in sorted(rng.sample(files, min(given.files, len(files)))):
                rows += _judged_file(monitor, root, file, given, rng)
        finally:
            monitor.close()
    if given.out is not None:
        given.out.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    counts = Counter((row["kind"], row["verdict"]) for row in rows)
    print("| site | places | known | excluded | truth recall on known |\n|---|---|---|---|---|")
    for kind in KINDS:
        allowed, excluded, unknown = (counts[kind, each] for each in ("allowed", "excluded", "unknown"))
        known = allowed + excluded
        print(f"| {kind} | {known + unknown} | {known} | {excluded} | {f'{allowed / known:.2%}' if known else '-'} |")


def _sources(package: str) -> tuple[Path, list[Path]]:
    """The folder that imports begin at, and the package's files."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise SystemExit(f"{package} has no Python sources here")
    origin = Path(found.origin).resolve()
    if origin.name != "__init__.py":
        return origin.parent, [origin]
    return origin.parent.parent, [file for file in sorted(origin.parent.rglob("*.py")) if file.resolve() == file]


def _judged_file(
    monitor: Python, root: Path, file: Path, given: argparse.Namespace, rng: random.Random
) -> Iterator[dict[str, object]]:
    try:
        source = file.read_text("utf-8")
        found = [place for place in places(source) if place.kind in given.kinds]
    except (ValueError, SyntaxError, tokenize.TokenError, RecursionError):
        return
    for place in rng.sample(found, min(given.places, len(found))):
        monitor.move(file=file.relative_to(root), prefix=source[: place.begin], suffix=source[place.suffix :])
        verdict = judged(monitor, place, source)
        line = source.count("\n", 0, place.begin) + 1
        if verdict == "excluded":
            print(f"{file}:{line}: {source[max(place.begin - 60, 0) : place.begin]!r} {source[place.begin :][:30]!r}")
        yield {"file": str(file.relative_to(root)), "line": line, "kind": place.kind, "verdict": verdict}


def judged(monitor: Python, place: Place, source: str) -> str:
    """Whether the author's text may stand at the place: "allowed", "excluded", or "unknown" where anything may."""
    if place.kind == "closing":
        code = monitor._buffer.code(b"")
        call = None if code is None else closed_call(code)
        if call is None or not _is_known(monitor, call):
            return "unknown"
        return "excluded" if monitor.bars(b"") else "allowed"
    answer = monitor.answer(b"") if monitor.is_site(b"") else None
    if answer is None:
        return "unknown"
    node = 0
    for byte in source[place.begin :][:_TAKEN].encode():
        node = answer.step(node, byte)
        if node in (DEAD, LEFT):
            break
    return "excluded" if node == DEAD else "allowed"


def _is_known(monitor: Python, call: Call) -> bool:
    try:
        monitor._signatures(b"", call)
    except StructgenError:
        return False
    return True


def places(source: str) -> Iterator[Place]:
    """The places of a file: at each call its arguments and its end, each string, each case of an enum."""
    tree = ast.parse(source)
    begins = [0]
    lines = source.split("\n")
    for text in lines:
        begins.append(begins[-1] + len(text) + 1)

    def offset(line: int, column: int) -> int:
        """The place of a line's UTF-8 column."""
        return begins[line - 1] + len(lines[line - 1].encode()[:column].decode())

    suffixes = [len(source)] * (len(begins) + 1)  # for each line, where the statements after it begin
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not hasattr(node, "body") and not hasattr(node, "cases"):
            for line in range(node.lineno, (node.end_lineno or node.lineno) + 1):
                suffixes[line] = begins[node.end_lineno or node.lineno] - 1
    for node in ast.walk(tree):
        if isinstance(node, ast.MatchValue) and isinstance(node.value, ast.Attribute):
            dot = offset(node.value.value.end_lineno or 0, node.value.value.end_col_offset or 0)
            if source[dot : dot + 1] == ".":
                yield Place("case", dot + 1, suffixes[node.lineno])
        if not isinstance(node, ast.Call):
            continue
        end = offset(node.end_lineno or 0, node.end_col_offset or 0)
        yield Place("closing", end, suffixes[node.end_lineno or 0])
        opens = source.find("(", offset(node.func.end_lineno or 0, node.func.end_col_offset or 0))
        yield Place("argument", opens + 1, suffixes[node.func.end_lineno or 0])
        for given in [*node.args, *(one.value for one in node.keywords)]:
            behind = offset(given.end_lineno or 0, given.end_col_offset or 0)
            if source[behind : behind + 1] == ",":
                yield Place("argument", behind + 1, suffixes[given.end_lineno or 0])
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.STRING and token.string[0] in "\"'" and token.string[:3] not in ('"""', "'''"):
            yield Place("string", begins[token.start[0] - 1] + token.start[1] + 1, suffixes[token.start[0]])


if __name__ == "__main__":
    main()

"""``structgen complete``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from structgen.cli.console import busy, errors
from structgen.errors import ArgumentError, IncompleteOutputError

if TYPE_CHECKING:
    from structgen.monitors import Monitor
    from structgen.tokens.vocabulary import Vocabulary

_PLACE = re.compile(r"(?P<file>.+):(?P<line>\d+):(?P<column>\d+)")
_TYPED = re.compile(r"[\w$]*\Z")
_PYTHON = frozenset([".py", ".pyi"])
_OTHERS = {
    "TypeScript": frozenset([".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts"]),
    "Cpp": frozenset([".c", ".h", ".cc", ".cpp", ".cxx", ".hpp"]),
    "Java": frozenset([".java"]),
    "Go": frozenset([".go"]),
    "Rust": frozenset([".rs"]),
    "CSharp": frozenset([".cs"]),
}


def complete(
    place: Annotated[
        str, typer.Argument(metavar="FILE:LINE:COL", help="Where; lines and columns count from 1, in characters.")
    ],
    root: Annotated[
        Path, typer.Option(file_okay=False, exists=True, help="The project's folder. Default: this one.")
    ] = Path("."),
    provider: Annotated[str, typer.Option(help="Who knows Python's names: ty, pyrefly, basedpyright or jedi.")] = "ty",
    scope: Annotated[bool, typer.Option("--scope", help="In Python, names that follow no dot must exist too.")] = False,
    candidates: Annotated[bool, typer.Option("--candidates", help="List what may stand there; no model.")] = False,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="A folder, a GGUF file or a name on the Hub. Default: built in.")
    ] = None,
    max_tokens: Annotated[int, typer.Option(min=1, help="Of the completion, at most.")] = 64,
) -> None:
    """Complete a line of code with names that exist.

    \b
    structgen complete app.py:12:9 --candidates
    structgen complete src/app.ts:40:17 --root .

    Candidates come one a line. Otherwise the rest of the line comes on standard output, and on standard error how many
    candidates there are and how many of the model's tokens they leave.
    """
    file, before, after = _read_place(place)
    typed = _TYPED.search(before)
    begun = typed[0] if typed is not None else ""
    before = before.removesuffix(begun)
    monitor = _monitor_of(file, root, before, after, provider, scope)
    try:
        answer = monitor.answer(b"") if monitor.is_site(b"") else None
        names = [] if answer is None else [name.decode() for name in answer.names if name.startswith(begun.encode())]
        if candidates:
            for name in names:
                typer.echo(name)
            if answer is None:
                raise typer.Exit(1)
            return
        with busy(f"Loading {model or 'the built-in model'} (the first time takes longest)"):
            import structgen

            loaded = structgen.load_model(model)
        left = _allowed(loaded.vocabulary, monitor, begun)
        known = "any name may stand here" if answer is None else f"{len(names)} candidates"
        errors.print(f"{known}; {left} of {loaded.vocabulary.size} tokens")
        line = re.escape(begun) + r"[^\n]{0,400}\n"
        result = loaded.generate(before, regex=line, monitor=monitor, chat=False, max_tokens=max_tokens)
        if result.finish_reason == "length":
            raise IncompleteOutputError(result.text)
        typer.echo(result.text.removesuffix("\n"), color=True)  # or its escape sequences would be taken out
    finally:
        monitor.close()


def _read_place(place: str) -> tuple[Path, str, str]:
    """The file, and its text before and after the place."""
    found = _PLACE.fullmatch(place)
    if found is None:
        raise ArgumentError("the place is FILE:LINE:COL", reason=f"got {place!r}", hint="app.py:12:9")
    file = Path(found["file"])
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ArgumentError(f"{file} can't be read", reason=str(error)) from error
    lines = text.split("\n")
    line, column = int(found["line"]), int(found["column"])
    if not 1 <= line <= len(lines) or not 1 <= column <= len(lines[line - 1]) + 1:
        raise ArgumentError(f"{file} has no line {line} with a column {column}", reason=f"it has {len(lines)} lines")
    offset = sum(len(earlier) + 1 for earlier in lines[: line - 1]) + column - 1
    return file, text[:offset], text[offset:]


def _monitor_of(file: Path, root: Path, before: str, after: str, provider: str, scope: bool) -> Any:
    from structgen import monitors

    given: dict[str, Any] = {"root": root, "file": file.resolve(), "prefix": before, "suffix": after}
    if file.suffix in _PYTHON:
        return monitors.Python(**given, provider=provider, scope=scope)
    name = next((name for name, suffixes in _OTHERS.items() if file.suffix in suffixes), None)
    if name is not None:
        return getattr(monitors, name)(**given)
    known = ", ".join(sorted(_PYTHON.union(*_OTHERS.values())))
    raise ArgumentError(f"no monitor knows files of {file.suffix or 'no suffix'}", reason=f"known are {known}")


def _allowed(vocabulary: Vocabulary, monitor: Monitor, begun: str) -> int:
    """How many tokens may come after what is typed already."""
    from structgen.monitors import attach

    matcher = attach(None, vocabulary, monitor).matcher()
    if not all(map(matcher.accept_token, vocabulary.encode(begun.encode()))):
        raise ArgumentError(f"nothing that may stand here begins with {begun!r}")
    row = np.zeros(vocabulary.bitmask_words, np.int32)
    matcher.fill_bitmask(row)
    return int(np.unpackbits(row.view(np.uint8)).sum())

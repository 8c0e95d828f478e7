"""Whether a text is valid code, by parsers that share nothing with structgen.

An oracle accepts every text of the grammar that it judges: what a parser checks beyond syntax, as names in SQL, is none
of its business.
"""

from __future__ import annotations

import ast
import functools
import importlib.util
import io
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import tokenize
import warnings
from pathlib import Path
from typing import Any, Final

from tests.grammars.formatted_strings import without_formatted_strings

__all__ = [
    "has_postgresql_oracle",
    "has_typescript_oracle",
    "is_valid_postgresql",
    "is_valid_python",
    "is_valid_sqlite",
    "is_valid_typescript",
]

_RESOURCES: Final = Path(__file__).resolve().parents[1] / "resources"
# What SQLite says of statements that it has read whole: names that do not exist or are not what their place asks for.
_NAMES = re.compile(
    r"no such (table|column|function|window|collation sequence|module)|no tables specified"
    r"|ambiguous column name"
    r"|duplicate WITH table name|circular reference|recursive|is not a function|wrong number of arguments"
    r"|misuse of|may not be (used|modified)|cannot override|aggregate functions are not allowed"
    r"|Incorrect number of bindings"
    r"|cannot join using column|do not have the same number|same number of terms|has \d+ values for \d+ columns"
    r"|term (out of range|does not match)|(ORDER|GROUP) BY term|on non-aggregate|non-aggregate query|FILTER|DISTINCT"
    r"|columns assigned|likelihood|unable to use function|unsupported frame specification|did not supply a value"
)


def is_valid_python(text: str) -> bool:
    """Whether Python 3.12 parses ``text``; by the running Python, so what 3.12 added is rewritten for 3.11: PEP 701's
    f-strings, type parameters and aliases.

    A line break is added, since a backslash may end a text's last line here.
    """
    if "\r" in re.sub(r"\r\n", "", text):
        return False
    if sys.version_info < (3, 12):
        try:
            text = _without_type_parameters(without_formatted_strings(text, _is_parsed))
        except (SyntaxError, tokenize.TokenError, RecursionError):
            return False
    return _is_parsed(text + "\n")


def _is_parsed(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _without_type_parameters(text: str) -> str:
    """``text`` as 3.11 reads it: assignments for aliases, no PEP 695 parameters, which are parsed apart."""
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    skipped = {tokenize.NL, tokenize.COMMENT}
    tokens = [
        token for token in tokenize.generate_tokens(io.StringIO(text + "\n").readline) if token.type not in skipped
    ]
    begins_statement = {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    cuts: list[tuple[int, int, str]] = []

    def place(position: tuple[int, int]) -> int:
        return min(starts[position[0] - 1] + position[1], len(text)) if position[0] <= len(lines) else len(text)

    for at, token in enumerate(tokens[:-2]):
        name, bracket = tokens[at + 1], tokens[at + 2]
        before = tokens[at - 1] if at else None
        first = before is None or before.type in begins_statement or before.string in (":", ";")
        is_alias = token.string == "type" and first and name.type == tokenize.NAME and bracket.string in ("=", "[")
        if not is_alias and token.string not in ("def", "class"):
            continue
        if is_alias and name.string in ("in", "is", "and", "or", "if", "not"):
            continue
        if is_alias:
            cuts.append((place(token.start), place(name.start), ""))
        if bracket.string != "[":
            continue
        depth, end = 0, at + 2
        while True:
            depth += {"[": 1, "(": 1, "{": 1, "]": -1, ")": -1, "}": -1}.get(tokens[end].string, 0)
            if not depth:
                break
            end += 1
            if end == len(tokens):
                raise SyntaxError("type parameters without an end")
        inner = text[place(bracket.end) : place(tokens[end].start)]
        if not _are_type_parameters(inner):
            raise SyntaxError("no type parameters")
        cuts.append((place(bracket.start), place(tokens[end].end), ""))
    for start, stop, replacement in sorted(cuts, reverse=True):
        text = text[:start] + replacement + text[stop:]
    return text


def _are_type_parameters(text: str) -> bool:
    """Whether ``text`` is ``T: bound, *Ts, **P`` in any order; so spelled, it is a subscript but for the two stars."""
    text = re.sub(r"(\A|,)(\s*)\*\*", r"\1\2*", text)
    try:
        subscript = ast.parse(f"_[{text}\n]", mode="eval").body
    except (SyntaxError, ValueError):
        return False
    index = subscript.slice if isinstance(subscript, ast.Subscript) else subscript
    return all(map(_is_type_parameter, index.elts if isinstance(index, ast.Tuple) else [index]))


def _is_type_parameter(node: ast.expr) -> bool:
    match node:
        case ast.Name() | ast.Starred(value=ast.Name()):
            return True
        case ast.Slice(lower=ast.Name(), upper=ast.expr(), step=None):
            return True
    return False


@functools.cache
def _sqlite() -> sqlite3.Connection:
    return sqlite3.connect(":memory:", check_same_thread=False)


def is_valid_sqlite(text: str) -> bool:
    """Whether SQLite reads ``text``, up to what its names mean: there are no tables."""
    try:
        _sqlite().execute("EXPLAIN " + text)
    except sqlite3.Error as error:
        return _NAMES.search(str(error)) is not None
    except ValueError:
        return False
    return True


def has_postgresql_oracle() -> bool:
    return importlib.util.find_spec("pglast") is not None


def is_valid_postgresql(text: str) -> bool:
    """Whether PostgreSQL's own parser, which pglast carries, reads ``text``."""
    parser: Any = importlib.import_module("pglast.parser")
    try:
        parser.parse_sql(text)
    except parser.ParseError:
        return False
    return True


def has_typescript_oracle() -> bool:
    return shutil.which("node") is not None and (_RESOURCES / "typescript" / "node_modules" / "typescript").is_dir()


@functools.cache
def _typescript() -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["node", str(_RESOURCES / "parse_typescript.js")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def is_valid_typescript(text: str) -> bool:
    """Whether TypeScript's compiler parses ``text``."""
    process = _typescript()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(text) + "\n")
    process.stdin.flush()
    return bool(json.loads(process.stdout.readline()) == [])

"""Whether a text is valid code, by parsers that share nothing with structgen.

An oracle accepts every text of the grammar that it judges: what a parser checks beyond syntax, as names in SQL, is none
of its business.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
import warnings

__all__ = ["is_valid_python"]


def is_valid_python(text: str) -> bool:
    """Whether Python 3.12 parses ``text``; by the running Python, so what 3.12 added is rewritten for 3.11.

    A line break is added, since a backslash may end a text's last line here.
    """
    if "\r" in re.sub(r"\r\n", "", text):
        return False
    try:
        # Type parameters and aliases.
        text = text if sys.version_info >= (3, 12) else _without_type_parameters(text)
    except (SyntaxError, tokenize.TokenError):
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

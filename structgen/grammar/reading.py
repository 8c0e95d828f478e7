"""``read_grammar``: a text in any notation becomes a grammar that has been checked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from structgen.errors import ArgumentError, LimitExceededError
from structgen.grammar.checks import check
from structgen.grammar.ebnf import read_ebnf
from structgen.grammar.expressions import Grammar, Lexer
from structgen.grammar.gbnf import read_gbnf
from structgen.grammar.lark_notation import read_lark
from structgen.grammar.places import SURROGATE, Lines, refusal

__all__ = ["MAX_LENGTH", "Notation", "notation_of", "read_file", "read_grammar", "text_of"]

MAX_LENGTH: Final = 5_000_000
"""Characters of a grammar's text."""

Notation = Literal["lark", "gbnf", "ebnf"]

_DEFINITION: Final = re.compile(r"^[ \t]*(?:\[[0-9]+[a-z]*\][ \t]*)?([A-Za-z_][\w.-]*)\s*::=", re.MULTILINE)
_COMMENT: Final = re.compile(r"^[ \t]*#(?!x[0-9A-Fa-f])", re.MULTILINE)


def read_grammar(
    source: str,
    *,
    notation: Notation | None = None,
    start: str | None = None,
    lexer: Lexer | None = None,
    import_paths: Sequence[Path] = (),
) -> Grammar:
    """The grammar of a text, with all that `check` asks for.

    Parameters
    ----------
    notation : "lark", "gbnf", "ebnf" or None
        None: what `notation_of` says.
    start : str or None
        The rule that texts begin with. None: "start" in Lark's notation, "root" in GBNF, the first rule in EBNF.
    lexer : "any", "longest" or None
        How a text is cut into terminals. None: what a Lark grammar says itself, or else "any". The other notations
        have no terminals but characters, and no other choice than "any".
    import_paths : sequence of Path
        Folders for the imports of a Lark grammar.

    Raises
    ------
    ArgumentError
        An argument has no such value.
    GrammarError
        It isn't a grammar, or no Unicode text, or a rule that is needed has no text.
    LimitExceededError
        It is longer than `MAX_LENGTH` or passes another bound.
    """
    if not isinstance(source, str):
        raise ArgumentError("a grammar is a text", reason=f"got {type(source).__name__}")
    if start is not None and not isinstance(start, str):
        raise ArgumentError("start is the name of a rule", reason=f"got {start!r:.100}")
    if lexer not in (None, "any", "longest"):
        raise ArgumentError(f"lexer is 'any' or 'longest', not {lexer!r}")
    if len(source) > MAX_LENGTH:
        raise LimitExceededError(f"{MAX_LENGTH} characters of a grammar", str(len(source)))
    surrogate = SURROGATE.search(source)
    if surrogate is not None:
        raise refusal("a lone surrogate, which UTF-8 can't write", source, Lines(source).place(surrogate.start()))
    notation = notation if notation is not None else notation_of(source)
    if notation == "lark":
        paths = tuple(import_paths)
        return check(read_lark(source, start=start or "start", lexer=lexer, import_paths=paths))
    if notation not in ("gbnf", "ebnf"):
        raise ArgumentError(f"notation is 'lark', 'gbnf' or 'ebnf', not {notation!r}")
    if lexer == "longest":
        raise ArgumentError(f"lexer='longest' in {notation.upper()}, which has no terminals but characters")
    return check(read_gbnf(source, start=start or "root") if notation == "gbnf" else read_ebnf(source, start=start))


def read_file(
    path: Path, *, notation: Notation | None = None, start: str | None = None, lexer: Lexer | None = None
) -> Grammar:
    """`read_grammar` of a file; imports are looked for beside it.

    Raises
    ------
    ArgumentError
        The file can't be read, or is not UTF-8.
    """
    return read_grammar(text_of(path), notation=notation, start=start, lexer=lexer, import_paths=(path.parent,))


def text_of(path: Path) -> str:
    """What a grammar's file says.

    Raises
    ------
    ArgumentError
        The file can't be read, or is not UTF-8.
    """
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ArgumentError(f"{path} can't be read as a grammar", reason=str(error)) from error


def notation_of(source: str) -> Notation:
    """The notation that a text seems to be in.

    Where some line begins with ``name ::=``, it is GBNF if a rule is called "root" or a line is a comment after ``#``,
    else EBNF. Any other text is in Lark's notation.
    """
    names = {match[1] for match in _DEFINITION.finditer(source)}
    if not names:
        return "lark"
    return "gbnf" if "root" in names or _COMMENT.search(source) else "ebnf"

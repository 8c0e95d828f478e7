"""What an unfinished SQL text has in scope at its end: tables by alias, the names that it made up, and the clause.

One pass over sqlglot's tokens with a stack of parentheses. What isn't known (a derived table's columns where it selects
a star) is None, never empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

__all__ = ["Columns", "Scope", "Word", "scopes", "words"]

_CLAUSES: Final = frozenset(
    ["select", "where", "on", "using", "group", "order", "having", "limit", "offset", "set", "values",
     "returning", "window"]
)  # fmt: skip
_JOINS: Final = frozenset(["join", "update", "into"])
_LOCKS: Final = frozenset(["for", "key"])  # FOR UPDATE, FOR NO KEY UPDATE
_BETWEEN: Final = frozenset(["union", "intersect", "except"])
_MODIFIERS: Final = frozenset(
    [
        "left",
        "right",
        "full",
        "inner",
        "outer",
        "cross",
        "natural",
        "as",
        "by",
        "indexed",
        "not",
        "default",
        "only",
        "lateral",
    ]
)
Columns = tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Word:
    """A token: its text without quotes, folded for comparing where it isn't quoted, and where it ends."""

    text: str
    folded: str
    start: int
    end: int
    is_name: bool

    @property
    def is_word(self) -> bool:
        """Whether a letter after it would be part of it."""
        return self.text[-1:].isalnum() or self.text[-1:] == "_"


def words(text: str, dialect: str) -> list[Word]:
    """The tokens of an unfinished text; none where it ends in a string or a comment that isn't closed."""
    try:
        tokens = sqlglot.tokenize(text, read=dialect)
    except (SqlglotError, ValueError):
        return []
    found: list[Word] = []
    for token in tokens:
        kind = token.token_type.name
        follows_dot = bool(found) and found[-1].text == "."
        folded = "" if kind in ("STRING", "IDENTIFIER") else token.text.casefold()
        is_name = kind in ("VAR", "IDENTIFIER") or (follows_dot and token.text != "*")
        if is_name or kind == "STRING":
            found.append(Word(token.text, folded, token.start, token.end + 1, is_name))
            continue
        for part in re.finditer(r"\S+", token.text):  # some keywords are two words: ORDER BY
            end = min(token.start + part.end(), token.end + 1)
            found.append(Word(part[0], part[0].casefold(), token.start + part.start(), end, False))
    return found


@dataclass
class Scope:
    """A parenthesis, or the statement.

    Attributes
    ----------
    before, before_is_name : the word before the parenthesis, in lower case, and whether it is no keyword
    start : where its text begins
    clause : the clause that is open, in lower case
    has_select : whether a SELECT began in it
    sources : what FROM and JOIN name: for each alias, its columns, or None where they aren't known
    made : common table expressions, with their columns
    has_from : whether its FROM was reached
    is_compound : whether it joins several SELECTs
    aliases : the select list's own names
    expects_source, latest : whether a table is to come in FROM; the one that came and may still get an alias
    is_derived, derived : whether a subquery came that may, and its columns
    """

    before: str = ""
    before_is_name: bool = False
    start: int = 0
    clause: str = ""
    has_select: bool = False
    has_from: bool = False
    is_compound: bool = False
    sources: dict[str, Columns] = field(default_factory=dict)
    made: dict[str, Columns] = field(default_factory=dict)
    aliases: set[str] = field(default_factory=set)
    expects_source: bool = False
    latest: str | None = None
    derived: Columns | None = None
    is_derived: bool = False


def scopes(text: str, tokens: list[Word], tables: Mapping[str, tuple[str, ...]], dialect: str) -> list[Scope]:
    """The scopes that are open at the end, outermost first; ``tables`` has names in lower case."""
    stack = [Scope()]
    previous = Word("", "", 0, 0, False)
    for word in tokens:
        if word.folded == ";":
            stack = [Scope()]
        elif word.folded == "(":
            stack.append(Scope(previous.text.casefold(), previous.is_name, word.end))
        elif word.folded == ")":
            if len(stack) > 1:
                inner = stack.pop()
                _closed(stack[-1], inner, text[inner.start : word.start], dialect)
        elif word.is_name and word.folded not in _MODIFIERS:
            _named(stack, word, previous, tables)
        else:
            _keyword(stack, word.folded, previous.folded)
        previous = word
    return stack


def _keyword(stack: list[Scope], word: str, previous: str) -> None:
    scope = stack[-1]
    is_from = word == "from" and previous != "distinct" and (scope.has_select or len(stack) == 1)
    if word in _BETWEEN:
        scope.sources, scope.has_from, scope.clause, scope.is_compound = {}, False, word, True
    elif is_from or (word in _JOINS and previous not in _LOCKS) or (word == "using" and not scope.has_select):
        scope.clause, scope.expects_source, scope.has_from = "from", True, True
        scope.latest, scope.is_derived = None, False
    elif word in _CLAUSES:
        scope.clause, scope.expects_source = word, False
        if word == "select":
            scope.has_select, scope.has_from, scope.sources = True, False, {}
    elif word == "with":
        scope.clause = "with"
    elif word == "," and scope.clause == "from":
        scope.expects_source, scope.latest, scope.is_derived = True, None, False


def _named(stack: list[Scope], word: Word, previous: Word, tables: Mapping[str, tuple[str, ...]]) -> None:
    scope, name = stack[-1], word.text.casefold()
    follows_dot = previous.text == "."
    if scope.clause == "select" and not follows_dot and (previous.folded in ("as", ")") or previous.is_name):
        scope.aliases.add(word.text)
    elif scope.clause == "with" and previous.folded in ("with", ",", "recursive"):
        scope.latest, scope.made[name] = name, None
    elif scope.clause != "from":
        return
    elif scope.expects_source or (follows_dot and scope.latest is not None):
        qualified = name
        if follows_dot and scope.latest is not None:
            scope.sources.pop(scope.latest, None)  # it was a schema's name
            qualified = f"{scope.latest}.{name}"
        made = next((outer.made[name] for outer in reversed(stack) if name in outer.made), None)
        scope.sources[name] = tables.get(qualified) or made or tables.get(name)
        scope.latest, scope.expects_source = name, False
    elif scope.latest is not None:
        scope.sources[name] = scope.sources.pop(scope.latest)  # its alias
        scope.latest = None
    elif scope.is_derived:
        scope.sources[name], scope.is_derived = scope.derived, False


def _closed(scope: Scope, inner: Scope, text: str, dialect: str) -> None:
    """Take over what a parenthesis that was closed gives to its scope."""
    if scope.clause == "with" and scope.latest is not None and inner.has_select:
        if scope.made.get(scope.latest) is None:
            scope.made[scope.latest] = _selected(text, dialect)
    elif scope.clause == "with" and scope.latest is not None and inner.before == scope.latest:
        scope.made[scope.latest] = tuple(part.strip().strip('"') for part in text.split(","))
    elif scope.clause == "from" and scope.expects_source:
        scope.derived = _selected(text, dialect) if inner.has_select else None
        scope.is_derived, scope.expects_source, scope.latest = True, False, None
        scope.sources["\0"] = scope.derived  # until, or unless, it gets a name
        if not inner.has_select:
            scope.sources.update(inner.sources)


def _selected(text: str, dialect: str) -> Columns:
    try:
        query = sqlglot.parse_one(text, read=dialect)
    except (SqlglotError, ValueError):
        return None
    names = query.named_selects if isinstance(query, exp.Query) else ["*"]
    return None if "*" in names or "" in names else tuple(names)

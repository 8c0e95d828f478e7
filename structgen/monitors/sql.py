"""SQL that names only what exists: tables, columns by alias and scope, and functions.

The text so far is split by sqlglot's tokenizer and read for its scopes. Where a name may be new (an alias, a common
table expression), or what is in scope isn't known, any name will do. In a select list, whose FROM comes later, the
columns of all tables stand; what a derived table is going to name is written with its alias there.
"""

from __future__ import annotations

import re
import sqlite3
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from structgen.monitors.answers import NOT_IDENTIFIER, Answer, Others
from structgen.monitors.monitor import Monitor, Unanswered
from structgen.monitors.sql_schema import read_schema
from structgen.monitors.sql_scopes import Columns, Scope, Word, scopes, words

__all__ = ["SQL"]

_BEFORE_TABLE: Final = frozenset(["from", "join", "into", "update"])
_WORDS_AFTER: Final[Mapping[str, Sequence[str]]] = {
    "select": ("distinct", "all", "top"), "distinct": ("on", "from"), "where": ("current",), "and": (), "or": (),
    "by": (),
    "not": ("in", "like", "between", "glob", "regexp", "match", "ilike", "similar", "null", "materialized", "indexed"),
    "on": ("conflict",), "having": (), "when": ("matched",), "then": ("update", "insert", "delete", "nothing"),
    "else": (), "between": ("symmetric",), "like": (), "set": (), "case": ("when",),
}  # fmt: skip
"""The words after which an expression begins, each with what may stand there besides."""
_OPERATORS: Final = b"+-/%<>=|"
_VALUE_CLAUSES: Final = frozenset(["select", "where", "on", "group", "order", "having", "set", "returning"])
_WORDS: Final = frozenset(
    ["case", "not", "null", "distinct", "exists", "cast", "select", "all", "true", "false", "current_date",
     "current_time", "current_timestamp", "interval", "date", "time", "timestamp", "array", "row", "any", "some",
     "with", "values", "raise"]
)  # fmt: skip
_STATEMENTS: Final = frozenset(["select", "with", "insert", "update", "delete", "replace", "explain"])
_NO_ARGUMENTS: Final = frozenset(["over", "filter", "extract", "cast", "trim", "substring", "position", "values"])
_ROW_IDS: Final = ("rowid", "oid", "_rowid_")
_QUALIFIERS: Final = frozenset(["main", "temp", "public", "excluded", "new", "old"])
_JSON_COLUMNS: Final = frozenset(["key", "value", "type", "atom", "id", "parent", "fullkey", "path"])
_STRING_PREFIXES: Final = dict.fromkeys(["x", "n", "e", "b"], b"'")
_BEGINS_VALUE: Final = NOT_IDENTIFIER + b"0123456789"
_ALIAS_TO_COME: Final = Others(ord("."), b" \t\r\n", needs_mark=True)
_PLAIN: Final = re.compile(r"[^\W\d]\w*", re.ASCII)
_LAST: Final = re.compile(rb"(\w+)\s+\Z|([.,(+\-/%<>=|])\s*\Z")
_KEPT: Final = 256


@dataclass(frozen=True, slots=True)
class _Place:
    """What may stand somewhere: after which word, in which scopes, innermost last."""

    what: Literal["table", "column", "listed", "value"]
    after: str
    scopes: list[Scope]


class SQL(Monitor):
    """Names of a database.

    Parameters
    ----------
    schema : a Path to a SQLite database, an open ``sqlite3.Connection``, DDL as text, or columns by table
    dialect : sqlglot's name of the dialect
    prefix : the text before what is generated
    functions : names of functions. Those of a live database are known; for any other schema, functions are
        constrained only where they are given.

    Raises
    ------
    ArgumentError
        The schema can't be read, or sqlglot isn't installed.
    """

    triggers = b". \t\n\r,(" + _OPERATORS

    def __init__(
        self,
        schema: str | Path | sqlite3.Connection | Mapping[str, Iterable[str]],
        *,
        dialect: str = "sqlite",
        prefix: str = "",
        functions: Iterable[str] | None = None,
    ) -> None:
        super().__init__()
        self._schema = read_schema(schema, dialect, functions)
        self._tables = {name.casefold(): columns for name, columns in self._schema.tables.items()}
        self._dialect, self._prefix = dialect, prefix
        self._read: OrderedDict[bytes, _Place | None] = OrderedDict()

    def may_open(self, prefix: bytes, is_alert: bool) -> bool:
        found = _LAST.search(prefix)
        if found is None:
            return prefix.isspace()
        if found[1] is None:
            return True
        word = found[1].decode("utf-8", "replace").casefold()
        known = _BEFORE_TABLE | _WORDS_AFTER.keys()
        return word in known if found.start() else any(each.endswith(word) for each in known)

    def is_site(self, text: bytes) -> bool:
        if text[-1:].isspace():
            before = text[-2:-1] if len(text) > 1 else self._prefix[-1:].encode()
            if before and not before.isalpha():
                return False  # an earlier byte has opened it
        return self._may_begin(text) and self._place(text) is not None

    def _may_begin(self, text: bytes) -> bool:
        """Whether the last word or sign is one after which there may be a site; cheaper than reading the whole text."""
        end = text[-64:] if len(text) >= 64 else (self._prefix[-64:].encode() + text)[-64:]
        found = _LAST.search(end)
        if found is None:
            return False
        return found[1] is None or found[1].decode("utf-8", "replace").casefold() in _BEFORE_TABLE | _WORDS_AFTER.keys()

    def ask(self, text: bytes) -> Answer:
        place = self._place(text)
        if place is None:
            raise Unanswered("unknown")
        if place.what == "value":
            return self._value(place)
        if place.what == "table":
            made = [name for scope in place.scopes for name in scope.made]
            ends = {"json_each": b"(", "json_tree": b"(", "select": b" \t\r\n", "or": b" \t\r\n"}
            ends |= dict.fromkeys(_QUALIFIERS, b".")
            return _answer(_spelled([*self._schema.tables, *made]), exits=b"(", ends=ends)
        columns = self._columns(place.after, place.scopes)
        if columns is None:
            raise Unanswered("unknown")
        if place.what == "listed":
            return _answer(_spelled(columns), exits=b"()", ends={"select": b" \t\r\n"})
        return _answer(_spelled([*columns, *_ROW_IDS]), exits=b"*")

    def _value(self, place: _Place) -> Answer:
        """What an expression may begin with: columns, aliases before a dot, functions before a parenthesis, words."""
        if self._schema.functions is None:
            raise Unanswered("unknown")
        query = next((scope for scope in reversed(place.scopes) if scope.has_select), None)
        is_early = query is not None and not query.has_from
        sources = [columns for scope in place.scopes for columns in scope.sources.values()]
        qualifiers = {*_QUALIFIERS, *(name for scope in place.scopes for name in (*scope.sources, *scope.made))}
        if is_early:
            sources += [*self._tables.values(), *(made for scope in place.scopes for made in scope.made.values())]
            qualifiers |= self._tables.keys()
            sources.append(tuple(_JSON_COLUMNS))
        if any(columns is None for columns in sources):
            raise Unanswered("unknown")
        names = {*_WORDS, *_ROW_IDS, *_WORDS_AFTER.get(place.after, ())}
        names.update(*(scope.aliases for scope in place.scopes), *(columns for columns in sources if columns))
        ends = {
            **_STRING_PREFIXES,
            **dict.fromkeys(_plain(self._schema.functions), b"("),
            **dict.fromkeys(_plain(qualifiers), b"."),
            **dict.fromkeys(_plain(qualifiers & self._schema.functions), b"(."),
        }
        return _answer(_plain(names), exits=_BEGINS_VALUE, ends=ends, others=_ALIAS_TO_COME if is_early else None)

    def _columns(self, receiver: str, stack: list[Scope]) -> Columns:
        """The columns of a table or an alias, as far as it can be told already."""
        name = receiver.casefold()
        for number, scope in enumerate(reversed(stack)):
            if name in scope.sources:
                return scope.sources[name]
            if name in scope.made:
                return scope.made[name]
            if number == 0 and scope.clause == "select" and not scope.has_from:
                break  # FROM is to come, and may give this name to another table than an outer scope does
        return self._tables.get(name)

    def _place(self, text: bytes) -> _Place | None:
        if text not in self._read:
            self._read[text] = self._found(self._prefix + text.decode("utf-8", "replace"))
            if len(self._read) > _KEPT:
                self._read.popitem(last=False)
        return self._read[text]

    def _found(self, text: str) -> _Place | None:
        found = words(text, self._dialect)
        if not found or text[found[-1].end :].strip():
            return None  # in a string or a comment
        first = next((number + 1 for number in range(len(found) - 1, -1, -1) if found[number].text == ";"), 0)
        if first == len(found) or found[first].folded not in _STATEMENTS:
            return None
        last, before = found[-1], found[-2] if len(found) > 1 else None
        stack = scopes(text, found, self._tables, self._dialect)
        if last.text == "." and before is not None and before.is_name:
            return _Place("column", before.text, stack)
        if last.is_word and not text[-1].isspace():
            return None
        if stack[-1].clause == "from" and stack[-1].expects_source:
            is_update = last.folded == "update" and before is not None and before.folded == "do"
            return (
                _Place("table", last.folded, stack) if last.folded in {*_BEFORE_TABLE, ","} and not is_update else None
            )
        if last.text in ("(", ",") and len(stack) > 1 and stack[-1].before_is_name and stack[-2].clause == "from":
            is_insert = found[first].folded in ("insert", "replace", "with") and not stack[-1].has_select
            return _Place("listed", stack[-1].before, stack) if is_insert else None
        return self._value_place(last, stack)

    def _value_place(self, last: Word, stack: list[Scope]) -> _Place | None:
        for scope in reversed(stack):
            if scope.before in _NO_ARGUMENTS and not scope.clause:
                return None
            if scope.clause:
                break
        if scope.clause not in _VALUE_CLAUSES or (scope.clause == "order" and scope.is_compound):
            return None  # the order of several SELECTs is by the first one's columns
        begins = last.folded in _WORDS_AFTER if last.is_word else last.text[-1:].encode() in (
            *(bytes([operator]) for operator in _OPERATORS), b"(", b",",
        )  # fmt: skip
        return _Place("value", last.folded, stack) if begins else None


def _answer(
    names: Iterable[str], *, exits: bytes, ends: Mapping[str, bytes] | None = None, others: Others | None = None
) -> Answer:
    return Answer(names, skips=b" \t\r\n", exits=exits, ends=ends, others=others, ignores_case=True)


def _plain(names: Iterable[str]) -> list[str]:
    return [name for name in names if _PLAIN.fullmatch(name)]


def _spelled(names: Sequence[str]) -> list[str]:
    """Names in all their quotes, and plain where they need none."""
    found = []
    for name in names:
        found += [f'"{name}"', f"`{name}`", f"[{name}]"]
    return found + _plain(names)

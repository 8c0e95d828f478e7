"""SQL that names only what exists: tables, columns by alias and scope, and functions.

The text so far is split by sqlglot's tokenizer and read for its scopes. Where a name may be new (an alias, a common
table expression), or what is in scope isn't known, any name will do. In a select list, whose FROM comes later, the
columns of all tables stand; what a derived table is going to name is written with its alias there.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from structgen.monitors.answers import NOT_IDENTIFIER, Answer, Others
from structgen.monitors.monitor import Monitor, Unanswered
from structgen.monitors.sql_schema import read_schema
from structgen.monitors.sql_scopes import Columns, Scope, Word, scopes, words
from structgen.monitors.sql_spelling import Spelling
from structgen.monitors.texts import check_texts

if TYPE_CHECKING:
    from structgen.monitors.sql_schema import GivenSchema

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
_QUALIFIERS: Final = frozenset(["main", "temp", "public", "excluded", "new", "old"])
_TABLE_FUNCTIONS: Final = frozenset(["json_each", "json_tree"])
_TABLE_WORDS: Final = frozenset(["select", "or"])
_POSTGRES_TABLE_WORDS: Final = frozenset(["select", "only", "lateral", "rows"])
_POSTGRES_WORDS: Final = frozenset(
    ["localtime", "localtimestamp", "user", "current_user", "session_user", "current_role", "current_catalog",
     "current_schema", "default", "variadic"]
)  # fmt: skip
_JSON_COLUMNS: Final = frozenset(["key", "value", "type", "atom", "id", "parent", "fullkey", "path"])
_STRING_PREFIXES: Final = dict.fromkeys(["x", "n", "e", "b"], b"'")
_BEGINS_VALUE: Final = NOT_IDENTIFIER + b"0123456789"
_ALIAS_TO_COME: Final = Others(ord("."), b" \t\r\n", needs_mark=True)
_LAST: Final = re.compile(rb"(\w+)\s+\Z|([.,(+\-/%<>=|])\s*\Z")
_FUNCTION: Final = Others(ord("("), b" \t\r\n", needs_mark=True)
_KEPT: Final = 256


@dataclass(frozen=True, slots=True)
class _Place:
    """What may stand somewhere: after which word, in which scopes, innermost last."""

    what: Literal["table", "member", "column", "listed", "value"]
    after: str
    scopes: list[Scope]


class SQL(Monitor):
    """Names of a database.

    Parameters
    ----------
    schema : a Path to a SQLite database, an open ``sqlite3.Connection``, the URL of a PostgreSQL database or an open
        ``psycopg.Connection``, DDL as text, or columns by table. A database is read once, here.
    dialect : sqlglot's name of the dialect; by default PostgreSQL's for such a database, and SQLite's
    prefix : the text before what is generated
    functions : names of functions. Those of a live database are known; for any other schema, functions are
        constrained only where they are given.

    Raises
    ------
    ArgumentError
        The schema can't be read, or sqlglot, or psycopg for PostgreSQL, isn't installed.
    """

    triggers = b". \t\n\r,(" + _OPERATORS

    def __init__(
        self,
        schema: GivenSchema,
        *,
        dialect: str | None = None,
        prefix: str = "",
        functions: Iterable[str] | None = None,
    ) -> None:
        super().__init__()
        check_texts(prefix=prefix)
        self._schema = read_schema(schema, dialect, functions)
        self._tables = self._schema.folded()
        self._spelling = Spelling(self._schema)
        self._is_postgres = self._schema.dialect == "postgres"
        self._qualifiers = frozenset(self._schema.by_schema) | (
            _QUALIFIERS - {"main", "temp"} if self._is_postgres else _QUALIFIERS
        )
        self._table_ends, self._value_ends = self._ends()
        self._dialect, self._prefix = self._schema.dialect, prefix
        self._read: OrderedDict[bytes, _Place | None] = OrderedDict()

    def _ends(self) -> tuple[dict[str, bytes], dict[str, bytes]]:
        """Functions, which stand before a parenthesis, in FROM and in expressions; types there, before a literal."""
        functions = self._spelling.plain(self._schema.functions or ())
        values: dict[str, bytes] = {**_STRING_PREFIXES}
        for found, ending in ((self._spelling.plain(self._schema.types), b"'"), (functions, b"(")):
            for name in found:
                values[name] = values.get(name, b"") + ending
        return dict.fromkeys(functions if self._is_postgres else _TABLE_FUNCTIONS, b"("), values

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
        if place.what in ("table", "member"):
            return self._sources(place)
        columns = self._columns(place.after, place.scopes)
        if columns is None:
            raise Unanswered("unknown")
        if place.what == "listed":
            return self._spelling.answer(columns, exits=b"()", words=["select"])
        return self._spelling.answer([*columns, *self._schema.row_ids], exits=b"*", follows_dot=True)

    def _sources(self, place: _Place) -> Answer:
        """Tables, and what else may give rows."""
        ends = self._table_ends
        if place.what == "member":
            return self._spelling.answer(self._schema.by_schema[place.after], exits=b"", ends=ends, follows_dot=True)
        made = [name for scope in place.scopes for name in scope.made]
        words = _POSTGRES_TABLE_WORDS if self._is_postgres else _TABLE_WORDS
        ends = ends | dict.fromkeys(self._spelling.plain(self._qualifiers), b".")
        others = _FUNCTION if self._is_postgres and self._schema.functions is None else None
        return self._spelling.answer([*self._schema.tables, *made], words=words, exits=b"(", ends=ends, others=others)

    def _value(self, place: _Place) -> Answer:
        """What an expression may begin with: columns, aliases before a dot, functions before a parenthesis, words."""
        if self._schema.functions is None:
            raise Unanswered("unknown")
        query = next((scope for scope in reversed(place.scopes) if scope.has_select), None)
        is_early = (query is not None and not query.has_from) or _is_set_from(place)
        sources = [columns for scope in place.scopes for columns in scope.sources.values()]
        qualifiers = {*self._qualifiers, *(name for scope in place.scopes for name in (*scope.sources, *scope.made))}
        if is_early:
            sources += [*self._tables.values(), *(made for scope in place.scopes for made in scope.made.values())]
            qualifiers |= self._schema.tables.keys()
            sources.append(tuple(_JSON_COLUMNS))
        if any(columns is None for columns in sources):
            raise Unanswered("unknown")
        words = {*_WORDS, *_WORDS_AFTER.get(place.after, ()), *(_POSTGRES_WORDS if self._is_postgres else ())}
        names = set(self._schema.row_ids)
        names.update(*(scope.aliases for scope in place.scopes), *(columns for columns in sources if columns))
        after = self._value_ends | {
            name: self._value_ends.get(name, b"") + b"." for name in self._spelling.plain(qualifiers)
        }
        return self._spelling.answer(
            (),
            words=words.union(self._spelling.plain(names)),
            exits=_BEGINS_VALUE,
            ends=after,
            others=_ALIAS_TO_COME if is_early else None,
        )

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
            name = before.text.casefold()
            if stack[-1].clause == "from" and stack[-1].latest == name and name in self._schema.by_schema:
                return _Place("member", name, stack)
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


def _is_set_from(place: _Place) -> bool:
    """Whether a value is set in an UPDATE, whose FROM may still come."""
    scope = place.scopes[-1]
    is_target = place.after == "set" or (place.after == "," and scope.clause == "set")
    return not is_target and any(outer.clause == "set" for outer in place.scopes)

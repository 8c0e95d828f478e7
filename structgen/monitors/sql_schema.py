"""A database's tables, columns and functions: from a live SQLite database, DDL, or names as they are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from structgen.errors import ArgumentError

try:
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError
except ImportError as error:
    raise ArgumentError(
        "monitors of SQL need sqlglot", reason=str(error), hint="pip install 'structgen[sql]'"
    ) from error

__all__ = ["Schema", "read_schema"]


@dataclass(frozen=True)
class Schema:
    """What exists: each table's columns, and the functions; None where the functions aren't known."""

    tables: Mapping[str, tuple[str, ...]]
    functions: frozenset[str] | None

    def columns(self, table: str) -> tuple[str, ...] | None:
        """A table's columns, whatever the case of its name; None where there is no such table."""
        return self._folded.get(table.casefold())

    @property
    def _folded(self) -> dict[str, tuple[str, ...]]:
        return {name.casefold(): columns for name, columns in self.tables.items()}


def read_schema(
    schema: str | Path | sqlite3.Connection | Mapping[str, Iterable[str]], dialect: str, functions: Iterable[str] | None
) -> Schema:
    """Read a schema: a SQLite file or connection, DDL as text, or columns by table.

    Raises
    ------
    ArgumentError
        The file is no database, the DDL can't be read, or it has no table.
    """
    given = None if functions is None else frozenset(functions)
    if isinstance(schema, Mapping):
        return Schema({table: tuple(columns) for table, columns in schema.items()}, given)
    if isinstance(schema, sqlite3.Connection):
        return _live(schema, given)
    if isinstance(schema, Path):
        if not schema.is_file():
            raise ArgumentError("schema= is no file", reason=str(schema))
        connection = sqlite3.connect(f"{schema.resolve().as_uri()}?mode=ro", uri=True)
        try:
            return _live(connection, given)
        finally:
            connection.close()
    return Schema(_declared(schema, dialect), given)


def _live(connection: sqlite3.Connection, functions: frozenset[str] | None) -> Schema:
    try:
        listed = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')").fetchall()
        tables = {
            name: tuple(row[0] for row in connection.execute("SELECT name FROM pragma_table_xinfo(?)", (name,)))
            for (name,) in listed
        }
        known = frozenset(name for (name,) in connection.execute("SELECT name FROM pragma_function_list"))
    except sqlite3.Error as error:
        raise ArgumentError("schema= is no database that SQLite can read", reason=str(error)) from error
    return Schema(tables, known | (functions or frozenset()))


def _declared(ddl: str, dialect: str) -> dict[str, tuple[str, ...]]:
    tables: dict[str, tuple[str, ...]] = {}
    try:
        statements = sqlglot.parse(ddl, read=dialect)
    except (SqlglotError, ValueError) as error:
        raise ArgumentError("schema= is no DDL that can be read", reason=str(error)) from error
    for statement in statements:
        if not isinstance(statement, exp.Create) or statement.kind not in ("TABLE", "VIEW"):
            continue
        table = statement.find(exp.Table)
        declared = statement.this
        columns = [column.name for column in declared.find_all(exp.ColumnDef)] if declared is not None else []
        if not columns and isinstance(declared, exp.Schema):
            columns = [column.name for column in declared.expressions]
        if not columns and isinstance(statement.expression, exp.Query):
            columns = statement.expression.named_selects
        if table is not None and "*" not in columns:
            tables[table.name] = tuple(columns)
    if not tables:
        raise ArgumentError("schema= declares no table", hint="CREATE TABLE statements, or a Path to a database")
    return tables

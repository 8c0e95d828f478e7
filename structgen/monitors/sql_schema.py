"""A database's tables, columns and functions: from a live SQLite or PostgreSQL database, DDL, or names as they are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from structgen.errors import ArgumentError
from structgen.monitors.sql_postgres import is_connection, is_url, read_catalog
from structgen.monitors.texts import texts

try:
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError
except ImportError as error:
    raise ArgumentError(
        "monitors of SQL need sqlglot", reason=str(error), hint="pip install 'structgen[sql]'"
    ) from error

if TYPE_CHECKING:
    import psycopg

    GivenSchema = str | Path | sqlite3.Connection | psycopg.Connection[Any] | Mapping[str, Iterable[str]]

__all__ = ["GivenSchema", "Schema", "read_schema"]

_SQLITE_ROW_IDS: Final = ("rowid", "oid", "_rowid_")
_SQLITE_CATALOG: Final = ("sqlite_master", "sqlite_schema", "sqlite_temp_master", "sqlite_temp_schema")
_POSTGRES_ROW_IDS: Final = ("tableoid", "ctid", "xmin", "xmax", "cmin", "cmax")


@dataclass(frozen=True)
class Schema:
    """What exists.

    Attributes
    ----------
    dialect : sqlglot's name of it
    tables : columns of the tables and views that need no qualifier
    functions : None where they aren't known
    by_schema : tables and views with their columns by schema, where there are schemas
    types : those that may stand before a literal
    row_ids : columns that every table has
    is_exact : whether names are known to the letter, so that some must be in quotes, where their case counts
    reserved : words that are no name without quotes
    """

    dialect: str
    tables: Mapping[str, tuple[str, ...]]
    functions: frozenset[str] | None
    by_schema: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    types: frozenset[str] = frozenset()
    row_ids: tuple[str, ...] = _SQLITE_ROW_IDS
    is_exact: bool = False
    reserved: frozenset[str] = frozenset()

    def folded(self) -> dict[str, tuple[str, ...]]:
        """Columns by table, with and without its schema, in lower case. Tables that only case tells apart are one."""
        found: dict[str, tuple[str, ...]] = {}
        qualified = {
            f"{schema}.{table}": columns
            for schema, tables in self.by_schema.items()
            for table, columns in tables.items()
        }
        for name, columns in (*self.tables.items(), *qualified.items()):
            found[name.casefold()] = (*found.get(name.casefold(), ()), *columns)
        return found


def read_schema(schema: GivenSchema, dialect: str | None, functions: Iterable[str] | None) -> Schema:
    """Read a schema: a SQLite file or connection, PostgreSQL's URL or connection, DDL as text, or columns by table.

    Raises
    ------
    ArgumentError
        The file is no database, the DDL can't be read, it has no table, or the database can't be reached.
    """
    given = None if functions is None else frozenset(texts(functions, "functions="))
    if is_url(schema) or is_connection(schema):
        return _catalog(schema, dialect, given)
    dialect = dialect or "sqlite"
    if isinstance(schema, Mapping):
        return Schema(dialect, _given(schema), given)
    if isinstance(schema, sqlite3.Connection):
        return _live(schema, dialect, given)
    if isinstance(schema, Path):
        if not schema.is_file():
            raise ArgumentError("schema= is no file", reason=str(schema))
        connection = sqlite3.connect(f"{schema.resolve().as_uri()}?mode=ro", uri=True)
        try:
            return _live(connection, dialect, given)
        finally:
            connection.close()
    if not isinstance(schema, str):
        raise ArgumentError("schema= takes DDL, a Path, a connection, a URL or a dict", reason=f"got {type(schema)!r}")
    return Schema(dialect, _declared(schema, dialect), given)


def _catalog(source: str | psycopg.Connection[Any], dialect: str | None, functions: frozenset[str] | None) -> Schema:
    if dialect not in (None, "postgres"):
        raise ArgumentError("a PostgreSQL database speaks dialect='postgres'", reason=f"got {dialect!r}")
    catalog = read_catalog(source)
    return Schema(
        "postgres",
        catalog.visible,
        catalog.functions | (functions or frozenset()),
        catalog.by_schema,
        catalog.types,
        _POSTGRES_ROW_IDS,
        is_exact=True,
        reserved=catalog.reserved,
    )


def _live(connection: sqlite3.Connection, dialect: str, functions: frozenset[str] | None) -> Schema:
    try:
        listed = [
            *connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"),
            *((name,) for name in _SQLITE_CATALOG),
        ]
        tables = {
            name: tuple(row[0] for row in connection.execute("SELECT name FROM pragma_table_xinfo(?)", (name,)))
            for (name,) in listed
        }
        tables = {name: columns for name, columns in tables.items() if columns or name not in _SQLITE_CATALOG}
        known = frozenset(name for (name,) in connection.execute("SELECT name FROM pragma_function_list"))
    except sqlite3.Error as error:
        raise ArgumentError("schema= is no database that SQLite can read", reason=str(error)) from error
    return Schema(dialect, tables, known | (functions or frozenset()))


def _given(schema: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    return {
        table: texts(columns, f"schema= by table, of {table!r},")
        for table, columns in zip(texts(schema, "schema="), schema.values(), strict=True)
    }


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

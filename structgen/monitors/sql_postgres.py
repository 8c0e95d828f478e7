"""The names of a live PostgreSQL database: relations with their columns, functions, types and reserved words.

Read once, in a transaction that changes nothing and is ended. Names are as the catalog has them: one that isn't in
lower case, or that is a reserved word, is written in quotes.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from structgen.errors import ArgumentError

if TYPE_CHECKING:
    import psycopg

__all__ = ["Catalog", "is_connection", "is_url", "read_catalog"]

_RELATIONS: Final = """
    SELECT n.nspname, c.relname, pg_table_is_visible(c.oid),
           array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attname IS NOT NULL)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p')
    GROUP BY n.nspname, c.relname, c.oid
"""
# Half of the catalog's functions are what types, operators and indices are made of, and can't be called: theirs are
# arguments or results that no query has.
_FUNCTIONS: Final = """
    SELECT DISTINCT proname::text FROM pg_proc
    WHERE pg_function_is_visible(oid)
      AND NOT proargtypes::oid[] && ARRAY['internal', 'cstring']::regtype[]::oid[]
      AND NOT prorettype = ANY (ARRAY['internal', 'cstring', 'trigger', 'event_trigger']::regtype[]::oid[])
"""
_TYPES: Final = """
    SELECT typname::text FROM pg_type
    WHERE pg_type_is_visible(oid) AND typtype IN ('b', 'd', 'e', 'r') AND typcategory <> 'A'
"""
_KEYWORDS: Final = "SELECT word, catcode FROM pg_get_keywords()"
_CONNECT_SECONDS: Final = 10


class Catalog:
    """What a database has.

    Attributes
    ----------
    visible : columns of the relations that need no schema before them
    by_schema : for each schema, its relations with their columns
    functions : those that need no schema, and words that stand as one (``coalesce``)
    types : those that need no schema
    reserved : words that are no name without quotes
    """

    def __init__(
        self,
        relations: list[tuple[str, str, bool, list[str] | None]],
        functions: list[str],
        types: list[str],
        keywords: list[tuple[str, str]],
    ) -> None:
        self.visible: Mapping[str, tuple[str, ...]] = {
            name: tuple(columns or ()) for _, name, is_visible, columns in relations if is_visible
        }
        by_schema: dict[str, dict[str, tuple[str, ...]]] = {}
        for schema, name, _, columns in relations:
            by_schema.setdefault(schema, {})[name] = tuple(columns or ())
        self.by_schema: Mapping[str, Mapping[str, tuple[str, ...]]] = by_schema
        self.functions = frozenset(functions) | {word for word, kind in keywords if kind == "C"}
        self.types = frozenset(types) | {word for word, kind in keywords if kind == "C"}
        self.reserved = frozenset(word for word, kind in keywords if kind in ("R", "T"))


def is_url(schema: object) -> TypeGuard[str]:
    """Whether a schema is a PostgreSQL database's URL."""
    return isinstance(schema, str) and schema.startswith(("postgresql://", "postgres://"))


def is_connection(schema: object) -> TypeGuard[psycopg.Connection[Any]]:
    """Whether a schema is psycopg's connection, without importing psycopg.

    Raises
    ------
    ArgumentError
        It is an asynchronous one.
    """
    module = sys.modules.get("psycopg")
    if module is None:
        return False
    if isinstance(schema, module.AsyncConnection):
        raise ArgumentError("schema= takes a psycopg.Connection", reason="got an AsyncConnection", hint="or a URL")
    return isinstance(schema, module.Connection)


def read_catalog(source: str | psycopg.Connection[Any]) -> Catalog:
    """Read a database by its URL, or over an open connection, whose transaction is left as it was.

    Raises
    ------
    ArgumentError
        psycopg isn't installed, or the database can't be reached or read.
    """
    try:
        import psycopg
    except ImportError as error:
        raise ArgumentError(
            "a PostgreSQL schema needs psycopg", reason=str(error), hint="pip install 'structgen[postgres]'"
        ) from error
    try:
        if not isinstance(source, str):
            return _read(source)
        with psycopg.connect(source, connect_timeout=_CONNECT_SECONDS, autocommit=True) as connection:
            return _read(connection)
    except psycopg.Error as error:
        raise ArgumentError("schema= is no PostgreSQL database that can be read", reason=str(error)) from error


def _read(connection: psycopg.Connection[Any]) -> Catalog:
    from psycopg.pq import TransactionStatus
    from psycopg.rows import tuple_row

    was_idle = connection.info.transaction_status == TransactionStatus.IDLE
    try:
        with connection.cursor(row_factory=tuple_row) as cursor:
            relations = cursor.execute(_RELATIONS).fetchall()
            functions = [name for (name,) in cursor.execute(_FUNCTIONS)]
            types = [name for (name,) in cursor.execute(_TYPES)]
            keywords = cursor.execute(_KEYWORDS).fetchall()
    finally:
        if was_idle and not connection.closed:
            connection.rollback()
    return Catalog(relations, functions, types, keywords)

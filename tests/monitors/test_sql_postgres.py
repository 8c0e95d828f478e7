"""SQL's monitor against a live PostgreSQL: what it plans can be written, and what it refuses for a name can't."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from structgen.errors import ArgumentError
from structgen.tokens.vocabulary import Vocabulary
from tests.monitors.writing import writer
from tests.vocabularies import BYTES

pytest.importorskip("sqlglot", reason="sqlglot is not installed: pip install 'structgen[sql]'")
psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'structgen[postgres]'")
from structgen.monitors import SQL  # noqa: E402

if TYPE_CHECKING:
    from psycopg import Connection

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
INITDB = shutil.which("initdb") or (str(PROGRAMS[0]) if PROGRAMS else None)
needs_postgres = pytest.mark.skipif(INITDB is None, reason="no PostgreSQL server: apt-get install postgresql")

DDL = """
CREATE TABLE artist (id int PRIMARY KEY, name text, born int, "Home Town" text, "order" int);
CREATE TABLE album (id int PRIMARY KEY, title text, artist_id int REFERENCES artist, data jsonb);
CREATE VIEW pricey AS SELECT id AS track, title AS label FROM album;
CREATE MATERIALIZED VIEW counted AS SELECT artist_id, count(*) AS many FROM album GROUP BY artist_id;
CREATE TABLE "Track List" (track int, "Full Title" text);
CREATE SCHEMA audit;
CREATE TABLE audit.log (at timestamp, who text);
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE FUNCTION double_it(n int) RETURNS int LANGUAGE sql AS 'SELECT n * 2';
"""
TOKENS = [b"SELECT name", b" FROM artist", b" FROM artists", b" FROM audit.log", b"a.title", b" WHERE nam"]
VOCABULARY = Vocabulary.from_bytes([*BYTES, *TOKENS, None], eos=len(BYTES) + len(TOKENS))
can_write = writer(VOCABULARY)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server of this test alone, on a socket in a folder of its own; PostgreSQL doesn't run as root."""
    assert INITDB is not None
    user: dict[str, Any] = {"user": "postgres", "env": {"PATH": os.environ["PATH"]}} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="structgen-pg-"))
    try:
        if user:
            shutil.chown(folder, "postgres")
        data, control = str(folder / "data"), str(Path(INITDB).with_name("pg_ctl"))
        quiet: dict[str, Any] = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder, **user}
        subprocess.run([INITDB, "-D", data, "-U", "owner", "-A", "trust", "-N", "--locale=C", "-E", "UTF8"], **quiet)
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        subprocess.run([control, "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start"], **quiet)
        try:
            yield f"postgresql://owner@/postgres?host={folder}"
        finally:
            subprocess.run([control, "-D", data, "-m", "immediate", "stop"], **quiet)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def database(url: str) -> Iterator[Connection[Any]]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(DDL)
        yield connection


@pytest.fixture(scope="module")
def monitor(database: Connection[Any]) -> SQL:
    return SQL(database)


RUNS = [
    "SELECT name, Born + 1 FROM artist WHERE born >= 1900 AND NOT name ILIKE 'A%' ORDER BY born DESC LIMIT 3",
    'SELECT a."Home Town", a."order", a.order FROM artist AS a WHERE a."Home Town" IS NOT NULL',
    'SELECT t."Full Title" FROM "Track List" t',
    "SELECT l.who, log.at FROM audit.log l, audit.log WHERE l.at > now() - interval '1 day'",
    "SELECT track, label FROM pricey UNION SELECT artist_id, 'x' FROM counted WHERE many > 1",
    "SELECT double_it(born), coalesce(born, 0), greatest(1, born) FROM artist",
    "SELECT data->>'key', jsonb_array_length(data) FROM album WHERE data @> '{}' AND jsonb '{}' = data",
    "SELECT g.n FROM generate_series(1, 3) AS g(n)",
    "SELECT * FROM unnest(ARRAY[1, 2]) WITH ORDINALITY",
    "SELECT mood 'good', born::text, CAST(born AS text) FROM artist",
    "DELETE FROM album USING artist r WHERE r.id = artist_id AND r.born IS NULL",
    "UPDATE album SET title = r.name, id = album.id + 1 FROM artist r WHERE r.id = album.artist_id",
    "INSERT INTO album (id, title) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET title = excluded.title RETURNING id",
    "SELECT id FROM artist WHERE born = 1 FOR UPDATE",
    "SELECT id FROM artist FOR NO KEY UPDATE SKIP LOCKED",
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT n.i FROM n",
    "SELECT r.name FROM artist r LEFT JOIN LATERAL (SELECT title FROM album WHERE artist_id = r.id) x ON true",
    "SELECT count(*) FILTER (WHERE born > 1), string_agg(name, ', ' ORDER BY name) FROM ONLY artist GROUP BY born",
    "SELECT relname FROM pg_class WHERE relname = current_user AND pg_class.oid > 0 AND ctid IS NOT NULL",
    "SELECT c.column_name FROM information_schema.columns c WHERE c.table_name = 'artist'",
    "SELECT DISTINCT ON (born) name FROM public.artist",
    "SELECT date '2020-01-01', timestamp with time zone '2020-01-01', extract(year FROM now())",
]


@needs_postgres
@pytest.mark.parametrize("query", RUNS)
def test_what_postgresql_plans_can_be_written(database: Connection[Any], monitor: SQL, query: str) -> None:
    database.execute(f"EXPLAIN {query}".encode())
    assert can_write(monitor, query)


REFUSED = [
    "SELECT nam FROM artist", "SELECT name FROM artists", "SELECT a.title FROM artist AS a WHERE a.title = 'x'",
    "SELECT Home FROM artist", "SELECT t.Full FROM \"Track List\" t WHERE t.Full = 1", 'SELECT 1 FROM "track list"',
    'SELECT 1 FROM artist a WHERE a."home town" = 1', "SELECT 1 FROM log l", "SELECT 1 FROM audit.logs",
    "SELECT 1 FROM audit.artist", "SELECT 1 FROM audit.log l WHERE l.name = 1", "SELECT tripple(1)",
    "UPDATE artist SET title = 1", "INSERT INTO album (name) VALUES (1)", "SELECT name FROM artist WHERE rowid = 1",
    "SELECT name FROM artist ORDER BY title", "DELETE FROM album USING artist r WHERE r.title = 1",
    "SELECT 1 FROM json_each_of('{}')", "SELECT 1 FROM counted WHERE total > 1", "SELECT 1 FROM nowhere.artist",
]  # fmt: skip


@needs_postgres
@pytest.mark.parametrize("query", REFUSED)
def test_names_that_postgresql_refuses_cannot_be_written(database: Connection[Any], monitor: SQL, query: str) -> None:
    errors = psycopg.errors
    with pytest.raises((errors.UndefinedColumn, errors.UndefinedTable, errors.UndefinedFunction)):
        database.execute(f"EXPLAIN {query}".encode())
    assert not can_write(monitor, query)


@needs_postgres
def test_a_url_and_a_connection_are_the_same_database(database: Connection[Any], monitor: SQL, url: str) -> None:
    by_url = SQL(url)
    for text in (b"SELECT name FROM ", b"SELECT pricey.", b"SELECT 1 FROM artist WHERE ", b"SELECT 1 FROM audit."):
        one, other = monitor.answer(text), by_url.answer(text)
        assert one is not None and other is not None and one.names == other.names, text


@needs_postgres
def test_a_connections_transaction_is_left_as_it_was(database: Connection[Any], url: str) -> None:
    status = psycopg.pq.TransactionStatus
    with psycopg.connect(url, row_factory=psycopg.rows.dict_row) as connection:
        SQL(connection)
        assert connection.info.transaction_status == status.IDLE
        connection.execute("CREATE TEMPORARY TABLE brief (only_here int)")
        monitor = SQL(connection)
        assert connection.info.transaction_status == status.INTRANS
        assert can_write(monitor, "SELECT b.only_here FROM brief b WHERE b.only_here")
        connection.rollback()
    with psycopg.connect(url) as connection:
        with pytest.raises(psycopg.Error):
            connection.execute("SELECT nothing")
        with pytest.raises(ArgumentError, match="can be read"):
            SQL(connection)


def test_a_database_that_cannot_be_reached_is_refused_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="can be read") as raised:
        SQL(f"postgresql://me:secret@/postgres?host={tmp_path}")
    assert "secret" not in str(raised.value)


@needs_postgres
def test_wrong_arguments_are_refused(url: str) -> None:
    with pytest.raises(ArgumentError, match="speaks dialect='postgres'"):
        SQL(url, dialect="sqlite")

    async def asynchronous() -> None:
        async with await psycopg.AsyncConnection.connect(url) as connection:
            with pytest.raises(ArgumentError, match="AsyncConnection"):
                SQL(connection)

    import asyncio

    asyncio.run(asynchronous())

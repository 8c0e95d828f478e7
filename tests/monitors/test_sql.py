"""SQL's monitor against SQLite: what it runs can be written, and what it refuses for a name can't."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from structgen.errors import ArgumentError
from structgen.monitors import attach
from structgen.tokens.vocabulary import Vocabulary
from tests.monitors.writing import writer
from tests.vocabularies import BYTES

pytest.importorskip("sqlglot", reason="sqlglot is not installed: pip install 'structgen[sql]'")
from structgen.monitors import SQL

DDL = """
CREATE TABLE artist (id INTEGER PRIMARY KEY, name TEXT, born INT);
CREATE TABLE album (id INTEGER PRIMARY KEY, title TEXT, artist_id INT REFERENCES artist (id));
CREATE TABLE "Track List" (track INT, "full title" TEXT, album_id INT, price REAL);
CREATE VIEW pricey AS SELECT track, price AS cost FROM "Track List" WHERE price > 1;
"""
TOKENS = [b"SELECT name", b" FROM artist", b" FROM artists", b"a.title", b"a.born", b" WHERE nam"]
VOCABULARY = Vocabulary.from_bytes([*BYTES, *TOKENS, None], eos=len(BYTES) + len(TOKENS))
can_write = writer(VOCABULARY)


@pytest.fixture(scope="module")
def database() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.executescript(DDL)
    yield connection
    connection.close()


RUNS = [
    "SELECT name FROM artist",
    "select NAME, Born + 1 from ARTIST where born >= 1900 and not name like 'A%' order by born desc, name limit 3",
    "SELECT a.title, r.name FROM album AS a JOIN artist r ON a.artist_id = r.id WHERE r.born IS NOT NULL",
    'SELECT t."full title" FROM "Track List" t, album WHERE t.album_id = album.id',
    "SELECT count(*) AS many, max(price) FROM \"Track List\" GROUP BY album_id HAVING many > 2 ORDER BY many",
    "WITH old AS (SELECT id, name AS who FROM artist WHERE born < 1900) SELECT who FROM old WHERE old.id IN (1, 2)",
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT n.i FROM n",
    "SELECT x.most FROM (SELECT max(born) AS most FROM artist) x WHERE x.most > 1",
    "SELECT name FROM artist r WHERE EXISTS (SELECT 1 FROM album WHERE album.artist_id = r.id AND born > 1)",
    "SELECT CASE WHEN born > 1 THEN 'old' ELSE upper(name) END FROM artist",
    "SELECT name, row_number() OVER (PARTITION BY born ORDER BY name) FROM artist",
    "SELECT DISTINCT r.* FROM artist r LEFT JOIN album ON r.id = artist_id AND title IS NOT 'x'",
    "SELECT track, cost FROM pricey WHERE cost BETWEEN 1 AND 2 UNION SELECT id, born FROM artist ORDER BY track",
    "INSERT INTO album (title, artist_id) VALUES ('x', 1), ('y', 2)",
    "INSERT INTO album (title) SELECT name FROM artist WHERE born = 1",
    "UPDATE artist SET name = trim(name), born = born + 1 WHERE id = 1",
    "DELETE FROM artist WHERE born IS NULL OR rowid = 3",
    "SELECT -born, (born + 1) * 2, CAST(born AS TEXT), x'00' FROM artist WHERE (born > 1 OR (name = \"Bob\"))",
    "SELECT name FROM artist -- FROM nowhere\nWHERE born = 1 /* nothing.here */",
    "SELECT value FROM json_each('[1]') WHERE value > 0",
    "SELECT name FROM main.artist WHERE main.artist.born IS DISTINCT FROM 3",
    "INSERT INTO artist (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = excluded.name",
    "SELECT type, name, tbl_name, rootpage, sql FROM sqlite_master WHERE type = 'table'",
    "SELECT s.sql FROM main.sqlite_schema s, sqlite_temp_master AS t WHERE s.name = t.name",
    "SELECT name || ', ' || born, coalesce(born, 0) FROM artist WHERE name NOT IN (SELECT title FROM album)",
]  # fmt: skip


@pytest.mark.parametrize("query", RUNS)
def test_what_sqlite_runs_can_be_written(database: sqlite3.Connection, query: str) -> None:
    database.execute(f"EXPLAIN {query}")
    assert can_write(SQL(database), query)


REFUSED = [
    "SELECT nam FROM artist", "SELECT name FROM artists", "SELECT name FROM artist WHERE title = 1",
    "SELECT name FROM artist r JOIN album a ON a.artist_id = r.title",
    "SELECT name FROM artist JOIN albums", "SELECT name FROM artist, tracks", "SELECT artist.title FROM artist",
    "SELECT name FROM sqlite_masters", "SELECT sql FROM sqlite_master WHERE born = 1",
    "SELECT uper(name) FROM artist", "SELECT name FROM artist ORDER BY title", "UPDATE artist SET title = 1",
    "INSERT INTO album (name) VALUES (1)", "INSERT INTO album (title, born) VALUES (1, 2)", "DELETE FROM older",
    "WITH old AS (SELECT id FROM artist) SELECT id FROM old WHERE old.name = 1",
    "SELECT x.name FROM (SELECT born FROM artist) x WHERE x.name = 1", "SELECT name FROM artist WHERE album.id = 1",
    "SELECT name FROM artist GROUP BY tittle", "SELECT id FROM album WHERE EXISTS (SELECT 1 FROM artist WHERE nam = 1)",
]  # fmt: skip


@pytest.mark.parametrize("query", REFUSED)
def test_names_that_sqlite_refuses_cannot_be_written(database: sqlite3.Connection, query: str) -> None:
    with pytest.raises(sqlite3.OperationalError, match=r"no such (?:column|table|function)|has no column"):
        database.execute(f"EXPLAIN {query}")
    assert not can_write(SQL(database), query)


def test_an_alias_that_from_is_going_to_give_is_not_judged_before_it(database: sqlite3.Connection) -> None:
    assert can_write(SQL(database), "SELECT a.born FROM album AS a")
    assert not can_write(SQL(database), "SELECT a FROM album AS a")
    assert not can_write(SQL(database), "SELECT album.born FROM album")


def test_declared_tables_are_what_a_live_database_has(database: sqlite3.Connection, tmp_path: Path) -> None:
    file = tmp_path / "music.db"
    with sqlite3.connect(file) as connection:
        connection.executescript(DDL)
    connection.close()
    functions = ["count", "max", "upper"]
    monitors = [SQL(file), SQL(DDL, functions=functions), SQL(database)]
    for text in (b"SELECT name FROM ", b"SELECT pricey.", b'SELECT t.x FROM "Track List" t WHERE t.'):
        names = [answer.names if (answer := monitor.answer(text)) else None for monitor in monitors]
        assert names[0] is not None and names[0] == names[2], text
        declared = tuple(name for name in names[0] if b"sqlite_" not in name)  # SQLite's own tables are live alone
        assert declared == names[1], text
    assert SQL({"artist": ["id", "name"]}).answer(b"SELECT artist.") is not None


def test_functions_that_are_not_known_leave_expressions_free() -> None:
    monitor = SQL(DDL)
    assert can_write(monitor, "SELECT anything(name) FROM artist") and not can_write(monitor, "SELECT name FROM art ")
    assert monitor.statistics.unknown > 0


def test_each_dialect_has_its_quotes() -> None:
    quotes = {"sqlite": '"`[', "postgres": '"', "mysql": "`", "tsql": '"['}
    for dialect, found in quotes.items():
        monitor = SQL({"Two Words": ["id"]}, dialect=dialect)
        assert {quote for quote in '"`[' if can_write(monitor, f"SELECT 1 FROM {quote}Two")} == set(found), dialect


def test_functions_of_a_postgresql_that_is_not_live_may_give_rows() -> None:
    monitor = SQL(DDL, dialect="postgres")
    assert can_write(monitor, "SELECT 1 FROM generate_series(1, 2)")
    assert not can_write(monitor, "SELECT 1 FROM generate_series g")


def test_a_value_that_is_set_may_come_from_a_table_named_later(database: sqlite3.Connection) -> None:
    query = "UPDATE album SET title = r.name, artist_id = r.id FROM artist r WHERE r.id = 1"
    database.execute(f"EXPLAIN {query}")
    assert can_write(SQL(database), query)
    assert not can_write(SQL(database), "UPDATE album SET title = 1, name ")


def test_a_tokens_inside_is_judged(database: sqlite3.Connection) -> None:
    matcher = attach(None, VOCABULARY, SQL(database)).matcher()
    assert matcher.accept_token(len(BYTES))
    assert not matcher.accept_token(len(BYTES) + 2)
    assert matcher.accept_token(len(BYTES) + 1)
    assert matcher.accept_token(len(BYTES) + 5)
    assert not matcher.is_accepting()
    assert matcher.accept_token(BYTES.index(b"e")) and matcher.is_accepting()


def test_a_prefix_is_read_too(database: sqlite3.Connection) -> None:
    monitor = SQL(database, prefix="SELECT name FROM artist WHERE ")
    assert can_write(monitor, "born = 1") and not can_write(monitor, "title = 1")


@pytest.mark.parametrize(
    ("schema", "message"),
    [("CREATE TABLE", "DDL|declares"), ("SELECT 1", "declares no table"), (Path("/no/such.db"), "no file"),
     (Path(__file__), "no database"), (b"CREATE", "takes DDL"), ({"a": 5}, "of 'a', takes a collection"),
     ({"a": "id"}, "takes a collection"), ({5: ["id"]}, "schema= takes"), (None, "takes DDL")],
)  # fmt: skip
def test_schemas_that_cannot_be_read_are_refused(schema: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        SQL(schema)


@pytest.mark.parametrize("arguments", [{"prefix": None}, {"functions": "count"}, {"functions": [5]}, {"functions": 5}])
def test_wrong_arguments_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match=f"{next(iter(arguments))}="):
        SQL(DDL, **arguments)

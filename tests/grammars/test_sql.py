"""The shipped SQL grammars allow what SQLite and PostgreSQL read, but for what their headers say."""

from __future__ import annotations

import ast
import random
import re
import sqlite3
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.grammars.code_oracles import has_postgresql_oracle, is_valid_postgresql, is_valid_sqlite
from tests.grammars.random_texts import random_text
from tests.grammars.recognise import SHELF, accepts

SQLITE = "sqlite.lark"
POSTGRESQL = "postgresql.lark"
SEED = 7
RANDOM_TEXTS = 400

postgresql = pytest.mark.skipif(not has_postgresql_oracle(), reason="pglast is not installed")

BOTH = [
    "SELECT 1",
    "select distinct a, b as c from t where a = 1 and not b is null order by a desc nulls last, 2 limit 10 offset 5;",
    "SELECT * FROM a JOIN b ON a.id = b.id LEFT OUTER JOIN c USING (id, x) NATURAL JOIN d CROSS JOIN e, f AS g",
    "SELECT t.* FROM (SELECT 1 AS a) AS t",
    "SELECT count(*), sum(x) FILTER (WHERE y > 0), max(DISTINCT z) FROM t GROUP BY a, b HAVING count(*) > 1",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5), m AS (SELECT 2) SELECT * FROM n, m",
    "SELECT row_number() OVER (PARTITION BY a ORDER BY b DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM t",
    "SELECT sum(a) OVER w, lag(b, 1) OVER (w ORDER BY c) FROM t WINDOW w AS (PARTITION BY d)",
    "SELECT avg(a) OVER (ORDER BY b RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE TIES) FROM t",
    "SELECT a FROM t UNION SELECT b FROM u EXCEPT SELECT c FROM v INTERSECT SELECT d FROM w ORDER BY 1",
    "SELECT CASE WHEN a THEN 'x' ELSE 'it''s' END, CASE b WHEN 1 THEN 2 END, CAST(c AS numeric(10, 2)) FROM t",
    "SELECT (SELECT max(a) FROM t), EXISTS (SELECT 1 FROM u WHERE u.id = t.id), a IN (SELECT b FROM v) FROM t",
    "SELECT a BETWEEN 1 AND 2 AND b NOT BETWEEN 3 AND 4, c LIKE 'x%' ESCAPE '!', d NOT IN (1, 2) FROM t",
    "SELECT a || b, -c * (d + 1) % 2, e IS NOT DISTINCT FROM f, g <> h, i >= 1.5e3 FROM t -- comment",
    "VALUES (1, 'a'), (2, 'b')",
    "INSERT INTO t (a, b) VALUES (1, 2), (3, 4) RETURNING *",
    "INSERT INTO t SELECT * FROM u WHERE true ON CONFLICT (a) DO NOTHING",
    "INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET b = excluded.b, c = t.c + 1 WHERE t.d RETURNING a AS x",
    "INSERT INTO t DEFAULT VALUES",
    "WITH x AS (SELECT 1) UPDATE t SET a = 1, b = (SELECT 2) FROM u WHERE t.id = u.id RETURNING t.a",
    "DELETE FROM t WHERE a IN (1, 2, 3) RETURNING a, b",
    'SELECT "quoted ""name""" FROM "t" /* a comment */',
    "SELECT l\u0131m\u0130t, \u017felect, \u212aind AS \u0130 FROM t \u0131n LIMIT 1",
]
SQLITE_ONLY = [
    "REPLACE INTO t VALUES (?, ?2, :a, @b, $c)",
    "INSERT OR IGNORE INTO t VALUES (x'0aFF', 0x1F, .5, 1.)",
    "SELECT a == b, c GLOB 'x*', d IS 1, e ISNULL, f -> '$.x' ->> 'y' COLLATE nocase FROM [t x], `u`",
    "SELECT 1 LIMIT 5, 10",
    "SELECT 1 IN t, 2 IN ()",
    "UPDATE OR REPLACE t SET a = replace(b, 'x', 'y')",
]
POSTGRESQL_ONLY = [
    "SELECT DISTINCT ON (a) a, b::int[], c::timestamp with time zone, 'x'::text FROM s.t",
    "SELECT a ->> 'x', b #> '{y}', c @> d, e ~* 'f', (array[1, 2])[1], (g).h, i[1] FROM t",
    "SELECT extract(year FROM a), substring(b FROM 1 FOR 2), coalesce(c, d), nullif(e, f), current_date FROM t",
    "SELECT interval '1 day', date '2020-01-01', E'a\\nb', $$it's$$, a AT TIME ZONE 'UTC' FROM t",
    "SELECT * FROM t, LATERAL (SELECT t.a) AS u, generate_series(1, 10) AS g (i)",
    "SELECT string_agg(DISTINCT a, ',' ORDER BY a) FROM t WHERE b ILIKE $1 AND c = ANY ($2) AND (d, e) IN ((1, 2))",
    "(SELECT 1) UNION ALL (SELECT 2 ORDER BY 1) ORDER BY 1 FETCH FIRST 3 ROWS ONLY",
    "SELECT * FROM t FOR UPDATE OF t SKIP LOCKED",
    "WITH x AS MATERIALIZED (DELETE FROM t RETURNING *) INSERT INTO u SELECT * FROM x",
    "UPDATE t SET (a, b) = (1, DEFAULT), c = DEFAULT",
    "DELETE FROM t USING u WHERE t.id = u.id",
    "INSERT INTO t VALUES (1) ON CONFLICT ON CONSTRAINT k DO NOTHING",
]
NEITHER = [
    "",
    "SELECT",
    "SELECT a, FROM t",
    "SELECT a b c FROM t",
    "SELECT FROM WHERE",
    "SELECT a FROM t WHERE",
    "SELECT a FROM t GROUP a",
    "SELECT a FROM t ORDER BY",
    "SELECT a FROM t LIMIT 1 UNION SELECT b FROM u",
    "SELECT select FROM t",
    "SELECT 1a",
    "SELECT 'a",
    "SELECT a IN (1, 2,)",
    "SELECT CASE END",
    "SELECT CASE WHEN a END",
    "SELECT cast(a, int)",
    "SELECT count(DISTINCT *)",
    "SELECT a NOT b",
    "SELECT a BETWEEN 1 OR 2",
    "SELECT f(a OVER ())",
    "SELECT f(a) OVER (ORDER BY a ROWS BETWEEN CURRENT ROW AND 1 PRECEDING)",
    "SELECT f(a) OVER (ROWS BETWEEN UNBOUNDED FOLLOWING AND CURRENT ROW)",
    "SELECT * FROM t NATURAL JOIN u ON x = y",
    "SELECT * FROM t JOIN u WHERE x ON y",
    "SELECT * FROM (SELECT 1",
    "INSERT t VALUES (1)",
    "INSERT INTO t VALUES",
    "INSERT INTO t VALUES (1) ON CONFLICT DO UPDATE",
    "UPDATE t a = 1",
    "UPDATE t SET a",
    "UPDATE t SET a == 1",
    "DELETE t",
    "DELETE FROM t RETURNING",
    "WITH a SELECT 1",
    "SELECT 1; SELECT 2",
    "\u017felect 1",
    "SELECT a FROM t L\u0131M\u0130T 1",
    "SELECT a FROM t WHERE a l\u0131\u212ae b",
    "CREATE TABLE t (a)",
]


@pytest.mark.parametrize("text", BOTH + SQLITE_ONLY)
def test_sqlite_is_accepted(text: str) -> None:
    assert accepts(SQLITE, text)
    assert is_valid_sqlite(text)


@pytest.mark.parametrize("text", NEITHER + POSTGRESQL_ONLY)
def test_what_is_not_sqlite_is_rejected(text: str) -> None:
    assert not accepts(SQLITE, text)


@pytest.mark.parametrize("text", BOTH + POSTGRESQL_ONLY)
def test_postgresql_is_accepted(text: str) -> None:
    assert accepts(POSTGRESQL, text)


@pytest.mark.parametrize("text", NEITHER + SQLITE_ONLY)
def test_what_is_not_postgresql_is_rejected(text: str) -> None:
    assert not accepts(POSTGRESQL, text)


@postgresql
@pytest.mark.parametrize("text", BOTH + POSTGRESQL_ONLY)
def test_postgresql_in_the_tables_is_postgresql(text: str) -> None:
    assert is_valid_postgresql(text)


def test_statements_of_pythons_own_tests_are_judged_as_sqlite_judges_them() -> None:
    folder = Path(sysconfig.get_paths()["stdlib"]) / "test" / "test_sqlite3"
    if not folder.is_dir():
        pytest.skip("this Python comes without its tests")
    statements = {
        node.value
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.isprintable()
        and re.match(r"\s*(select|insert|update|delete|with|replace|values)\b", node.value, re.IGNORECASE)
    }
    assert len(statements) > 150
    wrong = {text for text in statements if accepts(SQLITE, text) != is_valid_sqlite(text)}
    # A name in single quotes, and a comment without an end.
    assert wrong <= {"select 1 as '16'", "select 1; /*"}


EXAMPLES = {
    "NAME_NOT_ASCII": ["l\u0131m\u0130t", "\u017f"],
    "NAME": ["a", "b", "t", "count", "é", "foo$"],
    "QUOTED": ['"q"'],
    "STRING": ["'s'", "''"],
    "BLOB": ["x'00'"],
    "BITS": ["b'01'", "x'1F'"],
    "INTEGER": ["1", "0x1F"],
    "REAL": ["1.5", ".5", "1e3"],
    "FLOAT": ["1.5", ".5", "1e3"],
}


def test_random_texts_of_the_grammar_are_sqlite() -> None:
    choices = random.Random(SEED)
    examples = EXAMPLES | {"PARAMETER": ["?", "?1", ":a", "@b", "$c"]}
    texts = [random_text(SQLITE, choices, examples, size=choices.choice([5, 15, 40])) for _ in range(RANDOM_TEXTS)]
    assert [text for text in texts if not is_valid_sqlite(text)] == []
    assert all(accepts(SQLITE, text) for text in texts[::10])


@postgresql
def test_random_texts_of_the_grammar_are_postgresql() -> None:
    choices = random.Random(SEED)
    examples = EXAMPLES | {"PARAMETER": ["$1"]}
    texts = [random_text(POSTGRESQL, choices, examples, size=choices.choice([5, 15, 40])) for _ in range(RANDOM_TEXTS)]
    assert [text for text in texts if not is_valid_postgresql(text)] == []
    assert all(accepts(POSTGRESQL, text) for text in texts[::10])


@pytest.mark.parametrize(("grammar_file", "is_valid"), [(SQLITE, is_valid_sqlite), (POSTGRESQL, is_valid_postgresql)])
def test_key_words_with_letters_beyond_ascii_are_names(grammar_file: str, is_valid: Callable[[str], bool]) -> None:
    """To Python's ``re``, and so to the flag ``i``, the dotless i is an i, and the Kelvin sign a k."""
    if grammar_file == POSTGRESQL and not has_postgresql_oracle():
        pytest.skip("pglast is not installed")
    words = set(re.findall(r'"(\w+)"i', (SHELF / grammar_file).read_text("utf-8")))
    folding = {"i": "\u0131", "I": "\u0130", "s": "\u017f", "k": "\u212a"}
    odd = {word.replace(letter, folding[letter], 1) for w in words for word in (w, w.upper()) for letter in folding}
    odd -= words | {word.upper() for word in words}
    assert len(odd) > 100
    for word in sorted(odd):
        assert re.fullmatch("|".join(words), word, re.IGNORECASE), word
        for text in (f"SELECT {word}", f"SELECT a {word} FROM t"):
            assert is_valid(text), text
            assert accepts(grammar_file, text), text


def test_sqlites_oracle_knows_syntax_from_names() -> None:
    assert is_valid_sqlite("select a from no_such_table")
    assert not is_valid_sqlite("select a from")
    assert sqlite3.sqlite_version_info >= (3, 35)

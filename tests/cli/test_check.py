"""``structgen check``: verdicts, places and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import Result

from tests.cli.conftest import Run

PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "born": {"type": "integer", "minimum": 1800}},
    "required": ["name"],
    "additionalProperties": False,
}


@pytest.fixture
def person(tmp_path: Path) -> str:
    file = tmp_path / "person.json"
    file.write_text(json.dumps(PERSON))
    return str(file)


def shown(result: Result) -> list[str]:
    return result.stdout.splitlines()


def test_a_supported_schema_is_said_to_be(run: Run, person: str) -> None:
    result = run("check", "--schema", person)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "supported\n", "")


@pytest.mark.parametrize(
    "text", ['{"name":"é"}', '{"name": "é", "born": 1800}\n', '{\n  "name" : ""\n}', '{"name": "\\"\\u001f"}']
)
def test_what_the_schema_accepts_is_accepted(run: Run, person: str, text: str) -> None:
    result = run("check", "--schema", person, "-", text=text)
    assert (result.exit_code, result.stdout) == (0, "accepted\n")


@pytest.mark.parametrize(
    ("text", "place", "caret", "expected"),
    [
        ('{"name": "é", "born": 12}', "not accepted: byte 25 (line 1, column 25)", 24, "'0' to '9'"),
        ('{\n"name": 1}', "not accepted: byte 10 (line 2, column 9)", 8, "space or '\"'"),
        ('{"name": "x"', "the text ends too early: byte 12 (line 1, column 13)", 12, "',' or '}'"),
        ("", "the text ends too early: byte 0 (line 1, column 1)", 0, "'{'"),
        ('{"name": "x"} y', "not accepted: byte 13 (line 1, column 14)", 13, "the end of the text"),
        ('{"name": "\x07"}', "not accepted: byte 10 (line 1, column 11)", 10, "space to byte 0x7F"),
    ],
)
def test_what_it_does_not_accept_is_placed_and_explained(
    run: Run, person: str, text: str, place: str, caret: int, expected: str
) -> None:
    result = run("check", "--schema", person, "-", text=text)
    assert result.exit_code == 1
    lines = shown(result)
    assert lines[0] == place
    assert lines[2] == " " * (4 + caret) + "^"
    assert lines[3].startswith("expected ")
    assert expected in lines[3]


def test_a_long_text_is_cut_around_the_place(run: Run) -> None:
    result = run("check", "--regex", "a*b", "-", text="a" * 1000 + "c" + "a" * 1000)
    assert result.exit_code == 1
    assert shown(result)[0] == "not accepted: byte 1000 (line 1, column 1001)"
    assert max(map(len, shown(result))) < 130
    assert shown(result)[1][shown(result)[2].index("^")] == "c"


def test_bytes_that_are_no_unicode_are_placed_too(run: Run) -> None:
    result = run("check", "--regex", "é*", "-", text="é".encode() + b"\xff")
    assert result.exit_code == 1
    assert "byte 2 (line 1, column 2)" in shown(result)[0]
    assert "byte 0xC3" in shown(result)[3]


def test_patterns_and_choices_are_checked_as_well(run: Run) -> None:
    assert run("check", "--regex", "[0-9]{4}", "-", text="2026\n").exit_code == 0
    assert run("check", "--regex", "[0-9]{4}", "-", text="2026\n\n").exit_code == 1
    assert run("check", "--choices", 'yes,"no, never"', "-", text="no, never").exit_code == 0
    assert run("check", "--choices", "yes,no", "-", text="n").exit_code == 1


def test_grammars_are_checked_as_well(run: Run, tmp_path: Path) -> None:
    (tmp_path / "sum.lark").write_text('start: NUMBER ("+" NUMBER)*\n%import .numbers.NUMBER\n%ignore " "\n')
    (tmp_path / "numbers.lark").write_text("NUMBER: /[0-9]+/\n")
    check = ("check", "--grammar", str(tmp_path / "sum.lark"))
    assert run(*check).stdout == "supported\n"
    assert run(*check, "-", text="1 + 23\n").stdout == "accepted\n"
    result = run(*check, "-", text="1 +\n")
    assert result.exit_code == 1
    assert shown(result)[0] == "the text ends too early: byte 3 (line 1, column 4)"
    assert shown(result)[3] == "expected space or '0' to '9'"


def test_grammars_have_names(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("check", "--grammar", "arithmetic").stdout == "supported\n"
    assert run("check", "--grammar", "iso8601", "--start", "date", "-", text="2026-11-28\n").exit_code == 0
    assert run("check", "--grammar", "iso8601", "-", text="2026-13-28\n").exit_code == 1
    (tmp_path / "csv").mkdir()
    assert run("check", "--grammar", "csv").exit_code == 0
    (tmp_path / "iso8601").write_text('start: "x"')
    assert run("check", "--grammar", "iso8601", "-", text="x").exit_code == 0  # a file of that name comes first


@pytest.mark.parametrize(
    ("options", "grammar", "accepted", "rejected"),
    [
        ((), 'root ::= "a" | "(" root ")"', "((a))", "((a)"),
        (("--notation", "ebnf"), "root ::= #x61 /* one */", "a", "#"),
        (("--start", "other"), 'start: "a"\nother: "b"', "b", "a"),
        (("--lexer", "longest"), 'start: (NAME | "if")+ "."\nNAME: /[a-z]+/\n%ignore " "', "if a.", "."),
        (("--lexer", "any"), 'start: "if" NAME\nNAME: /[a-z]+/\n%lexer longest', "ifa", "if a"),
    ],
)
def test_grammars_are_read_as_asked(
    run: Run, tmp_path: Path, options: tuple[str, ...], grammar: str, accepted: str, rejected: str
) -> None:
    (tmp_path / "grammar.txt").write_text(grammar)
    check = ("check", "--grammar", str(tmp_path / "grammar.txt"), *options, "-")
    assert run(*check, text=accepted).exit_code == 0
    assert run(*check, text=rejected).exit_code == 1


def test_an_error_in_a_grammar_is_shown_where_it_is(run: Run) -> None:
    result = run("check", "--grammar", "-", text='start: "a" missing\n')
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-2:] == ['    start: "a" missing', "               ^"]


def test_the_text_may_come_from_a_file_and_the_schema_from_standard_input(run: Run, tmp_path: Path) -> None:
    (tmp_path / "text.json").write_text("[1]")
    schema = '{"type": "array"}'
    assert run("check", "--schema", "-", str(tmp_path / "text.json"), text=schema).stdout == "accepted\n"


def test_property_order_is_the_callers(run: Run, person: str) -> None:
    text = '{"born": 1900, "name": "x"}'
    assert run("check", "--schema", person, "-", text=text).exit_code == 1
    assert run("check", "--schema", person, "--property-order", "any", "-", text=text).exit_code == 0


def test_what_is_not_asserted_is_noted(run: Run) -> None:
    schema = '{"items": {"format": "colour"}, "properties": {"a": {"format": "date"}}}'
    result = run("check", "--schema", "-", text=schema)
    assert shown(result) == [
        "supported",
        "note  #/items/format: the format 'colour' is not known: it asserts nothing",
    ]
    assert run("check", "--schema", "-", "--formats", "annotate", text=schema).stdout == "supported\n"


@pytest.mark.parametrize(
    ("options", "schema", "accepted", "rejected"),
    [
        (("--draft", "4"), '{"type": "integer"}', "1", "1.0"),
        (("--formats", "annotate"), '{"format": "date"}', '"x"', "x"),
        (("--whitespace", "compact"), "true", '{"a":[1,2]}', '{"a": 1}'),
        (("--max-whitespace", "1"), "true", '{ "a" : 1 }', '{"a":  1}'),
        (("--whitespace", "indented", "--indent", "1"), "true", '{\n "a": 1\n}', '{\n  "a": 1\n}'),
        (("--ensure-ascii",), "true", r'"\u00e9"', '"é"'),
        (("--escapes", "any"), "true", r'"\u0061"', '"\\a"'),
    ],
)
def test_schemas_are_read_and_written_as_asked(
    run: Run, tmp_path: Path, options: tuple[str, ...], schema: str, accepted: str, rejected: str
) -> None:
    (tmp_path / "schema.json").write_text(schema)
    check = ("check", "--schema", str(tmp_path / "schema.json"), *options, "-")
    assert run(*check, text=accepted).exit_code == 0
    assert run(*check, text=rejected).exit_code == 1


def test_references_lead_into_the_documents_that_are_given(run: Run, tmp_path: Path) -> None:
    for name, text in (("a", '{"$id": "http://x/a", "type": "null"}'), ("b", '{"type": "boolean"}')):
        (tmp_path / f"{name}.json").write_text(text)
    (tmp_path / "schema.json").write_text('{"prefixItems": [{"$ref": "http://x/a"}, {"$ref": "http://x/b"}]}')
    check = ("check", "--schema", str(tmp_path / "schema.json"), "--resource", str(tmp_path / "a.json"))
    named = ("--resource", f"http://x/b={tmp_path / 'b.json'}", "-")
    assert run(*check, *named, text="[null, true]").exit_code == 0
    assert run(*check, *named, text="[null, null]").exit_code == 1
    unnamed = run(*check, "--resource", str(tmp_path / "b.json"), "-", text="[]")
    assert unnamed.exit_code == 2
    assert "has no $id" in unnamed.stderr


@pytest.mark.parametrize(
    ("arguments", "text", "message"),
    [
        (("--schema", "-"), "{", "not JSON"),
        (("--schema", "-"), '{"type": "objekt"}', "objekt"),
        (("--schema", "-"), '{"pattern": "(a)\\\\1"}', "#/pattern"),
        (("--schema", "-"), '{"$ref": "http://x/other"}', "is another document"),
        (("--schema", "-", "--draft", "3"), "{}", "'3' is not one of"),
        (("--schema", "-", "--resource", "no-such-file.json"), "{}", "no-such-file.json can't be read"),
        (("--schema", "-", "--indent", "65", "--whitespace", "indented"), "{}", "indent is from 0 to 64"),
        (("--schema", "-"), '{"type": "integer", "minimum": 3, "maximum": 2}', "minimum 3 exceeds maximum 2"),
        (("--schema", "-"), b'{"const": "\xff"}', "is not UTF-8"),
        (("--schema", "no-such-file.json"), "", "no-such-file.json can't be read"),
        (("--schema", "-", "-"), "", "can't both come from standard input"),
        (("--regex", "(a)\\1"), "", "back-reference"),
        (("--regex", "("), "", "position"),
        (("--regex", "a", "no-such-file"), "", "no-such-file can't be read"),
        ((), "", "exactly one of --schema, --regex, --choices and --grammar"),
        (("--regex", "a", "--choices", "a"), "", "given: --regex, --choices"),
        (("--regex", "a", "--colour"), "", "No such option"),
        (("--regex", "a", "--grammar", "-"), "", "given: --regex, --grammar"),
        (("--regex", "a", "--notation", "lark", "--start", "b"), "", "--notation and --start without --grammar"),
        (("--grammar", "-", "-"), "", "the grammar and the text can't both come from standard input"),
        (("--grammar", "no-such-file.lark"), "", "no-such-file.lark can't be read"),
        (("--grammar", "folder/json"), "", "json can't be read"),
        (("--grammar", "pyton"), "", "there is no grammar 'pyton' on the shelf"),
        (("--grammar", "-", "--notation", "abnf"), "", "'abnf' is not one of"),
        (("--grammar", "-", "--start", "b"), 'start: "a"', "there is no rule 'b'"),
        (("--grammar", "-", "--lexer", "longest"), 'root ::= "a"', "lexer='longest' in GBNF"),
        (("--grammar", "-"), 'start: "a" b', "at line 1, column 12"),
        (("--grammar", "-"), 'start: start "a"', "rule 'start' has no text"),
    ],
)
def test_what_is_refused_exits_with_2_and_says_why_without_a_traceback(
    run: Run, arguments: tuple[str, ...], text: str | bytes, message: str
) -> None:
    result = run("check", *arguments, text=text)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert message in " ".join(result.stderr.replace("│", " ").split())
    assert "Traceback" not in result.stderr

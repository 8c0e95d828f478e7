"""``compile``: what it takes, and what it refuses."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import BaseModel

import structgen
from structgen import Vocabulary
from tests.vocabularies import BYTES

VOCABULARY = Vocabulary.from_bytes([*BYTES, None], eos=256)


class Person(BaseModel):
    name: str
    age: int | None = None


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({}, structgen.ArgumentError, "exactly one"),
        ({"schema": True, "regex": "a"}, structgen.ArgumentError, "schema, regex"),
        ({"choices": []}, structgen.ArgumentError, "at least one"),
        ({"choices": "abc"}, structgen.ArgumentError, "collection"),
        ({"choices": ["a", 1]}, structgen.ArgumentError, "texts"),
        ({"choices": 5}, structgen.ArgumentError, "collection"),
        ({"grammar": 'start: "a"', "start": ["start"]}, structgen.ArgumentError, "name of a rule"),
        ({"choices": ["\ud800"]}, structgen.ArgumentError, "surrogate"),
        ({"regex": 5}, structgen.ArgumentError, "regex"),
        ({"regex": "a", "dialect": "perl"}, structgen.ArgumentError, "dialect"),
        ({"schema": True, "property_order": "sorted"}, structgen.ArgumentError, "property_order"),
        ({"schema": True, "max_whitespace": -1}, structgen.ArgumentError, "max_whitespace"),
        ({"regex": "(a"}, structgen.RegexError, "position"),
        ({"regex": r"(a)\1"}, structgen.RegexError, "regular"),
        ({"regex": r"[^\s\S]"}, structgen.RegexError, "matches no text"),
        ({"regex": "a(?!.*)b"}, structgen.RegexError, "matches no text"),
        # Thousands of states to see it, each a union of hundreds of parts.
        (
            {"regex": r"((?:(?<!\s)){3,5}a*[^ b]*?|.{3,4}?.?.[x-y1b-é]a|\w*?ab(?<=.)){2,}\B(b1)(?<!.)"},
            structgen.RegexError,
            "matches no text",
        ),
        ({"schema": "{"}, structgen.SchemaError, "not JSON"),
        ({"schema": 5}, structgen.SchemaError, "int"),
        ({"schema": {"type": "strin"}}, structgen.SchemaError, "#/type"),
        ({"schema": {"properties": {"a": {"pattern": r"(a)\1"}}}}, structgen.UnsupportedSchemaError, "#/properties/a"),
        ({"schema": True, "draft": "3"}, structgen.ArgumentError, "draft is one of '4'"),
        ({"schema": True, "formats": "ignore"}, structgen.ArgumentError, "formats is 'assert'"),
        ({"schema": True, "formats": ["date"]}, structgen.ArgumentError, "formats is 'assert'"),
        ({"schema": True, "formats": {"x": "("}}, structgen.RegexError, "the format 'x'"),
        ({"schema": True, "registry": {"http://x/": {}}}, structgen.ArgumentError, "referencing.Registry"),
        ({"schema": True, "whitespace": "none"}, structgen.ArgumentError, "whitespace is 'any'"),
        ({"regex": "a", "indent": -1}, structgen.ArgumentError, "indent is from 0"),
        ({"schema": {"minimum": 2, "maximum": 1, "type": "number"}}, structgen.UnsatisfiableSchemaError, "minimum"),
        ({"schema": False}, structgen.UnsatisfiableSchemaError, "#"),
    ],
)
def test_refusals_say_what_and_where(options: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        structgen.compile(vocabulary=VOCABULARY, **options)
    assert isinstance(caught.value, structgen.StructgenError)


@pytest.mark.parametrize(
    ("schema", "accepted", "rejected"),
    [
        (Person, '{"name": "Ada", "age": null}', '{"age": 1}'),
        (list[int], "[1, 2]", '["a"]'),
        (Literal["a", 3], '"a"', "4"),
        ('{"type": "null"}', "null", "0"),
        (True, "[{}]", "]"),
    ],
)
def test_schemas_of_every_kind(schema: Any, accepted: str, rejected: str) -> None:
    compiled = structgen.compile(schema=schema, vocabulary=VOCABULARY)
    assert compiled.trace(accepted.encode()).accepted
    assert not compiled.trace(rejected.encode()).accepted


def test_formats_that_are_not_known_are_noted_unless_the_caller_has_them() -> None:
    schema = {"items": [{"format": "colour"}, {"format": "date"}], "$schema": "http://json-schema.org/draft-07/schema#"}
    compiled = structgen.compile(schema=schema, vocabulary=VOCABULARY)
    (note,) = compiled.notes
    assert (note.pointer, note.keyword) == ("#/items/0/format", "format")
    assert "'colour'" in note.text
    assert compiled.trace(b'["x", "2024-02-29"]').accepted
    for formats in ({"colour": "^#[0-9a-f]{6}$"}, structgen.Formats({"colour": "^#[0-9a-f]{6}$"})):
        own = structgen.compile(schema=schema, vocabulary=VOCABULARY, formats=formats)
        assert own.notes == ()
        assert own.trace(b'["#00ff00", "2024-02-29"]').accepted
        assert not own.trace(b'["x"]').accepted
        assert not own.trace(b'["#00ff00", "2023-02-29"]').accepted
    lax = structgen.compile(schema=schema, vocabulary=VOCABULARY, formats="annotate")
    assert lax.notes == ()
    assert lax.trace(b'["x", "y"]').accepted


@pytest.mark.parametrize("name", ["vocabulary", "notes", "example"])
def test_a_compiled_grammar_is_frozen(name: str) -> None:
    compiled = structgen.compile(schema=True, vocabulary=VOCABULARY)
    before = getattr(compiled, name)
    with pytest.raises(AttributeError):
        setattr(compiled, name, None)
    assert getattr(compiled, name) is before


def test_dialects_read_the_same_pattern_their_own_way() -> None:
    python = structgen.compile(regex=r"\d$", vocabulary=VOCABULARY)
    ecma = structgen.compile(regex=r"\d$", vocabulary=VOCABULARY, dialect="ecma")
    assert python.trace("٣".encode()).accepted
    assert not ecma.trace("٣".encode()).accepted


@pytest.mark.parametrize("vocabulary", [None, "gpt2", 5])
def test_what_is_no_vocabulary_is_refused(vocabulary: Any) -> None:
    with pytest.raises(structgen.ArgumentError, match="vocabulary is a Vocabulary"):
        structgen.compile(regex="a", vocabulary=vocabulary)


def test_formats_that_are_no_patterns_by_name_are_refused() -> None:
    with pytest.raises(structgen.ArgumentError, match="patterns by name"):
        structgen.Formats(["date"])  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [{"regex": "5"}, {"grammar": 'start: "5"'}], ids=str)
def test_a_trace_is_of_bytes(options: dict[str, Any]) -> None:
    with pytest.raises(structgen.ArgumentError, match="bytes"):
        structgen.compile(vocabulary=VOCABULARY, **options).trace("5")  # type: ignore[arg-type]


def test_a_trace_says_how_far_a_text_goes_and_what_may_follow() -> None:
    trace = structgen.compile(regex="a+[x-z]|aab", vocabulary=VOCABULARY).trace(b"aac")
    assert (trace.accepted, trace.position, trace.may_end) == (False, 2, False)
    assert trace.expected == [(ord("a"), ord("b")), (ord("x"), ord("z"))]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"regex": "(a*)*b"}, b"a" * 3000 + b"b"),
        ({"regex": "(x+x+)+y"}, b"x" * 2000 + b"y"),
        ({"regex": ".{1,1000000}"}, b"x" * 50_000),
        ({"regex": "(.{0,1000}){0,1000}"}, b"x" * 2000),
        ({"schema": {"enum": [f"value {number}" for number in range(100_000)]}}, b'"value 99999"'),
        ({"schema": {"type": "string", "maxLength": 100_000}}, b'"' + b"a" * 100_000 + b'"'),
        ({"schema": {"type": "array", "maxItems": 10_000}}, b"[" + b",".join([b"1"] * 10_000) + b"]"),
        ({"schema": '{"items":' * 400 + "true" + "}" * 400}, b"[" * 300 + b"]" * 300),
    ],
    ids=lambda value: str(value)[:40],
)
def test_large_specifications_compile_at_once(options: dict[str, Any], text: bytes) -> None:
    assert structgen.compile(vocabulary=VOCABULARY, **options).trace(text).accepted


def test_ten_megabytes_of_brackets_are_refused() -> None:
    with pytest.raises(structgen.LimitExceededError, match="nesting"):
        structgen.compile(schema="[" * 5_000_000 + "]" * 5_000_000, vocabulary=VOCABULARY)


def test_grammars_of_one_vocabulary_share_what_is_equal() -> None:
    vocabulary = Vocabulary.from_bytes([*BYTES, None], eos=256)
    first = structgen.compile(schema={"enum": ["a", "b", 1]}, vocabulary=vocabulary)
    first.trace(b'"a"')
    again = structgen.compile(schema={"enum": [1, "b", "a"]}, vocabulary=vocabulary)
    assert first.matcher().state >> 32 != again.matcher().state >> 32
    matchers = [first.matcher(), again.matcher()]
    for matcher in matchers:
        assert matcher.accept_token(ord('"'))
    assert matchers[0].state == matchers[1].state

"""Negated formats: where a format's language is a part of the format, the rest is valid against neither side."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

import structgen
from structgen import CompiledGrammar, Formats
from structgen.errors import UnsatisfiableSchemaError
from structgen.regex.derivatives import matches
from structgen.schema.formats import language, outer
from tests.schema.acceptance import VOCABULARY
from tests.schema.formats.walks import member

# Of each format: a text of its language, texts that it leaves out, and texts that are clearly none.
FORMATS: dict[str, tuple[str, list[str], list[str]]] = {
    "date-time": (
        "2016-12-31T23:59:60Z",
        ["2016-12-31T00:06:60+00:07", "2016-12-31t23:52:60.5-00:07"],
        ["2016-12-31T22:59:60Z", "2016-12-31", "2016-13-31T00:06:60+00:07", ""],
    ),
    "duration": ("P1D", ["p1d", "P1dT2h", "pT1S"], ["P", "p", "1d", "P1D2H", "day", ""]),
    "email": (
        "a@[IPv6:::1]",
        ["a@[x:abc]", "a@[IPv6:zz]", '"@"@[a-b:!]'],
        ["a", "@", "a@[x:]", "a@[x:a]b", "a@[:a]", "a@[x:a b]", "ü@a", "a@ü", ""],
    ),
    "hostname": (
        "example.com",
        ["xn--4gbwdl.xn--wgbh1c", "a.XN--x", "Xn--"],
        ["1.2.3.4", "a b", "-a", "a..b", "a.xn--b-", "xn--ü", "a" * 64, "xn-", ""],
    ),
    "idn-email": (
        "ü@ü.de",
        ["ü@[x:abc]", "a@\u0301a", "a@ü.xn--a"],
        ["ü", "a@ü b", "a@[x:ü]", "@ü", ""],
    ),
    "idn-hostname": ("ü.de", ["xn--4gbwdl", "\u0301a", "ü" * 60], ["a b", "aa--bb", "ü ü", "-a", "a_b", "ü@a", ""]),
    "regex": (
        "^(a|[b-d]){2}$",
        ["(((((((a)))))))", "[\\x41-\\x5a]"],
        ["*a", "(a", "[a", "^(abc]", "a\\", "\\\\\\", ")", "+\n"],
    ),
    "time": (
        "23:59:60Z",
        ["00:06:60+00:07", "23:52:60-00:07", "23:59:60+00:07"],
        ["22:59:60Z", "23:59:60+00:15", "23:59:61Z", "24:06:60+00:07", "12:00:00", ""],
    ),
    "uri-template": ("{+x}", ["{=x}", "a{|x,y*}", "{!x:3}"], ["{", "{x", "{<x}", "{==x}", "a b"]),
}
NAMES = sorted(FORMATS)


def compiled(schema: Any) -> CompiledGrammar:
    return structgen.compile(schema=schema, vocabulary=VOCABULARY, property_order="any")


def accepts(grammar: CompiledGrammar, value: Any) -> bool:
    return grammar.trace(json.dumps(value, ensure_ascii=False).encode()).accepted


def verdicts(schema: Any, values: list[Any]) -> list[bool]:
    grammar = compiled(schema)
    return [accepts(grammar, value) for value in values]


@pytest.mark.parametrize("name", NAMES)
def test_what_a_language_leaves_out_is_valid_on_neither_side(name: str) -> None:
    text, left_out, none = FORMATS[name]
    texts = [text, *left_out, *none, 1]
    assert verdicts({"format": name}, texts) == [True] + [False] * len(left_out + none) + [True]
    assert verdicts({"not": {"format": name}}, texts) == [False] * (1 + len(left_out)) + [True] * len(none) + [False]


@pytest.mark.parametrize("name", NAMES)
def test_a_double_negation_is_the_format(name: str) -> None:
    text, left_out, none = FORMATS[name]
    texts = [text, *left_out, *none, 1]
    expected = [True] + [False] * len(left_out + none) + [True]
    assert verdicts({"not": {"not": {"format": name}}}, texts) == expected
    # Not by the one object's being its negation's negation.
    assert verdicts({"not": {"anyOf": [{"type": "null"}, {"not": {"format": name}}]}}, texts) == expected
    assert verdicts({"not": {"not": {"allOf": [{"format": name}, {"minLength": 0}]}}}, texts) == expected


@pytest.mark.parametrize("name", NAMES)
def test_the_outer_language_has_the_language(name: str) -> None:
    inner, outside = language(name, "2020-12"), outer(name)
    assert inner is not None
    assert outside is not None
    text, left_out, none = FORMATS[name]
    assert all(matches(outside, one) for one in [text, *left_out])
    assert not any(matches(outside, one) for one in none)
    chance = random.Random(1)
    assert all(matches(outside, member(inner, chance)) for _ in range(40))


def test_other_formats_have_no_outer_language() -> None:
    assert [outer(name) for name in ("date", "ipv4", "uri", "uuid", "unknown")] == [None] * 5
    slug = Formats({"hostname": "^[a-z]+$"})
    assert slug.outer("hostname") is None
    assert slug.outer("email") is outer("email")
    grammar = structgen.compile(schema={"not": {"format": "hostname"}}, formats=slug, vocabulary=VOCABULARY)
    assert accepts(grammar, "xn--a")
    assert not accepts(grammar, "a")


def test_formats_that_exclude_one_another() -> None:
    schema = {"oneOf": [{"format": "hostname"}, {"format": "ipv4"}], "type": "string"}
    assert verdicts(schema, ["1.2.3.4", "a.b", "xn--a", "a b"]) == [True, True, False, False]
    schema = {"oneOf": [{"format": "idn-hostname"}, {"format": "hostname"}], "type": "string"}
    assert verdicts(schema, ["ü.de", "a.b", "xn--a", "aa--bb"]) == [True, False, False, True]


def test_conditions() -> None:
    schema = {"if": {"format": "hostname"}, "then": {"maxLength": 5}, "else": {"minLength": 8}, "type": "string"}
    values = ["a.b", "a.bcdefgh", "xn--a", "xn--abcdefgh", "a b", "a b c d e"]
    assert verdicts(schema, values) == [True, False, False, False, False, True]


def test_formats_beside_other_assertions_are_negated_together() -> None:
    values = ["xn--a", "xn--abc", "abc.de", "ab", "p1d", "a b"]
    schema = {"not": {"format": "hostname", "maxLength": 5}}
    assert verdicts(schema, values) == [False, True, True, False, False, True]
    schema = {"not": {"format": "hostname", "pattern": "^[xp]"}}
    assert verdicts(schema, values) == [False, False, True, True, False, True]
    schema = {"not": {"enum": ["xn--a", "ab", "a b"], "format": "hostname"}}
    assert verdicts(schema, values) == [False, True, True, False, True, True]
    schema = {"not": {"not": {"format": "hostname", "pattern": "^[xp]"}}}
    assert verdicts(schema, values) == [False, False, False, False, True, False]


def test_a_list_beside_a_format_is_not_the_whole_of_what_is_negated() -> None:
    assert verdicts({"enum": ["a b", "ab"], "not": {"enum": ["a b", "ab"], "format": "hostname"}}, ["a b", "ab"]) == [
        True,
        False,
    ]
    assert verdicts({"enum": [1, "a"], "not": {"enum": [1, "a"], "type": "string"}}, [1, "a"]) == [True, False]
    with pytest.raises(UnsatisfiableSchemaError):
        compiled({"const": "xn--a", "not": {"const": "xn--a", "format": "hostname"}})


def test_names() -> None:
    names = [{}, {"a.b": 1}, {"xn--a": 1}, {"a b": 1}, {"a.b": 1, "xn--a": 1}, {"xn--a": 1, "a b": 1}]
    hosts = {"propertyNames": {"format": "hostname"}, "type": "object"}
    assert verdicts(hosts, names) == [True, True, False, False, False, False]
    # Some name has to be clearly none.
    others = {"not": {"propertyNames": {"format": "hostname"}}, "type": "object"}
    assert verdicts(others, names) == [False, False, False, True, False, True]
    assert verdicts({"not": {"not": hosts}}, names) == [True, True, False, False, False, False]
    no_hosts = {"propertyNames": {"not": {"format": "hostname"}}, "type": "object"}
    assert verdicts(no_hosts, names) == [True, False, False, True, False, False]
    some_host = {"not": {"propertyNames": {"not": {"format": "hostname"}}}, "type": "object"}
    assert verdicts(some_host, names) == [False, True, False, False, True, False]
    assert verdicts({"not": some_host, "type": "object"}, names) == [True, False, False, True, False, False]
    deeper = {"not": {"allOf": [{"not": {"anyOf": [hosts, {"required": ["a b"]}]}}]}, "type": "object"}
    assert verdicts(deeper, names) == [True, True, False, True, False, True]


def test_values_of_properties_and_items() -> None:
    schema: Any = {"not": {"properties": {"a": {"format": "hostname"}}}}
    assert verdicts(schema, [{"a": "b"}, {"a": "xn--b"}, {"a": "b c"}]) == [False, False, True]
    schema = {"not": {"items": {"format": "hostname"}}, "type": "array"}
    assert verdicts(schema, [["b"], ["xn--b"], ["b", "b c"]]) == [False, False, True]
    schema = {"not": {"contains": {"format": "hostname"}}, "type": "array"}
    assert verdicts(schema, [[], ["b"], ["xn--b"], ["b c"], ["xn--b", "b c"]]) == [True, False, False, True, False]


@pytest.mark.parametrize("least", [0, 1])
def test_what_may_be_of_a_format_is_not_counted_as_none(least: int) -> None:
    counted = {"contains": {"format": "hostname", "type": "string"}, "minContains": least, "maxContains": 1}
    schema = {"type": "array", **counted}
    values: list[Any] = [["b"], ["b", "c"], ["b", "xn--b"], ["xn--b", "xn--c"], ["b", "b c"]]
    assert verdicts(schema, values) == [True, False, False, False, True]
    # Nothing that may be one either is left where all items may be.
    try:
        grammar = compiled({**schema, "items": {"const": "xn--b"}, "minItems": 2})
    except UnsatisfiableSchemaError:
        return
    assert not accepts(grammar, ["xn--b", "xn--b"])

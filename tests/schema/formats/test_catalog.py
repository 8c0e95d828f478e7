from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structgen.errors import ArgumentError, RegexError
from structgen.regex.derivatives import is_empty, matches, shortest, transitions
from structgen.regex.nodes import complement, intersection, repeat, union
from structgen.regex.patterns import parse
from structgen.schema.formats import Formats, language
from tests.schema.formats.walks import member

EXAMPLES = {
    "date": "2024-02-29",
    "date-time": "2016-12-31T23:59:60Z",
    "duration": "P1Y",
    "email": "a@b.c",
    "hostname": "example.com",
    "idn-email": "ü@ü.de",
    "idn-hostname": "ü.de",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
    "iri": "http://ü.de/",
    "iri-reference": "ü",
    "json-pointer": "/a~0",
    "regex": "^a+$",
    "relative-json-pointer": "1/a",
    "time": "12:00:00Z",
    "uri": "http://example.com/",
    "uri-reference": "a",
    "uri-template": "{a}",
    "uuid": "2eb8aa08-aa98-11ea-b4aa-73b441d16380",
}
EVERY = sorted(EXAMPLES)


@pytest.mark.parametrize("draft", ["4", "6", "7", "2019-09", "2020-12"])
def test_every_draft_has_the_formats_of_all_and_no_others(draft: str) -> None:
    names = [*EVERY, "color", "url", "", "Date", "host-name", "unknown"]
    assert [name for name in names if language(name, draft) is not None] == EVERY


@pytest.mark.parametrize("name", EVERY)
def test_a_format_is_built_once_and_has_its_example(name: str) -> None:
    node = language(name, "2020-12")
    assert node is not None
    assert node is language(name, "2020-12")
    assert matches(node, EXAMPLES[name])
    assert not matches(node, "\ud800")


@pytest.mark.parametrize("name", EVERY)
def test_a_format_meets_lengths_and_has_a_complement(name: str) -> None:
    node = language(name, "2020-12")
    assert node is not None
    anything = parse("(?s:.)")
    bounded = intersection(node, repeat(anything, len(EXAMPLES[name]), len(EXAMPLES[name])))
    text = shortest(bounded)
    assert text is not None
    assert len(text) == len(EXAMPLES[name])
    assert matches(node, text)
    other = shortest(intersection(complement(node), repeat(anything, 1, None)))
    assert other is not None
    assert not matches(node, other)
    assert is_empty(intersection(node, complement(union(node, parse("x")))))


@pytest.mark.parametrize("name", EVERY)
@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32).map(random.Random))
def test_every_state_knows_the_lengths_of_its_texts(name: str, chance: random.Random) -> None:
    node = language(name, "2020-12")
    assert node is not None
    text = member(node, chance)
    for place, character in enumerate(text):
        rest = len(text) - place
        assert node.min_length <= rest
        assert node.max_length is None or node.max_length >= rest
        steps = transitions(node)
        assert sum(character in charset for charset, _ in steps) == 1
        node = next(target for charset, target in steps if character in charset)
    assert node.nullable


def test_registered_formats_add_to_a_draft_and_replace() -> None:
    formats = Formats({"slug": "^[a-z-]+$", "uuid": "^x"})
    slug, replaced = formats.language("slug", "4"), formats.language("uuid", "2020-12")
    assert slug is not None
    assert replaced is not None
    assert matches(slug, "a-b")
    assert not matches(slug, "A")
    assert matches(replaced, "xyz")
    assert formats.language("date", "2020-12") is language("date", "2020-12")
    assert formats.language("unknown", "4") is None
    assert dict(formats) == {"slug": "^[a-z-]+$", "uuid": "^x"}
    assert formats == Formats({"uuid": "^x", "slug": "^[a-z-]+$"})
    assert hash(formats) == hash(Formats({"uuid": "^x", "slug": "^[a-z-]+$"}))
    assert len(Formats()) == 0


def test_a_pattern_without_anchors_may_match_anywhere() -> None:
    found = Formats({"digits": "[0-9]"}).language("digits", "7")
    assert found is not None
    assert matches(found, "a1b")


def test_a_registered_pattern_has_to_be_regular() -> None:
    with pytest.raises(RegexError) as caught:
        Formats({"twice": "(a+)\\1"})
    assert "twice" in str(caught.value)
    with pytest.raises(RegexError):
        Formats({"broken": "(a"})


@pytest.mark.parametrize("patterns", [{"a": 1}, {1: "a"}, {"a": None}])
def test_formats_are_patterns_by_name(patterns: dict[str, str]) -> None:
    with pytest.raises(ArgumentError):
        Formats(patterns)


@pytest.mark.parametrize(
    ("one", "other", "is_negated", "is_void"),
    [
        ("hostname", "email", False, True),
        ("hostname", "uri", False, True),
        ("ipv4", "hostname", False, True),
        ("ipv4", "ipv6", False, True),
        ("date", "date-time", False, True),
        ("uri", "uri-reference", True, True),
        ("uri", "iri", True, True),
        ("hostname", "uri-reference", True, True),
        ("idn-hostname", "iri-reference", True, True),
        ("hostname", "idn-hostname", True, False),
        ("iri", "uri", True, False),
        ("uri", "regex", False, False),
        ("idn-email", "json-pointer", True, False),
        ("json-pointer", "uri-reference", False, False),
    ],
)
def test_formats_meet_formats(one: str, other: str, is_negated: bool, is_void: bool) -> None:
    first, second = language(one, "2020-12"), language(other, "2020-12")
    assert first is not None
    assert second is not None
    both = intersection(first, complement(second) if is_negated else second)
    assert is_empty(both) == is_void
    text = shortest(both)
    assert (text is None) == is_void
    if text is not None:
        assert matches(first, text)
        assert matches(second, text) != is_negated

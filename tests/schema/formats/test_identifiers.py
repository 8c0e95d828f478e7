"""URIs and IRIs against a package that reads the RFCs' grammar with another engine; templates and pointers likewise."""

from __future__ import annotations

import random
import re
import uuid

import jsonpointer
import pytest
import rfc3987  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from structgen.regex.derivatives import matches
from structgen.regex.nodes import Node
from structgen.schema.formats import language
from tests.schema.formats.walks import member, mutated

seeds = st.integers(0, 2**32).map(random.Random)


def _language(name: str) -> Node:
    node = language(name, "2020-12")
    assert node is not None
    return node


def _follows(rule: str, text: str) -> bool:
    # The package knows IPvFuture with a small "v" alone, and the directions as ordinary characters.
    is_found = rfc3987.match(text.replace("[V", "[v"), rule=rule) is not None
    return is_found and not re.search("[\u200e\u200f\u202a-\u202e]", text)


@pytest.mark.parametrize(
    ("name", "rule"),
    [("uri", "URI"), ("uri-reference", "URI_reference"), ("iri", "IRI"), ("iri-reference", "IRI_reference")],
)
@settings(deadline=None, max_examples=250)
@given(chance=seeds)
def test_identifiers(name: str, rule: str, chance: random.Random) -> None:
    node = _language(name)
    text = member(node, chance)
    assert _follows(rule, text), text
    for _ in range(3):
        text = mutated(text, "a1/:?#[]@!$&'()*+,;=-._~%\"<>\\^`{|} é\u200e\ue000", chance)
        assert matches(node, text) == _follows(rule, text), text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("uri", "http://user:pass@example.com:8080/a/b;c=1?x=y&z=%20#top"),
        ("uri", "http://[2001:db8::7]:1/"),
        ("uri", "http://[v1.a:b]/"),
        ("uri", "mailto:a@b.c"),
        ("uri", "a:"),
        ("uri", "file:///etc/hosts"),
        ("uri-reference", ""),
        ("uri-reference", "//"),
        ("uri-reference", "../a:b"),
        ("uri-reference", "?q"),
        ("iri", "http://例え.jp/パス?\ue000#é"),
        ("iri-reference", "é/ö"),
    ],
)
def test_an_identifier(name: str, text: str) -> None:
    assert matches(_language(name), text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("uri", "//example.com"),
        ("uri", "1a://b"),
        ("uri", "http://a b"),
        ("uri", "http://[::1"),
        ("uri", "http://[::ffff:01.2.3.4]"),
        ("uri", "http://a:8a/"),
        ("uri", "http://a@b@c"),
        ("uri", "http://a/%4"),
        ("uri", "http://a/é"),
        ("uri", "http://a/[1]"),
        ("uri", "http://a#b#c"),
        ("uri-reference", "1:b"),
        ("uri-reference", "a\\b"),
        ("iri", "http://a/\u202e"),
        ("iri", "http://a/#\ue000"),
    ],
)
def test_no_identifier(name: str, text: str) -> None:
    assert not matches(_language(name), text)


@pytest.mark.parametrize(
    "text",
    ["", "a", "{a}", "{+a}", "{#a,b}", "{?a:3,b*}", "{a.b}", "{%41}", "{v:1000}", "a'b", "a%41", "é{_}", "~[x]@&=+$"],
)  # fmt: skip
def test_templates(text: str) -> None:
    assert matches(_language("uri-template"), text)


@pytest.mark.parametrize(
    "text",
    ["{", "}", "{}", "{a", "a}", "{a,}", "{a,,b}", "{a..b}", "{a.}", "{v:0}", "{v:01}", "{v:10000}", "{=a}", "{+}",
     "{a b}", "a b", "%4", "a\"b", "a<b", "a\\b", "a^b", "a`b", "a|b", "\x7f", "{a*:3}", "{a:3*}", "{é}"],
)  # fmt: skip
def test_no_templates(text: str) -> None:
    assert not matches(_language("uri-template"), text)


@settings(deadline=None, max_examples=200)
@given(seeds)
def test_json_pointers(chance: random.Random) -> None:
    node = _language("json-pointer")
    text = mutated(member(node, chance), "~01/a#", chance)
    try:
        jsonpointer.JsonPointer(text)
    except jsonpointer.JsonPointerException:
        assert not matches(node, text), text
    else:
        assert matches(node, text), text


@pytest.mark.parametrize(
    ("text", "draft_7", "draft_2020"),
    [
        ("0", True, True),
        ("12/a~1/0", True, True),
        ("1#", True, True),
        ("0+1", False, True),
        ("1-12/a", False, True),
        ("1+0/a", False, False),
        ("1+1#", False, False),
        ("", False, False),
        ("01", False, False),
        ("-1", False, False),
        ("/a", False, False),
        ("1/~", False, False),
        ("1##", False, False),
        ("1#/a", False, False),
    ],
)
def test_relative_json_pointers(text: str, draft_7: bool, draft_2020: bool) -> None:
    for draft, expected in (("7", draft_7), ("2019-09", draft_7), ("2020-12", draft_2020)):
        node = language("relative-json-pointer", draft)
        assert node is not None
        assert matches(node, text) == expected


@settings(deadline=None, max_examples=200)
@given(seeds)
def test_uuids(chance: random.Random) -> None:
    node = _language("uuid")
    text = member(node, chance)
    assert str(uuid.UUID(text)) == text.lower()
    text = mutated(text, "0123456789abcdefABCDEF-g{", chance)
    dashes = [place for place, character in enumerate(text) if character == "-"]
    assert matches(node, text) == (
        len(text) == 36 and dashes == [8, 13, 18, 23] and not set(text) - set("0123456789abcdefABCDEF-")
    )

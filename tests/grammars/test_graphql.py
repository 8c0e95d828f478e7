"""graphql.lark against the specification and graphql-core."""

from __future__ import annotations

import importlib
import itertools
from typing import Any

import pytest

from tests.grammars.oracles import is_valid_graphql
from tests.grammars.recognise import accepts
from tests.grammars.sentences import sentences

graphql: Any = importlib.import_module("graphql")

# Some are the specification's examples.
_ACCEPTED = [
    "{ user(id: 4) { name } }",
    "mutation { likeStory(storyID: 12345) { story { likeCount } } }",
    'query inlineFragmentTyping { profiles(handles: ["zuck", "coca-cola"]) { handle ... on User { friends { id } } } }',
    """query withFragments {
  user(id: 4) {
    friends(first: 10) { ...friendFields }
  }
}
fragment friendFields on User { id name profilePic(size: 50) }""",
    """query getZuckProfile($devicePicSize: Int = 60, $on: [Boolean!]! = [true false] @d(x: -1.5e3))
@skip(if: $x) { smallPic: profilePic(size: $devicePicSize) }""",
    "{ nearestThing(location: { lon: 12.43, lat: -53.211 }) }",
    'mutation { sendEmail(message: """\n  Hello,\n    World! \\""" " "" \n""") }',
    '{a(b:"",c:"\\u00e9\\uD83D\\uDE00\\n" d:ENUM e:null f:[[]] g:{} h:[1 2.0 ""])}',
    "{query:fragment(on:on true:false){...true...on on{on}...@include(if:$a){b}}}",
    "subscription,s,{a,,b}#c",
    "\ufeff{ a # c\n b }",
    '{a(b:"""""")}',
    "{a(b:[1#c\n2])}",
    "{a(b:-0 c:[a-1])}",
]
_REJECTED = [
    "",
    "{}",
    "{ a",
    "a",
    "{a}}",
    "query",
    "query { }",
    "query q() { a }",
    "Query { a }",
    "{ a() }",
    "{ a(b) }",
    "{ a(b:) }",
    "{ a(1: 2) }",
    "{ a(b: 01) }",
    "{ a(b: 1.) }",
    "{ a(b: .5) }",
    "{ a(b: +1) }",
    "{ a(b: 1a) }",
    "{ a(b: [1a]) }",
    "{ a(b: [1.5.5]) }",
    "{ a(b: [1.5$c]) }",
    "{ a(b: 0xF) }",
    "{ a(b: 'c') }",
    '{ a(b: "c) }',
    '{ a(b: "\n") }',
    '{ a(b: "\\x41") }',
    '{ a(b: "\\ud800") }',
    '{ a(b: """c"") }',
    '{ a(b: [""" a"]) }',
    '{ a(b: """c"""") }',
    "{ a(b: [1,) }",
    "{ a(b: {c: 1) }",
    "{ a-b }",
    "{ a: }",
    "{ ... }",
    "{ ...on }",
    "{ .. a }",
    "{ @a }",
    "fragment on on T { a }",
    "fragment f { a }",
    "query q($a) { b }",
    "query q($a: Int = $b) { c }",
    "query q($a: Int!!) { c }",
    "query q(a: Int) { c }",
    "query q { a } b",
    "type T { a: Int }",
    "{ a } # \x00",
    "{\xa0a }",
]


@pytest.mark.parametrize("text", _ACCEPTED)
def test_accepted(text: str) -> None:
    assert accepts("graphql.lark", text)
    assert is_valid_graphql(text)


@pytest.mark.parametrize("text", _REJECTED)
def test_rejected(text: str) -> None:
    assert not accepts("graphql.lark", text)


def test_introspection_queries_are_accepted() -> None:
    for options in itertools.product([False, True], repeat=5):
        assert accepts("graphql.lark", graphql.get_introspection_query(*options))


def test_random_texts_are_valid() -> None:
    for text in sentences("graphql.lark", 100):
        assert is_valid_graphql(text), text

"""Patterns as strings, against the package's own reader of ECMA-262, which shares nothing with the format."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structgen.errors import LimitExceededError, RegexError
from structgen.regex.derivatives import matches
from structgen.regex.nodes import Node
from structgen.regex.patterns import search
from structgen.schema.formats import language
from structgen.schema.formats.expressions import MAX_DEPTH
from tests.schema.formats.walks import member

seeds = st.integers(0, 2**32).map(random.Random)


def _regex() -> Node:
    node = language("regex", "7")
    assert node is not None
    return node


@pytest.mark.parametrize(
    "text",
    ["", "a|b|", "([abc])+\\s+$", "^\\d{3}-\\d{4}$", "(?=.*[A-Z])(?!x).{8,}", "^[\\w.-]+@[\\w-]+\\.[a-z]{2,3}$", "[]",
     "[^]", "[^^]", "[a^]", "[-a]", "[a-]", "[0-9-_]", "[0-9a-fA-F]", "\\cA", "(?<name>x)", "(?<n>a)\\k<n>", "(a)\\1",
     "(?<=a+)b", "(?<!a)b*?", "\\u0041\\u{1F600}\\x41", "\\p{L}\\P{Script=Greek}\\p{gc=Lu}", "\\0", "[\\b\\-\\]]",
     "(?:a{2,10}){0,}?", "a{100}", "a{99,100}", "\\/", "é[é ü]", "(?<a>x)(?<b>y)(?<long>z)", "\\bfoo\\B", "a\nb"],
)  # fmt: skip
def test_a_pattern(text: str) -> None:
    assert matches(_regex(), text)


@pytest.mark.parametrize(
    "text",
    ["\\a", "\\", "(", ")", "(a", "a)", "[", "[a", "]", "{", "}", "a{", "a{1", "{1}", "*a", "a**", "a{2,1}", "a{10,9}",
     "(?P<n>x)", "(?#c)", "(?i)a", "(?i:a)", "(?a)", "^*", "(?=a)*", "(?<=a)+", "\\b+", "[z-a]", "[\\w-a]", "\\1",
     "(a)\\2", "(a)\\10", "\\01", "\\k<n>", "(?<n>a)(?<n>b)", "(?<1>a)", "(?<>a)", "\\c1", "\\x4", "\\u004", "\\-",
     "\\u{110000}", "\\p{Nope}", "\\p{Script=Nope}", "\\p", "\\_", "[\\B]", "(?<long>a)(?<other>b)(", "\\e", "a{,2}"],
)  # fmt: skip
def test_no_pattern(text: str) -> None:
    assert not matches(_regex(), text)


def test_groups_nest_to_a_depth() -> None:
    assert matches(_regex(), "(" * MAX_DEPTH + ")" * MAX_DEPTH)
    assert not matches(_regex(), "(" * (MAX_DEPTH + 1) + ")" * (MAX_DEPTH + 1))


@settings(deadline=None, max_examples=200)
@given(seeds)
def test_what_is_accepted_can_be_read(chance: random.Random) -> None:
    text = member(_regex(), chance)
    try:
        search(text)
    except LimitExceededError:
        pass
    except RegexError as error:
        # These are patterns too, of languages that aren't regular.
        assert "ack" in error.what or "not regular" in error.what, (text, error.what)

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structgen.regex import NOTHING, Node, clamp, derivative, intersection, parse, search
from tests.regex.expressions import Expression, expressions


def _fates(node: Node, limit: int) -> dict[str, tuple[bool, bool]]:
    """For every text over a and b of at most ``limit`` letters: does it lead on, and is it a member."""
    states = {"": node}
    for length in range(limit):
        for letters in itertools.product("ab", repeat=length):
            text = "".join(letters)
            for letter in "ab":
                states[text + letter] = derivative(states[text], letter)
    return {text: (state is not NOTHING, state.nullable) for text, state in states.items()}


@given(expressions(), st.integers(0, 4))
@settings(max_examples=300)
def test_no_text_within_the_limit_tells_a_clamped_node_from_the_node(expression: Expression, limit: int) -> None:
    assert _fates(clamp(expression.node, limit), limit) == _fates(expression.node, limit)


@pytest.mark.parametrize("limit", [0, 1, 2, 3, 5, 7])
@pytest.mark.parametrize(
    "pattern",
    [
        "a{3}b",
        "a{2,4}b{1,6}",
        "(ab?){2,5}",
        "(a{1,4}b){3,4}a",
        "((a|bb){2,3}b{4}){1,2}",
        "a{0,2}(b|a{5}){3}",
        "(a?b?){5}",
        "(a{2}){3}|b{6,7}a",
        "(?:(?=ab)a|b){2,6}",
    ],
)
def test_no_text_within_the_limit_tells_nested_counts_apart(pattern: str, limit: int) -> None:
    node = parse(pattern)
    assert _fates(clamp(node, limit), limit) == _fates(node, limit)


def test_lengths_beyond_the_limit_are_one_node() -> None:
    assert clamp(parse(".{0,90}"), 32) is clamp(parse(".{0,4000}"), 32) is parse(".*")
    assert clamp(parse(".{100,200}"), 32) is clamp(parse(".{33,}"), 32) is parse(".{33,}")
    assert clamp(parse("x.{5,90}y"), 32) is parse("x.{5,}y")


def test_counts_within_the_limit_stay() -> None:
    node = parse("(a{1,32}b{2}){3}")
    assert clamp(node, 32) is node


def test_boolean_operators_stay() -> None:
    node = search("^(?!.*ab).{0,5000}$", "ecma")
    assert clamp(node, 32) is node


@pytest.mark.parametrize("limit", [0, 1, 2, 3, 5, 7])
@pytest.mark.parametrize("longest", [2, 3, 5, 8, 9, 12, 40])
@pytest.mark.parametrize("pattern", ["(a|b{3}a)*b", "(ab){2,}", "a*b{4}|b*", "(aab?)*|b(ba)+", "a{2,30}b"])
def test_no_text_within_the_limit_tells_a_length_apart(pattern: str, longest: int, limit: int) -> None:
    node = intersection(parse(pattern), parse(f"(?s:.{{0,{longest}}})"))
    assert _fates(clamp(node, limit), limit) == _fates(node, limit)


def test_a_length_beyond_the_limit_and_what_completes_any_prefix_is_no_length() -> None:
    pattern = "(ab{3}|c){2,}x?"
    assert clamp(intersection(parse(pattern), parse("(?s:.{0,50})")), 32) is parse(pattern)
    short = intersection(parse(pattern), parse("(?s:.{0,36})"))
    assert clamp(short, 32) is short


def test_a_long_chain_is_clamped_as_far_as_the_limit_reaches() -> None:
    node = parse("a{0,99}" + "b" * 5000 + "c{0,99}")
    assert repr(clamp(node, 8)).startswith("(a){0,}bbb")

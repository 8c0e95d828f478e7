"""Expressions that are read together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from structgen.regex import parse, words
from structgen.regex.automaton import _refined, _swept
from structgen.regex.kinds import Node

expressions = st.one_of(
    st.sampled_from(["a", "[a-z]+", "é|b", ".*", "[^a]b", r"\d|x", "(a|b)?c", ""]).map(
        lambda text: parse(text, "ecma")
    ),
    st.lists(st.text("abé\U0001f600", max_size=2), min_size=1, max_size=3).map(words),
)


@given(st.lists(expressions, min_size=1, max_size=12).map(tuple))
def test_many_expressions_are_followed_as_few_are(nodes: tuple[Node, ...]) -> None:
    assert _swept(nodes) == _refined(nodes)

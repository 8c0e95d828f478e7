from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from structgen.regex import CharSet, matches, parse
from structgen.regex.alphabet import alphabet_of, relaxed, restricted
from tests.regex.expressions import UNIVERSE, Expression, expressions


@given(expressions())
def test_an_alphabet_has_the_characters_of_all_members(expression: Expression) -> None:
    charset = alphabet_of(expression.node)
    assert {character for text in expression.members for character in text if character not in charset} == set()


def test_an_alphabet_has_no_others_where_there_is_no_boolean_operator() -> None:
    assert alphabet_of(parse("a(bc|d{2,5})*e?")) is CharSet.of_text("abcde")


@given(expressions(), st.sampled_from(["a", "b", "ab", ""]))
def test_fewer_characters_leave_the_members_that_have_no_others(expression: Expression, letters: str) -> None:
    charset = CharSet.of_text(letters)
    kept = {text for text in expression.members if set(text) <= set(letters)}
    exact, wider = restricted(expression.node, charset), relaxed(expression.node, charset)
    assert {text for text in UNIVERSE if matches(exact, text)} == kept
    assert {text for text in kept if not matches(wider, text)} == set()

from __future__ import annotations

import itertools
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings

from structgen.errors import LimitExceededError
from structgen.regex import (
    EPSILON,
    NOTHING,
    CharSet,
    Node,
    characters,
    complement,
    concat,
    derivative,
    intersection,
    is_empty,
    is_finite,
    literal,
    matches,
    parse,
    repeat,
    search,
    shortest,
    transitions,
    union,
    words,
)
from tests.regex.expressions import UNIVERSE, Expression, expressions

ANY = characters(CharSet.ANY)


def _reachable(node: Node, most: int = 2000) -> set[Node]:
    seen = {node}
    queue = [node]
    while queue:
        for _, target in transitions(queue.pop()):
            if target not in seen:
                seen.add(target)
                queue.append(target)
        assert len(seen) <= most
    return seen


@given(expressions())
def test_a_derivative_matches_what_is_left(expression: Expression) -> None:
    for letter in "abc":
        rest = derivative(expression.node, letter)
        for text in UNIVERSE:
            assert matches(rest, text) == matches(expression.node, letter + text)


@given(expressions())
@settings(max_examples=60)
def test_transitions_are_disjoint_and_complete_and_never_a_dead_end(expression: Expression) -> None:
    for state in _reachable(expression.node):
        edges = transitions(state)
        for (one, _), (other, _) in itertools.combinations(edges, 2):
            assert not one & other
        assert len({target for _, target in edges}) == len(edges)
        for charset, target in edges:
            assert charset
            witness = shortest(target)
            assert witness is not None
            assert matches(target, witness)


@given(expressions())
def test_emptiness_and_the_shortest_text_are_right(expression: Expression) -> None:
    witness = shortest(expression.node)
    assert is_empty(expression.node) == (witness is None)
    if witness is None:
        assert not expression.members
    else:
        assert matches(expression.node, witness)
        assert all(len(witness) <= len(text) for text in expression.members)


@given(expressions())
@settings(max_examples=60)
def test_a_language_is_finite_iff_no_text_is_longer_than_there_are_states(expression: Expression) -> None:
    longer = repeat(ANY, len(_reachable(expression.node)), None)
    assert is_finite(expression.node) == is_empty(intersection(expression.node, longer))


@pytest.mark.parametrize(
    ("pattern", "other", "expected"),
    [
        ("^(ab|cd)*$", "^.{49,49}$", True),
        ("^(ab|cd)*$", "^.{50,}$", False),
        (r"^[a-z]+@[a-z]+\.com$", "^[^@]*$", True),
        ("^(?=.*a)(?=.*b).{2}$", "^[bc]", False),
        ("^(?!.*foo)", "^fo+$", False),
        ("^(?!.*foo)", "^fo{2,}$", True),
        (r"\bfoo\b", "^x*foo$", False),
        (r"\bfoo\b", "^x+foo$", True),
    ],
)
def test_the_intersection_of_two_patterns_is_empty(pattern: str, other: str, expected: bool) -> None:
    assert is_empty(intersection(search(pattern), search(other))) == expected


def test_twenty_conditions_at_once_are_met() -> None:
    pattern = "^" + "".join(f"(?=.*{letter})" for letter in "abcdefghijklmnopqrst") + ".*$"
    node = search(pattern)
    assert not is_empty(node)
    assert matches(node, "tsrqponmlkjihgfedcba")
    assert not matches(node, "tsrqponmlkjihgfedcb")


# Texts of thousands of characters against what makes plain derivatives explode; each took minutes or the memory before.
@pytest.mark.parametrize(
    ("pattern", "text", "matched"),
    [
        ("(.{0,1000}){0,1000}", "ab" * 1000, True),
        ("(a*b?){0,1000}", "aab" * 300, True),
        ("(a*b?){0,1000}", "b" * 1001, False),
        ("((a|b)*b?(c|a)*){0,1000}", "aabca" * 200, True),
        ("(a*)*b", "a" * 3000 + "b", True),
        ("(a*)*b", "a" * 3000, False),
        ("(a|b|ab)*c", "ab" * 1000 + "c", True),
        ("(x+x+)+y", "x" * 3000 + "y", True),
        ("(x+x+)+y", "xy", False),
        ("^(([a-z])+.)+[A-Z]([a-z])+$", "a" * 3000 + "!Aa", True),
        ("^(([a-z])+.)+[A-Z]([a-z])+$", "a" * 3000, False),
        ("((a{1,50}b{1,50}){1,50}c{1,50}){1,50}", ("a" * 10 + "b" * 7) * 20 + "cc", True),
        ("(a?b?){200}", "ab" * 200, True),
        ("(a?b?){200}", "ab" * 200 + "a", False),
        ("a?b?" * 60, "ab" * 60, True),
        ("a?b?" * 60, "b" * 61, False),
        (".*a.{300}", "a" + "b" * 300, True),
        ("[a-z]{5,100000}", "a" * 3000, True),
        (".{1,1000000}", "", False),
        ("((a{1000}){1000}){1000}", "a" * 50, False),
        (".*".join("abcdefghij" * 3), "abcdefghij" * 5, True),
    ],
)
def test_notorious_patterns_stay_small(pattern: str, text: str, matched: bool) -> None:
    assert matches(parse(pattern), text) == matched


def test_a_state_with_many_counters_stays_usable() -> None:
    chance = random.Random(7)
    text = "".join(chance.choice("ab") for _ in range(600))
    node = parse(".*a.{250}")
    for length in (300, 450, 600):
        assert matches(node, text[:length]) == (text[length - 251] == "a")


def test_a_hundred_thousand_words_are_a_sorted_table() -> None:
    texts = [f"key{index * 7919 % 1_000_003}é" for index in range(100_000)]
    node = words(texts)
    assert matches(node, texts[4711])
    assert not matches(node, texts[4711] + "x")
    assert not matches(node, "key")
    assert is_finite(node)
    assert [charset.representative() for charset, _ in transitions(node)] == ["k"]
    assert len(transitions(derivative(derivative(derivative(node, "k"), "e"), "y"))) == 10
    assert is_empty(intersection(node, search("^key[0-9]*$")))
    others = complement(node)
    assert not matches(others, texts[0])
    assert matches(others, texts[0][:-1])
    assert not is_finite(others)
    assert is_empty(intersection(node, others))


@given(expressions())
@settings(max_examples=40)
def test_words_are_the_union_of_their_texts(expression: Expression) -> None:
    table = words(expression.members)
    alternatives = union(*[literal(text) for text in expression.members])
    assert {text for text in UNIVERSE if matches(table, text)} == expression.members
    assert is_empty(intersection(table, complement(alternatives)))
    assert is_empty(intersection(alternatives, complement(table)))


def test_a_search_without_end_is_refused_and_leaves_the_node_usable() -> None:
    # The shortest member has 97 * 101 * 103 letters, and no state comes twice before.
    node = intersection(*[search(f"^(a{{{prime}}})+$") for prime in (97, 101, 103)])
    with pytest.raises(LimitExceededError, match="states visited"):
        is_empty(node)
    assert not matches(node, "a" * 97 * 101)
    assert shortest(intersection(node, repeat(ANY, 0, 500))) is None


def test_shortest_prefers_legible_characters() -> None:
    assert shortest(parse(r"[^x]{2}\d")) == "aa0"
    assert shortest(parse(r"[\0-\x20]")) == " "
    assert shortest(NOTHING) is None
    assert shortest(EPSILON) == ""


def test_a_long_shortest_text_is_found() -> None:
    node = intersection(repeat(ANY, 3000, None), search("^(ab|cd)*$"))
    assert not is_empty(node)
    found = shortest(node)
    assert found is not None
    assert len(found) == 3000


def test_a_chain_of_optional_parts_is_no_recursion() -> None:
    letters = [literal(chr(0x4E00 + index)) for index in range(400)]
    node = concat(*[repeat(letter, 0, 1) for letter in letters])
    assert len(transitions(node)) == 400
    assert matches(node, chr(0x4E00 + 7) + chr(0x4E00 + 399))
    assert not matches(node, chr(0x4E00 + 399) + chr(0x4E00 + 7))


def test_threads_see_the_same_transitions() -> None:
    node = search(r"^(?!.*(foo|bar)).{3,40}\d$", "ecma")
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda _: sorted(len(charset) for charset, _ in transitions(node)), range(32)))
    assert all(count == counts[0] for count in counts)

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structgen.errors import LimitExceededError
from structgen.regex import (
    ANYTHING,
    EPSILON,
    NOTHING,
    CharSet,
    Node,
    characters,
    complement,
    concat,
    intersection,
    is_empty,
    literal,
    matches,
    parse,
    repeat,
    union,
    words,
)
from structgen.regex.interning import _go_on, _sweep, _Tables, intern_node
from structgen.regex.kinds import Lazy
from tests.regex.expressions import UNIVERSE, Expression, expressions

A, B, C = literal("a"), literal("b"), literal("c")


@given(expressions())
def test_a_node_matches_the_texts_of_its_language(expression: Expression) -> None:
    assert {text for text in UNIVERSE if matches(expression.node, text)} == expression.members


@given(expressions())
def test_a_node_knows_bounds_on_the_lengths_of_its_texts(expression: Expression) -> None:
    node = expression.node
    for text in expression.members:
        assert node.min_length <= len(text)
        assert node.max_length is None or len(text) <= node.max_length
    assert node.nullable == ("" in expression.members)


@given(st.lists(expressions().map(lambda one: one.node), max_size=4), st.randoms())
def test_union_and_intersection_ignore_order_grouping_and_repeats(nodes: list[Node], chance: object) -> None:
    mixed = nodes + nodes[:2]
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    for join, unit, zero in ((union, NOTHING, ANYTHING), (intersection, ANYTHING, NOTHING)):
        assert join(*nodes, unit) is join(*nodes)
        assert join(*nodes, zero) is zero
        assert {matches(join(*mixed), text) for text in ("", "a", "ab")} == {
            matches(join(join(*nodes[:2]), join(*nodes[2:])), text) for text in ("", "a", "ab")
        }


@given(expressions().map(lambda one: one.node))
def test_a_node_and_its_complement_share_nothing_and_miss_nothing(node: Node) -> None:
    for text in UNIVERSE:
        assert matches(complement(node), text) != matches(node, text)
        assert matches(complement(complement(node)), text) == matches(node, text)
    assert is_empty(intersection(node, complement(node)))
    assert is_empty(complement(union(node, complement(node))))


def test_equal_expressions_are_one_node() -> None:
    assert union(A, B) is characters(CharSet.of_text("ab"))
    assert union(A, B, concat(A, B)) is union(concat(A, B), union(B, A))
    assert literal("abc") is concat(A, concat(B, C)) is concat(concat(A, B), C)
    assert concat(repeat(A, 0, None), repeat(A, 0, None)) is repeat(A, 0, None)
    assert concat(A, repeat(A, 0, 4)) is repeat(A, 1, 5)
    assert words(["b", "a", "b"]) is words(["a", "b"])
    assert words(["abc"]) is literal("abc")
    assert words([]) is NOTHING
    assert literal("") is EPSILON


@pytest.mark.parametrize(
    ("written", "simple"),
    [
        ("(.{0,1000}){0,1000}", ".{0,1000000}"),
        ("(a*)*", "a*"),
        ("((a*)+)?", "a*"),
        ("(x+x+)+", "x{2,}"),
        ("(x{2,3}){2}", "x{4,6}"),
        ("(x{2,3}){1,}", "x{2,}"),
        ("(a?){1000}a{1000}", "a{1000,2000}"),
        ("(a*|b+)*", "[ab]*"),
        ("a{0,5}b|a{3,9}b", "a{0,9}b"),
        ("b|a{1,3}b", "a{0,3}b"),
        ("(?:|a|aa|aaa)", "a{0,3}"),
    ],
)
def test_counted_loops_merge(written: str, simple: str) -> None:
    assert parse(written) is parse(simple)


def test_loops_with_a_gap_between_their_counts_stay_apart() -> None:
    assert parse("(x{5}){0,3}") is not parse("x{0,15}")
    assert not matches(parse("(x{5}){0,3}"), "xxx")
    assert not matches(parse("x{1,2}y|x{4,5}y"), "xxxy")


def test_intersections_of_lengths_are_lengths() -> None:
    anything = characters(CharSet.ANY)
    assert intersection(repeat(anything, 2, 9), repeat(A, 0, 5)) is repeat(A, 2, 5)
    assert intersection(repeat(anything, 10, None), literal("short")) is NOTHING
    assert intersection(repeat(anything, 0, 50), literal("short")) is literal("short")
    assert complement(repeat(anything, 3, 5)) is union(repeat(anything, 0, 2), repeat(anything, 6, None))


def test_surrogates_match_nothing() -> None:
    assert literal("\ud800") is NOTHING
    assert words(["\udfff", "ok"]) is literal("ok")
    assert matches(characters(CharSet.ANY), "\ud800") is False


def test_a_long_literal_is_one_text() -> None:
    text = "0123456789" * 50
    assert matches(literal(text), text)
    assert not matches(literal(text), text[:-1])
    assert not matches(literal(text), text + "0")
    assert concat(literal(text), A) is not literal(text)
    assert matches(concat(literal(text), A), text + "a")


@pytest.mark.parametrize(("low", "high"), [(-1, 2), (3, 2)])
def test_counts_out_of_order_are_an_error(low: int, high: int) -> None:
    with pytest.raises(ValueError, match="counts"):
        repeat(A, low, high)


def test_nesting_is_bounded() -> None:
    node = A
    with pytest.raises(LimitExceededError, match="nest"):
        for _ in range(1000):
            node = repeat(concat(node, B), 2, 3)


def test_a_sweep_drops_the_nodes_that_nobody_uses() -> None:
    def unused() -> Node:
        return concat(literal("never again"), repeat(union(A, literal("zq")), 3, 77))

    used = concat(literal("still used"), A)
    last = unused().serial
    matches(unused(), "never againzqzqaaaa")
    while _Tables.sweep is not None:  # one that other tests have begun
        _go_on()
    for _ in _sweep():
        pass
    assert concat(literal("still used"), A) is used
    assert unused().serial > last


def test_kinds_of_one_name_are_told_apart() -> None:
    def kind() -> type[Node]:
        class Same(Lazy):
            def __init__(self, room: int) -> None:
                super().__init__(False, 1, room)

        return Same

    first, second = kind(), kind()
    assert intern_node(first, 3) is intern_node(first, 3)
    assert intern_node(first, 3) is not intern_node(second, 3)


def test_a_sweep_goes_on_as_nodes_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    used = [concat(literal(f"still used {number}"), A) for number in range(50)]
    last = concat(literal("never again"), B).serial
    monkeypatch.setattr(_Tables, "most", 0)
    number = 0
    while number < 50 or _Tables.sweep is not None:
        assert concat(literal(f"still used {number % 50}"), A) is used[number % 50]
        matches(concat(literal(f"new {number}"), A), f"new {number}a")
        number += 1
        assert number < 1 << 18
    assert not _Tables.old
    assert concat(literal("never again"), B).serial > last


def test_threads_build_one_node() -> None:
    found: list[Node] = []
    barrier = threading.Barrier(8)

    def build() -> None:
        barrier.wait()
        for count in range(200):
            found.append(repeat(concat(A, literal(f"t{count}")), count, 3 * count + 1))

    threads = [threading.Thread(target=build) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1600
    assert len(set(found)) == 200

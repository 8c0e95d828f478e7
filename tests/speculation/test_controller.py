"""The controller against search by brute force, and what costs are taken to be."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structgen.speculation.controller import Account, Controller, choose_sizes
from structgen.speculation.costs import PassCosts

chances = st.lists(st.floats(0, 1), max_size=6).map(lambda values: sorted(values, reverse=True))


@given(st.lists(chances, min_size=1, max_size=3), st.dictionaries(st.integers(1, 9), st.floats(0.5, 4), max_size=5))
def test_no_common_width_gives_more_tokens_a_second(rows: list[list[float]], measured: dict[int, float]) -> None:
    costs = PassCosts()
    for width, seconds in measured.items():
        costs.record(len(rows), width, seconds)
    sizes = choose_sizes(costs, [1] * len(rows), rows)

    def rate(width: int) -> float:
        gained = sum(1 + sum(row[: width - 1]) for row in rows)
        return gained / costs.expected(len(rows), width)

    assert all(0 <= size <= len(row) for size, row in zip(sizes, rows, strict=True))
    best = max(rate(width) for width in range(1, 2 + max(map(len, rows))))
    assert rate(1 + max(sizes)) >= best / 1.0201
    assert rate(1 + max(sizes)) >= rate(1)


def test_nothing_is_drafted_where_a_wider_pass_costs_more_than_it_gives() -> None:
    costs = PassCosts()
    for width in range(1, 9):
        costs.record(1, width, float(width))
    assert choose_sizes(costs, [1], [[0.9, 0.8, 0.7]]) == [0]


def test_all_that_is_likely_is_drafted_where_wider_passes_cost_nothing() -> None:
    costs = PassCosts()
    for width in range(1, 9):
        costs.record(1, width, 1.0)
    assert choose_sizes(costs, [1], [[0.9, 0.8, 0.7]]) == [3]


def test_the_room_that_another_row_needs_anyway_is_used() -> None:
    costs = PassCosts()
    for width in range(1, 9):
        costs.record(2, width, float(width))
    assert choose_sizes(costs, [3, 1], [[0.1], [0.1, 0.1, 0.1]]) == [0, 2]


def test_one_slow_pass_says_little() -> None:
    costs = PassCosts()
    for _ in range(5):
        costs.record(1, 4, 1.0)
    costs.record(1, 4, 100.0)
    assert costs.expected(1, 4) <= 1.2


def test_unmeasured_widths_lie_between_measured_ones() -> None:
    costs = PassCosts()
    costs.record(1, 2, 1.0)
    costs.record(1, 8, 1.6)
    assert costs.expected(1, 1) == 0.5
    assert costs.expected(1, 5) == 1.3
    assert costs.expected(1, 20) > 1.6


def test_a_prompt_tells_whether_wide_passes_are_cheap() -> None:
    flat, steep = PassCosts(), PassCosts()
    flat.record(1, 500, 2.0)
    steep.record(1, 500, 250.0)
    for costs in (flat, steep):
        costs.record(1, 1, 1.0)
    assert choose_sizes(flat, [1], [[0.4] * 8]) == [8]
    assert choose_sizes(steep, [1], [[0.4] * 8]) == [0]


def test_nothing_is_drafted_before_a_pass_without_drafts_was_measured() -> None:
    costs = PassCosts()
    costs.record(1, 300, 1.0)
    assert choose_sizes(costs, [1], [[0.9] * 8]) == [0]


def test_other_numbers_of_rows_are_known_by_their_positions() -> None:
    costs = PassCosts()
    for width in range(1, 17):
        costs.record(1, width, float(width))
    assert costs.expected(4, 2) == 2 * costs.expected(4, 1)


def memory_bound(width: int) -> float:
    return 1 + 0.01 * width


def arithmetic_bound(width: int) -> float:
    return float(width)


def stepped(width: int) -> float:
    return 1.0 if width < 2 else 1.7 if width <= 8 else 2.4


def dear(width: int) -> float:
    return 1.0 if width < 2 else 10.0


@pytest.mark.parametrize("cost", [memory_bound, arithmetic_bound, stepped, dear])
@pytest.mark.parametrize("truth", [0.0, 0.1, 0.5, 0.95])
@pytest.mark.parametrize("search", [0.0, 0.1])
def test_drafting_loses_no_more_than_its_share(cost: Callable[[int], float], truth: float, search: float) -> None:
    """Whatever passes cost, however wrong the chances are, and whatever looking for drafts costs."""
    controller = Controller(PassCosts(), Account())
    draws = random.Random(1)
    controller.costs.record(1, 200, cost(200))
    tokens, spent = 0, 0.0
    while tokens < 3000:
        drafting, chances = 0.0, list[float]()
        if controller.may_draft:
            drafting, chances = search, [0.8 ** (depth + 1) for depth in range(12)]
        size = controller.sizes([1], [chances])[0]
        saved = 0
        while saved < size and draws.random() < truth:
            saved += 1
        passed = cost(1 + size)
        controller.settle(
            (1, 1 + size), 1, seconds=passed, draft_seconds=drafting, hoped=sum(chances[:size]), saved=saved
        )
        tokens += 1 + saved
        spent += passed + drafting
    # The most that is lost at first is the credit, and the pass that used it up.
    assert spent <= cost(1) * (1.02 * tokens + 5 + cost(13))
    if truth == 0.95 and cost in (memory_bound, stepped):
        assert spent < 0.5 * cost(1) * tokens


def test_an_early_success_is_no_licence_to_lose() -> None:
    account = Account()
    for _ in range(1000):
        account.settle(cost=0.0, hoped=1.0, saved=3.0)
    for _ in range(5):
        account.settle(cost=1.0, hoped=1.0, saved=0.0)
    assert not account.may_draft


def test_drafts_that_promise_too_much_are_believed_less() -> None:
    account = Account()
    assert account.reliance == 1.0
    for _ in range(30):
        account.settle(cost=0.0, hoped=2.0, saved=1.0)
    assert 0.5 < account.reliance < 0.65

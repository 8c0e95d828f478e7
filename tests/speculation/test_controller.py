"""The controller against search by brute force, and what costs are taken to be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from structgen.speculation.controller import choose_sizes
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
    assert costs.expected(1, 1) == 1.0
    assert costs.expected(1, 5) == 1.3
    assert costs.expected(1, 20) > 1.6

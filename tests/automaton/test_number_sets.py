"""Hash-consed sets of numbers against Python's own sets."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from structgen.automaton.number_sets import NumberSets

_sets = st.lists(st.sets(st.integers(0, 400), max_size=12), min_size=1, max_size=40)


def gathered(sets: NumberSets, numbers: Iterable[int]) -> int:
    sets.clear()
    for number in numbers:
        sets.add(number)
    return int(sets.gathered())


@given(_sets)
def test_equal_sets_are_one_number_however_they_came_about(drawn: list[set[int]]) -> None:
    sets = NumberSets()
    numbers = {frozenset(one): gathered(sets, one) for one in drawn}
    for one in drawn:
        assert gathered(sets, sorted(one, reverse=True)) == numbers[frozenset(one)]
        assert set(sets.members(numbers[frozenset(one)])) == one
    assert len(set(numbers.values())) == len(numbers)
    assert all((number == 0) == (not one) for one, number in numbers.items())


@given(_sets)
def test_unions_are_those_of_python(drawn: list[set[int]]) -> None:
    sets = NumberSets()
    united, expected = 0, set[int]()
    for one in drawn:
        number = gathered(sets, one)
        assert sets.unite(number, united) == sets.unite(united, number)
        united = sets.unite(united, number)
        expected |= one
        assert set(sets.members(united)) == expected
        assert united == gathered(sets, expected)


def test_thousands_of_sets_stay_apart() -> None:
    sets = NumberSets()
    numbers = [gathered(sets, {number, number // 2, 7 * number}) for number in range(5_000)]
    assert len(set(numbers)) == 5_000
    assert [set(sets.members(one)) for one in numbers[4_000:4_010]] == [
        {number, number // 2, 7 * number} for number in range(4_000, 4_010)
    ]

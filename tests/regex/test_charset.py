from __future__ import annotations

import gc
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structgen.regex.charset import MAX_CODE_POINT, CharSet, minterms

# Edges of UTF-8's lengths, of the surrogates, and of Unicode.
_EDGES = [0, 1, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FE, 0xD7FF, 0xD800, 0xDABC, 0xDFFF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF]
_points = st.sampled_from(_EDGES) | st.integers(0, MAX_CODE_POINT)
_ranges = st.lists(st.tuples(_points, _points).map(lambda pair: (min(pair), max(pair))), max_size=5)
_sets = _ranges.map(CharSet.of_ranges)


def _holds(ranges: list[tuple[int, int]], code: int) -> bool:
    return any(low <= code <= high for low, high in ranges) and not 0xD800 <= code < 0xE000


@given(_ranges, _points)
def test_a_set_holds_its_ranges_without_surrogates(ranges: list[tuple[int, int]], code: int) -> None:
    assert (code in CharSet.of_ranges(ranges)) == _holds(ranges, code)


@given(_ranges, _ranges, st.lists(_points, min_size=1))
def test_operations_are_those_of_sets(
    left: list[tuple[int, int]], right: list[tuple[int, int]], codes: list[int]
) -> None:
    a, b = CharSet.of_ranges(left), CharSet.of_ranges(right)
    for code in [*codes, *_EDGES]:
        in_a, in_b = _holds(left, code), _holds(right, code)
        assert (code in a | b) == (in_a or in_b)
        assert (code in a & b) == (in_a and in_b)
        assert (code in a - b) == (in_a and not in_b)
        assert (code in ~a) == (not in_a and not 0xD800 <= code < 0xE000)


@given(_sets, _sets)
def test_equal_sets_are_one_object(a: CharSet, b: CharSet) -> None:
    assert ~~a is a
    assert ~(a | b) is (~a & ~b)
    assert (a - b) | (a & b) is a
    assert CharSet.of_ranges(a.ranges) is a
    assert (a == b) == (a.bounds == b.bounds)


@given(_sets)
def test_ranges_are_sorted_disjoint_and_not_adjacent(a: CharSet) -> None:
    assert all(low <= high for low, high in a.ranges)
    assert all(a.ranges[i][1] + 1 < a.ranges[i + 1][0] for i in range(len(a.ranges) - 1))
    assert len(a) == sum(high - low + 1 for low, high in a.ranges)
    assert bool(a) == (len(a) > 0)


@given(_sets.filter(bool))
def test_the_representative_is_a_member(a: CharSet) -> None:
    assert a.representative() in a


@given(st.lists(_sets, min_size=1, max_size=5).flatmap(lambda sets: st.lists(st.sampled_from(sets), max_size=9)))
def test_minterms_partition_the_union_and_split_no_set(sets: list[CharSet]) -> None:
    parts = minterms(tuple(sets))
    seen = CharSet.NONE
    for charset, members in parts:
        assert charset
        assert list(members) == sorted(members)
        assert not charset & seen
        seen = seen | charset
        for index, one in enumerate(sets):
            assert charset & one is (charset if index in members else CharSet.NONE)
    joined = CharSet.NONE
    for one in sets:
        joined = joined | one
    assert seen is joined
    assert len({members for _, members in parts}) == len(parts)


def test_any_is_every_scalar_value() -> None:
    assert len(CharSet.ANY) == 0x110000 - 0x800
    assert CharSet.of_ranges([(0xD800, 0xDFFF)]) is CharSet.NONE
    assert CharSet.of_code(0xDC00) is CharSet.NONE


@pytest.mark.parametrize("ranges", [[(-1, 3)], [(5, 4)], [(0, 0x110000)]])
def test_what_is_no_range_of_code_points_is_an_error(ranges: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="not a range"):
        CharSet.of_ranges(ranges)


def test_a_set_that_nobody_uses_is_freed() -> None:
    found = weakref.ref(CharSet.of_ranges([(0x1234, 0x1236), (0x4321, 0x4329)]))
    gc.collect()
    assert found() is None

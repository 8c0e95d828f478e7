"""Masks of passes against the paths that each position follows."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from structgen.models.masks import attention_mask, is_chain, longest_chain, part_of, seen_by
from tests.trees import path


@st.composite
def lines(draw: st.DrawFn) -> list[int]:
    """Parents of a row's tokens: a chain, and perhaps branches behind it."""
    chained = draw(st.integers(0, 6))
    parents = list(range(-1, chained - 1))
    return parents + [draw(st.integers(-1, node - 1)) for node in range(chained, chained + draw(st.integers(0, 5)))]


@given(st.lists(lines(), min_size=1, max_size=3).filter(lambda rows: any(rows)), st.integers(0, 3), st.integers(0, 5))
def test_each_position_sees_what_is_before_and_its_own_path(rows: list[list[int]], past: int, hidden: int) -> None:
    width = max(map(len, rows))
    before = torch.tensor([[int(column >= row % 2) for column in range(past)] for row in range(len(rows))])
    before = before.reshape(len(rows), past)
    seen, depths = seen_by(rows, width)
    mask = attention_mask(before, seen, past + width + hidden, added=None)
    added = attention_mask(before, seen, past + width + hidden, added=torch.bfloat16)
    assert mask.shape == added.shape == (len(rows), 1, width, past + width + hidden)
    assert torch.equal(added == 0, mask)
    assert added.isfinite().all()
    for row, parents in enumerate(rows):
        offset = width - len(parents)
        for node in range(len(parents)):
            wanted = [column for column in range(past) if before[row, column]]
            wanted += [past + offset + one for one in path(parents, node)]
            assert mask[row, 0, offset + node].nonzero().flatten().tolist() == wanted
            assert depths[row, offset + node] == len(path(parents, node)) - 1
        assert mask[row, 0, :offset].any(dim=1).all()


@given(lines(), st.data())
def test_a_row_can_be_fed_in_parts_up_to_where_it_branches(parents: list[int], data: st.DataObject) -> None:
    longest = longest_chain(parents)
    assert (longest == len(parents)) == is_chain(parents)
    assert parents[:longest] == list(range(-1, longest - 1))
    cut = data.draw(st.integers(0, longest))
    assert is_chain(part_of(parents, 0, cut))
    rest = part_of(parents, cut, len(parents))
    for node in range(cut, len(parents)):
        # What is before a node, in the part itself, and then all of the first part.
        assert list(range(cut)) + [cut + one for one in path(rest, node - cut)] == path(parents, node)

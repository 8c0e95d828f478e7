"""Products as columns against torch's own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from structgen.models import columns
from structgen.models.columns import ColumnLinear, counts_for_columns, with_columns

COUNTS = frozenset({1, 2, 3, 6, 8})


@pytest.mark.parametrize("shape", [(5,), (1, 5), (1, 1, 5), (2, 3, 5), (1, 8, 5), (9, 5), (4, 5), (0, 5), (2, 0, 5)])
@pytest.mark.parametrize("bias", [True, False])
def test_products_are_the_same(shape: tuple[int, ...], bias: bool) -> None:
    linear = torch.nn.Linear(5, 7, bias=bias)
    positions = torch.randn(shape)
    with torch.no_grad():
        torch.testing.assert_close(ColumnLinear(linear, COUNTS)(positions), linear(positions))


def test_a_view_shares_the_parameters_and_leaves_the_model_as_it_was() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Sequential(torch.nn.GELU(), torch.nn.Linear(4, 2)))
    view = with_columns(model, COUNTS)
    assert [type(one) for one in model.modules() if isinstance(one, torch.nn.Linear)] == [torch.nn.Linear] * 2
    assert [type(one) for one in view.modules() if isinstance(one, torch.nn.Linear)] == [ColumnLinear] * 2
    assert all(one is other for one, other in zip(model.parameters(), view.parameters(), strict=True))
    with torch.no_grad():
        model[0].weight.fill_(2.0)
        torch.testing.assert_close(view(torch.ones(1, 3)), model(torch.ones(1, 3)))


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_numbers_are_left_as_they_are(dtype: torch.dtype) -> None:
    model = torch.nn.Sequential(torch.nn.Linear(3, 4, dtype=dtype))
    assert with_columns(model, COUNTS) is model


def test_a_small_model_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "_are_columns_quicker", None)
    assert counts_for_columns(torch.nn.Linear(100, 100)) == frozenset()


@pytest.mark.parametrize(
    ("is_quicker", "counts"),
    [
        (lambda count: True, set(range(1, 9))),
        (lambda count: False, set()),
        (lambda count: count <= 4, {1, 2, 3, 4}),
        (lambda count: count == 8, {5, 6, 7, 8}),
    ],
)
def test_each_number_that_is_timed_speaks_for_those_since_the_last(
    monkeypatch: pytest.MonkeyPatch, is_quicker: Callable[[int], bool], counts: set[int]
) -> None:
    monkeypatch.setattr(columns, "_are_columns_quicker", lambda weights, count: is_quicker(count))
    assert counts_for_columns(torch.nn.Linear(4096, 1024)) == counts


def test_the_time_decides_by_a_margin(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([1.0, 0.9] * 3 + [1.0, 0.5] * 3)
    monkeypatch.setattr(columns, "_seconds", lambda products: next(times))
    assert [columns._are_columns_quicker([torch.zeros(2, 3)], 1) for _ in range(2)] == [False, True]

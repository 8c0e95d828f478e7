"""Products in other ways against torch's own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from structgen.models import products
from structgen.models.products import ProductLinear, Way, quickest_products, with_products

COUNTS = (1, 2, 3, 6, 8)
KINDS = [
    (dtype, way) for dtype in (torch.float32, torch.bfloat16, torch.float16) for way in products._ways_of(dtype, True)
]


def test_float32_has_ways_everywhere() -> None:
    assert (torch.float32, products._as_columns) in KINDS
    assert products._ways_of(torch.float32, False) == [products._as_columns]
    assert products._ways_of(torch.float64, True) == products._ways_of(torch.bfloat16, False) == []


@pytest.mark.parametrize("shape", [(5,), (1, 5), (1, 1, 5), (2, 3, 5), (1, 8, 5), (9, 5), (4, 5), (0, 5), (2, 0, 5)])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("dtype", "way"), KINDS)
def test_products_are_the_same(shape: tuple[int, ...], bias: bool, dtype: torch.dtype, way: Way) -> None:
    linear = torch.nn.Linear(5, 7, bias=bias, dtype=dtype)
    positions = torch.randn(shape).to(dtype)
    with torch.no_grad():
        own = ProductLinear(linear, dict.fromkeys(COUNTS, way))(positions)
        torch.testing.assert_close(own, linear(positions))
        assert own.dtype is dtype


@pytest.mark.parametrize(("dtype", "way"), KINDS)
def test_large_matrices(dtype: torch.dtype, way: Way) -> None:
    linear = torch.nn.Linear(576, 1536, bias=False, dtype=dtype)
    with torch.no_grad():
        view = ProductLinear(linear, dict.fromkeys(COUNTS, way))
        for count in COUNTS:
            positions = torch.randn(count, 576).to(dtype)
            torch.testing.assert_close(view(positions), linear(positions), rtol=0.02, atol=0.02)


def test_a_view_shares_the_parameters_and_leaves_the_model_as_it_was() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Sequential(torch.nn.GELU(), torch.nn.Linear(4, 2)))
    view = with_products(model, {torch.float32: dict.fromkeys(COUNTS, products._as_columns)})
    assert [type(one) for one in model.modules() if isinstance(one, torch.nn.Linear)] == [torch.nn.Linear] * 2
    assert [type(one) for one in view.modules() if isinstance(one, torch.nn.Linear)] == [ProductLinear] * 2
    assert all(one is other for one, other in zip(model.parameters(), view.parameters(), strict=True))
    with torch.no_grad():
        model[0].weight.fill_(2.0)
        torch.testing.assert_close(view(torch.ones(1, 3)), model(torch.ones(1, 3)))


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_numbers_are_left_as_they_are(dtype: torch.dtype) -> None:
    model = torch.nn.Sequential(torch.nn.Linear(3, 4, dtype=dtype))
    assert with_products(model, {torch.float32: dict.fromkeys(COUNTS, products._as_columns)}) is model


def test_a_small_model_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "_quickest_way", None)
    assert quickest_products(torch.nn.Linear(100, 100), may_pack=True) == {}


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
    monkeypatch.setattr(products, "_quickest_way", lambda weights, count, ways: ways[0] if is_quicker(count) else None)
    found = quickest_products(torch.nn.Linear(4096, 1024), may_pack=False)
    assert found == ({torch.float32: dict.fromkeys(counts, products._as_columns)} if counts else {})


def test_shared_weights_and_large_models_are_not_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Way] = []

    def quickest(weights: object, count: int, ways: list[Way]) -> None:
        tried.extend(ways)

    monkeypatch.setattr(products, "_quickest_way", quickest)
    model = torch.nn.Linear(4096, 1024)
    quickest_products(model, may_pack=False)
    monkeypatch.setattr(products, "_PACKED_SHARE", 1e-6)
    quickest_products(model, may_pack=True)
    assert set(tried) == {products._as_columns}


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([1.0, 0.95, 0.9], None),
        ([1.0, 0.5, 0.9], products._as_columns),
        ([1.0, 0.5, 0.4], products._packed_by_onednn),
    ],
)
def test_the_time_decides_by_a_margin(
    monkeypatch: pytest.MonkeyPatch, seconds: list[float], expected: Way | None
) -> None:
    # One slow round of whatever else the machine does changes nothing.
    times = iter([10 * one for one in seconds[:1]] + seconds[1:] + seconds * (products._ROUNDS - 1))
    monkeypatch.setattr(products, "_seconds", lambda weights, products, rows: next(times))
    ways = [products._as_columns, products._packed_by_onednn]
    assert products._quickest_way([torch.zeros(2, 3)], 1, ways) is expected

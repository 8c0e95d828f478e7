"""Products as columns against torch's own."""

from __future__ import annotations

import pytest
import torch

from structgen.models.columns import ColumnLinear, with_columns


@pytest.mark.parametrize("shape", [(5,), (1, 5), (1, 1, 5), (2, 3, 5), (1, 8, 5), (9, 5), (0, 5), (2, 0, 5)])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_products_are_the_same(shape: tuple[int, ...], bias: bool, dtype: torch.dtype) -> None:
    linear = torch.nn.Linear(5, 7, bias=bias, dtype=dtype)
    positions = torch.randn(shape, dtype=dtype)
    with torch.no_grad():
        torch.testing.assert_close(ColumnLinear(linear)(positions), linear(positions))


def test_a_view_shares_the_parameters_and_leaves_the_model_as_it_was() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Sequential(torch.nn.GELU(), torch.nn.Linear(4, 2)))
    view = with_columns(model)
    assert [type(one) for one in model.modules() if isinstance(one, torch.nn.Linear)] == [torch.nn.Linear] * 2
    assert [type(one) for one in view.modules() if isinstance(one, torch.nn.Linear)] == [ColumnLinear] * 2
    assert all(one is other for one, other in zip(model.parameters(), view.parameters(), strict=True))
    with torch.no_grad():
        model[0].weight.fill_(2.0)
        torch.testing.assert_close(view(torch.ones(1, 3)), model(torch.ones(1, 3)))

"""Matrix products of a few positions, in the order that CPUs are quick at.

``torch`` multiplies one position by a weight matrix as a vector, and a few as a flat matrix times a transposed one. In
float32 both are far from what the memory can deliver; the same products the other way round, weights times a narrow
matrix of columns, are not: with SmolLM2-135M's matrices on two cores one position takes 14 ms for 36, two 14 for 54,
four 20 for 46, eight 35 for 41. From nine on there is nothing to gain, and in bfloat16 there never is. The sums are the
same up to the order of their terms.

A model is never changed: ``with_columns`` gives a view of it, modules of its own around the same parameters.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch.nn import functional

_MOST_POSITIONS = 8


class ColumnLinear(torch.nn.Linear):  # type: ignore[misc]  # torch is untyped
    """A view of a ``torch.nn.Linear`` that takes few positions as columns."""

    def __init__(self, linear: torch.nn.Linear) -> None:
        self.__dict__.update(copy.copy(linear).__dict__)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        positions = input.numel() // input.shape[-1]
        if not 0 < positions <= _MOST_POSITIONS or self.weight.dtype is not torch.float32 or not self.weight.is_cpu:
            return functional.linear(input, self.weight, self.bias)
        rows = input.reshape(positions, -1)
        # A single column would be a vector again.
        columns = rows.T if positions > 1 else torch.cat((rows, rows)).T
        output = torch.mm(self.weight, columns).T[:positions].reshape(*input.shape[:-1], -1)
        return output if self.bias is None else output + self.bias


def with_columns(module: torch.nn.Module) -> torch.nn.Module:
    """Return a view of a module whose linear layers take few positions as columns."""
    if type(module) is torch.nn.Linear:
        return ColumnLinear(module)
    children: dict[str, Any] = {
        name: None if child is None else with_columns(child) for name, child in module._modules.items()
    }
    if all(child is module._modules[name] for name, child in children.items()):
        return module
    view = copy.copy(module)
    view._modules = children
    return view

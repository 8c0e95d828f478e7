"""Matrix products of a few positions, in the order that this CPU is quick at.

``torch`` multiplies one position by a weight matrix as a vector, and a few as a flat matrix times a transposed one. In
float32 both are far from what the memory can deliver on some CPUs, where the same products the other way round, weights
times a narrow matrix of columns, are not; on others it is the columns that are slow. With SmolLM2-135M's matrices on
two cores, 1, 2, 4 and 8 positions: 36, 54, 46 and 41 ms as they are, 14, 14, 20 and 35 as columns on one machine; 17,
18, 30 and 31 as they are, 34, 34, 38 and 35 as columns on another. So a large model's own matrices are timed once when
it is loaded, and columns are taken where they are quicker by far. The sums are the same up to the order of their terms.

A model is never changed: ``with_columns`` gives a view of it, modules of its own around the same parameters.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from time import perf_counter
from typing import Any, Final

import torch
from torch.nn import functional

__all__ = ["ColumnLinear", "counts_for_columns", "with_columns"]

_COUNTS: Final = (1, 2, 4, 8)
"""Of positions, at which products are timed; each speaks for those since the last. From 9 on nothing is gained."""

_TIMED_BYTES: Final = (16 << 20, 96 << 20)
"""Of matrices: with fewer nothing is worth its time, as all would lie in the caches; more are not looked at."""

_GAIN: Final = 1.4
"""Large, so that noise never decides, and a model's sums are the same each time that it is loaded on a machine."""

_ROUNDS: Final = 3


class ColumnLinear(torch.nn.Linear):  # type: ignore[misc]  # torch is untyped
    """A view of a ``torch.nn.Linear`` that takes so many positions as columns."""

    def __init__(self, linear: torch.nn.Linear, counts: frozenset[int]) -> None:
        self.__dict__.update(copy.copy(linear).__dict__)
        self.counts = counts

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        positions = input.numel() // input.shape[-1]
        if positions not in self.counts:
            return functional.linear(input, self.weight, self.bias)
        output = _as_columns(input.reshape(positions, -1), self.weight).reshape(*input.shape[:-1], -1)
        return output if self.bias is None else output + self.bias


def _as_columns(rows: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    # A single column would be a vector again.
    columns = rows.T if len(rows) > 1 else torch.cat((rows, rows)).T
    return torch.mm(weight, columns).T[: len(rows)]


def with_columns(module: torch.nn.Module, counts: frozenset[int]) -> torch.nn.Module:
    """Return a view of a module whose float32 linear layers on the CPU take so many positions as columns."""
    if type(module) is torch.nn.Linear and _is_ours(module):
        return ColumnLinear(module, counts)
    children: dict[str, Any] = {
        name: None if child is None else with_columns(child, counts) for name, child in module._modules.items()
    }
    if all(child is module._modules[name] for name, child in children.items()):
        return module
    view = copy.copy(module)
    view._modules = children
    return view


def counts_for_columns(module: torch.nn.Module) -> frozenset[int]:
    """Numbers of positions that this machine multiplies by a module's matrices much faster as columns."""
    weights: list[torch.Tensor] = []
    size = 0
    for layer in module.modules():
        if type(layer) is torch.nn.Linear and _is_ours(layer) and size < _TIMED_BYTES[1]:
            weights.append(layer.weight)
            size += layer.weight.nbytes
    if size < _TIMED_BYTES[0]:
        return frozenset()
    counts: set[int] = set()
    last = 0
    for count in _COUNTS:
        if _are_columns_quicker(weights, count):
            counts.update(range(last + 1, count + 1))
        last = count
    return frozenset(counts)


def _are_columns_quicker(weights: Sequence[torch.Tensor], count: int) -> bool:
    rows = {width: torch.zeros(count, width) for width in {weight.shape[1] for weight in weights}}
    usual, columns = [], []
    with torch.no_grad():
        for _ in range(_ROUNDS):
            usual.append(_seconds(functional.linear(rows[weight.shape[1]], weight) for weight in weights))
            columns.append(_seconds(_as_columns(rows[weight.shape[1]], weight) for weight in weights))
    return min(usual) > _GAIN * min(columns)


def _seconds(products: Iterable[torch.Tensor]) -> float:
    start = perf_counter()
    for _ in products:
        pass
    return perf_counter() - start


def _is_ours(linear: torch.nn.Linear) -> bool:
    return linear.weight.dtype is torch.float32 and bool(linear.weight.is_cpu)

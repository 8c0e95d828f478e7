"""Matrix products of a few positions, in the way that this CPU is quickest at.

``torch`` multiplies one position by a weight matrix as a vector, and a few as a flat matrix times a transposed one. On
some CPUs both are far from what the memory can deliver, where the same products the other way round, weights times a
narrow matrix of columns, are not; on others it is the columns that are slow. And where matrices are multiplied by
blocks, each product of a few positions brings all weights into that order first, unless they were kept in it: packed.
With SmolLM2-135M's matrices on two cores, ms for 1, 2, 4 and 8 positions:

* float32, on one machine: 36, 54, 46 and 41 as they are, 14, 14, 20 and 35 as columns;
* float32, on another: 28, 30, 49 and 68 as they are, 67, 67, 65 and 59 as columns, 43, 44, 45 and 43 packed;
* bfloat16, there: 29, 29, 28 and 30 as they are, 20, 21, 20 and 23 packed.

So a large model's own matrices are timed once when it is loaded, and multiplied in another way than torch's where that
is quicker by far. The sums are the same up to the order of their terms. A model is never changed: ``with_products``
gives a view of it, modules of its own around the same parameters.

Packed weights are a second copy, which later changes to the parameters don't reach.

Source: MKL's packed products (``cblas_sgemm_compute``) and oneDNN's weights in blocks, by the operators with which
torch's own compiler freezes models (``torch/_inductor/fx_passes/mkldnn_fusion.py``).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import perf_counter
from typing import Final, Protocol, TypeAlias

import psutil
import torch
from torch.nn import functional

from structgen.models.views import view_of

__all__ = ["ProductLinear", "quickest_products", "with_products"]


class Product(Protocol):
    """Products with one matrix of weights."""

    def __call__(self, rows: torch.Tensor, /, *, bias: torch.Tensor | None) -> torch.Tensor:
        """Multiply rows, of shape (positions, inputs), and add the bias: (positions, outputs)."""


Way: TypeAlias = Callable[[torch.Tensor], Product]
"""Prepares a matrix of weights, of shape (outputs, inputs), for products."""

_COUNTS: Final = (1, 2, 4, 8)
"""Of positions, at which products are timed; each speaks for those since the last."""

_WIDEST: Final = {torch.float32: 8, torch.bfloat16: 64, torch.float16: 64}
"""Positions up to which what was found for the last of them is used: behind them little is gained."""

_TIMED_BYTES: Final = (16 << 20, 64 << 20)
"""Of matrices: with fewer nothing is worth its time, as all would lie in the caches; more are not looked at."""

_PACKED_SHARE: Final = 1 / 8
"""Of the machine's memory, that packed copies of a model's weights may take."""

_GAIN: Final = 1.15
"""Large, so that noise seldom decides, and a model's sums are the same each time that it is loaded on a machine."""

_ROUNDS: Final = 7

_PACKED_POSITIONS: Final = 8
"""What MKL packs float32 weights for; fewer are padded."""


class ProductLinear(torch.nn.Linear):  # type: ignore[misc]  # torch is untyped
    """A view of a ``torch.nn.Linear`` that multiplies these numbers of positions in these ways."""

    def __init__(self, linear: torch.nn.Linear, ways: Mapping[int, Way]) -> None:
        self.__dict__.update(copy.copy(linear).__dict__)
        prepared = {way: way(linear.weight.detach()) for way in set(ways.values())}
        self._products = {positions: prepared[way] for positions, way in ways.items()}

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        positions = input.numel() // input.shape[-1]
        product = self._products.get(positions)
        if product is None:
            return functional.linear(input, self.weight, self.bias)
        return product(input.reshape(positions, -1), bias=self.bias).reshape(*input.shape[:-1], -1)


def _as_columns(weight: torch.Tensor) -> Product:
    def product(rows: torch.Tensor, *, bias: torch.Tensor | None) -> torch.Tensor:
        # A single column would be a vector again.
        columns = rows.T if len(rows) > 1 else torch.cat((rows, rows)).T
        output = torch.mm(weight, columns).T[: len(rows)]
        return output if bias is None else output + bias

    return product


def _packed_by_mkl(weight: torch.Tensor) -> Product:
    packed = torch.ops.mkl._mkl_reorder_linear_weight(weight, _PACKED_POSITIONS)
    multiply = torch.ops.mkl._mkl_linear.default

    def product(rows: torch.Tensor, *, bias: torch.Tensor | None) -> torch.Tensor:
        count = len(rows)
        if count < _PACKED_POSITIONS:
            rows = functional.pad(rows, (0, 0, 0, _PACKED_POSITIONS - count))
        output: torch.Tensor = multiply(rows, packed, weight, bias, _PACKED_POSITIONS)
        return output[:count]

    return product


def _packed_by_onednn(weight: torch.Tensor) -> Product:
    packed = torch.ops.mkldnn._reorder_linear_weight(weight, _PACKED_POSITIONS)
    multiply = torch.ops.mkldnn._linear_pointwise.default

    def product(rows: torch.Tensor, *, bias: torch.Tensor | None) -> torch.Tensor:
        output: torch.Tensor = multiply(rows, packed, bias, "none", [], "")
        return output

    return product


def with_products(module: torch.nn.Module, ways: Mapping[torch.dtype, Mapping[int, Way]]) -> torch.nn.Module:
    """Return a view of a module whose linear layers of these types, on the CPU, multiply in these ways."""

    def change(module: torch.nn.Module) -> torch.nn.Module:
        if type(module) is torch.nn.Linear and module.weight.is_cpu and ways.get(module.weight.dtype):
            return ProductLinear(module, ways[module.weight.dtype])
        return module

    return view_of(module, change)


def quickest_products(module: torch.nn.Module, *, may_pack: bool) -> dict[torch.dtype, dict[int, Way]]:
    """For each type of a module's matrices: numbers of positions that this machine multiplies much faster in some way.

    Parameters
    ----------
    may_pack : bool
        Whether copies of the weights may be made, which later changes to the parameters don't reach. They are made
        only where all of them take no more than an eighth of the machine's memory.
    """
    weights: dict[torch.dtype, list[torch.Tensor]] = {}
    for layer in module.modules():
        if type(layer) is torch.nn.Linear and layer.weight.is_cpu:
            weights.setdefault(layer.weight.dtype, []).append(layer.weight.detach())
    size = sum(weight.nbytes for all_of_one in weights.values() for weight in all_of_one)
    may_pack &= size <= _PACKED_SHARE * psutil.virtual_memory().total
    found = {dtype: _quickest(dtype, all_of_one, may_pack) for dtype, all_of_one in weights.items()}
    return {dtype: ways for dtype, ways in found.items() if ways}


def _quickest(dtype: torch.dtype, weights: Sequence[torch.Tensor], may_pack: bool) -> dict[int, Way]:
    ways = _ways_of(dtype, may_pack)
    timed: list[torch.Tensor] = []
    size = 0
    for weight in weights:
        if size < _TIMED_BYTES[1]:
            timed.append(weight)
            size += weight.nbytes
    if not ways or size < _TIMED_BYTES[0]:
        return {}
    found: dict[int, Way] = {}
    last = 0
    for count in _COUNTS:
        best = _quickest_way(timed, count, ways)
        until = _WIDEST[dtype] if count == _COUNTS[-1] else count
        if best is not None:
            found.update(dict.fromkeys(range(last + 1, until + 1), best))
        last = until
    return found


def _ways_of(dtype: torch.dtype, may_pack: bool) -> list[Way]:
    """What is worth a try with numbers of a type, by the libraries that this torch was built with."""
    if dtype is torch.float32:
        return [_as_columns, *([_packed_by_mkl] if may_pack and torch.backends.mkl.is_available() else [])]
    known = {torch.bfloat16: "_is_mkldnn_bf16_supported", torch.float16: "_is_mkldnn_fp16_supported"}
    if dtype not in known or not may_pack or not torch.backends.mkldnn.is_available():
        return []
    return [_packed_by_onednn] if getattr(torch.ops.mkldnn, known[dtype])() else []


def _quickest_way(weights: Sequence[torch.Tensor], count: int, ways: Sequence[Way]) -> Way | None:
    """The quickest way to multiply so many positions; None where torch's own is nearly as quick."""
    rows = {width: weights[0].new_zeros(count, width) for width in {weight.shape[1] for weight in weights}}
    products: list[list[Product]] = [
        [partial(functional.linear, weight=weight) for weight in weights],
        *([way(weight) for weight in weights] for way in ways),
    ]
    gains: list[list[float]] = [[] for _ in ways]
    with torch.no_grad():
        for _ in range(_ROUNDS):
            usual, *others = (_seconds(weights, several, rows) for several in products)
            for gain, seconds in zip(gains, others, strict=True):
                gain.append(usual / seconds)
    # Of rounds, not of times: whatever else the machine does slows all of a round.
    medians = [sorted(gain)[_ROUNDS // 2] for gain in gains]
    best = max(medians)
    return ways[medians.index(best)] if best > _GAIN else None


def _seconds(weights: Sequence[torch.Tensor], products: Sequence[Product], rows: Mapping[int, torch.Tensor]) -> float:
    start = perf_counter()
    for product, weight in zip(products, weights, strict=True):
        product(rows[weight.shape[1]], bias=None)
    return perf_counter() - start

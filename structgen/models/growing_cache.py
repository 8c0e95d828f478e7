"""Keys and values in memory that is kept: new ones are written behind the old, and what is taken back is forgotten.

``transformers``' own cache copies all keys and values at each pass, and makes two new tensors a layer to take tokens
back. Here a pass writes its own positions alone, and taking back is a smaller number.
"""

from __future__ import annotations

from typing import Any, Final

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

__all__ = ["growing_cache", "shorten"]

_ROOM: Final = 64
"""Positions to spare at least where memory is taken anew; half as many again as are held otherwise."""


class GrowingLayer(DynamicLayer):  # type: ignore[misc]  # transformers is untyped
    """One layer's keys and values.

    Between passes ``keys`` and ``values`` may hold positions behind the last one, ``get_seq_length()``.
    """

    def __init__(self) -> None:
        super().__init__()
        self._memory: tuple[torch.Tensor, torch.Tensor] | None = None
        self._length = 0

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **options: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Append positions; return all."""
        start, end = self._length, self._length + key_states.shape[2]
        if self._memory is None or self._memory[0].shape[2] < end:
            self._memory = tuple(
                self._moved(number, states, end) for number, states in enumerate((key_states, value_states))
            )
        keys, values = self._memory
        keys[:, :, start:end] = key_states
        values[:, :, start:end] = value_states
        self._length = end
        self.is_initialized = True
        self.keys, self.values = keys[:, :, :end], values[:, :, :end]
        return self.keys, self.values

    def _moved(self, number: int, states: torch.Tensor, least: int) -> torch.Tensor:
        rows, heads, _, width = states.shape
        memory = states.new_empty((rows, heads, least + max(_ROOM, least // 2), width))
        if self._memory is not None:
            memory[:, :, : self._length] = self._memory[number][:, :, : self._length]
        return memory

    def get_seq_length(self) -> int:
        """Positions that are held."""
        return self._length

    def crop(self, tokens_to_remove: int) -> None:
        """Take back positions; their number is negative, as ``transformers`` has it."""
        if self._memory is not None:  # a layer that is skipped holds nothing
            self._length += tokens_to_remove

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Keep these rows."""
        if self._memory is not None:
            keys, values = self._memory
            self._memory = keys[indices], values[indices]


def shorten(cache: DynamicCache, count: int) -> None:
    """Take back the last ``count`` positions of all layers."""
    for layer in cache.layers:
        if type(layer) is GrowingLayer:
            if layer._memory is not None:
                layer._length -= count
        else:
            layer.crop(-count)


def growing_cache(config: Any) -> DynamicCache:
    """A cache for a model; layers that don't keep every position are as ``transformers`` makes them."""
    cache = DynamicCache(config=config)
    cache.layers = [GrowingLayer() if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache

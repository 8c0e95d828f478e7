"""Keys and values in memory that is kept: new ones are written behind the old, and what is taken back is forgotten.

``transformers``' own cache copies all keys and values at each pass, and makes two new tensors a layer to take tokens
back. Here a pass writes its own positions alone, and taking back is a smaller number.
"""

from __future__ import annotations

from typing import Any, Final

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

__all__ = ["blocks_of", "growing_cache", "shorten"]

_ROOM: Final = 64
"""Positions to spare at least where memory is taken anew; half as many again as are held otherwise."""


class GrowingLayer(DynamicLayer):  # type: ignore[misc]  # transformers is untyped
    """One layer's keys and values.

    ``keys`` and ``values`` may hold positions behind the last one, ``get_seq_length()``: in every pass but the first up
    to a multiple of ``block``, of whatever numbers, which its mask has to hide.
    """

    def __init__(self, block: int) -> None:
        super().__init__()
        self._block = block
        self._memory: tuple[torch.Tensor, torch.Tensor] | None = None
        self._length = 0

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **options: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Append positions; return all, and what fills their last block."""
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
        shown = blocks_of(end, self._block) if start else end
        self.keys, self.values = keys[:, :, :shown], values[:, :, :shown]
        return self.keys, self.values

    def _moved(self, number: int, states: torch.Tensor, least: int) -> torch.Tensor:
        rows, heads, _, width = states.shape
        held = blocks_of(least + max(_ROOM, least // 2), self._block)
        # Zeros: a hidden number is multiplied by nothing, which would not make nothing of "not a number".
        memory = states.new_zeros((rows, heads, held, width))
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


def blocks_of(positions: int, block: int) -> int:
    """``positions``, rounded up to whole blocks."""
    return -(-positions // block) * block


def growing_cache(config: Any, *, block: int = 1) -> DynamicCache:
    """A cache for a model; layers that don't keep every position are as ``transformers`` makes them.

    Parameters
    ----------
    block : int
        Passes behind others see whole blocks of so many positions.
    """
    cache = DynamicCache(config=config)
    cache.layers = [GrowingLayer(block) if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache

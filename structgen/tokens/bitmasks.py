"""Bitmasks applied to logits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from structgen.errors import ArgumentError
from structgen.tokens.scans import write_minus_infinity

if TYPE_CHECKING:
    import torch

__all__ = ["apply_bitmask", "writable_bitmask"]


def apply_bitmask(logits: torch.Tensor, bitmask: NDArray[np.int32] | torch.Tensor) -> None:
    """Write -inf into ``logits``, in place, wherever ``bitmask`` does not allow the token.

    Parameters
    ----------
    logits : floating point tensor of shape (vocabulary.size,) or (rows, vocabulary.size), on any device
    bitmask : int32 array or CPU tensor of shape (vocabulary.bitmask_words,) or (rows, vocabulary.bitmask_words)
        As ``Matcher.fill_bitmask`` writes it. Only the mask's bits travel to the logits' device.

    Raises
    ------
    ArgumentError
        The shapes or types don't fit each other; the logits are unchanged.
    """
    import torch

    words = _array(bitmask)
    if not isinstance(logits, torch.Tensor):
        raise ArgumentError(
            "the logits are a tensor", reason=f"got {type(logits).__name__}", hint="torch.from_numpy(...)"
        )
    width = logits.shape[-1] if logits.ndim else 0
    if (
        not logits.is_floating_point()
        or words.dtype != np.int32
        or words.shape != (*logits.shape[:-1], (width + 31) // 32)
        or logits.ndim not in (1, 2)
    ):
        wanted = f"int32 of shape {(*logits.shape[:-1], (width + 31) // 32)}"
        raise ArgumentError(
            f"a bitmask for these logits is {wanted}",
            reason=f"got {words.dtype} of shape {words.shape} for {logits.dtype} of shape {tuple(logits.shape)}",
        )
    if logits.is_cpu and logits.dtype == torch.float32 and logits.stride(-1) == 1 and not logits.requires_grad:
        for floats, row in zip(np.atleast_2d(logits.numpy().view(np.uint32)), np.atleast_2d(words), strict=True):
            write_minus_infinity(floats, row)
        return
    # Little-endian words spell their bits in the order of the ids.
    packed = (~words).astype("<i4", copy=False).view(np.uint8)
    refused = np.unpackbits(packed, axis=-1, count=width, bitorder="little").view(np.bool_)
    logits.masked_fill_(torch.from_numpy(refused).to(logits.device), float("-inf"))


def writable_bitmask(row: Any, shape: tuple[int, ...]) -> NDArray[np.int32]:
    """Return the array behind a bitmask that is to be written.

    Raises
    ------
    ArgumentError
        ``row`` is no int32 array or CPU tensor of this shape, C-contiguous and writable.
    """
    array: NDArray[np.int32] = _array(row)
    if array.dtype != np.int32 or array.shape != shape or not array.flags.c_contiguous or not array.flags.writeable:
        wanted = f"int32 of shape {shape}, C-contiguous and writable"
        raise ArgumentError(f"a bitmask here is {wanted}", reason=f"got {array.dtype} of shape {array.shape}")
    return array


def _array(bitmask: Any) -> Any:
    """The array behind a bitmask."""
    try:
        return bitmask if isinstance(bitmask, np.ndarray) else bitmask.numpy()
    except (AttributeError, TypeError, RuntimeError) as error:
        given = type(bitmask).__name__
        raise ArgumentError("a bitmask is a NumPy array or a CPU tensor", reason=f"got {given}") from error

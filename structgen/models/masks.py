"""Which positions a pass's positions see, as masks of four dimensions.

Rows are aligned on the right: a row's new tokens fill its last columns, and what is before them is padding. A padded
column sees itself, as a query that sees nothing would be no number, and spoil all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

__all__ = ["attention_mask", "is_chain", "longest_chain", "part_of", "seen_by"]


def is_chain(parents: Sequence[int]) -> bool:
    """Whether each token follows the one before it."""
    return all(parent == node - 1 for node, parent in enumerate(parents))


def longest_chain(parents: Sequence[int]) -> int:
    """Tokens at the front of a row that may be fed on their own: each follows the one before it, and no token behind
    them follows an earlier one than their last."""
    return min([parent + 1 for node, parent in enumerate(parents) if parent != node - 1], default=len(parents))


def part_of(parents: Sequence[int], start: int, stop: int) -> list[int]:
    """The parents of some of a row's tokens, where those before them are fed already."""
    return [max(parent - start, -1) for parent in parents[start:stop]]


def seen_by(parents: Sequence[Sequence[int]], width: int) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """What the new tokens see of one another, and how far each is behind what its row held.

    Returns
    -------
    bool array of shape (rows, width, width), int64 array of shape (rows, width)
    """
    rows = len(parents)
    seen = np.zeros((rows, width, width), dtype=np.bool_)
    seen[:, range(width), range(width)] = True
    depths = np.zeros((rows, width), dtype=np.int64)
    for row, one in enumerate(parents):
        start = width - len(one)
        if is_chain(one):
            seen[row, start:, start:] = np.tri(len(one), dtype=np.bool_)
            depths[row, start:] = range(len(one))
            continue
        for node, parent in enumerate(one, start):
            if parent >= 0:
                seen[row, node] |= seen[row, start + parent]
                depths[row, node] = depths[row, start + parent] + 1
    return seen, depths


def attention_mask(
    before: torch.Tensor, seen: NDArray[np.bool_], total: int, *, added: torch.dtype | None
) -> torch.Tensor:
    """A mask for one pass.

    Parameters
    ----------
    before : int64 tensor of shape (rows, past)
        Which of the columns that the rows held are real.
    seen : bool array of shape (rows, width, width)
    total : int
        Columns of the mask; those behind past + width are hidden.
    added : torch.dtype or None
        Of numbers to add to scores. None gives truth values.

    Returns
    -------
    tensor of shape (rows, 1, width, total), on the device of ``before``
    """
    (rows, past), width = before.shape, seen.shape[1]
    mask = torch.zeros((rows, 1, width, total), dtype=torch.bool, device=before.device)
    mask[:, 0, :, :past] = before.bool().unsqueeze(1)
    mask[:, 0, :, past : past + width] = torch.from_numpy(seen).to(before.device)
    if added is None:
        return mask
    zero, refused = torch.zeros((), dtype=added), torch.tensor(torch.finfo(added).min, dtype=added)
    return torch.where(mask, zero.to(before.device), refused.to(before.device))

"""The largest of many logits: by one pass over a CPU's memory, where ``torch`` takes several times as long (120 us for
one or six of 49k), and by ``torch`` elsewhere."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from structgen.tokens.scans import find_largest

if TYPE_CHECKING:
    import torch

__all__ = ["largest", "largest_few"]


def largest(logits: torch.Tensor) -> int:
    """The index of the largest; of one that is not a number, where there is one.

    Parameters
    ----------
    logits : float32 tensor of shape (n,)
    """
    return int(logits.numpy().argmax()) if logits.is_cpu else int(logits.argmax())


def largest_few(logits: torch.Tensor, count: int) -> list[int]:
    """The indices of the largest above -inf, descending; fewer where there are fewer.

    Parameters
    ----------
    logits : contiguous float32 tensor of shape (n,)
    """
    if logits.is_cpu:
        places = np.empty(count, np.int64)
        found = find_largest(logits.numpy(), np.empty(count, np.float32), places)
        return list(map(int, places[:found]))
    values, indices = logits.topk(min(count, len(logits)))
    return [index for index, value in zip(indices.tolist(), values.tolist(), strict=True) if value > -math.inf]

"""What a token is chosen from: the logits at one place, and the mask of what is allowed there.

Only what is allowed is looked at, and nothing is written before somebody wants all masked logits. Right after a pass of
the model nothing else is in the caches, and what is skipped is memory that need not be read: of 49k logits, masking all
and looking for the largest took 150 us, this 20.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from structgen.tokens.bitmasks import apply_bitmask
from structgen.tokens.scans import find_largest

if TYPE_CHECKING:
    import torch

__all__ = ["Logits", "Scores", "quickest_view"]

Logits: TypeAlias = "torch.Tensor | NDArray[np.float32]"

_NOTHING: Final[NDArray[np.int32]] = np.zeros(0, np.int32)
"""Where no mask is: all that is not -inf is allowed."""


class Scores:
    """The logits of one place, as far as they are allowed.

    Parameters
    ----------
    logits : floating point tensor, or float32 array, of shape (vocabulary.size,)
        Its own from here on: ``masked`` writes into it.
    mask : int32 array of shape (vocabulary.bitmask_words,), optional
        As ``Matcher.fill_bitmask`` writes it; not changed afterwards. Default: the logits are masked already.
    """

    __slots__ = ("_largest", "_logits", "_mask")

    def __init__(self, logits: Logits, mask: NDArray[np.int32] = _NOTHING) -> None:
        self._logits = logits if isinstance(logits, np.ndarray) else quickest_view(logits)
        self._mask = mask
        self._largest: tuple[int, list[int]] = 0, []

    def masked(self) -> torch.Tensor:
        """All logits, -inf where a token is not allowed."""
        import torch

        logits = torch.from_numpy(self._logits) if isinstance(self._logits, np.ndarray) else self._logits
        if len(self._mask):
            apply_bitmask(logits, self._mask)
            self._mask = _NOTHING
        return logits

    def largest(self, count: int = 1) -> list[int]:
        """The tokens of the ``count`` largest logits above -inf, descending; fewer where there are fewer.

        One whose logit is not a number is the largest of all.
        """
        if self._largest[0] < count:
            self._largest = count, self._find_largest(count)
        return self._largest[1][:count]

    def _find_largest(self, count: int) -> list[int]:
        if isinstance(self._logits, np.ndarray):
            floats, mask = self._logits, self._mask
            best = int(floats.argmax())  # one that is no number, if there is any
            value = float(floats[best])
            if count == 1 and value > -math.inf and (not len(mask) or int(mask[best >> 5]) >> (best & 31) & 1):
                return [best]
            return find_largest(floats, floats.view(np.int32), mask, count, value != value)
        logits = self.masked()
        values, indices = logits.topk(min(count, len(logits)))
        return [index for index, value in zip(indices.tolist(), values.tolist(), strict=True) if value != -math.inf]

    def __getitem__(self, token: int) -> float:
        """The logit of an allowed token."""
        return float(self._logits[token])


def quickest_view(logits: torch.Tensor) -> Logits:
    """Logits as an array, which is quicker to look into, where they are float32 in the memory of the CPU."""
    # In one piece: a row that is a column of the model's last product (see ``models.products``) is not.
    logits = logits.contiguous()
    return logits.numpy() if logits.is_cpu and logits.element_size() == 4 and not logits.requires_grad else logits

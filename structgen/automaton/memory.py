"""Memory for arrays of fixed capacity, of which most is never used."""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

__all__ = ["untouched"]


def untouched(shape: int | tuple[int, ...], dtype: DTypeLike = np.int32) -> NDArray[Any]:
    """An array of zeros whose memory is taken page by page, when it is first touched.

    NumPy asks the system for huge pages where an array is large; each is zeroed whole on first touch, which takes
    milliseconds on some machines, and some dozen arrays of which only the beginning is used take as many of them.
    """
    count = int(np.prod(shape))
    pages = mmap.mmap(-1, max(1, count * np.dtype(dtype).itemsize))
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        pages.madvise(mmap.MADV_NOHUGEPAGE)
    return np.frombuffer(pages, dtype, count).reshape(shape)

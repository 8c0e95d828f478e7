"""The bytes of every token of a vocabulary, in one flat block instead of one Python object for each.

A token's text is its bytes, or None where it stands for no text: special tokens, and ids that the tokenizer leaves out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from structgen.errors import LimitExceededError

__all__ = ["MAX_TOKENS", "MAX_TOTAL_BYTES", "TokenTexts"]

MAX_TOKENS = 2**24
MAX_TOTAL_BYTES = 2**30


@dataclass(frozen=True, eq=False)
class TokenTexts(Sequence[bytes | None]):
    """A frozen sequence of texts, where the index of a text is its token id.

    Attributes
    ----------
    block : bytes
        All texts, one after the other.
    starts : int64 array of shape (tokens,)
        Where each text begins in ``block``.
    lengths : int64 array of shape (tokens,)
        Its number of bytes; -1 for None.
    """

    block: bytes
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Sequence[bytes | None]) -> TokenTexts:
        """Copy any sequence of texts into one block.

        Raises
        ------
        LimitExceededError
            The texts have more than 2**30 bytes together.
        """
        if isinstance(texts, TokenTexts):
            return texts
        lengths = np.fromiter([-1 if text is None else len(text) for text in texts], dtype=np.int64, count=len(texts))
        spans = np.maximum(lengths, 0)
        if (total := int(spans.sum())) > MAX_TOTAL_BYTES:
            raise LimitExceededError(f"{MAX_TOTAL_BYTES} bytes in a vocabulary", f"{total} bytes")
        starts = np.cumsum(spans) - spans
        for array in (starts, lengths):
            array.setflags(write=False)
        return cls(b"".join([text for text in texts if text]), starts, lengths)

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, token: int) -> bytes | None:  # type: ignore[override]
        """The text of a token; IndexError outside of ``range(len(self))``, for a negative id too."""
        if not 0 <= token < len(self.starts):
            raise IndexError(f"token id {token} is not in 0..{len(self.starts) - 1}")
        length = self.lengths.item(token)
        if length < 0:
            return None
        start = self.starts.item(token)
        return self.block[start : start + length]

    def __iter__(self) -> Iterator[bytes | None]:
        """All texts in their order, a few times as fast as one by one."""
        block = self.block
        for start, length in zip(self.starts.tolist(), self.lengths.tolist(), strict=True):
            yield None if length < 0 else block[start : start + length]

    def holding(self, byte: int) -> NDArray[np.bool_]:
        """Which texts have this byte in them, as bools of shape (tokens,)."""
        places = np.flatnonzero(np.frombuffer(self.block, np.uint8) == byte)
        # The last of those that begin no later: what is empty begins where the next one does.
        found = np.zeros(len(self), np.bool_)
        found[np.searchsorted(self.starts, places, side="right") - 1] = True
        return found

    @cached_property
    def fingerprint(self) -> str:
        """A hash of the texts, as 40 hexadecimal digits."""
        hashed = hashlib.blake2b(self.lengths.astype("<i8").tobytes(), digest_size=20)
        hashed.update(self.block)
        return hashed.hexdigest()

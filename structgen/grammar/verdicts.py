# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Whether what is being read may stand somewhere: one byte of a table.

Its rows are sets of terminals that may come next, its columns the signatures of readings: a byte is 1 where the two
have a terminal in common. Rows are brought up to date when they are asked for.
"""

from __future__ import annotations

from typing import Any, Final

import cython
import numpy as np

from structgen.automaton.memory import untouched
from structgen.errors import LimitExceededError

__all__ = ["MAX_VERDICTS", "Verdicts"]

MAX_VERDICTS: Final = 1 << 13
"""Bound on the different sets of terminals that may come next, and that the beginning of a terminal may be of."""


@cython.cclass
class Verdicts:
    """``table`` is a uint8 array of shape (MAX_VERDICTS, MAX_VERDICTS); ``terminals_of`` the lexer's, by signature."""

    table: cython.uchar[:, ::1]
    _terminals_of: list[tuple[int, ...]]
    _numbers: dict[int, int]
    _bits: list[int]
    _signature_bits: list[int]
    _judged: cython.int[::1]

    def __init__(self, terminals_of: list[tuple[int, ...]]) -> None:
        self.table = untouched((MAX_VERDICTS, MAX_VERDICTS), np.uint8).data
        self._terminals_of = terminals_of
        self._numbers, self._bits, self._signature_bits = {}, [], []
        self._judged = np.zeros(64, np.int32).data

    def row(self, bits: Any) -> cython.int:
        """The row of these terminals: bit t of the integer is terminal t."""
        number = self._numbers.get(bits)
        if number is None:
            number = len(self._bits)
            if number >= MAX_VERDICTS:
                raise LimitExceededError(f"{MAX_VERDICTS} sets of terminals that may come next", f"{number} sets")
            if number == self._judged.shape[0]:
                self._judged = np.concatenate([self._judged, np.zeros_like(self._judged)]).data
            self._numbers[bits] = number
            self._bits.append(bits)
        return number

    def terminals(self, row: cython.int) -> Any:
        """The bits of a row's terminals."""
        return self._bits[row]

    def bring_up_to_date(self, row: cython.int) -> cython.int:
        """Judge the signatures that are new; ``row`` itself."""
        if self._judged[row] < len(self._terminals_of):
            self._judge(row)
        return row

    def _judge(self, row: cython.int) -> cython.void:
        count: cython.int = len(self._terminals_of)
        if count > MAX_VERDICTS:
            raise LimitExceededError(f"{MAX_VERDICTS} sets of terminals that a text may be of", f"{count} sets")
        for signature in range(len(self._signature_bits), count):
            self._signature_bits.append(sum([1 << terminal for terminal in self._terminals_of[signature]]))
        bits = self._bits[row]
        column: cython.int
        for column in range(self._judged[row], count):
            self.table[row, column] = (self._signature_bits[column] & bits) != 0
        self._judged[row] = count

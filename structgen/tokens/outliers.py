"""The few tokens of a vocabulary that tell apart what other tokens don't: long ones, and those that end a string.

States that count (a pattern's words, a string's characters) differ for tokens that are long enough to reach the bound;
99% of Llama-3.1's have at most 16 bytes, and the longest 128. And where a JSON string stands matters to tokens with a
quote alone. So inside a string the mask of a state is one that was made before, but for these.
"""

from __future__ import annotations

from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from structgen.automaton.machine import WalkTrie
from structgen.tokens.trie import TokenTrie
from structgen.tokens.vocabulary import Vocabulary

__all__ = ["Outliers"]

_FEW: Final = 64  # one of so many tokens may be a long one
_SHORTEST: Final = 8
_STEP: Final = 4


class Outliers:
    """Tokens of more than ``most`` bytes, and tokens with a quote. All engines of the vocabulary share them."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._texts = vocabulary.texts
        lengths = self._texts.lengths
        self.most = _SHORTEST
        while int((lengths > self.most).sum()) * _FEW > len(lengths):
            self.most += _STEP
        self._words = vocabulary.bitmask_words

    @cached_property
    def _ids(self) -> NDArray[np.int32]:
        are_long = np.flatnonzero(self._texts.lengths > self.most)
        return np.union1d(are_long, self._texts.holding(ord('"'))).astype(np.int32)

    @cached_property
    def trie(self) -> WalkTrie:
        """Their trie."""
        trie = TokenTrie.build([self._texts[token] for token in self._ids.tolist()])
        return WalkTrie({**trie.arrays(), "order": self._ids[trie.order]})

    @cached_property
    def _others(self) -> NDArray[np.int32]:
        others = np.full(self._words, -1, np.int32)
        np.bitwise_and.at(others, self._ids >> 5, ~_bits(self._ids))
        return others

    def replace(self, row: NDArray[np.int32], allowed: NDArray[np.int32]) -> None:
        """Let the bitmask ``row`` allow these of the outliers, and of others those too; ``row`` keeps all else."""
        row &= self._others
        np.bitwise_or.at(row, allowed >> 5, _bits(allowed))


def _bits(tokens: NDArray[np.int32]) -> NDArray[np.int32]:
    return (np.uint32(1) << (tokens & 31).astype(np.uint32)).view(np.int32)

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

from structgen.automaton.walk_trie import WalkTrie
from structgen.tokens.scans import allow, forbid
from structgen.tokens.texts import TokenTexts
from structgen.tokens.trie import TokenTrie
from structgen.tokens.vocabulary import Vocabulary

__all__ = ["Outliers", "TokenSubset"]

_FEW: Final = 64  # one of so many tokens may be a long one
_SHORTEST: Final = 8
_STEP: Final = 4
_LIMITS: Final = 16  # bytes; long tokens are told apart in steps of so many


class TokenSubset:
    """Some tokens of a vocabulary, to be walked by themselves and replaced in masks."""

    def __init__(self, texts: TokenTexts, ids: NDArray[np.int32], words: int) -> None:
        self.ids = ids
        self._texts = texts
        self._words = words

    @cached_property
    def trie(self) -> WalkTrie:
        """Their trie."""
        trie = TokenTrie.build([self._texts[token] for token in self.ids.tolist()])
        return WalkTrie({**trie.arrays(), "order": self.ids[trie.order]})

    @cached_property
    def _others(self) -> NDArray[np.int32]:
        others = np.full(self._words, -1, np.int32)
        forbid(others.view(np.uint32), self.ids)
        return others

    def replace(self, row: NDArray[np.int32], allowed: NDArray[np.int32]) -> None:
        """Let the bitmask ``row`` allow these of the subset, and of other tokens those too; ``row`` keeps all else."""
        row &= self._others
        allow(row.view(np.uint32), allowed)


class Outliers:
    """Tokens of more than ``most`` bytes, and tokens with a quote. All engines of the vocabulary share them."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._texts = vocabulary.texts
        lengths = self._texts.lengths
        self.most = _SHORTEST
        while int((lengths > self.most).sum()) * _FEW > len(lengths):
            self.most += _STEP
        self._words = vocabulary.bitmask_words
        self._longer: dict[int, TokenSubset] = {}

    @cached_property
    def all(self) -> TokenSubset:
        """All of them."""
        return self._subset((self._texts.lengths > self.most) | self._texts.holding(ord('"')))

    def longer(self, limit: int) -> TokenSubset:
        """Tokens among which are all of more than ``limit`` bytes; ``limit`` is ``most`` or more."""
        limit = max(limit // _LIMITS * _LIMITS, self.most)
        found = self._longer.get(limit)
        if found is None:
            found = self._longer[limit] = self._subset(self._texts.lengths > limit)
        return found

    def _subset(self, are_in: NDArray[np.bool_]) -> TokenSubset:
        return TokenSubset(self._texts, np.flatnonzero(are_in).astype(np.int32), self._words)

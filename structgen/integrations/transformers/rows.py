"""Matchers for rows of tokens that come in any order.

What a row may go on with depends on its tokens after the prompt and on nothing else. The matchers that are kept from
the call before only save work: the nearest one is taken back to what it shares with the row, and follows the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from structgen.tokens.matcher import fill_bitmasks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from structgen.tokens.compiled import CompiledGrammar
    from structgen.tokens.matcher import Matcher

__all__ = ["Rows"]


@dataclass(slots=True)
class _Follower:
    """A matcher, and the tokens of the row that it followed, as far as they are of the language."""

    matcher: Matcher
    tokens: NDArray[np.int64]


class Rows:
    """The rows of one call of ``generate``, whose prompts (with their padding) are equally long."""

    def __init__(self, compiled: CompiledGrammar, prompt_length: int) -> None:
        self.prompt_length = prompt_length
        self._vocabulary = compiled.vocabulary
        # Every other matcher is a fork of this one: a grammar may renew its automaton, a generation keeps to one.
        self._start = _Follower(compiled.matcher(), np.zeros(0, np.int64))
        self._followers: list[_Follower] = []

    def masks(self, rows: NDArray[np.int64]) -> NDArray[np.int32]:
        """The bitmasks of what may follow each row.

        A row that has ended, or that has left the language, can only end: rows that are padded after their end, and
        beams that a search holds in spite of a score of -inf.

        Parameters
        ----------
        rows : array of shape (rows, at least ``prompt_length``)

        Returns
        -------
        int32 array of shape (rows, vocabulary.bitmask_words)
        """
        masks = np.zeros((len(rows), self._vocabulary.bitmask_words), np.int32)
        known = {follower.tokens.tobytes(): follower for follower in self._followers}
        used: dict[int, _Follower] = {}
        live: list[int] = []
        following: list[_Follower] = []
        for index, row in enumerate(rows):
            tokens = row[self.prompt_length :]
            parent = known.get(tokens[:-1].tobytes()) or self._nearest(tokens)
            follower = _follow(parent, tokens, fork=id(parent) in used or parent is self._start)
            used[id(follower)] = follower
            following.append(follower)
            if len(follower.tokens) == len(tokens) and not follower.matcher.is_terminated():
                live.append(index)
        self._followers = list(used.values())
        part = np.zeros((len(live), masks.shape[1]), np.int32)
        fill_bitmasks([following[index].matcher for index in live], part)
        masks[live] = part
        over = sorted({*range(len(rows))} - {*live})
        for token in self._vocabulary.eos_token_ids:
            masks[over, token // 32] |= np.uint32(1 << token % 32).view(np.int32)
        return masks

    def _nearest(self, tokens: NDArray[np.int64]) -> _Follower:
        return max((self._start, *self._followers), key=lambda follower: _shared(follower.tokens, tokens))


def _follow(parent: _Follower, tokens: NDArray[np.int64], *, fork: bool) -> _Follower:
    matcher = parent.matcher.fork() if fork else parent.matcher
    position = min(_shared(parent.tokens, tokens), matcher.tokens_accepted)
    matcher.rollback(matcher.tokens_accepted - position)
    while position < len(tokens) and matcher.accept_token(int(tokens[position])):
        position += 1
    if not fork:
        parent.tokens = tokens[:position]
        return parent
    return _Follower(matcher, tokens[:position])


def _shared(one: NDArray[np.int64], other: NDArray[np.int64]) -> int:
    """The length of the common prefix."""
    length = min(len(one), len(other))
    differing = np.flatnonzero(one[:length] != other[:length])
    return int(differing[0]) if len(differing) else length

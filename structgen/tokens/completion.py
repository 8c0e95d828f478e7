"""Vocabularies that can't spell every byte: what can such a vocabulary still complete?

Most of them lack a few bytes that no token of theirs has. Then texts are those of the other bytes, and compilers are
given these as their alphabet. Where a byte occurs in longer tokens only, a state counts as live where some sequence of
tokens leads from it to the end of a text: searched best first over states, so that the verdict is exact, and
remembered.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Final

import numpy as np

from structgen.automaton.runtime import EVERY_BYTE
from structgen.errors import LimitExceededError
from structgen.tokens.vocabulary import Vocabulary

if TYPE_CHECKING:
    from structgen.tokens.engine import MaskEngine

__all__ = ["Completion", "alphabet_of"]

_NEVER_IN_UTF8: Final = frozenset((0xC0, 0xC1, *range(0xF5, 0x100)))
_JSON: Final = frozenset((*b"\t\n\r", *range(0x20, 0x7F)))
_MAX_STATES: Final = 20_000
"""Bound on the states that one search visits."""


def alphabet_of(vocabulary: Vocabulary) -> frozenset[int] | None:
    """The bytes that texts may use, where each byte of any token has a token of its own; None where that isn't so.

    Bytes of JSON's own syntax must be among them.
    """
    trie = vocabulary.trie
    inner = set(np.flatnonzero(np.bincount(trie.byte[1:])).tolist())
    singles: set[int] = set()
    node = 1
    while node < len(trie):
        if trie.token_begin[node] < trie.token_begin[node + 1]:
            singles.add(int(trie.byte[node]))
        node = int(trie.subtree_end[node])
    if singles >= EVERY_BYTE - _NEVER_IN_UTF8:
        return EVERY_BYTE
    return frozenset(singles) if singles >= inner and singles >= _JSON else None


class Completion:
    """Verdicts about the states of one engine."""

    def __init__(self, engine: MaskEngine) -> None:
        self._engine = engine
        self._texts = sorted({text for text in engine.texts if text}, key=lambda text: (len(text), text))
        self._verdicts: dict[int, bool] = {}

    def allows(self, state: int, token: int) -> bool:
        """Whether ``token``, whose bytes are live in ``state``, leads to a state that can be completed."""
        text = self._engine.texts[token]
        return text is None or self.can_finish(self._engine.runtime.machine.advance(state, text))

    def can_finish(self, state: int) -> bool:
        """Whether some sequence of tokens completes the text from ``state`` on.

        Raises
        ------
        LimitExceededError
            The search passed 20,000 states.
        """
        verdict = self._verdicts.get(state)
        if verdict is None:
            if len(self._verdicts) > 1_000_000:
                self._verdicts.clear()
            verdict = self._search(state)
        return verdict

    def _search(self, start: int) -> bool:
        """Best first: small stacks before large ones, then few tokens. What is reached on the way shares a failure."""
        machine, depth = self._engine.runtime.machine, self._engine.runtime.stacks.arrays["depth"]
        came_from: dict[int, int] = {start: -1}
        queue = [(int(depth[start & 0xFFFFFFFF]), 0, start)]
        while queue:
            _, length, state = heapq.heappop(queue)
            if machine.accepting_frames(state)[0] or self._verdicts.get(state):
                while state >= 0:
                    self._verdicts[state] = True
                    state = came_from[state]
                return True
            if len(came_from) > _MAX_STATES:
                raise LimitExceededError(
                    f"{_MAX_STATES} states in the search for a completion",
                    "a vocabulary without tokens for all bytes",
                    hint="a tokenizer with byte fallback, or a smaller specification",
                )
            for text in self._texts:
                following = machine.advance(state, text)
                if following >= 0 and following not in came_from and self._verdicts.get(following, True):
                    came_from[following] = state
                    heapq.heappush(queue, (int(depth[following & 0xFFFFFFFF]), length + 1, following))
        self._verdicts.update(dict.fromkeys(came_from, False))
        return False

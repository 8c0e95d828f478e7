"""The suffix automaton of a growing sequence, with where each of its subsequences last ended.

Every subsequence leads from the start to one state; a state stands for subsequences that end at the same places.
Appending costs constant time on average. Symbols are any integers.

Source: Blumer et al., "The smallest automaton recognizing the subwords of a text", 1985; as a drafter: Hu et al., "SAM
Decoding", 2024.
"""

from __future__ import annotations

from typing import Final

__all__ = ["SuffixAutomaton"]

_REFRESHED: Final = 16
"""Shorter suffixes that learn of a new place: the others were there last time by an older one."""


class SuffixAutomaton:
    """State 0 is the empty sequence."""

    def __init__(self) -> None:
        self.next: list[dict[int, int]] = [{}]
        self.link: list[int] = [-1]
        self.length: list[int] = [0]
        self.end: list[int] = [0]
        """Symbols before and including a recent occurrence of the state's sequences."""
        self.size = 0
        self._last = 0

    def append(self, symbol: int) -> None:
        """Add one symbol at the end of the sequence."""
        self.size += 1
        new = self._state(self.length[self._last] + 1, {})
        state = self._last
        while state >= 0 and symbol not in self.next[state]:
            self.next[state][symbol] = new
            state = self.link[state]
        self.link[new] = 0 if state < 0 else self._split(state, symbol)
        self._last = new
        suffix = self.link[new]
        for _ in range(_REFRESHED):
            if suffix <= 0:
                break
            self.end[suffix] = self.size
            suffix = self.link[suffix]

    def follow(self, state: int, length: int, symbol: int) -> tuple[int, int]:
        """From the state of a match of some length: the state and length of the longest match that ends with
        ``symbol``."""
        while state > 0 and symbol not in self.next[state]:
            state = self.link[state]
            length = self.length[state]
        target = self.next[state].get(symbol)
        return (0, 0) if target is None else (target, length + 1)

    def _state(self, length: int, transitions: dict[int, int]) -> int:
        self.next.append(transitions)
        self.link.append(-1)
        self.length.append(length)
        self.end.append(self.size)
        return len(self.next) - 1

    def _split(self, state: int, symbol: int) -> int:
        """The state of the longest suffix that occurred before and was followed by ``symbol``; its own where it had
        none."""
        target = self.next[state][symbol]
        if self.length[target] == self.length[state] + 1:
            return target
        clone = self._state(self.length[state] + 1, dict(self.next[target]))
        self.end[clone] = self.end[target]
        self.link[clone] = self.link[target]
        self.link[target] = clone
        while state >= 0 and self.next[state].get(symbol) == target:
            self.next[state][symbol] = clone
            state = self.link[state]
        return clone

"""A specification compiled for a vocabulary: frozen, shareable between threads, the source of matchers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from structgen.tokens.engine import MaskEngine
from structgen.tokens.matcher import Matcher
from structgen.tokens.vocabulary import Vocabulary

__all__ = ["CompiledGrammar", "Trace"]


@dataclass(frozen=True, slots=True)
class Trace:
    """How far a text goes.

    Attributes
    ----------
    accepted : bool
        The whole text is in the language.
    position : int
        The number of leading bytes that some text of the language begins with.
    expected : list of (int, int)
        Ranges of bytes, ascending, that may stand at ``position``.
    may_end : bool
        Whether the text may end at ``position``.
    """

    accepted: bool
    position: int
    expected: list[tuple[int, int]]
    may_end: bool


class CompiledGrammar:
    """Made by ``structgen.compile``; ``notes`` says what the compiler took as an annotation."""

    def __init__(self, engine: MaskEngine, start: int, notes: tuple[str, ...] = ()) -> None:
        self._engine = engine
        self._start = start
        self.notes = notes

    @property
    def vocabulary(self) -> Vocabulary:
        return self._engine.vocabulary

    def matcher(self) -> Matcher:
        """A new matcher, at the start of the text."""
        return Matcher(self._engine, self._start)

    def trace(self, text: bytes) -> Trace:
        """Follow ``text`` byte by byte, whatever the vocabulary, and say how far it goes and what may stand there."""
        machine = self._engine.runtime.machine
        with self._engine.runtime.lock:
            position = machine.alive_for(self._start, text)
            state = machine.advance(self._start, text[:position])
            may_end = machine.accepting_frames(state)[0]
            return Trace(position == len(text) and may_end, position, list(_ranges(machine.live_bytes(state))), may_end)


def _ranges(numbers: list[int]) -> Iterator[tuple[int, int]]:
    first = last = -1
    for number in numbers:
        if number != last + 1 or first < 0:
            if first >= 0:
                yield first, last
            first = number
        last = number
    if first >= 0:
        yield first, last

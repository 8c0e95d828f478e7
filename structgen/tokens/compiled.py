"""A specification compiled for a vocabulary: frozen, shareable between threads, the source of matchers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import TypeAlias

from structgen.automaton.runtime import Scope
from structgen.errors import ArgumentError, TokenizerError
from structgen.schema.notes import Note
from structgen.tokens.engine import MaskEngine
from structgen.tokens.exploration import ExploredState, explore, ranges
from structgen.tokens.grammar_engine import GrammarEngine
from structgen.tokens.matcher import Matcher
from structgen.tokens.vocabulary import Vocabulary

__all__ = ["CompiledGrammar", "Engine", "Trace"]

Engine: TypeAlias = MaskEngine | GrammarEngine
_Beginning: TypeAlias = tuple[Engine, int, Scope | None]
"""An engine, where the texts begin, and what must be kept while they go on."""


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
    """Made by ``structgen.compile``. Where the automaton that it was built in is full, it builds itself a new one."""

    def __init__(self, vocabulary: Vocabulary, begin: Callable[[], _Beginning], notes: tuple[Note, ...] = ()) -> None:
        self._vocabulary = vocabulary
        self._notes = notes
        self._example = b""
        self._begin = begin
        self._begun = begin()

    @property
    def vocabulary(self) -> Vocabulary:
        """Whose tokens the masks are of."""
        return self._vocabulary

    @property
    def notes(self) -> tuple[Note, ...]:
        """What the specification says and its texts needn't meet: the ``keyword``, its ``pointer``, and why.

        Of a grammar: what no text of it needs, and terminals whose patterns would see more elsewhere.
        """
        return self._notes

    @property
    def example(self) -> bytes:
        """The beginning of a text of the grammar, or nothing where none is known."""
        return self._example

    def matcher(self) -> Matcher:
        """A new matcher, at the start of the text."""
        return Matcher(*self._current())

    def rehearse(self, text: bytes, end: float) -> None:
        """Make the masks along the canonical tokens of ``text``, an example, so that texts like it find them ready.

        Stops where a token is not allowed, and at the time ``end``, by ``perf_counter``.
        """
        self._example = text
        try:
            tokens = self._vocabulary.encode(text)
        except TokenizerError:  # then no text like it comes
            return
        engine, state, _ = self._current()
        with engine.runtime.lock:
            for token in tokens:
                engine.find(state)
                state = engine.advance(state, engine.texts[token] or b"")
                if state < 0 or perf_counter() > end:
                    return
            engine.find(state)

    def trace(self, text: bytes) -> Trace:
        """Follow ``text`` byte by byte, whatever the vocabulary, and say how far it goes and what may stand there."""
        if not isinstance(text, bytes):
            raise ArgumentError(
                "the text of a trace is bytes", reason=f"got {type(text).__name__}", hint="text.encode()"
            )
        engine, start, _ = self._current()
        machine = engine.machine
        with engine.runtime.lock:
            position = machine.alive_for(start, text)
            state = machine.advance(start, text[:position])
            may_end = engine.is_accepting(state)
            return Trace(position == len(text) and may_end, position, list(ranges(machine.live_bytes(state))), may_end)

    def explore(self, limit: int) -> list[ExploredState]:
        """The first ``limit`` states of the automaton over bytes, breadth first, for people to look at."""
        engine, start, _ = self._current()
        with engine.runtime.lock:
            return explore(engine, start, limit)

    def _current(self) -> _Beginning:
        begun = self._begun
        if begun[0].is_full():
            begun = self._begun = self._begin()
        return begun

# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False
"""One sequence's place in a grammar.

A place is one integer (a control and a hash-consed stack), so a rollback is an index into the places so far, and a fork
copies those numbers and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import cython
import numpy as np
from numpy.typing import NDArray

from structgen.errors import ArgumentError
from structgen.tokens.bitmasks import writable_bitmask

if TYPE_CHECKING:
    from structgen.automaton.machine import Machine
    from structgen.automaton.runtime import Scope
    from structgen.tokens.compiled import Engine
    from structgen.tokens.masks import MaskStore

__all__ = ["Matcher", "fill_bitmasks"]

_MAX_FORCED_BYTES = 4096


@cython.cclass
class Matcher:
    """Follows one sequence of tokens; made by ``CompiledGrammar.matcher``, used by one thread at a time."""

    _engine: Engine
    _scope: Scope | None
    _machine: Machine | None  # that of the engine, where one may step without a lock
    _store: MaskStore
    _texts: list[bytes | None]
    _places: cython.longlong[::1]
    _count: cython.Py_ssize_t
    _ended: cython.bint
    _reads_freely: cython.bint

    def __init__(self, engine: Engine, start: cython.longlong, scope: Scope | None) -> None:
        self._engine = engine
        self._scope = scope  # only kept
        self._machine = cast("Machine", engine.machine) if engine.steps_freely else None
        self._store = engine.store
        self._texts = engine.texts
        self._places = np.zeros(64, np.int64).data
        self._places[0] = start
        self._count = 0
        self._ended = False
        self._reads_freely = engine.reads_freely

    @property
    def state(self) -> int:
        """The place as one integer; equal places of one grammar's matchers are equal integers."""
        return self._places[self._count]

    @property
    def tokens_accepted(self) -> int:
        """How many tokens ``rollback`` could take back."""
        return self._count

    def fill_bitmask(self, row: Any) -> None:
        """Write the tokens that may come next into ``row``.

        Bit ``id % 32`` of word ``id // 32`` is set where token ``id`` is allowed: the end-of-sequence tokens where the
        text may end here, none at all once it has ended.

        Parameters
        ----------
        row : int32 array or CPU tensor of shape (vocabulary.bitmask_words,)
            Overwritten whole. Must be C-contiguous and writable.

        Raises
        ------
        ArgumentError
            ``row`` is not such an array.
        LimitExceededError
            The automaton passed its bound on states; the matcher is unchanged.
        """
        try:
            if self._reads_freely and not self._ended:
                while not self._store.write_known(self._places[self._count], row):
                    self._engine.prepare(self._places[self._count])
                return
        except (ValueError, TypeError, BufferError):
            pass  # a tensor, or no bitmask at all: told apart below
        array = writable_bitmask(row, (self._store.words,))
        if self._ended:
            array[:] = 0
        else:
            self._engine.fill(self._places[self._count], array)

    def accept_token(self, token: cython.Py_ssize_t) -> bool:
        """Go on by one token; False, with the matcher unchanged, where the token is not allowed."""
        place: cython.longlong = self._places[self._count]
        if self._ended or token < 0 or token >= len(self._texts):
            return False
        text = self._texts[token]
        if not text:
            if text is not None or not self._engine.is_accepting(place):
                return False
            self._ended = True
        else:
            place = self._engine.advance(place, text) if self._machine is None else self._machine.advance(place, text)
            if place < 0:
                return False
        if self._count + 1 == self._places.shape[0]:
            self._places = np.concatenate([self._places, np.zeros(self._count + 1, np.int64)]).data
        self._count += 1
        self._places[self._count] = place
        return True

    def is_accepting(self) -> bool:
        """Whether the text so far is complete, so that an end-of-sequence token is allowed (or was taken)."""
        return self._ended or self._engine.is_accepting(self._places[self._count])

    def is_terminated(self) -> bool:
        """Whether an end-of-sequence token was accepted: nothing may follow."""
        return self._ended

    def fork(self) -> Matcher:
        """A second matcher at the same place, with the same past."""
        twin: Matcher = Matcher(self._engine, 0, self._scope)
        past = np.asarray(self._places)[: self._count + 1]
        twin._places = np.concatenate([past, np.zeros(64, np.int64)]).data
        twin._count = self._count
        twin._ended = self._ended
        return twin

    def rollback(self, tokens: cython.Py_ssize_t) -> None:
        """Take back the last ``tokens`` tokens.

        Raises
        ------
        ArgumentError
            ``tokens`` is negative or more than were accepted; the matcher is unchanged.
        """
        if tokens < 0 or tokens > self._count:
            raise ArgumentError(f"can't roll back {tokens} tokens", reason=f"{self._count} have been accepted")
        if tokens:
            self._count -= tokens
            self._ended = False

    def forced_bytes(self) -> bytes:
        """The bytes that every way to go on begins with, at most 4096; none where the text may end here."""
        forced = bytearray()
        place: cython.longlong = self._places[self._count]
        machine = self._engine.machine
        byte: cython.int
        if self._ended:
            return b""
        with self._engine.runtime.lock:
            while len(forced) < _MAX_FORCED_BYTES and not self._engine.is_accepting(place):
                byte = machine.sole_byte(place)
                if byte < 0:
                    break
                forced.append(byte)
                place = machine.advance(place, bytes((byte,)))
        return bytes(forced)

    def forced_tokens(self) -> list[int]:
        """The canonical tokens of ``forced_bytes``, as far as no allowed token crosses a boundary between two of them.

        Every continuation of the text begins with the bytes of these tokens, though a model might spell them by others.
        """
        forced = self.forced_bytes()
        if not forced:
            return []
        return self._engine.uncrossed(self._places[self._count], forced)


def fill_bitmasks(matchers: Sequence[Matcher], rows: Any) -> None:
    """``fill_bitmask`` for a batch: row i of ``rows`` for matcher i.

    Masks that are not ready yet are made on all cores, with the GIL released.

    Parameters
    ----------
    matchers : matchers of grammars that were compiled for one vocabulary
    rows : int32 array or CPU tensor of shape (len(matchers), vocabulary.bitmask_words)
        Overwritten whole. Must be C-contiguous and writable.

    Raises
    ------
    ArgumentError
        ``rows`` is not such an array, or the vocabularies differ.
    """
    if not matchers:
        return
    engine = _engine_of(matchers[0])
    array = writable_bitmask(rows, (len(matchers), engine.store.words))
    states = np.empty(len(matchers), np.int64)
    if _gather(matchers, engine, states):
        engine.fill_many(states, array)
        return
    batches: dict[int, tuple[Any, list[int]]] = {}
    for index, matcher in enumerate(matchers):
        own = _engine_of(matcher)
        if own.vocabulary is not engine.vocabulary and own.vocabulary != engine.vocabulary:
            raise ArgumentError("the matchers of one batch have different vocabularies")
        if matcher.is_terminated():
            array[index] = 0
        else:
            states[index] = matcher.state
            batches.setdefault(id(own), (own, []))[1].append(index)
    for own, indices in batches.values():
        part = np.zeros((len(indices), array.shape[1]), np.int32)
        own.fill_many(states[indices], part)
        array[indices] = part


@cython.cfunc
def _gather(matchers: Sequence[Matcher], engine: object, states: NDArray[np.int64]) -> cython.bint:
    """Write down the states of the matchers; False where they aren't all on their way in this engine."""
    numbers: cython.longlong[::1] = states
    index: cython.Py_ssize_t
    matcher: Matcher
    for index in range(len(matchers)):
        matcher = matchers[index]
        if matcher._engine is not engine or matcher._ended:
            return False
        numbers[index] = matcher._places[matcher._count]
    return True


def _engine_of(matcher: Matcher) -> Any:
    return matcher._engine

"""The masks of one grammar for one vocabulary: the counterpart of ``engine``, whose runtime reads the terminals."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Final

import cython
import numpy as np
from numpy.typing import NDArray

from structgen.automaton.runtime import Runtime
from structgen.errors import TokenizerError
from structgen.grammar.expressions import Grammar
from structgen.grammar.lexer import MAX_READINGS
from structgen.grammar.machine import MAX_STATES, GrammarMachine
from structgen.grammar.parser import MAX_STACK_SETS
from structgen.tokens.engine import MaskEngine
from structgen.tokens.mask_maker import MaskMaker
from structgen.tokens.masks import MaskStore
from structgen.tokens.vocabulary import Vocabulary

__all__ = ["GRAMMAR_MASK_BYTES", "RECENT_GRAMMARS", "GrammarEngine"]

GRAMMAR_MASK_BYTES: Final = 64 << 20
"""Bound on the memory of one grammar's ready masks."""

RECENT_GRAMMARS: Final = 4
"""So many grammars of a vocabulary are kept ready, though nobody may use them: servers compile the same ones again."""

_beginning = threading.Lock()


class GrammarEngine:
    """Made for one grammar. Everything that may add to its tables runs under the runtime's lock."""

    reads_freely: Final = bool(cython.compiled)
    steps_freely: Final = False

    def __init__(self, vocabulary: Vocabulary, build: Callable[[Runtime], GrammarMachine]) -> None:
        shared = MaskEngine.of(vocabulary)
        if shared.needs_completion:
            raise TokenizerError(
                "grammars need a vocabulary that has a token for each byte that occurs in it",
                reason="some bytes occur in longer tokens only",
                hint="a tokenizer with byte fallback",
            )
        self.vocabulary = vocabulary
        self.runtime = shared.runtime
        self.trie, self.texts, self.eos = shared.trie, shared.texts, shared.eos
        bits = np.zeros(32 * vocabulary.bitmask_words, np.uint8)
        bits[self.eos] = 1
        self._eos = np.packbits(bits, bitorder="little").view(np.int32)
        self.store = MaskStore(vocabulary.bitmask_words, GRAMMAR_MASK_BYTES)
        self._masks: dict[tuple[int, bool], int] = {}  # by share, and whether the text may end
        self._known = (0, 0)  # while these are the maker's epoch and the store's generation
        with self.runtime.lock:
            self.machine = build(self.runtime)
            self._maker = MaskMaker(
                self.machine,
                self.trie,
                vocabulary.bitmask_words,
                vocabulary.max_token_bytes,
                partial(_fill_inside_document, shared, ~self._eos),
            )

    @classmethod
    def begin(
        cls, vocabulary: Vocabulary, grammar: Grammar, build: Callable[[Grammar, Runtime], GrammarMachine]
    ) -> tuple[GrammarEngine, int, None]:
        """The engine of the same grammar if it was among the last that began, or else a new one; where texts begin; and
        nothing else to keep.

        Grammars are compared by identity.
        """
        recent = MaskEngine.of(vocabulary).recent
        with _beginning:
            found, engine = recent.pop(id(grammar), (None, None))
            if found is not grammar or engine.is_full():
                engine = cls(vocabulary, partial(build, grammar))
            recent[id(grammar)] = grammar, engine
            while len(recent) > RECENT_GRAMMARS:
                del recent[next(iter(recent))]
        return engine, engine.machine.start, None

    def is_full(self) -> bool:
        """Whether new texts should begin in a new engine."""
        machine = self.machine
        used = machine.states / MAX_STATES, machine.parser.sets / MAX_STACK_SETS, machine.lexer.readings / MAX_READINGS
        return self.runtime.is_full() or 2 * max(used) > 1

    def fill(self, state: int, row: NDArray[np.int32]) -> None:
        """Overwrite ``row`` with what ``state`` allows."""
        with self.runtime.lock:
            self.store.write(self.find(state), row)

    def prepare(self, state: int) -> None:
        """See to it that the mask of ``state`` is ready."""
        with self.runtime.lock:
            self.find(state)

    def fill_many(self, states: NDArray[np.int64], rows: NDArray[np.int32]) -> None:
        """Overwrite row i of ``rows`` with what state i allows."""
        for index, state in enumerate(states.tolist()):
            self.fill(state, rows[index])

    def advance(self, state: int, text: bytes) -> int:
        """The state after a token, or -1 where it is not allowed."""
        with self.runtime.lock:
            state = self.machine.advance(state, text)
            return state if state < 0 else self.machine.end_token(state)

    def is_accepting(self, state: int) -> bool:
        """Whether the text may end in ``state``."""
        with self.runtime.lock:
            return self.machine.is_accepting(state)

    def find(self, state: int) -> int:
        """The number of the state's mask in the store, made if need be. Valid under ``runtime.lock``."""
        mask = self.store.find(state)
        if mask < 0:
            epoch = self._maker.make_room()
            share = self._maker.share(self.machine.threads(state))
            may_end = self.machine.is_accepting(state)
            if not self.store.has_room(0, 1):
                self.store.clear()
            if self._known != (epoch, self.store.generation):
                self._known, self._masks = (epoch, self.store.generation), {}
            mask = self._masks.get((share, may_end), -1)
            if mask < 0:
                row = self._maker.bitmask(share)
                if may_end:
                    row |= self._eos
                mask = self._masks[share, may_end] = self.store.add_bitmask(row)
            self.store.remember(state, mask)
        return mask

    def uncrossed(self, state: int, text: bytes) -> list[int]:
        """The canonical tokens of ``text``, which ``state`` allows, up to the first an allowed token would cross."""
        tokens: list[int] = []
        start = 0
        with self.runtime.lock:
            threads = self.machine.threads(self.machine.advance(state, text))
            for token in self.vocabulary.encode(text):
                node = self.trie.find(0, text[start:])
                if node >= 0 and self._maker.allows_below(threads, node):
                    break
                tokens.append(token)
                start += len(self.texts[token] or b"")
        return tokens


def _fill_inside_document(shared: MaskEngine, others: NDArray[np.int32], document: int, row: NDArray[np.int32]) -> None:
    """Overwrite ``row`` with the tokens that may come in a state of JSON text, of ``others`` than what ends texts."""
    shared.fill(document, row)
    row &= others

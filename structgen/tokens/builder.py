# cython: annotation_typing=True
"""How the mask of one state is made; see ``engine`` for the three ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cython
import numpy as np
from numpy.typing import NDArray

from structgen.automaton.tables import DEAD, UNBOUNDED
from structgen.automaton.walk_trie import WalkTrie
from structgen.tokens.templates import resolve

if TYPE_CHECKING:
    from structgen.automaton.machine import Machine
    from structgen.automaton.runtime import Runtime
    from structgen.automaton.walker import Walker
    from structgen.tokens.completion import Completion
    from structgen.tokens.engine import MaskEngine

__all__ = ["MaskBuilder"]

_NONE: Final = np.zeros(0, np.int32)
_LOW_HALF: Final = 0xFFFFFFFF


@cython.cclass
class MaskBuilder:
    """Builds masks, one after the other; used by one thread at a time.

    Attributes
    ----------
    template : (control, high) or None
        The base of the mask: the inside of this template, up to ``high`` characters.
    removed, added : int32 arrays of token ids
        Taken from the base, and put on top. They may be the walker's own arrays: they last until the next mask.
    frames : int
        How many frames of the stack the mask depends on.
    any_context : bool
        False where the mask holds for this very state alone.
    """

    template: tuple[int, int] | None
    removed: NDArray[np.int32]
    added: NDArray[np.int32]
    frames: cython.int
    any_context: cython.bint
    walker: Walker
    _engine: MaskEngine
    _runtime: Runtime
    _machine: Machine
    _trie: WalkTrie
    _state: cython.longlong
    _stack: cython.longlong

    def __init__(self, engine: MaskEngine, walker: Walker) -> None:
        self._engine = engine
        self.walker = walker
        self._trie = engine.trie
        self._runtime = engine.runtime
        self._machine = engine.runtime.machine

    def build(self, state: cython.longlong, kind: cython.int) -> None:
        """Build the mask of ``state``, which is that of the control ``kind`` on the same stack."""
        self._begin(state)
        self._build(kind)
        self._end()

    def build_of(self, trie: WalkTrie, state: cython.longlong, kind: cython.int) -> None:
        """As ``build``, of the tokens of a trie alone."""
        self._begin(state)
        self._walk(trie, (cython.cast(cython.longlong, kind) << 32) | self._stack)
        self._end()

    def build_over(self, state: cython.longlong, kind: cython.int) -> None:
        """As ``build``: what to take from the mask of the fallback, and put on top."""
        self._begin(state)
        self._correct(kind)
        self._end()

    def _begin(self, state: cython.longlong) -> cython.void:
        self._state = state
        self._stack = state & _LOW_HALF
        self.template = None
        self.removed = _NONE
        self.frames = 0
        self.any_context = True
        self.walker.begin_walk(self._stack)

    def _end(self) -> cython.void:
        walker = self.walker
        state: cython.longlong = self._state
        accepting, frames = self._machine.accepting_frames(state)
        self.frames = max(self.frames, frames, walker.frames_used)
        if walker.unsure_count:
            self.any_context = False
            unsure = walker.unsure[: walker.unsure_count].tolist()
            walker.add(np.array([token for token in unsure if self._is_allowed(token)], np.int32))
        if accepting:
            walker.add(self._engine.eos)
        self.added = walker.found[: walker.found_count]

    def build_on(self, frames: cython.int) -> None:
        """Let the mask depend on so many frames at least; -1 where it holds for this very state alone."""
        self.frames = max(self.frames, frames)
        self.any_context = self.any_context and frames >= 0

    def keep(self, completion: Completion) -> None:
        """Drop the tokens after which this vocabulary can't complete the text."""
        base = _NONE
        if self.template is not None:
            control, high = self.template
            base = self._engine.template(control).inside_up_to(high)
            self.template = None
        tokens = np.union1d(np.setdiff1d(base, self.removed), self.added)
        self.removed, self.any_context = _NONE, False
        self.added = np.array([token for token in tokens.tolist() if completion.allows(self._state, token)], np.int32)

    def _build(self, kind: cython.int) -> cython.void:
        template_of, fallback, inside, space = self._machine.mask_sources(kind)
        state: cython.longlong = (cython.cast(cython.longlong, kind) << 32) | self._stack
        if fallback:
            self._inside(fallback, 0, UNBOUNDED)
            self._correct(kind)
        elif template_of:
            low, high = self._machine.bounds(kind)
            self._inside(template_of, low, high)
        elif inside and self._machine.bounds(kind)[1] == UNBOUNDED:
            self.template = inside, UNBOUNDED
            self._walk(self._engine.template(inside).leaving, state)
        else:
            spaced: cython.longlong = state if space else self._machine.spaced(state)
            if spaced >= 0:
                if not space:
                    self.frames = 1
                    space = self._machine.space_of(spaced >> 32)
                self.template = space, UNBOUNDED
                for exit in self._engine.template(space).exits:
                    self._walk(exit.rests, spaced)
            self._walk(self._trie, state, spaced >= 0 and spaced != state)

    def _inside(self, control: cython.int, low: cython.int, high: cython.int) -> cython.void:
        template = self._engine.template(control)
        self.template = control, UNBOUNDED
        if high != UNBOUNDED:
            beyond = template.inside_beyond(high)
            if len(beyond) > self._engine.store.words:
                self.template = control, high
            else:
                self.removed = beyond
        for exit in template.exits:
            self.frames = max(self.frames, 1)
            outside = self._returned(control, exit.result)
            if outside >= 0:
                before = self.walker.found_count
                self.walker.add(exit.whole)
                self._walk_rests(exit.rests, outside)
                if low or high != UNBOUNDED:
                    self.walker.keep_within(before, template.characters, low, high)

    def _returned(self, control: cython.longlong, result: cython.int) -> cython.longlong:
        return self._machine.returned((control << 32) | self._stack, result)

    def _walk_rests(self, trie: WalkTrie, state: cython.longlong) -> cython.void:
        """Walk what tokens go on with after they left a terminal; that may begin with the space of ``state``."""
        if trie.size > 1:
            self.walker.use_trie(trie)
            self.walker.add_task(1, trie.size, state)
            resolve(self.walker, self._runtime)

    def _walk(self, trie: WalkTrie, state: cython.longlong, spaced: cython.bint = False) -> cython.void:
        """Walk a trie, less what begins with the space of ``state``, which is in a template of its own."""
        walker = self.walker
        walker.use_trie(trie)
        self._machine.describe(state >> 32)
        walker.add_root(state, spaced)
        resolve(walker, self._runtime)

    def _is_allowed(self, token: int) -> bool:
        return self._machine.advance(self._state, self._engine.texts[token] or b"") >= 0

    def _correct(self, control: cython.int) -> cython.void:
        """Follow the own edges of ``control``, over a fallback whose mask is there, from the root of the trie.

        What GOTO edges lead to is allowed, as it is by the fallback, where that goes on too; all other edges decide
        anew about the tokens under them.
        """
        walker, arrays = self.walker, self._runtime.tables.arrays
        by_fallback = walker.found_count
        walker.use_trie(self._engine.trie)
        self._machine.describe(control)
        unknown = walker.correct(control, self._stack)
        while unknown:
            child, own, edge = unknown.pop()
            if edge:
                outside: cython.longlong = max(self._returned(own, int(arrays["edge_aux"][edge])), DEAD)
                walker.replace(child, outside >> 32, outside & _LOW_HALF)
                continue
            self._machine.describe(own)
            if arrays["fallback"][own]:
                unknown += walker.correct(own, self._stack, child)
            else:
                walker.replace(child, own, self._stack)
        resolve(walker, self._runtime)
        if walker.removed_count:
            self.removed = walker.removed[: walker.removed_count]
            walker.drop(by_fallback, self.removed, self._engine.marks)

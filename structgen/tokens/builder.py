"""How the mask of one state is made; see ``engine`` for the three ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from structgen.automaton.machine import Walker
from structgen.automaton.tables import POP, TEMPLATE, UNBOUNDED
from structgen.tokens.templates import Template, WalkTrie, resolve

if TYPE_CHECKING:
    from structgen.tokens.completion import Completion
    from structgen.tokens.engine import MaskEngine

__all__ = ["MaskBuilder"]

_NONE: Final = np.zeros(0, np.int32)
_LOW_HALF: Final = 0xFFFFFFFF


class MaskBuilder:
    """Builds the mask of ``state`` on construction.

    Attributes
    ----------
    template : (control, high) or None
        The base of the mask: the inside of this template, up to ``high`` characters.
    removed, added : int32 arrays of token ids
        Taken from the base, and put on top.
    frames : int
        How many frames of the stack the mask depends on.
    any_context : bool
        False where the mask holds for this very state alone.
    """

    def __init__(self, engine: MaskEngine, state: int, kind: tuple[int, int, int]) -> None:
        self._engine = engine
        self._runtime = engine.runtime
        self._arrays = engine.runtime.tables.arrays
        self._state = state
        self._stack = state & _LOW_HALF
        self._parts: list[NDArray[np.int32]] = []
        self.template: tuple[int, int] | None = None
        self.removed = _NONE
        self.frames = 0
        self.any_context = True
        with engine.walker() as walker:
            self._build(walker, kind)
        accepting, frames = self._runtime.machine.accepting_frames(state)
        self.frames = max(self.frames, frames)
        if accepting:
            self._parts.append(engine.eos)
        self.added = _joined(self._parts)

    @property
    def size(self) -> int:
        """How many ids the mask keeps."""
        return len(self.removed) + len(self.added)

    def keep(self, completion: Completion) -> None:
        """Drop the tokens after which this vocabulary can't complete the text."""
        base = _NONE
        if self.template is not None:
            control, high = self.template
            template = self._engine.template(control)
            base = template.inside if high == UNBOUNDED else template.inside_up_to(high)
            self.template = None
        tokens = np.union1d(np.setdiff1d(base, self.removed), self.added)
        self.removed, self.any_context = _NONE, False
        self.added = np.array([token for token in tokens.tolist() if completion.allows(self._state, token)], np.int32)

    def _build(self, walker: Walker, kind: tuple[int, int, int]) -> None:
        control, low, high = kind
        flags, fallback = self._arrays["flags"], int(self._arrays["fallback"][control])
        if flags[control] & TEMPLATE:
            self._inside(walker, control, low, high)
        elif fallback and flags[fallback] & TEMPLATE:
            self._inside(walker, fallback, 0, UNBOUNDED)
            by_fallback, self._parts = self._parts, []
            removed: list[NDArray[np.int32]] = []
            self._correct(walker, control, 0, removed)
            self.removed = _joined(removed)
            self._parts.append(np.setdiff1d(_joined(by_fallback), self.removed))
        else:
            state = self._state if high != UNBOUNDED or low else control << 32 | self._stack
            space = int(self._arrays["space"][control])
            if space:
                template = self._engine.template(space)
                self._parts.append(template.inside)
                for exit in template.exits:
                    self.walk(walker, exit.rests, state)
            self.walk(walker, self._engine.trie, state)

    def _inside(self, walker: Walker, control: int, low: int, high: int) -> None:
        template = self._engine.template(control)
        beyond = template.inside_beyond(high)
        if len(beyond) > self._engine.store.words:
            self.template = control, high
        else:
            self.template = control, UNBOUNDED
            self.removed = beyond
        for exit in template.exits:
            self.frames = max(self.frames, 1)
            outside = self._runtime.machine.returned(control << 32 | self._stack, exit.result)
            if outside >= 0:
                before = len(self._parts)
                self._parts.append(exit.whole)
                self.walk(walker, exit.rests, outside)
                if low or high != UNBOUNDED:
                    self._parts[before:] = [_within(part, template, low, high) for part in self._parts[before:]]

    def walk(self, walker: Walker, trie: WalkTrie, state: int, subtree: tuple[int, int] | None = None) -> None:
        """Add the tokens of ``trie``, or of sibling subtrees of it, that ``state`` allows."""
        walker.use_trie(trie)
        walker.begin_walk(self._stack)
        if subtree is None:
            self._runtime.describe(state >> 32)
            walker.add_root(state)
        else:
            walker.add_task(*subtree, state)
        resolve(walker, self._runtime)
        self.frames = max(self.frames, walker.frames_used)
        if walker.found_count:
            self._parts.append(walker.found[: walker.found_count].copy())
        if walker.unsure_count:
            self.any_context = False
            unsure = walker.unsure[: walker.unsure_count].tolist()
            self._parts.append(np.array([token for token in unsure if self._is_allowed(token)], np.int32))

    def _is_allowed(self, token: int) -> bool:
        text = self._engine.vocabulary.token_bytes(token) or b""
        return self._runtime.machine.advance(self._state, text) >= 0

    def _correct(self, walker: Walker, control: int, node: int, removed: list[NDArray[np.int32]]) -> None:
        """Follow the own edges of ``control``, which has a fallback, through the trie below ``node``.

        What GOTO edges lead to is inside, as it is for the fallback; other edges decide anew about all tokens under them.
        """
        trie, arrays = self._engine.trie, self._arrays
        self._runtime.describe(control)
        walker.use_trie(trie)
        pending = walker.correct(control, node)
        while pending:
            child, own, edge = pending.pop()
            if not edge:
                self._runtime.describe(own)
                walker.use_trie(trie)
                pending += walker.correct(own, child)
                continue
            end = int(trie.subtree_end[child])
            removed.append(trie.order[trie.token_begin[child] : trie.token_begin[end]])
            if arrays["edge_op"][edge] == POP:
                self.frames = max(self.frames, 1)
                outside = self._runtime.machine.returned(own << 32 | self._stack, int(arrays["edge_aux"][edge]))
                if outside >= 0:
                    self._parts.append(trie.order[trie.token_begin[child] : trie.token_begin[child + 1]])
                    self.walk(walker, trie, outside, (child + 1, end))


def _joined(parts: list[NDArray[np.int32]]) -> NDArray[np.int32]:
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else _NONE


def _within(ids: NDArray[np.int32], template: Template, low: int, high: int) -> NDArray[np.int32]:
    characters = template.characters[ids]
    return ids[(characters >= low) & (characters <= high)]

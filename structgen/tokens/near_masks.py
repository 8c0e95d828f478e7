# cython: annotation_typing=True
"""Masks of states in strings, made from masks of other states that few tokens tell from them.

* A control that counts characters beside a pattern: the pattern's own mask, but for tokens that are long enough to meet
  the bound.
* Names that are told apart from those that a pattern reads: the pattern's mask, but for what begins as they do.
* A control that counts loops of several characters: the mask that most such counts have, if the least and the most of
  them agree about every token.
* Any other control in the middle of a string: a mask of the same control elsewhere, or of one that counts less, but for
  long tokens and those that end the string (``outliers``).

Used under the runtime's lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cython
import numpy as np
from numpy.typing import NDArray

from structgen.tokens.outliers import Outliers, TokenSubset
from structgen.tokens.scans import allow, forbid

if TYPE_CHECKING:
    from structgen.automaton.machine import Machine
    from structgen.tokens.engine import MaskEngine
    from structgen.tokens.masks import MaskStore

__all__ = ["NearMasks"]

_LOW_HALF: Final = 0xFFFFFFFF
_MANY_TOKENS: Final = 2000  # of a mask: fewer are found sooner than such a mask is taken over
_FEW: Final = -1


@cython.cclass
class NearMasks:
    """The masks that an engine's states in strings take over."""

    _engine: MaskEngine
    _machine: Machine
    _store: MaskStore
    _outliers: Outliers
    _most: cython.int
    _row: NDArray[np.int32]  # to work on
    _bits: NDArray[np.uint32]  # the same
    _known: dict[int, int]  # of kinds in a string: a mask of that kind; _FEW where it has few tokens
    _first: dict[int, int]  # of controls with fewer counts: the first kind that they were near to

    def __init__(self, engine: MaskEngine, outliers: Outliers) -> None:
        self._engine = engine
        self._machine = engine.runtime.machine
        self._store = engine.store
        self._outliers = outliers
        self._most = outliers.most
        self._row = np.zeros(engine.vocabulary.bitmask_words, np.int32)
        self._bits = self._row.view(np.uint32)
        self._known = {}
        self._first = {}

    def make(self, state: cython.longlong, kind: cython.int) -> int:
        """The number of the mask of ``state``; -1 where it has to be made by itself."""
        machine = self._machine
        fallback = machine.quoted_fallback(kind)
        if fallback:
            return self._make_over(state, kind, fallback)
        if not machine.is_quoted(kind):
            return -1
        if machine.is_counted(kind):
            low, high = machine.bounds(kind)
            span = high - machine.reserve_of(kind)
            if not low and span >= self._most:
                return self._make_bounded(state, kind, self._outliers.longer(span))
        near = self._near(kind)
        settled = self._settled(state, kind, near)
        if settled >= 0:
            return settled
        other = self._other(state, kind, near)
        return -1 if other < 0 else self._make_inside(state, kind, other)

    def note(self, kind: cython.int, mask: cython.int, count: cython.Py_ssize_t) -> None:
        """Note a mask that was made by itself, of so many tokens."""
        if self._machine.is_quoted(kind):
            self._known[kind] = mask if count >= _MANY_TOKENS else _FEW

    def forget(self) -> None:
        """The masks made so far are void."""
        self._known.clear()

    def _other(self, state: cython.longlong, kind: cython.int, near: cython.int) -> int:
        """A mask that is that of ``state`` but for outliers; -1 where there is none, or one of few tokens.

        It is one of the same kind, or of one that counts less.
        """
        known = self._known.get(kind)
        if known is not None:
            return known
        if not near:
            return -1
        mask = self._engine.find((cython.cast(cython.longlong, near) << 32) | (state & _LOW_HALF))
        return self._known.get(self._machine.mask_kind(near), mask)

    def _near(self, kind: cython.int) -> int:
        """A control with fewer counts that tokens other than outliers don't tell from ``kind``; 0 for none."""
        machine, most = self._machine, self._most
        if machine.is_counted(kind):
            return machine.base_of(kind) if machine.bounds(kind)[1] >= most + machine.reserve_of(kind) else 0
        return self._engine.runtime.near(kind, most)

    def _settled(self, state: cython.longlong, kind: cython.int, near: cython.int) -> int:
        """The mask that ``kind`` shares with all that count as much or more; -1 where there is none, or none is known.

        One count alone has its mask made by itself: this takes a mask more.
        """
        if not near or self._machine.is_counted(kind) or self._first.setdefault(near, kind) == kind:
            return -1
        tight = self._engine.runtime.tight(kind, self._most)
        if not tight or tight == kind:
            return -1
        generation = self._store.generation
        most, frames = self._with_frames((cython.cast(cython.longlong, near) << 32) | (state & _LOW_HALF))
        least, others = self._with_frames((cython.cast(cython.longlong, tight) << 32) | (state & _LOW_HALF))
        if most != least or frames < 0 or others < 0 or generation != self._store.generation:
            return -1
        self._engine.keep_mask(state, kind, most, max(frames, others))
        return most

    def _make_inside(self, state: cython.longlong, kind: cython.int, other: cython.int) -> int:
        subset = self._outliers.all
        builder = self._engine.spare_builder()
        builder.build_of(subset.trie, state, kind)
        self._store.write(other, self._row)
        subset.replace(self._row, builder.added)
        mask = self._engine.keep_row(state, kind, builder, self._row)
        self._known.setdefault(kind, mask)
        return mask

    def _make_bounded(self, state: cython.longlong, kind: cython.int, subset: TokenSubset) -> int:
        machine = self._machine
        other, frames = self._with_frames(
            (cython.cast(cython.longlong, machine.base_of(kind)) << 32) | (state & _LOW_HALF)
        )
        builder = self._engine.spare_builder()
        builder.build_of(subset.trie, state, kind)
        builder.build_on(frames)
        self._store.write(other, self._row)
        subset.replace(self._row, builder.added)
        return self._engine.keep_row(state, kind, builder, self._row)

    def _make_over(self, state: cython.longlong, kind: cython.int, fallback: cython.int) -> int:
        machine = self._machine
        if self._known.get(machine.mask_kind(fallback)) == _FEW:
            return -1
        other, frames = self._with_frames((cython.cast(cython.longlong, fallback) << 32) | (state & _LOW_HALF))
        if self._known.get(machine.mask_kind(fallback)) == _FEW:
            return -1
        builder = self._engine.spare_builder()
        builder.build_over(state, kind)
        builder.build_on(frames)
        self._store.write(other, self._row)
        forbid(self._bits, builder.removed)
        allow(self._bits, builder.added)
        return self._engine.keep_row(state, kind, builder, self._row)

    def _with_frames(self, state: cython.longlong) -> tuple[int, int]:
        """The mask of a state, and how many frames it depends on; -1 where it holds for that very state alone."""
        mask = self._engine.find(state)
        kind = self._machine.mask_kind(state >> 32)
        key = self._machine.mask_key(kind, state & _LOW_HALF)
        if key < 0 or self._store.find(key) != mask:
            return mask, -1
        return mask, self._machine.frames_of(kind)

# cython: annotation_typing=True
"""One vocabulary's masks: finds what a state allows, by template or by walk, and keeps it.

How a mask is made depends on the control:

* a terminal with a template: its inside, and the rests that the context's states allow;
* a control over such a fallback (a free key less the names that are taken): the fallback's mask, corrected where the
  control's own edges lead elsewhere, found by following those edges alone;
* a control in the middle of a string: the mask of one that few tokens tell from it (``near_masks``);
* any other: a walk of the trie, with the space before it, if any, from the space's template.

A mask depends on as many frames of the stack as some token can pop, so it is kept for those.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import cython
import numpy as np
from numpy.typing import NDArray

from structgen.automaton.machine import Machine
from structgen.automaton.runtime import EVERY_BYTE, Runtime, Scope
from structgen.automaton.tables import UNBOUNDED, WHOLE
from structgen.automaton.walk_trie import WalkTrie
from structgen.automaton.walker import Walker
from structgen.errors import TokenizerError
from structgen.tokens import cache
from structgen.tokens.builder import MaskBuilder
from structgen.tokens.completion import Completion, alphabet_of
from structgen.tokens.masks import MaskStore
from structgen.tokens.near_masks import NearMasks
from structgen.tokens.outliers import Outliers
from structgen.tokens.templates import (
    Template,
    build_template,
    resolve,
    template_arrays,
    template_from_arrays,
)
from structgen.tokens.vocabulary import Vocabulary

__all__ = ["DEFAULT_MASK_BYTES", "MaskEngine"]

DEFAULT_MASK_BYTES: Final = 256 << 20
"""Bound on the memory of one vocabulary's ready masks."""

_making: Final = threading.Lock()
_LOW_HALF: Final = 0xFFFFFFFF
_SHARED_FROM: Final = 8  # rows of a batch; fewer are written sooner than another thread begins
_CACHED_FROM: Final = 20_000  # tokens; templates of smaller vocabularies are made as quickly as they are read
_TEMPLATE_FORMAT: Final = 2
_MANY_STATES: Final = 1 << 16
"""The states of an engine after which new grammars get another one. What is kept for states slows down every collection
of garbage, so those of old grammars are let go of early."""


class _Vocables:
    """What all engines of a vocabulary have in common."""

    __slots__ = ("alphabet", "eos", "marks", "outliers", "templates", "texts", "trie")

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.alphabet = alphabet_of(vocabulary)
        self.trie = WalkTrie(vocabulary.trie.arrays())
        self.marks = np.zeros(vocabulary.size, np.uint8)
        # b"" where a token may never come, None where it ends the text
        self.texts: list[bytes | None] = [text or b"" for text in vocabulary.all_token_bytes()]
        for token in vocabulary.eos_token_ids:
            self.texts[token] = None
        self.eos = np.array(vocabulary.eos_token_ids, np.int32)
        self.templates: dict[str, Template] = {}
        self.outliers = Outliers(vocabulary)


@cython.cclass
class MaskEngine:
    """The masks of all grammars that were compiled for one vocabulary, over one runtime.

    Grammars share what they have in common, and let go of it together: after some hundred of them, new ones get a new
    engine, so that the old one goes with the last grammar that uses it.
    """

    vocabulary: Vocabulary
    runtime: Runtime
    machine: Machine
    store: MaskStore
    trie: WalkTrie
    marks: NDArray[np.uint8]
    texts: list[bytes | None]
    eos: NDArray[np.int32]
    needs_completion: cython.bint
    reads_freely: cython.bint
    steps_freely: cython.bint
    recent: dict[int, tuple[Any, Any]]  # grammars and their own engines, by identity
    _vocables: Any
    _completion: Any
    _builders: list[MaskBuilder]
    _templates: dict[int, Template]
    _template_rows: dict[tuple[int, int], int]
    _kinds: dict[tuple[int, int, int], int]
    _near: NearMasks

    def __init__(self, vocabulary: Vocabulary, predecessor: MaskEngine | None = None) -> None:
        self.vocabulary = vocabulary
        vocables = _Vocables(vocabulary) if predecessor is None else predecessor._vocables
        self._vocables = vocables
        alphabet = vocables.alphabet
        self.runtime = Runtime(vocabulary.max_token_bytes, EVERY_BYTE if alphabet is None else alphabet)
        self.machine = self.runtime.machine
        self.trie, self.marks, self.texts, self.eos = vocables.trie, vocables.marks, vocables.texts, vocables.eos
        self.store = MaskStore(vocabulary.bitmask_words, DEFAULT_MASK_BYTES)
        self._completion = Completion(self) if alphabet is None else None
        self.needs_completion = alphabet is None
        # compiled code runs from one Python call to the next without another thread
        self.reads_freely = self.steps_freely = bool(cython.compiled) and self._completion is None
        self._builders = []
        self._templates = {}
        self._template_rows = {}
        self._kinds = {}
        self._near = NearMasks(self, vocables.outliers)
        self.recent = {}

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> MaskEngine:
        """The engine that new grammars of this vocabulary join."""
        with _making:
            engine = vocabulary.engine
            if not isinstance(engine, cls):
                engine = vocabulary.engine = cls(vocabulary)
            elif engine.runtime.tables.controls > _MANY_STATES or engine.is_full():
                engine = vocabulary.engine = cls(vocabulary, engine)
            return engine

    @classmethod
    def begin(cls, vocabulary: Vocabulary, build: Callable[[Runtime], int]) -> tuple[MaskEngine, int, Scope]:
        """The engine that new grammars join, where the texts of a new one begin, and what to keep while they go on.

        Raises
        ------
        TokenizerError
            The vocabulary can't spell any text of the specification.
        """
        engine = cls.of(vocabulary)
        with engine.runtime.lock:
            scope = engine.runtime.begin()
            start = engine.runtime.start(engine.runtime.within(scope, build))
            if not engine._is_live(start):
                raise TokenizerError(
                    "the vocabulary can't spell any text of the specification",
                    reason="it has no tokens for some bytes that every such text needs",
                    hint="a tokenizer with byte fallback",
                )
            return engine, start, scope

    def is_full(self) -> bool:
        """Whether new texts should begin in a new engine."""
        return self.runtime.is_full()

    def fill(self, state: int, row: NDArray[np.int32]) -> None:
        """Overwrite ``row`` with what ``state`` allows."""
        with self.runtime.lock:
            self.store.write(self.find(state), row)

    def prepare(self, state: int) -> None:
        """See to it that the mask of ``state`` is ready."""
        with self.runtime.lock:
            self.find(state)

    def fill_many(self, states: NDArray[np.int64], rows: NDArray[np.int32]) -> None:
        """Overwrite row i of ``rows`` with what state i allows, on all cores."""
        known = np.zeros(len(states), np.uint8)
        threads = _cores() if len(states) >= _SHARED_FROM else 1
        with self.runtime.lock:
            self.store.write_many(states, rows, known, threads)
        missing = np.flatnonzero(known == 0).tolist()
        if not missing:
            return
        unknown = {int(states[index]) for index in missing}
        if len(unknown) > 1:
            list(_threads().map(self._find_beside, unknown))
        for index in missing:  # one by one: the store may be too small to hold all of them at once
            self.fill(int(states[index]), rows[index])

    def advance(self, state: int, text: bytes) -> int:
        """The state after a token, or -1 where it is not allowed."""
        with self.runtime.lock:
            state = self.runtime.machine.advance(state, text)
            if state >= 0 and self._completion is not None and not self._completion.can_finish(state):
                return -1
            return state

    def _is_live(self, start: int) -> bool:
        """Whether the vocabulary can spell any text from ``start``, where a specification begins."""
        machine = self.runtime.machine
        if not (machine.accepting_frames(start)[0] or machine.live_bytes(start, 1)):
            return False
        return self._completion is None or self._completion.can_finish(start)

    def is_accepting(self, state: int) -> bool:
        """Whether the text may end in ``state``."""
        if cython.compiled:
            return self.runtime.machine.accepting_frames(state)[0]
        with self.runtime.lock:
            return self.runtime.machine.accepting_frames(state)[0]

    def uncrossed(self, state: int, text: bytes) -> list[int]:
        """The canonical tokens of ``text``, which ``state`` allows, up to the first an allowed token would cross."""
        end = self.runtime.machine.advance(state, text)
        tokens: list[int] = []
        start = 0
        builder = self.spare_builder()
        walker = builder.walker
        for token in self.vocabulary.encode(text):
            node = self.trie.find(0, text[start:])
            if node >= 0 and self.trie.end(node) > node + 1:
                walker.use_trie(self.trie)
                walker.begin_walk(end & _LOW_HALF)
                walker.add_task(node + 1, self.trie.end(node), end)
                resolve(walker, self.runtime)
                if walker.found_count or walker.unsure_count:
                    break
            tokens.append(token)
            start += len(self.texts[token] or b"")
        self._builders.append(builder)
        return tokens

    def find(self, state: cython.longlong) -> int:
        """The number of the state's mask in the store, made if need be. Both under ``runtime.lock``."""
        mask = self._known(state)
        if mask >= 0:
            return mask
        return self._keep(state, self._built(state))

    def _find_beside(self, state: cython.longlong) -> None:
        """See to it that the mask of ``state`` is ready, beside other threads that do the same."""
        with self.runtime.lock:
            is_known = self._known(state) >= 0
        if not is_known:
            builder = self._built(state)
            with self.runtime.lock:
                self._keep(state, builder)

    def _known(self, state: cython.longlong) -> int:
        """The mask of ``state`` where it is that of a known state, or near to one; else -1."""
        mask = self.store.find(state)
        if mask >= 0:
            return mask
        machine = self.runtime.machine
        if machine.is_space(state):
            mask = self.find(machine.returned(state, WHOLE))
            self.store.remember(state, mask)
            return mask
        kind = self._kind(state >> 32)
        key = machine.mask_key(kind, state & _LOW_HALF)
        mask = self.store.find(key) if key >= 0 else -1
        if mask >= 0:
            self.store.remember(state, mask)
            return mask
        return -1 if self.needs_completion else self._near.make(state, kind)

    def _kind(self, control: cython.int) -> int:
        """The control for all whose masks are those of ``control``: that differ in nothing within a token's reach."""
        machine, reach = self.runtime.machine, self.runtime.reach
        kind = machine.mask_kind(control)
        if not machine.is_counted(control):
            return kind
        low, high = machine.bounds(control)
        is_far = high > reach + machine.reserve_of(control)
        if is_far and not low:
            return kind
        # An alias may need fewer characters to come to an end.
        key = kind if is_far else machine.base_of(control), min(low, reach + 1), UNBOUNDED if is_far else high
        found = self._kinds.get(key)
        if found is None:
            with self.runtime.lock:
                found = self._kinds[key] = machine.counted(key[0], key[1], key[2])
        return found

    def _built(self, state: cython.longlong) -> MaskBuilder:
        builder = self.spare_builder()
        builder.build(state, self._kind(state >> 32))
        if self._completion is not None:
            builder.keep(self._completion)
        return builder

    def spare_builder(self) -> MaskBuilder:
        """A builder that nobody uses; to be given back."""
        return self._builders.pop() if self._builders else MaskBuilder(self, self._new_walker())

    def _new_walker(self) -> Walker:
        tables, stacks = self.runtime.tables, self.runtime.stacks
        return Walker(tables, stacks, self.vocabulary.size, self.vocabulary.max_token_bytes)

    def keep_row(self, state: cython.longlong, kind: cython.int, builder: MaskBuilder, row: NDArray[np.int32]) -> int:
        """Keep ``row`` as the mask of ``state``, which ``builder`` was for; that may be used again."""
        if not self.store.has_room(0, 2):
            self._forget()
        mask = self.store.add_bitmask(row)
        self.keep_mask(state, kind, mask, builder.frames if builder.any_context else -1)
        self._builders.append(builder)
        return mask

    def keep_mask(self, state: cython.longlong, kind: cython.int, mask: cython.int, frames: cython.int) -> None:
        """Remember a mask in the store as that of ``state``, and of its kind on so many frames; -1 for this very state
        alone."""
        self.store.remember(state, mask)
        if frames >= 0:
            machine = self.runtime.machine
            machine.depends_on(kind, frames)
            self.store.remember(machine.mask_key(kind, state & _LOW_HALF), mask)

    def _keep(self, state: cython.longlong, builder: MaskBuilder) -> int:
        """Keep the mask that ``builder`` has built for ``state``."""
        added = builder.added
        removed, template = builder.removed, builder.template
        if not self.store.has_room(len(removed) + len(added), 2):
            self._forget()
        base = -1 if template is None else self._template_row(template[0], template[1])
        mask = self.store.add(base, removed, added)
        kind = self._kind(state >> 32)
        self.keep_mask(state, kind, mask, builder.frames if builder.any_context else -1)
        self._near.note(kind, mask, len(added))
        self._builders.append(builder)
        return mask

    def _template_row(self, control: cython.int, high: cython.int) -> int:
        row = self._template_rows.get((control, high))
        if row is None:
            template = self.template(control)
            row = self.store.add_row(template.inside_up_to(high))
            self._template_rows[control, high] = row
        return row

    def template(self, control: cython.int) -> Template:
        """The template of a TEMPLATE control, made on first use."""
        found = self._templates.get(control)
        if found is None:
            with self.runtime.lock:
                found = self._templates[control] = self._load_template(control)
        return found

    def _load_template(self, control: int) -> Template:
        """From another engine, or from the cache folder where it is large, if the template has a name."""
        name = self.runtime.template_names.get(control)
        template = None if name is None else self._vocables.templates.get(name)
        if template is not None:
            return template
        key = f"template {_TEMPLATE_FORMAT} {name} {self.vocabulary.fingerprint}"
        is_cached = name is not None and len(self.texts) >= _CACHED_FROM
        arrays = cache.load(key) if is_cached else None
        if arrays is not None:
            template = template_from_arrays(arrays)
        else:
            template = build_template(self._new_walker(), self.runtime, self.vocabulary, self.trie, control)
            if is_cached:
                cache.store(key, template_arrays(template))
        if name is not None:
            self._vocables.templates[name] = template
        return template

    def _forget(self) -> None:
        self.store.clear()
        self._template_rows.clear()
        self._near.forget()


@functools.cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_cores(), thread_name_prefix="structgen-masks")


@functools.cache
def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

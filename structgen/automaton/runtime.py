"""A runtime: one set of tables and the descriptions of its controls, shared by all specifications of a vocabulary.

A control is interned by a key, so that equal parts of different specifications are one control, and described by a
``State`` when a text or a mask first reaches it. Controls that no other specification can have are of a ``Scope``, and
what they mean is forgotten with it. All that a runtime holds is bounded by its ``capacity``; a new specification gets a
new runtime once half of it is used, so that old ones are freed with the last matcher that needs them.

Everything that may add to the tables runs under ``lock``; steps over what is there already need only the GIL.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Hashable
from typing import Any, Final, Protocol

import cython

from structgen.automaton.machine import Machine
from structgen.automaton.stacks import Stacks
from structgen.automaton.tables import NAME_BASE, Edge, Tables

__all__ = ["DEFAULT_CAPACITY", "EVERY_BYTE", "Counting", "Description", "Runtime", "Scope", "State"]

EVERY_BYTE: Final = frozenset(range(256))

DEFAULT_CAPACITY: Final = 1 << 20
"""Controls, and stacks, of one runtime: about 100 bytes each, paid only when used."""


class Description(Protocol):
    """What a control means."""

    def expand(self, runtime: Runtime, control: int) -> None:
        """Define the edges of ``control`` in ``runtime.tables``."""


class State(Description, Protocol):
    """What a control means that is pushed as a frame."""

    def returned(self, runtime: Runtime, frame: int, result: int) -> int:
        """The control that follows once what was pushed over ``frame``, which is of this state, has ended with
        ``result``; DEAD for none."""


class Counting(Protocol):
    """What a control means that counts."""

    def clamped(self, runtime: Runtime, reach: int) -> int:
        """A control that no text of at most ``reach`` bytes tells from this one, and that counts nothing beside it; 0
        where there is none but this one itself."""

    def tightened(self, runtime: Runtime, reach: int) -> int:
        """A control of some of this one's texts, so that what it and `clamped` agree on holds for this one; 0 where
        there is none."""


@cython.cclass
class Scope:
    """Controls by key, and what they mean: those of one specification, or those that all may share.

    Whoever follows texts of a specification keeps its scope: no text of another one leads to these controls.
    """

    controls: dict[Hashable, int]
    _number: cython.int
    _tables: Tables
    _states: dict[int, State]
    _passing: dict[int, Description]

    def __init__(self, number: int, tables: Tables) -> None:
        self.controls = {}
        self._number = number
        self._tables = tables
        self._states = {}
        self._passing = {}

    def add(self, key: Hashable, state: State) -> int:
        """A new control with this key; ``state`` describes it on first use."""
        control = self.controls[key] = self.add_state(state)
        return control

    def add_state(self, state: State) -> int:
        """A new control without a key."""
        control = self._allocate(0)
        self._states[control] = state
        return control

    def add_passing(self, state: Description, flags: int = 0) -> int:
        """A new control that nothing returns to but spaces; ``state`` describes it, and is then forgotten."""
        control = self._allocate(flags)
        self._passing[control] = state
        return control

    def describe(self, runtime: Runtime, control: int) -> None:
        """Define the edges of one of the controls."""
        state = self._passing.pop(control, None)
        if state is None:
            self._states[control].expand(runtime, control)
            return
        try:
            state.expand(runtime, control)
        except BaseException:
            self._passing[control] = state
            raise

    def returned(self, runtime: Runtime, frame: int, result: int) -> int:
        """As `State.returned`, of one of the controls."""
        return self._states[frame].returned(runtime, frame, result)

    def _allocate(self, flags: cython.int) -> cython.int:
        control: cython.int = self._tables.allocate()
        self._tables.scope[control] = self._number
        if flags:
            self._tables.flags[control] = flags
        return control


@cython.cclass
class Runtime:
    """``reach`` is the length in bytes of the longest token: how far ahead of a state a mask can look.

    ``alphabet`` holds the bytes that texts may use: those that the vocabulary can spell. ``scope`` is that of what is
    being described, ``shared`` what all have in common.
    """

    reach: cython.int
    alphabet: frozenset[int]
    tables: Tables
    stacks: Stacks
    machine: Machine
    lock: Any  # a lock that its holder may take again
    scope: Scope
    shared: Scope
    controls: dict[Hashable, int]  # of the shared scope
    results: dict[Hashable, int]
    template_names: dict[int, str]  # of templates that are worth keeping between processes
    _scopes: dict[int, weakref.KeyedRef[int, Scope]]  # by number, for as long as somebody keeps them
    _forget: Any
    _count: cython.int
    _meanings: dict[int, Hashable]
    _counting: dict[int, Counting]

    def __init__(self, reach: int, alphabet: frozenset[int] = EVERY_BYTE, capacity: int = DEFAULT_CAPACITY) -> None:
        self.reach = reach
        self.alphabet = alphabet
        self.tables = Tables(capacity)
        self.stacks = Stacks(capacity)
        self.machine = Machine(self.tables, self.stacks, self)
        self.lock = threading.RLock()
        self.scope = self.shared = Scope(0, self.tables)
        self.controls = self.shared.controls
        self.results = {}
        self.template_names = {}
        scopes: dict[int, weakref.KeyedRef[int, Scope]] = {}
        self._scopes = scopes
        self._forget = lambda reference: scopes.pop(reference.key, None)
        self._count = 0
        self._meanings = {}
        self._counting = {}

    def begin(self) -> Scope:
        """A new scope, for one specification."""
        with self.lock:
            self._count += 1
            scope = Scope(self._count, self.tables)
            self._scopes[self._count] = weakref.KeyedRef(scope, self._forget, self._count)
            return scope

    def within(self, scope: Scope, build: Callable[[Runtime], int]) -> int:
        """What ``build`` makes of this runtime while ``scope`` is the one that controls are added to."""
        outer, self.scope = self.scope, scope
        try:
            return build(self)
        finally:
            self.scope = outer

    def add(self, key: Hashable, state: State) -> int:
        """A new control with this key that specifications share; ``state`` describes it on first use."""
        return self.shared.add(key, state)

    def add_passing(self, state: Description, flags: int = 0) -> int:
        """A new control that specifications share and nothing returns to but spaces; ``state`` describes it, and is
        then forgotten."""
        return self.shared.add_passing(state, flags)

    def keep_counting(self, control: int, state: Counting) -> None:
        """``state`` is asked for what ``near`` and ``tight`` tell of ``control``."""
        self._counting[control] = state

    def near(self, control: int, reach: int) -> int:
        """A control that no text of at most ``reach`` bytes tells from ``control``, with fewer counts; 0 for none."""
        state = self._counting.get(control)
        return 0 if state is None else state.clamped(self, reach)

    def tight(self, control: int, reach: int) -> int:
        """A control of some of the texts of ``control``, so that what it and ``near`` agree on holds for ``control``; 0
        for none."""
        state = self._counting.get(control)
        return 0 if state is None else state.tightened(self, reach)

    def result(self, meaning: Hashable) -> int:
        """A result number (2 or more) that stands for ``meaning``."""
        number = self.results.get(meaning)
        if number is None:
            number = self.results[meaning] = len(self.results) + 2
            self._meanings[number] = meaning
        return number

    def meaning(self, result: int) -> Hashable:
        """What ``result`` stands for: the text, where it is a recorded one."""
        if result >= NAME_BASE:
            return self.tables.recorded_text(result - NAME_BASE)
        return self._meanings[result]

    def is_full(self) -> bool:
        """Whether new texts should begin in a new runtime."""
        return self.tables.is_full() or 2 * self.stacks.count > self.stacks.capacity

    def start(self, control: int) -> int:
        """The packed state of a text that begins in ``control`` and ends when that returns."""
        return (cython.cast(cython.longlong, control) << 32) | self.stacks.push(0, 1)

    def edges(self, control: int) -> list[Edge]:
        """The control's own edges."""
        self.machine.describe(control)
        own = self.tables
        first = own.edge_begin[control]
        return [
            (own.edge_lo[row], own.edge_hi[row], own.edge_op[row], own.edge_target[row], own.edge_aux[row])
            for row in range(first, first + own.edge_count[control])
        ]

    def expand(self, control: int) -> None:
        with self.lock:
            if self.machine.is_described(control):
                return
            outer, self.scope = self.scope, self._scope_of(control)
            try:
                self.scope.describe(self, control)
            finally:
                self.scope = outer

    def returned(self, frame: int, result: int) -> int:
        with self.lock:
            outer, self.scope = self.scope, self._scope_of(frame)
            try:
                target = self.scope.returned(self, frame, result)
            finally:
                self.scope = outer
            self.tables.add_return(frame, result, target)
            return target

    def _scope_of(self, control: cython.int) -> Scope:
        number: cython.int = self.tables.scope[control]
        if not number:
            return self.shared
        scope: Scope | None = self._scopes[number]()
        if scope is None:
            raise AssertionError("a scope lasts as long as the texts that lead into it")
        return scope

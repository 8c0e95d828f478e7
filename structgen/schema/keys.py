"""The names of an object's next property as controls.

A name that is told apart returns with a result of its own, or stops at its closing quote where it may never come.
Where other names may come too, the told ones lie over the control that reads those: each control knows the told names'
bytes, and falls back to that control for all others. Told names are kept in a persistent tree, so that an object of
many names costs each of them its own bytes alone.

The controls of a name's tail are shared by all objects with that name, since what follows is on the stack.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import cython

from structgen.automaton.runtime import Runtime
from structgen.automaton.tables import ANY_NAME, GOTO, NAME_BASE, POP, RECORD, STOP, WHOLE, Edge
from structgen.errors import LimitExceededError
from structgen.regex.automaton import any_name
from structgen.regex.spelling import Spelling, spell

__all__ = ["NameTree", "free_names", "kinds_of", "name_of", "told_names", "tree_of"]

_MAX_SPELLINGS: Final = 1024
_NEVER: Final = -1  # the result of a name that may not come

_Told = tuple[bytes, int]
"""The bytes of a name from here on, with its closing quote, and its result."""


@cython.no_gc
@cython.cclass
class NameTree:
    """Told names by their bytes; never changed. A single name is kept whole, below where it branches off."""

    __slots__ = ("branches", "control", "fallback")

    def __init__(self, branches: dict[int, NameTree | _Told]) -> None:
        self.branches = branches
        # The last control that was asked for, and what it lies over: a tree mostly stands in one place, of one runtime.
        self.control = 0
        self.fallback = 0

    def with_name(self, runtime: Runtime, name: str, *, may_come: bool = True) -> NameTree:
        """The tree with one more name, or with a new result for one."""
        result = runtime.result(name) if may_come else _NEVER
        tree = self
        for text in _spellings(name):
            tree = tree._with_text(text, result)
        return tree

    def _with_text(self, text: bytes, result: int) -> NameTree:
        path: list[NameTree] = []
        node = self
        depth = 0
        while True:
            path.append(node)
            below = node.branches.get(text[depth])
            depth += 1
            if not isinstance(below, NameTree):
                break
            node = below
        leaf: NameTree | _Told = (text[depth:], result)
        if below is not None and below[0] != text[depth:]:
            leaf = _fork(below, (text[depth:], result))
        for node in reversed(path):
            depth -= 1
            leaf = NameTree({**node.branches, text[depth]: leaf})
        if isinstance(leaf, tuple):
            raise AssertionError("a path has a root")
        return leaf


def _fork(first: _Told, second: _Told) -> NameTree:
    """The tree of two different names."""
    shared = 0
    while first[0][shared] == second[0][shared]:
        shared += 1
    tree = NameTree({text[shared]: (text[shared + 1 :], result) for text, result in (first, second)})
    for depth in range(shared - 1, -1, -1):
        tree = NameTree({first[0][depth]: tree})
    return tree


def told_names(runtime: Runtime, allowed: Iterable[str]) -> int:
    """The control that reads one of these names and its closing quote."""
    return _branch(runtime, tree_of(runtime, allowed), 0)


def free_names(runtime: Runtime, tree: NameTree, others: int) -> int:
    """The control that reads a name of the tree, or one that ``others`` reads and records; with its closing quote."""
    if not tree.branches:
        return others
    if not tree.control or tree.fallback != others:
        tree.control = runtime.scope.add_passing(_BranchState(tree, others), RECORD)
        tree.fallback = others
    return tree.control


def tree_of(runtime: Runtime, names: Iterable[str]) -> NameTree:
    """The tree of these names."""
    tree = NameTree({})
    for name in names:
        result = runtime.result(name)
        for text in _spellings(name):
            _insert(tree, text, result)
    return tree


def _insert(tree: NameTree, text: bytes, result: int) -> None:
    """Put one more name into a tree that nobody has seen yet."""
    depth = 0
    while True:
        below = tree.branches.get(text[depth])
        if not isinstance(below, NameTree):
            leaf = (text[depth + 1 :], result)
            tree.branches[text[depth]] = leaf if below is None or below[0] == leaf[0] else _fork(below, leaf)
            return
        tree = below
        depth += 1


def kinds_of(runtime: Runtime, result: int, of: int) -> tuple[int, ...] | None:
    """Which of ``of`` expressions a recorded text is of that a walk can't tell; None where it is no such result."""
    if not ANY_NAME <= result < NAME_BASE:
        return None
    if result == ANY_NAME + WHOLE:
        return tuple(range(of))
    kinds: tuple[int, ...] = runtime.meaning(result - ANY_NAME)  # type: ignore[assignment]
    return kinds


def name_of(runtime: Runtime, result: int) -> str:
    """The name that a result stands for, unless a walk can't tell."""
    meaning = runtime.meaning(result)
    if isinstance(meaning, bytes):
        return str(json.loads(b'"' + meaning + b'"'))
    return str(meaning)


@lru_cache(maxsize=65536)
def _spellings(name: str) -> tuple[bytes, ...]:
    """The bytes of a name with its closing quote, in every case of the hexadecimal digits of its escapes."""
    parts: list[tuple[bytes, ...]] = []
    for character in name if any(character < " " for character in name) else ():
        text = spell(character, Spelling.JSON)
        other = b"\\u" + text[2:].upper()
        parts.append((text, other) if text[:2] == b"\\u" and text != other else (text,))
    if not parts:
        return (spell(name, Spelling.JSON) + b'"',)
    if sum([len(part) > 1 for part in parts]) > 10:
        raise LimitExceededError(f"{_MAX_SPELLINGS} spellings of one property name", f"{name!r}")
    return tuple([b"".join(choice) + b'"' for choice in itertools.product(*parts)])


def _branch(runtime: Runtime, below: NameTree | _Told, fallback: int) -> int:
    if isinstance(below, NameTree):
        if not below.control or below.fallback != fallback:
            below.control = _path(runtime, below, fallback)
            below.fallback = fallback
        return below.control
    if not fallback or _is_plain(runtime, below[0], fallback):
        return _tail(runtime, below, fallback)
    text, result = below
    return runtime.scope.add_passing(_BranchState(NameTree({text[0]: (text[1:], result)}), fallback))


def _path(runtime: Runtime, tree: NameTree, fallback: int) -> int:
    """The control of a tree; the bytes that all its names share are a chain."""
    shared = bytearray()
    below: NameTree | _Told = tree
    while isinstance(below, NameTree) and len(below.branches) == 1:
        for byte, deeper in below.branches.items():
            shared.append(byte)
            below = deeper
    text = bytes(shared)
    if isinstance(below, tuple):
        text += below[0]
    if not text or (fallback and not _is_plain(runtime, text, fallback)):
        return runtime.scope.add_passing(_BranchState(tree, fallback))
    if isinstance(below, tuple):
        return _tail(runtime, (text, below[1]), fallback)
    return runtime.tables.chain(text, GOTO, _branch(runtime, below, fallback), 0, fallback)


def _is_plain(runtime: Runtime, text: bytes, fallback: int) -> bool:
    """Whether every byte of the text leaves the free string where it is."""
    return fallback == any_name(runtime) and text.isascii() and b"\\" not in text


def _tail(runtime: Runtime, told: _Told, fallback: int) -> int:
    """The one name that is left, as a chain."""
    key = ("name", told, fallback)
    control = runtime.controls.get(key)
    if control is None:
        text, result = told
        operation = STOP if result < 0 else POP
        control = runtime.controls[key] = runtime.tables.chain(text, operation, 0, max(result, 0), fallback)
    return control


@cython.no_gc
@cython.cclass
class _BranchState:
    """Where told names branch; they all have the bytes so far in common."""

    __slots__ = ("fallback", "tree")

    def __init__(self, tree: NameTree, fallback: int) -> None:
        self.tree = tree
        self.fallback = fallback

    def expand(self, runtime: Runtime, control: int) -> None:
        edges: list[Edge] = []
        for byte, below in sorted(self.tree.branches.items(), key=_byte):
            if isinstance(below, tuple) and not below[0]:  # the closing quote
                result = below[1]
                edges.append((byte, byte, STOP, 0, 0) if result < 0 else (byte, byte, POP, 0, result))
            else:
                beyond = _after(runtime, self.fallback, byte) if self.fallback else 0
                if beyond or _may_come(below):
                    edges.append((byte, byte, GOTO, _branch(runtime, below, beyond), 0))
        runtime.tables.define(control, edges, fallback=self.fallback)


def _may_come(below: NameTree | _Told) -> bool:
    """Whether any name below may come: else, where nothing else is read, nothing could follow."""
    if isinstance(below, NameTree):
        return any(_may_come(deeper) for deeper in below.branches.values())
    return below[1] >= 0


def _byte(item: tuple[int, NameTree | _Told]) -> int:
    return item[0]


def _after(runtime: Runtime, control: int, byte: int) -> int:
    """Where the free string goes from ``control`` with ``byte``."""
    if 0x20 <= byte < 0x80 and byte not in b'"\\' and control == any_name(runtime):
        return control
    for low, high, _, target, _ in runtime.edges(control):
        if low <= byte <= high:
            return target
    return 0

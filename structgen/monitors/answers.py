"""What may stand at a site: names as a trie over bytes, and the class of bytes that continue a name.

Node 0 is the root. A name ends where a byte follows that can't continue it; that byte leaves the site. An answer never
changes, so that masks are kept for each of its nodes.

Where names that no list has may stand too (a call's positional arguments), they run beside the trie in `Others`, which
is the same for every answer of its kind: what it allows is computed once for a vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from structgen.errors import ArgumentError, LimitExceededError

__all__ = [
    "ANY_NAME",
    "BEFORE_EQUALS",
    "BEFORE_NO_EQUALS",
    "BEFORE_NO_EQUALS_OPEN",
    "DEAD",
    "IDENTIFIER",
    "KEYWORD",
    "LEFT",
    "MAX_NAME_BYTES",
    "NOT_IDENTIFIER",
    "Answer",
    "Others",
]

DEAD = -1
LEFT = -2
MAX_NAME_BYTES = 1 << 20
"""Bound on the bytes of all names of one answer."""
IDENTIFIER = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") | frozenset(range(128, 256))
NOT_IDENTIFIER: Final = bytes(sorted(frozenset(range(256)) - IDENTIFIER))
_BLANKS: Final = b" \t"
_NO_STATE: Final = 4
_AT_ROOT, _AFTER_NAME = 1, 2  # classes of leaves; 0 is none, and from 3 on they are a name's own


class Others:
    """Any name, where a lone ``mark`` doesn't follow, or, if ``needs_mark``, only where it does.

    States: 0 nothing yet, 1 in a name, 2 blanks after it, 3 after the mark, 4 none: what is before the name goes on.
    A doubled mark is another word (``==``).
    """

    def __init__(self, mark: int | None, skips: bytes, *, needs_mark: bool = False, bars: bytes = b"") -> None:
        """``bars`` are bytes that may not stand in the name's place; without a ``mark``, anything may follow a name."""
        table = np.full((5, 256), DEAD if needs_mark else LEFT, np.int64)
        table[:2, sorted(IDENTIFIER)] = 1
        table[0, list(skips)] = 0
        table[1:3, list(_BLANKS)] = 2
        table[0, list(bars)] = DEAD
        if mark is not None:
            table[1:3, mark] = 3
            table[3] = LEFT if needs_mark else DEAD
            table[3, mark] = DEAD if needs_mark else LEFT
        table[_NO_STATE] = DEAD
        self._table = table
        self.may_end = (False,) * 5 if needs_mark else (True, True, True, False, False)

    def step(self, state: int, byte: int) -> int:
        """The state after ``byte``, LEFT or DEAD."""
        return int(self._table[state, byte])

    def steps(
        self, nodes: NDArray[np.int64], given: NDArray[np.uint8]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
        """As `Answer.steps`."""
        targets = self._table[nodes, given]
        return targets, targets >= 0, targets == LEFT


BEFORE_NO_EQUALS: Final = Others(ord("="), b" \t\r\n")
BEFORE_NO_EQUALS_OPEN: Final = Others(ord("="), b" \t\r\n", bars=b")")
ANY_NAME: Final = Others(None, b" \t\r\n", bars=b")")
BEFORE_EQUALS: Final = Others(ord("="), _BLANKS, needs_mark=True)
KEYWORD: Final = Others(ord("="), b" \t\r\n", needs_mark=True)


class Answer:
    """The names that may stand at a site.

    Attributes
    ----------
    names : tuple of bytes
        Sorted, without repetition; those with ends of their own too.
    others : Others or None
        Where other names may stand too: those that it allows.
    is_complete : bool array of shape (nodes,)
        Whether the text may end at the node.
    """

    def __init__(
        self,
        names: Iterable[str | bytes],
        *,
        continues: frozenset[int] = IDENTIFIER,
        skips: bytes = b"",
        exits: bytes = b"",
        ends: Mapping[str, bytes] | None = None,
        others: Others | None = None,
        may_be_absent: bool = False,
        open_after: bytes = b"",
        ignores_case: bool = False,
        exact: Iterable[str] = (),
        blanks: bytes = _BLANKS,
        gaps: Iterable[tuple[bytes, bytes]] = (),
    ) -> None:
        """Build the trie.

        Parameters
        ----------
        names : str or bytes, none of them empty
        continues : bytes that continue a name; any other is its boundary
        skips : bytes that may precede the name
        exits : bytes that may stand in the name's place, and leave the site
        ends : names that only some bytes may follow, each with those bytes
        blanks : what may stand between such a name and those bytes
        gaps : what may precede the name as ``skips`` may, by its beginning and its end, with any text in between;
            where the end is empty there is none
        others : what other names may stand too
        may_be_absent : whether the text may end before a name
        ignores_case : whether A to Z stand for a to z
        exact : names whose case counts all the same; none begins as another name does
        open_after : a beginning of names that are not listed: any of them may stand

        Raises
        ------
        ArgumentError
            A name is empty.
        LimitExceededError
            The names have more than ``MAX_NAME_BYTES`` bytes together.
        """
        free = {name.encode() if isinstance(name, str) else name for name in names}
        bound: dict[bytes, bytes] = {name.encode(): after for name, after in (ends or {}).items()}
        kept = {name.encode() for name in exact}
        if ignores_case:
            free = {name.lower() for name in free}
            bound = {name.lower(): after for name, after in bound.items()}
        free |= kept
        if open_after:
            free = {name for name in free if not name.startswith(open_after)} | {open_after}
        self.names = tuple(sorted(free | bound.keys()))
        if b"" in self.names:
            raise ArgumentError("a name at a site can't be empty")
        total = sum(map(len, self.names))
        if total > MAX_NAME_BYTES:
            raise LimitExceededError(f"{MAX_NAME_BYTES} bytes of names at a site", f"{total} bytes")
        self.others = others
        self._children: list[dict[int, int]] = [dict.fromkeys(skips, 0)]
        self._class = [_AT_ROOT]
        self._state = [0]
        rows = [bytearray(256), bytearray(256), bytearray(byte not in continues for byte in range(256))]
        for byte in exits:
            rows[_AT_ROOT][byte] = 1
        classes: dict[bytes, int] = {}
        for name in self.names:
            node = self._added(name, ignores_case and name not in kept)
            if name in free:
                self._class[node] = _AFTER_NAME
                continue
            after = bound[name]
            if after not in classes:
                classes[after] = len(rows)
                rows.append(bytearray(byte in after for byte in range(256)))
            self._class[node] = classes[after]
            blank = self._node(classes[after], state=2) if blanks else node
            for byte in blanks:
                self._children[node][byte] = self._children[blank][byte] = blank
        if open_after:
            node = self._added(open_after, False)
            self._children[node] = dict.fromkeys(sorted(continues), node)
        for begin, end in gaps:
            self._add_gap(begin, end)
        self._leaves = np.frombuffer(b"".join(rows), np.bool_).reshape(-1, 256)
        self._classes: NDArray[np.int64] = np.array(self._class)
        self._count = len(self._class)
        complete = [kind == _AFTER_NAME for kind in self._class]
        complete[0] = may_be_absent
        if others is not None:
            complete = [own or others.may_end[state] for own, state in zip(complete, self._state, strict=True)]
            complete += others.may_end
        self.is_complete: NDArray[np.bool_] = np.array(complete)
        children = self._children
        count = sum(map(len, children))
        keys = np.fromiter((node << 8 | byte for node, row in enumerate(children) for byte in row), np.int64, count)
        targets = np.fromiter((target for row in children for target in row.values()), np.int64, count)
        order = np.argsort(keys)
        self._edge_keys, self._edge_targets = keys[order], targets[order]

    def _node(self, leaves: int = 0, *, state: int = 1) -> int:
        self._children.append({})
        self._class.append(leaves)
        self._state.append(state)
        return len(self._class) - 1

    def _add_gap(self, begin: bytes, end: bytes) -> None:
        """Lead back to the root what ``begin`` begins and the first ``end`` after it ends."""
        node = 0
        for byte in begin[:-1]:
            row = self._children[node]
            node = row[byte] if byte in row else row.setdefault(byte, self._node(state=_NO_STATE))
        inside = [self._node(state=_NO_STATE) for _ in end] or [0]
        self._children[node][begin[-1]] = inside[0]
        for known in range(len(end)):  # bytes of the end that were read
            for byte in range(256):
                read = end[:known] + bytes([byte])
                longest = next(size for size in range(len(read), -1, -1) if read.endswith(end[:size]))
                self._children[inside[known]][byte] = 0 if longest == len(end) else inside[longest]

    def _added(self, name: bytes, folds: bool) -> int:
        node = 0
        for byte in name:
            row = self._children[node]
            target = row.get(byte, 0)  # a name that begins with a skipped byte takes that byte for itself
            if target == 0:
                target = row[byte] = self._node()
                if folds:
                    row[ord(chr(byte).upper()) if byte < 128 else byte] = target
            node = target
        return node

    def others_state(self, node: int) -> int:
        """The state of ``others`` at ``node``."""
        return node - self._count if node >= self._count else self._state[node]

    def has_names(self, node: int) -> bool:
        """Whether a listed name may still stand at ``node``."""
        return node < self._count

    def step(self, node: int, byte: int) -> int:
        """The node after ``byte``; LEFT where it ends the site, DEAD where it may not come."""
        if node < self._count:
            target = self._children[node].get(byte)
            if target is not None:
                return target
            if self._leaves[self._class[node], byte]:
                return LEFT
        if self.others is None:
            return DEAD
        state = self.others.step(self.others_state(node), byte)
        return state if state < 0 else self._count + state

    def forced(self, node: int) -> bytes:
        """The bytes that every way to go on from ``node`` begins with."""
        run = bytearray()
        if self.others is not None:
            return b""
        while not self.is_complete[node]:
            leaves = np.flatnonzero(self._leaves[self._class[node]]).tolist()
            ways = [*self._children[node].items(), *((byte, LEFT) for byte in leaves)]
            if len(ways) != 1 or ways[0][1] == node:
                break
            byte, node = ways[0]
            run.append(byte)
            if node == LEFT:
                break
        return bytes(run)

    def steps(
        self, nodes: NDArray[np.int64], given: NDArray[np.uint8]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
        """``step`` by the listed names alone, for many: the targets, which are nodes, and where the site is left."""
        keys = nodes * 256 + given
        places = np.minimum(np.searchsorted(self._edge_keys, keys), max(len(self._edge_keys) - 1, 0))
        found = self._edge_keys[places] == keys if len(self._edge_keys) else np.zeros(len(keys), np.bool_)
        targets = self._edge_targets[places] if len(self._edge_keys) else nodes
        left = self._leaves[self._classes[nodes], given]
        return targets, found, left & ~found

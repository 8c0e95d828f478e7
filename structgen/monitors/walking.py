"""A vocabulary's trie, walked together with an answer's.

Only nodes that both tries have are visited, a level at a time in numpy. Where a token leaves the site, its whole
subtree is taken; what may be triggered inside that subtree is judged by the caller.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from structgen.monitors.answers import Answer, Others
from structgen.monitors.monitor import Monitor
from structgen.tokens.vocabulary import Vocabulary

__all__ = ["Reach", "VocabularyIndex"]

_KEPT = 512  # walks; each holds a bitmask of up to 32 KB
_indices: WeakKeyDictionary[Vocabulary, VocabularyIndex] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """What a walk found: the tokens that stay in the site or leave it, and the nodes where it was left."""

    row: NDArray[np.int32]
    left: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Marks:
    """Nodes of the trie in its order, the monitor's shapes of their texts, and which of them come first."""

    nodes: NDArray[np.int64]
    shapes: list[bytes]
    ranks: list[int]


class VocabularyIndex:
    """Children, parents and trigger nodes of a vocabulary's trie; made once per vocabulary by ``of``."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        trie = vocabulary.trie
        self.words = vocabulary.bitmask_words
        self.byte, self.end = trie.byte, trie.subtree_end
        self.token_begin, self.order = trie.token_begin, trie.order
        count = len(trie)
        change = np.zeros(count + 1, np.int64)
        np.add.at(change, np.arange(1, count + 1), 1)
        np.add.at(change, self.end, -1)
        depth = np.cumsum(change)[:count]
        self.depth = depth
        by_depth = np.argsort(depth, kind="stable")
        keys = depth[by_depth] * count + by_depth
        inner = np.arange(1, count)
        self.parent = np.zeros(count, np.int64)
        self.parent[1:] = by_depth[np.searchsorted(keys, (depth[1:] - 1) * count + inner) - 1]
        self._children = np.argsort(self.parent[1:], kind="stable") + 1
        self._child_begin = np.zeros(count + 1, np.int64)
        np.cumsum(np.bincount(self.parent[1:], minlength=count), out=self._child_begin[1:])
        self._texts = vocabulary.all_token_bytes()
        self.all_tokens = self.row_of(self.order)
        self._triggers: dict[tuple[object, bool], _Marks] = {}
        self._closers: dict[object, _Marks] = {}
        self._reaches: OrderedDict[tuple[int, int, int], tuple[Answer | Others, Reach]] = OrderedDict()
        self._others: dict[tuple[Others, int], Reach] = {}

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> VocabularyIndex:
        index = _indices.get(vocabulary)
        if index is None:
            index = _indices[vocabulary] = cls(vocabulary)
        return index

    def text(self, node: int) -> bytes:
        """The bytes from the root to ``node``."""
        if self.token_begin[node] == self.token_begin[self.end[node]]:
            return b""  # the root of a trie without tokens
        below = self._texts[int(self.order[self.token_begin[node]])]
        assert below is not None, "tokens of the trie have bytes"
        return below[: int(self.depth[node])]

    def node(self, text: bytes) -> int | None:
        """The node that ``text`` leads to, if a token begins with it."""
        node = 0
        for byte in text:
            child = next((child for child in self.children(node) if self.byte[child] == byte), None)
            if child is None:
                return None
            node = child
        return node

    def triggers(self, monitor: Monitor, is_alert: bool, roots: tuple[int, ...]) -> list[tuple[int, bytes]]:
        """The nodes in the subtrees of ``roots`` that may open a site and have tokens below, with their shapes.

        The shortest first: a trigger that stands alone, then those that a token has other bytes before; of these the
        one that most tokens go on after, since questions are few (a blank, not a tab, before an imported name).
        """
        marks = self._triggers.get((monitor.key, is_alert))
        if marks is None:
            nodes = self._ending_with(monitor.triggers)
            nodes = nodes[self.end[nodes] > nodes + 1]
            may_open = [monitor.may_open(self.text(node), is_alert) for node in nodes.tolist()]
            marks = self._triggers[monitor.key, is_alert] = self._marks(monitor, nodes[np.array(may_open, np.bool_)])
        return self._inside(marks, roots)

    def closers(self, monitor: Monitor, roots: tuple[int, ...]) -> list[tuple[int, bytes]]:
        """The nodes from ``roots`` on whose bytes the monitor may forbid, with their shapes; the shortest first."""
        marks = self._closers.get(monitor.key)
        if marks is None:
            marks = self._closers[monitor.key] = self._marks(monitor, self._ending_with(monitor.closers))
        return self._inside(marks, roots)

    def _ending_with(self, given: bytes) -> NDArray[np.int64]:
        """The nodes whose byte is one of ``given``."""
        is_one = np.isin(self.byte, np.frombuffer(given, np.uint8))
        is_one[0] = False
        return np.flatnonzero(is_one)

    def _marks(self, monitor: Monitor, nodes: NDArray[np.int64]) -> _Marks:
        shapes = [monitor.shape(self.text(node)) for node in nodes.tolist()]
        after = self.token_begin[self.end[nodes]] - self.token_begin[nodes]
        ranks = np.empty(len(nodes), np.int64)
        ranks[np.lexsort((nodes, -after, self.depth[nodes]))] = np.arange(len(nodes))
        return _Marks(nodes, shapes, ranks.tolist())

    def _inside(self, marks: _Marks, roots: tuple[int, ...]) -> list[tuple[int, bytes]]:
        found: list[int] = []
        for root in roots:
            first, last = np.searchsorted(marks.nodes, (root, self.end[root]))
            found += range(first, last)
        ordered = sorted(found, key=marks.ranks.__getitem__)
        nodes = marks.nodes[ordered].tolist()
        return [(node, marks.shapes[number]) for node, number in zip(nodes, ordered, strict=True)]

    def children(self, node: int) -> tuple[int, ...]:
        """The nodes one byte further."""
        return tuple(self._children[self._child_begin[node] : self._child_begin[node + 1]].tolist())

    def below(self, node: int) -> NDArray[np.int32]:
        """The tokens that go on after ``node``."""
        return self.order[self.token_begin[node + 1] : self.token_begin[self.end[node]]]

    def from_(self, node: int) -> NDArray[np.int32]:
        """The tokens that end at ``node`` or go on after it."""
        return self.order[self.token_begin[node] : self.token_begin[self.end[node]]]

    def reach(self, answer: Answer, node: int, root: int) -> Reach:
        """Walk on from ``root`` in the vocabulary's trie and ``node`` in the answer's; kept.

        Under names that no list has, tokens leave nearly everywhere: then ``root`` stands for all those places.
        """
        if answer.others is None:
            return self._kept_reach(answer, node, root)
        row = self.others_reach(answer.others, answer.others_state(node), root).row
        if answer.has_names(node):
            row = row | self._kept_reach(answer, node, root).row
        return Reach(row, self.children(root) if root else (0,))

    def others_reach(self, others: Others, state: int, root: int) -> Reach:
        """As ``reach``, by ``others`` alone; from the trie's root it is kept for good."""
        if root:
            return self._kept_reach(others, state, root)
        known = self._others.get((others, state))
        if known is None:
            known = self._others[others, state] = self._walk(others, state, root)
        return known

    def _kept_reach(self, answer: Answer | Others, node: int, root: int) -> Reach:
        key = id(answer), node, root
        known = self._reaches.get(key)
        if known is not None:  # holds the answer, so that its id stays its own
            self._reaches.move_to_end(key)
            return known[1]
        reach = self._walk(answer, node, root)
        self._reaches[key] = answer, reach
        if len(self._reaches) > _KEPT:
            self._reaches.popitem(last=False)
        return reach

    def _walk(self, answer: Answer | Others, node: int, root: int) -> Reach:
        stays: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
        left: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
        places, nodes = np.array([root]), np.array([node])
        while len(places):
            counts = self._child_begin[places + 1] - self._child_begin[places]
            children = self._children[_ranges(self._child_begin[places], counts)]
            targets, found, leaves = answer.steps(np.repeat(nodes, counts), self.byte[children])
            places, nodes = children[found], targets[found]
            stays.append(places)
            left.append(children[leaves])
        inside, outside = np.concatenate(stays), np.concatenate(left)
        begins = self.token_begin[np.concatenate((inside, outside))]
        ends = self.token_begin[np.concatenate((inside + 1, self.end[outside]))]
        row = self.row_of(self.order[_ranges(begins, ends - begins)])
        row.setflags(write=False)
        return Reach(row, tuple(outside.tolist()))

    def row_of(self, tokens: NDArray[np.int32]) -> NDArray[np.int32]:
        """The bitmask of ``tokens``."""
        bits = np.zeros(self.words * 32, np.bool_)
        bits[tokens] = True
        return np.packbits(bits, bitorder="little").view("<i4").astype(np.int32, copy=False)


def _ranges(begins: NDArray[Any], counts: NDArray[Any]) -> NDArray[np.int64]:
    """The numbers from each of ``begins`` on, as many as ``counts`` says, in one array."""
    numbers: NDArray[np.int64] = np.arange(counts.sum()) + np.repeat(begins - (np.cumsum(counts) - counts), counts)
    return numbers

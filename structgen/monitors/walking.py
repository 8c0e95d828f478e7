"""A vocabulary's trie, walked together with an answer's.

Only nodes that both tries have are visited, a level at a time in numpy. Where a token leaves the site, its whole
subtree is taken; what may be triggered inside that subtree is judged by the caller.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
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
        by_depth = np.argsort(depth, kind="stable")
        keys = depth[by_depth] * count + by_depth
        inner = np.arange(1, count)
        self.parent = np.zeros(count, np.int64)
        self.parent[1:] = by_depth[np.searchsorted(keys, (depth[1:] - 1) * count + inner) - 1]
        self._children = np.argsort(self.parent[1:], kind="stable") + 1
        self._child_begin = np.zeros(count + 1, np.int64)
        np.cumsum(np.bincount(self.parent[1:], minlength=count), out=self._child_begin[1:])
        below = self.token_begin[self.end] - self.token_begin[1 : count + 1]
        # The shortest first: a trigger that stands alone, then those that a token has other bytes before. Of these the
        # one that most tokens go on after, since questions are few: a blank, not a tab, before an imported name.
        self._rank = np.zeros(count, np.int64)
        self._rank[np.lexsort((np.arange(count), -below, depth))] = np.arange(count)
        self.all_tokens = self.row_of(self.order)
        self._triggers: dict[tuple[object, bool], NDArray[np.int64]] = {}
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
        found = bytearray()
        while node:
            found.append(self.byte[node])
            node = int(self.parent[node])
        found.reverse()
        return bytes(found)

    def triggers(self, monitor: Monitor, is_alert: bool, roots: tuple[int, ...]) -> list[int]:
        """The nodes in the subtrees of ``roots`` that may open a site and have tokens below, in the order of asking."""
        nodes = self._triggers.get((monitor.key, is_alert))
        if nodes is None:
            is_trigger = np.isin(self.byte, np.frombuffer(monitor.triggers, np.uint8))
            is_trigger[0] = False
            nodes = np.flatnonzero(is_trigger & (self.end > np.arange(len(self.byte)) + 1))
            may_open = [monitor.may_open(self.text(node), is_alert) for node in nodes.tolist()]
            nodes = self._triggers[monitor.key, is_alert] = nodes[np.array(may_open, np.bool_)]
        places = np.array(roots, np.int64)
        bounds = zip(np.searchsorted(nodes, places), np.searchsorted(nodes, self.end[places]), strict=True)
        found = np.concatenate([nodes[first:last] for first, last in bounds] or [nodes[:0]])
        return list(found[np.argsort(self._rank[found])].tolist())

    def children(self, node: int) -> tuple[int, ...]:
        """The nodes one byte further."""
        return tuple(self._children[self._child_begin[node] : self._child_begin[node + 1]].tolist())

    def below(self, node: int) -> NDArray[np.int32]:
        """The tokens that go on after ``node``."""
        return self.order[self.token_begin[node + 1] : self.token_begin[self.end[node]]]

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
        taken: list[NDArray[np.int32]] = []
        left: list[int] = []
        places, nodes = np.array([root]), np.array([node])
        while len(places):
            counts = self._child_begin[places + 1] - self._child_begin[places]
            offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
            children = self._children[np.repeat(self._child_begin[places], counts) + offsets]
            targets, found, leaves = answer.steps(np.repeat(nodes, counts), self.byte[children])
            places, nodes = children[found], targets[found]
            taken += [self.order[self.token_begin[place] : self.token_begin[place + 1]] for place in places.tolist()]
            left += children[leaves].tolist()
        for place in left:
            taken.append(self.order[self.token_begin[place] : self.token_begin[self.end[place]]])
        row = self.row_of(np.concatenate(taken) if taken else np.zeros(0, np.int32))
        row.setflags(write=False)
        return Reach(row, tuple(left))

    def row_of(self, tokens: NDArray[np.int32]) -> NDArray[np.int32]:
        """The bitmask of ``tokens``."""
        bits = np.zeros(self.words * 32, np.bool_)
        bits[tokens] = True
        return np.packbits(bits, bitorder="little").view("<i4").astype(np.int32, copy=False)

"""Rows of tokens in progress over one llama.cpp context.

A row is a sequence of the context. While a tree of drafts is open, each of its leaves is one: a draft belongs to the
sequences of the leaves below it, so that it sees its ancestors and nothing else of the tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from structgen.errors import ModelError
from structgen.models.llamacpp_context import MAX_BATCH, Context, Entry
from structgen.models.target import Sequences

if TYPE_CHECKING:
    from structgen.models.llamacpp import LlamaCppModel


@dataclass(frozen=True, slots=True)
class _Tree:
    """The shape of what was fed to one row."""

    parents: Sequence[int]
    """Of each node; -1 for what follows the row."""
    depths: Sequence[int]
    leaves: Sequence[int]
    """The nodes without children, ascending."""
    members: Sequence[Sequence[int]]
    """Of each node, which leaves (by their place in ``leaves``) are at or below it."""

    @classmethod
    def chain(cls, count: int) -> _Tree:
        return cls(range(-1, count - 1), range(count), [count - 1], [[0]] * count)

    @classmethod
    def of(cls, parents: Sequence[int]) -> _Tree:
        depths: list[int] = []
        for node, parent in enumerate(parents):
            if not -1 <= parent < node:
                raise ModelError(
                    f"draft {node} names {parent} as its parent", reason="a parent stands before its children, or is -1"
                )
            depths.append(0 if parent < 0 else depths[parent] + 1)
        leaves = sorted(set(range(len(parents))) - set(parents))
        members: list[list[int]] = [[] for _ in parents]
        for number, node in enumerate(leaves):
            while node >= 0:
                members[node].append(number)
                node = parents[node]
        return cls(parents, depths, leaves, members)

    def leaf_of(self, chain: Sequence[int]) -> int:
        """A leaf at or below a chain from a root, by its place in ``leaves``."""
        for before, node in zip([-1, *chain], chain, strict=False):
            if not 0 <= node < len(self.parents) or self.parents[node] != before:
                raise ModelError(
                    f"{list(chain)} is no chain of the drafts that were fed last",
                    reason=f"{node} does not follow {before if before >= 0 else 'the row'}",
                )
        return self.members[chain[-1]][0] if chain else 0


@dataclass(frozen=True, slots=True)
class _Fed:
    """What the last pass appended to a row."""

    tree: _Tree
    sequences: list[int]
    """Of each leaf."""
    start: int
    """The position of the tree's roots."""


class ContextSequences(Sequences):
    """What ``LlamaCppModel.start`` gives."""

    def __init__(self, target: LlamaCppModel, rows: int) -> None:
        self._target = target
        self._context = Context(target.pointer, width=target.vocabulary.size, name=target.name)
        self._ids = list(range(1, rows + 1))
        self._held = [0] * rows
        self._fed: list[_Fed] | None = None  # None where something came after the last pass

    @property
    def lengths(self) -> tuple[int, ...]:
        return tuple(self._held)

    def forward(
        self, tokens: Sequence[Sequence[int]], *, parents: Sequence[Sequence[int]] | None = None, last: int = 1
    ) -> torch.Tensor:
        self._check_settled()
        trees = [_Tree.chain(len(new)) for new in tokens] if parents is None else [_Tree.of(row) for row in parents]
        fed = self._branch(trees)
        entries = [
            Entry(token, row.start + depth, [row.sequences[leaf] for leaf in leaves], node >= len(new) - last)
            for new, row in zip(tokens, fed, strict=True)
            for node, (token, depth, leaves) in enumerate(zip(new, row.tree.depths, row.tree.members, strict=True))
        ]
        try:
            logits = self._run(entries)
        except ModelError:
            for row in fed:
                self._settle(row, 0, row.start)
            raise
        self._fed = fed
        self._held = [held + len(new) for held, new in zip(self._held, tokens, strict=True)]
        steps = min(last, max(map(len, tokens)))
        result = torch.zeros((len(tokens), steps, self._target.vocabulary.size), dtype=torch.float32)
        for answer, new in zip(result, tokens, strict=True):
            for step in range(max(steps - len(new), 0), steps):
                answer[step] = torch.from_numpy(next(logits))
        return result

    def keep(self, nodes: Sequence[Sequence[int]]) -> None:
        if self._fed is None:
            raise ModelError("there is nothing to choose from", hint="keep right after forward")
        leaves = [row.tree.leaf_of(kept) for row, kept in zip(self._fed, nodes, strict=True)]
        if any(len(kept) < len(row.tree.parents) for row, kept in zip(self._fed, nodes, strict=True)):
            self._check_positional()
        for number, (row, kept, leaf) in enumerate(zip(self._fed, nodes, leaves, strict=True)):
            if len(kept) < len(row.tree.parents):
                self._ids[number] = self._settle(row, leaf, row.start + len(kept))
                self._held[number] = row.start + len(kept)
        self._fed = None

    def rollback(self, counts: Sequence[int]) -> None:
        self._check_settled()
        self._check_positional()
        for number, count in enumerate(counts):
            if count:
                self._held[number] = max(self._held[number] - count, 0)
                self._context.bury(self._ids[number], self._held[number])
        self._fed = None

    def select(self, rows: Sequence[int]) -> None:
        self._check_settled()
        kept = [self._ids[row] for row in rows]
        held = [self._held[row] for row in rows]
        unique = set(kept)
        self._reserve(0, len(kept) - len(unique))
        for dropped in set(self._ids) - unique:
            self._context.bury(dropped)
        ids: list[int] = []
        for sequence in kept:
            ids.append(self._copy(sequence, {*kept, *ids}) if sequence in ids else sequence)
        self._ids, self._held, self._fed = ids, held, None

    def _check_settled(self) -> None:
        if self._fed is not None and any(len(row.sequences) > 1 for row in self._fed):
            raise ModelError("a tree of drafts is open", hint="keep one of its chains first")

    def _check_positional(self) -> None:
        if not self._target.is_positional:
            raise ModelError(
                f"{self._target.name} can't take tokens back",
                reason="some of its layers don't keep every position's keys",
            )

    def _branch(self, trees: Sequence[_Tree]) -> list[_Fed]:
        """Give each leaf a sequence that holds what its row holds: the first has the row's own."""
        if not self._target.supports_trees and any(len(tree.leaves) > 1 for tree in trees):
            raise ModelError(
                f"{self._target.name} can't see a tree of drafts",
                reason="some of its layers don't keep every position's keys",
                hint="a chain",
            )
        new = sum(len(tree.depths) for tree in trees)
        spare = sum(len(tree.leaves) - 1 for tree in trees)
        if spare and new > MAX_BATCH:
            raise ModelError(f"{new} drafts at a time are too many", reason=f"llama.cpp takes {MAX_BATCH} in a tree")
        self._reserve(new, spare)
        taken = set(self._ids)
        fed = []
        for row, tree, held in zip(self._ids, trees, self._held, strict=True):
            sequences = [row]
            for _ in tree.leaves[1:]:
                sequences.append(self._copy(row, taken))
                taken.add(sequences[-1])
            fed.append(_Fed(tree, sequences, held))
        return fed

    def _reserve(self, new: int, spare: int) -> None:
        """Have room for so many new tokens, and for so many sequences beside the rows'."""
        sequences = max(max(self._ids), len(self._ids) + spare)
        self._context.reserve(new, sequences, dict(zip(self._ids, self._held, strict=True)))

    def _copy(self, sequence: int, taken: set[int]) -> int:
        """Copy a sequence to the first that is free: room was reserved for it."""
        free = next(number for number in range(1, len(taken) + 2) if number not in taken)
        self._context.copy(sequence, free)
        return free

    def _run(self, entries: Sequence[Entry]) -> Iterator[NDArray[np.float32]]:
        chunks = [entries[first : first + MAX_BATCH] for first in range(0, len(entries), MAX_BATCH)]
        return iter([logits for chunk in chunks for logits in self._context.run(chunk)])

    def _settle(self, row: _Fed, leaf: int, end: int) -> int:
        """Leave one leaf's sequence, up to a position, and none of the others; return it."""
        for number, sequence in enumerate(row.sequences):
            self._context.bury(sequence, end if number == leaf else 0, end_of_shared=row.start)
        return row.sequences[leaf]

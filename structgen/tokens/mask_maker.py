# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Masks of a grammar's states: each is a *share*, a set of groups of tokens, which many states have in common."""

from __future__ import annotations

import cython
import numpy as np
from numpy.typing import NDArray

from structgen.automaton.walk_trie import WalkTrie
from structgen.grammar.machine import GrammarMachine, Thread
from structgen.tokens.outcomes import Outcomes
from structgen.tokens.pieces import DocumentMasks, Piece, PieceMaker

__all__ = ["MaskMaker"]


@cython.cclass
class MaskMaker:
    """Makes the masks of one grammar's states for one vocabulary."""

    _machine: GrammarMachine
    _pieces: PieceMaker
    _outcomes: Outcomes
    _start: cython.int
    _trie: WalkTrie
    _row: NDArray[np.int32]

    def __init__(
        self, machine: GrammarMachine, trie: WalkTrie, words: int, longest: int, document_masks: DocumentMasks
    ) -> None:
        self._machine, self._start, self._trie = machine, machine.lexer.start, trie
        self._pieces = PieceMaker(machine, trie, words, longest, document_masks)
        self._outcomes = Outcomes(machine, self._pieces)
        self._row = np.zeros(words, np.int32)

    def make_room(self) -> cython.int:
        """Drop what is known if it is much. While the number stays the same, so does the meaning of shares."""
        self._outcomes.make_room()
        return self._outcomes.epoch

    def share(self, threads: tuple[Thread, ...]) -> cython.int:
        """The share of the tokens that some thread allows. How many tokens it has had changes nothing: all free text
        can end."""
        found: cython.int = 0
        one: cython.int
        reading: cython.int
        stacks: cython.int
        indentation: cython.int
        piece: Piece
        for reading, stacks, indentation, guard, _ in threads:
            if reading == self._start:
                for piece in self._pieces.first_pieces(self._machine.allowed(stacks, indentation)):
                    one = self._outcomes.share_of(piece, stacks, indentation)
                    found = self._outcomes.shares.unite(found, one)
            else:
                one = self._outcomes.share_of(self._pieces.root_piece(reading, guard), stacks, indentation)
                found = self._outcomes.shares.unite(found, one)
        return found

    def bitmask(self, share: cython.int) -> NDArray[np.int32]:
        """The bitmask of a share. The array lasts until the next one is made."""
        row: cython.int[::1] = self._row
        index: cython.int
        for index in range(row.shape[0]):
            row[index] = 0
        begin: cython.int = self._outcomes.shares.begin[share]
        for index in range(begin, self._outcomes.shares.begin[share + 1]):
            self._pieces.groups.write(self._outcomes.shares.pool[index], row)
        return self._row

    def allows_below(self, threads: tuple[Thread, ...], node: int) -> bool:
        """Whether some token below ``node`` is allowed; ``threads`` have read what leads there."""
        arrays = self._trie.arrays
        byte, subtree_end, token_begin = arrays["byte"], arrays["subtree_end"], arrays["token_begin"]
        pending = [(node, list(threads))]
        while pending:
            node, before = pending.pop()
            child = node + 1
            while child < subtree_end[node]:
                following = self._machine.stepped(before, byte[child])
                if following:
                    if token_begin[child] < token_begin[child + 1]:
                        return True
                    pending.append((child, following))
                child = int(subtree_end[child])
        return False

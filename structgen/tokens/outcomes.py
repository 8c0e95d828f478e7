# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""What pieces allow on stacks of the parser: an automaton that reads stacks from their top, built as masks need it.

An *outcome* is what is known of a piece once the top state of a stack has been read: the groups of tokens that are
allowed whatever lies below, and a *node*, which is what waits for more. A node is a set of *demands*: a symbol that is
to be completed so many symbols further down, and what goes on then. States that lie deeper than any demand reaches
decide nothing, so texts that differ there have their outcomes in common, and the mask of a new place is mostly a walk
over a few states that were met before.

Outcomes are found on *open* stacks of a twin of the parser, whose bottom is its hole. All is dropped when it is large.

Of indentations an outcome knows the outline, and more where a column was found to decide. Where lines can't
start over, all of a stack and of its indentation decide about every line, and nothing is open.
"""

from __future__ import annotations

from typing import Any, Final

import cython
import numpy as np

from structgen.automaton.number_sets import NumberSets
from structgen.automaton.pairs import PairTable
from structgen.errors import LimitExceededError
from structgen.grammar.indentations import IN_BRACKET, UnknownColumnError
from structgen.grammar.lr_states import HOLE
from structgen.grammar.machine import GrammarMachine
from structgen.grammar.parser import Parser
from structgen.tokens.pieces import Ending, Exit, Part, Piece, PieceMaker

__all__ = ["Outcomes"]

# How much of the columns is told: those of an outline, of a sketch, or all.
_NOTHING = cython.declare(cython.int, 0)
_ALL = cython.declare(cython.int, 2)
_IN_BRACKET = cython.declare(cython.int, IN_BRACKET)
_HOLE = cython.declare(cython.int, HOLE)
_MAX_SETS: Final = 1 << 19  # stack sets of the twin
_MAX_MEMBERS: Final = 1 << 23  # of sets of groups, and of nodes
_MAX_WALKS: Final = 1 << 21  # nodes on stack sets, and outcomes
_MAX_TERMINALS = cython.declare(cython.int, 1_000)  # in one token


@cython.no_gc
@cython.cclass
class Gathering:
    """An outcome that is being put together: groups, sets of groups, demands and nodes."""

    groups: list[int]
    shares: list[int]
    demands: list[int]
    nodes: list[int]

    def __init__(self) -> None:
        self.groups, self.shares, self.demands, self.nodes = [], [], [], []


@cython.no_gc
@cython.cclass
class Continuation:
    """What goes on once a symbol is complete: the symbols ``rest``, and then an ending, or at the root a piece."""

    rest: tuple[int, ...]
    ending: Any
    piece: Any
    indentation: cython.int

    def __init__(self, rest: tuple[int, ...], ending: Ending | None, piece: Piece | None, indentation: int) -> None:
        self.rest, self.ending, self.piece, self.indentation = rest, ending, piece, indentation


@cython.cclass
class Outcomes:
    """The outcomes of one grammar's pieces.

    Attributes
    ----------
    shares : NumberSets
        Of groups of tokens.
    epoch : int
        Goes up where all outcomes are dropped, and the numbers of shares are void.
    """

    shares: NumberSets
    epoch: cython.int
    _machine: GrammarMachine
    _pieces: PieceMaker
    _parser: Parser
    _is_global: cython.bint
    _newline: cython.int
    _nodes: NumberSets
    _pieces_on: PairTable
    _endings_on: PairTable
    _steps: PairTable
    _walks: PairTable
    _roots: PairTable
    _endings: PairTable
    _knowledge: PairTable
    _walk_count: cython.Py_ssize_t
    _outcome_share: cython.int[::1]
    _outcome_node: cython.int[::1]
    _count: cython.int
    _level: cython.int
    _continuations: list[Continuation]
    _continuation_of: dict[tuple[int, tuple[int, ...], int], int]
    _demands: list[tuple[int, int, int]]
    _demand_of: dict[tuple[int, int, int], int]

    def __init__(self, machine: GrammarMachine, pieces: PieceMaker) -> None:
        self._machine, self._pieces = machine, pieces
        self._is_global, self._newline = not machine.lexer.lines_restart, machine.layout.newline
        self.epoch = 0
        self._forget()

    def make_room(self) -> cython.void:
        """Drop all outcomes if they are many."""
        members = max(self.shares.size, self._nodes.size)
        if self._parser.sets > _MAX_SETS or members > _MAX_MEMBERS or max(self._walk_count, self._count) > _MAX_WALKS:
            self._forget()

    def share_of(self, piece: Piece, stacks: cython.int, indentation: cython.int) -> cython.int:
        """The set of groups that ``piece`` allows after a stack set of the machine's parser.

        Raises
        ------
        LimitExceededError
            A token has more than 1,000 terminals in it, or the parser passed a bound.
        """
        self._level = 0
        try:
            return self._found_share(piece, stacks, indentation)
        except RecursionError:  # uncompiled, Python's own bound comes first
            raise _too_many_terminals() from None

    def _found_share(self, piece: Piece, stacks: cython.int, indentation: cython.int) -> cython.int:
        if self._is_global:
            copied: cython.int = self._parser.copied(self._machine.parser, stacks)
            outcome: cython.int = self._outcome_of(piece, copied, indentation)  # which may move what is read here
            return self._outcome_share[outcome]
        if indentation == 0:
            return self._read(self._root(piece, 0), stacks)
        outline: cython.int = self._machine.indentations.outline(indentation)
        known: cython.int = max(self._knowledge.find(piece.number, outline), _NOTHING)
        while known < _ALL:
            told: cython.int = outline if known == _NOTHING else self._machine.indentations.sketch(indentation)
            try:
                return self._read(self._root(piece, told), stacks)
            except UnknownColumnError:
                self._level = 0
                known += 1
                self._knowledge.put(piece.number, outline, known)
        return self._read(self._root(piece, indentation), stacks)

    def _forget(self) -> cython.void:
        self._parser = self._machine.parser.twin()
        self.shares, self._nodes = NumberSets(), NumberSets()
        self._pieces_on, self._endings_on, self._steps = PairTable(256), PairTable(256), PairTable(256)
        self._walks, self._walk_count = PairTable(256), 0
        self._roots, self._endings, self._knowledge = PairTable(), PairTable(), PairTable()
        self._outcome_share, self._outcome_node = np.zeros(256, np.int32).data, np.zeros(256, np.int32).data
        self._count = 0
        self._continuations, self._continuation_of = [], {}
        self._demands, self._demand_of = [], {}
        self.epoch += 1

    def _root(self, piece: Piece, indentation: cython.int) -> cython.int:
        """The node that is nothing but a piece."""
        node: cython.int = self._roots.find(piece.number, indentation)
        if node < 0:
            node = self._node_of(Continuation((), None, piece, indentation))
            self._roots.put(piece.number, indentation, node)
        return node

    def _behind(self, ending: Ending, indentation: cython.int) -> cython.int:
        """The node that is nothing but the exits of an ending."""
        node: cython.int = self._endings.find(ending.number, indentation)
        if node < 0:
            node = self._node_of(Continuation((), ending, None, indentation))
            self._endings.put(ending.number, indentation, node)
        return node

    def _node_of(self, continuation: Continuation) -> cython.int:
        self._continuations.append(continuation)
        self._nodes.clear()
        self._nodes.add(self._demand(0, -1, len(self._continuations) - 1))
        return self._nodes.gathered()

    def _read(self, node: cython.int, stacks: cython.int) -> cython.int:
        """All groups of a node on a stack set of the machine's parser."""
        parser = self._machine.parser
        walks: list[tuple[int, int]] = [(node, stacks)]
        on: cython.int
        at: cython.int
        row: cython.int
        outcome: cython.int
        further: cython.int
        below: cython.int
        share: cython.int = self._walks.find(node, stacks)
        while walks and share < 0:
            at, on = walks[len(walks) - 1]
            missing = False
            share = 0
            for row in range(parser.first[on], parser.first[on] + parser.count[on]):
                outcome = self._step(at, parser.pool_state[row])
                if not missing:
                    share = self.shares.unite(share, self._outcome_share[outcome])
                further = self._outcome_node[outcome]
                below = parser.pool_below[row]
                if further and below:
                    found: cython.int = self._walks.find(further, below)
                    if found < 0:
                        walks.append((further, below))
                        missing = True
                    elif not missing:
                        share = self.shares.unite(share, found)
            if missing:
                share = -1
                continue
            self._walks.put(at, on, share)
            self._walk_count += 1
            walks.pop()
            if walks:
                share = -1
        return share

    def _step(self, node: cython.int, state: cython.int) -> cython.int:
        """The outcome of a node where ``state`` is on top."""
        outcome: cython.int = self._steps.find(node, state)
        if outcome < 0:
            gathering: Gathering = Gathering()
            base: cython.int = self._parser.single(state, self._parser.hole)
            symbols: cython.int
            symbol: cython.int
            continuation: cython.int
            for demand in self._nodes.members(node):
                symbols, symbol, continuation = self._demands[demand]
                if symbols:
                    gathering.demands.append(self._demand(symbols - 1, symbol, continuation))
                elif symbol >= 0:
                    self._complete(base, symbol, continuation, gathering)
                else:
                    root: Continuation = self._continuations[continuation]
                    if root.piece is not None:
                        self._add(gathering, self._outcome_of(root.piece, base, root.indentation))
                    else:
                        self._add(gathering, self._exits_on(root.ending, base, root.indentation))
            outcome = self._finished(gathering)
            self._steps.put(node, state, outcome)
        return outcome

    def _outcome_of(self, piece: Piece, stacks: cython.int, indentation: cython.int) -> cython.int:
        """What a piece allows after a stack set of the twin."""
        key: cython.longlong = (cython.cast(cython.longlong, piece.number) << 32) | stacks
        outcome: cython.int = self._pieces_on.find(key, indentation)
        if outcome < 0:
            self._level += 1
            if self._level > _MAX_TERMINALS:
                raise _too_many_terminals()
            gathering: Gathering = Gathering()
            endings = self._pieces.endings(piece)
            table: cython.uchar[:, ::1] = self._machine.verdicts.table
            allowed: cython.int = self._machine.allowed_by(self._parser, stacks, indentation)
            index: cython.int
            for index in range(piece.signatures.shape[0]):
                if table[allowed, piece.signatures[index]]:
                    gathering.groups.append(piece.groups[index])
            ending: Ending
            for ending in endings:
                if table[allowed, ending.signature]:
                    self._end(ending, stacks, indentation, gathering)
            outcome = self._finished(gathering)
            self._level -= 1
            self._pieces_on.put(key, indentation, outcome)
        return outcome

    def _end(self, ending: Ending, stacks: cython.int, indentation: cython.int, gathering: Gathering) -> cython.void:
        kind: cython.int = self._machine.indentations.kinds[indentation]
        if ending.terminal == self._newline and not ending.begins_line and kind != _IN_BRACKET:
            return
        for symbols, enclosing in self._machine.moves(indentation, ending.terminal, ending.count):
            if symbols:
                self._complete(stacks, symbols[0], self._after(ending, symbols[1:], enclosing), gathering)
            else:
                self._go_on(ending, stacks, enclosing, gathering)

    def _complete(
        self, stacks: cython.int, symbol: cython.int, number: cython.int, gathering: Gathering
    ) -> cython.void:
        """Complete a symbol, and go on with a continuation; what isn't known of the stacks is waited for."""
        continuation: Continuation = self._continuations[number]
        following: cython.int = self._parser.complete(stacks, symbol)
        waiting: tuple[tuple[int, int], ...] = self._parser.waiting(stacks, symbol)
        if following:
            rest = continuation.rest
            if rest:
                further = self._after(continuation.ending, rest[1:], continuation.indentation)
                self._complete(following, rest[0], further, gathering)
            else:
                self._go_on(continuation.ending, following, continuation.indentation, gathering)
        for symbols, left in waiting:
            gathering.demands.append(self._demand(symbols, left, number))

    def _go_on(self, ending: Ending, stacks: cython.int, indentation: cython.int, gathering: Gathering) -> cython.void:
        """Go on behind an ending, on a stack set of the twin."""
        if self._is_global:
            self._add(gathering, self._exits_on(ending, stacks, indentation))
        else:
            self._read_open(self._behind(ending, indentation), stacks, gathering)

    def _read_open(self, node: cython.int, stacks: cython.int, gathering: Gathering) -> cython.void:
        """Gather what a node comes to on open stacks of the twin."""
        parser = self._parser
        row: cython.int
        outcome: cython.int
        for row in range(parser.first[stacks], parser.first[stacks] + parser.count[stacks]):
            if parser.pool_state[row] == _HOLE:
                gathering.nodes.append(node)
                continue
            outcome = self._step(node, parser.pool_state[row])
            if self._outcome_share[outcome]:
                gathering.shares.append(self._outcome_share[outcome])
            if self._outcome_node[outcome]:
                self._read_open(self._outcome_node[outcome], parser.pool_below[row], gathering)

    def _exits_on(self, ending: Ending, stacks: cython.int, indentation: cython.int) -> cython.int:
        """What the exits of an ending allow."""
        key: cython.longlong = (cython.cast(cython.longlong, ending.number) << 32) | stacks
        outcome: cython.int = self._endings_on.find(key, indentation)
        if outcome < 0:
            gathering: Gathering = Gathering()
            table: cython.uchar[:, ::1] = self._machine.verdicts.table
            allowed: cython.int
            exit: Exit
            part: Part
            for exit in ending.exits:
                parts = self._pieces.parts(exit)
                allowed = self._machine.allowed_by(self._parser, stacks, indentation)
                for part in parts:
                    if table[allowed, part.entry]:
                        self._add(gathering, self._outcome_of(self._pieces.piece_of(part), stacks, indentation))
            outcome = self._finished(gathering)
            self._endings_on.put(key, indentation, outcome)
        return outcome

    def _add(self, gathering: Gathering, outcome: cython.int) -> cython.void:
        if self._outcome_share[outcome]:
            gathering.shares.append(self._outcome_share[outcome])
        if self._outcome_node[outcome]:
            gathering.nodes.append(self._outcome_node[outcome])

    def _finished(self, gathering: Gathering) -> cython.int:
        """The outcome of what has been gathered."""
        outcome: cython.int = self._count
        if outcome == self._outcome_share.shape[0]:
            self._outcome_share = np.concatenate([self._outcome_share, np.zeros_like(self._outcome_share)]).data
            self._outcome_node = np.concatenate([self._outcome_node, np.zeros_like(self._outcome_node)]).data
        self._outcome_share[outcome] = _set_of(self.shares, gathering.groups, gathering.shares)
        self._outcome_node[outcome] = _set_of(self._nodes, gathering.demands, gathering.nodes)
        self._count = outcome + 1
        return outcome

    def _after(self, ending: Ending, rest: tuple, indentation: cython.int) -> cython.int:
        """The continuation of the symbols ``rest`` and an ending."""
        key = (ending.number, rest, indentation)
        number = self._continuation_of.get(key)
        if number is None:
            number = self._continuation_of[key] = len(self._continuations)
            self._continuations.append(Continuation(rest, ending, None, indentation))
        return number

    def _demand(self, symbols: cython.int, symbol: cython.int, continuation: cython.int) -> cython.int:
        key = (symbols, symbol, continuation)
        number = self._demand_of.get(key)
        if number is None:
            number = self._demand_of[key] = len(self._demands)
            self._demands.append(key)
        return number


def _too_many_terminals() -> LimitExceededError:
    return LimitExceededError("1,000 terminals in one token", "a vocabulary with tokens that are whole texts")


@cython.cfunc
def _set_of(sets: NumberSets, numbers: list[int], others: list[int]) -> cython.int:
    """The set of these numbers and of the members of other sets."""
    if not numbers:
        if not others:
            return 0
        if len(others) == 1:
            return others[0]
    sets.clear()
    for number in numbers:
        sets.add(number)
    for other in set(others):
        sets.add_set(other)
    return sets.gathered()

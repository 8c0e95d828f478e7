# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""A grammar over bytes: readings of terminals on stack sets of the parser.

A *thread* is (reading, stack set, indentation, guard, tokens): the terminal that is being read, all parses of the text
before it, and how many tokens have ended in it, where it is free text that may have so many. A state is a set of
threads, hash-consed; mostly it is one, since parses that read the same are one stack set. Where a terminal is complete,
a byte goes on with it, or begins the next one: both become threads (``lexer="any"``). With ``lexer="longest"`` the
first excludes the second as soon as it completes a terminal: until that is sure, the *guard* reads along, and the
thread ends where the guard completes one. Contextual terminals are read in threads of their own, where the parser
allows them: each goes on as far as it can, and nothing else says where it ends.

Every state can be completed: the parser's sets are viable, and a reading is kept only with sets where one of its
terminals may stand.
"""

from __future__ import annotations

from typing import Any, Final

import cython
import numpy as np

from structgen.automaton.pairs import PairTable
from structgen.errors import LimitExceededError
from structgen.grammar import lexer as lexing
from structgen.grammar.followers import follow_bits
from structgen.grammar.indentations import BEGINS_LINE, IN_BRACKET, Indentations, Layout, Move
from structgen.grammar.lexer import Lexer
from structgen.grammar.parser import Parser
from structgen.grammar.verdicts import Verdicts

__all__ = ["MAX_STATES", "GrammarMachine", "Thread"]

MAX_STATES: Final = 1 << 20
"""Bound on the different states of one grammar, and on its threads."""

_UNKNOWN = cython.declare(cython.int, lexing.UNKNOWN)
_DEAD = cython.declare(cython.int, lexing.DEAD)
_BEGINS_LINE = cython.declare(cython.int, BEGINS_LINE)
_IN_BRACKET = cython.declare(cython.int, IN_BRACKET)

_SIZE = cython.declare(cython.int, 5)

Thread = tuple[int, int, int, int, int]
"""``(reading, stack set, indentation, guard, tokens)``"""


@cython.cclass
class GrammarMachine:
    """Steps of one grammar's states. ``start`` is the state of an empty text.

    ``follow_bits`` says for each terminal which ones' texts may follow its own, whatever the text; ``line_bits`` which
    ones may begin a line.
    """

    start: cython.int
    states: cython.int
    lexer: Lexer
    parser: Parser
    layout: Layout
    follow_bits: list[int]
    line_bits: int
    indentations: Indentations
    verdicts: Verdicts
    _rows: cython.int[:, ::1]
    _accepting: cython.uchar[::1]
    _signatures: cython.int[::1]
    _budgets: cython.int[::1]
    _broad: cython.uchar[::1]
    _contextual: cython.uchar[::1]
    _start: cython.int
    _contextual_start: cython.int
    _narrow: PairTable
    _is_longest: cython.bint
    _newline: cython.int
    _lines: list[tuple[int, ...]]
    _ignored_bits: int
    _declared_bits: int
    _threads_of: list[tuple[Thread, ...]]
    _state_of: dict[tuple[Thread, ...], int]
    _sole: PairTable
    _allowed: PairTable
    _global_allowed: dict[tuple[int, int, int], int]
    _moves: list[tuple[Move, ...]]
    _move_places: PairTable
    _completed: dict[int, list[tuple[int, int]]]
    _now: cython.int[::1]
    _then: cython.int[::1]
    _size: cython.int

    def __init__(self, lexer: Lexer, parser: Parser, layout: Layout, following: list[int]) -> None:
        self.lexer, self.parser, self.layout = lexer, parser, layout
        self.follow_bits = follow_bits(following, layout)
        self.line_bits = following[layout.newline] or -1 if layout.newline >= 0 else 0
        self.indentations, self.verdicts = Indentations(layout), Verdicts(lexer.terminals_of)
        self._rows, self._accepting, self._signatures = lexer.rows.data, lexer.accepting.data, lexer.signatures.data
        self._budgets, self._broad, self._narrow = lexer.budgets.data, lexer.broad.data, PairTable()
        self._contextual = lexer.contextual.data
        self._start, self._contextual_start = lexer.start, lexer.contextual_start
        self._is_longest, self._newline = layout.is_longest, layout.newline
        self._lines = lexer.lines
        self._declared_bits = sum(1 << terminal for terminal in (layout.indent, layout.dedent) if terminal >= 0)
        self._ignored_bits = sum(1 << terminal for terminal in layout.ignored)
        self._threads_of, self._state_of, self._sole = [], {}, PairTable(256)
        self._allowed, self._global_allowed = PairTable(), {}
        self._moves, self._move_places, self._completed = [], PairTable(), {}
        self._now, self._then, self._size = np.zeros(80, np.int32).data, np.zeros(80, np.int32).data, 0
        self.states = 0
        self.start = self.state([(lexer.start, parser.start, self.indentations.start, 0, 0)])

    def state(self, threads: list[Thread]) -> cython.int:
        """The state of these threads."""
        if len(threads) > 1:
            threads.sort()
        key = tuple(threads)
        state = self._state_of.get(key)
        if state is None:
            state = self.states
            if state >= MAX_STATES:
                raise LimitExceededError(f"{MAX_STATES} states of a grammar", "texts that are too long or too many")
            self._state_of[key] = state
            self._threads_of.append(key)
            self.states = state + 1
        return state

    def threads(self, state: cython.int) -> tuple[Thread, ...]:
        """The threads of a state."""
        return self._threads_of[state]

    def advance(self, state: cython.int, text: bytes) -> cython.int:
        """The state after the bytes of ``text``, or -1 where some byte of it is not allowed."""
        self._load(self._threads_of[state])
        byte: cython.int
        for byte in text:
            self._step(byte & 0xFF)  # C takes them to be signed
            if self._size == 0:
                return -1
        return self._reached()

    def alive_for(self, state: cython.int, text: bytes) -> cython.int:
        """How many bytes of ``text`` are allowed from ``state`` on."""
        self._load(self._threads_of[state])
        count: cython.int = 0
        byte: cython.int
        for byte in text:
            self._step(byte & 0xFF)  # C takes them to be signed
            if self._size == 0:
                break
            count += 1
        return count

    def end_token(self, state: cython.int) -> cython.int:
        """The state at the beginning of the next token."""
        reading: cython.int
        known = self._threads_of[state]
        for reading, _, _, _, _ in known:
            if self._budgets[reading]:
                return self.state([self._counted(thread) for thread in known])
        return state

    def live_bytes(self, state: cython.int, most: cython.int = 256) -> list[int]:
        """The bytes that may follow, ascending; no more than ``most`` of them."""
        live: list[int] = []
        byte: cython.int
        for byte in range(256):
            self._load(self._threads_of[state])
            self._step(byte)
            if self._size:
                live.append(byte)
                if len(live) >= most:
                    break
        return live

    def sole_byte(self, state: cython.int) -> cython.int:
        """The one byte that may follow, or -1 where none or several may. That the text may end is not looked at."""
        live = self.live_bytes(state, 2)
        return live[0] if len(live) == 1 else -1

    def is_accepting(self, state: cython.int) -> cython.bint:
        """Whether the text may end in ``state``."""
        reading: cython.int
        stacks: cython.int
        indentation: cython.int
        for reading, stacks, indentation, _, _ in self._threads_of[state]:
            if reading == self._start:
                if self._may_end(stacks, indentation):
                    return True
                continue
            for terminal, count in self._complete_in(reading):
                for symbols, enclosing in self.moves(indentation, terminal, count):
                    if self._may_end(self.completed(stacks, symbols), enclosing):
                        return True
        return False

    def stepped(self, threads: list[Thread], byte: cython.int) -> list[Thread]:
        """The threads after one more byte."""
        self._load(tuple(threads))
        self._step(byte)
        return self._threads()

    def completed(self, stacks: cython.int, symbols: tuple) -> cython.int:
        """The stack set after these symbols."""
        symbol: cython.int
        for symbol in symbols:
            stacks = self.parser.complete(stacks, symbol)
        return stacks

    def moves(self, indentation: cython.int, terminal: cython.int, count: cython.int) -> tuple[Move, ...]:
        """What a terminal that is complete may be (see ``Indentations``)."""
        key: cython.longlong = (cython.cast(cython.longlong, terminal) << 32) | (count & 0x7FFFFFFF)
        place: cython.int = self._move_places.find(indentation, key)
        if place < 0:
            self._moves.append(self.indentations.moves(indentation, terminal, count))
            place = len(self._moves) - 1
            self._move_places.put(indentation, key, place)
        return self._moves[place]

    def allowed(self, stacks: cython.int, indentation: cython.int) -> cython.int:
        """The row of ``verdicts`` that says which signatures have a terminal that may come next."""
        return self.allowed_by(self.parser, stacks, indentation)

    def allowed_by(self, parser: Parser, stacks: cython.int, indentation: cython.int) -> cython.int:
        """``allowed`` on a set of some twin of the parser."""
        if len(self._lines):
            return self.verdicts.bring_up_to_date(self._allowed_in_all(parser, stacks, indentation))
        kind: cython.int = self.indentations.kinds[indentation]
        row: cython.int = self._allowed.find(parser.viable_class[stacks], kind)
        if row < 0:
            row = self.verdicts.row(self._allowed_bits(parser.viable(stacks), kind))
            self._allowed.put(parser.viable_class[stacks], kind, row)
        return self.verdicts.bring_up_to_date(row)

    def _allowed_bits(self, viable: Any, kind: cython.int) -> int:
        bits = viable | (0 if kind == _BEGINS_LINE else self._ignored_bits)
        return bits | 1 << self._newline if kind == _IN_BRACKET else bits

    def _allowed_in_all(self, parser: Parser, stacks: cython.int, indentation: cython.int) -> cython.int:
        """Which columns a line may begin in depends on all enclosing ones, and on all of the stacks."""
        kind: cython.int = self.indentations.kinds[indentation]
        is_own = parser is self.parser
        key = (stacks, indentation, len(self._lines))
        row = self._global_allowed.get(key) if is_own else None
        if row is None:
            bits = self._allowed_bits(parser.viable(stacks), kind)
            for line, columns in enumerate(self._lines):
                if bits >> self._newline & 1 and (
                    kind == _IN_BRACKET or self._may_begin(parser, stacks, indentation, columns)
                ):
                    bits |= 1 << self.lexer.terminal_count + line
            row = self.verdicts.row(bits)
            if is_own:
                self._global_allowed[key] = row
        return row

    def _may_begin(self, parser: Parser, stacks: cython.int, indentation: cython.int, columns: tuple) -> cython.bint:
        """Whether a line may begin in one of these columns."""
        for symbols, enclosing in self.indentations.begins(indentation, columns):
            following = stacks
            for symbol in symbols:
                following = parser.complete(following, symbol)
            if parser.viable(following) & ~self._declared_bits or self._may_end_in(parser, following, enclosing):
                return True
        return False

    def _may_end(self, stacks: cython.int, indentation: cython.int) -> cython.bint:
        return self._may_end_in(self.parser, stacks, indentation)

    def _may_end_in(self, parser: Parser, stacks: cython.int, indentation: cython.int) -> cython.bint:
        dedents: cython.int = self.indentations.dedents(indentation) if indentation else 0
        for _ in range(dedents):
            stacks = parser.complete(stacks, self.layout.dedent)
        return dedents >= 0 and parser.is_accepting(stacks)

    def _complete_in(self, reading: cython.int) -> list[tuple[int, int]]:
        found = self._completed.get(reading)
        if found is None:
            found = self._completed[reading] = self.lexer.complete_in(reading)
        return found

    def _row(self, reading: cython.int, byte: cython.int) -> cython.int:
        following: cython.int = self._rows[reading, byte]
        return self.lexer.step(reading, byte) if following == _UNKNOWN else following

    def _counted(self, thread: Thread) -> Thread:
        """A thread at the end of a token."""
        reading, stacks, indentation, guard, tokens = thread
        if not self._budgets[reading]:
            return thread
        if tokens + 1 >= self._budgets[reading]:
            reading = self.lexer.hurried(reading, tokens + 1)
        return reading, stacks, indentation, guard, tokens + 1 if self._budgets[reading] else 0

    def _load(self, threads: tuple[Thread, ...]) -> cython.void:
        """Make these the threads that are stepped."""
        self._size = 0
        for reading, stacks, indentation, guard, tokens in threads:
            self._append(self._size, reading, stacks, indentation, guard, tokens)
            self._size += 1
        self._now, self._then = self._then, self._now

    def _reached(self) -> cython.int:
        """The state of the threads that are stepped."""
        if self._size > 1 or self._now[4]:
            return self.state(self._threads())
        first: cython.longlong = (cython.cast(cython.longlong, self._now[0]) << 32) | self._now[1]
        second: cython.longlong = (cython.cast(cython.longlong, self._now[2]) << 32) | self._now[3]
        state: cython.int = self._sole.find(first, second)
        if state < 0:
            state = self.state(self._threads())
            self._sole.put(first, second, state)
        return state

    def _threads(self) -> list[Thread]:
        return [
            (self._now[index], self._now[index + 1], self._now[index + 2], self._now[index + 3], self._now[index + 4])
            for index in range(0, _SIZE * self._size, _SIZE)
        ]

    def _step(self, byte: cython.int) -> cython.void:
        """Step the threads by a byte."""
        size: cython.int = 0
        index: cython.int
        reading: cython.int
        guard: cython.int
        going_on: cython.int
        for index in range(0, _SIZE * self._size, _SIZE):
            reading = self._now[index]
            guard = self._now[index + 3]
            if guard:
                guard = self._row(guard, byte)
                if self._accepting[guard]:
                    continue
                guard = 0 if guard == _DEAD else guard
            going_on = self._row(reading, byte)
            if going_on != _DEAD:
                tokens: cython.int = self._now[index + 4] if self._budgets[going_on] else 0
                size = self._emit(size, going_on, self._now[index + 1], self._now[index + 2], guard, tokens)
            if self._contextual[reading]:
                if self._accepting[reading]:
                    size = self._begin(size, index, byte, self.lexer.ended_in(reading, going_on), guard)
            elif self._accepting[reading] and not (self._is_longest and self._accepting[going_on]):
                size = self._begin(size, index, byte, self._complete_in(reading), self._guarded(guard, going_on))
            elif reading == self._start:
                going_on = self._row(self._contextual_start, byte)
                if going_on != _DEAD:
                    size = self._emit(size, going_on, self._now[index + 1], self._now[index + 2], guard, 0)
        self._now, self._then = self._then, self._now
        self._size = size

    def _guarded(self, guard: cython.int, going_on: cython.int) -> cython.int:
        if not self._is_longest or going_on == _DEAD:
            return guard
        return self.lexer.unite(guard, going_on) if guard else going_on

    def _begin(
        self, size: cython.int, index: cython.int, byte: cython.int, ended: list, guard: cython.int
    ) -> cython.int:
        """End each of these terminals, which are complete in a thread, and begin the next one with ``byte``."""
        following: cython.int = self._row(self._start, byte)
        contextual: cython.int = self._row(self._contextual_start, byte)
        if following == _DEAD and contextual == _DEAD:
            return size
        stacks: cython.int
        terminal: cython.int
        count: cython.int
        for terminal, count in ended:
            for symbols, enclosing in self.moves(self._now[index + 2], terminal, count):
                stacks = self.completed(self._now[index + 1], symbols)
                if stacks and following != _DEAD:
                    size = self._emit(size, following, stacks, enclosing, guard, 0)
                if stacks and contextual != _DEAD:
                    size = self._emit(size, contextual, stacks, enclosing, guard, 0)
        return size

    def _emit(
        self,
        size: cython.int,
        reading: cython.int,
        stacks: cython.int,
        indentation: cython.int,
        guard: cython.int,
        tokens: cython.int,
    ) -> cython.int:
        """Add a thread to those that follow, if it is viable; how many they are."""
        signature: cython.int = self.lexer.guarded(reading, guard) if guard else self._signatures[reading]
        row: cython.int = self.allowed(stacks, indentation)
        if not self.verdicts.table[row, signature]:
            return size
        if self._broad[reading] or self._contextual[reading]:
            reading = self._narrowed(reading, row)
        index: cython.int
        for index in range(0, _SIZE * size, _SIZE):
            if (
                self._then[index] == reading
                and self._then[index + 2] == indentation
                and self._then[index + 3] == guard
                and self._then[index + 4] == tokens
            ):
                self._then[index + 1] = self.parser.unite(self._then[index + 1], stacks)
                return size
        self._append(size, reading, stacks, indentation, guard, tokens)
        return size + 1

    def _narrowed(self, reading: cython.int, row: cython.int) -> cython.int:
        """A reading without contextual terminals, and free text, that may not stand there, or its mask would be made of
        all tokens for nothing.

        Where terminals are the longest possible, other ones count though they may not stand there.
        """
        if self._is_longest and not self._contextual[reading]:
            return reading
        narrow: cython.int = self._narrow.find(reading, row)
        if narrow < 0:
            narrow = self.lexer.narrowed(reading, self.verdicts.terminals(row))
            self._narrow.put(reading, row, narrow)
        return narrow

    def _append(
        self,
        size: cython.int,
        reading: cython.int,
        stacks: cython.int,
        indentation: cython.int,
        guard: cython.int,
        tokens: cython.int,
    ) -> cython.void:
        index: cython.int = _SIZE * size
        if index + _SIZE > self._then.shape[0]:
            self._then = np.concatenate([self._then, np.zeros_like(self._then)]).data
        self._then[index] = reading
        self._then[index + 1] = stacks
        self._then[index + 2] = indentation
        self._then[index + 3] = guard
        self._then[index + 4] = tokens

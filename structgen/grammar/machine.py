# cython: annotation_typing=True, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""A grammar over bytes: readings of terminals on stack sets of the parser.

A *thread* is (reading, stack set, indentation, guard): the terminal that is being read, and all parses of the text
before it. A state is a set of threads, hash-consed; mostly it is one, since parses that read the same are one stack
set. Where a terminal is complete, a byte goes on with it, or begins the next one: both become threads
(``lexer="any"``). With ``lexer="longest"`` the first excludes the second as soon as it completes a terminal: until that
is sure, the *guard* reads along, and the thread ends where the guard completes one.

*Indentations* are stacks of their own: the columns of the enclosing blocks, and a mark for each open bracket. Another
mark is on top where a line begins: nothing ignored may stand there, as the line's column is decided.

Every state can be completed: the parser's sets are viable, and a reading is kept only with sets where one of its
terminals may stand.
"""

from __future__ import annotations

from typing import Final

import cython
import numpy as np

from structgen.automaton.memory import untouched
from structgen.errors import LimitExceededError
from structgen.grammar import lexer as lexing
from structgen.grammar.lexer import Lexer
from structgen.grammar.parser import Parser

__all__ = ["MAX_STATES", "GrammarMachine", "Layout", "Thread", "deepened"]

MAX_STATES: Final = 1 << 20
"""Bound on the different states of one grammar, and on its threads."""

MAX_VERDICTS: Final = 1 << 13
"""Bound on the different sets of terminals that may come next, and that the beginning of a terminal may be of."""

_UNKNOWN = cython.declare(cython.int, lexing.UNKNOWN)
_DEAD = cython.declare(cython.int, lexing.DEAD)
_END_OF_TOKEN = cython.declare(cython.int, lexing.END_OF_TOKEN)
_BRACKET = cython.declare(cython.int, -1)
_LINE = cython.declare(cython.int, -2)
_CUT = cython.declare(cython.int, 1)


class Layout:
    """Which terminals the machine treats apart, by number; -1 for none."""

    __slots__ = ("closing", "dedent", "ignored", "indent", "is_longest", "newline", "opening")

    def __init__(
        self,
        *,
        ignored: frozenset[int] = frozenset(),
        is_longest: bool = False,
        newline: int = -1,
        indent: int = -1,
        dedent: int = -1,
        opening: frozenset[int] = frozenset(),
        closing: frozenset[int] = frozenset(),
    ) -> None:
        self.ignored = ignored
        self.is_longest = is_longest
        self.newline, self.indent, self.dedent = newline, indent, dedent
        self.opening, self.closing = opening, closing


Thread = tuple[int, int, int, int]
"""``(reading, stack set, indentation, guard)``"""


def deepened(depth: int, further: int) -> int:
    """How many states decide about what follows a symbol: ``depth`` of them about the symbol, which leaves a state on
    one of theirs, and ``further`` from there on. Where the symbol is ignored, ``depth`` is 0.
    """
    return max(depth, depth + further - 2) if depth else further


@cython.cclass
class GrammarMachine:
    """Steps of one grammar's states. ``start`` is the state of an empty text."""

    # verdicts: uint8 array of shape (MAX_VERDICTS, MAX_VERDICTS); 1 where a row of ``allowed`` allows a signature
    start = cython.declare(cython.int, visibility="readonly")
    states = cython.declare(cython.int, visibility="readonly")
    lexer = cython.declare(object, visibility="readonly")
    parser = cython.declare(object, visibility="readonly")
    layout = cython.declare(object, visibility="readonly")
    _rows: cython.int[:, ::1]
    _accepting: cython.uchar[::1]
    _signatures: cython.int[::1]
    _is_longest: cython.bint
    _newline: cython.int
    _ignored_bits: int
    _declared_bits: int
    _threads_of: list[tuple[Thread, ...]]
    _state_of: dict[tuple[Thread, ...], int]
    _indentations: list[tuple[int, int]]
    _indentation_of: dict[tuple[int, int], int]
    _heights: list[int]
    _allowed: dict[tuple[int, int], int]
    _allowed_of: dict[int, int]
    _bits: list[int]
    verdicts = cython.declare(object, visibility="readonly")
    _verdicts: cython.uchar[:, ::1]
    _judged: list[int]
    _signature_bits: list[int]
    _after: dict[tuple[int, int, int], list[tuple[int, int, int, int]]]

    def __init__(self, lexer: Lexer, parser: Parser, layout: Layout) -> None:
        self.lexer, self.parser, self.layout = lexer, parser, layout
        self._rows, self._accepting, self._signatures = lexer.rows.data, lexer.accepting.data, lexer.signatures.data
        self._is_longest, self._newline = layout.is_longest, layout.newline
        self._declared_bits = sum(1 << terminal for terminal in (layout.indent, layout.dedent) if terminal >= 0)
        self._ignored_bits = sum(1 << terminal for terminal in layout.ignored)
        self._threads_of, self._state_of = [], {}
        # the outermost block, and what stands for it where an indentation is cut off
        self._indentations, self._indentation_of, self._heights = [(0, 0), (0, _CUT)], {}, [0, 0]
        self._allowed, self._allowed_of, self._bits, self._judged = {}, {}, [], []
        self.verdicts = untouched((MAX_VERDICTS, MAX_VERDICTS), np.uint8)
        self._verdicts = self.verdicts.data
        self._signature_bits, self._after = [], {}
        self.states = 0
        indentation = self._indented(_LINE, 0) if layout.newline >= 0 else 0
        self.start = self.state([(lexer.start, parser.start, indentation, 0)])

    def state(self, threads: list[Thread]) -> int:
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

    def threads(self, state: int) -> tuple[Thread, ...]:
        """The threads of a state."""
        return self._threads_of[state]

    def advance(self, state: int, text: bytes) -> int:
        """The state after the bytes of ``text``, or -1 where some byte of it is not allowed."""
        threads = list(self._threads_of[state])
        for byte in text:
            threads = self._stepped(threads, byte)
            if not threads:
                return -1
        return self.state(threads)

    def alive_for(self, state: int, text: bytes) -> int:
        """How many bytes of ``text`` are allowed from ``state`` on."""
        threads = list(self._threads_of[state])
        count = 0
        for byte in text:
            threads = self._stepped(threads, byte)
            if not threads:
                break
            count += 1
        return count

    def end_token(self, state: int) -> int:
        """The state at the beginning of the next token."""
        threads = []
        reading: cython.int
        is_new = False
        for thread in self._threads_of[state]:
            reading = self.lexer.step(thread[0], _END_OF_TOKEN)
            is_new = is_new or reading != thread[0]
            threads.append((reading, *thread[1:]))
        return self.state(threads) if is_new else state

    def live_bytes(self, state: int, most: int = 256) -> list[int]:
        """The bytes that may follow, ascending; no more than ``most`` of them."""
        threads = list(self._threads_of[state])
        live: list[int] = []
        for byte in range(256):
            if self._stepped(threads, byte):
                live.append(byte)
                if len(live) >= most:
                    break
        return live

    def sole_byte(self, state: int) -> int:
        """The one byte that may follow, or -1 where none or several may. That the text may end is not looked at."""
        live = self.live_bytes(state, 2)
        return live[0] if len(live) == 1 else -1

    def is_accepting(self, state: int) -> bool:
        """Whether the text may end in ``state``."""
        for reading, stacks, indentation, _ in self._threads_of[state]:
            if reading == self.lexer.start:
                if self._may_end(stacks, indentation):
                    return True
                continue
            for terminal, count in self.lexer.complete_in(reading):
                for one, other, _, _ in self.after(stacks, indentation, terminal, count):
                    if one and self._may_end(one, other):
                        return True
        return False

    def stepped(self, threads: list[Thread], byte: int) -> list[Thread]:
        """The threads after one more byte."""
        return self._stepped(threads, byte)

    def allowed(self, stacks: int, indentation: int) -> int:
        """The row of ``verdicts`` that says which signatures have a terminal that may come next."""
        is_in_bracket = self._newline >= 0 and self._indentations[indentation][0] == _BRACKET
        begins_line = self._newline >= 0 and self._indentations[indentation][0] == _LINE
        # which columns a line may begin in depends on all enclosing ones
        place = indentation << 32 | len(self.lexer.lines) if self.lexer.lines else 2 * begins_line + is_in_bracket
        key = (stacks, place)
        allowed = self._allowed.get(key)
        if allowed is None:
            bits = self.parser.viable(stacks) | (0 if begins_line else self._ignored_bits)
            if is_in_bracket:
                bits |= 1 << self._newline
            for line, columns in enumerate(self.lexer.lines):
                if bits >> self._newline & 1 and (is_in_bracket or self._may_begin(stacks, indentation, columns)):
                    bits |= 1 << self.lexer.terminal_count + line
            allowed = self._allowed_of.get(bits)
            if allowed is None:
                allowed = self._allowed_of[bits] = self._new_row(bits)
            self._allowed[key] = allowed
        if self._judged[allowed] < len(self.lexer.terminals_of):
            self._judge(allowed)
        return allowed

    @cython.cfunc
    def _may_begin(self, stacks: int, indentation: int, columns: tuple[int, ...]) -> bool:
        """Whether a line may begin in one of these columns."""
        if self._indentations[indentation][0] == _LINE:
            indentation = self._indentations[indentation][1]
        innermost = self._indentations[indentation][0]
        candidates = {column for column in columns if column > innermost and self.layout.indent >= 0}
        candidates = {min(candidates)} if candidates else set()
        level = indentation
        while self._indentations[level][0] != _BRACKET:
            column, below = self._indentations[level]
            if column in columns:
                candidates.add(column)
            if level == below:
                break
            level = below
        for column in candidates:
            for following, enclosing, _, _ in self.after(stacks, indentation, self._newline, column):
                if following and (
                    self.parser.viable(following) & ~self._declared_bits or self._may_end(following, enclosing)
                ):
                    return True
        return False

    @cython.cfunc
    def _new_row(self, bits: int) -> int:
        number = len(self._bits)
        if number >= MAX_VERDICTS:
            raise LimitExceededError(f"{MAX_VERDICTS} sets of terminals that may come next", f"{number} sets")
        self._bits.append(bits)
        self._judged.append(0)
        return number

    @cython.cfunc
    @cython.exceptval(check=True)
    def _judge(self, allowed: int) -> cython.void:
        """Bring a row up to date: a signature that is new has no verdict yet."""
        terminals_of = self.lexer.terminals_of
        if len(terminals_of) > MAX_VERDICTS:
            raise LimitExceededError(
                f"{MAX_VERDICTS} sets of terminals that a text may be of", f"{len(terminals_of)} sets"
            )
        while len(self._signature_bits) < len(terminals_of):
            self._signature_bits.append(sum([1 << terminal for terminal in terminals_of[len(self._signature_bits)]]))
        bits = self._bits[allowed]
        signature: cython.int
        row: cython.int = allowed
        for signature in range(self._judged[allowed], len(terminals_of)):
            self._verdicts[row, signature] = (self._signature_bits[signature] & bits) != 0
        self._judged[allowed] = len(terminals_of)

    def after(self, stacks: int, indentation: int, terminal: int, count: int) -> list[tuple[int, int, int, int]]:
        """What follows a terminal that is complete: ``(stack set, indentation, depth, levels)``; the empty set, or
        nothing, where it may not stand.

        ``count`` is the column that a line begins in, for the terminal that ends lines. ``depth`` states of ``stacks``,
        0 where it is ignored, and ``levels`` of ``indentation`` decide about it.
        """
        key = (stacks, indentation, terminal << 32 | (count & 0xFFFFFFFF))
        found = self._after.get(key)
        if found is None:
            found = self._after[key] = self._made_after(stacks, indentation, terminal, count)
        return found

    @cython.cfunc
    def _made_after(self, stacks: int, indentation: int, terminal: int, count: int) -> list[tuple[int, int, int, int]]:
        layout = self.layout
        if indentation and self._indentations[indentation][0] == _LINE:
            below = self._made_after(stacks, self._indentations[indentation][1], terminal, count)
            return [(following, enclosing, depth, levels + 1) for following, enclosing, depth, levels in below]
        found = [(stacks, indentation, 0, 1)] if terminal in layout.ignored else []
        if terminal == self._newline:
            if self._indentations[indentation][0] == _BRACKET:
                return [(stacks, indentation, 0, 1)]
            return found + self._after_line(stacks, indentation, max(count, 0))
        following = self.parser.complete(stacks, terminal)
        depth = self.parser.depth(stacks, terminal)
        if terminal in layout.opening:
            indentation = self._indented(_BRACKET, indentation)
        elif terminal in layout.closing:
            column, indentation = self._indentations[indentation]
            if column != _BRACKET:
                return found
        return [*found, (following, indentation, depth, 1)]

    @cython.cfunc
    def _after_line(self, stacks: int, indentation: int, column: int) -> list[tuple[int, int, int, int]]:
        symbols = [self._newline]
        enclosing, below = self._indentations[indentation]
        if column > enclosing:
            symbols.append(self.layout.indent)
            indentation = self._indented(column, indentation)
        while column < enclosing:
            symbols.append(self.layout.dedent)
            indentation = below
            enclosing, below = self._indentations[indentation]
            if column > enclosing:
                return []
        depth, levels = 0, len(symbols) + 1
        for symbol in symbols:
            depth = deepened(depth, self.parser.depth(stacks, symbol))
            stacks = self.parser.complete(stacks, symbol)
        return [(stacks, self._indented(_LINE, indentation), depth, levels)]

    def height(self, indentation: int) -> int:
        """How many levels an indentation has."""
        return self._heights[indentation]

    def truncated(self, indentation: int, levels: int) -> int:
        """The innermost ``levels`` of an indentation: the same for all that differ further out only."""
        if levels >= self._heights[indentation]:
            return indentation
        if levels == 0:
            return _CUT
        column, enclosing = self._indentations[indentation]
        return self._indented(column, self.truncated(enclosing, levels - 1))

    @cython.cfunc
    def _indented(self, column: int, indentation: int) -> int:
        key = (column, indentation)
        number = self._indentation_of.get(key)
        if number is None:
            number = self._indentation_of[key] = len(self._indentations)
            self._indentations.append(key)
            self._heights.append(self._heights[indentation] + 1)
        return number

    @cython.cfunc
    def _may_end(self, stacks: int, indentation: int) -> bool:
        while indentation:
            column, indentation = self._indentations[indentation]
            if column == _BRACKET:
                return False
            if column == _LINE:
                continue
            stacks = self.parser.complete(stacks, self.layout.dedent)
        return bool(self.parser.is_accepting(stacks))

    @cython.cfunc
    def _row(self, reading: cython.int, byte: cython.int) -> cython.int:
        following: cython.int = self._rows[reading, byte]
        return self.lexer.step(reading, byte) if following == _UNKNOWN else following

    @cython.cfunc
    def _stepped(self, threads: list[Thread], byte: cython.int) -> list[Thread]:
        found: list[Thread] = []
        going_on: cython.int
        guard: cython.int
        reading: cython.int
        for thread in threads:
            reading, stacks, indentation, guard = thread
            if guard:
                guard = self._row(guard, byte)
                if self._accepting[guard]:
                    continue
                guard = 0 if guard == _DEAD else guard
            going_on = self._row(reading, byte)
            if going_on != _DEAD:
                self._emit(found, going_on, stacks, indentation, guard)
            if self._accepting[reading] and not (self._is_longest and self._accepting[going_on]):
                self._begin(found, reading, stacks, indentation, byte, self._guarded(guard, going_on))
        return found

    @cython.cfunc
    def _guarded(self, guard: cython.int, going_on: cython.int) -> cython.int:
        if not self._is_longest or going_on == _DEAD:
            return guard
        return self.lexer.unite(guard, going_on) if guard else going_on

    @cython.cfunc
    def _begin(
        self, found: list[Thread], reading: int, stacks: int, indentation: int, byte: cython.int, guard: cython.int
    ) -> cython.void:
        """End each terminal that is complete, and begin the next one with ``byte``."""
        following: cython.int = self._row(self.lexer.start, byte)
        if following == _DEAD:
            return
        for terminal, count in self.lexer.complete_in(reading):
            for one, other, _, _ in self.after(stacks, indentation, terminal, count):
                if one:
                    self._emit(found, following, one, other, guard)

    @cython.cfunc
    def _emit(
        self, found: list[Thread], reading: cython.int, stacks: int, indentation: int, guard: cython.int
    ) -> cython.void:
        signature: cython.int = self.lexer.guarded(reading, guard) if guard else self._signatures[reading]
        allowed: cython.int = self.allowed(stacks, indentation)
        if not self._verdicts[allowed, signature]:
            return
        for index, (known, below, enclosing, guarding) in enumerate(found):
            if known == reading and enclosing == indentation and guarding == guard:
                if below != stacks:
                    found[index] = (reading, self.parser.unite(below, stacks), indentation, guard)
                return
        found.append((reading, stacks, indentation, guard))

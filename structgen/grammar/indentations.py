"""Stacks of the columns of enclosing blocks, with a mark for each open bracket, hash-consed.

Another mark is on top where a line begins: nothing ignored may stand there, as the line's column is decided. What an
indentation makes of a terminal is a list of symbols for the parser, and the indentation that follows.

An *outline* knows no columns: all indentations with the same brackets open in the innermost block have one. A *sketch*
knows them until a line begins, and is an outline from then on. Both save what reads ahead from telling apart what
doesn't matter.
"""

from __future__ import annotations

from typing import Final

__all__ = ["BEGINS_LINE", "IN_BLOCK", "IN_BRACKET", "Indentations", "Layout", "Move", "UnknownColumnError"]

IN_BLOCK: Final = 0
IN_BRACKET: Final = 1
BEGINS_LINE: Final = 2

_BRACKET: Final = -1
_LINE: Final = -2
_SOME: Final = -3  # a block's column that an outline leaves out
_SKETCH: Final = -4  # on top of what is sketched

Move = tuple[tuple[int, ...], int]
"""Symbols, none where a terminal is ignored, and the indentation that follows."""


class UnknownColumnError(Exception):
    """A column decides that an outline leaves out."""


class Layout:
    """Which terminals the machine treats apart, by number; -1 for none. ``blocking`` are contextual ones that no rule
    needs.
    """

    __slots__ = ("blocking", "closing", "contextual", "dedent", "ignored", "indent", "is_longest", "newline", "opening")

    def __init__(
        self,
        *,
        ignored: frozenset[int] = frozenset(),
        contextual: frozenset[int] = frozenset(),
        blocking: frozenset[int] = frozenset(),
        is_longest: bool = False,
        newline: int = -1,
        indent: int = -1,
        dedent: int = -1,
        opening: frozenset[int] = frozenset(),
        closing: frozenset[int] = frozenset(),
    ) -> None:
        self.ignored = ignored
        self.contextual, self.blocking = contextual, blocking
        self.is_longest = is_longest
        self.newline, self.indent, self.dedent = newline, indent, dedent
        self.opening, self.closing = opening, closing


class Indentations:
    """The indentations of one grammar. 0 is the outermost block alone, which is all there is without a layout."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._levels: list[tuple[int, int]] = [(0, 0), (_SOME, 1)]
        self._numbers: dict[tuple[int, int], int] = {}
        self._moves: dict[tuple[int, int, int], tuple[Move, ...]] = {}
        self._outlines = [1, 1]
        self.kinds = bytearray((IN_BLOCK, IN_BLOCK))
        self.start = 0 if layout.newline < 0 else self._within(_LINE, 0)

    def outline(self, indentation: int) -> int:
        """What is left of an indentation without columns."""
        return self._outlines[indentation]

    def sketch(self, indentation: int) -> int:
        """An indentation without columns once a line begins."""
        return self._within(_SKETCH, indentation)

    def moves(self, indentation: int, terminal: int, count: int) -> tuple[Move, ...]:
        """What a terminal that is complete may be; nothing where it may not stand.

        ``count`` is the column that a line begins in, for the terminal that ends lines.

        Raises
        ------
        UnknownColumnError
            ``indentation`` is an outline, and a column decides.
        """
        key = (indentation, terminal, count)
        found = self._moves.get(key)
        if found is None:
            found = self._moves[key] = self._made(indentation, terminal, count)
        return found

    def begins(self, indentation: int, columns: tuple[int, ...]) -> list[Move]:
        """What the end of a line may be that leads to one of these columns."""
        if self.kinds[indentation] == BEGINS_LINE:
            indentation = self._levels[indentation][1]
        innermost = self._levels[indentation][0]
        deeper = [column for column in columns if column > innermost and self._layout.indent >= 0]
        candidates = set(deeper[:1])
        level = indentation
        while self._levels[level][0] != _BRACKET:
            column, below = self._levels[level]
            if column in columns:
                candidates.add(column)
            if level == below:
                break
            level = below
        newline = self._layout.newline
        return [move for column in candidates for move in self.moves(indentation, newline, column)]

    def dedents(self, indentation: int) -> int:
        """How many blocks end where the text does; -1 where it may not, in a bracket."""
        count = 0
        while indentation:
            column, indentation = self._levels[indentation]
            if column == _BRACKET:
                return -1
            count += column != _LINE
        return count

    def _made(self, indentation: int, terminal: int, count: int) -> tuple[Move, ...]:
        layout = self._layout
        column, enclosing = self._levels[indentation]
        if column == _SKETCH:
            return tuple(
                [
                    (symbols, self._outlines[following] if self._has_line(symbols) else self.sketch(following))
                    for symbols, following in self.moves(enclosing, terminal, count)
                ]
            )
        if column == _LINE:
            return tuple([move for move in self.moves(enclosing, terminal, count) if move[0]])
        ignored: tuple[Move, ...] = (((), indentation),) if terminal in layout.ignored else ()
        if terminal == layout.newline:
            if column == _BRACKET:
                return (((), indentation),)
            return ignored + self._line(indentation, max(count, 0))
        if terminal in layout.opening:
            indentation = self._within(_BRACKET, indentation)
        elif terminal in layout.closing:
            if column != _BRACKET:
                return ignored
            indentation = enclosing
        return (*ignored, ((terminal,), indentation))

    def _has_line(self, symbols: tuple[int, ...]) -> bool:
        return len(symbols) > 0 and symbols[0] == self._layout.newline

    def _line(self, indentation: int, column: int) -> tuple[Move, ...]:
        symbols = [self._layout.newline]
        innermost, below = self._levels[indentation]
        if innermost == _SOME:
            raise UnknownColumnError
        if column > innermost:
            if self._layout.indent < 0:
                return ()
            symbols.append(self._layout.indent)
            indentation = self._within(column, indentation)
        while column < innermost:
            symbols.append(self._layout.dedent)
            indentation = below
            innermost, below = self._levels[indentation]
            if column > innermost:
                return ()
        return ((tuple(symbols), self._within(_LINE, indentation)),)

    def _within(self, column: int, enclosing: int) -> int:
        key = (column, enclosing)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._levels)
            self._levels.append(key)
            self._outlines.append(1)
            if column == _SKETCH:
                self.kinds.append(self.kinds[enclosing])
                self._outlines[number] = self._outlines[enclosing]
            else:
                self.kinds.append({_BRACKET: IN_BRACKET, _LINE: BEGINS_LINE}.get(column, IN_BLOCK))
                if column < 0:
                    self._outlines[number] = self._within(column, self._outlines[enclosing])
        return number

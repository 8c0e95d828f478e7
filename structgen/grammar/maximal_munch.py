"""With ``lexer="longest"``: which terminals a text can still be completed as, whatever follows.

A terminal ends where no terminal's text is longer. So a terminal that is complete may have no successor: after ``a``
no ``b`` can begin where ``ab`` is a terminal too. A reading is kept for a terminal only if some text leads to a place
where that is complete and can be told from what follows: because an ignored text may stand there that nothing goes on
with, or because whatever the grammar lets follow begins with a byte that nothing goes on with.

Places are tuples of the lexer's components, which are the terminals that the text since the last boundary may be of.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from structgen.grammar.expressions import Declared
from structgen.grammar.productions import Productions

if TYPE_CHECKING:
    from structgen.grammar.lexer import Lexer

__all__ = ["MaximalMunch", "followers"]

_MAX_PLACES: Final = 2_000
"""Places that one search visits: a terminal whose end is further away counts as one without."""

_CLOSING: Final = frozenset(b"\"'`)]}>/\n")


class MaximalMunch:
    """Verdicts about the places of one lexer.

    ``following[t]`` are the terminals that may follow terminal t, ignored ones aside; ``newline`` is the terminal that
    ends lines, or -1.
    """

    def __init__(self, lexer: Lexer, following: Sequence[set[int]], ignored: Iterable[int], newline: int) -> None:
        self._lexer = lexer
        self._following = following
        self._newline = newline
        self._verdicts: dict[tuple[tuple[int, ...], int, tuple[int, ...]], bool] = {}
        start = lexer.components(lexer.start)
        self._first: list[set[int]] = [set() for _ in following]
        for component in start:
            self._first[lexer.terminal(component)] = set(lexer.live_bytes(component))
        self._separators = {
            byte: behind
            for terminal in ignored
            for byte in sorted(self._first[terminal])
            if (behind := self._behind(terminal, self._after(start, byte)))
        }

    def can_end(self, place: tuple[int, ...], terminal: int, guard: tuple[int, ...] = ()) -> bool:
        """Whether some text leads from ``place`` to an end of ``terminal`` that something else can follow, without
        completing a terminal that ``guard`` reads along.
        """
        key = (place, terminal, guard)
        known = self._verdicts.get(key)
        if known is None:
            known = self._verdicts[key] = self._search(place, terminal, guard)
        return known

    def _behind(self, terminal: int, place: tuple[int, ...]) -> set[int]:
        """The terminals that can begin behind an ignored text, if it is complete here."""
        if any(self._lexer.terminal(one) == terminal and self._lexer.is_complete(one) for one in place):
            return self._beginning(place)
        return set()

    def _beginning(self, place: tuple[int, ...]) -> set[int]:
        """The terminals of which some first byte goes on with nothing that is being read."""
        dead = {byte for byte in range(256) if not self._after(place, byte)}
        return {terminal for terminal, first in enumerate(self._first) if first & dead}

    def _after(self, place: tuple[int, ...], byte: int) -> tuple[int, ...]:
        following = {self._lexer.step_component(component, byte) for component in place}
        return tuple(sorted(following - {-1}))

    def _search(self, place: tuple[int, ...], terminal: int, guard: tuple[int, ...]) -> bool:
        """Few bytes first, not counting what closes something, as most terminals with a large inside end with that."""
        seen = {(place, guard)}
        pending = deque([(place, guard)])
        while pending and len(seen) < _MAX_PLACES:
            here, guarding = pending.popleft()
            own = [component for component in here if self._lexer.terminal(component) == terminal]
            if any(map(self._lexer.is_complete, own)) and self._is_end((*here, *guarding), terminal):
                return True
            for byte in sorted({byte for component in own for byte in self._lexer.edge_bytes(component)}):
                following = self._after(here, byte), self._after(guarding, byte)
                if following in seen or any(map(self._lexer.is_complete, following[1])):
                    continue
                if any(self._lexer.terminal(one) == terminal for one in following[0]):
                    seen.add(following)
                    (pending.appendleft if byte in _CLOSING else pending.append)(following)
        return False

    def _is_end(self, place: tuple[int, ...], terminal: int) -> bool:
        """Whether whatever follows ``terminal`` can begin here, or behind ignored text that can.

        Of what follows a line one is enough: there is a choice of statements, and of blocks to end.
        """
        following = {other for other in self._following[terminal] if self._first[other]}
        for byte, behind in self._separators.items():
            if not self._after(place, byte):
                following -= behind
        if not following:
            return True
        beginning = self._beginning(place)
        return not following.isdisjoint(beginning) if terminal == self._newline else following <= beginning


def followers(productions: Productions, dedent: int) -> list[set[int]]:
    """For each terminal those that may follow it in some text; none where it ends the text or blocks, as the end of the
    text does.
    """
    count = len(productions.terminals)
    first = _ends(productions, 0)
    last = _ends(productions, -1)
    following: list[set[int]] = [set() for _ in range(count)]
    for _, right in productions.productions:
        for left_part, right_part in pairwise(right):
            for terminal in last[left_part]:
                following[terminal] |= first[right_part]
    # An indent or dedent has no text: what follows it follows what is before it.
    declared = {number for number, leaf in enumerate(productions.terminals) if isinstance(leaf, Declared)}
    for terminals in following:
        if terminals == {dedent}:
            terminals.clear()
        pending = list(terminals & declared)
        while pending:
            new = following[pending.pop()] - terminals
            terminals |= new
            pending += new & declared
    return following


def _ends(productions: Productions, end: int) -> list[set[int]]:
    """For each symbol the terminals that its texts begin (``end`` 0) or end (-1) with."""
    found: list[set[int]] = [
        {symbol} if symbol < len(productions.terminals) else set() for symbol in range(productions.symbols)
    ]
    uses: dict[int, list[int]] = {}
    for left, right in productions.productions:
        uses.setdefault(right[end], []).append(left)
    pending = list(range(len(productions.terminals)))
    while pending:
        symbol = pending.pop()
        for left in uses.get(symbol, ()):
            if not found[symbol] <= found[left]:
                found[left] |= found[symbol]
                pending.append(left)
    return found

"""With ``lexer="longest"``: which terminals a text can still be completed as, whatever follows.

A terminal ends where no terminal's text is longer. So a terminal that is complete may have no successor: after ``a``
no ``b`` can begin where ``ab`` is a terminal too. A reading is kept for a terminal only if some text leads to a place
where that is complete and can be told from what follows: because an ignored text may stand there that nothing goes on
with, or because whatever the grammar lets follow begins with a byte that nothing goes on with.

Places are tuples of the lexer's components, which are the terminals that the text since the last boundary may be of.
Columns are left out of them: a line can begin in any of a thousand, and what leads to an end is the same in all.

A contextual terminal goes on as far as it can by itself, or with those that no rule needs. So what may follow must be
able to begin wherever it is complete.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from structgen.errors import LimitExceededError

if TYPE_CHECKING:
    from structgen.grammar.components import Components
    from structgen.grammar.indentations import Layout

__all__ = ["MaximalMunch"]

_MAX_PLACES: Final = 2_000
"""Places that one search visits. Where so many lead on, the terminal is taken to have an end further away, as texts
with brackets and quotes of their own do: what has none shows that within a few bytes.
"""

_MAX_CONTEXTUAL_PLACES: Final = 20_000

_CLOSING: Final = frozenset(b"\"'`)]}>/\n")


class MaximalMunch:
    """Verdicts about the places of one grammar.

    ``following[t]`` are the terminals that may follow terminal t, ignored ones aside.
    """

    def __init__(self, components: Components, following: Sequence[set[int]], layout: Layout) -> None:
        self._components = components
        self._following = following
        self._newline = layout.newline
        self._verdicts: dict[tuple[tuple[int, ...], int, tuple[int, ...]], bool] = {}
        self._contextual, self._blocking = layout.contextual, layout.blocking
        self._beginnings: dict[tuple[tuple[int, ...], int], bool] = {}
        self._first: list[set[int]] = [set() for _ in following]
        for component in components.first():
            self._first[components.terminal(component)] = set(components.live_bytes(component))
        first = {components.terminal(one): one for one in components.first()}
        start = self._start = tuple(one for terminal, one in first.items() if terminal not in layout.contextual)
        blocking = [one for terminal, one in first.items() if terminal in layout.blocking]
        self._starts = {terminal: (one, *blocking) for terminal, one in first.items() if terminal in layout.contextual}
        # where an ignored text of one byte leads, by that byte
        self._separators = {
            byte: behind
            for terminal in layout.ignored
            for byte in sorted(self._first[terminal])
            if self._completes(behind := self._after(start, byte), terminal)
        }

    def can_end(self, place: tuple[int, ...], terminal: int, guard: tuple[int, ...] = ()) -> bool:
        """Whether some text leads from ``place`` to an end of ``terminal`` that something else can follow, without
        completing a terminal that ``guard`` reads along.
        """
        place, guard = self._uncounted(place), self._uncounted(guard)
        if terminal in self._contextual:
            read = self._blocking | {terminal}
            place = tuple(component for component in place if self._components.terminal(component) in read)
        key = (place, terminal, guard)
        known = self._verdicts.get(key)
        if known is None:
            self._verdicts[key] = True  # what leads back to itself leads elsewhere too, if anywhere
            known = self._verdicts[key] = self._search(place, terminal, guard)
        return known

    def is_stuck(self, terminal: int) -> bool:
        """Whether a contextual terminal may be complete where something that may follow can't begin.

        Raises
        ------
        LimitExceededError
            There are too many places in it to look into.
        """
        components = self._components
        pending = [self._starts[terminal]]
        seen = {self._starts[terminal]}
        for place in pending:
            for byte in {byte for component in place for byte in components.edge_bytes(component)}:
                new = self._after(place, byte)
                if new in seen or not any(components.terminal(one) == terminal for one in new):
                    continue
                if self._completes(new, terminal) and not self._is_end_of_contextual(new, terminal):
                    return True
                seen.add(new)
                pending.append(new)
                if len(seen) > _MAX_CONTEXTUAL_PLACES:
                    raise LimitExceededError(
                        f"{_MAX_CONTEXTUAL_PLACES} places in a contextual terminal", "a larger one", hint="a rule"
                    )
        return False

    def _uncounted(self, place: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted({self._components.uncounted(component) for component in place}))

    def _completes(self, place: tuple[int, ...], terminal: int) -> bool:
        return any(self._components.terminal(one) == terminal and self._components.is_complete(one) for one in place)

    def _begins(self, terminal: int, place: tuple[int, ...]) -> bool:
        """Whether a terminal can begin although ``place`` is being read: nothing goes on with some first byte, or what
        does is not complete before the terminal is.
        """
        known = self._beginnings.get((place, terminal))
        if known is None:
            first = self._first[terminal]
            start = self._starts.get(terminal, self._start)
            known = any(not self._after(place, byte) for byte in first) or any(
                self.can_end(self._after(start, byte), terminal, guard)
                for byte in first
                if not any(map(self._components.is_complete, guard := self._after(place, byte)))
            )
            self._beginnings[place, terminal] = known
        return known

    def _after(self, place: tuple[int, ...], byte: int) -> tuple[int, ...]:
        following = {self._components.step(component, byte) for component in place}
        return self._uncounted(tuple(following - {-1}))

    def _search(self, place: tuple[int, ...], terminal: int, guard: tuple[int, ...]) -> bool:
        """Few bytes first, not counting what closes something, as most terminals with a large inside end with that."""
        seen = {(place, guard)}
        pending = deque([(place, guard)])
        while pending:
            if len(seen) > 50000:
                return True
            here, guarding = pending.popleft()
            own = [component for component in here if self._components.terminal(component) == terminal]
            if any(map(self._components.is_complete, own)) and self._is_end((*here, *guarding), terminal):
                return True
            for byte in sorted({byte for component in own for byte in self._components.edge_bytes(component)}):
                following = self._after(here, byte), self._after(guarding, byte)
                if following in seen or any(map(self._components.is_complete, following[1])):
                    continue
                if any(self._components.terminal(one) == terminal for one in following[0]):
                    seen.add(following)
                    (pending.appendleft if byte in _CLOSING else pending.append)(following)
        return False

    def _is_end(self, place: tuple[int, ...], terminal: int) -> bool:
        """Whether whatever follows ``terminal`` can begin here, or behind ignored text that can.

        Of what follows a line one is enough: there is a choice of statements, and of blocks to end.
        """
        if terminal in self._contextual:
            return self._is_end_of_contextual(place, terminal)
        following = {other for other in self._following[terminal] if self._first[other]}
        for byte, behind in self._separators.items():
            guard = self._after(place, byte)
            if following and not any(map(self._components.is_complete, guard)):
                both = tuple(sorted({*behind, *guard}))
                following = {other for other in following if not self._begins(other, both)}
        if not following:
            return True
        begins = [self._begins(other, place) for other in following]
        return any(begins) if terminal == self._newline else all(begins)

    def _is_end_of_contextual(self, place: tuple[int, ...], terminal: int) -> bool:
        """``_is_end`` where nothing can follow by a byte that ``place`` goes on with."""
        following = {other for other in self._following[terminal] if self._first[other]}
        for byte, behind in self._separators.items():
            if not self._after(place, byte):
                following = {other for other in following if not self._begins(other, behind)}
        return all(any(not self._after(place, byte) for byte in self._first[other]) for other in following)

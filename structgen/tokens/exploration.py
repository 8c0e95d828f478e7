"""The states of a small automaton, for people to look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from structgen.tokens.compiled import Engine

__all__ = ["Edge", "ExploredState", "explore", "ranges"]


@dataclass(frozen=True, slots=True)
class Edge:
    """The bytes that lead from a state to ``target``: the number of a state, or None for one beyond the limit."""

    bytes: tuple[tuple[int, int], ...]
    target: int | None


@dataclass(frozen=True, slots=True)
class ExploredState:
    """A place in a text; its number is its index in the list."""

    is_accepting: bool
    edges: tuple[Edge, ...]


def explore(engine: Engine, start: int, limit: int) -> list[ExploredState]:
    """Return the first ``limit`` states, breadth first; ``start`` is number 0."""
    machine = engine.machine
    numbers = {start: 0}
    states: list[ExploredState] = []
    pending = [start]
    while len(states) < len(pending):
        state = pending[len(states)]
        by_target: dict[int | None, list[int]] = {}
        for byte in machine.live_bytes(state):
            target = machine.advance(state, bytes((byte,)))
            if target not in numbers and len(numbers) < limit:
                numbers[target] = len(numbers)
                pending.append(target)
            by_target.setdefault(numbers.get(target), []).append(byte)
        edges = tuple(Edge(tuple(ranges(found)), target) for target, found in by_target.items())
        states.append(ExploredState(engine.is_accepting(state), edges))
    return states


def ranges(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Yield the runs of ascending numbers."""
    first = last = -1
    for number in numbers:
        if number != last + 1 or first < 0:
            if first >= 0:
                yield first, last
            first = number
        last = number
    if first >= 0:
        yield first, last

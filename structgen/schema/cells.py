"""What must be known of a language of names beforehand: how many it has, and whether it can run out."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from structgen.errors import LimitExceededError
from structgen.regex.derivatives import is_finite, transitions
from structgen.regex.kinds import Node

__all__ = ["MANY_NAMES", "is_open", "size"]

MANY_NAMES: Final = 1 << 21
"""A language of so many names never runs out: no automaton has room for a text that uses them up."""

_MAX_STATES: Final = 50_000
_MAX_OPEN_STATES: Final = 300


@lru_cache(maxsize=4096)
def size(names: Node) -> int | None:
    """The number of names; None where they never run out.

    Raises
    ------
    LimitExceededError
        Counting takes more than 50,000 states.
    """
    if not is_finite(names):
        return None
    counted = 0
    states = 0
    level = {names: 1}
    while level:
        following: dict[Node, int] = {}
        for node, ways in level.items():
            if node.nullable:
                counted += ways
            for charset, target in transitions(node):
                following[target] = following.get(target, 0) + ways * len(charset)
        if counted >= MANY_NAMES:
            return None
        states += len(level)
        if states > _MAX_STATES:
            raise LimitExceededError(f"{_MAX_STATES} states visited to count the names of a finite pattern", "more")
        level = following
    return counted


@lru_cache(maxsize=4096)
def is_open(names: Node) -> bool:
    """Whether every beginning of a name goes on to endlessly many, so that taking some away leaves no dead end.

    False where a few hundred states don't settle it.
    """
    seen = {names}
    pending = [names]
    while pending:
        node = pending.pop()
        if is_finite(node):
            return False
        for _, target in transitions(node):
            if target not in seen:
                seen.add(target)
                pending.append(target)
        if len(seen) > _MAX_OPEN_STATES:
            return False
    return True

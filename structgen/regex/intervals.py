"""What intersections know of lengths: bounds of a match, and loops over one set of characters, such as ``.{3,10}``."""

from __future__ import annotations

from collections.abc import Iterable

from structgen.regex.charset import CharSet
from structgen.regex.kinds import Chars, Node, Repeat

__all__ = ["is_charset_loop", "is_implied", "length_bounds", "narrow_loop"]


def length_bounds(parts: Iterable[Node]) -> tuple[int, int | None]:
    """Bounds on the length of a text that all of the parts match."""
    shortest = 0
    longest: int | None = None
    for part in parts:
        shortest = max(shortest, part.min_length)
        if part.max_length is not None:
            longest = part.max_length if longest is None else min(longest, part.max_length)
    return shortest, longest


def is_charset_loop(node: Node) -> bool:
    """Whether ``node`` is a set of characters, some number of times."""
    return isinstance(node, Chars) or (isinstance(node, Repeat) and isinstance(node.inner, Chars))


def narrow_loop(part: Node, low: int, high: int | None, charset: CharSet) -> tuple[int, int | None, CharSet]:
    """The least and most iterations, and the set, of a loop met with another."""
    if isinstance(part, Repeat):
        inner, least, most = part.inner, part.low, part.high
    else:
        inner, least, most = part, 1, 1
    assert isinstance(inner, Chars)
    if most is not None:
        high = most if high is None else min(high, most)
    return max(low, least), high, charset & inner.charset


def is_implied(loop: Node, others: list[Node]) -> bool:
    """Whether ``loop`` only bounds the length, and the others do that already."""
    low, high, charset = narrow_loop(loop, 0, None, CharSet.ANY)
    shortest, longest = length_bounds(others)
    return charset is CharSet.ANY and low <= shortest and (high is None or (longest is not None and longest <= high))

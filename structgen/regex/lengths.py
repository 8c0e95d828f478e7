"""How long the members of an expression are: what it takes to keep a bound on them beside its states.

Where the least length of every derivative is known exactly, a text that has to end within so many characters needs no
states of its own: the expression's state with the characters left says whether anything can follow.
"""

from __future__ import annotations

from structgen.regex.charset import CharSet
from structgen.regex.kinds import Chars, Concat, Epsilon, Intersection, Node, Repeat, Union, Words

__all__ = ["reserve", "within"]


def within(node: Node) -> tuple[Node, int] | None:
    """``(other, most)`` where ``node`` is the members of ``other`` of at most ``most`` characters; else None.

    Only where the ``min_length`` of ``other`` and of all its derivatives is exact.
    """
    if not isinstance(node, Intersection) or len(node.parts) != 2:
        return None
    for bound, other in (node.parts, node.parts[::-1]):
        if (
            isinstance(bound, Repeat)
            and isinstance(bound.inner, Chars)
            and bound.inner.charset is CharSet.ANY
            and bound.high is not None
            and bound.low <= other.min_length <= bound.high
            and _is_measured(other)
        ):
            return other, bound.high
    return None


def _is_measured(node: Node) -> bool:
    """Whether ``min_length`` is exact, here and in all derivatives. An expression of these kinds is never empty."""
    while isinstance(node, Concat):
        if not _is_measured(node.head):
            return False
        node = node.tail
    if isinstance(node, Union):
        return all(map(_is_measured, node.parts))
    if isinstance(node, Repeat):
        return _is_measured(node.inner)
    if isinstance(node, Words):
        return node.table.min_length == node.table.max_length
    return isinstance(node, (Chars, Epsilon))


def reserve(node: Node) -> int:
    """So many characters are enough to complete any prefix of a member of a positive node; -1 where none are known."""
    known = node.reserve
    if known is None:
        known = node.reserve = _find_reserve(node)
    return known


def _find_reserve(node: Node) -> int:
    if isinstance(node, Chars):
        return 1
    if isinstance(node, Concat):
        total = 0
        rest: Node = node
        while isinstance(rest, Concat):
            enough = reserve(rest.head)
            if enough < 0:
                return -1
            total += enough
            rest = rest.tail
        enough = reserve(rest)
        return -1 if enough < 0 else total + enough
    if isinstance(node, Union):
        each = [reserve(part) for part in node.parts]
        return -1 if -1 in each else max(each)
    if isinstance(node, Repeat):
        enough = reserve(node.inner)
        return -1 if enough < 0 else enough * max(node.low, 1)
    return -1 if node.max_length is None else node.max_length

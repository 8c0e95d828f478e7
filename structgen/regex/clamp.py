"""Counted loops as far as the next few characters can tell them apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from structgen.regex.kinds import Concat, Intersection, Node, Repeat, Union, length_bound
from structgen.regex.lengths import reserve
from structgen.regex.nodes import concat, repeat, union

__all__ = ["clamp", "tighten"]

_LONGEST_ROUND: Final = 8
"""More characters than this that each time of a loop takes don't count, so that small counts need no look."""


def clamp(node: Node, limit: int) -> Node:
    """An expression that can't be told from ``node`` by a text of at most ``limit`` characters, with fewer counts.

    A loop that may run more than ``limit`` times more becomes unbounded, and one that has to run more than ``limit``
    times has to run ``limit + 1`` times; where each time takes several characters, ``limit`` is as many times as fit.
    So ``.{0,90}`` and ``.{0,4000}`` become one expression, and the masks of tokens of ``limit`` characters are one
    mask.

    For every text of at most ``limit`` characters: it is in one language iff it is in the other, and it is a prefix of
    a member of one iff of a member of the other.

    Why this is right. Let A(X) be the members of X, and P(X) the prefixes of members, of at most ``limit`` characters.
    Where no language is empty, A and P of a union or a concatenation depend only on A and P of the parts, since P(XY) =
    P(X) ∪ A(X)P(Y). Likewise for X{a,b}: A is the union of A(X)^k for k from a to b, and P is the union of A(X)^k P(X)
    for k < b, with the empty text; here an empty iteration may be left out, because a loop over an X that matches the
    empty text has a = 0. So k counts iterations of at least one character each, or of as many as the shortest member of
    X has: at most F of them fit. A then asks of b only whether it passes each k <= F, of a likewise, and P asks of b
    whether it passes each k + 1 <= F + 1. Both answers stay where b > F becomes unbounded and a > F becomes F + 1. P of
    an intersection isn't determined by P of its parts, so boolean operators and sealed lookarounds are left as they
    are, with one exception: where any prefix of X can be completed by ``reserve`` characters, the length of X only
    matters for texts of ``limit`` characters where less than ``limit + reserve`` are left.
    """
    if node.largest_count * _LONGEST_ROUND <= limit:
        return node
    known = node.clamped
    if known is None:
        known = node.clamped = {}
    elif limit in known:
        return known[limit] or node
    result = _clamp(node, limit)
    known[limit] = None if result is node else result
    return result


def _clamp(node: Node, limit: int) -> Node:
    if not isinstance(node, Intersection):
        return _with_bounds(node, limit, clamp, _loose)
    bounded, other = node.parts if length_bound(node.parts[0]) else (node.parts[1], node.parts[0])
    enough = reserve(other)
    if 0 <= enough <= length_bound(bounded) - limit:
        return clamp(other, limit)
    return node


def _loose(node: Repeat, fitting: int) -> tuple[int, int | None]:
    return min(node.low, fitting + 1), None if node.high is None or node.high > fitting else node.high


def tighten(node: Node, limit: int) -> Node | None:
    """An expression of some of the texts of ``node``: counts that `clamp` drops are as low as any that it drops. None
    where counts aren't all there is, or one drops that has to be reached.

    Without complements the texts and their prefixes grow with each bound, and with each language they are made of: of
    any text, what this expression and that of `clamp` agree on holds for ``node``.
    """
    try:
        return _tighten(node, limit) if node.positive else None
    except _MustBeReached:
        return None


class _MustBeReached(Exception):
    """A loop has to run more often than can be counted within the limit."""


def _tighten(node: Node, limit: int) -> Node:
    return node if node.largest_count * _LONGEST_ROUND <= limit else _with_bounds(node, limit, _tighten, _tight)


def _tight(node: Repeat, fitting: int) -> tuple[int, int | None]:
    if node.low > fitting:
        raise _MustBeReached
    return node.low, None if node.high is None else min(node.high, fitting + 1)


def _with_bounds(
    node: Node,
    limit: int,
    remade: Callable[[Node, int], Node],
    bounds: Callable[[Repeat, int], tuple[int, int | None]],
) -> Node:
    """The node with each part ``remade``, and for each loop the ``bounds`` for as many rounds as fit."""
    if isinstance(node, Concat):
        heads = []
        room = limit
        # What begins after more than `limit` characters can't be told apart anyway.
        while isinstance(node, Concat) and room >= 0:
            heads.append(remade(node.head, limit))
            room -= node.head.min_length
            node = node.tail
        return concat(*heads, remade(node, limit) if room >= 0 else node)
    if isinstance(node, Union):
        return union(*[remade(part, limit) for part in node.parts])
    assert isinstance(node, Repeat)
    fitting = limit // min(max(node.inner.min_length, 1), _LONGEST_ROUND)
    return repeat(remade(node.inner, limit), *bounds(node, fitting))

"""Random expressions with their languages, computed a second way: as sets of all texts up to a length."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st

from structgen.regex import (
    EPSILON,
    NOTHING,
    CharSet,
    Node,
    characters,
    complement,
    concat,
    intersection,
    literal,
    repeat,
    union,
    words,
)

__all__ = ["LONGEST", "UNIVERSE", "Expression", "expressions"]

LONGEST: Final = 5
UNIVERSE: Final = frozenset(
    "".join(text) for length in range(LONGEST + 1) for text in itertools.product("ab", repeat=length)
)
_AB: Final = CharSet.of_text("ab")
_EVERY: Final = repeat(characters(_AB), 0, None)


@dataclass(frozen=True)
class Expression:
    """A node over the letters a and b, and the members of its language of at most `LONGEST` letters."""

    node: Node
    members: frozenset[str]


def _product(left: frozenset[str], right: frozenset[str]) -> frozenset[str]:
    return frozenset(a + b for a in left for b in right if len(a) + len(b) <= LONGEST)


def _repeated(one: Expression, low: int, more: int | None) -> Expression:
    # Iterations without end add nothing new once they number more than the letters of the longest text.
    high = low + (LONGEST + 1 if more is None else more)
    members: frozenset[str] = frozenset()
    power = frozenset([""])
    for count in range(high + 1):
        if count >= low:
            members |= power
        power = _product(power, one.members)
    return Expression(repeat(one.node, low, None if more is None else low + more), members)


def _combined(kind: str, left: Expression, right: Expression) -> Expression:
    if kind == "concat":
        return Expression(concat(left.node, right.node), _product(left.members, right.members))
    if kind == "union":
        return Expression(union(left.node, right.node), left.members | right.members)
    return Expression(intersection(left.node, right.node), left.members & right.members)


def _negated(one: Expression) -> Expression:
    return Expression(intersection(complement(one.node), _EVERY), UNIVERSE - one.members)


def expressions(*, boolean: bool = True) -> st.SearchStrategy[Expression]:
    """Expressions of some ten operators."""
    leaves = st.sampled_from(
        [
            Expression(NOTHING, frozenset()),
            Expression(EPSILON, frozenset([""])),
            Expression(literal("a"), frozenset("a")),
            Expression(literal("b"), frozenset("b")),
            Expression(characters(_AB), frozenset("ab")),
            Expression(literal("ab"), frozenset(["ab"])),
            Expression(words(["a", "ab", "bba", ""]), frozenset(["a", "ab", "bba", ""])),
            Expression(_EVERY, UNIVERSE),
        ]
    )
    kinds = ["concat", "concat", "union", "intersection"] if boolean else ["concat", "union"]

    def extend(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        loops = st.builds(_repeated, inner, st.integers(0, 3), st.none() | st.integers(0, 4))
        pairs = st.builds(_combined, st.sampled_from(kinds), inner, inner)
        return loops | pairs | (st.builds(_negated, inner) if boolean else pairs)

    return st.recursive(leaves, extend, max_leaves=10)

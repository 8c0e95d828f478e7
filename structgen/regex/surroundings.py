"""Whether what a pattern matches depends on what stands around it.

Elsewhere the assertions of a pattern see the text that it matches and nothing around. Where a pattern is one of the
words of a longer text, as the terminals of a grammar are, they might see more. They don't where the match itself
settles them, as in ``"(?!")[^"]*"`` or ``(?!if_)[a-z]+_``.

A lookahead for the language R, before what matches K, is settled by K where no text of K can go on to another verdict:
neither one outside of R to a text of R, nor one of R to a text outside. Lookbehinds likewise. Each assertion is looked
at as if all others held everywhere, and a lookahead inside another is taken to be open, so that "it does" may be said
in error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from structgen.errors import LimitExceededError
from structgen.regex.derivatives import is_empty
from structgen.regex.kinds import Complement, Concat, Intersection, Lookahead, Lookbehind, Node, Repeat, Sealed, Union
from structgen.regex.nodes import ANYTHING, EPSILON, complement, concat, intersection, repeat, union

__all__ = ["depends_on_surroundings"]


def depends_on_surroundings(node: Node) -> bool:
    """Whether the matches of a node, whose assertions aren't sealed, may differ with the text around them."""
    try:
        return _depends(node, EPSILON, EPSILON)
    except LimitExceededError:
        return True


def _depends(node: Node, before: Node, after: Node) -> bool:
    """The same between texts of two languages, which belong to the match."""
    if not node.contextual:
        return False
    if isinstance(node, Lookahead):
        verdicts = after, node.inner, lambda texts: concat(texts, ANYTHING)
    elif isinstance(node, Lookbehind):
        verdicts = before, node.inner, lambda texts: concat(ANYTHING, texts)
    elif isinstance(node, Concat):
        parts = _chain(node)
        plain = [_without_assertions(part) for part in parts]
        return any(
            _depends(part, concat(before, *plain[:index]), concat(*plain[index + 1 :], after))
            for index, part in enumerate(parts)
        )
    elif isinstance(node, Repeat):
        again = repeat(_without_assertions(node.inner), 0, None)
        return _depends(node.inner, concat(before, again), concat(again, after))
    else:
        return any(_depends(part, before, after) for part in _parts(node))
    texts, condition, longer = verdicts
    if _looks_ahead(condition):
        return True
    return _depends(condition, before, after) or not _is_settled(texts, _without_assertions(condition), longer)


def _looks_ahead(node: Node) -> bool:
    if not node.contextual or isinstance(node, Lookahead):
        return node.contextual
    return any(map(_looks_ahead, _chain(node) if isinstance(node, Concat) else _parts(node)))


def _is_settled(texts: Node, condition: Node, longer: Callable[[Node], Node]) -> bool:
    """Whether no text changes between a language and its complement as it gets ``longer``."""
    sides = condition, complement(condition)
    return all(is_empty(intersection(longer(intersection(texts, one)), other)) for one, other in (sides, sides[::-1]))


def _without_assertions(node: Node) -> Node:
    """What a node would match if its assertions held everywhere."""
    if not node.contextual:
        return node
    if isinstance(node, (Lookahead, Lookbehind)):
        return EPSILON
    if isinstance(node, Concat):
        return concat(*[_without_assertions(part) for part in _chain(node)])
    if isinstance(node, Repeat):
        return repeat(_without_assertions(node.inner), node.low, node.high)
    if isinstance(node, Complement):
        return complement(_without_assertions(node.inner))
    parts = [_without_assertions(part) for part in _parts(node)]
    return union(*parts) if isinstance(node, Union) else intersection(*parts)


def _parts(node: Node) -> Sequence[Node]:
    if isinstance(node, (Union, Intersection)):
        return node.parts
    assert isinstance(node, (Complement, Lookbehind, Repeat, Sealed))
    return (node.inner,)


def _chain(node: Concat) -> list[Node]:
    parts: list[Node] = []
    rest: Node = node
    while isinstance(rest, Concat):
        parts.append(rest.head)
        rest = rest.tail
    return [*parts, rest]

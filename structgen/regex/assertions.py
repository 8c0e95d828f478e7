"""The assertions of patterns as nodes: anchors, word boundaries, lookahead and lookbehind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from structgen.regex.charset import CharSet
from structgen.regex.kinds import Chars, Concat, Node, Repeat, Union
from structgen.regex.lookarounds import lookahead, lookbehind, seal
from structgen.regex.nodes import (
    ANYTHING,
    EPSILON,
    NOTHING,
    characters,
    complement,
    concat,
    repeat,
    union,
)

__all__ = [
    "TEXT_END",
    "TEXT_START",
    "Boundary",
    "containing",
    "followed_by",
    "line_end",
    "line_start",
    "nonempty_text",
    "preceded_by",
    "sequence",
]

TEXT_START: Final = lookbehind(EPSILON)
TEXT_END: Final = lookahead(EPSILON)


def containing(node: Node) -> Node:
    """The texts with a match of ``node`` somewhere, which sees the whole text."""
    if not node.contextual:
        return concat(ANYTHING, node, ANYTHING)
    if isinstance(node, Union):
        return union(*[containing(part) for part in node.parts if part.contextual], containing(_plain_part(node)))
    # Most patterns are anchored and have no other assertion: nothing is multiplied out for them.
    parts: list[Node] = []
    rest = node
    while isinstance(rest, Concat):
        parts.append(rest.head)
        rest = rest.tail
    parts.append(rest)
    first = 1 if parts[0] is TEXT_START else 0
    last = len(parts) - 1 if parts[-1] is TEXT_END else len(parts)
    inside = parts[first:last]
    if any(part.contextual for part in inside):
        return seal(concat(ANYTHING, node, ANYTHING))
    return concat(EPSILON if first else ANYTHING, *inside, EPSILON if last < len(parts) else ANYTHING)


def _plain_part(node: Union) -> Node:
    return union(*[part for part in node.parts if not part.contextual])


def followed_by(node: Node, *, negated: bool = False) -> Node:
    """``(?=node)``, or ``(?!node)``."""
    rest = concat(node, ANYTHING)
    return lookahead(complement(rest) if negated else rest)


def preceded_by(node: Node, *, negated: bool = False) -> Node:
    """``(?<=node)``, or ``(?<!node)``."""
    before = concat(ANYTHING, node)
    return lookbehind(complement(before) if negated else before)


def line_start(newlines: CharSet) -> Node:
    """``^`` of the multi-line mode."""
    return lookbehind(union(EPSILON, concat(ANYTHING, characters(newlines))))


def line_end(newlines: CharSet) -> Node:
    """``$`` of the multi-line mode."""
    return lookahead(union(EPSILON, concat(characters(newlines), ANYTHING)))


def nonempty_text() -> Node:
    """An empty stretch of any text but the empty one."""
    some = repeat(characters(CharSet.ANY), 1, None)
    return union(lookbehind(some), lookahead(some))


class Boundary:
    """A place in a sequence with a word character on exactly one side; with ``negated``, on both or none."""

    __slots__ = ("negated", "word")

    def __init__(self, word: CharSet, negated: bool) -> None:
        self.word = word
        self.negated = negated

    def between(self, before: Node, after: Node) -> Node:
        """The boundary as a node, which is simpler where a neighbour says which side is which."""
        last = _side(_last_characters(before), self.word)
        first = _side(_first_characters(after), self.word)
        if last is not None and first is not None:
            return EPSILON if (last != first) != self.negated else NOTHING
        if last is not None:
            return self._ahead(last == self.negated)
        if first is not None:
            return self._behind(first == self.negated)
        return union(*[concat(self._behind(side), self._ahead(side == self.negated)) for side in (True, False)])

    def _ahead(self, is_word: bool) -> Node:
        return followed_by(characters(self.word), negated=not is_word)

    def _behind(self, is_word: bool) -> Node:
        return preceded_by(characters(self.word), negated=not is_word)


def _side(charset: CharSet | None, word: CharSet) -> bool | None:
    """Whether all of the characters are word characters, or none is; None where that isn't known."""
    if charset is None or not charset:
        return None
    inside = charset & word
    if inside is charset:
        return True
    return None if inside else False


def _first_characters(node: Node) -> CharSet | None:
    """What a match begins with; None where it may be empty, or that takes longer to find out."""
    if isinstance(node, Chars):
        return node.charset
    if isinstance(node, Concat):
        return _first_characters(node.head)
    if isinstance(node, Repeat):
        return _first_characters(node.inner) if node.low > 0 else None
    return _of_parts([_first_characters(part) for part in node.parts]) if isinstance(node, Union) else None


def _last_characters(node: Node) -> CharSet | None:
    while isinstance(node, Concat):
        node = node.tail
    if isinstance(node, Chars):
        return node.charset
    if isinstance(node, Repeat):
        return _last_characters(node.inner) if node.low > 0 else None
    return _of_parts([_last_characters(part) for part in node.parts]) if isinstance(node, Union) else None


def _of_parts(sets: list[CharSet | None]) -> CharSet | None:
    joined = CharSet.NONE
    for charset in sets:
        if charset is None:
            return None
        joined = joined | charset
    return joined


def sequence(items: Sequence[Node | Boundary]) -> Node:
    """The items one after the other."""
    nodes: list[Node] = []
    for index, item in enumerate(items):
        if isinstance(item, Boundary):
            after = items[index + 1] if index + 1 < len(items) else EPSILON
            item = item.between(nodes[-1] if nodes else EPSILON, after if isinstance(after, Node) else EPSILON)
        nodes.append(item)
    return concat(*nodes)

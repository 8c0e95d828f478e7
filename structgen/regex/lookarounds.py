"""Derivatives where what stands before and after counts: lookahead, lookbehind, anchors and word boundaries, anywhere
in a pattern.

A contextual node matches a stretch of a text, depending on the whole text. Two inventions carry that through a
derivative:

* Where a part matches the empty stretch only if the rest of the text is in a language (`condition`), the derivative of
  what follows is taken under a lookahead for the derivative of that language.
* A lookbehind keeps the derivative of its body by all of the text so far. So every character *advances* the lookbehinds
  in those parts of an expression too that aren't reached yet.

Both map regular expressions to regular expressions, finitely many up to the laws of `nodes`, so lookarounds keep a
language regular, inside repetitions and inside one another too. `seal` makes the result plain where it can: most
lookarounds of real patterns become intersections there, and need none of this afterwards.

Sources: Owens, Reppy, Turon, JFP 2009, for plain nodes; Miyazaki and Minamide, "Derivatives of regular expressions with
lookahead", 2019, for the first invention.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from structgen.regex.charset import CharSet, minterms
from structgen.regex.interning import intern_node
from structgen.regex.kinds import (
    Chars,
    Complement,
    Concat,
    Intersection,
    Lookahead,
    Lookbehind,
    Node,
    Repeat,
    Sealed,
    Transitions,
    Union,
    Words,
)
from structgen.regex.nodes import (
    ANYTHING,
    EPSILON,
    NOTHING,
    complement,
    concat,
    intersection,
    repeat,
    union,
)

__all__ = ["lookahead", "lookbehind", "seal", "sealed_transitions"]

# Alternatives that `seal` multiplies out to make lookarounds plain; past it the node stays sealed: slower, as exact.
_MAX_ALTERNATIVES: Final = 32


def lookahead(rest: Node) -> Node:
    """The empty text, where ``rest`` matches the whole rest of the text."""
    if rest is ANYTHING:
        return EPSILON
    return NOTHING if rest is NOTHING else intern_node(Lookahead, rest)


def lookbehind(before: Node) -> Node:
    """The empty text, where ``before`` matches all of the text so far, less what it was derived by already."""
    if before is ANYTHING:
        return EPSILON
    return NOTHING if before is NOTHING else intern_node(Lookbehind, before)


PlainTransitions = Callable[[Node], Transitions]


def condition(node: Node) -> Node:
    """The language of the rests of the text before which ``node`` matches the empty stretch."""
    if not node.contextual:
        return ANYTHING if node.nullable else NOTHING
    if isinstance(node, Lookahead):
        return node.inner
    if isinstance(node, Lookbehind):
        return condition(node.inner)
    if isinstance(node, Concat):
        return intersection(*[condition(part) for part in _chain(node)])
    if isinstance(node, Union):
        return union(*[condition(part) for part in node.parts])
    if isinstance(node, Intersection):
        return intersection(*[condition(part) for part in node.parts])
    if isinstance(node, Complement):
        return complement(condition(node.inner))
    assert isinstance(node, Repeat)
    return ANYTHING if node.low == 0 else condition(node.inner)


def _chain(node: Node) -> list[Node]:
    parts = []
    while isinstance(node, Concat):
        parts.append(node.head)
        node = node.tail
    parts.append(node)
    return parts


class _Step:
    """The derivatives by one character, memoised for the nodes of one state."""

    __slots__ = ("advanced", "character", "derived", "plain")

    def __init__(self, character: str, plain: PlainTransitions) -> None:
        self.character = character
        self.plain = plain
        self.derived: dict[Node, Node] = {}
        self.advanced: dict[Node, Node] = {}

    def derive(self, node: Node) -> Node:
        """What matches the rest of a stretch that begins with the step's character where ``node`` matches all of it."""
        found = self.derived.get(node)
        if found is None:
            found = self.derived[node] = self._derive(node)
        return found

    def _derive(self, node: Node) -> Node:
        if not node.contextual:
            for charset, target in self.plain(node):
                if self.character in charset:
                    return target
            return NOTHING
        if isinstance(node, Concat):
            return self._derive_chain(node)
        if isinstance(node, Union):
            return union(*[self.derive(part) for part in node.parts])
        if isinstance(node, Intersection):
            return intersection(*[self.derive(part) for part in node.parts])
        if isinstance(node, Complement):
            return complement(self.derive(node.inner))
        return self._derive_repeat(node) if isinstance(node, Repeat) else NOTHING

    def _derive_chain(self, node: Node) -> Node:
        alternatives = []
        before = ANYTHING
        while True:
            head, tail = (node.head, node.tail) if isinstance(node, Concat) else (node, EPSILON)
            alternatives.append(concat(lookahead(self.derive(before)), self.derive(head), self.advance(tail)))
            before = intersection(before, condition(head))
            if tail is EPSILON or before is NOTHING:
                return union(*alternatives)
            node = tail

    def _derive_repeat(self, node: Repeat) -> Node:
        inner, low, high = node.inner, node.low, node.high
        first = self.derive(inner)
        again = self.advance(inner)
        rest = None if high is None else high - 1
        result = concat(first, repeat(again, max(low - 1, 0), rest))
        if low > 1 and inner.contextual:
            # Iterations that match nothing, under their condition, may count towards the lower bound.
            empty = condition(inner)
            if empty is not NOTHING:
                result = union(result, concat(lookahead(self.derive(empty)), first, repeat(again, 0, rest)))
        return result

    def advance(self, node: Node) -> Node:
        """``node`` for a place after the step's character, which it doesn't match itself."""
        if not node.contextual:
            return node
        found = self.advanced.get(node)
        if found is None:
            found = self.advanced[node] = self._advance(node)
        return found

    def _advance(self, node: Node) -> Node:
        if isinstance(node, Lookbehind):
            return lookbehind(self.derive(node.inner))
        if isinstance(node, Lookahead):
            return lookahead(self.advance(node.inner))
        if isinstance(node, Concat):
            return concat(*[self.advance(part) for part in _chain(node)])
        if isinstance(node, Union):
            return union(*[self.advance(part) for part in node.parts])
        if isinstance(node, Intersection):
            return intersection(*[self.advance(part) for part in node.parts])
        if isinstance(node, Complement):
            return complement(self.advance(node.inner))
        assert isinstance(node, Repeat)
        return repeat(self.advance(node.inner), node.low, node.high)


def _next_charsets(node: Node, found: dict[CharSet, None], seen: set[tuple[Node, bool]], derived: bool) -> None:
    """Gather the sets of characters that a step may ask about where it derives ``node``, or else only advances it."""
    if (node, derived) in seen or not (derived or node.contextual):
        return
    seen.add((node, derived))
    if isinstance(node, Concat):
        for part in _chain(node):
            _next_charsets(part, found, seen, derived)
            if derived and part.min_length > 0:
                derived = False
    elif isinstance(node, Chars):
        found[node.charset] = None
    elif isinstance(node, Lookbehind):
        _next_charsets(node.inner, found, seen, True)
    elif isinstance(node, (Union, Intersection)):
        for part in node.parts:
            _next_charsets(part, found, seen, derived)
    elif isinstance(node, (Complement, Lookahead, Sealed)):
        # A lookahead before what is derived is derived with it.
        _next_charsets(node.inner, found, seen, derived)
    elif isinstance(node, Repeat):
        _next_charsets(node.inner, found, seen, derived)
        _next_charsets(node.inner, found, seen, False)
    elif isinstance(node, Words):
        for character, _, _ in node.edges():
            found[CharSet.of_code(ord(character))] = None


def sealed_transitions(node: Sealed, plain: PlainTransitions) -> Transitions:
    """The derivatives of a sealed node by one member of each class of characters that it can't tell apart.

    ``plain`` gives the transitions of the plain nodes inside, which keep them.
    """
    charsets: dict[CharSet, None] = {CharSet.ANY: None}
    _next_charsets(node.inner, charsets, set(), True)
    targets: dict[Node, CharSet] = {}
    for charset, _ in minterms(tuple(charsets)):
        target = seal(_Step(charset.representative(), plain).derive(node.inner))
        if target is not NOTHING:
            targets[target] = charset | targets.get(target, CharSet.NONE)
    return tuple((charset, target) for target, charset in targets.items())


def seal(node: Node) -> Node:
    """``node`` as a plain expression: its lookarounds see the text that it matches, no further."""
    if not node.contextual:
        return node
    if isinstance(node, Union):
        return union(*[seal(part) for part in node.parts])
    if isinstance(node, Intersection):
        return intersection(*[seal(part) for part in node.parts])
    if isinstance(node, Complement):
        return complement(seal(node.inner))
    if isinstance(node, (Lookahead, Lookbehind)):
        return EPSILON if node.nullable else NOTHING
    sealed = []
    for chain in _multiply_out(_pieces(node)):
        sealed.append(_seal_chain(chain))
    return union(*sealed)


def _pieces(node: Node) -> list[Node]:
    """The parts of a chain, those between two contextual ones joined: a pattern may be long, and hold few of these."""
    pieces: list[Node] = []
    plain: list[Node] = []
    for part in _chain(node):
        if part.contextual:
            pieces += (concat(*plain), part)
            plain = []
        else:
            plain.append(part)
    return [*pieces, concat(*plain)]


def _multiply_out(chain: list[Node]) -> list[list[Node]]:
    """The alternatives of a chain's contextual unions and options; ``chain`` alone where they are too many."""
    chains: list[list[Node]] = [[]]
    for part in chain:
        choices = [part]
        if part.contextual:
            if isinstance(part, Union):
                choices = list(part.parts)
            elif isinstance(part, Repeat) and part.low == 0 and part.high == 1:
                choices = [EPSILON, part.inner]
        if len(chains) * len(choices) > _MAX_ALTERNATIVES:
            return [chain]
        chains = [[*before, *_pieces(choice)] for before in chains for choice in choices]
    if len(chains) > 1 and any(_has_choices(one) for one in chains):
        nested = [_multiply_out(one) for one in chains]
        flat = [one for alternatives in nested for one in alternatives]
        return flat if len(flat) <= _MAX_ALTERNATIVES else chains
    return chains


def _has_choices(chain: list[Node]) -> bool:
    return any(part.contextual and isinstance(part, (Union, Repeat)) for part in chain)


def _seal_chain(chain: list[Node]) -> Node:
    """Turn lookbehinds with plain text before them, and lookaheads with plain text after them, into intersections."""
    first, last = 0, len(chain)
    before = EPSILON
    while first < last:
        part = chain[first]
        if not part.contextual:
            before = concat(before, part)
        elif isinstance(part, Lookbehind) and not part.inner.contextual:
            before = intersection(before, part.inner)
        elif before is EPSILON:
            # At the beginning of the text every condition is one on the whole of it.
            rest = concat(*chain[first + 1 : last])
            if isinstance(part, (Lookahead, Lookbehind)):
                return intersection(seal(condition(part)), seal(rest))
            break
        else:
            break
        first += 1
    after = EPSILON
    while last > first:
        part = chain[last - 1]
        if not part.contextual:
            after = concat(part, after)
        elif isinstance(part, Lookahead) and not part.inner.contextual:
            after = intersection(after, part.inner)
        else:
            break
        last -= 1
    whole = concat(before, *chain[first:last], after)
    return intern_node(Sealed, whole) if whole.contextual else whole

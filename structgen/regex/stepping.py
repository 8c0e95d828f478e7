"""One step of an expression: its derivatives by symbolic sets of characters, whether or not anything matches them.

Sources: Brzozowski, "Derivatives of regular expressions", JACM 1964; Owens, Reppy, Turon, JFP 2009; Stanford, Veanes,
Bjørner, "Symbolic boolean derivatives", PLDI 2021, for transitions by minterms.
"""

from __future__ import annotations

from structgen.regex.charset import CharSet, minterms
from structgen.regex.interning import RAW_TRANSITIONS
from structgen.regex.kinds import (
    Chars,
    Complement,
    Concat,
    Intersection,
    Lazy,
    Node,
    Repeat,
    Sealed,
    Transitions,
    Union,
    Words,
)
from structgen.regex.lookarounds import sealed_transitions
from structgen.regex.nodes import (
    ANYTHING,
    EPSILON,
    NOTHING,
    complement,
    concat,
    intersection,
    repeat,
    union,
    word_slice,
)

__all__ = ["grouped", "raw_transitions"]


def raw_transitions(node: Node) -> Transitions:
    """As `derivatives.transitions`, but a target may have an empty language."""
    found = RAW_TRANSITIONS.get(node)
    if found is None:
        found = RAW_TRANSITIONS[node] = _raw(node)
    return found


def _raw(node: Node) -> Transitions:
    if isinstance(node, Chars):
        return ((node.charset, EPSILON),)
    if isinstance(node, Concat):
        return _concat_transitions(node)
    if isinstance(node, Repeat):
        return _repeat_transitions(node, EPSILON)
    if isinstance(node, Union):
        return _merge([raw_transitions(part) for part in node.parts])
    if isinstance(node, Words):
        return _word_transitions(node)
    if isinstance(node, Lazy):
        return grouped(node.steps())
    if isinstance(node, Intersection):
        return _intersection_transitions(node)
    if isinstance(node, Complement):
        return _complement_transitions(raw_transitions(node.inner))
    return sealed_transitions(node, raw_transitions) if isinstance(node, Sealed) else ()


def _repeat_transitions(node: Repeat, tail: Node) -> Transitions:
    rest = concat(
        repeat(node.inner, node.low - 1 if node.low else 0, None if node.high is None else node.high - 1), tail
    )
    return tuple([(charset, concat(target, rest)) for charset, target in raw_transitions(node.inner)])


def _concat_transitions(node: Node) -> Transitions:
    """Loops down the chain as far as its heads may be skipped, and up again: a chain may be long."""
    chain: list[Concat] = []
    below: Transitions = ()
    while True:
        if not isinstance(node, Concat) or node in RAW_TRANSITIONS:
            below = raw_transitions(node)
            break
        chain.append(node)
        if not node.head.nullable:
            break
        node = node.tail
    for link in reversed(chain):
        head, tail = link.head, link.tail
        if isinstance(head, Chars):
            piece: Transitions = ((head.charset, tail),)
        elif isinstance(head, Repeat):
            piece = _repeat_transitions(head, tail)
        else:
            piece = tuple([(charset, concat(target, tail)) for charset, target in raw_transitions(head)])
        below = RAW_TRANSITIONS[link] = _merge([piece, below] if head.nullable else [piece])
    return below


def _merge(pieces: list[Transitions]) -> Transitions:
    """The transitions of a union from those of its parts."""
    if len(pieces) == 1:
        return grouped(pieces[0])
    charsets: list[CharSet] = []
    targets: list[Node] = []
    for piece in pieces:
        for charset, target in piece:
            charsets.append(charset)
            targets.append(target)
    merged = []
    for charset, members in minterms(tuple(charsets)):
        if len(members) == 1:
            merged.append((charset, targets[members[0]]))
        else:
            merged.append((charset, union(*[targets[i] for i in members])))
    return grouped(merged)


def grouped(pairs: list[tuple[CharSet, Node]] | Transitions) -> Transitions:
    """Join the sets that lead to one target, and drop those that lead nowhere."""
    if len(pairs) == 1 and pairs[0][1] is not NOTHING:
        return tuple(pairs)
    by_target: dict[Node, CharSet] = {}
    for charset, target in pairs:
        known = by_target.get(target)
        by_target[target] = charset if known is None else known | charset
    by_target.pop(NOTHING, None)
    return tuple([(charset, target) for target, charset in by_target.items()])


def _intersection_transitions(node: Intersection) -> Transitions:
    charsets: list[CharSet] = []
    targets: list[Node] = []
    for part in node.parts:
        for charset, target in raw_transitions(part):
            charsets.append(charset)
            targets.append(target)
    conjuncts = len(node.parts)
    merged = []
    for charset, members in minterms(tuple(charsets)):
        # The sets of one part are disjoint, so this many members are one of every part.
        if len(members) == conjuncts:
            merged.append((charset, intersection(*[targets[i] for i in members])))
    return grouped(merged)


def _complement_transitions(inner: Transitions) -> Transitions:
    rest = CharSet.ANY
    flipped = []
    for charset, target in inner:
        rest = rest - charset
        flipped.append((charset, complement(target)))
    if rest:
        flipped.append((rest, ANYTHING))
    return grouped(flipped)


def _word_transitions(node: Words) -> Transitions:
    depth = node.depth + 1
    pairs = []
    for character, low, high in node.edges():
        pairs.append((CharSet.of_code(ord(character)), word_slice(node.table, low, high, depth)))
    return grouped(pairs)

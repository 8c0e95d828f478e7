"""Symbolic derivatives: the lazy deterministic automaton of a regular expression, and the questions that it decides.

A state is a node; its transitions are disjoint sets of characters with the node that is left to match. They are
computed once for each node. A target whose language is empty is never shown, so every path can be completed.

A node without boolean operators is live by construction. For the others a search over their derivatives, shortest text
first, finds a member or visits all states; either verdict is kept for every state that it settles.

Sources: Brzozowski, "Derivatives of regular expressions", JACM 1964; Owens, Reppy, Turon, JFP 2009; Stanford, Veanes,
Bjørner, "Symbolic boolean derivatives", PLDI 2021, for transitions by minterms.
"""

from __future__ import annotations

import heapq
from typing import Final

from structgen.errors import LimitExceededError
from structgen.regex.charset import CharSet, minterms
from structgen.regex.clamp import clamp
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

__all__ = [
    "MAX_SEARCH_STATES",
    "clamp",
    "derivative",
    "is_empty",
    "is_finite",
    "matches",
    "shortest",
    "transitions",
]

# States that one search for a member, or for a cycle, may visit.
MAX_SEARCH_STATES: Final = 100_000


def transitions(node: Node) -> Transitions:
    """Disjoint sets of next characters, each with what is left to match after them; live targets only.

    Memoised on the node. A few microseconds for each target of a plain node; where boolean operators or lookarounds are
    inside, the first visit searches for a member of each target.

    Raises
    ------
    LimitExceededError
        Whether a target has a member was not settled within `MAX_SEARCH_STATES` states.
    """
    found = node.live
    if found is None:
        found = raw_transitions(node)
        if not node.positive:
            found = _group([(charset, _prune(target)) for charset, target in found])
        node.live = found
    return found


def derivative(node: Node, character: str) -> Node:
    """What is left to match after ``character``; `NOTHING` where no member begins with it."""
    for charset, target in transitions(node):
        if character in charset:
            return target
    return NOTHING


def matches(node: Node, text: str) -> bool:
    """Whether the whole ``text`` is in the language; costs one transition per character."""
    for character in text:
        for charset, target in raw_transitions(node):
            if character in charset:
                node = target
                break
        else:
            return False
    return node.nullable


def raw_transitions(node: Node) -> Transitions:
    """As `transitions`, but a target may have an empty language."""
    found = node.raw
    if found is None:
        found = node.raw = _raw(node)
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
        return _group(node.steps())
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
        if not isinstance(node, Concat) or node.raw is not None:
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
        below = link.raw = _merge([piece, below] if head.nullable else [piece])
    return below


def _merge(pieces: list[Transitions]) -> Transitions:
    """The transitions of a union from those of its parts."""
    if len(pieces) == 1:
        return _group(pieces[0])
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
    return _group(merged)


def _group(pairs: list[tuple[CharSet, Node]] | Transitions) -> Transitions:
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
    return _group(merged)


def _complement_transitions(inner: Transitions) -> Transitions:
    rest = CharSet.ANY
    flipped = []
    for charset, target in inner:
        rest = rest - charset
        flipped.append((charset, complement(target)))
    if rest:
        flipped.append((rest, ANYTHING))
    return _group(flipped)


def _word_transitions(node: Words) -> Transitions:
    depth = node.depth + 1
    pairs = []
    for character, low, high in node.edges():
        pairs.append((CharSet.of_code(ord(character)), word_slice(node.table, low, high, depth)))
    return _group(pairs)


def _prune(node: Node) -> Node:
    """``node`` without the alternatives that have no member; `NOTHING` where none is left."""
    if node.positive:
        return node
    if isinstance(node, Union):
        return union(*[_prune(part) for part in node.parts])
    return NOTHING if is_empty(node) else node


def is_empty(node: Node) -> bool:
    """Whether no text matches; memoised.

    Raises
    ------
    LimitExceededError
        Not settled within `MAX_SEARCH_STATES` states.
    """
    if node.positive:
        return node is NOTHING
    known = node.empty
    if known is None:
        known = node.empty = _decide_empty(node)
    return known


def _decide_empty(node: Node) -> bool:
    if node.nullable:
        return False
    if isinstance(node, Union):
        return all(is_empty(part) for part in node.parts)
    if isinstance(node, Concat):
        while isinstance(node, Concat):
            if is_empty(node.head):
                return True
            node = node.tail
        return is_empty(node)
    if isinstance(node, Repeat):
        return is_empty(node.inner)
    if isinstance(node, Complement) and node.inner.max_length is not None:
        return False
    if isinstance(node, Intersection):
        for part in node.parts:
            if isinstance(part, Words):
                others = intersection(*[one for one in node.parts if one is not part])
                texts = part.table.texts[part.low : part.high]
                return not any(matches(others, text[part.depth :]) for text in texts)
    return _find_member(node) is None


def _find_member(start: Node) -> Node | None:
    """A state that can be reached and accepts, or None; settles `empty` for the states on the way, or for all."""
    parents: dict[Node, Node | None] = {start: None}
    queue = [(_distance(start), 0, start.serial, start)]
    while queue:
        _, depth, _, node = heapq.heappop(queue)
        if _is_known_live(node):
            found: Node | None = node
            while found is not None:
                found.empty = False
                found = parents[found]
            return node
        for _, target in raw_transitions(node):
            if target not in parents and target.empty is not True:
                parents[target] = node
                heapq.heappush(queue, (_distance(target), depth + 1, target.serial, target))
        if len(parents) > MAX_SEARCH_STATES:
            raise LimitExceededError(
                f"{MAX_SEARCH_STATES} states visited to decide whether a regular expression matches anything",
                "more",
                hint="fewer or simpler patterns combined by 'allOf', 'not' or lookaheads",
            )
    for node in parents:
        node.empty = True
    return None


def _distance(node: Node) -> int:
    """How far a member seems to be; adds up what an intersection asks for, so that each of twenty duties met counts."""
    if isinstance(node, Intersection):
        return sum(part.min_length for part in node.parts)
    if isinstance(node, Union):
        return min(_distance(part) for part in node.parts)
    return node.min_length


def _is_known_live(node: Node) -> bool:
    if node.nullable or node.empty is False or (node.positive and node is not NOTHING):
        return True
    return isinstance(node, Union) and any(_is_known_live(part) for part in node.parts)


def shortest(node: Node) -> str | None:
    """A shortest text of the language, with letters and digits where they are as short; None where it is empty."""
    best: dict[Node, int] = {node: 0}
    queue = [(node.min_length, 0, node.serial, "", node)]
    while queue:
        _, negated, _, text, state = heapq.heappop(queue)
        if state.nullable:
            return text
        depth = -negated
        if depth > best[state]:
            continue
        for charset, target in transitions(state):
            if best.get(target, depth + 2) > depth + 1:
                best[target] = depth + 1
                cost = depth + 1 + target.min_length
                heapq.heappush(queue, (cost, negated - 1, target.serial, text + charset.representative(), target))
        if len(best) > MAX_SEARCH_STATES:
            raise LimitExceededError(
                f"{MAX_SEARCH_STATES} states visited to find the shortest text of a pattern", "more"
            )
    return None


def is_finite(node: Node) -> bool:
    """Whether the language has finitely many texts; memoised.

    Raises
    ------
    LimitExceededError
        Not settled within `MAX_SEARCH_STATES` states.
    """
    if node.max_length is not None:
        return True
    if node.positive:
        return False
    known = node.finite
    if known is None:
        known = node.finite = not _has_cycle(node)
    return known


def _has_cycle(start: Node) -> bool:
    """Depth first over the live states: a way back to a state on the current path is a loop that can be completed."""
    if is_empty(start):
        return False
    on_path = {start}
    done: set[Node] = set()
    stack: list[tuple[Node, list[Node]]] = [(start, [target for _, target in transitions(start)])]
    while stack:
        node, targets = stack[-1]
        if not targets:
            stack.pop()
            on_path.discard(node)
            done.add(node)
            continue
        target = targets.pop()
        if target in on_path or (target.positive and target.max_length is None):
            return True
        if target not in done and target.max_length is None:
            on_path.add(target)
            stack.append((target, [after for _, after in transitions(target)]))
        if len(on_path) + len(done) > MAX_SEARCH_STATES:
            raise LimitExceededError(
                f"{MAX_SEARCH_STATES} states visited to decide whether a pattern is finite", "more"
            )
    return False

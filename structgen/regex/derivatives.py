"""Symbolic derivatives: the lazy deterministic automaton of a regular expression, and the questions that it decides.

A state is a node; its transitions are disjoint sets of characters with the node that is left to match. They are
memoised. A target whose language is empty is never shown, so every path can be completed.

A node without boolean operators is live by construction. For the others a search over their derivatives, shortest text
first, finds a member or visits all states; either verdict is kept for every state that it settles. A search that takes
long asks in between whether the characters alone rule a member out.
"""

from __future__ import annotations

import heapq
from typing import Final

from structgen.errors import LimitExceededError
from structgen.regex.alphabet import alphabet_of, relaxed
from structgen.regex.charset import CharSet
from structgen.regex.clamp import clamp
from structgen.regex.interning import LIVE_TRANSITIONS
from structgen.regex.kinds import Complement, Concat, Intersection, Node, Repeat, Transitions, Union, Words
from structgen.regex.nodes import NOTHING, intersection, union
from structgen.regex.stepping import grouped, raw_transitions

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

# States that one search for a member, or for a cycle, may visit, and transitions of them.
MAX_SEARCH_STATES: Final = 100_000
_MAX_SEARCH_STEPS: Final = 4 * MAX_SEARCH_STATES
# States after which a search asks for a shorter way.
_LONG_SEARCH: Final = 300


def transitions(node: Node) -> Transitions:
    """Disjoint sets of next characters, each with what is left to match after them; live targets only.

    Memoised. A few microseconds for each target of a plain node; where boolean operators or lookarounds are
    inside, the first visit searches for a member of each target.

    Raises
    ------
    LimitExceededError
        Whether a target has a member was not settled within `MAX_SEARCH_STATES` states.
    """
    found = LIVE_TRANSITIONS.get(node)
    if found is None:
        found = raw_transitions(node)
        if not node.positive:
            found = grouped([(charset, _prune(target)) for charset, target in found])
        LIVE_TRANSITIONS[node] = found
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
    # Two characters weigh as much as one still to go, or a part that only seems near would be walked first.
    queue = [(2 * _distance(start), 0, start.serial, start)]
    steps, is_long = 0, False
    while queue:
        _, depth, _, node = heapq.heappop(queue)
        if _is_known_live(node):
            found: Node | None = node
            while found is not None:
                found.empty = False
                found = parents[found]
            return node
        following = raw_transitions(node)
        steps += len(following)
        for _, target in following:
            if target not in parents and target.empty is not True:
                parents[target] = node
                heapq.heappush(queue, (2 * _distance(target) + depth + 1, depth + 1, target.serial, target))
        if len(parents) > _LONG_SEARCH and not is_long:
            is_long = True
            if _is_ruled_out(start):
                break
        if len(parents) > MAX_SEARCH_STATES or steps > _MAX_SEARCH_STEPS:
            raise LimitExceededError(
                f"{MAX_SEARCH_STATES} states visited to decide whether a regular expression matches anything",
                "more",
                hint="fewer or simpler patterns combined by 'allOf', 'not' or lookaheads",
            )
    for node in parents:
        node.empty = True
    return None


def _is_ruled_out(node: Node) -> bool:
    """Whether a conjunction has no text even where lazy conjuncts have all texts of the characters common to all."""
    if not isinstance(node, Intersection):
        return False
    charset = CharSet.ANY
    for part in node.parts:
        charset &= alphabet_of(part)
    wider = intersection(*[relaxed(part, charset) for part in node.parts])
    try:
        return wider is not node and is_empty(wider)
    except LimitExceededError:
        return False


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

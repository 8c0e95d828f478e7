"""The constructors of regular expressions: each one simplifies, so that equal languages are often, and equal
expressions always, one node.

The laws: union and intersection are associative, commutative and idempotent, with their units and zeros; sets of
characters merge; counted repetitions of one expression merge where their counts leave no gap (``x{0,5}y|x{3,9}y`` is
``x{0,9}y``), also when nested; alternatives that begin with the same optional part share it. These keep the number of
derivatives small where a plain implementation blows up: ``(.{0,1000}){0,1000}``, ``(a*)*b``.

Source: Owens, Reppy, Turon, "Regular-expression derivatives re-examined", JFP 2009.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from structgen.errors import LimitExceededError
from structgen.regex.charset import CharSet
from structgen.regex.interning import intern_node
from structgen.regex.intervals import is_charset_loop, is_implied, length_bounds, narrow_loop
from structgen.regex.kinds import (
    Chars,
    Complement,
    Concat,
    Epsilon,
    Intersection,
    Node,
    Nothing,
    Repeat,
    Union,
    Words,
)
from structgen.regex.wordtables import WordTable, intern_words

__all__ = [
    "ANYTHING",
    "EPSILON",
    "MAX_PARTS",
    "NOTHING",
    "alternatives",
    "Node",
    "characters",
    "complement",
    "concat",
    "intersection",
    "literal",
    "repeat",
    "union",
    "word_slice",
    "words",
]

# Parts of one union or intersection.
MAX_PARTS: Final = 10_000
# A longer literal is kept as a text and an index, not as a chain of nodes.
_CHAIN_LENGTH: Final = 64
# Optional parts that alternatives may share before the counted loops in which they differ.
_SHARED_HEADS: Final = 8

NOTHING: Final[Node] = Nothing(False, 0, 0)
EPSILON: Final[Node] = Epsilon(True, 0, 0)
_ANY_CHARACTER: Final = intern_node(Chars, CharSet.ANY)
ANYTHING: Final = intern_node(Repeat, _ANY_CHARACTER, 0, None)


def characters(charset: CharSet) -> Node:
    """One character of the set."""
    return intern_node(Chars, charset) if charset else NOTHING


def literal(text: str) -> Node:
    """Exactly this text; a surrogate in it matches nothing."""
    if len(text) > _CHAIN_LENGTH:
        return words((text,))
    node = EPSILON
    for character in reversed(text):
        node = _prepend(characters(CharSet.of_code(ord(character))), node)
    return node


def words(texts: Iterable[str]) -> Node:
    """Exactly these texts; a derivative is a slice of the sorted table, so 100,000 of them cost no more than a sort."""
    table = tuple(sorted({text for text in texts if text.isascii() or not _has_surrogate(text)}))
    return word_slice(intern_words(table), 0, len(table), 0) if table else NOTHING


def _has_surrogate(text: str) -> bool:
    return any(0xD800 <= ord(character) < 0xE000 for character in text)


def word_slice(table: WordTable, low: int, high: int, depth: int) -> Node:
    """The words ``low`` to ``high`` (exclusive) of the table from character ``depth`` on."""
    if high - low == 1 and len(table.texts[low]) - depth <= _CHAIN_LENGTH:
        return literal(table.texts[low][depth:])
    return intern_node(Words, table, low, high, depth)


def concat(*nodes: Node) -> Node:
    """One after the other."""
    result = EPSILON
    for node in reversed(nodes):
        result = _join(node, result)
    return result


def _join(head: Node, tail: Node) -> Node:
    if not isinstance(head, Concat):
        return _prepend(head, tail)
    if tail is EPSILON:
        return head
    heads = []
    node: Node = head
    while isinstance(node, Concat):
        heads.append(node.head)
        node = node.tail
    tail = _prepend(node, tail)
    for one in reversed(heads):
        tail = _prepend(one, tail)
    return tail


def _prepend(head: Node, tail: Node) -> Node:
    """Concatenation where ``head`` is none itself: units, zeros, and neighbours that count the same thing."""
    if head is NOTHING or tail is NOTHING:
        return NOTHING
    if head is EPSILON:
        return tail
    if tail is EPSILON:
        return head
    first, rest = (tail.head, tail.tail) if isinstance(tail, Concat) else (tail, EPSILON)
    # Beside anything, what may be empty adds nothing.
    if first is ANYTHING and head.nullable and not head.contextual:
        return tail
    if head is ANYTHING and first.nullable and not first.contextual:
        return _prepend(head, rest)
    if isinstance(first, Repeat):
        if isinstance(head, Repeat):
            if head.inner is first.inner:
                high = None if head.high is None or first.high is None else head.high + first.high
                return _prepend(repeat(head.inner, head.low + first.low, high), rest)
        elif first.inner is head:
            high = None if first.high is None else first.high + 1
            return _prepend(repeat(head, first.low + 1, high), rest)
    elif isinstance(head, Repeat) and head.inner is first:
        high = None if head.high is None else head.high + 1
        return _prepend(repeat(first, head.low + 1, high), rest)
    return intern_node(Concat, head, tail)


def repeat(inner: Node, low: int, high: int | None) -> Node:
    """``low`` to ``high`` times ``inner``; no upper bound where ``high`` is None."""
    if low < 0 or (high is not None and high < low):
        raise ValueError(f"not a range of counts: {low} to {high}")
    if high == 0:
        return EPSILON
    if inner.max_length == 0 or inner is NOTHING:
        return EPSILON if low == 0 else inner
    if isinstance(inner, Union) and EPSILON in inner.parts:
        inner = union(*[part for part in inner.parts if part is not EPSILON])
        low = 0
    if inner.nullable and not inner.contextual:
        low = 0
    if isinstance(inner, Union) and low == 0 and high is None:
        # (x*|y)* is (x|y)*, and so on for every part that is itself a loop.
        inner = union(*[_loop_body(part) for part in inner.parts])
    if low == 1 and high == 1:
        return inner
    if isinstance(inner, Repeat):
        a, b = inner.low, inner.high
        # k iterations give a*k to b*k; from k = low on, each range must touch the next.
        if low == high or (a <= 1 if low == 0 else b is None or (b - a) * low >= a - 1):
            if low == 0 and high is None:
                return intern_node(Repeat, inner.inner, 0, None)
            return repeat(inner.inner, a * low, None if b is None or high is None else b * high)
    return intern_node(Repeat, inner, low, high)


def _loop_body(node: Node) -> Node:
    return node.inner if isinstance(node, Repeat) and node.low <= 1 and node.high is None else node


def union(*nodes: Node) -> Node:
    """Any of the nodes."""
    parts: dict[Node, None] = {}
    for node in nodes:
        if isinstance(node, Union):
            parts.update(dict.fromkeys(node.parts))
        else:
            parts[node] = None
    parts.pop(NOTHING, None)
    if len(parts) > 1:
        if ANYTHING in parts:
            return ANYTHING
        simplified = _merge_parts(parts)
        if simplified is not None:
            return simplified
    if len(parts) < 2:
        return next(iter(parts), NOTHING)
    if len(parts) > MAX_PARTS:
        raise LimitExceededError(f"{MAX_PARTS} alternatives in one state of a regular expression", str(len(parts)))
    return intern_node(Union, tuple(sorted(parts, key=_serial)))


def _serial(node: Node) -> int:
    return node.serial


def _merge_parts(parts: dict[Node, None]) -> Node | None:
    """Merge the alternatives in place as far as the laws allow; the whole union where it turned into something else."""
    complements = [part for part in parts if isinstance(part, Complement)]
    if complements:
        for part in complements:
            if part.inner in parts:
                return ANYTHING
        if len(complements) > 1:
            rest = [part for part in parts if not isinstance(part, Complement)]
            return union(complement(intersection(*[part.inner for part in complements])), *rest)
    _merge_charsets(parts)
    merged = _merge_loops(parts, 0)
    if merged is not None:
        return union(*merged)
    for meet in [part for part in parts if isinstance(part, Intersection)]:
        if any(one in parts for one in meet.parts):
            del parts[meet]
    if EPSILON in parts and any(part.nullable and not part.contextual and part is not EPSILON for part in parts):
        del parts[EPSILON]
    return None


def _merge_charsets(parts: dict[Node, None]) -> None:
    """``[a]x|[b]x`` is ``[ab]x``."""
    by_tail: dict[Node, list[Node]] = {}
    for part in parts:
        if isinstance(part, Chars):
            by_tail.setdefault(EPSILON, []).append(part)
        elif isinstance(part, Concat) and isinstance(part.head, Chars):
            by_tail.setdefault(part.tail, []).append(part)
    for tail, same in by_tail.items():
        if len(same) > 1:
            charset = CharSet.NONE
            for part in same:
                del parts[part]
                head = part.head if isinstance(part, Concat) else part
                assert isinstance(head, Chars)
                charset = charset | head.charset
            parts[_prepend(characters(charset), tail)] = None


def _merge_loops(parts: dict[Node, None], depth: int) -> list[Node] | None:
    """Merge counted loops before one tail, also behind the same optional heads; None where nothing changed."""
    loops: dict[tuple[Node, Node], list[tuple[int, int | None, Node]]] = {}
    heads: dict[Node, list[Node]] = {}
    for part in parts:
        head, tail = (part.head, part.tail) if isinstance(part, Concat) else (part, EPSILON)
        if isinstance(head, Repeat):
            loops.setdefault((head.inner, tail), []).append((head.low, head.high, part))
        elif head is not EPSILON:
            loops.setdefault((head, tail), []).append((1, 1, part))
        if head.nullable and tail is not EPSILON:
            heads.setdefault(head, []).append(part)
    changed = False
    result = parts.copy()
    for (inner, tail), ranges in loops.items():
        low = min(one[0] for one in ranges)
        if tail in parts and low == 1:
            ranges.append((0, 0, tail))
        if len(ranges) > 1 and _merge_ranges(inner, tail, ranges, result):
            changed = True
    if changed:
        return list(result)
    if depth == _SHARED_HEADS:
        return None
    for head, same in heads.items():
        if len(same) > 1:
            tails = {part.tail: None for part in same if isinstance(part, Concat)}
            merged = _merge_loops(tails, depth + 1)
            if merged is not None:
                for part in same:
                    del result[part]
                result.update((_join(head, tail), None) for tail in merged)
                changed = True
    return list(result) if changed else None


def _merge_ranges(inner: Node, tail: Node, ranges: list[tuple[int, int | None, Node]], parts: dict[Node, None]) -> bool:
    """Replace the parts whose counts overlap or touch by one; say whether there were any."""
    ranges.sort(key=_range_order)
    changed = False
    low, high, part = ranges[0]
    group = [part]
    for next_low, next_high, part in [*ranges[1:], (-1, -1, EPSILON)]:
        if next_low >= 0 and (high is None or next_low <= high + 1):
            if high is not None:
                high = None if next_high is None else max(high, next_high)
            group.append(part)
            continue
        if len(group) > 1:
            changed = True
            for one in group:
                parts.pop(one, None)
            parts[_join(repeat(inner, low, high), tail)] = None
        if next_high is not None and next_high < 0:
            break
        low, high, group = next_low, next_high, [part]
    return changed


def _range_order(one: tuple[int, int | None, Node]) -> tuple[int, bool, int]:
    return one[0], one[1] is None, one[1] or 0


def intersection(*nodes: Node) -> Node:
    """All of the nodes at once."""
    parts: dict[Node, None] = {}
    for node in nodes:
        if isinstance(node, Intersection):
            parts.update(dict.fromkeys(node.parts))
        else:
            parts[node] = None
    parts.pop(ANYTHING, None)
    if NOTHING in parts:
        return NOTHING
    if len(parts) > 1:
        simplified = _narrow_parts(parts)
        if simplified is not None:
            return simplified
    if len(parts) < 2:
        return next(iter(parts), ANYTHING)
    if len(parts) > MAX_PARTS:
        raise LimitExceededError(f"{MAX_PARTS} conjuncts in one state of a regular expression", str(len(parts)))
    shortest, longest = length_bounds(parts)
    if longest is not None and shortest > longest:
        return NOTHING
    return intern_node(Intersection, tuple(sorted(parts, key=_serial)), longest)


def _narrow_parts(parts: dict[Node, None]) -> Node | None:
    """Simplify the conjuncts in place; the whole intersection where it turned into something else."""
    if EPSILON in parts and not any(part.contextual for part in parts):
        return EPSILON if all(part.nullable for part in parts) else NOTHING
    complements = [part for part in parts if isinstance(part, Complement)]
    for part in complements:
        excluded = alternatives(part.inner)
        if any(_are_within(parts, one) for one in excluded):
            return NOTHING
        if any(isinstance(one, Union) and all(way in excluded for way in one.parts) for one in parts):
            return NOTHING
    if len(complements) > 1:
        rest = [part for part in parts if not isinstance(part, Complement)]
        return intersection(complement(union(*[part.inner for part in complements])), *rest)
    for join in [part for part in parts if isinstance(part, Union)]:
        if any(one in parts for one in join.parts):
            del parts[join]
    loops = [part for part in parts if is_charset_loop(part)]
    if len(loops) > 1:
        low, high, charset = 0, None, CharSet.ANY
        for loop in loops:
            del parts[loop]
            low, high, charset = narrow_loop(loop, low, high, charset)
        if high is not None and high < low:
            return NOTHING
        return intersection(repeat(characters(charset), low, high), *parts)
    for loop in loops:
        others = [one for one in parts if one is not loop]
        if others and is_implied(loop, others):
            del parts[loop]
    return None


def _are_within(parts: dict[Node, None], node: Node) -> bool:
    """Whether it can be seen at once that all members of the parts' intersection are members of ``node``."""
    if node in parts:
        return True
    if isinstance(node, Intersection):
        return all(_are_within(parts, one) for one in node.parts)
    if isinstance(node, Complement):
        inner = alternatives(node.inner)
        return any(
            isinstance(part, Complement) and all(one in alternatives(part.inner) for one in inner) for part in parts
        )
    return False


def alternatives(node: Node) -> tuple[Node, ...]:
    """The parts of a union; any other node by itself."""
    return node.parts if isinstance(node, Union) else (node,)


def complement(node: Node) -> Node:
    """Every text that ``node`` doesn't match."""
    if isinstance(node, Complement):
        return node.inner
    if node is NOTHING:
        return ANYTHING
    if node is EPSILON:
        return repeat(_ANY_CHARACTER, 1, None)
    if isinstance(node, Concat):
        # Not to begin, and not to end, with one of some characters is a positive thing to say.
        if node.tail is ANYTHING and isinstance(node.head, Chars):
            return union(EPSILON, concat(characters(~node.head.charset), ANYTHING))
        if node.head is ANYTHING and isinstance(node.tail, Chars):
            return union(EPSILON, concat(ANYTHING, characters(~node.tail.charset)))
    if isinstance(node, Chars):
        return union(EPSILON, characters(~node.charset), repeat(_ANY_CHARACTER, 2, None))
    if not is_charset_loop(node):
        return intern_node(Complement, node)
    low, high, charset = narrow_loop(node, 0, None, CharSet.ANY)
    alternatives = [concat(ANYTHING, characters(~charset), ANYTHING)]
    if low > 0:
        alternatives.append(repeat(_ANY_CHARACTER, 0, low - 1))
    if high is not None:
        alternatives.append(repeat(_ANY_CHARACTER, high + 1, None))
    return union(*alternatives)

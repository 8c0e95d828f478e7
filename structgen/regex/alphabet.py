"""The characters of an expression, and expressions over fewer: those that a vocabulary can spell.

Where a vocabulary has no token for some bytes, no text may use a character that needs one of them: its languages are
those of the characters that are left, exactly, and whatever they accept can be written.
"""

from __future__ import annotations

from functools import lru_cache

from structgen.regex.charset import CharSet
from structgen.regex.kinds import Chars, Concat, Lazy, Node, Repeat, Union, Words
from structgen.regex.nodes import characters, concat, intersection, repeat, union, words

__all__ = ["alphabet_of", "characters_of", "relaxed", "restricted"]


@lru_cache(maxsize=256)
def characters_of(alphabet: frozenset[int]) -> CharSet:
    """The characters whose UTF-8 has bytes of ``alphabet`` alone."""
    if len(alphabet) == 256:
        return CharSet.ANY
    ranges: list[tuple[int, int]] = [(byte, byte) for byte in range(0x80) if byte in alphabet]
    for lead in range(0xC2, 0xF5):
        if lead in alphabet:
            ranges += _led_by(lead, alphabet)
    return CharSet.of_ranges(ranges)


def _led_by(lead: int, alphabet: frozenset[int]) -> list[tuple[int, int]]:
    following = 1 if lead < 0xE0 else 2 if lead < 0xF0 else 3
    first = (lead & (0x3F >> following)) << 6 * following
    last = first + (1 << 6 * following) - 1
    low, high = max(first, (0x80, 0x800, 0x10000)[following - 1]), min(last, 0x10FFFF)
    if all(byte in alphabet for byte in range(0x80, 0xC0)):
        return [(low, high)]
    found = []
    for code in range(low, high + 1):
        if all((code >> 6 * place & 0x3F) | 0x80 in alphabet for place in range(following)):
            found.append((code, code))
    return found


@lru_cache(maxsize=4096)
def restricted(node: Node, charset: CharSet) -> Node:
    """The texts of ``node`` that have characters of ``charset`` alone."""
    if charset is CharSet.ANY:
        return node
    if isinstance(node, Chars):
        return characters(node.charset & charset)
    if isinstance(node, Concat):
        heads = []
        rest: Node = node
        while isinstance(rest, Concat):
            heads.append(restricted(rest.head, charset))
            rest = rest.tail
        return concat(*heads, restricted(rest, charset))
    if isinstance(node, Union):
        return union(*[restricted(part, charset) for part in node.parts])
    if isinstance(node, Repeat):
        return repeat(restricted(node.inner, charset), node.low, node.high)
    if isinstance(node, Words):
        texts = [text[node.depth :] for text in node.table.texts[node.low : node.high]]
        return words([text for text in texts if all(character in charset for character in text)])
    if node.min_length == node.max_length == 0:
        return node
    return intersection(node, repeat(characters(charset), 0, None))


def alphabet_of(node: Node) -> CharSet:
    """Characters that all members' characters are among; any at all where that takes long to say."""
    if isinstance(node, Chars):
        return node.charset
    if isinstance(node, Repeat):
        return alphabet_of(node.inner)
    if isinstance(node, Lazy):
        return node.alphabet()
    parts: list[Node] = []
    while isinstance(node, Concat):
        parts.append(node.head)
        node = node.tail
    if isinstance(node, Union):
        parts.extend(node.parts)
    elif parts:
        parts.append(node)
    elif node.max_length != 0:
        return CharSet.ANY
    charset = CharSet.NONE
    for part in parts:
        charset |= alphabet_of(part)
    return charset


def relaxed(node: Node, charset: CharSet) -> Node:
    """A superset of the members with characters of ``charset`` alone, in which no lazy node counts anything."""
    if isinstance(node, Lazy):
        return repeat(characters(node.alphabet() & charset), 0, None)
    if isinstance(node, Concat):
        heads = []
        while isinstance(node, Concat):
            heads.append(relaxed(node.head, charset))
            node = node.tail
        return concat(*heads, relaxed(node, charset))
    if isinstance(node, Union):
        return union(*[relaxed(part, charset) for part in node.parts])
    if isinstance(node, Repeat):
        return repeat(relaxed(node.inner, charset), node.low, node.high)
    return characters(node.charset & charset) if isinstance(node, Chars) else node

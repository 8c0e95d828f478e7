"""From sets of characters to bytes: a partition of characters becomes a deterministic tree over the bytes that spell
them.

UTF-8 is exact: no overlong form, no surrogate, nothing above U+10FFFF. Inside a JSON string, a character that needs an
escape has its short form where there is one, else ``\\u00XX`` with hexadecimal digits of either case; every other
character is raw.
"""

from __future__ import annotations

import enum
from typing import Final

from structgen.regex.charset import CharSet

__all__ = ["Edge", "Skeleton", "Spelling", "skeleton", "spell"]


class Spelling(enum.Enum):
    """How characters become bytes."""

    PLAIN = "plain"
    JSON = "json"


Edge = tuple[int, int, int]
# A piece of a partition: an inclusive range of code points and the index of its set.
_Piece = tuple[int, int, int]

_SHORT_ESCAPES: Final = {0x22: 0x22, 0x5C: 0x5C, 0x08: 0x62, 0x0C: 0x66, 0x0A: 0x6E, 0x0D: 0x72, 0x09: 0x74}
# First and last code point of each length of UTF-8, the bits of its lead byte, and how many bytes follow.
_LENGTHS: Final = (
    (0x00, 0x7F, 0x00, 0),
    (0x80, 0x7FF, 0xC0, 1),
    (0x800, 0xFFFF, 0xE0, 2),
    (0x10000, 0x10FFFF, 0xF0, 3),
)
_MEMO_ENTRIES: Final = 4096


class Skeleton:
    """A deterministic byte tree; equal subtrees are one node.

    ``nodes[i]`` holds the edges ``(low, high, target)`` of node ``i``, ascending and disjoint, adjacent ones with one
    target merged. A target of 0 or more is another node; a target below 0 ends a character of the set with index
    ``~target``. Node 0 is the root.
    """

    __slots__ = ("nodes",)

    def __init__(self, nodes: tuple[tuple[Edge, ...], ...]) -> None:
        self.nodes = nodes


def spell(text: str, spelling: Spelling) -> bytes:
    """The bytes of a text (with lowercase hexadecimal digits where there is a choice)."""
    if spelling is Spelling.PLAIN:
        return text.encode()
    out = bytearray()
    for character in text:
        code = ord(character)
        if code in _SHORT_ESCAPES:
            out += bytes((0x5C, _SHORT_ESCAPES[code]))
        elif code < 0x20:
            out += b"\\u%04x" % code
        else:
            out += character.encode()
    return bytes(out)


class _Tree:
    """Builds a skeleton from the pieces of a partition."""

    __slots__ = ("index", "nodes")

    def __init__(self) -> None:
        self.nodes: list[tuple[Edge, ...]] = [()]
        self.index: dict[tuple[Edge, ...], int] = {}

    def node(self, edges: list[Edge]) -> int:
        """The node with these edges, which are ascending and disjoint."""
        key = _merged(edges)
        found = self.index.get(key)
        if found is None:
            found = self.index[key] = len(self.nodes)
            self.nodes.append(key)
        return found

    def full(self, following: int, leaf: int) -> int:
        """The target below which any ``following`` continuation bytes lead to ``leaf``."""
        target = leaf
        for _ in range(following):
            target = self.node([(0x80, 0xBF, target)])
        return target

    def block_edges(self, pieces: list[_Piece], base: int, following: int, lead: int) -> list[Edge]:
        """Edges for blocks of ``64 ** following`` code points from ``base`` on, whose bytes count up from ``lead``."""
        size = 64**following
        edges: list[Edge] = []
        at = 0
        while at < len(pieces):
            low, high, leaf = pieces[at]
            first, last = (low - base) // size, (high - base) // size
            begins, ends = base + first * size, base + (last + 1) * size - 1
            if low == begins and (high == ends or first < last):
                # Whole blocks of one set, which is where nearly all of Unicode goes.
                full_last = last if high == ends else last - 1
                edges.append((lead + first, lead + full_last, self.full(following, leaf)))
                if full_last == last:
                    at += 1
                else:
                    pieces[at] = (base + last * size, high, leaf)
                continue
            inside = []
            block_end = begins + size - 1
            while at < len(pieces) and pieces[at][0] <= block_end:
                low, high, leaf = pieces[at]
                inside.append((low, min(high, block_end), leaf))
                if high > block_end:
                    pieces[at] = (block_end + 1, high, leaf)
                    break
                at += 1
            below = self.node(self.block_edges(inside, begins, following - 1, 0x80))
            edges.append((lead + first, lead + first, below))
        return edges


def _merged(edges: list[Edge]) -> tuple[Edge, ...]:
    out: list[Edge] = []
    for low, high, target in edges:
        if out and out[-1][2] == target and out[-1][1] + 1 == low:
            out[-1] = (out[-1][0], high, target)
        else:
            out.append((low, high, target))
    return tuple(out)


_skeletons: dict[tuple[tuple[CharSet, ...], Spelling], Skeleton] = {}


def skeleton(charsets: tuple[CharSet, ...], spelling: Spelling) -> Skeleton:
    """The byte tree of a partition; the sets must be disjoint. Memoised (4,096 trees, then emptied)."""
    key = (charsets, spelling)
    found = _skeletons.get(key)
    if found is None:
        found = _build(charsets, spelling)
        if len(_skeletons) >= _MEMO_ENTRIES:
            _skeletons.clear()
        _skeletons[key] = found
    return found


def _build(charsets: tuple[CharSet, ...], spelling: Spelling) -> Skeleton:
    pieces: list[_Piece] = []
    for index, charset in enumerate(charsets):
        bounds = charset.bounds
        for i in range(0, len(bounds), 2):
            pieces.append((bounds[i], bounds[i + 1] - 1, ~index))
    pieces.sort()
    tree = _Tree()
    edges: list[Edge] = []
    if spelling is Spelling.JSON:
        edges, pieces = _split_escapes(tree, pieces)
    for first, last, lead, following in _LENGTHS:
        inside = [
            (max(low, first), min(high, last), leaf) for low, high, leaf in pieces if low <= last and high >= first
        ]
        # Lead bytes count from code point 0: the lowest ones, which would be overlong, stay unused.
        edges += tree.block_edges(inside, 0, following, lead)
    edges.sort()
    tree.nodes[0] = _merged(edges)
    return Skeleton(tuple(tree.nodes))


def _split_escapes(tree: _Tree, pieces: list[_Piece]) -> tuple[list[Edge], list[_Piece]]:
    """The backslash's edge for the characters that need it, and the pieces without them."""
    escapes: list[Edge] = []
    digits: dict[int, list[Edge]] = {0x30: [], 0x31: []}
    rest: list[_Piece] = []
    for low, high, leaf in pieces:
        raw = low
        for code in range(low, min(high, 0x5C) + 1):
            if code in _SHORT_ESCAPES:
                escapes.append((_SHORT_ESCAPES[code], _SHORT_ESCAPES[code], leaf))
            elif code < 0x20:
                digit = b"0123456789abcdef"[code & 15]
                digits[0x30 + (code >> 4)].append((digit, digit, leaf))
                if digit > 0x39:
                    digits[0x30 + (code >> 4)].append((digit - 0x20, digit - 0x20, leaf))
            else:
                continue
            if code > raw:
                rest.append((raw, code - 1, leaf))
            raw = code + 1
        if raw <= high:
            rest.append((raw, high, leaf))
    last = [(high, high, tree.node(sorted(edges))) for high, edges in digits.items() if edges]
    if last:
        third = tree.node(last)
        second = tree.node([(0x30, 0x30, third)])
        escapes.append((0x75, 0x75, tree.node([(0x30, 0x30, second)])))
    edges: list[Edge] = [(0x5C, 0x5C, tree.node(sorted(escapes)))] if escapes else []
    return edges, rest

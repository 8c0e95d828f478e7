"""From sets of characters to bytes: a partition of characters becomes a deterministic tree over the bytes that spell
them.

UTF-8 is exact: no overlong form, no surrogate, nothing above U+10FFFF. Inside a JSON string, a character that needs an
escape has its short form where there is one, else ``\\uXXXX`` with hexadecimal digits of either case, or two of these
beyond U+FFFF; every other character is raw. ``Spelling`` says which need one, and whether the others may have one too.
"""

from __future__ import annotations

import enum
from typing import Final

import cython

from structgen.regex.charset import MAX_CODE_POINT, CharSet

__all__ = ["Edge", "Skeleton", "Spelling", "has_one_spelling", "skeleton", "spell"]


class Spelling(enum.Enum):
    """How characters become bytes."""

    PLAIN = "plain"
    JSON = "json"
    JSON_ASCII = "json, in printable ASCII"
    JSON_FREE = "json, with any escapes"
    JSON_FREE_ASCII = "json, with any escapes, in printable ASCII"

    @property
    def is_ascii(self) -> bool:
        """Whether all but printable ASCII is escaped."""
        return self in (Spelling.JSON_ASCII, Spelling.JSON_FREE_ASCII)

    @property
    def is_free(self) -> bool:
        """Whether a character may be escaped that needs no escape."""
        return self in (Spelling.JSON_FREE, Spelling.JSON_FREE_ASCII)


Edge = tuple[int, int, int]
# A piece of a partition: an inclusive range of code points and the index of its set.
_Piece = tuple[int, int, int]

# Code points, ascending, and the byte after the backslash.
_SHORT_ESCAPES: Final = (
    (0x08, 0x62),
    (0x09, 0x74),
    (0x0A, 0x6E),
    (0x0C, 0x66),
    (0x0D, 0x72),
    (0x22, 0x22),
    (0x5C, 0x5C),
)
_FREE_ESCAPES: Final = (*_SHORT_ESCAPES, (0x2F, 0x2F))
_SHORT: Final = {chr(code): bytes((0x5C, byte)) for code, byte in _SHORT_ESCAPES}
_RAW: Final = CharSet.of_ranges([(0x20, 0x21), (0x23, 0x5B), (0x5D, 0x10FFFF)])
_RAW_ASCII: Final = _RAW & CharSet.of_ranges([(0x20, 0x7E)])
_ESCAPED: Final = CharSet.ANY - _RAW
_ESCAPED_ASCII: Final = CharSet.ANY - _RAW_ASCII
_MEMO_ENTRIES: Final = 4096


@cython.no_gc
@cython.cclass
class Skeleton:
    """A deterministic byte tree; equal subtrees are one node.

    ``nodes[i]`` holds the edges ``(low, high, target)`` of node ``i``, ascending and disjoint, adjacent ones with one
    target merged. A target of 0 or more is another node; a target below 0 ends a character of the set with index
    ``~target``. Node 0 is the root.
    """

    __slots__ = ("_ends", "nodes")

    def __init__(self, nodes: tuple[tuple[Edge, ...], ...]) -> None:
        self.nodes = nodes
        self._ends: dict[int, frozenset[int]] = {}

    def ends(self, index: int) -> frozenset[int]:
        """The sets, by index, of which a character may end below a node."""
        known = self._ends.get(index)
        if known is None:
            ends = [frozenset([~target]) if target < 0 else self.ends(target) for _, _, target in self.nodes[index]]
            known = self._ends[index] = frozenset().union(*ends)
        return known


def spell(text: str, spelling: Spelling) -> bytes:
    """The bytes of a text (without needless escapes, with lowercase hexadecimal digits)."""
    if spelling is Spelling.PLAIN:
        return text.encode()
    out = bytearray()
    raw = _RAW_ASCII if spelling.is_ascii else _RAW
    for character in text:
        code = ord(character)
        if character in _SHORT:
            out += _SHORT[character]
        elif character in raw:
            out += character.encode()
        elif code < 0x10000:
            out += b"\\u%04x" % code
        else:
            out += b"\\u%04x\\u%04x" % (0xD7C0 + (code >> 10), 0xDC00 | (code & 0x3FF))
    return bytes(out)


def has_one_spelling(text: str, spelling: Spelling) -> bool:
    """Whether `spell` gives all there are."""
    if spelling.is_free:
        return not text
    raw = _RAW_ASCII if spelling.is_ascii else _RAW
    return all(character in raw or character in _SHORT for character in text)


class _Digits:
    """Bytes that count up: from ``lead`` on, or hexadecimal digits of either case."""

    __slots__ = ("lead", "radix")

    def __init__(self, radix: int, lead: int) -> None:
        self.radix, self.lead = radix, lead

    def edges(self, first: int, last: int, target: int) -> list[Edge]:
        if self.radix != 16:
            return [(self.lead + first, self.lead + last, target)]
        if last < 10:
            return [(0x30 + first, 0x30 + last, target)]
        letter = max(first, 10)
        letters = [(0x37 + letter, 0x37 + last, target), (0x57 + letter, 0x57 + last, target)]
        return letters if letter == first else [(0x30 + first, 0x39, target), *letters]


_HEXADECIMAL: Final = _Digits(16, 0)
_CONTINUATION: Final = _Digits(64, 0x80)
# First and last code point of each length of UTF-8, its lead bytes, and how many bytes follow.
_LENGTHS: Final = (
    (0x00, 0x7F, _Digits(64, 0x00), 0),
    (0x80, 0x7FF, _Digits(64, 0xC0), 1),
    (0x800, 0xFFFF, _Digits(64, 0xE0), 2),
    (0x10000, 0x10FFFF, _Digits(64, 0xF0), 3),
)


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

    def full(self, following: int, leaf: int, digits: _Digits) -> int:
        """The target below which any ``following`` digits lead to ``leaf``."""
        target = leaf
        for _ in range(following):
            target = self.node(digits.edges(0, digits.radix - 1, target))
        return target

    def block_edges(self, pieces: list[_Piece], base: int, following: int, first: _Digits, more: _Digits) -> list[Edge]:
        """Edges for the ``first`` digit of numbers from ``base`` on, which ``following`` ones of ``more`` follow."""
        size = more.radix**following
        edges: list[Edge] = []
        at = 0
        while at < len(pieces):
            low, high, leaf = pieces[at]
            lowest, highest = (low - base) // size, (high - base) // size
            begins, ends = base + lowest * size, base + (highest + 1) * size - 1
            if low == begins and (high == ends or lowest < highest):
                # Whole blocks of one set, which is where nearly all of Unicode goes.
                last = highest if high == ends else highest - 1
                edges += first.edges(lowest, last, self.full(following, leaf, more))
                if last == highest:
                    at += 1
                else:
                    pieces[at] = (base + highest * size, high, leaf)
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
            below = self.node(self.block_edges(inside, begins, following - 1, more, more))
            edges += first.edges(lowest, lowest, below)
        edges.sort()
        return edges

    def escaped(self, units: list[_Piece]) -> int:
        """The target that reads the four digits of a unit after ``\\u``."""
        return self.node(self.block_edges(units, 0, 3, _HEXADECIMAL, _HEXADECIMAL))


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
    tree = _Tree()
    edges: list[Edge] = []
    if spelling is Spelling.PLAIN:
        pieces = _pieces(charsets, CharSet.ANY)
    else:
        is_ascii = spelling.is_ascii
        pieces = _pieces(charsets, _RAW_ASCII if is_ascii else _RAW)
        escapable = CharSet.ANY if spelling.is_free else _ESCAPED_ASCII if is_ascii else _ESCAPED
        escapes = _escapes(tree, _pieces(charsets, escapable), spelling.is_free)
        if escapes:
            edges.append((0x5C, 0x5C, tree.node(escapes)))
    plain = pieces
    if pieces and pieces[-1][1] == MAX_CODE_POINT:
        plain, leaf = _without_rest(pieces)
        if plain is not pieces:
            edges += _rest_edges(tree, leaf)
    for first, last, lead, following in _LENGTHS:
        if not plain or plain[-1][1] < first:
            break
        inside = [
            (max(low, first), min(high, last), leaf) for low, high, leaf in plain if low <= last and high >= first
        ]
        # Lead bytes count from code point 0: the lowest ones, which would be overlong, stay unused.
        edges += tree.block_edges(inside, 0, following, lead, _CONTINUATION)
    edges.sort()
    tree.nodes[0] = _merged(edges)
    return Skeleton(tuple(tree.nodes))


def _without_rest(pieces: list[_Piece]) -> tuple[list[_Piece], int]:
    """The pieces without what is beyond ASCII, and its set, where it all is in one set; else as they are."""
    last, leaf = len(pieces) - 1, pieces[-1][2]
    if last < 1 or pieces[last][0] != 0xE000 or pieces[last - 1][1] != 0xD7FF or pieces[last - 1][2] != leaf:
        return pieces, 0
    low = pieces[last - 1][0]
    if low > 0x80:
        return pieces, 0
    return [*pieces[: last - 1], (low, 0x7F, leaf)] if low < 0x80 else pieces[: last - 1], leaf


def _rest_edges(tree: _Tree, leaf: int) -> list[Edge]:
    """What `_Tree.block_edges` finds for all that is beyond ASCII, where nearly every pattern has one set."""
    one = tree.node([(0x80, 0xBF, leaf)])
    two = tree.node([(0x80, 0xBF, one)])
    return [
        (0xC2, 0xDF, one),
        (0xE0, 0xE0, tree.node([(0xA0, 0xBF, one)])),
        (0xE1, 0xEC, two),
        (0xED, 0xED, tree.node([(0x80, 0x9F, one)])),
        (0xEE, 0xEF, two),
        (0xF0, 0xF0, tree.node([(0x90, 0xBF, two)])),
        (0xF1, 0xF3, tree.node([(0x80, 0xBF, two)])),
        (0xF4, 0xF4, tree.node([(0x80, 0x8F, two)])),
    ]


def _pieces(charsets: tuple[CharSet, ...], within: CharSet) -> list[_Piece]:
    pieces: list[_Piece] = []
    for index, charset in enumerate(charsets):
        bounds = charset.bounds if within is CharSet.ANY else (charset & within).bounds
        for i in range(0, len(bounds), 2):
            pieces.append((bounds[i], bounds[i + 1] - 1, ~index))
    pieces.sort()
    return pieces


def _escapes(tree: _Tree, pieces: list[_Piece], is_free: bool) -> list[Edge]:
    """What may follow a backslash; ``is_free``: a character with a short form may be numbered too."""
    edges: list[Edge] = []
    units: list[_Piece] = []
    beyond: list[_Piece] = []
    for low, high, leaf in pieces:
        start = low
        for code, byte in _FREE_ESCAPES if is_free else _SHORT_ESCAPES:
            if low <= code <= high:
                edges.append((byte, byte, leaf))
                if not is_free:
                    if start < code:
                        units.append((start, code - 1, leaf))
                    start = code + 1
        if start <= min(high, 0xFFFF):
            units.append((start, min(high, 0xFFFF), leaf))
        if high > 0xFFFF:
            beyond.append((max(low, 0x10000), high, leaf))
    units += _high_surrogates(tree, beyond)
    if units:
        edges.append((0x75, 0x75, tree.escaped(sorted(units))))
    edges.sort()
    return edges


def _high_surrogates(tree: _Tree, pieces: list[_Piece]) -> list[_Piece]:
    """For code points beyond U+FFFF, the first of their two units, which ends in a target for the second."""
    units: list[_Piece] = []
    at = 0
    while at < len(pieces):
        low, high, leaf = pieces[at]
        first, last = low >> 10, high >> 10
        if low & 0x3FF == 0 and (high & 0x3FF == 0x3FF or first < last):
            # Whole blocks of one set.
            if high & 0x3FF != 0x3FF:
                last -= 1
            units.append((0xD7C0 + first, 0xD7C0 + last, _low_surrogate(tree, [(0, 0x3FF, leaf)])))
        else:
            last = first
            inside = [
                (max(one, first << 10) & 0x3FF, min(other, (first << 10) | 0x3FF) & 0x3FF, target)
                for one, other, target in pieces[at:]
                if one >> 10 <= first
            ]
            units.append((0xD7C0 + first, 0xD7C0 + first, _low_surrogate(tree, inside)))
        while at < len(pieces) and pieces[at][1] >> 10 <= last:
            at += 1
        if at < len(pieces) and pieces[at][0] >> 10 <= last:
            pieces[at] = ((last + 1) << 10, *pieces[at][1:])
    return units


def _low_surrogate(tree: _Tree, pieces: list[_Piece]) -> int:
    digits = tree.escaped([(0xDC00 + low, 0xDC00 + high, leaf) for low, high, leaf in pieces])
    return tree.node([(0x5C, 0x5C, tree.node([(0x75, 0x75, digits)]))])

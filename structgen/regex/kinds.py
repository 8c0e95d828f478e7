"""Regular expressions over characters as hash-consed nodes: the kinds.

Only `nodes` builds them, and it simplifies first, so two nodes are compared by identity. A node refers to nodes that
were made before it, and to nothing that could refer to it.

Most kinds are plain: they match a stretch of text whatever stands around it. `Lookahead` and `Lookbehind` also ask
about the rest of the text and about what was read before; a node with one of these inside is *contextual*, and is made
plain again by a `Sealed` node, whose stretch is the whole text for everything inside.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

import cython

from structgen.errors import LimitExceededError
from structgen.regex.charset import CharSet

if TYPE_CHECKING:
    from structgen.regex.wordtables import WordTable

__all__ = [
    "MAX_NESTING",
    "Chars",
    "Complement",
    "Concat",
    "Epsilon",
    "Intersection",
    "Lazy",
    "Lookahead",
    "Lookbehind",
    "Node",
    "Nothing",
    "Repeat",
    "Sealed",
    "Transitions",
    "Union",
    "Words",
    "length_bound",
]

# Kinds inside one another, which bounds the recursion over a node; the length of a concatenation adds nothing.
MAX_NESTING: Final = 150

_serials = itertools.count()


@cython.no_gc
@cython.cclass
class Node:
    """A regular expression; identity is equality.

    Attributes
    ----------
    serial : int
        Order of creation, and of a union's parts.
    nullable : bool
        Matches the empty text. Of a contextual node: where the text ends here.
    min_length, max_length : int, int or None
        Bounds on the number of characters of a match; ``None`` where there is none.
    positive : bool
        Built without intersection, complement and context, so its language isn't empty unless it is ``NOTHING``.
    contextual : bool
        Has a lookahead or lookbehind that isn't sealed.
    nesting : int
        Depth of kinds.
    largest_count : int
        The largest finite bound of a repetition outside of boolean operators, or on the length of a match, else 0.
    empty, finite, clamped, reserve
        Memos of `derivatives` and `clamp`; ``clamped`` has a node by limit, None for this node itself.
    """

    __slots__ = (
        "clamped",
        "contextual",
        "empty",
        "finite",
        "largest_count",
        "max_length",
        "min_length",
        "nesting",
        "nullable",
        "positive",
        "reserve",
        "serial",
    )

    serial: int
    nullable: bool
    min_length: int
    max_length: int | None
    positive: bool
    contextual: bool
    nesting: int
    largest_count: int
    empty: bool | None
    finite: bool | None
    clamped: dict[int, Node | None] | None
    reserve: int | None

    def __init__(
        self,
        nullable: bool,
        min_length: int,
        max_length: int | None,
        *,
        children: tuple[Node, ...] = (),
        positive: bool = True,
        contextual: bool = False,
        largest_count: int = 0,
    ) -> None:
        self.serial = next(_serials)
        self.nullable = nullable
        self.min_length = min_length
        self.max_length = max_length
        self.nesting = 1
        for child in children:
            positive = positive and child.positive
            contextual = contextual or child.contextual
            if child.nesting >= self.nesting:
                self.nesting = child.nesting + 1
            if child.largest_count > largest_count:
                largest_count = child.largest_count
        self.positive = positive
        self.contextual = contextual
        self.largest_count = largest_count
        self.empty = self.finite = self.clamped = self.reserve = None
        if self.nesting > MAX_NESTING:
            raise LimitExceededError(f"regular expressions nest {MAX_NESTING} deep", "a deeper one")


Transitions = tuple[tuple[CharSet, Node], ...]


@cython.no_gc
@cython.cclass
class Nothing(Node):
    """Matches no text at all."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "∅"


@cython.no_gc
@cython.cclass
class Epsilon(Node):
    """Matches the empty text."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ε"


@cython.no_gc
@cython.cclass
class Chars(Node):
    """Matches one character of a set that isn't empty."""

    __slots__ = ("charset",)

    def __init__(self, charset: CharSet) -> None:
        super().__init__(False, 1, 1)
        self.charset = charset

    def __repr__(self) -> str:
        if len(self.charset) == 1:
            return repr(self.charset.representative())[1:-1]
        return "." if self.charset is CharSet.ANY else repr(self.charset).replace("CharSet(", "[").replace(")", "]")


@cython.no_gc
@cython.cclass
class Concat(Node):
    """``head`` then ``tail``; the head is never a concatenation, so a chain is a list that shares its tails."""

    __slots__ = ("head", "tail")

    def __init__(self, head: Node, tail: Node) -> None:
        # Written out, since half of all nodes are these.
        self.serial = next(_serials)
        self.nullable = head.nullable and tail.nullable
        self.min_length = head.min_length + tail.min_length
        self.max_length = None
        if head.max_length is not None and tail.max_length is not None:
            self.max_length = head.max_length + tail.max_length
        self.positive = head.positive and tail.positive
        self.contextual = head.contextual or tail.contextual
        self.largest_count = head.largest_count if head.largest_count > tail.largest_count else tail.largest_count
        self.empty = self.finite = self.clamped = self.reserve = None
        # A long chain is walked by a loop, not by recursion: only its heads count.
        self.nesting = tail.nesting if tail.nesting > head.nesting else head.nesting + 1
        if self.nesting > MAX_NESTING:
            raise LimitExceededError(f"regular expressions nest {MAX_NESTING} deep", "a deeper one")
        self.head = head
        self.tail = tail

    def __repr__(self) -> str:
        parts = []
        node: Node = self
        while isinstance(node, Concat):
            parts.append(repr(node.head))
            node = node.tail
        return "".join([*parts, repr(node)])


@cython.no_gc
@cython.cclass
class Union(Node):
    """Any of the parts: two or more, flat, sorted by serial."""

    __slots__ = ("parts",)

    def __init__(self, parts: tuple[Node, ...]) -> None:
        lengths = [part.max_length for part in parts]
        longest = None if None in lengths else max([length or 0 for length in lengths])
        shortest = min([part.min_length for part in parts])
        super().__init__(any(part.nullable for part in parts), shortest, longest, children=parts)
        self.parts = parts

    def __repr__(self) -> str:
        return f"({'|'.join(map(repr, self.parts))})"


@cython.no_gc
@cython.cclass
class Intersection(Node):
    """All of the parts: two or more, flat, sorted by serial, at most one complement."""

    __slots__ = ("parts",)

    def __init__(self, parts: tuple[Node, ...], longest: int | None) -> None:
        shortest = max([part.min_length for part in parts])
        super().__init__(all(part.nullable for part in parts), shortest, longest, children=parts, positive=False)
        self.parts = parts
        self.largest_count = 0
        if len(parts) == 2 and parts[0].positive and parts[1].positive:
            self.largest_count = max(length_bound(parts[0]), length_bound(parts[1]))

    def __repr__(self) -> str:
        return f"({'&'.join(map(repr, self.parts))})"


def length_bound(node: Node) -> int:
    """``n`` of ``.{0,n}``, else 0."""
    if isinstance(node, Repeat) and node.high is not None and node.low == 0 and isinstance(node.inner, Chars):
        return node.high if node.inner.charset is CharSet.ANY else 0
    return 0


@cython.no_gc
@cython.cclass
class Complement(Node):
    """What ``inner`` doesn't match."""

    __slots__ = ("inner",)

    def __init__(self, inner: Node) -> None:
        super().__init__(not inner.nullable, 1 if inner.nullable else 0, None, children=(inner,), positive=False)
        self.inner = inner
        self.largest_count = 0

    def __repr__(self) -> str:
        return f"~({self.inner!r})"


@cython.no_gc
@cython.cclass
class Repeat(Node):
    """``low`` to ``high`` times ``inner``, without bound where ``high`` is None."""

    __slots__ = ("high", "inner", "low")

    def __init__(self, inner: Node, low: int, high: int | None) -> None:
        longest = None if high is None or inner.max_length is None else high * inner.max_length
        shortest, nullable = low * inner.min_length, low == 0 or inner.nullable
        count = low if high is None else high
        super().__init__(nullable, shortest, longest, children=(inner,), largest_count=count if count > 1 else 0)
        self.inner = inner
        self.low = low
        self.high = high

    def __repr__(self) -> str:
        return f"({self.inner!r}){{{self.low},{'' if self.high is None else self.high}}}"


@cython.no_gc
@cython.cclass
class Words(Node):
    """The words ``low <= i < high`` of a sorted table from character ``depth`` on; they are equal before it."""

    __slots__ = ("depth", "high", "low", "table")

    def __init__(self, table: WordTable, low: int, high: int, depth: int) -> None:
        nullable = len(table.texts[low]) == depth
        super().__init__(nullable, 0 if nullable else max(1, table.min_length - depth), table.max_length - depth)
        self.table = table
        self.low = low
        self.high = high
        self.depth = depth

    def edges(self) -> list[tuple[str, int, int]]:
        """The next characters, ascending, each with the slice of the table that goes on with it.

        Costs a few comparisons of words for each character, however many words share it.
        """
        texts, depth, high = self.table.texts, self.depth, self.high
        low = self.low + 1 if self.nullable else self.low
        found = []
        while low < high:
            character = texts[low][depth]
            end = low + 1
            if end < high and texts[end][depth] == character:
                # The words with this character end before the first that is not below the next character.
                bound = texts[low][:depth] + chr(ord(character) + 1) if character < "\U0010ffff" else None
                end = high if bound is None else bisect_left(texts, bound, end, high)
            found.append((character, low, end))
            low = end
        return found

    def __repr__(self) -> str:
        return f"words({self.high - self.low}, {self.table.texts[self.low][self.depth :]!r}…)"


@cython.no_gc
@cython.cclass
class Lazy(Node):
    """A language that its own arithmetic describes, such as `structgen.schema.multiples`.

    Made only where it isn't empty, which a subclass decides without a search. One that knows how many characters are
    always enough to complete a prefix sets ``reserve``.
    """

    __slots__ = ()

    def alphabet(self) -> CharSet:
        """Has all characters of all members."""
        return CharSet.ANY

    def steps(self) -> list[tuple[CharSet, Node]]:
        """Disjoint sets of next characters, each with what is left to match after them; `NOTHING` where that fails."""
        raise NotImplementedError


@cython.no_gc
@cython.cclass
class Lookahead(Node):
    """Matches the empty text where ``inner`` matches all the rest of the text."""

    __slots__ = ("inner",)

    def __init__(self, inner: Node) -> None:
        super().__init__(inner.nullable, 0, 0, children=(inner,), positive=False, contextual=True)
        self.inner = inner
        self.largest_count = 0

    def __repr__(self) -> str:
        return f"(?={self.inner!r}$)"


@cython.no_gc
@cython.cclass
class Lookbehind(Node):
    """Matches the empty text where ``inner`` does; ``inner`` is derived by every character that is read."""

    __slots__ = ("inner",)

    def __init__(self, inner: Node) -> None:
        super().__init__(inner.nullable, 0, 0, children=(inner,), positive=False, contextual=True)
        self.inner = inner
        self.largest_count = 0

    def __repr__(self) -> str:
        return f"(?<=^{self.inner!r})"


@cython.no_gc
@cython.cclass
class Sealed(Node):
    """A contextual expression whose text begins and ends where the match does; plain itself."""

    __slots__ = ("inner",)

    def __init__(self, inner: Node) -> None:
        super().__init__(inner.nullable, inner.min_length, inner.max_length, children=(inner,), positive=False)
        self.inner = inner
        self.contextual, self.largest_count = False, 0

    def __repr__(self) -> str:
        return f"sealed({self.inner!r})"

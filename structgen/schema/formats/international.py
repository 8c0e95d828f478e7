"""Internationalized host names: U-labels beside labels of ASCII.

Exact are the code points, the rules of context, the rule of Bidi for the whole name, hyphens, and combining marks in
their canonical order. Where a regular language can't say what IDNA2008 asks, this one has less:

- No A-label (``xn--``), for it would have to be decoded, and no other label with hyphens third and fourth.
- A label's length counts in octets of its A-label, which depends on all its characters at once. Here it is the most
  that so many ASCII characters and so many others, of a range of Unicode, can need: see `_most_octets`.
- Of two combining marks in a row, the second has a higher canonical combining class, of another group in
  `_IN_ORDER`, or the same class, which is a group of its own.
- A character that may compose with the one before it (U+0301 for instance) follows only one that composes with none, so
  that the label is in normalization form C.
- Code points are those of Unicode 14.

The last of several labels isn't all digits, as in `hostnames`. The outer language has what all this leaves out: any
text of letters, digits, hyphens, full stops and characters beyond ASCII that has one of these, or ``xn--``.

Sources: RFC 5890 to 5893; RFC 3492 for the length of Punycode.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import cache, lru_cache
from typing import Final, NamedTuple

from structgen.regex.charset import CharSet
from structgen.regex.interning import intern_node
from structgen.regex.kinds import Lazy, Node
from structgen.regex.nodes import union
from structgen.regex.patterns import parse
from structgen.schema.formats.hostnames import MAX_LABEL, MAX_NAME
from structgen.schema.formats.idna_table import CLASSES

__all__ = ["idn_domain", "idn_hostname", "most_octets", "outer_idn_hostname", "undecided_domain"]

# Code points below these need about as many digits of Punycode.
_RANGES: Final = (0x800, 0x10000, 0x32400)
# What a delta has to be at least to need 2, 3, ... digits, whatever the bias; less the one before.
_DIGIT_STEPS: Final = (1, 35, 1225, 27625, 260000, 2600000, 26000000)

_ANY_ROOM: Final = 1 << 20
# Directions of a label: none yet; left to right; right to left; begun by a character that is neither.
_NONE, _LEFT, _RIGHT, _WEAK = range(4)
# What the labels so far make of the name: one breaks the rule of Bidi, or one is written from right to left.
_UNDECIDED, _BREAKS_BIDI, _IS_BIDI = range(3)
# The katakana middle dot needs a kana or a Han character in the label.
_NO_DOT, _DOT_OWES, _HAS_KANA = range(3)
# Which letters the label may have: any yet; small ones, as there are others than ASCII; ASCII alone, as there are
# capitals.
_ANY_LETTERS, _SMALL, _CAPITALS = range(3)
# Canonical combining classes up to each of these, and beyond the one before, are told apart from the others alone.
_IN_ORDER: Final = (0, 6, 7, 8, 9, 26, 36, 103, 107, 118, 132, 219, 220, 229, 230, 240)


class _Class(NamedTuple):
    """Characters that no rule tells apart."""

    charset: CharSet
    kind: str
    """The character itself where a rule names it, else empty."""
    range: int
    """Index in `_RANGES`; -1 for ASCII."""
    direction: str
    combining: int
    """Index in `_IN_ORDER`."""
    joining: str
    flags: str


class _Label(NamedTuple):
    """What the rules ask to know of a label, and of the name before it; its length is apart."""

    name: int
    follows: bool
    """Whether a label precedes."""
    place: int = 0
    """Characters read, up to 4."""
    direction: int = _NONE
    ends_well: bool = False
    digits: str = ""
    """Of a label from right to left: the class of its digits."""
    combining: int = 0
    """What the label's decomposition ends with, as an index in `_IN_ORDER`."""
    joins: bool = False
    """Whether a zero-width non-joiner here has on its left what it needs."""
    owed: str = ""
    """What the next character has to be: ``l``; ``g`` for Greek; ``j`` for one that joins what a non-joiner parts."""
    kana: int = _NO_DOT
    last: str = ""
    """The last character's flags, or itself where a rule names it."""
    is_number: bool = True
    has_third_hyphen: bool = False
    letters: int = _ANY_LETTERS


class _Length(NamedTuple):
    """The characters of a label so far, and the range of the highest beyond ASCII; -1 where there is none."""

    ascii: int = 0
    others: int = 0
    range: int = -1

    def with_more(self, ascii_characters: int, others: int, highest: int) -> _Length:
        """The length with so many characters more."""
        return _Length(self.ascii + ascii_characters, self.others + others, max(self.range, highest))

    def octets(self) -> int:
        """See `most_octets`."""
        return most_octets(self.ascii, self.others, self.range)


def idn_hostname() -> Node:
    """A host name with U-labels, of any of the full stops that part them."""
    return intern_node(_Name, MAX_NAME, _Length(), _Label(_UNDECIDED, False), CharSet.of_text(".\u3002\uff0e\uff61"))


def outer_idn_hostname() -> Node:
    """As `idn_hostname`, with all that its language may lack."""
    return union(idn_hostname(), undecided_domain())


def undecided_domain() -> Node:
    """Texts that may be a domain with U-labels or A-labels."""
    allowed = r"[A-Za-z0-9.\-\u0080-\U0010ffff]*"
    return parse(rf"{allowed}(?:[\u0080-\U0010ffff]|[Xx][Nn]--){allowed}")


def idn_domain() -> Node:
    """A domain of a mailbox: of any length, and parted by the plain full stop."""
    return intern_node(_Name, _ANY_ROOM, _Length(), _Label(_UNDECIDED, False), CharSet.of_text("."))


@lru_cache(maxsize=4096)
def most_octets(ascii_characters: int, others: int, range_index: int) -> int:
    """The octets that an A-label may need at most for so many characters, none beyond a range.

    Its deltas add up to less than the number of code points times the places to insert at, and each digit more of a
    delta takes a larger delta, so the most digits are spread evenly.
    """
    if not others:
        return ascii_characters
    rest = (_RANGES[range_index] - 0x80) * (ascii_characters + others + 1)
    digits = others
    for step in _DIGIT_STEPS:
        longer = min(others, rest // step)
        digits += longer
        rest -= longer * step
    return 4 + (ascii_characters + 1 if ascii_characters else 0) + digits


_NAMED: Final = {0xB7: "·", 0x375: "͵", 0x5F3: "geresh", 0x5F4: "geresh", 0x200C: "nj", 0x200D: "j", 0x30FB: "・"}


@cache
def _classes() -> tuple[_Class, ...]:
    found = [
        _Class(CharSet.of_ranges([(0x41, 0x5A)]), "capital", -1, "L", 0, "U", "f"),
        _Class(CharSet.of_ranges([(0x61, 0x6B), (0x6D, 0x7A)]), "", -1, "L", 0, "U", "f"),
        _Class(CharSet.of_code(0x6C), "l", -1, "L", 0, "U", "f"),
        _Class(CharSet.of_ranges([(0x30, 0x39)]), "digit", -1, "EN", 0, "U", ""),
        _Class(CharSet.of_code(0x2D), "-", -1, "O", 0, "U", ""),
    ]
    named = CharSet.of_ranges([(code, code) for code in _NAMED])
    for entry in CLASSES.split(";")[:-1]:
        direction, number, joining, flags, *packed = entry.split()
        combining = bisect_left(_IN_ORDER, int(number))
        charset = CharSet.of_ranges(_ranges(packed))
        for code, kind in _NAMED.items():
            if code in charset:
                index = 0 if code < _RANGES[0] else 1
                found.append(_Class(CharSet.of_code(code), kind, index, direction, combining, joining, flags))
        below = 0
        for index, limit in enumerate(_RANGES):
            part = (charset - named) & CharSet.of_ranges([(below, limit - 1)])
            below = limit
            if part:
                found.append(_Class(part, "", index, direction, combining, joining, flags))
    return tuple(found)


@cache
def _characters() -> CharSet:
    found = CharSet.NONE
    for one in _classes():
        found |= one.charset
    return found


def _ranges(packed: list[str]) -> list[tuple[int, int]]:
    ranges = []
    end = 0
    for word in packed:
        gap, _, more = word.partition(":")
        start = end + int(gap, 36)
        end = start + int(more or "0", 36) + 1
        ranges.append((start, end - 1))
    return ranges


class _Name(Lazy):
    """Within a name, with ``room`` octets for this label and what follows, which may be `_ANY_ROOM`."""

    __slots__ = ("dots", "label", "length", "room")

    def __init__(self, room: int, length: _Length, label: _Label, dots: CharSet) -> None:
        self.room, self.length, self.label, self.dots = room, length, label, dots
        nullable = _may_end(label) and not (label.is_number and label.follows)
        super().__init__(nullable, 0 if nullable else 1, None if room == _ANY_ROOM else room)
        self.reserve = 3

    def steps(self) -> list[tuple[CharSet, Node]]:
        steps: list[tuple[CharSet, Node]] = []
        room = min(self.room, MAX_LABEL)
        longer = [self.length.with_more(0, 1, beyond) for beyond in range(len(_RANGES))]
        longer.append(self.length.with_more(1, 0, -1))
        for charset, beyond, label, missing in _ways(self.label):
            length = longer[beyond]
            # Whatever the label has to have yet has its place too.
            needed = length if missing == _NOTHING_MISSING else length.with_more(*missing)
            if needed.octets() <= room:
                steps.append((charset, intern_node(_Name, self.room, length, label, self.dots)))
        if _may_end(self.label):
            left = _ANY_ROOM if self.room == _ANY_ROOM else self.room - self.length.octets() - 1
            if left > 0:
                following = _Label(_name_after(self.label), True)
                steps.append((self.dots, intern_node(_Name, left, _Length(), following, self.dots)))
        return steps

    def alphabet(self) -> CharSet:
        return _characters() | self.dots

    def __repr__(self) -> str:
        return f"idn-hostname({self.room}, {self.length!r}, {self.label!r})"


_NOTHING_MISSING: Final = (0, 0, -1)
_Way = tuple[CharSet, int, _Label, tuple[int, int, int]]
# Characters, their range, the label after one of them, and the characters that it has to have yet.


@lru_cache(maxsize=4096)
def _ways(label: _Label) -> tuple[_Way, ...]:
    """How a label goes on, where there is room; many states share it."""
    found: dict[tuple[int, _Label], CharSet] = {}
    for one in _classes():
        following = _read(label, one)
        if following is not None:
            key = (one.range, following)
            found[key] = found[key] | one.charset if key in found else one.charset
    return tuple([(charset, beyond, after, _missing(after)) for (beyond, after), charset in found.items()])


def _may_end(label: _Label) -> bool:
    """Whether the label may end here."""
    return (
        label.direction != _NONE
        and not label.owed
        and label.kana != _DOT_OWES
        and label.last != "-"
        and (label.ends_well or (label.direction != _RIGHT and label.name != _IS_BIDI))
    )


def _name_after(label: _Label) -> int:
    if label.direction == _RIGHT:
        return _IS_BIDI
    return _BREAKS_BIDI if label.direction == _WEAK or not label.ends_well else label.name


def _read(label: _Label, one: _Class) -> _Label | None:
    """The label after a character of the class; None where no valid name begins so."""
    direction = _direction(label, one)
    owed = _owed(label, one)
    if direction is None or owed is None or not _composes_well(label, one):
        return None
    if one.kind == "-" and (label.place == 0 or (label.place == 3 and label.has_third_hyphen)):
        return None
    # A U-label is in small letters, a label of ASCII in any.
    letters = _SMALL if one.range >= 0 else _CAPITALS if one.kind == "capital" else label.letters
    if letters != label.letters != _ANY_LETTERS:
        return None
    kana = _HAS_KANA if "k" in one.flags else label.kana
    if one.kind == "・" and kana == _NO_DOT:
        kana = _DOT_OWES
    ends_well = label.ends_well
    if one.direction != "NSM":
        ends_well = one.direction in (("R", "EN", "AN") if direction == _RIGHT else ("L", "EN"))
    return _Label(
        label.name,
        label.follows,
        min(label.place + 1, 4),
        direction,
        ends_well,
        one.direction if direction == _RIGHT and one.direction in ("EN", "AN") else label.digits,
        one.combining,
        label.joins if one.joining == "T" else one.joining in ("L", "D"),
        owed,
        kana,
        one.kind if one.kind in ("l", "-") else "".join([flag for flag in one.flags if flag in "vfh"]),
        label.is_number and one.kind == "digit",
        label.place < 4 and (label.has_third_hyphen or (label.place == 2 and one.kind == "-")),
        letters,
    )


def _direction(label: _Label, one: _Class) -> int | None:
    """The label's direction with the character; None where the rule of Bidi forbids that (RFC 5893, section 2)."""
    if label.direction == _NONE:
        if one.direction == "L":
            return _LEFT
        if one.direction == "R":
            return None if label.name == _BREAKS_BIDI else _RIGHT
        return _WEAK if one.direction in ("EN", "O") and label.name != _IS_BIDI else None
    if label.direction == _RIGHT:
        # What these ask for is written from left to right.
        if one.direction == "L" or one.kind in ("·", "͵", "・"):
            return None
        if one.direction in ("EN", "AN") and label.digits not in ("", one.direction):
            return None
    elif one.direction in ("R", "AN"):
        return None
    return label.direction


def _owed(label: _Label, one: _Class) -> str | None:
    """What is owed after the character; None where it isn't what was owed, or not what may stand here (RFC 5892)."""
    owed = ""
    if label.owed == "j":
        if one.joining not in ("T", "R", "D"):
            return None
        if one.joining == "T":
            owed = "j"
    elif (label.owed == "l" and one.kind != "l") or (label.owed == "g" and "g" not in one.flags):
        return None
    kind, last = one.kind, label.last
    if kind == "nj" and "v" not in last:
        return "j" if label.joins else None
    if (kind == "j" and "v" not in last) or (kind == "geresh" and "h" not in last):
        return None
    if kind == "·":
        return "l" if last == "l" else None
    return "g" if kind == "͵" else owed


def _composes_well(label: _Label, one: _Class) -> bool:
    """Whether the label stays in normalization form C, and doesn't begin with a mark."""
    if label.direction == _NONE and ("m" in one.flags or one.kind in ("nj", "j")):
        return False
    if "s" in one.flags and (label.combining or "f" in label.last or label.last == "l"):
        return False
    if one.combining == 0 or "d" in one.flags or one.combining > label.combining:
        return True
    return one.combining == label.combining and _IN_ORDER[one.combining] - _IN_ORDER[one.combining - 1] == 1


def _missing(label: _Label) -> tuple[int, int, int]:
    """The ASCII characters and others that the label has to have yet, and the range of the latter."""
    letters, others, highest = 0, 0, -1
    if label.owed == "l":
        letters += 1
    elif label.owed:
        others += 1
        highest = 0 if label.owed == "g" or label.direction == _RIGHT else 1
    if label.kana == _DOT_OWES:
        others += 1
        highest = 1
    if (
        label.last == "-"
        or (not label.ends_well and (label.direction == _RIGHT or label.name == _IS_BIDI))
        or (label.is_number and label.follows)
    ):
        if label.direction == _RIGHT:
            others += 1
            highest = max(highest, 0)
        else:
            letters += 1
    return letters, others, highest

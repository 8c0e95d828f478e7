"""Internationalized host names: U-labels beside labels of ASCII.

Exact are the code points, the rules of context, the rule of Bidi for the whole name, hyphens, and combining marks in
their canonical order. Where a regular language can't say what IDNA2008 asks, this one has less:

- No A-label (``xn--``), for it would have to be decoded, and no other label with hyphens third and fourth.
- A label's length counts in octets of its A-label, which depends on all its characters at once. Here it is the most
  that so many ASCII characters and so many others, of a range of Unicode, can need: see `_most_octets`.
- A character that may compose with the one before it (U+0301 for instance) follows only one that composes with none, so
  that the label is in normalization form C.
- Code points are those of Unicode 14.

The last of several labels isn't all digits, as in `hostnames`.

Sources: RFC 5890 to 5893; RFC 3492 for the length of Punycode.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final, NamedTuple

from structgen.regex.charset import CharSet
from structgen.regex.kinds import Lazy, Node, intern_node
from structgen.schema.formats.hostnames import MAX_LABEL, MAX_NAME
from structgen.schema.formats.idna_table import CLASSES

__all__ = ["idn_hostname", "most_octets"]

# Code points below these need about as many digits of Punycode.
_RANGES: Final = (0x800, 0x10000, 0x32400)
# What a delta has to be at least to need 2, 3, ... digits, whatever the bias; less the one before.
_DIGIT_STEPS: Final = (1, 35, 1225, 27625, 260000, 2600000, 26000000)

# Directions of a label: none yet; left to right; right to left; begun by a character that is neither.
_NONE, _LEFT, _RIGHT, _WEAK = range(4)
# What the labels so far make of the name: one breaks the rule of Bidi, or one is written from right to left.
_UNDECIDED, _BREAKS_BIDI, _IS_BIDI = range(3)
# The katakana middle dot needs a kana or a Han character in the label.
_NO_DOT, _DOT_OWES, _HAS_KANA = range(3)


class _Class(NamedTuple):
    """Characters that no rule tells apart."""

    charset: CharSet
    kind: str
    """The character itself where a rule names it, else empty."""
    range: int
    """Index in `_RANGES`; -1 for ASCII."""
    direction: str
    combining: int
    joining: str
    flags: str


class _State(NamedTuple):
    """Within a name; all but ``room``, ``name`` and ``follows`` is about the label."""

    room: int
    """Octets for this label and what follows it."""
    name: int
    follows: bool
    """Whether a label precedes."""
    ascii: int = 0
    others: int = 0
    range: int = 0
    direction: int = _NONE
    ends_well: bool = False
    digits: str = ""
    """Of a label from right to left: the class of its digits."""
    combining: int = 0
    """The combining class that the label's decomposition ends with."""
    joins: bool = False
    """Whether a zero-width non-joiner here has on its left what it needs."""
    owed: str = ""
    """What the next character has to be: ``l``; ``g`` for Greek; ``j`` for one that joins what a non-joiner parts."""
    kana: int = _NO_DOT
    last: str = ""
    """The last character's flags, or itself where a rule names it."""
    is_number: bool = True
    has_third_hyphen: bool = False
    has_capital: bool = False


def idn_hostname(dots: str = ".\u3002\uff0e\uff61") -> Node:
    """A host name with U-labels, which ``dots`` may part."""
    return intern_node(_Name, _State(MAX_NAME, _UNDECIDED, False), CharSet.of_text(dots))


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
        combining = int(number)
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
    """A state, and what parts its labels."""

    __slots__ = ("dots", "state")

    def __init__(self, state: _State, dots: CharSet) -> None:
        self.state, self.dots = state, dots
        nullable = _may_end(state) and not (state.is_number and state.follows)
        super().__init__(nullable, 0 if nullable else 1, state.room)

    def steps(self) -> list[tuple[CharSet, Node]]:
        state = self.state
        steps: list[tuple[CharSet, Node]] = []
        for one in _classes():
            following = _read(state, one)
            if following is not None:
                steps.append((one.charset, intern_node(_Name, following, self.dots)))
        if _may_end(state):
            room = state.room - most_octets(state.ascii, state.others, state.range) - 1
            if room > 0:
                steps.append((self.dots, intern_node(_Name, _State(room, _name_after(state), True), self.dots)))
        return steps

    def __repr__(self) -> str:
        return f"idn-hostname({self.state!r})"


def _may_end(state: _State) -> bool:
    """Whether the label may end here."""
    return (
        state.direction != _NONE
        and not state.owed
        and state.kana != _DOT_OWES
        and state.last != "-"
        and (state.ends_well or (state.direction != _RIGHT and state.name != _IS_BIDI))
    )


def _name_after(state: _State) -> int:
    if state.direction == _RIGHT:
        return _IS_BIDI
    return _BREAKS_BIDI if state.direction == _WEAK or not state.ends_well else state.name


def _read(state: _State, one: _Class) -> _State | None:
    """The state after a character of the class; None where no valid name begins so."""
    direction = _direction(state, one)
    owed = _owed(state, one)
    if direction is None or owed is None or not _composes_well(state, one):
        return None
    count = state.ascii + state.others
    if one.kind == "-" and (count == 0 or (count == 3 and state.has_third_hyphen)):
        return None
    # A U-label is in small letters, a label of ASCII in any.
    if (state.others and one.kind == "capital") or (one.range >= 0 and state.has_capital):
        return None
    kana = _HAS_KANA if "k" in one.flags else state.kana
    if one.kind == "・" and kana == _NO_DOT:
        kana = _DOT_OWES
    ends_well = state.ends_well
    if one.direction != "NSM":
        ends_well = one.direction in (("R", "EN", "AN") if direction == _RIGHT else ("L", "EN"))
    following = _State(
        state.room,
        state.name,
        state.follows,
        state.ascii + (one.range < 0),
        state.others + (one.range >= 0),
        max(state.range, one.range),
        direction,
        ends_well,
        one.direction if direction == _RIGHT and one.direction in ("EN", "AN") else state.digits,
        one.combining,
        state.joins if one.joining == "T" else one.joining in ("L", "D"),
        owed,
        kana,
        one.kind if one.kind in ("l", "-") else "".join([flag for flag in one.flags if flag in "vfh"]),
        state.is_number and one.kind == "digit",
        state.has_third_hyphen or (count == 2 and one.kind == "-"),
        state.has_capital or one.kind == "capital",
    )
    return following if _fits(following) else None


def _direction(state: _State, one: _Class) -> int | None:
    """The label's direction with the character; None where the rule of Bidi forbids that (RFC 5893, section 2)."""
    if state.direction == _NONE:
        if one.direction == "L":
            return _LEFT
        if one.direction == "R":
            return None if state.name == _BREAKS_BIDI else _RIGHT
        return _WEAK if one.direction in ("EN", "O") and state.name != _IS_BIDI else None
    if state.direction == _RIGHT:
        # What these ask for is written from left to right.
        if one.direction == "L" or one.kind in ("·", "͵", "・"):
            return None
        if one.direction in ("EN", "AN") and state.digits not in ("", one.direction):
            return None
    elif one.direction in ("R", "AN"):
        return None
    return state.direction


def _owed(state: _State, one: _Class) -> str | None:
    """What is owed after the character; None where it isn't what was owed, or not what may stand here (RFC 5892)."""
    owed = ""
    if state.owed == "j":
        if one.joining not in ("T", "R", "D"):
            return None
        if one.joining == "T":
            owed = "j"
    elif (state.owed == "l" and one.kind != "l") or (state.owed == "g" and "g" not in one.flags):
        return None
    kind, last = one.kind, state.last
    if kind == "nj" and "v" not in last:
        return "j" if state.joins else None
    if (kind == "j" and "v" not in last) or (kind == "geresh" and "h" not in last):
        return None
    if kind == "·":
        return "l" if last == "l" else None
    return "g" if kind == "͵" else owed


def _composes_well(state: _State, one: _Class) -> bool:
    """Whether the label stays in normalization form C, and doesn't begin with a mark."""
    if state.direction == _NONE and ("m" in one.flags or one.kind in ("nj", "j")):
        return False
    if "s" in one.flags and (state.combining or "f" in state.last or state.last == "l"):
        return False
    return one.combining == 0 or "d" in one.flags or one.combining >= state.combining


def _fits(state: _State) -> bool:
    """Whether there is room for the label with what it has to have yet."""
    letters, others, highest = state.ascii, state.others, state.range
    if state.owed == "l":
        letters += 1
    elif state.owed:
        others += 1
        highest = max(highest, 0 if state.owed == "g" or state.direction == _RIGHT else 1)
    if state.kana == _DOT_OWES:
        others += 1
        highest = max(highest, 1)
    if (
        state.last == "-"
        or (not state.ends_well and (state.direction == _RIGHT or state.name == _IS_BIDI))
        or (state.is_number and state.follows)
    ):
        if state.direction == _RIGHT:
            others += 1
        else:
            letters += 1
    return most_octets(letters, others, highest) <= min(MAX_LABEL, state.room)

"""Host names in ASCII.

Labels of letters, digits and inner hyphens, 63 characters at most, 253 in all. The last of several labels isn't all
digits, so a name never looks like an IPv4 address. An A-label (``xn--``) is valid only where it decodes to a valid
U-label, which no regular language can say: none is in this one, and the outer one has names with any.

Sources: RFC 1123, section 2.1; RFC 1035, section 2.3.4; RFC 5890, section 2.3.1.
"""

from __future__ import annotations

from typing import Final

from structgen.regex.charset import CharSet
from structgen.regex.interning import intern_node
from structgen.regex.kinds import Lazy, Node
from structgen.regex.nodes import union
from structgen.regex.patterns import parse

__all__ = ["MAX_LABEL", "MAX_NAME", "hostname", "outer_hostname"]

MAX_LABEL: Final = 63
MAX_NAME: Final = 253

_DIGITS: Final = CharSet.of_ranges([(0x30, 0x39)])
_LETTERS: Final = CharSet.of_ranges([(0x41, 0x5A), (0x61, 0x7A)])
_HYPHEN: Final = CharSet.of_code(0x2D)
_DOT: Final = CharSet.of_code(0x2E)
_ALPHABET: Final = _LETTERS | _DIGITS | _HYPHEN | _DOT
# The letters that begin an A-label, each beside the others.
_MARKS: Final = tuple([(CharSet.of_text(pair), _LETTERS - CharSet.of_text(pair)) for pair in ("Xx", "Nn")])

# What was read of the label.
_NOTHING, _DIGITS_ALONE, _OTHER, _ENDS_IN_HYPHEN = range(4)


def hostname() -> Node:
    """A host name."""
    return intern_node(_Name, MAX_NAME, MAX_LABEL, _NOTHING, 0, False)


def outer_hostname() -> Node:
    """A host name, or one with an A-label, whatever that would decode to."""
    label = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
    marked = "[Xx][Nn]--(?:[A-Za-z0-9-]*[A-Za-z0-9])?"
    return union(hostname(), parse(rf"(?:{label}\.)*{marked}(?:\.{label})*"))


class _Name(Lazy):
    """Within a name: ``room`` for so many characters, and in the label; ``marked`` of an A-label's four are read."""

    __slots__ = ("follows", "label_room", "marked", "read", "room")

    def __init__(self, room: int, label_room: int, read: int, marked: int, follows: bool) -> None:
        self.room, self.label_room, self.read, self.marked, self.follows = room, label_room, read, marked, follows
        nullable = read == _OTHER or (read == _DIGITS_ALONE and not follows)
        super().__init__(nullable, 0 if nullable else 1, room)
        self.reserve = 2

    def steps(self) -> list[tuple[CharSet, Node]]:
        steps: list[tuple[CharSet, Node]] = []
        read, marked, room = self.read, self.marked, self.room
        if room and self.label_room:
            if read == _NOTHING or marked == 1:
                mark, letters = _MARKS[marked]
                steps.append((mark, self._with(_OTHER, marked + 1)))
                steps.append((letters, self._with(_OTHER, 0)))
            else:
                steps.append((_LETTERS, self._with(_OTHER, 0)))
            if read > _DIGITS_ALONE:
                steps.append((_DIGITS, self._with(_OTHER, 0)))
            elif not self.follows or room > 2 or (room > 1 and self.label_room > 1):
                # Where a label of digits can't be the last one, there is room for more.
                steps.append((_DIGITS, self._with(_DIGITS_ALONE, 0)))
            # Something follows a hyphen, but nothing the two of an A-label.
            if read != _NOTHING and marked != 3 and room > 1 and self.label_room > 1:
                steps.append((_HYPHEN, self._with(_ENDS_IN_HYPHEN, 3 if marked == 2 else 0)))
        if read in (_DIGITS_ALONE, _OTHER) and room > 1:
            steps.append((_DOT, intern_node(_Name, room - 1, MAX_LABEL, _NOTHING, 0, True)))
        return steps

    def alphabet(self) -> CharSet:
        return _ALPHABET

    def _with(self, read: int, marked: int) -> Node:
        return intern_node(_Name, self.room - 1, self.label_room - 1, read, marked, self.follows)

    def __repr__(self) -> str:
        return f"hostname({self.room}, {self.label_room}, {self.read})"

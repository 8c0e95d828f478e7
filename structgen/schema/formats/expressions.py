"""Regular expressions as strings: ECMA-262 patterns in Unicode mode.

Patterns nest, so they are no regular language; this one has those that

- nest groups and assertions `MAX_DEPTH` deep at most, without modifiers (``(?i:``);
- refer back by number to the first nine groups alone, and by name to names of one letter, each after its group; one
  group may have a longer name, of ASCII letters, digits, ``_`` and ``$``;
- begin a range of a class with a letter, a digit or a punctuation mark of ASCII, not with an escape;
- count with a lower bound below 100 where there is an upper one, and without leading zeros;
- ask for general categories, binary properties, and the scripts listed here.

The outer language has all other patterns, and most texts that are none.

Sources: ECMA-262, section 22.2.1, and the early errors of 22.2.1.1.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from structgen.regex.charset import CharSet
from structgen.regex.interning import intern_node
from structgen.regex.kinds import Lazy, Node
from structgen.regex.nodes import NOTHING, characters, complement, concat, literal, repeat, union, words
from structgen.regex.patterns import parse

__all__ = ["MAX_DEPTH", "outer_regex", "regex"]

MAX_DEPTH: Final = 6
"""Groups and assertions inside one another."""

_DIGITS: Final = CharSet.of_text("0123456789")
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PLAIN: Final = CharSet.ANY - CharSet.of_text(r"^$\.*+?()[]{}|")
_SYNTAX: Final = r"\^$\\.*+?()\[\]{}|/"
_CATEGORIES: Final = (
    "C Other Cc Control Cf Format Cn Unassigned Co Private_Use Cs Surrogate L Letter LC Cased_Letter Ll "
    "Lowercase_Letter Lm Modifier_Letter Lo Other_Letter Lt Titlecase_Letter Lu Uppercase_Letter M Mark Mc "
    "Spacing_Mark Me Enclosing_Mark Mn Nonspacing_Mark N Number Nd Decimal_Number Nl Letter_Number No Other_Number P "
    "Punctuation Pc Connector_Punctuation Pd Dash_Punctuation Pe Close_Punctuation Pf Final_Punctuation Pi "
    "Initial_Punctuation Po Other_Punctuation Ps Open_Punctuation S Symbol Sc Currency_Symbol Sk Modifier_Symbol Sm "
    "Math_Symbol So Other_Symbol Z Separator Zl Line_Separator Zp Paragraph_Separator Zs Space_Separator"
)
_BINARY: Final = (
    "ASCII ASCII_Hex_Digit Alphabetic Any Assigned Bidi_Control Case_Ignorable Cased Dash "
    "Default_Ignorable_Code_Point Deprecated Diacritic Emoji Emoji_Component Emoji_Modifier Emoji_Modifier_Base "
    "Emoji_Presentation Extended_Pictographic Extender Grapheme_Base Grapheme_Extend Hex_Digit ID_Continue ID_Start "
    "Ideographic Lowercase Math Noncharacter_Code_Point Pattern_Syntax Pattern_White_Space Quotation_Mark Radical "
    "Regional_Indicator Sentence_Terminal Soft_Dotted Terminal_Punctuation Unified_Ideograph Uppercase "
    "Variation_Selector White_Space XID_Continue XID_Start"
)
_SCRIPTS: Final = (
    "Arabic Armenian Bengali Common Cyrillic Devanagari Ethiopic Georgian Greek Gujarati Gurmukhi Han Hangul Hebrew "
    "Hiragana Inherited Kannada Katakana Khmer Lao Latin Malayalam Mongolian Myanmar Sinhala Tamil Telugu Thai Tibetan"
)


@cache
def _property() -> Node:
    """What may stand in the braces of ``\\p{}``."""
    return union(
        words(f"{_CATEGORIES} {_BINARY}".split()),
        concat(words(["General_Category=", "gc="]), words(_CATEGORIES.split())),
        concat(words(["Script=", "sc=", "Script_Extensions=", "scx="]), words(_SCRIPTS.split())),
    )


@cache
def _character_escape() -> Node:
    """After a backslash, what stands for one character, less ``\\0``."""
    code = r"u(?:[0-9A-Fa-f]{4}|\{0*(?:[1-9A-Fa-f][0-9A-Fa-f]{0,4}|10[0-9A-Fa-f]{4}|0)\})"
    return parse(rf"[fnrtv{_SYNTAX}]|c[A-Za-z]|x[0-9A-Fa-f]{{2}}|{code}")


@cache
def _set_escape() -> Node:
    """After a backslash, what stands for a set of characters."""
    return union(parse("[dDsSwW]"), concat(parse(r"[pP]\{"), _property(), literal("}")))


@cache
def _class() -> Node:
    """A class after its opening bracket."""
    ranges = []
    for code in range(0x21, 0x7F):
        if chr(code) not in "\\]^-":
            ranges.append(concat(literal(chr(code) + "-"), _class_end(code)))
    escape = union(_character_escape(), _set_escape(), parse("[b-]"))
    hyphen = repeat(characters(CharSet.of_text("-")), 0, 1)
    # After a range and at either end, a hyphen is plain.
    first = union(
        characters(CharSet.ANY - CharSet.of_text("\\]-^")),
        concat(literal("\\"), escape),
        concat(union(*ranges), hyphen),
    )
    # So is a circumflex but at the start, where it negates.
    following = repeat(union(first, characters(CharSet.of_text("^"))), 0, None)
    members = union(concat(first, following), concat(union(literal("-"), literal("^"), literal("^-")), following))
    return concat(repeat(members, 0, 1), hyphen, literal("]"))


def _class_end(code: int) -> Node:
    """The last character of a range from this one."""
    return characters(CharSet.of_ranges([(code, 0x10FFFF)]) - CharSet.of_text("\\]-"))


@cache
def _quantifier() -> Node:
    counts = [parse(r"(?:0|[1-9][0-9]*),?")]
    for low in range(100):
        tens, ones = divmod(low, 10)
        if tens:
            more = f"[1-9][0-9]{{2,}}|{tens}[{ones}-9]" + (f"|[{tens + 1}-9][0-9]" if tens < 9 else "")
        else:
            more = f"[1-9][0-9]+|[{ones}-9]"
        counts.append(parse(f"{low},(?:{more})"))
    braces = concat(literal("{"), union(*counts), literal("}"))
    return concat(union(parse("[*+?]"), braces), parse(r"\??"))


def regex() -> Node:
    """A pattern."""
    return intern_node(_Pattern, "", 0, "", False)


def outer_regex() -> Node:
    """All texts but some that are easily seen to be no pattern.

    Those begin with what can't begin one, or end in the middle of an escape, or leave open a class or the only group.
    """
    no_beginning = r"(?s:[*+?)].*)"
    open_escape = r"(?s:(?:[^\\]|\\.)*\\)"
    open_class = r"[^\\\]]*\[[^\\\]]*"
    open_group = r"[^\\\[)]*\([^\\\[)]*"
    return complement(parse("|".join([no_beginning, open_escape, open_class, open_group])))


def _open(stack: str, groups: int, names: str) -> Node:
    """After an opening parenthesis."""
    inside = stack + "g"
    counted = min(groups + 1, 9)
    ways = [
        intern_node(_Pattern, inside, counted, names, False),
        concat(literal("?:"), intern_node(_Pattern, inside, groups, names, False)),
        concat(parse("\\?<?[=!]"), intern_node(_Pattern, stack + "a", groups, names, False)),
    ]
    if "+" not in names or len(names) < len(_LETTERS):
        ways.append(concat(literal("?<"), intern_node(_Named, inside, counted, names)))
    return union(*ways)


class _Named(Lazy):
    """The name of a group, and the pattern from its inside on."""

    __slots__ = ("groups", "names", "stack")

    def __init__(self, stack: str, groups: int, names: str) -> None:
        self.stack, self.groups, self.names = stack, groups, names
        super().__init__(False, 2 + len(stack), None)

    def steps(self) -> list[tuple[CharSet, Node]]:
        steps: list[tuple[CharSet, Node]] = []
        longer: Node = NOTHING
        if "+" not in self.names:
            longer = concat(parse("[A-Za-z0-9_$]+>"), self._inside("+"))
            steps.append((CharSet.of_text("_$"), longer))
        for letter in _LETTERS:
            here = NOTHING if letter in self.names else concat(literal(">"), self._inside(letter))
            steps.append((CharSet.of_text(letter), union(here, longer)))
        return steps

    def _inside(self, name: str) -> Node:
        return intern_node(_Pattern, self.stack, self.groups, "".join(sorted(self.names + name)), False)

    def __repr__(self) -> str:
        return f"named({self.stack!r}, {self.groups}, {self.names!r})"


class _Pattern(Lazy):
    """Where a term may begin; `_quantified` also lets the term before it be repeated.

    ``stack`` has a ``g`` for each open group and an ``a`` for each open assertion, which can't be repeated; ``names``
    the one-letter names that groups have, and ``+`` where one has a longer name; ``groups`` counts them up to nine.
    """

    __slots__ = ("groups", "names", "number", "stack")

    def __init__(self, stack: str, groups: int, names: str, number: bool) -> None:
        # After a number's escape a digit would belong to it.
        self.stack, self.groups, self.names, self.number = stack, groups, names, number
        super().__init__(not stack, len(stack), None)

    def steps(self) -> list[tuple[CharSet, Node]]:
        stack = self.stack
        term = intern_node(_Pattern, stack, self.groups, self.names, False)
        repeatable = _quantified(term)
        steps = [
            (CharSet.of_text("^$|"), term),
            (CharSet.of_text("."), repeatable),
            (_PLAIN - _DIGITS if self.number else _PLAIN, repeatable),
            (CharSet.of_text("\\"), self._escape(term, repeatable)),
            (CharSet.of_text("["), concat(_class(), repeatable)),
        ]
        if len(stack) < MAX_DEPTH:
            steps.append((CharSet.of_text("("), _open(stack, self.groups, self.names)))
        if stack:
            closed = intern_node(_Pattern, stack[:-1], self.groups, self.names, False)
            steps.append((CharSet.of_text(")"), _quantified(closed) if stack[-1] == "g" else closed))
        return steps

    def _escape(self, term: Node, repeatable: Node) -> Node:
        after_number = _quantified(intern_node(_Pattern, self.stack, self.groups, self.names, True))
        numbers = "0123456789"[: self.groups + 1]
        ways = [
            concat(union(_character_escape(), _set_escape()), repeatable),
            concat(parse("[bB]"), term),
            concat(characters(CharSet.of_text(numbers)), after_number),
        ]
        for name in self.names.strip("+"):
            ways.append(concat(literal(f"k<{name}>"), repeatable))
        return union(*ways)

    def __repr__(self) -> str:
        return f"pattern({self.stack!r}, {self.groups}, {self.names!r})"


def _quantified(term: Node) -> Node:
    return union(term, concat(_quantifier(), term))

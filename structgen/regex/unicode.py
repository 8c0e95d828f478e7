"""Sets of characters that a regular-expression engine knows: read off the engine itself, once, when first asked for.

One pattern with ``+`` runs over a text of all scalar values, so a set costs milliseconds and is exactly the engine's:
Python's ``re`` for its own classes, the ``regex`` library for Unicode's properties.
"""

from __future__ import annotations

import functools
import re
from typing import Final

import numpy
import regex  # type: ignore[import-untyped]

from structgen.regex.charset import CharSet

__all__ = ["all_characters", "binary_property", "case_closure", "charset_of_runs", "general_category", "script"]


@functools.cache
def all_characters() -> str:
    """All 1,112,064 scalar values in order."""
    codes = numpy.arange(0x110000, dtype="<u4")
    return numpy.delete(codes, slice(0xD800, 0xE000)).tobytes().decode("utf-32-le")


def charset_of_runs(pattern: re.Pattern[str] | regex.Pattern[str], text: str) -> CharSet:
    """The characters of `all_characters` in the matches of a pattern over that ``text``."""
    ranges = []
    for match in pattern.finditer(text):
        start, end = match.span()
        ranges.append((start if start < 0xD800 else start + 0x800, end - 1 if end <= 0xD800 else end + 0x7FF))
    return CharSet.of_ranges(ranges)


@functools.lru_cache(maxsize=512)
def _property_set(expression: str) -> CharSet | None:
    try:
        pattern = regex.compile(rf"\p{{{expression}}}+")
    except regex.error:
        return None
    return charset_of_runs(pattern, all_characters())


# Short and long names as ECMA-262 spells them (table "Value aliases and canonical values for General_Category").
_CATEGORIES: Final = {
    "C": "Other", "Cc": "Control cntrl", "Cf": "Format", "Cn": "Unassigned", "Co": "Private_Use",
    "Cs": "Surrogate", "L": "Letter", "LC": "Cased_Letter", "Ll": "Lowercase_Letter", "Lm": "Modifier_Letter",
    "Lo": "Other_Letter", "Lt": "Titlecase_Letter", "Lu": "Uppercase_Letter", "M": "Mark Combining_Mark",
    "Mc": "Spacing_Mark", "Me": "Enclosing_Mark", "Mn": "Nonspacing_Mark", "N": "Number",
    "Nd": "Decimal_Number digit", "Nl": "Letter_Number", "No": "Other_Number", "P": "Punctuation punct",
    "Pc": "Connector_Punctuation", "Pd": "Dash_Punctuation", "Pe": "Close_Punctuation",
    "Pf": "Final_Punctuation", "Pi": "Initial_Punctuation", "Po": "Other_Punctuation", "Ps": "Open_Punctuation",
    "S": "Symbol", "Sc": "Currency_Symbol", "Sk": "Modifier_Symbol", "Sm": "Math_Symbol", "So": "Other_Symbol",
    "Z": "Separator", "Zl": "Line_Separator", "Zp": "Paragraph_Separator", "Zs": "Space_Separator",
}  # fmt: skip
_CATEGORY_NAMES: Final = {name: short for short, names in _CATEGORIES.items() for name in (short, *names.split())}

# ECMA-262's table "Binary Unicode property aliases", as far as the `regex` library knows the property.
_BINARY: Final = frozenset(
    re.findall(
        r"\w+",
        """
        Alphabetic Alpha Bidi_Control Bidi_C Bidi_Mirrored Bidi_M Case_Ignorable CI Cased Changes_When_Casefolded
        CWCF Changes_When_Casemapped CWCM Changes_When_Lowercased CWL Changes_When_Titlecased CWT
        Changes_When_Uppercased CWU Dash Default_Ignorable_Code_Point DI Deprecated Dep Diacritic Dia Emoji
        Emoji_Component EComp Emoji_Modifier EMod Emoji_Modifier_Base EBase Emoji_Presentation EPres
        Extended_Pictographic ExtPict Extender Ext Grapheme_Base Gr_Base Grapheme_Extend Gr_Ext Hex_Digit Hex
        IDS_Binary_Operator IDSB IDS_Trinary_Operator IDST ID_Continue IDC ID_Start IDS Ideographic Ideo
        Join_Control Join_C Logical_Order_Exception LOE Lowercase Lower Math Noncharacter_Code_Point NChar
        Pattern_Syntax Pat_Syn Pattern_White_Space Pat_WS Quotation_Mark QMark Radical Regional_Indicator RI
        Sentence_Terminal STerm Soft_Dotted SD Terminal_Punctuation Term Unified_Ideograph UIdeo Uppercase Upper
        Variation_Selector VS White_Space space XID_Continue XIDC XID_Start XIDS
        """,
    )
)


def general_category(name: str) -> CharSet | None:
    """The characters of a general category by ECMA-262's name for it; None for other names."""
    short = _CATEGORY_NAMES.get(name)
    if short is None:
        return None
    return CharSet.NONE if short == "Cs" else _property_set(f"gc={short}")


def script(name: str, *, extensions: bool = False) -> CharSet | None:
    """The characters of a script, with those of its Script_Extensions if asked for; None for an unknown script."""
    # Scripts are spelled with capitals at word beginnings; the library is more lenient than the standard.
    if (
        not all(word[:1].isupper() or word in ("of",) for word in name.split("_"))
        or not name.replace("_", "").isalpha()
    ):
        return None
    return _property_set(f"{'scx' if extensions else 'sc'}={name}")


def binary_property(name: str) -> CharSet | None:
    """The characters with a binary property by ECMA-262's name for it; None for other names."""
    if name == "Any":
        return CharSet.ANY
    if name == "ASCII":
        return CharSet.of_ranges([(0, 0x7F)])
    if name in ("ASCII_Hex_Digit", "AHex"):
        return CharSet.of_text("0123456789abcdefABCDEF")
    if name == "Assigned":
        unassigned = general_category("Cn")
        return None if unassigned is None else ~unassigned
    return _property_set(name) if name in _BINARY else None


@functools.cache
def _fold_classes() -> tuple[CharSet, ...]:
    """The sets of two or more characters with one simple case folding."""
    classes: dict[str, list[str]] = {}
    # No character above the second plane has case.
    for character in all_characters()[: 0x20000 - 0x800]:
        folded = character.casefold()
        if len(folded) > 1:
            # Where the full folding is longer, the simple one is the lowercase form, if that is one character.
            folded = character.lower()
        if len(folded) == 1 and folded != character:
            classes.setdefault(folded, [folded]).append(character)
    return tuple(CharSet.of_text(members) for members in classes.values())


@functools.lru_cache(maxsize=1024)
def case_closure(charset: CharSet) -> CharSet:
    """The characters that have the same simple case folding as a member."""
    ranges = list(charset.ranges)
    for members in _fold_classes():
        if members & charset:
            ranges += members.ranges
    return CharSet.of_ranges(ranges)

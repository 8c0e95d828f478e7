"""W3C's EBNF: what its notation says, and where it says nothing."""

from __future__ import annotations

import pytest

from structgen.errors import GrammarError, LimitExceededError
from structgen.grammar.checks import check
from structgen.grammar.ebnf import read_ebnf
from structgen.grammar.expressions import Place
from tests.grammar.recogniser import accepts

XML = r"""
/* a small part of XML */
[1] document ::= element Comment?
[2] element ::= '<' Name '/>' | '<' Name '>' content '</' Name '>' [ wfc: the names are equal ]
[3] content ::= CharData? ((element | Comment) CharData?)*
[4] Name ::= Letters - (('X' | 'x') ('M' | 'm') ("L" | "l"))   /* reserved */
[4a] Letters ::= [A-Za-z_:] [A-Za-z0-9._:#xB7-]*
[5] Char ::= #x9 | #xA | [#x20-#xD7FF] | [#x10000-#x10FFFF]
[6] CharData ::= [^<&]* - ([^<&]* ']]>' [^<&]*)
[7] Comment ::= '<!--' ((Char - '-') | ('-' (Char - '-')))* '-->'   [VC: none]
"""


@pytest.mark.parametrize(
    ("grammar", "accepted", "rejected"),
    [
        (XML,
         ["<a/>", "<a>x<b/>]]</a>", "<xml2/>", "<a></a><!-- a-b -->", "<a>\n😀</b>"],
         ["<xml/>", "<XmL></XmL>", "<a>]]></a>", "<a/><!-- -- -->", "<a><</a>", "<a/><!----->"]),
        ("a ::= 'x'+ \"y'\"? #x41*", ["x", "xxy'AA"], ["", "xy", "xa"]),
        ("a ::= b | c\nb ::= 'b' c?\nc ::= 'c' b?", ["b", "bcb", "cbc"], ["", "bb"]),
        ("a ::= 'x' a 'y' |", ["", "xy", "xxyy"], ["x", "xyxy"]),
        ("a ::= [^a-c#x64]", ["e", "\n"], ["a", "d"]),
        ("a ::= [-+*] [a-] [^]", ["+a^", "--^"], ["ba^", "+b^"]),
        ("a ::= [a-z]+ - 'if' - 'in' b\nb ::= '!'", ["i!", "iff!"], ["if!", "in!", "x"]),
        ("a ::= 'b - c' /* - 'd' * / */ | ('x' - 'y')", ["b - c", "x"], ["d", "y"]),
        ("a.b-c ::= 'x' d /* between */\nd\n::=\n'y'", ["xy"], ["x"]),
        ("[12]a::='x'[2]b\n[13]b::='y'", ["x2y"], ["xy"]),
        ("a ::= 'é' ''", ["é"], [""]),
        ("a ::= (('x' | 'y')? 'z')+", ["xz", "zyz"], ["x", ""]),
    ],
)  # fmt: skip
def test_texts(grammar: str, accepted: list[str], rejected: list[str]) -> None:
    read = check(read_ebnf(grammar))
    assert [text for text in accepted if not accepts(read, text)] == []
    assert [text for text in rejected if accepts(read, text)] == []


@pytest.mark.parametrize(
    ("grammar", "line", "column", "what", "hint"),
    [
        ("", 1, 1, "there are no rules", ""),
        ("a ::= 'b", 1, 7, 'unexpected "\'"', "a closing quote"),
        ("a ::= [b", 1, 7, "unexpected '['", "a closing bracket"),
        ("a ::= (b\n", 1, 9, "unexpected end of the grammar", "')'"),
        ("a ::= b | | )", 1, 13, "unexpected ')'", "a rule: name ::= ..."),
        ("a ::= +", 1, 7, "unexpected '+'", ""),
        ("a := b", 1, 1, "unexpected 'a'", "a rule: name ::= ..."),
        ("a ::= 'b'\n/* open", 2, 1, "unexpected '/'", ""),
        ("a ::=\n [z-a]", 2, 3, "a range that ends before it begins", ""),
        ("a ::= #x110000", 1, 7, "'#x110000' is beyond #x10FFFF", ""),
        ("a ::= [b#x110000]", 1, 9, "'#x110000' is beyond #x10FFFF", ""),
        ("a ::= #xD800", 1, 7, "is a surrogate", ""),
        ("a ::= 'x'\na ::= 'y'", 2, 1, "rule 'a' is defined twice", "line 1"),
        ("a ::= 'x' | b", 1, 13, "rule 'b' is not defined", ""),
        ("a ::= b - 'x'\nb ::= 'x' b 'x' | 'y'", 1, 9, "an exception that isn't between regular parts", "recursion"),
        ("a ::= 'y' |\n  ('x' - (a 'x'))", 2, 8, "an exception that isn't between regular parts", ""),
        ("a ::= 'x' - 'x'", 1, 1, "the terminal 'a' has no text", ""),
        ("a ::= b\n b ::= 'x' b", 2, 2, "rule 'b' has no text", ""),
    ],
)
def test_errors_show_the_place(grammar: str, line: int, column: int, what: str, hint: str) -> None:
    with pytest.raises(GrammarError) as caught:
        check(read_ebnf(grammar))
    error = caught.value
    assert (error.line, error.column) == (line, column), error
    assert what in error.what
    assert hint in error.hint
    assert str(error).endswith(f"\n    {grammar.split(chr(10))[line - 1]}\n    {' ' * (column - 1)}^")


def test_the_first_rule_is_the_start_unless_another_is_named() -> None:
    text = "a ::= b b\nb ::= 'x'"
    assert accepts(read_ebnf(text), "xx")
    assert accepts(read_ebnf(text, start="b"), "x")
    assert read_ebnf("  a ::= 'x' a?").places == {"a": Place(1, 3)}


def test_deep_nesting_is_a_limit() -> None:
    with pytest.raises(LimitExceededError):
        read_ebnf("a ::= " + "('a' " * 20_000 + "a" + ")?" * 20_000)

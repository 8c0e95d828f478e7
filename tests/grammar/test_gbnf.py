"""GBNF: what its notation says, and where it says nothing."""

from __future__ import annotations

import time

import pytest

from structgen.errors import GrammarError, LimitExceededError
from structgen.grammar.checks import check, unused_rules
from structgen.grammar.expressions import Place, Reference, Sequence, Terminal
from structgen.grammar.gbnf import read_gbnf
from tests.grammar.recogniser import accepts

LIST = r"""
# bullets
root ::= entry+
entry ::= "* " [^\n\r\x0b]+ "\n"   # one per line
"""

ARITHMETIC = r"""
root ::= (sum "=" blank value "\n")+
sum ::= value ([-+*/] blank value)*
value ::= name | integer | "(" blank sum ")" blank
name ::= [a-z] [a-z0-9_]* blank
integer ::= [0-9]+ blank
blank ::= [ \t]*
"""

CHESS = r"""
root ::= (
    # the first move has no number to choose
    "1. " ply " " ply "\n"

    ([1-9] [0-9]? ". " ply " " ply "\n")*
)
ply ::= (piece-move | pawn-move | "O-O" "-O"?) [+#]?
piece-move ::= [KQRBN] [a-h]? [1-8]? "x"? [a-h] [1-8]
pawn-move ::= ([a-h] "x")? [a-h] [1-8] ("=" [QRBN])?
"""

JSON = r"""
root ::= object
value ::= object | array | string | number | ("true" | "false" | "null") gap
object ::= "{" gap (pair ("," gap pair)*)? "}" gap
pair ::= string ":" gap value
array ::=
  "[" gap ( value
    ("," gap value)* )? "]" gap
string ::= "\"" (
    [^"\\\x7F\x00-\x1F] |
    "\\" (["\\bfnrt] | "u" [0-9a-fA-F]{4}) # an escape
  )* "\"" gap
number ::= "-"? ("0" | [1-9] [0-9]{0,15}) ("." [0-9]+)? ([eE] [-+]? [0-9]{1,3})? gap
gap ::= | " " | "\n" [ \t]{0,20}
"""

JSON_ARRAY = JSON.replace("root ::= object", 'root ::= "[\\n" gap (value (",\\n" value)*)? "]"')

JAPANESE = r"""
root ::= word (mark word)* end?
word ::= ([ぁ-ゟ] | [\u30A1-\u30FF] | [\U00004E00-\U00009FFF])+
mark ::= [、]
end ::= "。"
"""

C = r"""
root ::= (declaration)*
declaration ::= type name "(" parameter? ")" "{" statement* "}"
type ::= ("int" | "char") gap
name ::= [a-zA-Z_] [a-zA-Z_0-9]*
parameter ::= type name
statement ::= type name gap "=" gap expression ";" | "return" gap expression ";" |
    "while" "(" condition ")" "{" statement* "}"
condition ::= expression gap [<>] gap expression
expression ::= term (gap [-+] gap term)*
term ::= [0-9]+ | name | "(" expression ")"
gap ::= [ \n]{0,3}
"""


@pytest.mark.parametrize(
    ("grammar", "accepted", "rejected"),
    [
        (LIST, ["* a\n", "* a b\n* é\n"], ["", "* \n", "* a", "- a\n", "* a\n\n"]),
        (ARITHMETIC, ["1=2\n", "a + (b*3) = 4 \nx=y\n", "((1))= 1\n"], ["1=2", "1+=2\n", "(1=2\n"]),
        (CHESS, ["1. e4 e5\n", "1. e4 e5\n2. Nf3 Nc6\n", "1. O-O-O exd8=Q+\n"],
         ["1. e4\n", "1. e9 e5\n", "1. O-O-Oh e5\n"]),
        (JSON, ["{}", '{"a": [1, -0.5e3, "x\\u00e9"], "b":null}', '{ "\\"":{}}'],
         ["[]", '{"a":01}', '{"a":1,}', '{"a":"\t"}', '{"a":"\\q"}']),
        (JSON_ARRAY, ["[\n]", '[\n{},\n[1, 2],\n"a"]'], ["[]", "[\n1, 2]"]),
        (JAPANESE, ["あ", "漢字、カナ。"], ["", "a", "あ、", "。"]),
        (C, ["", "int f(){}", "int main(char c){int x= 1;while(x<(3)){return x+1;}}"],
         ["int f()", "int f(){return;}", "int f(){while(1){}}"]),
        ('root ::= "a"{2} "b"{1,} "c"{1,3} "d"{0,2}', ["aabc", "aabbbcccdd"], ["abc", "aac", "aabcccc", "aabcddd"]),
        ('root ::= "ab"* | ("c" "d")+?', ["", "abab", "cdcd"], ["aba", "abcd", "cdc"]),
        ("root ::= .+ \"\\n\"", ["a\n", "\n\n"], ["", "\n", "a"]),
        (r'root ::= "\x41\u00e9\U0001F600\t\r\\\"\[\]\-"', ['Aé😀\t\r\\"[]-'], ["A"]),
        (r'root ::= [a\-c]+ [^\]]', ["a-c["], ["b[", "a]"]),
        ("root ::= [-a]+ [a-]+ [+--]", ["-a,", "a-+"], ["b,", "--."]),
        ('root ::= \n  "a" |\n\n  # then\n  "b"', ["a", "b"], ["", "ab"]),
        ('root ::= "a" |', ["a", ""], ["b"]),
        ("root ::= ", [""], ["a"]),
        ('root ::= "a" "" ""', ["a"], [""]),
        ('root ::= "a"{ 1 , 2 }', ["a", "aa"], ["", "aaa"]),
        ('root::="a"[b]#c\nx::="y"', ["ab"], ["a"]),
        ('\r\nroot ::= a-b_1 9\r\na-b_1 ::= "x"\r\n9 ::= "y"\r\n', ["xy"], ["x"]),
        ('root ::= "x" root "y" | root "z" | ""', ["", "xy", "xzyz", "zz"], ["x", "yx"]),
        ('root ::= "("root")"|()', ["", "(())"], ["(", "())"]),
        ('root ::= [^a]', ["b", "\n", "é"], ["a", "", "bb"]),
    ],
)  # fmt: skip
def test_texts(grammar: str, accepted: list[str], rejected: list[str]) -> None:
    read = check(read_gbnf(grammar))
    assert [text for text in accepted if not accepts(read, text)] == []
    assert [text for text in rejected if accepts(read, text)] == []


@pytest.mark.parametrize(
    ("grammar", "line", "column", "what", "hint"),
    [
        ("", 1, 1, "there are no rules", "name ::= ..."),
        ("# nothing", 1, 1, "there are no rules", ""),
        ('root ::= "a', 1, 10, "unexpected '\"'", "a closing quote"),
        ("root ::= [a", 1, 10, "unexpected '['", "a closing bracket"),
        ('root ::= ("a"\nx', 2, 2, "unexpected end of the grammar", "')'"),
        ('root ::= "a")', 1, 13, "unexpected ')'", "a new line"),
        ('root ::= "a"\n  | "b"', 2, 3, "unexpected '|'", "a rule's name"),
        ('root ::= *', 1, 10, "unexpected '*'", ""),
        ('root ::= "a"{,3}', 1, 13, "unexpected '{'", ""),
        ('root ::= "a" \'b\'', 1, 14, "unexpected \"'\"", ""),
        ('root "a"', 1, 6, "unexpected '\"a\"'", "'::='"),
        ('root\n::= "a"', 1, 5, "unexpected new line", "'::='"),
        ('root ::= "a"\n"b"', 2, 1, "unexpected '\"b\"'", "a rule's name"),
        ('root ::= "ab\\q"', 1, 13, r"unknown escape: '\q'", "one of"),
        ('root ::= [\\x4]', 1, 11, r"'\x' needs 2 hexadecimal digits", ""),
        ('root ::= "\\u12"', 1, 11, r"'\u' needs 4 hexadecimal digits", ""),
        ('root ::= "\\U00110000"', 1, 11, "beyond U+10FFFF", ""),
        ('root ::= "\\uD800"', 1, 10, "U+D800 is a surrogate", ""),
        ("root ::= []", 1, 10, "a class without characters", ""),
        ("root ::= [^]", 1, 10, "a class without characters", ""),
        ("root ::= [az-b]", 1, 12, "a range that ends before it begins", ""),
        ('root ::= "a"{3,2}', 1, 13, "'{3,2}' ends before it begins", ""),
        ("root ::= <think>", 1, 10, "'<think>' is a token of a vocabulary", "its text"),
        ("root ::= !<[1000]>*", 1, 10, "'!<[1000]>' is a token", "its text"),
        ('root ::= "a"\n\nroot ::= "b"', 3, 1, "rule 'root' is defined twice", "the first is in line 1"),
        ('root ::= "a"\n  # x\n\troot2 ::= ( nowhere\n)', 3, 14, "rule 'nowhere' is not defined", ""),
        ('main ::= "a"', 1, 1, "the start rule 'root' is not defined", "one of main"),
        ('root ::= "a" item\nitem ::= "b" item', 2, 1, "rule 'item' has no text: every alternative leads back", ""),
        ('root ::= item\nitem ::= item "b" | item', 2, 1, "rule 'item' has no text: every alternative begins", ""),
    ],
)  # fmt: skip
def test_errors_show_the_place(grammar: str, line: int, column: int, what: str, hint: str) -> None:
    with pytest.raises(GrammarError) as caught:
        check(read_gbnf(grammar))
    error = caught.value
    assert (error.line, error.column) == (line, column), error
    assert what in error.what
    assert hint in error.hint
    shown = grammar.split("\n")[line - 1].replace("\t", " ")
    assert str(error).endswith(f"\n    {shown}\n    {' ' * (column - 1)}^")


def test_what_is_regular_is_one_terminal() -> None:
    chess = read_gbnf(CHESS)
    assert list(chess.rules) == ["root"]
    assert isinstance(chess.rules["root"], Terminal)
    assert set(read_gbnf(JSON).rules) == {"root", "value", "object", "pair", "array"}


def test_equal_parts_are_one_terminal() -> None:
    root = read_gbnf('root ::= "a" root "a" | "b" root "a" | ""').rules["root"]
    terminals = {part for way in root.parts for part in getattr(way, "parts", [way])}  # type: ignore[union-attr]
    assert sorted(one.name for one in terminals if isinstance(one, Terminal)) == ['"a"', '"b"']


def test_rules_that_double_are_not_inlined_without_end() -> None:
    lines = [f"x{n + 1} ::= x{n} x{n}" for n in range(60)]
    grammar = check(read_gbnf("\n".join(["root ::= x60", 'x0 ::= "a"', *lines])))
    assert isinstance(grammar.rules["x60"], Sequence)


def test_unused_rules_are_told() -> None:
    grammar = check(read_gbnf('root ::= used\nused ::= "a"\nspare ::= spare2 root\nspare2 ::= "b"\nalone ::= "c"'))
    assert unused_rules(grammar) == ["spare", "alone"]


def test_places() -> None:
    grammar = read_gbnf('root ::= "a" (\n  item )\n item ::= "b" root?')
    assert grammar.places == {"root": Place(1, 1), "item": Place(3, 2)}
    root = grammar.rules["root"]
    assert isinstance(root, Sequence)
    assert [part.place for part in root.parts if isinstance(part, Reference)] == [Place(2, 3)]


def test_another_start() -> None:
    grammar = check(read_gbnf('a ::= "x"\nb ::= a a', start="b"))
    assert accepts(grammar, "xx")
    assert not accepts(grammar, "x")


@pytest.mark.parametrize("depth", [200, 20_000])
def test_deep_nesting_is_a_limit(depth: int) -> None:
    with pytest.raises(LimitExceededError):
        read_gbnf("root ::= " + '("a" ' * depth + "root" + ")?" * depth)
    flat = check(read_gbnf("root ::= " + "(" * depth + '"a"' + ")" * depth))
    assert accepts(flat, "a")


def test_ten_thousand_rules_take_seconds() -> None:
    lines = [f'r{n} ::= "a{n}" r{(n + 1) % 10_000} | [a-z]{{{n % 7}}} "b" s{n}\ns{n} ::= "c"*' for n in range(10_000)]
    begin = time.perf_counter()
    grammar = check(read_gbnf("root ::= r0\n" + "\n".join(lines)))
    assert time.perf_counter() - begin < 30
    assert len(grammar.rules) == 10_001

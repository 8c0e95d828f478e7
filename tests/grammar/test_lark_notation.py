"""Lark's notation: the same texts as `lark` itself finds, whatever the notation says beyond that, and the errors."""

from __future__ import annotations

import random
import time
from pathlib import Path

import lark
import pytest

from structgen.errors import GrammarError, LimitExceededError
from structgen.grammar.checks import check, unused_rules
from structgen.grammar.expressions import (
    Choice,
    Declared,
    Document,
    Indentation,
    Place,
    Reference,
    Repeat,
    Sequence,
    Terminal,
)
from structgen.grammar.lark_notation import read_lark
from structgen.grammar.lark_statements import read_statements
from tests.grammar.recogniser import accepts

# A grammar that lark reads too, an alphabet to draw texts from, texts that it has, and texts that it hasn't.
_WITH_LARK = [
    ("start: a+ b?\na: \"x\" | \"y\"\nb: /[0-9]+/", "xy1", ["x", "xy12"], ["", "1", "x1x"]),
    ('start: ("a" | "b")* ["c"] "d"~2..3', "abcd", ["dd", "abcddd"], ["d", "cdddd", "acbdd"]),
    ('start: "a"~2 b~0..2\nb: "b" -> some\n | "c"', "abc", ["aa", "aabc"], ["a", "aabbb"]),
    ('start: start "x" | "y" | start "z" start', "xyz", ["y", "yxx", "yzyx"], ["x", "yz", ""]),
    ('?start: _sum\n_sum: NUM | _sum "+" NUM\nNUM.2: "0".."9"+\n', "01+", ["0", "10+1"], ["+", "1+"]),
    ('start: A B\nA: "a"i\nB: /b|c/i "d"', "aAbBcCd", ["Abd", "acd", "aCd"], ["ab", "acD"]),
    ('start: B\nB: /b|c/ "d"', "bcd", ["b", "cd"], ["bd", "c"]),
    ('start: A\nA: ("x" | "y")~2 "z"? ["w"]', "xyzw", ["xx", "xyzw", "yxw"], ["x", "xyww"]),
    ("start: A+\nA: B C\nB: /b+/\nC: /c?/ \"d\"", "bcd", ["bd", "bbcdbd"], ["b", "cd"]),
    ('start: WORD ("," WORD)*\n%import common.WORD\n%ignore " "', "ab, ", ["a", " a , b "], ["a,", "", "a b ,"]),
    ('start: "a" start "b" |\n%ignore /[ \\t]+/\n%ignore "#"', "ab #", ["", " ", "a#a b b"], ["a", "ba"]),
    ('start: list{item, ","}\nlist{x, sep}: x (sep x)*\nitem: "a" | "(" list{item, ";"} ")"', "a,;()",
     ["a", "a,(a;a)", "((a))"], ["a;a", "(a,a)"]),
    ('start: pair{"a", pair{"b", C}}\npair{x, y}: x y\nC: "c"', "abc", ["abc"], ["ab", "acb"]),
    ('start: twice{one}\ntwice{f}: f{"a"} f{"b"}\none{x}: x "!"', "ab!", ["a!b!"], ["a!", "ab!!"]),
    ('start: ESCAPED_STRING+\n%import common.ESCAPED_STRING', '"a\\',
     ['"a"', '"\\""', '"a""a"', '"\\\\"'], ['"', '"\\"', '"a"a"']),
    ('start: (COMMENT | "x")+\nCOMMENT: "/*" /(.|\\n)*?/ "*/"', "/*x", ["/*x*/", "/**/x/***/"], ["/*/", "/**/*/"]),
    ('start: a\na: "1"\n%extend a: "2" | "3"\nb: "4"', "1234", ["1", "2", "3"], ["4", "12"]),
    ('start: D\n%import common.DIGIT -> D\n%override D: "0".."1" "!"', "01!", ["0!"], ["0", "!"]),
    ("start: NAME\nNAME: /(?!if\\b)[a-z]+/", "if", ["i", "f", "iff", "ifi"], ["if"]),
    ('start: "\\n" "\\x41" "\\u00e9" "\\\\" "\\""', '\nAé\\"', ['\nAé\\"'], ["\nA"]),
    ('start: /\\/x/ "\\"" /[\\]\\/]/', '/x"]', ['/x"]', '/x"/'], ["/x"]),
    ("start: A\nA: /a b  # no comment here\n /x", "ab", ["ab"], ["a b"]),
    ('start: A | B\nA.3: "a"\nB.-1: /[ab]/', "ab", ["a", "b"], ["ab"]),
    ('start: "é".."ï" "z".."z"', "éz", ["éz"], ["ez"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "alphabet", "accepted", "rejected"), _WITH_LARK)
def test_the_texts_are_those_that_lark_finds(
    text: str, alphabet: str, accepted: list[str], rejected: list[str]
) -> None:
    grammar = check(read_lark(text))
    oracle = lark.Lark(text, parser="earley", lexer="dynamic_complete")
    random_texts = random.Random(text)
    drawn = ["".join(random_texts.choices(alphabet, k=random_texts.randrange(7))) for _ in range(150)]
    assert [one for one in accepted if not accepts(grammar, one)] == []
    assert [one for one in rejected if accepts(grammar, one)] == []
    for one in [*accepted, *rejected, *drawn]:
        assert accepts(grammar, one) == _lark_accepts(oracle, one), one


def _lark_accepts(oracle: lark.Lark, text: str) -> bool:
    try:
        oracle.parse(text)
    except lark.exceptions.LarkError:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "accepted", "rejected"),
    [
        ('start: "<" THINK "ok"\nTHINK: %until "</t>"', ["<a</t>ok", "<</t>ok"], ["<a", "<a</t></t>ok", "<ok"]),
        ('start: %until "ab" "c\\n" max_tokens=3 | "x" # %until', ["ab", "aab", "c\n", "x"], ["a", "abc\n", ""]),
        ('start: (%until ";")+', ["a;", ";b;"], ["a", ""]),
        ('start: "%until" /%json/ // %json {', ["%until%json"], [""]),
        ("start: /a|ab/ \"c\"", ["ac", "abc"], ["a"]),
        ("start: A?\nA: \"x\"*", ["", "xxx"], ["y"]),
    ],
)  # fmt: skip
def test_texts_beyond_lark(text: str, accepted: list[str], rejected: list[str]) -> None:
    grammar = check(read_lark(text))
    assert [one for one in accepted if not accepts(grammar, one)] == []
    assert [one for one in rejected if accepts(grammar, one)] == []


def test_a_repetition_of_a_thousand_is_one() -> None:
    grammar = read_lark('start: "x" ~ 0..1000')
    assert isinstance(grammar.rules["start"], Repeat)
    assert list(grammar.rules) == ["start"]


def test_schemas_are_documents() -> None:
    grammar = check(
        read_lark(
            'start: "call" TOOL (%json {"type": "integer"}\n | %json\n{"const": "// # \\" %json {}"}) later\n'
            'TOOL: %json {"type": "object",\n  "properties": {"a": true}\n}\n'
            "later: nothing?\nnothing: TOOL"
        )
    )
    start = grammar.rules["start"]
    assert isinstance(start, Sequence)
    _, tool, inline, later = start.parts
    assert isinstance(tool, Document)
    assert tool.name == "TOOL"
    assert isinstance(inline, Choice)
    assert [part.name for part in inline.parts if isinstance(part, Document)] == [
        "%json in line 1, column 21",
        "%json in line 2, column 4",
    ]
    assert isinstance(later, Reference)
    assert grammar.places["TOOL"] == Place(4, 1)
    assert grammar.places["nothing"] == Place(8, 1)
    assert grammar.rules["nothing"] == tool


def test_until_may_end_early() -> None:
    grammar = read_lark('start: %until "x" max_tokens=7\n  | THINK\nTHINK.2: %until "y" max_tokens = 9')
    start = grammar.rules["start"]
    assert isinstance(start, Choice)
    assert [(one.name, one.max_tokens, one.priority) for one in start.parts if isinstance(one, Terminal)] == [
        ('%until "x" max_tokens=7', 7, 0),
        ("THINK", 9, 2),
    ]


def test_names_of_the_readers_own_dont_meet_those_of_the_grammar() -> None:
    grammar = check(read_lark('start: X0 %until "a"\nX0: "b"\nXX1: "c"'))
    assert accepts(grammar, "ba")
    assert [terminal.name for terminal in grammar.terminals] == ["X0", "XX1"]


def test_the_lexer_is_the_arguments_or_the_texts_or_any() -> None:
    assert read_lark('start: "a"').lexer == "any"
    assert read_lark('%lexer longest  // as usual\nstart: "a"').lexer == "longest"
    assert read_lark('%lexer longest\nstart: "a"', lexer="any").lexer == "any"


def test_indentation() -> None:
    grammar = check(
        read_lark(
            "%indentation _NL INDENT DEDENT LPAR CLOSE LSQB RSQB\n"
            'start: line+\nline: "a" _NL | "b" ":" _NL INDENT line+ DEDENT | "(" start "]" "[" CLOSE\n'
            'CLOSE: ")"\n%declare INDENT DEDENT\n_NL: /\\n */\n'
        )
    )
    assert grammar.indentation == Indentation("_NL", "INDENT", "DEDENT", (('"("', "CLOSE"), ('"["', '"]"')))
    assert Declared("INDENT") in grammar.terminals


def test_terminals_keep_priority_kind_and_order() -> None:
    grammar = read_lark(
        'start: B | A | "c" | /d/ | "e"i | "if" | /x+/\n'
        'A.2: "a" | "aa"\nB: "b"\nIF: "if"\nX.-3: /x+/\nPART: "p"\nALL: PART "q"'
    )
    start = grammar.rules["start"]
    assert isinstance(start, Choice)
    assert [(one.name, one.priority, one.is_literal) for one in start.parts if isinstance(one, Terminal)] == [
        ("B", 0, True),
        ("A", 2, False),
        ('"c"', 0, True),
        ("/d/", 0, False),
        ('"e"i', 0, True),
        ("IF", 0, True),
        ("X", -3, False),
    ]
    assert [terminal.name for terminal in grammar.terminals] == ["A", "B", "IF", "X", "ALL"]


def test_unused_rules_and_terminals_are_told() -> None:
    grammar = check(
        read_lark('start: A\nA: B\nB: "b"\nC: "c"\nspare: spare2\nspare2: "x"\n%import common (INT, WS)\n%ignore WS')
    )
    assert unused_rules(grammar) == ["spare", "spare2", "INT", "C"]


def test_imports(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "lists.lark").write_text(
        'list{x}: x ("," x)*\nname: NAME\nNAME: LETTER+ "!"\nLETTER: "a".."z"'
    )
    (tmp_path / "own.lark").write_text('%import .parts.lists.name\nvalue: name "?"')
    text = "%import parts.lists.list\n%import .own.value -> item\nstart: list{item}\n"
    grammar = check(read_lark(text, import_paths=[tmp_path]))
    assert accepts(grammar, "ab!?,c!?")
    assert not accepts(grammar, "ab!")


@pytest.mark.parametrize(
    ("text", "line", "column", "what", "hint"),
    [
        ('start: "a" (', 1, 13, "unclosed parenthesis", ""),
        ('start "a"', 1, 7, "missing colon", ""),
        ('start: "a" | [b', 1, 16, "unexpected new line", "']'"),
        ('start: "a\n', 1, 8, "unexpected input", ""),
        ('start: "x"\n  | $', 2, 5, "unexpected input", ""),
        ('start: "a" // x\n\n  | b', 3, 5, "rule 'b' is not defined (in rule 'start')", "a definition"),
        ("start: A", 1, 8, "terminal 'A' is not defined (in rule 'start')", "a definition"),
        ('start: A\nA: "x" B', 2, 8, "terminal used but not defined: B", "a definition"),
        ('start: A\nA: "x" A', 2, 1, "recursion in terminal 'A'", ""),
        ('start: A\nA: a\na: "x"', 3, 1, "rules aren't allowed inside terminals", ""),
        ('start: "a"\nx: "b"\nstart: "b"', 3, 1, "rule 'start' defined more than once", ""),
        ('start: "a"\nA: "b"\n A: "b"', 3, 2, "terminal 'A' defined more than once", ""),
        ("start: /(a)\\1/", 1, 8, "the pattern of /(a)\\1/ is refused: back-references aren't regular", "alternatives"),
        ('start: A\nA: "b" /(a)\\1/', 2, 1, "the pattern of A is refused: back-references", ""),
        ('start: "b"\n  | /[/', 2, 5, "unterminated character set", ""),
        ('start: "b" | ""', 1, 14, "mpty terminals are not allowed", ""),
        ('start: A\nA: "x" ("b" | "")', 2, 15, "mpty terminals are not allowed", ""),
        ('start: "b"~5..2', 1, 12, "a repetition of 5 to 2 times", "~ 1..3"),
        ('start: A\nA: "b"~5..2', 2, 8, "a repetition of 5 to 2 times", ""),
        ('start: "ab".."c"', 1, 8, "a range is between two characters", ""),
        ('start: "c".."a"', 1, 8, "a range that ends before it begins", ""),
        ('start: "c"i.."d"', 1, 8, "a range has no flags", "/[a-z]/i"),
        ('start: t{"a"}', 1, 8, "rule 't' is not defined", ""),
        ('start: "b" t{"a"}\nt{x,y}: x', 1, 12, "wrong number of template arguments", ""),
        ("start: t\nt{x}: x", 1, 8, "template 't' needs arguments", ""),
        ('foo: "a"', 1, 1, "there is no rule 'start' to start with", "start='foo'"),
        ("t{x}: x\nstart: A\n%declare A", 3, 10, "the terminal 'A' is declared, but nothing says", "%indentation"),
        ("start: a\n%declare a", 2, 10, "rule 'a' is declared, but not defined", ""),
        ("start: A\nA: B\n%declare B", 2, 1, "terminal 'A' needs 'B', which is declared", ""),
        ("start: A\n%declare A\n%ignore A", 2, 10, "what is ignored is a terminal with a pattern", ""),
        ('%ignore Z\nstart: "a"', 1, 9, "ignore but were not defined", ""),
        ('start: A\nA: "x" -> y', 2, 1, "an alias '->' in terminal 'A'", "aliases are for rules"),
        ('start: "a"\n%extend foo: "a"', 2, 9, "can't extend rule foo", ""),
        ('start: "a"\n%import .foo.x', 2, 1, "a relative import without a folder", "import_paths"),
        ('start: "a"\n%import foo.x', 2, 9, "an import leads nowhere", "import_paths"),
        ('start: "a"\n%import common.NOTHING', 2, 16, "'common.NOTHING' has nothing of this name", ""),
        ("start: a\na: a \"x\"\n", 2, 1, "rule 'a' has no text: every alternative begins with it again", "a y | x"),
        ('start: a?\na: "x" a', 2, 1, "rule 'a' has no text: every alternative leads back to it", "without 'a'"),
        ("start: b\n\nb: A\nA: /a(?=b)/", 4, 1, "the terminal 'A' has no text, and rule 'b' can't do without", "only"),
        ('start: %json {"type": \n "object" x}', 2, 11, "Expecting ',' delimiter", ""),
        ('start: "a" %json', 1, 17, "%json is followed by a JSON Schema", ""),
        ('start: "a"\n | %json {"type": "objec"}', 2, 10, "there is no type 'objec'", ""),
        ('start: %json {"type": "integer", "enum": ["a"]}', 1, 14, "the schema of %json is refused", ""),
        ('start: A\nA: "b" X\nX: %json {}', 2, 1, "%json and %until can't be a part of terminal 'A'", "a rule"),
        ("start: %until\n", 1, 8, "%until is followed by texts in double quotes", '%until "</think>"'),
        ('start: %until "a" ""', 1, 19, "a trigger is not the empty text", ""),
        ('start: %until "a"i', 1, 18, "a trigger of %until has no flags", ""),
        ('start: %until "a\\x"', 1, 15, "a trigger can't be read", ""),
        ('start: %until "a" max_tokens=0', 1, 30, "max_tokens is at least 1", ""),
        ('%lexer foo\nstart: "a"', 1, 1, "%lexer is followed by 'any' or 'longest'", ""),
        ('%lexer any\n%lexer any\nstart: "a"', 2, 1, "a second %lexer", ""),
        ('start: "a" %lexer any', 1, 12, "%lexer stands on a line of its own", ""),
        ("%indentation A B\nstart: A", 1, 1, "%indentation is followed by the names", "%indentation NEWLINE"),
        ('%indentation A B C\nA: "a"\n%declare B\nstart: A B', 1, 18, "there is no terminal C", ""),
        ('%indentation A B C\nA: "a"\nC: "c"\n%declare B\nstart: A B C', 1, 18, "C is to be declared only", "%declare"),
        ('%indentation A B C\n%declare A B C\nstart: A B C', 1, 14, "A needs a definition", ""),
    ],
)  # fmt: skip
def test_errors_show_the_place(text: str, line: int, column: int, what: str, hint: str) -> None:
    with pytest.raises(GrammarError) as caught:
        check(read_lark(text))
    error = caught.value
    assert (error.line, error.column) == (line, column), error
    assert what in error.what
    assert hint in error.hint
    shown = text.split("\n")[line - 1]
    assert str(error).endswith(f"\n    {shown}\n    {' ' * (column - 1)}^")


@pytest.mark.parametrize(
    "text",
    [
        "start: " + '("a" ' * 3_000 + "start" + ")?" * 3_000,
        "start: " + "[" * 3_000 + '"a"' + "]" * 3_000,
        "start: A\nA: " + '("a" ' * 3_000 + '"b"' + ")?" * 3_000,
        "start: A\nA: /" + "(" * 300 + "a" + ")*b" * 300 + "/",
        'start: A60\nA0: "a"\n' + "\n".join(f"A{n + 1}: A{n} A{n}" for n in range(60)),
        "start: %json " + '{"items":' * 10_000 + "{}" + "}" * 10_000,
        'start: c{"a"}\nc{x}: c{d{x}} | x\nd{x}: x',
    ],
)
def test_what_grows_without_end_is_a_limit(text: str) -> None:
    with pytest.raises(LimitExceededError):
        check(read_lark(text))


def test_an_extension_leaves_lines_and_columns_as_they_are() -> None:
    text = 'start: %json {"a":\n {}} "x" %until "y" "z"  a\n%lexer any // x\na: "b"'
    read = read_statements(text)
    lines = read.text.split("\n")
    assert lines[1].index('"x"') == text.split("\n")[1].index('"x"')
    assert lines[1].index(" a") == text.split("\n")[1].index("  a") + 1
    assert lines[3] == 'a: "b"'
    assert read.definitions == {"start": Place(1, 1), "a": Place(4, 1)}


def test_two_thousand_rules_take_a_second_beyond_larks_own() -> None:
    lines = [
        f'r{n}: "a{n}" r{(n + 1) % 2_000} | /[a-z]{{{n % 7}}}/ "b" s{n}\ns{n}: "c"* [B{n}]\nB{n}: "d{n}"'
        for n in range(2_000)
    ]
    text = "start: r0\n" + "\n".join(lines)
    begin = time.perf_counter()
    grammar = check(read_lark(text))
    assert len(grammar.rules) == 4_001
    assert time.perf_counter() - begin < 20

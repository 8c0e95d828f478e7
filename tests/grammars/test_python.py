"""The shipped Python grammar accepts what Python parses, and nothing else, but for what its header says."""

from __future__ import annotations

import io
import itertools
import os
import random
import sysconfig
import tokenize
from pathlib import Path

import pytest

from tests.grammars.code_oracles import is_valid_python
from tests.grammars.random_texts import random_indented_text
from tests.grammars.recognise import accepts

GRAMMAR = "python.lark"
LIBRARY = Path(sysconfig.get_paths()["stdlib"])
MUTANTS = int(os.environ.get("STRUCTGEN_PYTHON_MUTANTS", "300"))
SAMPLED_FILES = int(os.environ.get("STRUCTGEN_PYTHON_FILES", "40"))
SEED = 20

ACCEPTED = [
    "",
    "x",
    "\n\n# nothing\n",
    "# nothing",
    "x = 1 # no line break",
    "if x: y",
    "if x:\n    y\n    # no line break",
    "if x:\n  if y:\n        z\n  else: w\nelse:\n     v",
    "class A:\n\n    # first\n    x: int = 1\n\n# between\n\n    def f(self): pass; return\n",
    "x = [1,\n# comment\n  2,\n\n\t3]\n",
    "x = 1 + \\\n  2\n",
    "if x:\n    y\n\x0c\n    z\n",
    "try: x\nexcept: y\nelse: z\nfinally: w",
    "try: x\nexcept A: y\nexcept (B, C) as c: z\n",
    "try: x\nexcept* A as b: y\n",
    "try: x\nfinally: y",
    "while x: y\nelse: z",
    "for x, *y in *a, b: z\nelse: w",
    "async def f():\n    async for x in y: await z\n    async with a as b, c: return [x async for x in y]\n",
    "with (a, b as c,): x",
    "with (a, b) as c: x",
    "with (yield): x",
    "with (a for a in b): x",
    "@a.b(c)\n@x := y\n# comment\n\n@z\nclass C(A, metaclass=B, **k): pass",
    "def f(a, /, b: int, c=1, *d: *e, f, g=2, **h: i) -> j: pass",
    "def f(a=1, /, b=2, *, c, d=3,): pass",
    "lambda: 0",
    "lambda a, b=1, /, c=2, *d, e, **f: lambda *, a: 0",
    "def f[T: int, *Ts, **P,](x: T) -> T: pass",
    "class A[T](B): pass",
    "type A[T] = list[T]",
    "type = type(type)[type].type",
    "type X = int; type.x = 1",
    "match = case[match]; match(case); match[case] = 1; match: int = 1; match, = case; _ = match * case",
    "match x:\n    case 1 | -1.5 | 1 + 2j | 'a' 'b' | b'' | None: pass\n",
    "match x, *y:\n  case a.b | {'k': v, c.d: _, **rest} if z: pass\n  case [a, (b, *_), *c] | (): pass",
    "match x:\n  case _: pass",
    "match (x):\n  case A(1, b, c=d, e=f(),) as g: pass\n  case a, *b,: pass\n  case (a): pass",
    "x = y = *a, b",
    "*a, (b, [c.d, *e[0]]) = f().g, () = x",
    "x += yield",
    "(x): int",
    "x.y[0]: int = yield 1, 2",
    "x = yield from y",
    "del a, (b, [c.d]), e[0],",
    "del ()",
    "import a, a.b as c",
    "from . import *",
    "from .... import (a, b as c,)",
    "from ...a.b import c, d",
    "global a, b; nonlocal c",
    "raise a from b",
    "assert a, b",
    "return *a, b",
    "f(a, *b, c, d=e, *g, **h, i=j,)",
    "f(x for x in y)",
    "f(x := 1, (y for y in z))",
    "x[a:b, ::c, :, *d, e := 1,]",
    "{}; {1}; {*a, b}; {1: 2, **c,}; {x: y for x, y in z if a if b for c in d}; {x for x in y}",
    "(); (a,); (*a, b); (a := b); (yield); []; [*a, b := c]; [x := y for z in w]",
    "a if b else c if d else lambda: e",
    "not a < b <= c != d is not e not in f in g is h",
    "-a ** -b + ~c // d @ e % f << g >> h & i ^ j | k and l or m",
    "await a.b(c)[d] ** e",
    "...",
    "0x_1F, 0o17, 0b1_0, 1_000, 00, 1., .5, 1e5, 1_0.0_1E-3, 5j, 0777.5, 09j",
    "'a\\'b' \"c\\\"d\" r'\\\\' 'e' u'f' '\\x41\\u0041\\U0010FFFF\\N{GREEK SMALL LETTER ALPHA}\\7\\d\\\n'",
    "b'a\\xff' rb'\\x' Rb\"c\" bR'''d'''",
    '"""a "quoted" ""text\\""""',
    "'''\n'a'\n''' '' \"\"",
    "f'' f'a{b}c{{}}' rf'\\d{x!r:>{w}.{p}}' F\"{a['k'].b(c, d=1)[0:-1] + 2 :%d}\" f'{x = }{y!r:}'",
    "f'''{a}\n'{\"b\" if c else \"\"}' ''' 'd'",
    "f'{[x for x in y]}{sum(a.b * c for a, c in d if c):.2f}{max(x, key=lambda y: -y)}'",
    "f'{a['b']}{f'{f'{1}'}'}{'\\n'.join(x)}' f\"{\"a\"}\"",
    "f'{ {1: 2}[1] }{ {a for a in b}}{({})}{a[1:2, ::3]}{(lambda: 1)()}{(a := 1)}{a:=1}'",
    "f'{a!r }{a !r}{a!s:>5}{a = !r:{b!a}.{c}}{a,}{*a, b}{yield}{await a}{not a}{a if b else c}'",
    "f'{a}}}{{{b}}}' rf'\\d\\{x}\\U\\N{b}' f'\\{a}\\{{' f'\\N{BULLET}{a}' fR'\\'{a}'",
    "f'{\n  a  # c }\n  !r\n}' f'{a\n}'\n",
    "f'''\n{a:\"}'{b}''{\n[c,\nd]}\n''' f\"\"\"{a}'''{'''b'''}\"\"\"",
    "f'{a:{b}}{c:{d}e{f}}}}{a:{b:c}}{a:%H:%M}{a:\\'}{a:\\x41}{x:\\{y}}'",
    "def f():\n    f'{\nx}'\n    return f'{\nx:\\\n}'\n",
    "{a: f'{b}'}, f'{a}', {b}, 'c', f(f'{ {} }', {})",
    "été = 蟒 = x1",
]

REJECTED = [
    " x",
    "  # comment\n  x",
    "x\n  y",
    "if x:\ny",
    "if x:\n    y\n  z",
    "if x:\n\ty",
    "if x: y else: z",
    "if x: if y: z",
    "if x:",
    "x y",
    "x;; y",
    "x\n\\\n    y",
    "(x",
    "x)",
    "(x]",
    "f() = 1",
    "a + b = 1",
    "a, f() = 1",
    "[a, 1] = x",
    "(a, b) += 1",
    "a, b: int",
    "[a]: int",
    "None = 1",
    "x = yield = 1",
    "await x = 1",
    "(a := 1) = 2",
    "a.b := 1",
    "x := 1",
    "x = y := 1",
    "lambda: x := 1",
    "for f() in x: y",
    "for x in y for z: w",
    "with a as f(): x",
    "[x for f() in y]",
    "[x for x in lambda: y]",
    "[*x for x in y]",
    "{**x for x in y}",
    "{a: b, c}",
    "{a, b: c}",
    "{**a, b}",
    "del f()",
    "del *a",
    "del a + b",
    "del",
    "(*a)",
    "f(*)",
    "f(a=1, b)",
    "f(**a, b)",
    "f(**a, *b)",
    "f(a.b=1)",
    "f(None=1)",
    "f(x for x in y, 1)",
    "f(x for x in y,)",
    "class A(x for x in y): pass",
    "def f(a=1, b): pass",
    "def f(a, /, b, /): pass",
    "def f(/, a): pass",
    "def f(*): pass",
    "def f(*, **a): pass",
    "def f(*a, *b): pass",
    "def f(**a, b): pass",
    "def f(*a=1): pass",
    "def f((a, b)): pass",
    "lambda a: int: 0",
    "lambda a=1, b: 0",
    "lambda *: 0",
    "def f[]() : pass",
    "def f[T=int](): pass",
    "def f[*T: int](): pass",
    "type X",
    "type X.y = 1",
    "type x, y = 1",
    "import a.b as c.d",
    "import .a",
    "import *",
    "from a import b,",
    "from a import ()",
    "from a import b.c",
    "from import a",
    "global a.b",
    "raise from a",
    "return x := 1",
    "try: x",
    "try: x\nelse: y",
    "try: x\nexcept A, B: y",
    "try: x\nexcept*: y",
    "try: x\nexcept A: y\nexcept* B: z",
    "try: x\nfinally: y\nelse: z",
    "@a",
    "@a\nx = 1",
    "async x",
    "async = 1",
    "match x:\n  y",
    "match x: case 1: pass",
    "match *x:\n  case 1: pass",
    "match x:\n  case 1 + 2: pass",
    "match x:\n  case a as _: pass",
    "match x:\n  case f()(): pass",
    "match x:\n  case {**a, 'b': c}: pass",
    "match x:\n  case {a: b}: pass",
    "match x:\n  case A(a=b, c): pass",
    "match x:\n  case *a: pass",
    "match x:\n  case -a: pass",
    "x[]",
    "x[*a:b]",
    "a.1",
    "a.if",
    "a..b",
    "a not b",
    "a is not not b",
    "await -a",
    "not",
    "a <> b",
    "a ? b",
    "x!",
    "a++",
    "0777",
    "1__0",
    "1_",
    "0x",
    "0b12",
    "1abc",
    "1from",
    "1.a",
    "'a",
    "'a\nb'",
    '"""a"',
    '"""a""',
    '"" "\\x4"',
    "'\\N{nothing}'",
    "'\\U00110000'",
    "b'é'",
    "b'\\x4'",
    "'a' b'b'",
    "b'a' f'{b}'",
    "bu'a'",
    "f'{'",
    "f'}'",
    "f'{}'",
    "f'{a b}'",
    "f'{if}'",
    "f'{a if else}'",
    "f'{a if b}'",
    "f'{a and}'",
    "f'{a!x}'",
    "f'{a! r}'",
    "f'{a!rr}'",
    "f'{a!r!s}'",
    "f'{a=,}'",
    "f'{f(a=1, b)}'",
    "f'{3.real}'",
    "f'{x:{y:{z:{w}}}}'",
    "f'{a\\n}'",
    "f'{a}}'",
    "f'{{a} }'",
    "f'{{a}'",
    "f'{a:}}'",
    "f'{(a}'",
    "f'{lambda: a}'",
    "f'{a if lambda: b else c}'",
    "f'{a for a in b}'",
    "f'{a:{}}'",
    "f'{a:{lambda: b}}'",
    "f'{a",
    "f'{a}",
    "f'{a\"",
    "f'{a:\"",
    "f'''{a}'",
    "f'''{a}''''",
    "f'{a}' b''",
    "f'{a:\\x4}'",
    "f'\\x4{a}'",
    "f'{a}\\u12'",
    "f'\n{a}'",
    "f'{a}\n'",
    "{a}b'",
    "x\x00",
    "# \x00\n",
    "a\x0b",
    "x² = 1",
]

# Python parses these; the header of the grammar says why the grammar doesn't.
LEFT_OUT = [
    "if x:\n\ty",
    "1if x else y",
    "if x:\n    y\n  ",
    "if x:\n    y\n  # c",
    "f'{x:{y:{z}}}'",
    "f'{x:\\N{BULLET}}'",
    "f'{x:{y}\\}'",
    "f'''{x:'}'''",
    "'\\N{SNOWFLAKE}'",
    "match x:\n  case f'': pass",
    "𒀀 = 1",
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_python_is_accepted(text: str) -> None:
    assert accepts(GRAMMAR, text)
    assert is_valid_python(text)


@pytest.mark.parametrize("text", REJECTED)
def test_what_python_does_not_parse_is_rejected(text: str) -> None:
    assert not accepts(GRAMMAR, text)
    assert not is_valid_python(text) or text in LEFT_OUT


@pytest.mark.parametrize("text", LEFT_OUT)
def test_what_the_grammar_leaves_out_is_python(text: str) -> None:
    assert not accepts(GRAMMAR, text)
    assert is_valid_python(text)


def library_files() -> list[Path]:
    return sorted(path for path in LIBRARY.rglob("*.py") if "site-packages" not in path.parts)


def read(path: Path) -> str | None:
    """The text of a file that Python parses."""
    try:
        with tokenize.open(path) as file:
            text = file.read()
    except (SyntaxError, UnicodeDecodeError):
        return None
    return text if is_valid_python(text) else None


def test_nearly_all_of_the_standard_library_is_accepted() -> None:
    """Of all 1,781 files of 3.11.7 that parse, all but 3 are; those have rare letters or escapes by name."""
    files = library_files()
    texts = [text for path in random.Random(SEED).sample(files, min(SAMPLED_FILES, len(files))) if (text := read(path))]
    rejected = [text for text in texts if not accepts(GRAMMAR, text)]
    assert len(rejected) <= max(1, len(texts) * 0.01)
    assert all(map(is_left_out, rejected))


WORDS = """
    if else elif for in while def class return yield lambda not and or is None True x y _ match case type async await
    with as try except finally raise from import global nonlocal del pass break assert ( ) [ ] { } , : ; . ... = == := +
    - * ** / // @ -> | & ~ < >> += 1 1.5 2j 'a' b'c' f'{x}' # ! $ ? *a **k a=1 *,
"""
PIECES = [*WORDS.split(), "\n", "\n    ", "\\\n"]


def mutant(text: str, choices: random.Random) -> str:
    """``text`` with some lexemes left out, doubled, replaced or moved, or some characters so."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    spans = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.string.strip():
            begin = starts[token.start[0] - 1] + token.start[1]
            spans.append((begin, starts[token.end[0] - 1] + token.end[1]))
    for _ in range(choices.choice([1, 1, 1, 2, 3])):
        begin, end = choices.choice(spans)
        other, other_end = choices.choice(spans)
        at = choices.randrange(len(text) + 1)
        text = choices.choice(
            [
                text[:begin] + text[end:],
                text[:begin] + choices.choice(PIECES) + text[end:],
                text[:begin] + choices.choice(PIECES) + " " + text[begin:],
                text[:begin] + text[begin:end] + " " + text[begin:],
                text[:begin] + text[other:other_end] + text[end:],
                text[:at] + text[at + 1 :],
                text[:at] + choices.choice(" \n\t()[]{}:=,.*'\"\\#@_0") + text[at:],
            ]
        )
    return text


def is_left_out(text: str) -> bool:
    """Whether Python parses a text that the grammar leaves out; a coarse look for what the header names."""
    words = list(tokenize.generate_tokens(io.StringIO(text + "\n").readline))
    joined = any(
        one.type == tokenize.NUMBER and two.type == tokenize.NAME and one.end == two.start
        for one, two in itertools.pairwise(words)
    )
    tabs = any(word.type == tokenize.INDENT and word.string.strip(" ") for word in words)
    unusual_name = any(word.type == tokenize.NAME and not word.string.isascii() for word in words)
    unusual_escape = "\\N{" in text
    last = text[text.rfind("\n") + 1 :]
    unended = not last.strip() or last.strip().startswith("#")
    lines_begin_joined = any(line.strip() == "\\" for line in text.splitlines())
    return joined or tabs or unusual_name or unusual_escape or unended or lines_begin_joined


def test_mutants_of_the_standard_library_are_judged_as_python_judges_them() -> None:
    choices = random.Random(SEED)
    files = [path for path in library_files() if 200 < path.stat().st_size < 6000]
    wrong = []
    for _ in range(MUTANTS):
        text = None
        while text is None:
            text = read(choices.choice(files))
        text = mutant(text, choices)
        accepted, valid = accepts(GRAMMAR, text), is_valid_python(text)
        if accepted != valid and (accepted or not is_left_out(text)):
            wrong.append((accepted, text))
    assert wrong == []


_QUOTES = {r + kind: quote for kind, quote in (("D", '"'), ("S", "'"), ("LD", '"""'), ("LS", "'''")) for r in ("", "R")}
_PARTS = {
    "HEAD": "",
    "MIDDLE": "!r:>5}b{",
    "TAIL": ":.2f}cQ",
    "FORMAT": "!s:>{",
    "INNER": "}.{",
    "NEXT": "!a:>}}{{d}}{",
    "END": "}f}Q",
}

EXAMPLES = {
    "NAME": ["a", "b", "C", "é"],
    "INTEGER": ["0", "0x1F"],
    "FLOAT": ["1.5", "1e3"],
    "IMAGINARY": ["2j"],
    "STRING": ["'s'", '"""t"""', "r'\\d'"],
    "BYTES": ["b'x'"],
    "FSTRING": ["f'a'", 'rf"""\\d"""'],
    **{
        f"F_{kind}_{part}": [f"{'r' * ('R' in kind)}f{quote}a{{" if part == "HEAD" else text.replace("Q", quote)]
        for kind, quote in _QUOTES.items()
        for part, text in _PARTS.items()
    },
    "LAST_COMMENT": ["# c"],
}


def test_random_texts_of_the_grammar_are_python() -> None:
    choices = random.Random(SEED)
    texts = [random_indented_text(GRAMMAR, choices, EXAMPLES, size=choices.choice([5, 20, 60])) for _ in range(400)]
    assert [text for text in texts if not is_valid_python(text)] == []
    assert all(accepts(GRAMMAR, text) for text in texts[::4])

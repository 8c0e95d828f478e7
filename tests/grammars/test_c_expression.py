"""c_expression.lark against C99 and pycparser, on what functions return in the headers of Python and of packages."""

from __future__ import annotations

import re
import sysconfig
from pathlib import Path

import pytest

from tests.grammars.oracles import is_valid_c_expression
from tests.grammars.recognise import accepts
from tests.grammars.sentences import sentences

_ACCEPTED = [
    "a",
    "a+++b",
    "a - -b - --c",
    "x = y = *p++",
    "a ? b : c ? d, e : f",
    "f(x, g())[1].y->z--",
    "a && b || !c | d ^ ~e & f",
    "a << 2 >= b == c != d",
    "i += 0x1Fu * 010 / 3 % 1UL",
    "1.5e-3f + .5 - 5. / 1e10L",
    "'a' + '\\n' + '\\0' + '\\x7f' + '\\''",
    '"a\\"b" "\\377\\x4q" "é"',
    "sizeof x + sizeof (int) + sizeof(struct s *)",
    "(unsigned long int) x + (const char *) y",
    "(double)(float)z",
    "&a[0] - &*b",
    "a / *b",
    "a / b / (c)",
    "x ->\ny",
    "x--> 0",
    "(a)(b)",
    "ifx + int_",
]
_REJECTED = [
    "",
    "a b",
    "a +",
    "+",
    "a ? b",
    "a ? : b",
    "a,",
    ", a",
    "f(a,)",
    "f(,a)",
    "a[]",
    "(a",
    "a)",
    "()",
    "a.1",
    "a.(b)",
    "a->",
    "a = ",
    "a + b = c",
    "08",
    "0x",
    "1a",
    "1.5.5",
    "1e",
    "0b1",
    "1lul",
    "''",
    "'ab'",
    "'\n'",
    '"a',
    '"\n"',
    '"\\q"',
    '"\\x123"',
    '"\\777"',
    "'\\400'",
    "int",
    "a + if",
    "(int)",
    "sizeof",
    "sizeof int",
    "(long float) x",
    "(signed double) x",
    "a /*b",
    "a // b",
    "a /* c */ + b",
    "a === b",
    "a <> b",
    "a **",
    "a;",
    "a @ b",
    "x = int",
]


@pytest.mark.parametrize("text", _ACCEPTED)
def test_accepted(text: str) -> None:
    assert accepts("c_expression.lark", text)
    assert is_valid_c_expression(text)


@pytest.mark.parametrize("text", _REJECTED)
def test_rejected(text: str) -> None:
    assert not accepts("c_expression.lark", text)


def test_what_functions_return_in_installed_headers_is_told_as_pycparser_tells_it() -> None:
    folders = [Path(sysconfig.get_path("include")), Path(sysconfig.get_path("purelib"), "numpy")]
    found: set[str] = set()
    for path in sorted(header for folder in folders for header in folder.rglob("*.h")):
        found.update(re.findall(r"\breturn\b\s*([^;{}#]*);", path.read_text(encoding="utf-8")))
    valid = 0
    for text in sorted(found)[:400]:
        expected = is_valid_c_expression(text)
        assert not accepts("c_expression.lark", text) or expected, text
        if expected and not re.search(r"\\\n|//|\(\s*_?[A-Za-z]\w*\s*\**\s*\)\s*[\w({&*]", text):
            assert accepts("c_expression.lark", text), text
            valid += 1
    assert valid >= 50


def test_random_texts_are_valid() -> None:
    for text in sentences("c_expression.lark", 200):
        assert is_valid_c_expression(text), text

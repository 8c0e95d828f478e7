"""json5.lark against the JSON5 specification and the parser of the package json5."""

from __future__ import annotations

import pytest

from tests.grammars.oracles import is_valid_json, is_valid_json5
from tests.grammars.realtexts import texts
from tests.grammars.recognise import accepts
from tests.grammars.sentences import sentences

_ACCEPTED = [
    # The example of the specification's introduction.
    """{
  // comments
  unquoted: 'and you can quote me on that',
  singleQuotes: 'I can use "double quotes" here',
  lineBreaks: "Look, Mom! \\
No \\\\n's!",
  hexadecimal: 0xdecaf,
  leadingDecimalPoint: .8675309, andTrailing: 8675309.,
  positiveSign: +1,
  trailingComma: 'in objects', andIn: ['arrays',],
  "backwardsCompatible": "with JSON",
}""",
    "{null: null, true: 1, Infinity: -Infinity, NaN: +NaN, $_é1: 0XfF}",
    "[1e3, .5E-3, 5.e+1, -0x1F, NaN, Infinity,]",
    r"'\0\x41\u00e9\ud7ff\v\'\"\a\\'",
    "'\\\r\n\\\r\\\n\\\u2028'",
    "'\t\u2028\x00'",
    "/* * / ** */ 1 // end",
    "1//1",
    "\ufeff\xa0\u3000\x0b1",
    "/**/{/***/a/*:*/:/*1*/2}",
]
_REJECTED = [
    "",
    "//1",
    "1 // a\n2",
    "/* 1",
    "/* */ */ 1",
    "01",
    "1a",
    "0x",
    "0xg",
    "+ 1",
    "--1",
    ".",
    "5.e",
    "1_000",
    r"'\1'",
    r"'\01'",
    r"'\x4'",
    r"'\u004'",
    r"'\ud800'",
    "'a\nb'",
    "'a",
    "{,}",
    "[,]",
    "[1,,2]",
    "{1: 2}",
    "{a-b: 1}",
    "{a b: 1}",
    "{a}",
    "undefined",
    "infinity",
    "{a: b}",
    "[truefalse]",
    "[1 2]",
]


@pytest.mark.parametrize("text", _ACCEPTED)
def test_accepted(text: str) -> None:
    assert accepts("json5.lark", text)
    assert is_valid_json5(text)


@pytest.mark.parametrize("text", _REJECTED)
def test_rejected(text: str) -> None:
    assert not accepts("json5.lark", text)


def test_json_files_that_come_with_packages_are_accepted() -> None:
    for path, text in texts(".json", at_least=10, at_most=20, max_bytes=5_000):
        if is_valid_json(text):
            assert accepts("json5.lark", text), path


def test_random_texts_are_valid() -> None:
    for text in sentences("json5.lark", 300):
        assert is_valid_json5(text), text

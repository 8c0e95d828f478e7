"""json.lark against RFC 8259 and Python's json."""

from __future__ import annotations

import pytest

from tests.grammars.oracles import is_valid_json
from tests.grammars.realtexts import texts
from tests.grammars.recognise import accepts
from tests.grammars.sentences import sentences

_ACCEPTED = [
    "0",
    "-0",
    "-12.50e+07",
    "1E400",
    '""',
    r'"\"\\\/\b\f\n\r\t\u00e9\ud7ff\uD83D\uDE00"',
    '"\u007f\u2028\U0010ffff"',
    " [ ] ",
    "{}",
    '\r\n\t{ "a" : [ 1 , true,false,null ,{"":{}}] , "a":2}\n',
]
_REJECTED = [
    "",
    " ",
    "01",
    "+1",
    ".5",
    "1.",
    "1e",
    "0x1",
    "- 1",
    "NaN",
    "Infinity",
    "tru",
    "True",
    "nulll",
    "'a'",
    '"\t"',
    '"\x00"',
    r'"\x41"',
    r'"\u12"',
    r'"\ud800"',
    r'"\ud800\u0041"',
    r'"\udc00"',
    '"a',
    "[1,]",
    "[,1]",
    "[1 2]",
    '{"a":1,}',
    "{a:1}",
    '{"a" 1}',
    "[1]]",
    "[[1]",
    "1 2",
    "// 1\n1",
    "\ufeff1",
    "\x0b1",
    "\xa01",
]


@pytest.mark.parametrize("text", _ACCEPTED)
def test_accepted(text: str) -> None:
    assert accepts("json.lark", text)
    assert is_valid_json(text)


@pytest.mark.parametrize("text", _REJECTED)
def test_rejected(text: str) -> None:
    assert not accepts("json.lark", text)
    assert not is_valid_json(text)


def test_files_that_come_with_packages_are_accepted() -> None:
    for path, text in texts(".json", at_least=10, at_most=40):
        if is_valid_json(text):
            assert accepts("json.lark", text), path


def test_random_texts_are_valid() -> None:
    for text in sentences("json.lark", 300):
        assert is_valid_json(text), text

"""csv.lark and csv_typed.lark against RFC 4180 and Python's csv."""

from __future__ import annotations

import pytest

from tests.grammars.oracles import is_valid_csv, is_valid_csv_typed
from tests.grammars.realtexts import texts
from tests.grammars.recognise import accepts
from tests.grammars.sentences import sentences

# The first ones are RFC 4180's examples.
_ACCEPTED = [
    "aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n",
    "aaa,bbb,ccc\r\nzzz,yyy,xxx",
    "field_name,field_name,field_name\r\naaa,bbb,ccc\r\nzzz,yyy,xxx\r\n",
    '"aaa","bbb","ccc"\r\nzzz,yyy,xxx',
    '"aaa","b\r\nbb","ccc"\r\nzzz,yyy,xxx',
    '"aaa","b""bb","ccc"',
    "",
    ",",
    ",,\n,,\n",
    " a , b ",
    "é,'\t;,\u2028",
    '""',
    '"\n"',
]
_REJECTED = ['"', 'a"b', '"a"b', 'a"', '"a" ,b', '"a""', "a\rb", '"a\rb"', "a\x00", '"\x00"', "a,b\r"]

_TYPED = "id,price,date,name"
_TYPED_ACCEPTED = [
    _TYPED,
    _TYPED + "\r\n",
    _TYPED + '\n1,2.50,2024-02-29,Ada Lovelace\n-7,-0.0,1815-12-10,"Lovelace, ""Ada"""\n',
    _TYPED + '\n0,0.1,0001-01-01,""',
]
_TYPED_REJECTED = [
    "",
    "id,price,date",
    _TYPED + "\n1,2.50,2024-02-29",
    _TYPED + "\n1,2.50,2024-02-29,a,b",
    _TYPED + "\n01,2.50,2024-02-29,a",
    _TYPED + "\n1,2,2024-02-29,a",
    _TYPED + "\n1,2.50,2023-02-29,a",
    _TYPED + "\n1,2.50,2024-02-29,",
    _TYPED + '\n1,2.50,2024-02-29,a"',
    _TYPED + "\n\n1,2.50,2024-02-29,a",
    _TYPED + "1,2.50,2024-02-29,a",
]


@pytest.mark.parametrize("text", _ACCEPTED)
def test_accepted(text: str) -> None:
    assert accepts("csv.lark", text)
    assert is_valid_csv(text)


@pytest.mark.parametrize("text", _REJECTED)
def test_rejected(text: str) -> None:
    assert not accepts("csv.lark", text)


@pytest.mark.parametrize("text", _TYPED_ACCEPTED)
def test_typed_columns_accepted(text: str) -> None:
    assert accepts("csv_typed.lark", text)
    assert is_valid_csv_typed(text)


@pytest.mark.parametrize("text", _TYPED_REJECTED)
def test_typed_columns_rejected(text: str) -> None:
    assert not accepts("csv_typed.lark", text)


def test_files_that_come_with_packages_are_accepted() -> None:
    # The list of an installed package's files is CSV too.
    found = texts(".csv", at_least=3, at_most=10) + texts("/RECORD", at_least=10, at_most=30)
    for path, text in found:
        assert is_valid_csv(text), path
        assert accepts("csv.lark", text), path


def test_random_texts_are_valid() -> None:
    for text in sentences("csv.lark", 300):
        assert is_valid_csv(text), text


def test_random_texts_with_typed_columns_are_valid() -> None:
    for text in sentences("csv_typed.lark", 300):
        assert is_valid_csv_typed(text), text

"""regex.lark against ECMA-262 and QuickJS, on the patterns that Python's library compiles."""

from __future__ import annotations

import ast
import itertools
import re

import pytest

from tests.grammars.oracles import is_valid_regex
from tests.grammars.realtexts import texts
from tests.grammars.recognise import accepts
from tests.grammars.sentences import sentences

_ACCEPTED = [
    "",
    "|",
    "a|b*|c+?|d??",
    "^abc$",
    r"\bfoo\B",
    "(a(?:b)(?=c)(?!d)(?<=e)(?<!f))",
    "a{2}b{2,}c{2,3}d{0,10}e{10,15}f{20,29}?g{99,100}",
    "[a-zA-Z0-9_.-]+@[^@ ]",
    "[]",
    "[^]",
    "[-a]",
    "[a\\-z\\]\\b]",
    r"[\d\s\W\p{Lu}\P{Script=Greek}\t]",
    r"\u00e9\u{1F600}\x41\cA\n\/\^\$\\\.\*\+\?\(\)\[\]\{\}\|",
    "[ -~]",
    "[!-é]",
    "[0-5A-Fa-f]",
    r"[\x00-\x1f\x20-\xff]",
    r"[\u0000-\uffff\u0400-\u4fff]",
    "[😀a]",
    "a / b\n",
    r"^\d{3}-\d{4}$",
]
_REJECTED = [
    "(",
    ")",
    "(?",
    "(?:a",
    "(?a)",
    "[a",
    "]",
    "{",
    "}",
    "a{",
    "a{1",
    "a{1}{2}",
    "a{,2}",
    "a{3,2}",
    "a{10,9}",
    "a{15,12}",
    "a{40,39}",
    "a{99,98}",
    "a{100,99}",
    "*",
    "+a",
    "a**",
    "a+++",
    "^*",
    r"\b+",
    "(?=a)*",
    "(?<=a)+",
    "(?<n>a)",
    r"(a)\1",
    r"\01",
    r"\a",
    r"\-",
    r"\_",
    r"\x4",
    r"\u004",
    r"\u{110000}",
    r"\ud800",
    r"\c1",
    r"\p{Foo}",
    r"\p{Script=Foo}",
    r"\p",
    r"[\B]",
    "[b-a]",
    "[z-A]",
    "[9-0]",
    "[é-a]",
    r"[\d-z]",
    r"[a-\d]",
    r"[\x20-\x1f]",
    "\\",
]


@pytest.mark.parametrize("text", _ACCEPTED)
def test_accepted(text: str) -> None:
    assert accepts("regex.lark", text)
    assert is_valid_regex(text)


@pytest.mark.parametrize("text", _REJECTED)
def test_rejected(text: str) -> None:
    assert not accepts("regex.lark", text)


def test_ranges_of_digits_and_letters_are_those_in_order_and_no_other_range_is_out_of_order() -> None:
    ends = '059afzAFZ !"#+,./:;<@_`{~\x80é\u0100\u0430\u044f\u4e00\u9fff\ud7a3😀'
    for first, last in itertools.product(ends, ends):
        accepted = accepts("regex.lark", f"[{first}-{last}]")
        assert not accepted or first <= last
        assert accepted == (first <= last) or not all(map(str.isalnum, first + last)) or not (first + last).isascii()


def test_patterns_of_the_standard_library_are_accepted() -> None:
    found: set[str] = set()
    for _, text in texts(".py", at_least=500, at_most=2_000, max_bytes=100_000):
        for literal in re.findall(r"""re\.compile\((r?"[^"\n]*"|r?'[^'\n]*')[,)]""", text):
            found.add(ast.literal_eval(literal))
    # What a context-free grammar can't tell, and what the header leaves out beside it.
    left_out = re.compile(r"\\[0-9]|\(\?<[^=!]|[^\x00-\x7f]")
    valid = [text for text in sorted(found) if is_valid_regex(text) and not left_out.search(text)]
    assert len(valid) > 100
    refused = [text for text in valid if not accepts("regex.lark", text)]
    assert len(refused) <= len(valid) // 50, refused


def test_random_texts_are_valid() -> None:
    for text in sentences("regex.lark", 500):
        assert is_valid_regex(text), text

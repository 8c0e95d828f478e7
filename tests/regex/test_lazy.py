"""Lazy repetitions as a lexer takes them: they end where what follows matches first, as in ``re.match``."""

from __future__ import annotations

import itertools
import re

import pytest

from structgen.errors import RegexError
from structgen.regex import matches, parse
from structgen.regex.patterns import parse_word


@pytest.mark.parametrize(
    ("pattern", "alphabet"),
    [
        ('".*?"', '"ab'),
        (r'"(.*?(?<!\\)(\\\\)*?)"', '"a\\'),
        (r"/\*(.|\n)*?\*/", "/*a\n"),
        (r'(?s:("""(?<!\\).*?(?<!\\)(\\\\)*?"""))', '"a\\'),
        ("a.*?b[ab]*", "abc"),
        ("(a*?b)*c", "abc"),
        ("(ab??)+b", "ab"),
        ("a{1,3}?b?", "ab"),
        ("x(ab|a)+?b", "xab"),
        (".*?", "a"),
    ],
)
def test_a_lazy_pattern_has_the_texts_that_match_finds_whole(pattern: str, alphabet: str) -> None:
    node = parse_word(pattern)[0]
    for length in range(7):
        for letters in itertools.product(alphabet, repeat=length):
            text = "".join(letters)
            found = re.match(pattern, text)
            assert matches(node, text) == (found is not None and found.end() == length), text


def test_without_being_asked_for_laziness_changes_nothing() -> None:
    assert parse('".*?"') is parse('".*"')
    assert parse_word("a+|b*")[0] is parse("a+|b*")


def test_a_lazy_repetition_in_a_counted_one_is_refused() -> None:
    with pytest.raises(RegexError, match="a lazy repetition inside a counted one"):
        parse_word("(a*?b){2,3}")

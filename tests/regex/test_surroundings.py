"""Which assertions might see what stands around a match: against `re`, with short texts around all short matches."""

from __future__ import annotations

import itertools
import re

import pytest

from structgen.regex.patterns import parse_word

CLOSED = [
    r"a(?!b)a",
    r"a\bb",
    r"b(?<!a)a",
    r'"(?!"")[^"]+"',
    r'"".*?""',
    r'".*?(?<!\\)(\\\\)*?"',
    r"(?!ab)[ab]b",
    r"a+(?=b)b",
    r"(a(?!a))*b",
    r"a++b",
    r"((?!bb)[ab])*bb",
    r"(?!(a|b)c)[ab]a",
]
OPEN = [
    r"a\b",
    r"\ba",
    r"a(?!b)",
    r"a(?=b|$)",
    r"(?<!b)a",
    r"^a",
    r"a$",
    r"(?!ab)a+",
    r'"(?!"")[^"]*"',
    r"a++",
    r"(a(?!b))*",
    r"([ab](?<!ba))+",
    r"(?!a(?!b))a",
    r"(b|a(?!a))+",
]
LETTERS = '"ab\\'
SHORT = ["".join(letters) for size in range(4) for letters in itertools.product(LETTERS, repeat=size)]
BESIDE = ["", *LETTERS, *["".join(letters) for letters in itertools.product("ab", repeat=2)]]


def changes(pattern: str) -> bool:
    """Whether some short match is none, or some other text one, between other texts."""
    compiled = re.compile(f"(?:{pattern})")
    for text in SHORT:
        alone = compiled.fullmatch(text) is not None
        for before, after in itertools.product(BESIDE, repeat=2):
            # `endpos` would hide what stands behind; so the end is asked for by a lookahead for the rest
            there = re.compile(f"(?:{pattern})(?={re.escape(after)}\\Z)").match(before + text + after, len(before))
            found = there is not None and there.end() == len(before + text)
            if found != alone:
                return True
    return False


@pytest.mark.parametrize("pattern", CLOSED)
def test_what_a_match_settles_by_itself_is_told(pattern: str) -> None:
    assert not parse_word(pattern)[1]
    assert not changes(pattern)


@pytest.mark.parametrize("pattern", OPEN)
def test_what_the_surroundings_may_change_is_told(pattern: str) -> None:
    assert parse_word(pattern)[1]
    assert changes(pattern)

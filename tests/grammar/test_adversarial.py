"""Grammars made to hurt: results or errors, in bounded time and memory."""

from __future__ import annotations

from typing import Final

import pytest

import structgen
from structgen import GrammarError, LimitExceededError, Vocabulary
from tests.vocabularies import BYTES

VOCABULARY: Final = Vocabulary.from_bytes([*BYTES, None], eos=[256])


@pytest.mark.parametrize(
    ("grammar", "accepted", "rejected"),
    [
        ('start: start | start start | "x"', ["x" * 300], [""]),
        ('start: a\na: a | a a | "x"', ["x" * 300], ["y"]),
        ('start: s\ns: s s s | s s | "b"', ["b" * 150], [""]),
        ('start: a\na: b c\nb: a |\nc: a | "x"', ["xxx"], [""]),
        ('start: a*\na: "x"?', ["", "xx"], ["y"]),
        ('start: "a" start "a" | "b" start "b" | "a" | "b" |', ["abba" * 60, "aba"], ["ab"]),
        ('start: "(" start ")" | "a"', ["(" * 2000 + "a" + ")" * 2000], ["(" * 2000]),
        ('start: x ~ 3000\nx: "a" | "b" x', ["a" * 3000, "ba" * 3000], ["a" * 2999]),
        (
            "\n".join(["start: r0", *(f'r{n}: "a{n}" r{n + 1} | "b"' for n in range(3000)), 'r3000: "c"']),
            ["b", "a0b"],
            ["a1"],
        ),
    ],
    ids=["ambiguous", "cyclic", "threes", "nothing", "stars", "palindromes", "nested", "counted", "many rules"],
)
def test_texts(grammar: str, accepted: list[str], rejected: list[str]) -> None:
    compiled = structgen.compile(grammar=grammar, vocabulary=VOCABULARY)
    assert [text[:20] for text in accepted if not compiled.trace(text.encode()).accepted] == []
    assert [text[:20] for text in rejected if compiled.trace(text.encode()).accepted] == []


@pytest.mark.parametrize(
    ("grammar", "error"),
    [
        ('start: start "x"', GrammarError),
        ('start: "x" start', GrammarError),
        ("start: nothing", GrammarError),
        ("start: " + "(" * 1000 + '"a"' + ")" * 1000, LimitExceededError),
        ('start: x ~ 1..100000\nx: "a" | "b" x', LimitExceededError),
    ],
)
def test_errors(grammar: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        structgen.compile(grammar=grammar, vocabulary=VOCABULARY)


def test_a_grammar_serves_texts_without_end() -> None:
    """What texts add to the tables is bounded: new ones begin in new tables."""
    compiled = structgen.compile(
        grammar='start: "{" (K ":" V ",")* "}"\nK: /[a-z]+/\nV: /[0-9]{1,30}/', vocabulary=VOCABULARY
    )
    for number in range(40):
        pairs = "".join(f"{chr(97 + number % 26)}x:{number}," for _ in range(200))
        assert compiled.trace(f"{{{pairs}}}".encode()).accepted

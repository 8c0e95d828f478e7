"""Languages of names: how many they have, and whether taking some away can lead into a dead end."""

from __future__ import annotations

import itertools

import pytest

from structgen.errors import LimitExceededError
from structgen.regex import Node, characters, concat, matches, parse, repeat, search, words
from structgen.regex.charset import CharSet
from structgen.regex.nodes import ANYTHING, NOTHING, complement, intersection, union
from structgen.schema.cells import MANY_NAMES, is_open, size

FINITE = ["a|b", "[ab]{0,3}", "(a|ab)(c|bc)?", "a?b?c?", "x{2}y?|xx", "(aa|a){1,3}"]


@pytest.mark.parametrize("pattern", FINITE)
def test_the_size_is_the_number_of_different_names(pattern: str) -> None:
    node = parse(pattern, "python")
    texts = ["".join(letters) for length in range(7) for letters in itertools.product("abcxy", repeat=length)]
    assert size(node) == sum([matches(node, text) for text in texts])


def test_the_size_of_a_difference() -> None:
    everything = parse("[a-c]{0,2}", "python")
    assert size(intersection(everything, complement(words(["a", "bc", "zz"])))) == 13 - 2
    assert size(NOTHING) == 0


def test_a_language_too_large_to_be_used_up_counts_as_endless() -> None:
    assert size(ANYTHING) is None
    assert size(parse(".{1,60}", "python")) is None
    letters = characters(CharSet.of_ranges([(97, 98)]))
    assert size(repeat(letters, 20, 20)) == 1 << 20 < MANY_NAMES
    assert size(repeat(letters, 21, 21)) is None


def test_counting_has_its_limit() -> None:
    letter = characters(CharSet.of_ranges([(97, 97)]))
    with pytest.raises(LimitExceededError, match="count the names"):
        size(repeat(letter, 60_000, 60_001))


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (ANYTHING, True),
        (search("^x-", "ecma"), True),
        (parse("[a-z]+", "python"), True),
        (search("b$", "ecma"), True),
        (parse("a?", "python"), False),
        (union(parse("a", "python"), parse("b.*", "python")), False),
        (intersection(ANYTHING, complement(words(["a", "b"]))), True),
        (concat(parse("[0-9]+", "python"), parse("z", "python")), False),
    ],
)  # fmt: skip
def test_open_languages_go_on_endlessly_from_everywhere(node: Node, expected: bool) -> None:
    assert is_open(node) is expected

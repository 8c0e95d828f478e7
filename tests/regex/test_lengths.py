"""Patterns with a bound on the text's length, whose characters left are counted beside the pattern's own states."""

from __future__ import annotations

import random

import pytest

import structgen
from structgen.automaton.runtime import Runtime
from structgen.errors import LimitExceededError, RegexError, UnsatisfiableSchemaError
from structgen.regex import NOTHING, Node, complement, derivative, intersection, parse, search, union
from structgen.regex.automaton import quoted_text
from structgen.regex.lengths import within
from structgen.tokens.vocabulary import Vocabulary
from tests.regex.generators import PatternWriter
from tests.vocabularies import BYTES, mask

CHARACTERS = 'aabbcAB1_ -é中😀"'
RNG = random.Random(7)
TEXTS = ["".join(RNG.choices(CHARACTERS[:-1], k=RNG.randint(1, 12))) for _ in range(400)]
TEXTS += [letter * length for letter in "ab " for length in range(2, 24)]
TEXTS += [words * count for words in ("a ", "b a ", "aab ") for count in range(2, 14)]
TEXTS = list(dict.fromkeys([*TEXTS, *CHARACTERS[:-1]]))
TOKENS = list(dict.fromkeys([*BYTES, *[text.encode() for text in TEXTS], b'a"', b'b"', b'ab"']))
VOCABULARY = Vocabulary.from_bytes([*TOKENS, None], eos=len(TOKENS))


def _after(node: Node, text: str) -> Node:
    for character in text:
        node = derivative(node, character)
        if node is NOTHING:
            break
    return node


def _allowed(node: Node) -> set[bytes]:
    """The tokens of whole characters that lead on, and those that end the string."""
    found = {text.encode() for text in TEXTS if _after(node, text) is not NOTHING}
    return found | {token for token in (b'"', b'a"', b'b"', b'ab"') if _after(node, token[:-1].decode()).nullable}


def _check_walks(
    schema: dict[str, object], node: Node, chance: random.Random, walks: int = 3, steps: int = 400
) -> None:
    compiled = structgen.compile(schema=schema, vocabulary=VOCABULARY)
    judged = {text.encode() for text in TEXTS} | {b'"', b'a"', b'b"', b'ab"'}
    for _ in range(walks):
        matcher = compiled.matcher()
        assert matcher.accept_token(TOKENS.index(b'"'))
        state = node
        for _ in range(steps):
            allowed = {TOKENS[token] for token in mask(matcher, VOCABULARY) if token < len(TOKENS)}
            wanted = _allowed(state)
            assert allowed & judged == wanted, (schema, state)
            assert {token for token in TOKENS if matcher.fork().accept_token(TOKENS.index(token))} == allowed
            following = sorted(text for text in wanted if not text.endswith(b'"'))
            if not following:
                break
            text = chance.choice(following)
            assert matcher.accept_token(TOKENS.index(text))
            state = _after(state, text.decode())


PATTERNS = [
    r"^(?:[^ ]+ +){0,3}[^ ]+$",
    r"^$|^([ab]+ ){0,4}[^ ]+$",
    r"^(a|bb|c{3})*$",
    r"^a{2,5}(b|é中)*A{0,3}$",
    r"^(ab?){2,}[^a]{3,}$",
    r"^([a-c]{2} ?){1,9}$",
    r"^x?a*b{4}|[AB]+-中$",
    r"a",
    r"b.*é",
    r"^(aa|ab|bb)1$",
    r"^(aaa|b|ab)1*$",
    r"^[ab]+😀{2}",
]


@pytest.mark.slow  # for the kernel uncompiled
@pytest.mark.parametrize("most", [1, 2, 3, 5, 8, 13, 21, 40])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_masks_are_those_of_the_intersection(pattern: str, most: int) -> None:
    node = intersection(search(pattern, "ecma"), parse(f"(?s:.{{0,{most}}})"))
    schema = {"type": "string", "pattern": pattern, "maxLength": most}
    if node is NOTHING:
        with pytest.raises(UnsatisfiableSchemaError):
            structgen.compile(schema=schema, vocabulary=VOCABULARY)
        return
    _check_walks(schema, node, random.Random(f"{pattern} {most}"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_masks_of_random_patterns_are_those_of_the_intersection(seed: int) -> None:
    chance = random.Random(seed)
    pattern = PatternWriter(chance, ecma=True, context=False).pattern(2)
    most, least = chance.choice([1, 2, 4, 7, 11, 18, 30]), chance.choice([0, 0, 1, 3])
    try:
        node = intersection(search(pattern, "ecma"), parse(f"(?s:.{{{min(least, most)},{most}}})"))
        schema = {"type": "string", "pattern": pattern, "minLength": min(least, most), "maxLength": most}
        _check_walks(schema, node, chance)
    except (RegexError, LimitExceededError, UnsatisfiableSchemaError):
        return


@pytest.mark.slow
@pytest.mark.parametrize("most", [5, 9, 12, 17, 26, 33])
@pytest.mark.parametrize(
    "pattern",
    [
        r"^(?:[^ ]+ +){0,%d}[^ ]+$",
        r"^(?:[ab]+ ){0,%d}[ab]*$",
        r"^x(?:[ab]+ ){3,%d}[ab]*$|^(?:[^ ]+ ){0,%d}b$",
        r"^(?:(?:[ab]+ ){2,9}é?){0,%d}$",
        r"^(?:aa? ?b?){0,%d}c$",
    ],
)
def test_masks_of_loops_of_several_characters_are_those_of_each_count(pattern: str, most: int) -> None:
    pattern = pattern.replace("%d", str(most))
    _check_walks({"type": "string", "pattern": pattern}, search(pattern, "ecma"), random.Random(most), steps=25)


def test_a_length_needs_no_states_of_its_own() -> None:
    pattern = search(r"^(?:\S+\s+){0,9}\S+$", "ecma")
    runtime = Runtime(32)
    controls = []
    for most in (100, 200, 5000):
        start = runtime.start(quoted_text(runtime, (intersection(pattern, parse(f"(?s:.{{0,{most}}})")),)))
        assert runtime.machine.advance(start, b"some words in a string") >= 0
        controls.append(runtime.machine.base_of(start >> 32))
    assert len(set(controls)) == 1


@pytest.mark.parametrize(
    ("pattern", "bounds", "is_counted"),
    [
        ("(ab)*c", "0,9", True),
        ("(ab)*c", "1,9", True),
        ("(ab)*c", "2,9", False),  # a member of the right length is asked for, not only a short one
        ("(ab)*c", "3,", False),
        ("(foo|b)*c", "0,9", True),
        ("((?!ab)c|a)*", "0,9", False),
    ],
)
def test_lengths_are_counted_where_the_least_is_known(pattern: str, bounds: str, is_counted: bool) -> None:
    node = intersection(parse(pattern), parse(f"(?s:.{{{bounds}}})"))
    assert (within(node) is not None) == is_counted


def test_what_stands_for_a_control_counts_nothing_beside_it() -> None:
    # No token tells these texts from all that are not empty, and those are counted.
    any_of = [{"minLength": 1, "maxLength": 200}, {"minLength": 1, "not": {"pattern": "a"}}]
    node = union(parse("(?s:.{1,200})"), intersection(complement(search("a", "ecma")), parse("(?s:.{1,})")))
    _check_walks({"type": "string", "anyOf": any_of}, node, random.Random(0))

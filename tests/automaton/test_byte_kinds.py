"""Walks that take whole subtrees of characters of several bytes find what each token's own way says."""

from __future__ import annotations

import functools
import operator
import random

import pytest

import structgen
from structgen.automaton.byte_kinds import KINDS, LETTERS, MIXED_RANGES, NO_CHARACTER, PLAIN_RANGES, kinds_below
from structgen.automaton.walk_trie import WalkTrie
from structgen.tokens.trie import TokenTrie
from structgen.tokens.vocabulary import Vocabulary
from tests.vocabularies import BYTES, mask

RNG = random.Random(3)
LETTERS_OF_MANY = "éñдя中文字かな한국ไทย\u1680\u2003\u2028\u3000\ufeff\u00a0\uffff😀𝒳\U0010fffd"
PIECES = ["a", "B", "7", " ", "-", "\n", '"', *LETTERS_OF_MANY]
BROKEN = [b"\xc0\x80", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf5", b"\x80", b"\xbf\xbf", b"\xff"]


def _texts(count: int) -> list[bytes]:
    texts = []
    for _ in range(count):
        text = b"".join(RNG.choice(PIECES).encode() for _ in range(RNG.randint(1, 5)))
        if RNG.random() < 0.2:
            text = text[: RNG.randint(1, len(text))]
        if RNG.random() < 0.15:
            text = text[RNG.randrange(len(text)) :]
        if RNG.random() < 0.1:
            at = RNG.randrange(len(text) + 1)
            text = text[:at] + RNG.choice(BROKEN) + text[at:]
        texts.append(text)
    return texts


TEXTS = list(dict.fromkeys([*BYTES, *_texts(1500)]))
VOCABULARY = Vocabulary.from_bytes([*TEXTS, None], eos=len(TEXTS))
PATTERNS = [
    r"\S+",
    r"(\S+\s+){0,3}\S+",
    r"[^é中]*x?",
    r"[^\u1000-\u1fff]+",
    r"[ -~]+",
    r"[^a]*😀",
    r"(\S|\s)*한",
    r".*",
]


def test_every_character_of_several_bytes_is_in_one_kind() -> None:
    ranges = sorted([*PLAIN_RANGES, *MIXED_RANGES])
    assert ranges[0][0] == 0x80
    assert ranges[-1][1] == 0x10FFFF
    assert [high + 1 for _, high in ranges[:-1]] == [low if low != 0xE000 else 0xD800 for low, _ in ranges[1:]]
    for group in (PLAIN_RANGES, MIXED_RANGES):
        kinds = {int(KINDS[chr(code).encode()[0]]) for low, high in group for code in range(low, high + 1, 0x40)}
        assert len(kinds) == 1
        assert kinds <= {LETTERS & ~int(KINDS[0xC2]), int(KINDS[0xC2])}


def test_a_node_has_the_kinds_of_all_below_it() -> None:
    trie = TokenTrie.build(TEXTS)
    walked = WalkTrie(trie.arrays())
    arrays = trie.arrays()
    below = kinds_below(arrays["byte"], arrays["subtree_end"], walked.depths())
    for text in RNG.sample(TEXTS, 300):
        for cut in range(1, len(text)):
            if _ends_a_character(text[:cut]):
                rests = [_kinds(other[cut:]) for other in TEXTS if other.startswith(text[:cut])]
                assert int(below[walked.find(0, text[:cut])]) == functools.reduce(operator.or_, rests, 0), text[:cut]


def _ends_a_character(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _kinds(text: bytes) -> int:
    """The kinds of a text's characters; one that is cut off at the end counts as that character."""
    kinds = 0
    while text:
        for size in range(1, 5):
            try:
                text[:size].decode()
            except UnicodeDecodeError as error:
                if error.reason == "unexpected end of data" and size < len(text):
                    continue
                if error.reason == "unexpected end of data":
                    return kinds | int(KINDS[text[0]])
                kinds |= NO_CHARACTER | (int(KINDS[text[0]]) if size > 1 else 0)
                text = text[size:]
            else:
                kinds |= int(KINDS[text[0]])
                text = text[size:]
            break
    return kinds


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("ensure_ascii", [False, True])
def test_masks_are_what_each_tokens_own_way_says(pattern: str, ensure_ascii: bool) -> None:
    schema = {"type": "string", "pattern": f"^({pattern})$"}
    schemas = structgen.compile(schema=schema, vocabulary=VOCABULARY, ensure_ascii=ensure_ascii)
    texts = structgen.compile(regex=pattern, vocabulary=VOCABULARY)
    rng = random.Random(pattern)
    for compiled in (schemas, texts):
        for _ in range(2):
            matcher = compiled.matcher()
            for _ in range(12):
                allowed = mask(matcher, VOCABULARY)
                assert allowed == {token for token in range(VOCABULARY.size) if matcher.fork().accept_token(token)}
                if matcher.is_terminated():
                    break
                assert matcher.accept_token(rng.choice(sorted(allowed)))

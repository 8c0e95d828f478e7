"""Free text: with a budget of tokens, against a simulation token by token; and beside other terminals."""

from __future__ import annotations

import itertools
import random
import re
from dataclasses import dataclass, replace

import pytest

import structgen
from structgen.grammar import Part, choice, regex, sequence, until
from structgen.grammar import text as literal
from tests.vocabularies import BYTES, allowed, crossing, mask

WORDS = [b"xy", b"ab", b"yy", b"yx", b"xx", b"aab", b"xya", b"yyx"]
VOCABULARY = structgen.Vocabulary.from_bytes([*BYTES, *WORDS, None], eos=256 + len(WORDS))
TOKENS = {
    token: text
    for token in range(256 + len(WORDS))
    if set(text := VOCABULARY.token_bytes(token) or b"?") <= set(b"xyab")
}
BROAD = crossing()


@dataclass(frozen=True)
class FreeText:
    """One free text, as far as it is read."""

    trigger: bytes
    budget: int
    text: bytes = b""
    tokens: int = 0
    rest: bytes | None = None
    """What has to come, once the tokens are used up."""

    @property
    def has_ended(self) -> bool:
        return self.text.endswith(self.trigger)

    def read(self, token: bytes) -> FreeText | None:
        """What is left of it after a token, or None where the token can't come."""
        rest, text = self.rest, self.text
        for number in range(len(token)):
            if text.endswith(self.trigger):
                return None
            byte = token[number : number + 1]
            if rest is not None:
                if not rest.startswith(byte):
                    return None
                rest = rest[1:]
            text += byte
        if rest is None and self.tokens + 1 >= self.budget:
            begun = max(size for size in range(len(self.trigger) + 1) if text.endswith(self.trigger[:size]))
            rest = self.trigger[begun:]
        return replace(self, text=text, tokens=self.tokens + 1, rest=rest)


@pytest.mark.parametrize("seed", range(60))
def test_masks_are_those_of_a_simulation(seed: int) -> None:
    source = random.Random(seed)
    triggers = source.sample([b"x", b"yy", b"xyx", b"abab", b"ya"], source.randint(1, 3))
    texts = [FreeText(trigger, source.randint(1, 7)) for trigger in triggers]
    part = choice(*[until(one.trigger.decode(), max_tokens=one.budget) for one in texts])
    compiled = structgen.compile(grammar=part, vocabulary=VOCABULARY)
    for _ in range(4):
        alive, matcher = texts, compiled.matcher()
        while alive:
            following = {token: [after for one in alive if (after := one.read(text))] for token, text in TOKENS.items()}
            wanted = {token for token, after in following.items() if after}
            got = mask(matcher, VOCABULARY)
            assert {token for token in got if token in TOKENS} == wanted
            assert matcher.is_accepting() == any(one.has_ended for one in alive)
            if not wanted:
                break
            token = source.choice(sorted(wanted))
            assert matcher.accept_token(token)
            alive = following[token]


def test_a_long_budget_takes_no_more_room_than_a_short_one() -> None:
    count = 100_000
    compiled = structgen.compile(grammar=sequence("<", until("</s>", max_tokens=count), "!"), vocabulary=VOCABULARY)
    matcher = compiled.matcher()
    assert matcher.accept_token(ord("<"))
    free = mask(matcher, VOCABULARY)
    for number in range(count - 1):
        assert matcher.accept_token(b"ab<x"[number % 4])
    assert len(mask(matcher, VOCABULARY)) == len(free)
    fork = matcher.fork()
    for one in (matcher, fork):
        assert one.accept_token(ord("a"))
        assert bytes(one.forced_bytes()) == b"</s>!"
    matcher.rollback(3)
    assert len(mask(matcher, VOCABULARY)) == len(free)


def test_each_free_text_has_a_budget_of_its_own() -> None:
    compiled = structgen.compile(
        grammar=sequence(until("x", max_tokens=2), until("y", max_tokens=3)), vocabulary=VOCABULARY
    )
    matcher = compiled.matcher()
    for token in b"a":
        assert matcher.accept_token(token)
    # The token that ends the first begins the second, and counts in both.
    assert matcher.accept_token(256 + WORDS.index(b"xx"))
    for token in b"ab":
        assert len(mask(matcher, VOCABULARY)) > 50
        assert matcher.accept_token(token)
    assert bytes(matcher.forced_bytes()) == b"y"


def drawn_part(source: random.Random, depth: int) -> tuple[Part, str]:
    """A part in which free text may stand in some places and not in others, and a pattern of the same texts."""
    kind = source.randrange(5 if depth else 3)
    if kind == 0:
        word = "".join(source.choices("ab<>", k=source.randint(1, 2)))
        return literal(word), re.escape(word)
    if kind == 1:
        trigger = "".join(source.choices("ab<>", k=source.randint(1, 2)))
        return until(trigger), rf"(?:(?!{re.escape(trigger)})[\s\S])*{re.escape(trigger)}"
    if kind == 2:
        pattern = source.choice([r"[^<>]+", r"[^a]", r"[\s\S]{2}", r"[ab]"])
        return regex(pattern), f"(?:{pattern})"
    parts, patterns = zip(*[drawn_part(source, depth - 1) for _ in range(2)], strict=True)
    if kind == 3:
        return sequence(*parts), "".join(patterns)
    return choice(*parts), f"(?:{'|'.join(patterns)})"


@pytest.mark.parametrize("seed", range(40))
def test_free_text_that_may_not_stand_somewhere_changes_no_language(seed: int) -> None:
    source = random.Random(seed)
    part, pattern = drawn_part(source, 3)
    compiled = structgen.compile(grammar=part, vocabulary=BROAD)
    texts = ["".join(one) for size in range(6) for one in itertools.product("ab<>", repeat=size)]
    members = {one for one in texts if re.fullmatch(pattern, one)}
    assert {one for one in texts if compiled.trace(one.encode()).accepted} == members
    for one in source.sample(texts, 60):
        if compiled.trace(one.encode()).position == len(one):
            matcher = compiled.matcher()
            assert all(matcher.accept_token(byte) for byte in one.encode())
            assert mask(matcher, BROAD) == allowed(compiled, one.encode(), BROAD)

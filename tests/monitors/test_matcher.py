"""Matchers under monitors: each hole of MGD's public code, small and real vocabularies, an oracle by bytes."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any, Final

import pytest

import structgen
from structgen.errors import ArgumentError
from structgen.monitors import Answer, Monitor, MonitoredMatcher, Names, attach
from structgen.monitors.answers import BEFORE_NO_EQUALS, IDENTIFIER, NOT_IDENTIFIER, Others
from structgen.monitors.monitor import Unanswered
from structgen.tokens.vocabulary import Vocabulary
from tests.vocabularies import BYTES, mask

SMALL = Vocabulary.from_bytes(
    [*BYTES, b".app", b".append", b".appendix", b".append(", b".pop()", b"x.", b"x.a", b".pop().append(x.", b"ap",
     b"pop.", b"pend", b" .pop", b"..", b".pop.zip", b".append(y.no", b".append(y.pop", None],
    eos=len(BYTES) + 16,
)  # fmt: skip
MEMBERS = ["append", "pop", "appendleft"]


def feed(matcher: MonitoredMatcher, vocabulary: Vocabulary, text: str) -> MonitoredMatcher:
    for token in vocabulary.encode(text.encode()):
        assert matcher.accept_token(token), (text, vocabulary.token_bytes(token))
    return matcher


def can_stand(text: bytes, names: Iterable[bytes]) -> bool:
    """By definition: what follows each dot is a name and its boundary, or at the text's end the beginning of a name.

    A dot where a name should stand is no site: it is not allowed.
    """
    parts = text.split(b".")[1:]
    for number, part in enumerate(parts, 1):
        end = next((place for place, byte in enumerate(part) if byte not in IDENTIFIER), len(part))
        if number == len(parts) and end == len(part):
            if not any(name.startswith(part) for name in names):
                return False
        elif part[:end] not in names:
            return False
    return True


@pytest.mark.parametrize("text", ["", "x", "x.", "x.a", "x.append", "x.pop", "x.pop()", "x.append(y.", "x.pop.po"])
def test_masks_are_what_the_bytes_say(text: str) -> None:
    matcher = feed(attach(None, SMALL, Names(MEMBERS, after=".")).matcher(), SMALL, text)
    names = [name.encode() for name in MEMBERS]
    expected = {t for t in range(SMALL.size - 1) if can_stand(text.encode() + (SMALL.token_bytes(t) or b""), names)}
    if matcher.is_accepting():
        expected.add(SMALL.size - 1)
    assert mask(matcher, SMALL) == expected  # type: ignore[arg-type]


def test_random_walks_keep_to_the_names_and_roll_back_to_equal_masks() -> None:
    rng = random.Random(1)
    names = [name.encode() for name in MEMBERS]
    for _ in range(30):
        matcher = attach(None, SMALL, Names(MEMBERS, after=".")).matcher()
        text, masks = b"", []
        for _ in range(12):
            allowed = sorted(mask(matcher, SMALL) - {SMALL.size - 1})  # type: ignore[arg-type]
            masks.append(allowed)
            token = rng.choice([t for t in allowed if t >= len(BYTES)] or allowed)
            assert matcher.accept_token(token)
            text += SMALL.token_bytes(token) or b""
            assert can_stand(text, names), text
        twin = matcher.fork()
        while masks:
            matcher.rollback(1)
            assert sorted(mask(matcher, SMALL) - {SMALL.size - 1}) == masks.pop()  # type: ignore[arg-type]
        assert twin.tokens_accepted == 12


def test_a_text_may_end_where_a_name_is_complete_and_nowhere_else_in_it() -> None:
    matcher = attach(None, SMALL, Names(MEMBERS, after=".")).matcher()
    for text, may_end in (("x.", False), ("ap", False), ("pend", True), ("l", False), ("eft", True)):
        assert feed(matcher, SMALL, text).is_accepting() is may_end, text


def test_an_empty_intersection_drops_the_monitor_not_the_grammar() -> None:
    compiled = structgen.compile(regex=r"x\.zip", vocabulary=SMALL)
    names = Names(MEMBERS, after=".")
    matcher = feed(attach(compiled, SMALL, names).matcher(), SMALL, "x.zip")
    assert matcher.is_accepting()
    assert names.statistics.dropped == 1


def test_the_grammar_and_the_monitor_both_hold() -> None:
    compiled = structgen.compile(regex=r"x\.[ap][a-z]*\(\)", vocabulary=SMALL)
    matcher = feed(attach(compiled, SMALL, Names(MEMBERS, after=".")).matcher(), SMALL, "x.p")
    assert matcher.forced_bytes() == b"op"
    feed(matcher, SMALL, "op")
    assert mask(matcher, SMALL) == set(SMALL.encode(b"("))  # type: ignore[arg-type]
    assert not matcher.accept_token(SMALL.encode(b"z")[0])
    assert matcher.accept_token(SMALL.encode(b"(")[0])


def test_several_monitors_join() -> None:
    both = [Names(["append", "pop"], after="."), Names(["pop", "zip"], after=".")]
    matcher = feed(attach(None, SMALL, both).matcher(), SMALL, "x.")
    assert matcher.forced_bytes() in (b"", b"pop")
    assert {SMALL.token_bytes(t) for t in mask(matcher, SMALL)} == {b"p", b"pop."}  # type: ignore[arg-type]


def test_what_the_callers_function_raises_costs_that_sites_constraint_alone() -> None:
    def names(text: str) -> list[str] | None:
        if "bad" in text:
            raise RuntimeError(text)
        return None if "any" in text else ["pop"]

    monitor = Names(names, after=".")
    matcher = attach(None, SMALL, monitor).matcher()
    for byte in b"bad.zip ":
        assert matcher.accept_token(byte)
    twin = attach(None, SMALL, monitor).matcher()
    for byte in b"any.zap ":
        assert twin.accept_token(byte)
    matcher = attach(None, SMALL, monitor).matcher()
    assert monitor.statistics.failures >= 1
    assert monitor.statistics.unknown >= 1
    assert len(mask(feed(matcher, SMALL, "x."), SMALL)) == 2  # type: ignore[arg-type]


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ArgumentError, match="takes a Monitor"):
        attach(None, SMALL, ["names"])  # type: ignore[list-item]
    compiled = structgen.compile(regex="a", vocabulary=Vocabulary.from_bytes([*BYTES, None], eos=len(BYTES)))
    with pytest.raises(ArgumentError, match="another vocabulary"):
        attach(compiled, SMALL, Names([], after="."))
    with pytest.raises(ArgumentError, match="ahead"):
        attach(None, SMALL, Names([], after="."), asking="never")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="roll back"):
        attach(None, SMALL, Names([], after=".")).matcher().rollback(1)


def test_equal_texts_have_equal_masks_whatever_was_asked_before() -> None:
    monitor = Names(lambda text: MEMBERS, after=".")
    monitor.max_questions = 1
    first, again = (mask(attach(None, SMALL, monitor).matcher(), SMALL) for _ in range(2))  # type: ignore[arg-type]
    assert first == again
    assert monitor.statistics.withheld > 0


class Sparing(Monitor):
    """Members after a dot, keywords after a parenthesis, and one question a mask."""

    triggers = b".("
    max_questions = 1

    def is_site(self, text: bytes) -> bool:
        return True

    def least(self, text: bytes) -> Others | None:
        return BEFORE_NO_EQUALS if text.endswith(b"(") else None

    def ask(self, text: bytes) -> Answer:
        if text.endswith(b"."):
            return Answer(MEMBERS)
        named = dict.fromkeys(MEMBERS, b"=")
        return Answer((), ends=named, exits=NOT_IDENTIFIER, others=BEFORE_NO_EQUALS, may_be_absent=True)


@pytest.mark.parametrize(
    ("more", "allowed"),
    [
        # the dot is asked about; what any answer at the parenthesis allows is left, and what it may forbid withheld
        ([b".zip", b".zap", b".zest", b".zone"], {b".pop", b"(x", b"(x)"}),
        ([b"(y", b"(yes", b"(z=1"], {b"(x", b"(x)", b"(pop=1", b"(y", b"(yes"}),
    ],
)
def test_the_question_is_for_the_trigger_that_most_tokens_go_on_after(more: list[bytes], allowed: set[bytes]) -> None:
    tokens = [b".pop", b".zoo", b"(x", b"(x)", b"(x=1", b"(pop=1", b"(x.zoo", *more]
    vocabulary = Vocabulary.from_bytes([*BYTES, *tokens, None], eos=len(BYTES) + len(tokens))
    monitor = Sparing()
    matcher = feed(attach(None, vocabulary, monitor).matcher(), vocabulary, "f")
    found = {token for token in mask(matcher, vocabulary) if len(BYTES) <= token < vocabulary.size - 1}  # type: ignore[arg-type]
    assert {tokens[token - len(BYTES)] for token in found} == allowed
    assert monitor.statistics.withheld > 0


class Calls(Sparing):
    """As `Sparing`, with many questions, of which some have no answer, and parentheses that may close too early."""

    max_questions = 1000
    closers = b")"

    def least(self, text: bytes) -> Others | None:
        return None

    def ask(self, text: bytes) -> Answer:
        if text.endswith((b"z.", b"x(")):
            raise Unanswered("unknown")
        return super().ask(text)

    def may_bar(self, text: bytes) -> bool:
        return b"(" in text

    def bars(self, text: bytes) -> bool:
        return text.endswith(b"p()")


SEVERAL: Final = [
    [Names(MEMBERS, after=".")],
    [Names(lambda text: ["zip", "pop"] if text.endswith("x.") else None, after=".")],
    [Calls()],
    [Names(["append", "pop"], after="."), Names(["pop", "zip", "zap"], after="p."), Calls()],
]


@pytest.mark.parametrize("monitors", SEVERAL)
@pytest.mark.parametrize("grammar", [None, r"([a-z]+(\.[a-z]*|\(([a-z]+=?1?)?\))?){1,9} ?", r"(x\.zip|z\.zap)\(\)"])
def test_what_is_asked_late_is_what_exact_masks_say(monitors: list[Monitor], grammar: str | None) -> None:
    calls = b".zip .zap (x (x) (x=1 (pop=1 () p() .pop() f(x. (x.pop) x.po".split()
    vocabulary = Vocabulary.from_bytes([*BYTES, *calls, None], eos=len(BYTES) + len(calls))
    compiled = None if grammar is None else structgen.compile(regex=grammar, vocabulary=vocabulary)
    rng = random.Random(2)
    for _ in range(30):
        ahead = attach(compiled, vocabulary, monitors).matcher()
        late = attach(compiled, vocabulary, monitors, asking="late").matcher()
        for _ in range(8):
            exact, begun = mask(ahead, vocabulary), mask(late, vocabulary)  # type: ignore[arg-type]
            assert exact <= begun or len(monitors) > 1 or grammar is not None  # a site was dropped in the end
            one = sole(begun)
            assert one is None or one in exact
            order = rng.sample(sorted(begun), len(begun))
            assert {token for token in order if late.allows(token)} == exact
            assert mask(late, vocabulary) == exact  # type: ignore[arg-type]
            token = rng.choice([token for token in exact if token >= len(BYTES)] or sorted(exact))
            assert ahead.accept_token(token) and late.accept_token(token)
            assert ahead.is_terminated() == late.is_terminated()
            if late.is_terminated():
                break
            assert ahead.is_accepting() == late.is_accepting()
            twin = late.fork()
            twin.rollback(1)
            assert twin.accept_token(token)


def sole(tokens: set[int]) -> int | None:
    return next(iter(tokens)) if len(tokens) == 1 else None


def test_what_is_chosen_late_asks_only_about_itself() -> None:
    monitor = Names(lambda text: MEMBERS, after=".")
    monitor.max_questions = 1
    matcher = attach(None, SMALL, monitor, asking="late").matcher()
    by_text = {SMALL.token_bytes(token): token for token in range(SMALL.size - 1)}
    assert by_text[b".pop.zip"] in mask(matcher, SMALL)  # type: ignore[arg-type]
    assert monitor.statistics.asked == 0
    for token in (b"ap", b"x."):
        assert matcher.accept_token(by_text[token])
    assert monitor.statistics.asked == 0
    assert not matcher.allows(by_text[b"pend"])
    assert monitor.statistics.asked == 1
    matcher = attach(None, SMALL, monitor, asking="late").matcher()
    assert not matcher.allows(by_text[b".append(y.no"])
    assert matcher.allows(by_text[b".append(y.pop"])
    assert (monitor.statistics.asked, monitor.statistics.withheld) == (3, 0)
    assert {by_text[b".append(y.pop"], by_text[b".app"]} <= mask(matcher, SMALL)  # type: ignore[arg-type]
    assert by_text[b".append(y.no"] not in mask(matcher, SMALL)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("names", "after", "message"),
    [
        (None, ".", "names="), (5, ".", "names="), ("abc", ".", "names="), ([5], ".", "names="),
        ([b"a"], ".", "names="),
        (["a"], 5, "after="), (["a"], None, "after="), (["a"], "", "after="), ([""], ".", "empty"),
    ],
)  # fmt: skip
def test_names_are_a_collection_of_texts(names: Any, after: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        Names(names, after=after)


def test_names_may_come_one_by_one_and_a_function_that_gives_a_text_fails() -> None:
    assert Names(iter(["b", "a"]), after=".").ask(b".").names == (b"a", b"b")
    monitor = Names(lambda text: "abc", after=".")
    assert monitor.answer(b".") is None and monitor.statistics.failures == 1


@pytest.mark.parametrize(
    "arguments",
    [(5, SMALL, Names(["a"], after=".")), (None, 5, Names(["a"], after=".")), (None, SMALL, 5), (None, SMALL, [5])],
)
def test_what_is_no_grammar_vocabulary_or_monitor_is_refused(arguments: Any) -> None:
    with pytest.raises(ArgumentError, match="got int"):
        attach(*arguments)

"""The automaton over bytes against lark's Earley parser, which shares nothing with it, and against the definitions."""

from __future__ import annotations

import heapq
import itertools
import os
import random
from typing import Any, Final

import lark
import pytest
from lark import load_grammar

from structgen import GrammarError, LimitExceededError
from structgen.automaton.runtime import Runtime
from structgen.grammar.automaton import machine_of
from structgen.grammar.machine import GrammarMachine
from structgen.grammar.reading import read_grammar
from tests.grammar.random_grammars import random_grammar

GRAMMARS: Final = int(os.environ.get("STRUCTGEN_FUZZ_GRAMMARS", "24"))
FIRST_GRAMMAR: Final = int(os.environ.get("STRUCTGEN_FUZZ_FIRST", "0"))
"""Grammars are drawn by number from this one on, each with about 60 texts."""

MAX_SYMBOLS: Final = 3000
"""Of a grammar as lark writes it out: one of 40 has more, up to a million, which lark takes hours over."""

TEXTS: Final = ["".join(letters) for size in range(6) for letters in itertools.product("ab", repeat=size)]
SPACED: Final = ["".join(letters) for size in range(5) for letters in itertools.product("ab ", repeat=size)]


def machine(grammar: str, **options: str) -> GrammarMachine:
    return machine_of(read_grammar(grammar, **options), Runtime(16))  # type: ignore[arg-type]


def accepts(one: GrammarMachine, text: str) -> bool:
    state = one.advance(one.start, text.encode())
    return state >= 0 and bool(one.is_accepting(state))


def completion(one: GrammarMachine, state: int) -> bytes | None:
    """A text that completes a state, None where there is none; an error where many searches go too far.

    Short texts first that leave low stacks. Where stacks grow in all directions a search may lose its way, so each has
    other weights.
    """
    chance = random.Random(0)
    for weights in [(2, 1, 0), (1, 0, 0), *itertools.product((1, 2, 3), (0.2, 1), (2, 6)), *[(2, 0.2, 4)] * 30]:
        found = _search(one, state, weights, chance)
        if found != TOO_FAR:
            return found
    raise AssertionError(TOO_FAR)


TOO_FAR: Final = b"too far"


def _search(
    one: GrammarMachine, state: int, weights: tuple[float, float, float], chance: random.Random, most: int = 2000
) -> bytes | None:
    heights = {0: 0}
    pending = [(0.0, 0, state, b"")]
    seen = {state}
    per_height, per_byte, noise = weights
    while pending:
        _, _, here, text = heapq.heappop(pending)
        if one.is_accepting(here):
            return text
        for byte in one.live_bytes(here):
            following = one.advance(here, bytes((byte,)))
            if following not in seen:
                seen.add(following)
                height = min(_height(one, thread[1], heights) for thread in one.threads(following))
                cost = per_height * height + per_byte * len(text) + noise * chance.random()
                heapq.heappush(pending, (cost, len(text), following, text + bytes((byte,))))
        if len(seen) > most:
            return TOO_FAR
    return None


def _height(one: GrammarMachine, stacks: int, heights: dict[int, int]) -> int:
    """Of the lowest of a set of stacks."""
    if stacks not in heights:
        first, count = int(one.parser.first[stacks]), int(one.parser.count[stacks])
        below = list(one.parser.pool_below[first : first + count])
        heights[stacks] = 1 + min(_height(one, other, heights) for other in below)
    return heights[stacks]


@pytest.mark.parametrize("seed", range(FIRST_GRAMMAR, FIRST_GRAMMAR + GRAMMARS))
def test_texts_are_those_that_lark_finds_and_prefixes_those_of_texts(seed: int) -> None:
    chance = random.Random(seed)
    ignored = seed % 3 == 0
    for _ in range(100):
        text = random_grammar(chance, ignored=ignored)
        try:
            one = machine(text)
            if _size_to_lark(text) > MAX_SYMBOLS:
                continue
            oracle = lark.Lark(text, parser="earley", lexer="dynamic_complete")
        except (GrammarError, lark.exceptions.LarkError):
            continue  # a rule without text, or a rule that lark finds twice
        break
    else:
        pytest.fail("no grammar in 100 that both read")
    texts = SPACED if ignored else TEXTS
    found = {candidate for candidate in texts if accepts(one, candidate)}
    assert found == {candidate for candidate in texts if _lark_accepts(oracle, candidate)}, text
    for prefix in texts:
        state = one.advance(one.start, prefix.encode())
        if state < 0:
            assert not any(candidate.startswith(prefix) for candidate in found), (text, prefix)
        elif len(prefix) < 4:
            assert completion(one, state) is not None, (text, prefix)


def _size_to_lark(text: str) -> int:
    """How many symbols the rules have once lark has written out what is optional or repeated."""
    load: Any = load_grammar.load_grammar
    grammar, _ = load(text, "<random>", [], False)
    return sum([len(rule.expansion) for rule in grammar.compile(["start"], ())[1]])


def _lark_accepts(oracle: lark.Lark, text: str) -> bool:
    try:
        oracle.parse(text)
    except lark.exceptions.UnexpectedInput:
        return False
    return True


@pytest.mark.parametrize(
    ("grammar", "accepted", "rejected"),
    [
        ('start: start start | "x"', ["x", "xxxx"], ["", "xy"]),
        ('start: start | start start | "x"', ["x", "xxx"], [""]),
        ('start: "x" start | "x"', ["x", "xxxxx"], [""]),
        # hidden left recursion, a rule that is itself, rules that are each other
        ('start: b start "a" | "s"\nb: "b" | c\nc: b |', ["s", "bsa", "saaa", "bbsaa"], ["bbsa", "a", "bs"]),
        ('start: a "x"\na: b | "a"\nb: a | "b"', ["ax", "bx"], ["x", "abx"]),
        ('start: "a" ~ 3..5 "b" ~ 2', ["aaabb", "aaaaabb"], ["aabb", "aaaaaabb", "aaab"]),
        ('start: ["a"] ["b"] ["c"] ["d"] ["e"]', ["", "ace", "abcde"], ["ba"]),
        ('start: WORD+\nWORD: /[a-z]+/\n%ignore " "', ["ab cd", " ab ", "abcd"], ["", " "]),
        # any split into terminals that parses
        ('start: "a" "bc" | "ab" "d"', ["abc", "abd"], ["abcd"]),
    ],
)
def test_texts(grammar: str, accepted: list[str], rejected: list[str]) -> None:
    one = machine(grammar)
    assert [text for text in accepted if not accepts(one, text)] == []
    assert [text for text in rejected if accepts(one, text)] == []


def test_stacks_of_long_texts_are_shared() -> None:
    one = machine('start: "x" start | "x"\n')
    assert accepts(one, "x" * 4000)
    assert one.parser.sets < 5 * 4000
    ambiguous = machine('start: start | start start | "x"\n')
    assert accepts(ambiguous, "x" * 500)
    assert ambiguous.parser.sets < 10 * 500


def test_equal_places_are_equal_states() -> None:
    one = machine('start: "(" list ")"\nlist: item | list "," item\nitem: "a" | start\n%ignore " "\n')
    assert one.advance(one.start, b"(a,a") == one.advance(one.start, b"(a, a,a")
    assert one.advance(one.start, b"((a)") != one.advance(one.start, b"(a")


def test_nesting_is_no_recursion() -> None:
    one = machine('start: "(" start ")" | "a"\n')
    assert accepts(one, "(" * 30_000 + "a" + ")" * 30_000)


def test_reductions_too_deep_are_an_error_and_no_crash() -> None:
    one = machine('start: x\nx: "a" x "b" | "a" x | "a"\n')
    ambiguous = one.advance(one.start, b"a" * 3000)
    with pytest.raises(LimitExceededError):
        one.advance(one.start, b"a" * 20_000 + b"b" * 20_000)
    assert one.advance(one.start, b"a" * 3000) == ambiguous


LONGEST = """
start: (NAME | "if" | "in" | NUMBER | OPERATOR | TEXT)*
NAME: /[a-z]+/
NUMBER: /[0-9]+(\\.[0-9]+)?/
OPERATOR: "." | "..." | "<" | "<=" | "<<="
TEXT: /"[^"]*"/
%ignore / +/
"""


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("ifx", True),
        ("if x", True),
        ("if", True),
        ("1.5", True),
        ("1.", True),
        ("..", True),
        ("....", True),
        ("<<", True),
    ],
)
def test_the_longest_text_of_any_terminal_is_taken(text: str, accepted: bool) -> None:
    assert accepts(machine(LONGEST, lexer="longest"), text) is accepted


def test_a_longer_terminal_takes_its_text_from_shorter_ones() -> None:
    one = machine('start: "a" "b" | "ab" "c"\n%ignore " "\n', lexer="longest")
    assert not accepts(one, "ab")
    assert accepts(one, "a b")
    assert accepts(one, "abc")
    keywords = machine('start: NAME "if" NAME\nNAME: /[a-z]+/\n%ignore " "\n', lexer="longest")
    assert accepts(keywords, "a if b")
    assert not accepts(keywords, "if if if")
    assert not accepts(keywords, "aif b")


@pytest.mark.parametrize("seed", range(40))
def test_with_the_longest_lexer_every_prefix_can_be_completed(seed: int) -> None:
    """Dots, arrows and words that begin each other, in random orders."""
    chance = random.Random(seed)
    words = chance.sample(['"."', '".."', '"..."', '"-"', '"->"', '"--"', '">"', '"a"', '"ab"', "/b+/", "/[0-9]+/"], 5)
    sequences = [" ".join(chance.choices(words, k=chance.randint(1, 4))) for _ in range(3)]
    grammar = f"start: ({' | '.join(sequences)})+\n%ignore / /\n"
    one = machine(grammar, lexer="longest")
    for _ in range(60):
        state, text = one.start, b""
        for _ in range(6):
            live = one.live_bytes(state)
            if not live:
                break
            text += bytes((chance.choice(live),))
            state = one.advance(one.start, text)
            assert completion(one, state) is not None, (grammar, text)


def test_a_terminal_that_nothing_can_follow_is_refused() -> None:
    with pytest.raises(GrammarError, match="nothing can follow"):
        machine('start: "a" TEXT "b"\nTEXT: /[a-z]+/\n', lexer="longest")


PYTHONIC = """
start: NEWLINE? statement*
statement: NAME NEWLINE | NAME ":" NEWLINE INDENT statement+ DEDENT | "(" NAME* ")" NEWLINE
NAME: /[a-z]+/
NEWLINE: /(\\r?\\n[ \\t]*)+/
%declare INDENT DEDENT
%indentation NEWLINE INDENT DEDENT LPAR RPAR
%ignore / +/
"""


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("a\n", True),
        ("a:\n b\n", True),
        ("a:\n  b:\n   c\nd\n", True),
        ("a:\n  b\n c\n", False),
        ("a:\nb\n", False),
        (" a\n", False),
        ("a:\n\tb\n        c\n", True),
        ("a:\n\n\n  b\n\n  c\n", True),
        ("(a\n   b\n)\n", True),
        ("a:\n (b\nc)\n d\n", True),
        ("a:\n b", False),
    ],
)
def test_blocks_are_told_by_indentation(text: str, accepted: bool) -> None:
    assert accepts(machine(PYTHONIC), text) is accepted


def test_a_line_never_begins_where_no_block_does() -> None:
    one = machine(PYTHONIC.replace("(\\r?\\n[ \\t]*)+", "\\n *"))
    state = one.advance(one.start, b"a:\n    b\n  ")
    assert state >= 0
    assert one.advance(state, b" ") >= 0
    assert one.advance(state, b"c") < 0
    assert completion(one, state) is not None
    assert one.advance(one.start, b"a\n ") < 0, "no block may begin here, and no line can start over"

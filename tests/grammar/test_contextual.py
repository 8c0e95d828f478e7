"""Contextual terminals: the automaton against the definition of what they mean, by all ways to cut a short text."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from functools import cache
from typing import Final

import pytest

import structgen
from structgen import GrammarError
from structgen.grammar.checks import leaves
from structgen.grammar.expressions import (
    Choice,
    Declared,
    Document,
    Expression,
    Grammar,
    Reference,
    Repeat,
    Sequence,
    Terminal,
)
from structgen.grammar.reading import read_grammar
from structgen.regex import Node, derivative, is_empty, matches, words
from tests.grammar import recogniser
from tests.grammar.test_machine import accepts, completion, machine
from tests.tokens.test_grammar_masks import spelled, walk

GRAMMARS: Final = int(os.environ.get("STRUCTGEN_CONTEXTUAL_GRAMMARS", "40"))

TEMPLATES: Final = r"""
start: value
value: NAME | "1" | "{" (pair ("," pair)*)? "}" | "(" value ")" | value "+" value | template
pair: NAME ":" value
template: PLAIN | HEAD value (MIDDLE value)* TAIL
PLAIN: /`([^`{}]|\{\{|\}\})*`/
HEAD: /`([^`{}]|\{\{|\}\})*\{/
MIDDLE: /(:[a-z]*)?\}([^`{}]|\{\{|\}\})*\{/
TAIL: /(:[a-z]*)?\}([^`{}]|\{\{|\}\})*`/
NAME: /[a-z]+/
%lexer longest
%contextual HEAD MIDDLE TAIL
%ignore / +/
"""


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("`a`", True),
        ("`a{b}c`", True),
        ("`{b}`", True),
        ("`a{b}c{1}`", True),
        ("`a{{b}}`", True),
        ("`a{{b}`", False),
        ("`a{{b} }`", False),
        ("`a{ {b:1} }`", True),
        ("`a{ {b:1}}`", True),
        ("{a:`x{1}`, b:`{`{1}`}`}", True),
        ("{a:`x{{a:1}}`, b:{}}", True),
        ("`{`{`{a}`}`}`", True),
        ("{a:1} + `x`", True),
        ("`{a}}}`", True),
        ("`{a}}`", False),
        ("`{(a}`", False),
        ("`{a:b}`", True),
        ("`{{a:b}:b}`", False),
        ("`{ {a:b}:b}{a:}`", True),
        ("{a:b}`", False),
        ("{a:1}`x{", False),
        ("  `x{ a }` ", True),
    ],
)
def test_templates(text: str, accepted: bool) -> None:
    assert accepts(machine(TEMPLATES), text) is accepted


CUTTING: Final = ('"a"', '"b"', '"ab"', '"}"', '"{"', '"`"', "/[ab]+/", "/`[ab]*`/", "/b+/", '"}}"', '"{}"', '":"')
BESIDE: Final = (r"/\}[ab]*\{/", r"/\}[ab]*`/", r"/`[ab]*\{/", "/:a*/", "/ba?/", r"/\}/", r"/(\{\})*\{/", "/a(bb)?/")


def random_contextual(chance: random.Random) -> str:
    """A grammar in Lark's notation, which may be refused."""
    terminals = {f"T{number}": pattern for number, pattern in enumerate(chance.sample(CUTTING, 5))}
    contextual = {f"C{number}": pattern for number, pattern in enumerate(chance.sample(BESIDE, chance.randint(1, 3)))}
    unneeded = int(len(contextual) > 1 and chance.random() < 0.5)
    names = [*terminals, *(2 * list(contextual)[unneeded:]), "r", "s"]

    def alternatives() -> str:
        return " | ".join(" ".join(chance.choices(names, k=chance.randint(1, 3))) for _ in range(chance.randint(1, 3)))

    rules = [f"{rule}: {alternatives()} | {chance.choice(list(terminals))}" for rule in ("start", "r", "s")]
    rules += [f"{name}: {pattern}" for name, pattern in (terminals | contextual).items()]
    rules += ["%lexer longest", f"%contextual {' '.join(contextual)}"]
    if chance.random() < 0.7:
        rules.append("%ignore / +/")
    return "\n".join(rules) + "\n"


class Definition:
    """Each word is the longest text of any terminal that isn't contextual, or one of a contextual terminal that goes on
    until neither its pattern can nor one that no rule needs. A text is the grammar's where some words do parse.
    """

    def __init__(self, grammar: Grammar) -> None:
        found = {leaf for rule in grammar.rules.values() for leaf in leaves(rule) if isinstance(leaf, Terminal)}
        terminals = [one for one in (*grammar.terminals, *grammar.ignored) if isinstance(one, Terminal)]
        every = list(dict.fromkeys([*terminals, *sorted(found, key=lambda one: one.name)]))
        self.contextual = [one for one in every if one.name in grammar.contextual]
        ranked = [one for one in every if one.name not in grammar.contextual]
        self.ranked = sorted(ranked, key=lambda one: (-one.priority, not one.is_literal))
        reached = [grammar.start]
        for name in reached:
            others = [leaf.name for leaf in leaves(grammar.rules[name]) if isinstance(leaf, Reference)]
            reached += [other for other in dict.fromkeys(others) if other not in reached]
        needed = {leaf.name for name in reached for leaf in leaves(grammar.rules[name])}
        self.unneeded = [one for one in self.contextual if one.name not in needed]
        self.ignored = {one.name for one in grammar.ignored}
        self.letters = {one.name: chr(0x4E00 + number) for number, one in enumerate(every)}
        rules = {name: self._lettered(rule) for name, rule in grammar.rules.items()}
        self.grammar = replace(grammar, rules=rules, ignored=(), lexer="any", terminals=(), contextual=frozenset())

    def _lettered(self, expression: Expression) -> Expression:
        if isinstance(expression, Terminal):
            return Terminal(expression.name, words((self.letters[expression.name],)))
        if isinstance(expression, (Sequence, Choice)):
            return type(expression)(tuple(self._lettered(part) for part in expression.parts))
        if isinstance(expression, Repeat):
            return replace(expression, part=self._lettered(expression.part))
        assert isinstance(expression, (Reference, Document, Declared))
        return expression

    def accepts(self, text: str) -> bool:
        return any(recogniser.accepts(self.grammar, spelled_words) for spelled_words in self.cuts(text))

    def cuts(self, text: str) -> set[str]:
        """All ways to cut a text into words, each a letter; ignored ones left out."""
        if not text:
            return {""}
        found: set[str] = set()
        for name, size in self.words(text):
            before = "" if name in self.ignored else self.letters[name]
            found |= {before + after for after in self.cuts(text[size:])}
        return found

    def words(self, text: str) -> list[tuple[str, int]]:
        words_here = []
        for size in range(len(text), 0, -1):
            fitting = [one.name for one in self.ranked if matches(one.node, text[:size])]
            if fitting:
                words_here.append((fitting[0], size))
                break
        for one in self.contextual:
            for size in range(1, len(text) + 1):
                longer = text[: size + 1]
                goes_on = size < len(text) and any(is_alive(other.node, longer) for other in (one, *self.unneeded))
                if matches(one.node, text[:size]) and not goes_on:
                    words_here.append((one.name, size))
        return words_here


@cache
def is_alive(node: Node, text: str) -> bool:
    """Whether some text of the language begins so."""
    for character in text:
        node = derivative(node, character)
    return not is_empty(node)


@pytest.mark.parametrize("seed", range(GRAMMARS))
def test_texts_and_beginnings_are_those_of_the_definition(seed: int) -> None:
    chance = random.Random(seed)
    source = random_contextual(chance)
    try:
        one = machine(source)
    except GrammarError as error:
        assert "goes on with all" in error.what or "nothing can follow" in error.what or "no text" in error.what
        return
    definition = Definition(read_grammar(source))
    for _ in range(60):
        text = "".join(chance.choices("ab{}`: ", weights=(3, 3, 3, 3, 2, 1, 1), k=chance.randint(1, 6)))
        assert accepts(one, text) == definition.accepts(text), (source, text)
    for _ in range(20):
        state, text = one.start, ""
        for _ in range(8):
            live = [byte for byte in one.live_bytes(state) if chr(byte) in "ab{}`: "]
            if not live:
                break
            text += chr(chance.choice(live))
            state = one.advance(one.start, text.encode())
            ending = completion(one, state)
            assert ending is not None, (source, text)
            if len(text + ending.decode()) < 9:
                assert definition.accepts(text + ending.decode()), (source, text, ending)


@pytest.mark.parametrize("seed", range(12))
def test_masks(seed: int) -> None:
    chance = random.Random(seed)
    texts = {"".join(chance.choices("ab{}`: +,", k=chance.randint(2, 6))).encode() for _ in range(80)}
    vocabulary = spelled(*sorted(texts), b"`a{", b"}`", b"}b{", b"{{", b":b}", b"a}`+`", b"`{`", b"}`}`")
    grammar = TEMPLATES if seed % 2 else random_contextual(chance)
    try:
        compiled = structgen.compile(grammar=grammar, vocabulary=vocabulary)
    except GrammarError:
        return
    for number in range(4):
        walk(compiled, vocabulary, seed + number, 30)


@pytest.mark.parametrize(
    ("grammar", "what"),
    [
        ('start: A\nA: "a"\n%contextual A\n', "for lexer='longest'"),
        ('start: A\nA: "a"\n%lexer longest\n%contextual B\n', "no terminal B"),
        ('start: A\nA: "a"\n%lexer longest\n%contextual\n', "followed by the names"),
        ('start: A\nA: "a"\n%lexer longest\n%contextual C\n%ignore C\nC: / /\n', "may stand anywhere"),
        ("start: A A\nA: /a+/\n%lexer longest\n%contextual A\n", "A is contextual, and goes on with all"),
        ('start: J\nJ: "a"\n%lexer longest\nx: %json {}\n%contextual X0\n', "no terminal X0"),
        ('start: A B\nA: "a" %contextual B\nB: "b"\n%lexer longest\n', "on a line of its own"),
    ],
)
def test_what_can_not_be_contextual_is_refused(grammar: str, what: str) -> None:
    with pytest.raises(GrammarError, match=what):
        structgen.compile(grammar=grammar, vocabulary=spelled())

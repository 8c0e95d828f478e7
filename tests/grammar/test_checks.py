"""Grammars built in Python, with what can be wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

import structgen
from structgen.errors import GrammarError, LimitExceededError
from structgen.grammar.checks import MAX_NESTING, check, unused_notes, unused_rules
from structgen.grammar.expressions import (
    EMPTY,
    Choice,
    Declared,
    Expression,
    Grammar,
    Indentation,
    Place,
    Reference,
    Repeat,
    Sequence,
    Terminal,
)
from structgen.grammar.reading import read_file
from structgen.grammar.shelf_files import file_or_text, shelf
from structgen.regex import NOTHING, parse
from tests.vocabularies import BYTES

A, B = Terminal("A", parse("a")), Terminal("B", parse("b"))
NONE = Terminal("NONE", NOTHING)
NEVER = Terminal("NEVER", parse("a(?=b)"))


def _sequence(*parts: Expression) -> Sequence:
    return Sequence(parts)


def _choice(*parts: Expression) -> Choice:
    return Choice(parts)


START, X, Y = Reference("start"), Reference("x"), Reference("y")


@pytest.mark.parametrize(
    "rules",
    [
        {"start": EMPTY},
        {"start": A, "x": NONE, "y": _sequence(Y, A)},
        {"start": _choice(A, NONE)},
        {"start": Repeat(NONE, 0, None)},
        {"start": _choice(_sequence(START, A), _sequence(A, START), X), "x": Repeat(START, 0, 1)},
        {"start": _sequence(X, Y), "x": _choice(Y, A), "y": _choice(X, B)},
    ],
)
def test_nothing_is_wrong(rules: dict[str, Expression]) -> None:
    grammar = Grammar(rules, "start")
    assert check(grammar) is grammar


@pytest.mark.parametrize(
    ("rules", "what"),
    [
        ({}, "the start rule 'start' is not defined"),
        ({"x": A}, "the start rule 'start' is not defined"),
        ({"start": A, "x": Y}, "rule 'y' is not defined (in rule 'x')"),
        ({"start": NONE}, "the terminal 'NONE' has no text, and rule 'start' can't do without it"),
        ({"start": _sequence(A, Repeat(X, 1, 3)), "x": _sequence(NEVER)},
         "the terminal 'NEVER' has no text, and rule 'x'"),
        ({"start": _choice(A, X), "x": NONE}, "the terminal 'NONE' has no text, and rule 'x'"),
        ({"start": Choice(())}, "rule 'start' has no text: there is no alternative"),
        ({"start": START}, "rule 'start' has no text: every alternative begins with it again"),
        ({"start": _sequence(START, A)}, "rule 'start' has no text: every alternative begins with it again"),
        ({"start": _sequence(A, START)}, "rule 'start' has no text: every alternative leads back to it"),
        ({"start": _choice(_sequence(START, A), _sequence(A, START))},
         "rule 'start' has no text: every alternative leads"),
        ({"start": A, "x": A, "y": START, "z": Declared("D")}, "the terminal 'D' is declared"),
        ({"start": _choice(A, X), "x": _sequence(Y, A), "y": _sequence(X, B)},
         "rule 'x' has no text: every alternative begins"),
        ({"start": _choice(A, X), "x": _sequence(Y, A), "y": _sequence(B, X)},
         "rule 'x' has no text: every alternative leads"),
        ({"start": _choice(A, X), "x": Y, "y": _choice(_sequence(A, Y), NONE)},
         "rule 'y' has no text: every alternative leads"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(rules: dict[str, Expression], what: str) -> None:
    with pytest.raises(GrammarError) as caught:
        check(Grammar(rules, "start"))
    assert what in caught.value.what
    assert (caught.value.line, caught.value.column) == (1, 1)


def test_an_error_shows_the_place_that_the_grammar_gives() -> None:
    grammar = Grammar(
        {"start": Reference("x", Place(1, 8)), "x": Sequence((X,))}, "start",
        places={"start": Place(1, 1), "x": Place(2, 3)}, source="start: x\n\t x: x\n",
    )  # fmt: skip
    with pytest.raises(GrammarError) as caught:
        check(grammar)
    assert (caught.value.line, caught.value.column, caught.value.excerpt) == (2, 3, "  x: x")


@pytest.mark.parametrize(
    ("indentation", "what"),
    [
        (Indentation("A", "IN", "OUT"), None),
        (Indentation("A", "IN", "OUT", (("A", "B"),)), None),
        (Indentation("C", "IN", "OUT"), "indentation needs a terminal 'C'"),
        (Indentation("A", "IN", "OUT", (("A", "C"),)), "indentation needs a terminal 'C'"),
        (Indentation("A", "IN", "NO"), "the terminal 'OUT' is declared"),
        (Indentation("IN", "IN", "OUT"), "indentation needs a terminal 'IN'"),
    ],
)
def test_indentation_needs_its_terminals(indentation: Indentation, what: str | None) -> None:
    grammar = Grammar({"start": Sequence((A, Declared("IN"), B, Declared("OUT")))}, "start", indentation=indentation)
    if what is None:
        check(grammar)
        return
    with pytest.raises(GrammarError) as caught:
        check(grammar)
    assert what in caught.value.what


def test_what_is_not_used_is_told_in_order() -> None:
    grammar = Grammar(
        {"y": B, "start": A, "x": Y}, "start", ignored=(Terminal("C", parse("c")),),
        terminals=(NONE, A, B, Terminal("C", parse("c"))),
    )  # fmt: skip
    assert unused_rules(check(grammar)) == ["y", "x", "NONE", "B"]


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ('start: "a"\nunused: "b"', ["line 2, column 1: no text of the grammar needs the rule 'unused'"]),
        (
            'start: "a"\nunused: "b"+ ("c" | unused)~2..5',
            ["line 2, column 1: no text of the grammar needs the rule 'unused'"],
        ),
        ('start: A\n  B: "b"\nA: "a"', ["line 2, column 3: no text of the grammar needs the terminal 'B'"]),
        ('start: A\nA: B\nB: "b"\nWS: " "\n%ignore WS', []),
        ('start: A\nA: "a"\nIF: "if"\n%lexer longest', []),
        ('start: A\nA: "a"\nIF: "if"\n%lexer longest\n%contextual IF', []),
        ('start: A\nA: "a"\nreserved: "if" | A\n%lexer longest', []),
        ('start: A\nA: "a"\nx: A\n%lexer longest', ["line 3, column 1: no text of the grammar needs the rule 'x'"]),
        ('root ::= "a"\nspare ::= ("b" | "c")*', ["line 2, column 1: no text of the grammar needs the rule 'spare'"]),
        ("a ::= 'a'\nb ::= 'b' a?", ["line 2, column 1: no text of the grammar needs the rule 'b'"]),
    ],
)
def test_what_no_text_needs_is_noted_of_a_compiled_grammar(text: str, notes: list[str]) -> None:
    vocabulary = structgen.Vocabulary.from_bytes([*BYTES, None], eos=256)
    assert list(map(str, structgen.compile(grammar=text, vocabulary=vocabulary).notes)) == notes
    name = text.partition(":")[0].strip()
    assert structgen.compile(grammar=text, start=name, vocabulary=vocabulary).notes == ()


@pytest.mark.parametrize("name", shelf())
def test_the_shelf_has_nothing_that_no_text_needs(name: str) -> None:
    file = file_or_text(name)
    assert isinstance(file, Path)
    assert unused_notes(read_file(file)) == ()


def test_deep_expressions_are_a_limit() -> None:
    expression: Expression = A
    for _ in range(MAX_NESTING - 1):
        expression = Sequence((expression, B))
    check(Grammar({"start": expression}, "start"))
    for _ in range(100_000):
        expression = Sequence((expression, B))
    with pytest.raises(LimitExceededError):
        check(Grammar({"start": expression}, "start"))


def test_parts_that_are_shared_are_looked_at_once() -> None:
    shared: Expression = _choice(NONE, X)
    for _ in range(60):
        shared = _choice(shared, _sequence(shared, shared))
    with pytest.raises(GrammarError, match="rule 'x' has no text"):
        check(Grammar({"start": _choice(A, X), "x": shared}, "start"))


def test_a_chain_of_rules_is_no_recursion_of_pythons() -> None:
    rules: dict[str, Expression] = {f"r{n}": Reference(f"r{n + 1}") for n in range(20_000)}
    check(Grammar({"start": Reference("r0"), **rules, "r20000": A}, "start"))
    with pytest.raises(GrammarError, match="rule 'r20000' has no text"):
        check(Grammar({"start": Reference("r0"), **rules, "r20000": Reference("r20000")}, "start"))


def test_assertions_that_would_see_more_elsewhere_are_noted() -> None:
    grammar = "start: IF (/(?<=a)b/ | ESCAPED_STRING | /c(?!d)e/)\nIF: /if\\b/\n%import common.ESCAPED_STRING\n"
    compiled = structgen.compile(grammar=grammar, vocabulary=structgen.Vocabulary.from_bytes([*BYTES, None], eos=256))
    assert [(note.pointer, note.keyword) for note in compiled.notes] == [
        ("line 2, column 1", "IF"),
        ("/(?<=a)b/", "/(?<=a)b/"),
    ]
    assert "may depend on the text around it" in str(compiled.notes[0])

"""A text in any notation: which one it is, and what doesn't depend on that."""

from __future__ import annotations

from typing import Any

import pytest

from structgen.errors import ArgumentError, GrammarError, LimitExceededError
from structgen.grammar.reading import MAX_LENGTH, notation_of, read_grammar
from tests.grammar.recogniser import accepts


@pytest.mark.parametrize(
    ("text", "notation"),
    [
        ('start: "a ::= b"', "lark"),
        ("", "lark"),
        ('start: a\n# x ::= y\na: "b"', "lark"),
        ('root ::= "a"', "gbnf"),
        ('item ::= "a"\n  root ::= item', "gbnf"),
        ('# a list\nlist ::= "a"', "gbnf"),
        ("document ::= 'a'", "ebnf"),
        ("[1] root-element ::= #x20\n  #x21", "ebnf"),
        ("a\n  ::= 'x'", "ebnf"),
    ],
)
def test_the_notation_is_told_from_the_text(text: str, notation: str) -> None:
    assert notation_of(text) == notation


def test_each_notation_is_read() -> None:
    for text in ('start: "a"+', 'root ::= "a"+', "x ::= 'a'+", 'x ::= "a"+'):
        grammar = read_grammar(text)
        assert accepts(grammar, "aa")
        assert not accepts(grammar, "")
    assert accepts(read_grammar('first ::= "b"\nroot ::= first', notation="ebnf"), "b")
    assert accepts(read_grammar('a ::= "\\n"', notation="gbnf", start="a"), "\n")
    assert accepts(read_grammar('start: "x"\nother: "y"', start="other"), "y")
    assert read_grammar('start: "x"', lexer="longest").lexer == "longest"


@pytest.mark.parametrize("text", ['start: a\na: "x" a', 'root ::= a\na ::= "x" a', "x ::= a\na ::= 'x' a"])
def test_what_is_read_is_checked(text: str) -> None:
    with pytest.raises(GrammarError, match="rule 'a' has no text"):
        read_grammar(text)


@pytest.mark.parametrize(
    "arguments",
    [
        {"source": b"start: 'a'"},
        {"source": 'start: "a"', "lexer": "first"},
        {"source": 'start: "a"', "notation": "bnf"},
        {"source": 'root ::= "a"', "lexer": "longest"},
    ],
)
def test_arguments_without_meaning_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError):
        read_grammar(**arguments)


@pytest.mark.parametrize(
    "text",
    [
        'start: x\n\tx: "\ud800"',
        "start: x\nx: /[\ud800]/",
        'start: x\n\tx: "a".."\udfff"',
        'root ::= x\nx ::= "\ud800"',
        "start ::= x\nx ::= [\ud800]",
        'start: x\nx: %json {"const": "\ud800"}',
        'start: "x"\n// \ud800',
    ],
)
def test_a_lone_surrogate_is_refused_where_it_stands(text: str) -> None:
    with pytest.raises(GrammarError, match="a lone surrogate") as refusal:
        read_grammar(text)
    error = refusal.value
    assert text.split("\n")[error.line - 1][error.column - 1] in "\ud800\udfff"
    assert error.excerpt[error.column - 1] == "\N{REPLACEMENT CHARACTER}"
    assert str(error).encode().decode() == str(error)


def test_a_text_without_end_is_a_limit() -> None:
    with pytest.raises(LimitExceededError):
        read_grammar(" " * (MAX_LENGTH + 1))

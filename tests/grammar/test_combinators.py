"""Grammars made in Python: what their texts are, and how they go together with one another and with notations."""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import structgen
from structgen import ArgumentError, GrammarError, LimitExceededError, RegexError, SchemaError
from structgen.grammar import (
    Part,
    choice,
    code_block,
    embed,
    lark,
    optional,
    reasoning,
    regex,
    repeat,
    rule,
    schema,
    sequence,
    text,
    until,
)
from structgen.grammar.assembly import grammar_of
from structgen.grammar.checks import leaves
from structgen.grammar.combinators import AnyPart
from structgen.grammar.expressions import Terminal
from structgen.grammar.reading import read_grammar
from tests.vocabularies import BYTES, allowed, crossing, mask

VOCABULARY = structgen.Vocabulary.from_bytes([*BYTES, None], eos=256)
ROOT = Path(__file__).parents[2]


class Person(BaseModel):
    name: str
    age: int


def nested() -> Part:
    value = rule("value")
    items = sequence(value, repeat(sequence(",", value)))
    return value.define(choice(regex("[0-9]"), sequence("[", optional(items), "]")))


def even_and_odd() -> Part:
    even, odd = rule("even"), rule("odd")
    even.define(choice("", sequence("a", odd)))
    odd.define(sequence("a", even))
    return even


SPACED_LIST = 'start: "(" WORD ("," WORD)* ")"\nWORD: /[a-z]+/\n%ignore " "\n%ignore /#[^\\n]*\\n/'
EMPTY_OR_A = 'start: "a"?\n%ignore " "'

TABLE: list[tuple[AnyPart, list[str], list[str]]] = [
    (text("a|b"), ["a|b"], ["a", "", "a|b "]),
    (text(""), [""], ["a"]),
    (sequence(), [""], ["a"]),
    (sequence("a", regex("b*"), "c"), ["ac", "abbc"], ["a", "abc "]),
    (choice("a", "ab", regex("[0-9]{2}"), ""), ["", "a", "ab", "12"], ["b", "1", "aab"]),
    (repeat("ab", 2, 3), ["abab", "ababab"], ["", "ab", "abababab", "aba"]),
    (repeat("ab"), ["", "abab"], ["a"]),
    (repeat(choice("a", schema({"const": 1})), 1), ["a", "1", "a1a"], ["", "2"]),
    (repeat("a", 0, 0), [""], ["a"]),
    (repeat(regex("a*"), 2, 2), ["", "a", "aaaa"], ["b"]),
    (optional("a"), ["", "a"], ["aa"]),
    (until("</think>", "!"), ["!", "a</think>", "<</think>", "</thin!"], ["", "a", "a!b", "!!", "</think>!"]),
    (schema(Person), ['{"name":"x","age":3}'], ['{"name":"x"}', ""]),
    (schema({"items": {"type": "integer"}}, whitespace="compact"), ["[1,2]"], ["[1, 2]"]),
    (schema({"type": "string", "format": "date"}, formats="annotate"), ['"x"'], ["x"]),
    (regex(r"\p{Lu}", "ecma"), ["É"], ["é"]),
    (nested(), ["1", "[]", "[1,[2,[]]]"], ["[1,]", "[[]", "", "]"]),
    (even_and_odd(), ["", "aa", "a" * 40], ["a", "a" * 41]),
    (lark(SPACED_LIST), ["(a)", " ( a , b ) ", "(#x\na)"], ["(a b)", "(a"]),
    (sequence("<", lark(SPACED_LIST), ">"), ["<(a)>", "< ( a,b )  >", "<#x\n(a)>"], ["<(a)> ", " <(a)>", "<(a b)>"]),
    (sequence("<", lark(EMPTY_OR_A), ">"), ["<>", "< >", "< a >"], ["<a a>"]),
    (sequence(lark(SPACED_LIST), "\n", lark('start: "(" start? ")"')), ["(a)\n(())"], ["(a)\n( )", "(a)\n(a)"]),
    (sequence(embed('root ::= "a" b\nb ::= "b"'), embed('x ::= b*\nb ::= "c"')), ["ab", "abcc"], ["abb", "a"]),
    (sequence(read_grammar('start: "a"'), "b"), ["ab"], ["a"]),
    (lark('start: (/[a-z]+/ | "if")+\n%ignore " "\n%lexer longest'), ["if a", "a"], ["", "1"]),
    (lark('top: /[a-z]+/ "if"', start="top", lexer="any"), ["aif"], ["if"]),
    (embed(ROOT / "grammars" / "json.lark"), ['{"a": [1]}'], ["{a: 1}"]),
    (sequence("x = ", embed("arithmetic"), ";"), ["x = 1+2;"], ["x = 1+;"]),
    (reasoning(schema(Person)), ['<think>\n1<2</think>\n\n{"name":"","age":1}'], ['<think>a{"name":"","age":1}']),
    (reasoning("a", begin=""), ["</think>a", "x</think>\na"], ["a", "</think>\n\n\na"]),
    (code_block("json", schema(Person)), ['```json\n{"name":"","age":1}\n```'], ['{"name":"","age":1}']),
]  # fmt: skip


def compiled(part: AnyPart, vocabulary: structgen.Vocabulary = VOCABULARY) -> structgen.CompiledGrammar:
    return structgen.compile(grammar=part if isinstance(part, Part) else text(str(part)), vocabulary=vocabulary)


def accepts(grammar: structgen.CompiledGrammar, one: str) -> bool:
    return grammar.trace(one.encode()).accepted


@pytest.mark.parametrize(("part", "accepted", "rejected"), TABLE)
def test_texts_are_those_of_the_parts(part: AnyPart, accepted: list[str], rejected: list[str]) -> None:
    grammar = compiled(part)
    assert [one for one in accepted if not accepts(grammar, one)] == []
    assert [one for one in rejected if accepts(grammar, one)] == []


@pytest.mark.parametrize(("part", "accepted", "rejected"), TABLE)
def test_a_part_has_the_same_texts_inside_of_another(part: AnyPart, accepted: list[str], rejected: list[str]) -> None:
    try:
        grammar = compiled(sequence("«", part, "»", part, "«"))
    except GrammarError as error:
        assert "longest" in error.what
        return
    for one in accepted:
        assert accepts(grammar, f"«{one}»{accepted[0]}«"), one
    for one in rejected:
        assert not accepts(grammar, f"«{one}»{accepted[0]}«"), one


NULLABLE_TERMINALS = 'start: A? b | "c" C\nA: /a/\nb: B* "("?\nB: /b?/\nC: /c*/\n%ignore " "\n%ignore /-b/'


@pytest.mark.parametrize("source", [NULLABLE_TERMINALS, 'start: "a" start "b" | " "?\n%ignore " "', EMPTY_OR_A])
def test_ignored_text_of_an_embedded_grammar_is_where_it_was(source: str) -> None:
    alone, inside = compiled(lark(source)), compiled(sequence("<", lark(source), ">"))
    for length in range(6):
        for letters in itertools.product("abc -", repeat=length):
            one = "".join(letters)
            assert accepts(alone, one) == accepts(inside, f"<{one}>"), one


def test_masks_are_those_of_the_definition() -> None:
    vocabulary = crossing()
    part = sequence(repeat(nested(), 0, 2), "{", lark(SPACED_LIST), "}", schema(Person))
    grammar = compiled(part, vocabulary)
    rng = random.Random(1)
    for _ in range(3):
        matcher, data = grammar.matcher(), b""
        for _ in range(25):
            tokens = mask(matcher, vocabulary)
            assert tokens == allowed(grammar, data, vocabulary), data
            choices = sorted(tokens - set(vocabulary.eos_token_ids))
            if not choices:
                break
            token = rng.choice(choices)
            assert matcher.accept_token(token)
            data += vocabulary.token_bytes(token) or b""


def test_free_text_of_so_many_tokens_can_only_end() -> None:
    matcher = compiled(sequence("<", until("--", "</s>", max_tokens=3), "x")).matcher()
    for byte in b"<ab":
        assert len(mask(matcher, VOCABULARY)) > 1 or byte == ord("<")
        assert matcher.accept_token(byte)
    assert len(mask(matcher, VOCABULARY)) > 100
    assert matcher.accept_token(ord("c"))
    assert bytes(matcher.forced_bytes()) == b"--x"


def test_the_rest_of_a_trigger_that_has_begun_is_what_ends_it() -> None:
    matcher = compiled(until("</s>", max_tokens=3)).matcher()
    for byte in b"a</":
        assert matcher.accept_token(byte)
    assert bytes(matcher.forced_bytes()) == b"s>"


def test_equal_terminals_are_one_and_others_have_names_of_their_own() -> None:
    first = lark('start: A "x"\nA: /[a-z]/', lexer="any")
    second = lark('start: A "x" B\nA: /[0-9]/\nB: /[a-z]/')
    grammar = grammar_of(sequence(first, second, regex("[a-z]"), until("x"), until("x"), until("x", max_tokens=2)))
    terminals = {leaf for one in grammar.rules.values() for leaf in leaves(one) if isinstance(leaf, Terminal)}
    assert len({terminal.name for terminal in terminals}) == len(terminals) == 5


def test_a_part_that_is_used_often_is_written_once() -> None:
    part: Part = regex("[ab]")
    for _ in range(60):
        part = choice(sequence(part, "x", part), sequence(part, "y"))
    grammar = grammar_of(part)
    assert sum(len(list(leaves(one))) for one in grammar.rules.values()) < 1000
    assert compiled(part).trace(b"ax").position == 2


def test_parts_may_be_nested_without_end() -> None:
    part: Part = text("a")
    for _ in range(3000):
        part = sequence("(", optional(part), ")")
    assert accepts(compiled(part), "(" * 100 + ")" * 100)


def test_a_whole_grammar_stays_what_it_is() -> None:
    source = 'start: (NAME | "if")+\nNAME: /[a-z]+/\n%ignore " "\n%lexer longest'
    assert grammar_of(lark(source)) == read_grammar(source)


def test_what_schemas_do_not_assert_is_noted() -> None:
    part = sequence("a", optional(schema({"items": {"format": "colour"}})))
    (note,) = structgen.compile(grammar=part, vocabulary=VOCABULARY).notes
    assert (note.keyword, note.pointer) == ("format", "#/items/format")


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: choice(), ArgumentError, "none is given"),
        (lambda: sequence("a", 5), ArgumentError, "can't be made of int 5"),  # type: ignore[arg-type]
        (lambda: text(b"a"), ArgumentError, "got bytes"),  # type: ignore[arg-type]
        (lambda: sequence("\ud800"), ArgumentError, "surrogate"),
        (lambda: repeat("a", -1), ArgumentError, "low is a number of times"),
        (lambda: repeat("a", 0, True), ArgumentError, "high is a number of times"),
        (lambda: repeat("a", 3, 2), ArgumentError, "high is at least low"),
        (lambda: until(), ArgumentError, "none is given"),
        (lambda: until(""), ArgumentError, "empty"),
        (lambda: until("a", max_tokens=0), ArgumentError, "max_tokens"),
        (lambda: regex("("), RegexError, "position"),
        (lambda: regex("a", "perl"), ArgumentError, "dialect"),  # type: ignore[arg-type]
        (lambda: regex(r"[^\s\S]"), RegexError, "no text"),
        (lambda: schema(False), SchemaError, ""),
        (lambda: schema({}, indent=99), ArgumentError, "indent"),
        (lambda: schema({}, dialect="ecma"), ArgumentError, "no option 'dialect'"),  # type: ignore[call-arg]
        (lambda: lark("start: a"), GrammarError, "'a' is not defined"),
        (lambda: embed("a: b", notation="abnf"), ArgumentError, "notation is"),  # type: ignore[arg-type]
        (lambda: embed(Path("no-such-file")), ArgumentError, "can't be read"),
        (lambda: embed(read_grammar('start: "a"'), start="b"), ArgumentError, "got a Grammar"),
        (lambda: rule(""), ArgumentError, "a rule's name"),
        (lambda: rule().define("a").define("b"), ArgumentError, "defined already"),
        (lambda: compiled(sequence("a", rule("b"))), ArgumentError, "rule 'b' is used, and not defined"),
        (lambda: compiled(sequence(lark('start: "a"\n%lexer longest'), "b")), GrammarError, "longest possible"),
        (lambda: compiled(optional(embed(ROOT / "grammars/yaml.lark"))), GrammarError, "blocks by indentation"),
        (lambda: compiled(repeat("a", 0, 100_000)), LimitExceededError, "10000 repetitions"),
        (lambda: code_block("a`", "b"), ArgumentError, "backtick"),
        (
            lambda: structgen.compile(grammar=text("a"), start="x", vocabulary=VOCABULARY),
            ArgumentError,
            "notation, start and lexer",
        ),
        (lambda: structgen.compile(grammar=5, vocabulary=VOCABULARY), ArgumentError, "int"),  # type: ignore[arg-type]
    ],
)
def test_refusals_say_what(make: Callable[[], Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error) as caught:
        make()
    assert words in str(caught.value)


def test_a_rule_that_only_leads_to_itself_is_refused() -> None:
    again = rule("again")
    again.define("a", again)
    with pytest.raises(GrammarError, match="again"):
        compiled(again)


def test_random_walks_end_in_texts_of_the_parts() -> None:
    part = reasoning(schema(Person, max_whitespace=1), max_tokens=5)
    grammar = compiled(part)
    rng = random.Random(3)
    for _ in range(20):
        matcher, data = grammar.matcher(), bytearray()
        while not matcher.is_accepting():
            tokens = sorted(mask(matcher, VOCABULARY) - {256})
            closing = [token for token in tokens if token in b'"}' or chr(token).isdigit()]
            token = rng.choice(closing if closing and len(data) > 40 else tokens)
            assert matcher.accept_token(token)
            data.append(token)
        answer = data.decode().partition("</think>")[2]
        Person.model_validate(json.loads(answer))


def test_names_are_there_without_lark_until_a_notation_is_read() -> None:
    program = (
        "import sys, structgen\n"
        "assert set(structgen.grammar.__all__) <= set(dir(structgen.grammar))\n"
        "part = structgen.grammar.sequence('a', structgen.grammar.until('b'))\n"
        "vocabulary = structgen.Vocabulary.from_bytes([*(bytes([byte]) for byte in range(256)), None], eos=256)\n"
        "assert structgen.compile(grammar=part, vocabulary=vocabulary).trace(b'aab').accepted\n"
        "assert 'lark' not in sys.modules\n"
        "for name in structgen.grammar.__all__:\n"
        "    assert getattr(structgen.grammar, name).__doc__, name\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)

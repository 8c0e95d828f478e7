"""Masks of grammars against their definition: a token is allowed where the automaton reads its bytes."""

from __future__ import annotations

import gc
import random
import threading
import weakref
from pathlib import Path
from typing import Final

import numpy as np
import pytest

import structgen
from structgen import CompiledGrammar, GrammarError, LimitExceededError, Matcher, TokenizerError, Vocabulary
from structgen.tokens.grammar_engine import RECENT_GRAMMARS
from tests.grammar.random_grammars import random_grammar
from tests.vocabularies import BYTES, crossing, mask, tokens_of

JSON: Final = r"""
start: value
value: object | array | STRING | NUMBER | "true" | "false" | "null"
object: "{" [pair ("," pair)*] "}"
pair: STRING ":" value
array: "[" [value ("," value)*] "]"
STRING: /"([^"\\\x00-\x1f]|\\(["\\\/bfnrt]|u[0-9a-fA-F]{4}))*"/
NUMBER: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/
%ignore /[ \t\r\n]+/
"""
WORDS: Final = """
start: (NAME | "a" | "ab" | NUMBER | DOTS)* ";"
NAME: /[abc]+/
NUMBER: /1[0-9]*(\\.[0-9]+)?/
DOTS: "." | "..." | "]" | "]]"
%ignore / +/
"""
BLOCKS: Final = """
start: statement+
statement: NAME NEWLINE | NAME ":" NEWLINE INDENT statement+ DEDENT | "[" (NAME | ",")* "]" NEWLINE
NAME: /[abc]+/
NEWLINE: /(\\r?\\n[ \\t]*)+/
%declare INDENT DEDENT
%indentation NEWLINE INDENT DEDENT LSQB RSQB
%ignore / +/
"""
LINES: Final = BLOCKS.replace("(\\r?\\n[ \\t]*)+", "\\n *")


def spelled(*texts: bytes) -> Vocabulary:
    """All bytes, and these."""
    return Vocabulary.from_bytes([*BYTES, *texts, None], eos=[256 + len(texts)])


def defined(matcher: Matcher, vocabulary: Vocabulary) -> set[int]:
    """The mask as it should be: every token tried."""
    allowed = set()
    for token in range(vocabulary.size):
        if matcher.accept_token(token):
            matcher.rollback(1)
            allowed.add(token)
    return allowed


def walk(compiled: CompiledGrammar, vocabulary: Vocabulary, seed: int, steps: int = 25) -> None:
    """A random walk through the masks, each of them compared with its definition."""
    chance = random.Random(seed)
    matcher = compiled.matcher()
    for _ in range(steps):
        allowed = mask(matcher, vocabulary)
        assert allowed == defined(matcher, vocabulary)
        assert allowed, "a dead end"
        long = [token for token in allowed if len(vocabulary.token_bytes(token) or b"") > 1]
        assert matcher.accept_token(chance.choice(sorted(long if long and chance.random() < 0.7 else allowed)))
        if matcher.is_terminated():
            break


@pytest.mark.parametrize("lexer", ["any", "longest"])
@pytest.mark.parametrize("first", ['"/" NAME', '"ab" | "/"', 'NAME "/"', '"b" NAME', 'NAME? "c"'])
def test_first_masks_know_ignored_text(lexer: str, first: str) -> None:
    """A blank may begin the text, and a slash a comment or a terminal."""
    texts = [b" ", b"  ", b"a", b"b", b"ab", b"/", b"//", b"/b", b"\n", b"//a\n", b"c", b";"]
    pairs = [one + other for one in texts for other in texts]
    vocabulary = spelled(*pairs, *[pair + text for pair in pairs for text in texts])
    grammar = f"start: ({first}) NAME\nNAME: /[abc]+/\n%ignore / +/\n%ignore /\\/\\/[^\\n]*\\n/\n"
    matcher = structgen.compile(grammar=grammar, lexer=lexer, vocabulary=vocabulary).matcher()  # type: ignore[arg-type]
    allowed = mask(matcher, vocabulary)
    assert allowed == defined(matcher, vocabulary)
    assert len(allowed) > 20


@pytest.mark.parametrize("lexer", ["any", "longest"])
@pytest.mark.parametrize("grammar", [JSON, WORDS])
@pytest.mark.parametrize("seed", range(6))
def test_masks_are_what_the_automaton_reads(grammar: str, lexer: str, seed: int) -> None:
    vocabulary = crossing(seed)
    compiled = structgen.compile(grammar=grammar, lexer=lexer, vocabulary=vocabulary)  # type: ignore[arg-type]
    walk(compiled, vocabulary, seed)


@pytest.mark.parametrize("grammar", [BLOCKS, LINES])
@pytest.mark.parametrize("lexer", ["any", "longest"])
@pytest.mark.parametrize("seed", range(6))
def test_masks_of_blocks(grammar: str, lexer: str, seed: int) -> None:
    texts = [
        b"\n",
        b"\n  ",
        b"  ",
        b":\n ",
        b":\n    ",
        b"a\n",
        b"a:\n b\n",
        b"]\n",
        b"]\n\n",
        b"\n\n",
        b"b,c",
        b"[a",
        b" [",
    ]
    vocabulary = spelled(*texts, b"\n a", b"\n  b:\n   c\nd", b"[\n ,\n]\n", b"\r\n\t", b"\t")
    compiled = structgen.compile(grammar=grammar, lexer=lexer, vocabulary=vocabulary)  # type: ignore[arg-type]
    walk(compiled, vocabulary, seed, 40)


@pytest.mark.parametrize("seed", range(40))
def test_masks_of_random_grammars(seed: int) -> None:
    chance = random.Random(seed)
    drawn = {"".join(chance.choices("ab ", k=chance.randint(2, 6))).encode() for _ in range(60)}
    vocabulary = spelled(*sorted(drawn))
    found = 0
    while found < 3:
        try:
            compiled = structgen.compile(grammar=random_grammar(chance, ignored=seed % 2 == 0), vocabulary=vocabulary)
        except GrammarError:
            continue
        found += 1
        walk(compiled, vocabulary, seed, 8)


def test_a_rollback_is_a_place_again_and_a_fork_another_one() -> None:
    vocabulary = crossing()
    matcher = structgen.compile(grammar=JSON, vocabulary=vocabulary).matcher()
    assert matcher.accept_token(ord("["))
    before = mask(matcher, vocabulary)
    twin = matcher.fork()
    assert twin.accept_token(ord("["))
    assert mask(matcher, vocabulary) == before
    assert matcher.accept_token(ord("1"))
    matcher.rollback(1)
    assert mask(matcher, vocabulary) == before
    assert mask(twin, vocabulary) == defined(twin, vocabulary)


def test_forced_text_of_a_grammar() -> None:
    vocabulary = spelled(b"tru", b"true", b"e]", b"rue")
    matcher = structgen.compile(grammar='start: "[" "true" "]" "x"?', vocabulary=vocabulary).matcher()
    assert matcher.forced_bytes() == b"[true]"
    assert matcher.forced_tokens()[0] == ord("[")


def test_free_text_hurries_to_its_end_after_its_tokens() -> None:
    vocabulary = spelled(b"word", b"</", b"think>")
    compiled = structgen.compile(grammar='start: %until "</think>" max_tokens=3\n', vocabulary=vocabulary)
    matcher = compiled.matcher()
    for _ in range(2):
        assert matcher.accept_token(256)
        assert len(mask(matcher, vocabulary)) > 100
    assert matcher.accept_token(257)
    rest = b""
    while not matcher.is_accepting():
        allowed = [token for token in mask(matcher, vocabulary) if vocabulary.token_bytes(token)]
        assert all(b"think>"[len(rest) :].startswith(vocabulary.token_bytes(token) or b"?") for token in allowed)
        assert matcher.accept_token(allowed[0])
        rest += vocabulary.token_bytes(allowed[0]) or b""
    assert rest == b"think>"


SCHEMAS = [
    '{"type": "object", "properties": {"a": {"type": "string", "maxLength": 7}, "b": {"type": "integer"}}}',
    '{"type": "array", "items": {"type": ["string", "null", "boolean"], "maxLength": 3}, "maxItems": 3}',
    '{"type": ["array", "object"], "items": {"type": "array"}, "additionalProperties": {"enum": [0, 1.5]}}',
    '{"type": ["object", "string"], "maxLength": 4, "properties": {"c": {"enum": ["]", "}", "]}a"]}}}',
    '{"enum": ["]}", {"a": "}"}, [[]]]}',
    '{"type": "integer"}',
]


@pytest.mark.parametrize("schema", SCHEMAS)
@pytest.mark.parametrize(
    "rules",
    [
        'start: document "}"* "]"?\n',
        'start: (document "," )* "abc"\n%ignore " "\n',
        "start: document document? TEXT\nTEXT: /[^{]{0,3}/\n",
        'start: document | document (" " document)+ %until "]}" max_tokens=3\n',
        'start: (document | other "a" | TEXT) "b"\nother: %json {"type": "object"}\nTEXT: /[{\\["][^ ]{0,5}/\n',
        "start: (document | other)+\nother: %json {}\n",
    ],
)
def test_tokens_that_leave_a_schema_inside_of_a_grammar(schema: str, rules: str) -> None:
    compiled = structgen.compile(grammar=f"{rules}document: %json {schema}\n", vocabulary=crossing(1))
    for seed in range(3):
        walk(compiled, compiled.vocabulary, seed)


def test_a_schema_inside_of_a_grammar() -> None:
    vocabulary = crossing()
    grammar = 'start: "<" %json {"type": "object", "properties": {"a": {"type": "integer"}}} ">"\n'
    compiled = structgen.compile(grammar=grammar, vocabulary=vocabulary)
    assert compiled.trace(b'<{"a": 1}>').accepted
    assert not compiled.trace(b'<{"a": "x"}>').accepted
    for seed in range(4):
        walk(compiled, vocabulary, seed)


def test_matchers_in_threads_agree() -> None:
    vocabulary = crossing()
    compiled = structgen.compile(grammar=JSON, vocabulary=vocabulary)
    text = b'{"a": [1, 2, {"b": "c"}], "d": null}'
    found: list[list[set[int]]] = []

    def follow() -> None:
        matcher = compiled.matcher()
        masks = []
        for byte in text:
            masks.append(mask(matcher, vocabulary))
            assert matcher.accept_token(byte)
        found.append(masks)

    threads = [threading.Thread(target=follow) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert all(masks == found[0] for masks in found)


def test_batches_mix_grammars_and_schemas() -> None:
    vocabulary = crossing()
    one = structgen.compile(grammar=JSON, vocabulary=vocabulary).matcher()
    other = structgen.compile(schema={"type": "integer"}, vocabulary=vocabulary).matcher()
    rows = np.zeros((2, vocabulary.bitmask_words), np.int32)
    structgen.fill_bitmasks([one, other], rows)
    assert tokens_of(rows[0]) == mask(one, vocabulary)
    assert tokens_of(rows[1]) == mask(other, vocabulary)


def test_a_token_of_too_many_terminals_is_refused() -> None:
    grammar = 'start: "(" start ")" | "a"'
    fits = structgen.compile(grammar=grammar, vocabulary=spelled(b"(" * 60 + b"a")).matcher()
    assert mask(fits, spelled(b"(" * 60 + b"a")) == {ord("("), ord("a"), 256}
    matcher = structgen.compile(grammar=grammar, vocabulary=spelled(b"(" * 5_000)).matcher()
    with pytest.raises(LimitExceededError, match="terminals in one token"):
        mask(matcher, spelled(b"(" * 5_000))


def test_a_vocabulary_without_single_bytes_is_refused() -> None:
    vocabulary = Vocabulary.from_bytes([b"ab", b"a", None], eos=[2])
    with pytest.raises((TokenizerError, GrammarError)):
        structgen.compile(grammar='start: "ab"+\n', vocabulary=vocabulary)


def test_a_count_beyond_the_bound_is_refused() -> None:
    with pytest.raises(LimitExceededError, match="repetitions"):
        structgen.compile(grammar='start: x ~ 1..20000\nx: "a" | "b" x\n', vocabulary=crossing())


def test_a_text_that_is_compiled_again_means_the_same_for_every_start_lexer_and_vocabulary() -> None:
    text = 'start: "a" other | "c"\nother: "b" other | "d"\n'
    for vocabulary in (spelled(b"ab", b"bc"), spelled(b"ad")) * 2:
        for start, lexer, first in (("start", "any", b"ac"), ("other", "any", b"bd"), (None, "longest", b"ac")):
            compiled = structgen.compile(grammar=text, start=start, lexer=lexer, vocabulary=vocabulary)  # type: ignore[arg-type]
            matcher = compiled.matcher()
            allowed = mask(matcher, vocabulary)
            assert allowed == defined(matcher, vocabulary)
            assert {token for token in allowed if token < 256} == set(first)


def test_a_text_that_is_refused_is_refused_again() -> None:
    for _ in range(2):
        with pytest.raises(GrammarError, match="nowhere"):
            structgen.compile(grammar="start: nowhere", vocabulary=spelled())


def test_a_grammar_that_is_compiled_again_shares_what_is_known() -> None:
    vocabulary = crossing()
    first = structgen.compile(grammar=JSON, vocabulary=vocabulary)
    matcher = first.matcher()
    for byte in b'{"a": [':
        assert matcher.accept_token(byte)
    for other in range(RECENT_GRAMMARS - 1):
        structgen.compile(grammar=f'start: "{other}"', vocabulary=vocabulary)
    again = structgen.compile(grammar=JSON, vocabulary=vocabulary).matcher()
    for byte in b'{"a": [':
        assert again.accept_token(byte)
    assert again.state == matcher.state
    assert mask(again, vocabulary) == mask(matcher, vocabulary) == defined(matcher, vocabulary)


def test_a_file_is_read_again_where_it_or_what_it_imports_has_changed(tmp_path: Path) -> None:
    vocabulary = spelled()
    file, imported = tmp_path / "one.lark", tmp_path / "other.lark"
    for first, text in (("a", 'start: "a"'), ("b", 'start: "b"'), ("b", 'start: "b"'), ("c", "%import .other.start\n")):
        file.write_text(text)
        imported.write_text('start: "c"\n')
        assert mask(structgen.compile(grammar=file, vocabulary=vocabulary).matcher(), vocabulary) == {ord(first)}
    imported.write_text('start: "d"\n')
    assert mask(structgen.compile(grammar=file, vocabulary=vocabulary).matcher(), vocabulary) == {ord("d")}


def test_grammars_that_were_not_compiled_for_long_are_let_go() -> None:
    vocabulary = crossing()
    known = weakref.ref(structgen.compile(grammar=JSON, vocabulary=vocabulary)._begun[0])
    for other in range(RECENT_GRAMMARS):
        structgen.compile(grammar=f'start: "{other}"', vocabulary=vocabulary)
    gc.collect()
    assert known() is None


@pytest.mark.parametrize("lexer", ["any", "longest"])
def test_masks_deep_in_brackets_are_what_the_automaton_reads(lexer: str) -> None:
    """Tokens that close more brackets than are open, and others that go on behind them."""
    tokens = [b")" * count for count in range(2, 9)] + [b"))+", b")*(", b"))))-(", b"+(", b"((((", b"a)", b"a))]", b"]"]
    vocabulary = spelled(*tokens, b"[(", b")]", b"))]+", b"+a", b"a+a")
    grammar = """
start: sum
sum: product (("+" | "-") product)*
product: atom ("*" atom)*
atom: /a+/ | "(" sum ")" | "[" sum "]" | "-" atom
"""
    matcher = structgen.compile(grammar=grammar, lexer=lexer, vocabulary=vocabulary).matcher()  # type: ignore[arg-type]
    for token in b"a*((-(a+[(((a*(a+((a))))))])*a+a))":
        assert mask(matcher, vocabulary) == defined(matcher, vocabulary)
        assert matcher.accept_token(token)
    assert mask(matcher, vocabulary) == defined(matcher, vocabulary)

"""Random walks through the masks of the shelf's grammars end in texts that the languages' own parsers accept."""

from __future__ import annotations

import functools
import heapq
import itertools
import os
import random
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import pytest

import structgen
from structgen import Matcher, Vocabulary
from tests.grammars import code_oracles, oracles
from tests.grammars.recognise import SHELF, compiled
from tests.tokens.test_real_tokenizers import from_package
from tests.vocabularies import BYTES, mask

WALKS: Final = int(os.environ.get("STRUCTGEN_WALKS", "12"))
FIRST: Final = int(os.environ.get("STRUCTGEN_WALKS_FIRST", "0"))
"""Walks are drawn by number, from this one on."""
REAL_WALKS: Final = int(os.environ.get("STRUCTGEN_REAL_WALKS", "3"))
"""With a real vocabulary: through some grammars, or through all where more are asked for."""
TOKENIZER: Final = os.environ.get("STRUCTGEN_WALKS_TOKENIZER", "smollm2")

_SOME: Final = frozenset({"json.lark", "postgresql.lark", "python.lark", "toml.lark", "typescript.lark"})

JUDGES: dict[str, Callable[[str], bool]] = {
    "arithmetic.lark": oracles.is_valid_arithmetic,
    "c_expression.lark": oracles.is_valid_c_expression,
    "csv.lark": oracles.is_valid_csv,
    "csv_typed.lark": oracles.is_valid_csv_typed,
    "graphql.lark": oracles.is_valid_graphql,
    "iso8601.lark": oracles.is_valid_iso8601,
    "json.lark": oracles.is_valid_json,
    "json5.lark": oracles.is_valid_json5,
    "jsonlines.lark": oracles.is_valid_jsonlines,
    "markdown_table.lark": oracles.is_valid_markdown_table,
    "pgn.lark": oracles.is_valid_pgn,
    "python.lark": code_oracles.is_valid_python,
    "regex.lark": oracles.is_valid_regex,
    "smiles.lark": oracles.is_valid_smiles,
    "sqlite.lark": code_oracles.is_valid_sqlite,
    "toml.lark": oracles.is_valid_toml,
    "xml.lark": oracles.is_valid_xml,
    "xml_elements.lark": oracles.is_valid_xml_elements,
    "yaml.lark": oracles.is_valid_yaml,
    "yaml_two_spaces.lark": oracles.is_valid_yaml_two_spaces,
}

# Tokens across the boundaries of many languages, beside all bytes.
_TOKENS: Final = (
    b"  ", b"\n", b"\n\n", b"\n  ", b"\n    ", b": ", b", ", b" = ", b"()", b"[]", b"{}", b"==", b"->", b"--", b"...",
    b"name", b"value", b"true", b"null", b"12", b"0.5", b"1e5", b"2024-02-29", b"12:30", b"Nf3", b" e4", b"e4 e5",
    b'"a"', b'"key": ', b'","', b'"]', b'"}', b"'a'", b"</", b"/>", b"><", b"&amp;", b"| a ", b"|\n", b"---", b"[a-z]",
    b"\\d+", b"(?:", b"C(=O)", b"c1ccccc1", b"query { ", b" { id }", b"...on ", b"# c\n", b"- a\n", b"a: b\n",
    "é".encode(), b"def f(", b"return ", b":\n    ", b"if ", b"SELECT ", b" FROM t", b" WHERE ", b"const x = ", b" => ",
    b'f"{', b"f'", b"{x", b"}'", b'}"', b"!r}", b":>{", b"`${", b"}`", b"/a", b"/g",
)  # fmt: skip


if code_oracles.has_postgresql_oracle():
    JUDGES["postgresql.lark"] = code_oracles.is_valid_postgresql
if code_oracles.has_typescript_oracle():
    JUDGES["typescript.lark"] = code_oracles.is_valid_typescript


@functools.cache
def small_vocabulary() -> Vocabulary:
    return Vocabulary.from_bytes([*BYTES, *_TOKENS, None], eos=[256 + len(_TOKENS)])


@pytest.fixture(scope="module")
def real_vocabulary(request: pytest.FixtureRequest) -> Vocabulary:
    if TOKENIZER != "smollm2":
        return from_package(TOKENIZER).vocabulary
    model: structgen.Model = request.getfixturevalue("builtin_model")
    return model.vocabulary


def check(name: str, vocabulary: Vocabulary, walks: int) -> None:
    whole = structgen.compile(grammar=SHELF / name, vocabulary=vocabulary)
    finished = 0
    for seed in range(FIRST, FIRST + walks):
        chance = random.Random(seed)
        text = walked(whole.matcher(), vocabulary, chance)
        rest = ending(compiled(name).matcher(), text)
        if rest is None:
            continue
        finished += 1
        assert JUDGES[name]((text + rest).decode()), (seed, text + rest)
    assert finished >= walks * 0.8


@pytest.mark.parametrize("name", sorted(JUDGES))
def test_walks_end_in_valid_texts(name: str) -> None:
    check(name, small_vocabulary(), WALKS)


@pytest.mark.parametrize("name", sorted(JUDGES) if REAL_WALKS > 3 else sorted(_SOME & set(JUDGES)))
def test_walks_with_a_real_vocabulary_end_in_valid_texts(name: str, real_vocabulary: Vocabulary) -> None:
    check(name, real_vocabulary, REAL_WALKS)


def walked(matcher: Matcher, vocabulary: Vocabulary, chance: random.Random, tokens: int = 25) -> bytes:
    """The text of a random way through the masks, of so many tokens at most."""
    text = b""
    for _ in range(chance.randrange(1, tokens)):
        allowed = mask(matcher, vocabulary)
        assert allowed, ("a dead end", text)
        long = [token for token in allowed if len(vocabulary.token_bytes(token) or b"") > 1]
        token = chance.choice(sorted(long if long and chance.random() < 0.6 else allowed))
        assert matcher.accept_token(token)
        if matcher.is_terminated():
            break
        text += vocabulary.token_bytes(token) or b""
    return text


# What ends a text soon, and what of it closes something. Other bytes are tried where none of these may stand.
_CLOSING: Final = (b")", b"]", b"}", b">", b'"', b"'", b"`", b"*/")
_LETTERS: Final = tuple(bytes((letter,)) for letter in b"0:;,.=-(|</{ \nabcdefghijklmnopqrstuvwxyz")
_PHRASES: Final = (
    b" else 0",
    b" as (",
    b" values(0)",
    b" set a=0",
    b"{}",
    b"=0;",
    b":0;",
    b"=>0;",
    b"0: 0\n",
    b"# c\n",
)


def ending(matcher: Matcher, text: bytes, most: int = 3000) -> bytes | None:
    """A short rest that ends ``text``, whose bytes ``matcher`` takes as tokens; None where it is too far to find."""
    assert all(map(matcher.accept_token, text)), text
    numbers = itertools.count()
    pending = [(0.0, next(numbers), matcher, b"")]
    seen = {matcher.state}
    while pending and len(seen) < most:
        cost, _, here, rest = heapq.heappop(pending)
        if here.is_accepting():
            return rest
        found = list(_followers(here, (*_CLOSING, *_LETTERS, *_PHRASES))) or list(_followers(here, BYTES))
        for move, following in found:
            if following.state not in seen:
                seen.add(following.state)
                further = cost + (0.3 if move in _CLOSING else 1)
                heapq.heappush(pending, (further, next(numbers), following, rest + move))
    return None


def _followers(matcher: Matcher, moves: Iterable[bytes]) -> Iterator[tuple[bytes, Matcher]]:
    for move in moves:
        following = matcher.fork()
        if all(map(following.accept_token, move)):
            yield move, following

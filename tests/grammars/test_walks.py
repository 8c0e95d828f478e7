"""Random walks through the masks of the shelf's grammars end in texts that the languages' own parsers accept."""

from __future__ import annotations

import functools
import os
import random
from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np
import pytest

import structgen
from structgen import Matcher, Vocabulary
from tests.grammars import code_oracles, oracles
from tests.grammars.recognise import SHELF
from tests.vocabularies import BYTES, mask

WALKS: Final = int(os.environ.get("STRUCTGEN_WALKS", "12"))

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
)  # fmt: skip


if code_oracles.has_postgresql_oracle():
    JUDGES["postgresql.lark"] = code_oracles.is_valid_postgresql
if code_oracles.has_typescript_oracle():
    JUDGES["typescript.lark"] = code_oracles.is_valid_typescript


@functools.cache
def vocabulary() -> Vocabulary:
    return Vocabulary.from_bytes([*BYTES, *_TOKENS, None], eos=[256 + len(_TOKENS)])


@pytest.mark.parametrize("name", sorted(JUDGES))
def test_walks_end_in_valid_texts(name: str) -> None:
    compiled = structgen.compile(grammar=SHELF / name, vocabulary=vocabulary())
    finished = 0
    for seed in range(WALKS):
        text = walked(compiled.matcher(), random.Random(seed))
        if text is None:
            continue
        finished += 1
        assert JUDGES[name](text), (seed, text)
    assert finished >= WALKS * 0.5


def walked(matcher: Matcher, chance: random.Random, tokens: int = 25) -> str | None:
    """The text of a walk of so many tokens, and a shortest way to its end; None where that is too far."""
    text = b""
    for _ in range(chance.randrange(1, tokens)):
        allowed = mask(matcher, vocabulary())
        assert allowed, ("a dead end", text)
        long = [token for token in allowed if len(vocabulary().token_bytes(token) or b"") > 1]
        token = chance.choice(sorted(long if long and chance.random() < 0.6 else allowed))
        assert matcher.accept_token(token)
        if matcher.is_terminated():
            return text.decode()
        text += vocabulary().token_bytes(token) or b""
    rest = _ending(matcher)
    return None if rest is None else (text + rest).decode()


def _ending(matcher: Matcher, most: int = 1500) -> bytes | None:
    """Breadth first over tokens of one byte: those that close something first, as the nearest end may lie far."""
    pending = deque([(matcher, b"")])
    seen = {matcher.state}
    row = np.zeros(vocabulary().bitmask_words, np.int32)
    while pending and len(seen) < most:
        here, text = pending.popleft()
        if here.is_accepting():
            return text
        here.fill_bitmask(row)
        live = np.flatnonzero(np.unpackbits(row.view(np.uint8), bitorder="little")[:256]).tolist()
        for byte in sorted(live, key=lambda byte: (byte not in b")]}>\"'\n ", byte)):
            following = here.fork()
            following.accept_token(byte)
            if following.state not in seen:
                seen.add(following.state)
                (pending.appendleft if byte in b")]}>\"'" else pending.append)((following, text + bytes((byte,))))
    return None

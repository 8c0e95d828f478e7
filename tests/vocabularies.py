"""Small vocabularies whose tokens cross every boundary of JSON, and what a mask must be by definition."""

from __future__ import annotations

import random

import numpy as np

from structgen import CompiledGrammar, Matcher, Vocabulary

BYTES = [bytes([byte]) for byte in range(256)]
CROSSING = [
    b'{"', b'":', b'": ', b'","', b'", "', b'"}', b'"]', b'"},{"', b"],[", b'[{"', b"{}", b"[]", b"}}", b"]]", b'""',
    b'"",', b"true", b"false", b"null", b"tr", b"ue", b" ", b"  ", b" \n\t ", b"\r\n", b', "', b': "', b"12", b"1.5",
    b"-1", b"e5", b".0", b"10", b"abc", b"ab", b"ba", b"bc", b'a"', b'ab":', b'a":1,"b":', b'":1,"', b'a":1,"a"',
    b'a":{"a":1},"b":{"b":2}', b'x":1,"y":2,"', "é".encode(), "é".encode()[1:] + b"a", "\U0001f600".encode(),
    "\U0001f600".encode()[:2], b'\xa9"', b"\\n", b'\\"', b"\\u00", b'\\\\"', b"\\", b'1,"', b"1}", b"1]", b'0,"c":',
    b'"a"', b'"a","b"', b'{"a":1}', b"[1,2]", b'{"a":{"b":',
    b'" ', b'a" :', b'"\n}', b'c"  ]',
]  # fmt: skip


def crossing(seed: int = 0) -> Vocabulary:
    """All bytes, tokens that cross boundaries, and random ones; two end-of-sequence tokens, and a token twice."""
    rng = random.Random(seed)
    alphabet = [b'"', b"a", b"b", b"c", b",", b":", b"{", b"}", b"[", b"]", b" ", b"1", b"\\", "é".encode()]
    drawn = [b"".join(rng.choices(alphabet, k=rng.randint(2, 9))) for _ in range(150)]
    texts: list[bytes | None] = [*BYTES, *CROSSING, *drawn, b"ab", None, None, None]
    return Vocabulary.from_bytes(texts, eos=[len(texts) - 1, len(texts) - 3])


def tokens_of(row: np.ndarray) -> set[int]:
    """The ids whose bits are set."""
    return set(np.flatnonzero(np.unpackbits(row.view(np.uint8), bitorder="little")).tolist())


def mask(matcher: Matcher, vocabulary: Vocabulary) -> set[int]:
    """What ``fill_bitmask`` allows."""
    row = np.full(vocabulary.bitmask_words, -1, np.int32)
    matcher.fill_bitmask(row)
    return tokens_of(row)


def allowed(compiled: CompiledGrammar, data: bytes, vocabulary: Vocabulary) -> set[int]:
    """What may follow ``data`` by definition: each token whose bytes, as one-byte tokens, can go on.

    Ids below 256 are bytes.
    """
    here = compiled.matcher()
    for byte in data:
        assert here.accept_token(byte), data
    found = set(vocabulary.eos_token_ids) if here.is_accepting() else set()
    for token in range(vocabulary.size):
        text = vocabulary.token_bytes(token)
        if text and _goes_on(here.fork(), text):
            found.add(token)
    return found


def _goes_on(matcher: Matcher, text: bytes) -> bool:
    return all(matcher.accept_token(byte) for byte in text)

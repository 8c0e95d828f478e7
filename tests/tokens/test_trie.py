"""The trie of numpy against one of nested dictionaries."""

from __future__ import annotations

import random
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structgen.tokens.texts import TokenTexts
from structgen.tokens.trie import TokenTrie

# Few letters make deep, shared paths; the runs put differences around the blocks in which texts are compared.
LETTERS = st.sampled_from([b"\x00", b"a", b"b", b"\x7f", b"\x80", b"\xff"])
RUNS = st.builds(
    lambda letter, count: letter * count, LETTERS, st.sampled_from([1, 2, 7, 8, 15, 16, 17, 31, 32, 33, 130])
)
TEXTS = st.lists(st.one_of(LETTERS, RUNS), max_size=4).map(b"".join)
VOCABULARIES = st.lists(st.one_of(st.none(), TEXTS), max_size=40)

Layout = tuple[list[int], list[int], list[int], list[int]]


def naive_layout(texts: list[bytes | None]) -> Layout:
    root: dict[int, Any] = {}
    for token, text in enumerate(texts):
        if text:
            node = root
            for byte in text:
                node = node.setdefault(byte, {})
            node.setdefault(-1, []).append(token)
    naive: Layout = ([], [], [], [])
    bytes_, ends, begins, order = naive

    # an explicit stack, since tokens are longer than Python's recursion is deep
    stack: list[tuple[dict[int, Any], int, int]] = [(root, 0, -1)]
    while stack:
        node, byte, closing = stack.pop()
        if closing >= 0:
            ends[closing] = len(bytes_)
            continue
        index = len(bytes_)
        bytes_.append(byte)
        ends.append(0)
        begins.append(len(order))
        order.extend(node.get(-1, []))
        stack.append((node, byte, index))
        stack.extend((node[child], child, -1) for child in sorted((key for key in node if key >= 0), reverse=True))
    begins.append(len(order))
    return naive


def layout(trie: TokenTrie) -> Layout:
    return trie.byte.tolist(), trie.subtree_end.tolist(), trie.token_begin.tolist(), trie.order.tolist()


@settings(max_examples=600, deadline=None)
@given(VOCABULARIES)
def test_the_layout_is_that_of_a_naive_trie(texts: list[bytes | None]) -> None:
    assert layout(TokenTrie.build(texts)) == naive_layout(texts)


@settings(max_examples=200, deadline=None)
@given(VOCABULARIES)
def test_a_subtree_holds_exactly_the_tokens_with_its_prefix(texts: list[bytes | None]) -> None:
    trie = TokenTrie.build(texts)
    paths = {0: b""}
    for node in range(len(trie)):
        end, child = int(trie.subtree_end[node]), node + 1
        while child < end:
            paths[child] = paths[node] + bytes([trie.byte[child]])
            child = int(trie.subtree_end[child])
        found = trie.order[trie.token_begin[node] : trie.token_begin[end]].tolist()
        expected = [token for token, text in enumerate(texts) if text and text.startswith(paths[node])]
        assert sorted(found) == expected
    assert len(paths) == len(trie)


@pytest.mark.parametrize(
    "texts",
    [
        [],
        [None],
        [b"", None, b""],
        [b"a"],
        [b"a", b"a", None, b"a"],
        [b"a\0", b"a", b"a\0\0", b"\0", b"\0\0"],
        [bytes([byte]) for byte in reversed(range(256))],
        [b"\0" * length for length in range(40)],
        [b"x" * 16 + b"\0" * length for length in range(20)],
        [b"x" * 200, b"x" * 199 + b"y", b"x" * 5000, b"x" * 4999 + b"w", b"x" * 200],
    ],
)
def test_edge_cases(texts: list[bytes | None]) -> None:
    assert layout(TokenTrie.build(texts)) == naive_layout(texts)


def test_tokens_longer_than_65536_bytes_are_laid_out() -> None:
    texts: list[bytes | None] = [b"a" * 70_000, b"b", b"a" * 69_999 + b"b", b"a" * 66_000, b"a" * 70_000]
    assert layout(TokenTrie.build(texts)) == naive_layout(texts)


def test_a_large_random_vocabulary_is_laid_out() -> None:
    generator = random.Random(1)
    texts: list[bytes | None] = [
        bytes(generator.choices(b"etaoin \0\xe2\x80\xf0", k=generator.randrange(1, 24))) for _ in range(20_000)
    ]
    assert layout(TokenTrie.build(texts)) == naive_layout(texts)


def test_one_long_token_does_not_widen_the_others() -> None:
    texts: list[bytes | None] = [b"token %d" % token for token in range(20_000)]
    texts.append(b"x" * 1_000_000)
    tracemalloc.start()
    try:
        TokenTrie.build(texts)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 200_000_000  # 20,000 texts of a million bytes would be 100 times as much


def test_arrays_have_the_documented_types_and_are_read_only() -> None:
    for trie in (TokenTrie.build([b"a", b"ab"]), TokenTrie.build([])):
        types = {name: array.dtype for name, array in trie.arrays().items()}
        assert types == {"byte": np.uint8, "subtree_end": np.int32, "token_begin": np.int32, "order": np.int32}
        for array in trie.arrays().values():
            assert array.flags.c_contiguous
            with pytest.raises(ValueError):
                array[...] = 0


def test_a_trie_is_made_again_from_its_arrays() -> None:
    trie = TokenTrie.build([b"a", None, b"ab", b"b"])
    assert layout(TokenTrie.from_arrays(trie.arrays())) == layout(trie)


@given(VOCABULARIES)
def test_texts_are_kept_as_they_are(texts: list[bytes | None]) -> None:
    flat = TokenTexts.of(texts)
    assert list(flat) == texts
    assert TokenTexts.of(flat) is flat


@given(VOCABULARIES)
def test_texts_that_hold_a_byte_are_found(texts: list[bytes | None]) -> None:
    for letter in b"\x00a\xff":
        assert TokenTexts.of(texts).holding(letter).tolist() == [letter in (text or b"") for text in texts]


@given(VOCABULARIES, VOCABULARIES)
def test_fingerprints_are_equal_where_the_texts_are(first: list[bytes | None], second: list[bytes | None]) -> None:
    equal = TokenTexts.of(first).fingerprint == TokenTexts.of(second).fingerprint
    assert equal == (first == second)


@pytest.mark.parametrize(("first", "second"), [([b"a", b"b"], [b"ab", b""]), ([None], [b""]), ([], [None])])
def test_fingerprints_see_where_a_text_ends(first: list[bytes | None], second: list[bytes | None]) -> None:
    assert TokenTexts.of(first).fingerprint != TokenTexts.of(second).fingerprint


@pytest.mark.parametrize("token", [-1, 2, 10**6])
def test_an_id_outside_is_an_index_error(token: int) -> None:
    with pytest.raises(IndexError):
        TokenTexts.of([b"a", b"b"])[token]

"""Masks against their definition, state by state, over random walks."""

from __future__ import annotations

import gc
import json
import random
import re
import threading
import weakref
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import structgen
from structgen import Vocabulary
from structgen.tokens.engine import MaskEngine
from structgen.tokens.masks import MaskStore
from tests.schema.strategies import documents
from tests.vocabularies import BYTES, allowed, crossing, mask, tokens_of

CROSSING = crossing()
LIST = {"type": "array", "items": {"$ref": "#"}, "maxItems": 3}
SCHEMAS: list[Any] = [
    True,
    {"type": "string"},
    {"type": "string", "minLength": 2, "maxLength": 4},
    {"type": "string", "pattern": "^[ab]{1,3}é?$"},
    {"enum": ["a", "ab", 'a"b', "\n", 1, -2.5, None, [1, {"a": []}], {}]},
    {"type": "integer", "minimum": -3, "maximum": 120},
    {"type": "number"},
    LIST,
    {"type": "array", "prefixItems": [{"type": "integer"}, {"const": "a"}], "minItems": 1, "items": {"type": "null"}},
    {"properties": {"a": {"type": "integer"}, "b": {"type": "string"}}, "required": ["b"]},
    {"properties": {"a": {"type": "integer"}, "ab": {}, "b": {"$ref": "#"}},
     "additionalProperties": {"type": "boolean"}},
    {"type": "object", "properties": {"a": {}, "b": {}, "c": {}},
     "additionalProperties": False, "required": ["a", "c"]},
    {"properties": {"é": {"const": 1}, "a\nb": {}, "\x1f": {}, '"': {}, "": {}},
     "additionalProperties": {"type": "null"}},
    {"anyOf": [
        {"properties": {"a": {"const": "ab"}, "b": {"type": "integer"}}, "required": ["a", "b"], "type": "object"},
        {"properties": {"a": {"type": "string"}, "c": {"type": "array"}}, "type": "object"},
        {"type": "array", "items": {"enum": [1, "a"]}},
        {"type": "array", "items": {"type": "integer"}, "minItems": 2},
    ]},
]  # fmt: skip


def check_walk(
    compiled: structgen.CompiledGrammar, vocabulary: Vocabulary, rng: random.Random, steps: int
) -> bytes | None:
    """Walk at random; every mask must be what the bytes allow, and never empty."""
    matcher = compiled.matcher()
    data = b""
    for _ in range(steps):
        found = mask(matcher, vocabulary)
        assert found == allowed(compiled, data, vocabulary), data
        assert found, f"dead end after {data!r}"
        token = rng.choice(sorted(found))
        assert matcher.accept_token(token)
        if token in vocabulary.eos_token_ids:
            return data
        data += vocabulary.token_bytes(token) or b""
    return None


@pytest.mark.parametrize("order", ["schema", "any"])
@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: json.dumps(schema)[:60])
def test_a_mask_holds_the_tokens_whose_bytes_may_follow(schema: Any, order: Any) -> None:
    compiled = structgen.compile(schema=schema, vocabulary=CROSSING, property_order=order, max_whitespace=3)
    for seed in range(3):
        text = check_walk(compiled, CROSSING, random.Random(f"{seed} {order}"), 14)
        assert text is None or isinstance(json.loads(text), object)


@settings(max_examples=40)
@given(documents(), st.randoms(use_true_random=False), st.sampled_from(["schema", "any"]))
def test_masks_of_random_schemas(schema: Any, rng: random.Random, order: Any) -> None:
    try:
        compiled = structgen.compile(schema=schema, vocabulary=CROSSING, property_order=order, max_whitespace=0)
    except structgen.StructgenError:
        return
    check_walk(compiled, CROSSING, rng, 8)


@pytest.mark.parametrize(
    "pattern", ["(ab|ba)*c?", "a{2,5}b{0,300}", "[^a]{3}", ".*", "(?=.*c)[abc]{1,4}", "é+|\U0001f600", "a|b|"]
)
def test_masks_of_patterns(pattern: str) -> None:
    compiled = structgen.compile(regex=pattern, vocabulary=CROSSING)
    for seed in range(3):
        text = check_walk(compiled, CROSSING, random.Random(seed), 10)
        assert text is None or re.fullmatch(pattern, text.decode())


def test_masks_of_choices() -> None:
    choices = ["a", "ab", "abc", "é", "b" * 70, "\U0001f600"]
    compiled = structgen.compile(choices=choices, vocabulary=CROSSING)
    texts = {check_walk(compiled, CROSSING, random.Random(seed), 80) for seed in range(40)}
    assert {choice.encode() for choice in choices[:3]} <= texts <= {choice.encode() for choice in choices}


def test_a_name_that_one_token_reads_twice_is_left_out() -> None:
    compiled = structgen.compile(schema={"type": "object"}, vocabulary=CROSSING)
    twice = next(t for t in range(CROSSING.size) if CROSSING.token_bytes(t) == b'a":1,"a"')
    matcher = compiled.matcher()
    for byte in b'{"':
        assert matcher.accept_token(byte)
    assert twice not in mask(matcher, CROSSING)
    assert matcher.accept_token(ord("b"))
    assert twice in mask(matcher, CROSSING)  # "ba" and "a" differ


def test_whitespace_has_its_bound() -> None:
    compiled = structgen.compile(schema={"type": "array"}, vocabulary=CROSSING, max_whitespace=5)
    assert compiled.trace(b"[     ]").accepted
    assert compiled.trace(b"[      ]").position == 6
    assert compiled.trace(b"[1   \n\t]").accepted
    assert not structgen.compile(schema=True, vocabulary=CROSSING, max_whitespace=0).trace(b"[1, 2]").accepted
    unbounded = structgen.compile(schema={"type": "array"}, vocabulary=CROSSING, max_whitespace=None)
    assert unbounded.trace(b"[" + b" " * 5000 + b"]").accepted
    for count in range(1, 6):
        matcher = compiled.matcher()
        for byte in b"[" + b" " * count:
            assert matcher.accept_token(byte)
        assert mask(matcher, CROSSING) == allowed(compiled, b"[" + b" " * count, CROSSING)


# Vocabularies that lack bytes


SINGLES = [b"a", b"b", b"1", b'"', b"{", b"}", b":", b",", b"[", b"]", b"\xc3", b"\xa9", b" "]
LONGER = [b'"a', b'a"', b'":', b"b1", b"\xc3\xa9", b'{"a"', b'":1', b"ab", b"]]", b'",']
FINISHED: list[Any] = [
    {"type": "array", "maxItems": 2, "items": {"enum": ["a", "é", "ab", 1]}},
    {"enum": ["a", "b1", "éa"]},
    {"type": "object", "properties": {"a": {"enum": [1, 11]}}, "required": ["a"], "additionalProperties": False},
]


@settings(max_examples=25)
@given(
    st.sets(st.sampled_from(SINGLES), min_size=4),
    st.lists(st.sampled_from(LONGER), max_size=8),
    st.sampled_from(FINISHED),
    st.randoms(use_true_random=False),
)
def test_a_vocabulary_is_never_led_where_it_cannot_finish(
    singles: set[bytes], longer: list[bytes], schema: Any, rng: random.Random
) -> None:
    vocabulary = Vocabulary.from_bytes([*sorted(singles), *longer, None], eos=len(singles) + len(longer))
    texts = {token: vocabulary.token_bytes(token) or b"" for token in range(vocabulary.size - 1)}
    reference = structgen.compile(schema=schema, vocabulary=CROSSING, max_whitespace=0)

    def finishes(data: bytes) -> bool:
        trace = reference.trace(data)
        return trace.may_end or any(
            reference.trace(data + text).position == len(data) + len(text) and finishes(data + text)
            for text in texts.values()
        )

    try:
        compiled = structgen.compile(schema=schema, vocabulary=vocabulary, max_whitespace=0)
    except structgen.TokenizerError:
        assert not finishes(b"")
        return
    matcher, data = compiled.matcher(), b""
    for _ in range(6):
        expected = {
            token
            for token, text in texts.items()
            if reference.trace(data + text).position == len(data) + len(text) and finishes(data + text)
        }
        if reference.trace(data).may_end:
            expected |= set(vocabulary.eos_token_ids)
        assert mask(matcher, vocabulary) == expected, data
        assert expected
        token = rng.choice(sorted(expected))
        assert matcher.accept_token(token)
        if token in vocabulary.eos_token_ids:
            return
        data += texts[token]


def test_bytes_that_no_token_has_are_not_part_of_any_text() -> None:
    lacking = Vocabulary.from_bytes([*(b for b in BYTES if b not in (b"\xc3", b"\x04")), None], eos=254)
    compiled = structgen.compile(schema={"type": "string"}, vocabulary=lacking)
    assert not compiled.trace('"é"'.encode()).accepted
    assert compiled.trace('"€\\u0004"'.encode()).accepted
    with pytest.raises(structgen.TokenizerError, match="can't spell"):
        structgen.compile(regex="é", vocabulary=lacking)


# The store


def test_a_full_store_starts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("structgen.tokens.engine.DEFAULT_MASK_BYTES", 1 << 12)
    vocabulary = crossing(seed=5)
    engine = MaskEngine.of(vocabulary)
    generation = engine.store.generation
    for schema in SCHEMAS:
        compiled = structgen.compile(schema=schema, vocabulary=vocabulary)
        check_walk(compiled, vocabulary, random.Random(1), 12)
    while engine.store.has_room(0, 2):
        engine.store.add_row(np.zeros(0, np.int32))
    later = structgen.compile(schema={"type": "string", "pattern": "^b+$"}, vocabulary=vocabulary)
    check_walk(later, vocabulary, random.Random(2), 8)
    assert engine.store.generation > generation


def test_old_engines_go_with_their_last_grammar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("structgen.tokens.engine._MANY_STATES", 100)
    vocabulary = crossing(seed=6)
    engines = []
    for number in range(4):
        schema = {"type": "object", "properties": {f"{number}{name}": {"type": "string"} for name in "abcdef"}}
        compiled = structgen.compile(schema=schema, vocabulary=vocabulary)
        check_walk(compiled, vocabulary, random.Random(number), 12)
        engines.append(weakref.ref(vocabulary.engine))
    del compiled
    MaskEngine.of(vocabulary)
    gc.collect()
    assert all(engine() in (None, vocabulary.engine) for engine in engines)
    assert engines[0]() is None


@given(st.lists(st.tuples(st.integers(0, 1 << 60), st.integers(0, 5)), max_size=300))
def test_a_store_finds_what_was_remembered_last(pairs: list[tuple[int, int]]) -> None:
    store = MaskStore(2, 1 << 16)
    expected: dict[int, int] = {}
    for state, number in pairs:
        store.remember(state, number)
        expected[state] = number
    assert all(store.find(state) == number for state, number in expected.items())
    assert store.find(1 << 61) == -1


@given(st.sets(st.integers(0, 95)), st.sets(st.integers(0, 95)), st.sets(st.integers(0, 95)))
def test_a_mask_is_its_base_less_and_plus_ids(base: set[int], removed: set[int], added: set[int]) -> None:
    store = MaskStore(3, 1 << 16)
    arrays = [np.array(sorted(ids), np.int32) for ids in (base, removed, added)]
    number = store.add(store.add_row(arrays[0]), arrays[1], arrays[2])
    row = np.full(3, -1, np.int32)
    store.write(number, row)
    assert tokens_of(row) == base - removed | added


@given(st.lists(st.tuples(st.booleans(), st.sets(st.integers(0, 95)), st.sets(st.integers(0, 95))), max_size=30))
def test_equal_masks_are_one(masks: list[tuple[bool, set[int], set[int]]]) -> None:
    store = MaskStore(3, 1 << 16)
    base = store.add_row(np.arange(0, 96, 2, dtype=np.int32))
    numbers = []
    for has_base, removed, added in masks * 2:
        arrays = [np.array(sorted(ids), np.int32) for ids in (removed if has_base else (), added)]
        numbers.append(store.add(base if has_base else -1, *arrays))
    assert numbers[: len(masks)] == numbers[len(masks) :]
    row = np.full(3, -1, np.int32)
    for number, (has_base, removed, added) in zip(numbers, masks * 2, strict=True):
        store.write(number, row)
        assert tokens_of(row) == (set(range(0, 96, 2)) - removed | added if has_base else added)


# Batches and threads


@pytest.mark.parametrize("order", ["schema", "any"])
def test_a_batch_is_its_rows(order: Any) -> None:
    vocabulary = crossing(seed=3)
    rng = random.Random(order)
    matchers = []
    for schema in SCHEMAS * 3:
        matcher = structgen.compile(schema=schema, vocabulary=vocabulary, property_order=order).matcher()
        for _ in range(rng.randint(0, 6)):
            tokens = sorted(mask(matcher, vocabulary))
            matcher.accept_token(rng.choice(tokens)) if tokens else None
        matchers.append(matcher)
    fresh = crossing(seed=3)
    assert fresh == vocabulary
    rows = np.full((len(matchers), vocabulary.bitmask_words), -1, np.int32)
    structgen.fill_bitmasks(matchers, rows)
    for matcher, row in zip(matchers, rows, strict=True):
        assert tokens_of(row) == mask(matcher, vocabulary)


def test_threads_share_a_grammar() -> None:
    vocabulary = crossing(seed=4)
    compiled = [structgen.compile(schema=schema, vocabulary=vocabulary) for schema in SCHEMAS]
    alone = crossing(seed=4)
    failures: list[BaseException] = []

    def work(seed: int) -> None:
        rng = random.Random(seed)
        try:
            for grammar, schema in zip(compiled, SCHEMAS, strict=True):
                matcher, data = grammar.matcher(), b""
                for _ in range(12):
                    tokens = sorted(mask(matcher, vocabulary))
                    assert tokens
                    token = rng.choice(tokens)
                    assert matcher.accept_token(token)
                    if token in vocabulary.eos_token_ids:
                        break
                    data += vocabulary.token_bytes(token) or b""
                assert structgen.compile(schema=schema, vocabulary=alone).trace(data).position == len(data)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_a_mask_may_meet_more_new_states_than_a_walk_can_put_aside() -> None:
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    pairs = [first + second for first in letters for second in letters]
    longer = [pair + "a" for pair in pairs[::7]]
    texts: list[bytes | None] = [*BYTES, *(text.encode() for text in pairs + longer), None]
    vocabulary = Vocabulary.from_bytes(texts, eos=len(texts) - 1)
    compiled = structgen.compile(choices=[pair + end for pair in pairs for end in ("a", "bc")], vocabulary=vocabulary)
    matcher = compiled.matcher()
    several = set(range(256, 256 + len(pairs) + len(longer)))
    assert mask(matcher, vocabulary) == {ord(letter) for letter in letters} | several
    assert matcher.accept_token(256 + 5)
    assert mask(matcher, vocabulary) == {ord("a"), ord("b"), 256 + pairs.index("bc")}

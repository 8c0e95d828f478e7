"""Expressions that share the free string's inside: every text begins a member."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

import structgen
from structgen.automaton.runtime import Runtime
from structgen.regex import ANYTHING, Node, complement, concat, derivative, intersection, is_empty, search, union
from structgen.regex.automaton import quoted_text
from tests.regex.expressions import Expression, expressions
from tests.vocabularies import allowed, crossing, mask

VOCABULARY = crossing(seed=8)
PATTERNS = ["ab", "a.*b|c$", "[ab]{3}", "^a", "b$", "", "a(?!b)", r"^(?!.*aa)", "[^a]b{2,}c"]


def is_shared(node: Node) -> bool:
    runtime = Runtime(16)
    control = quoted_text(runtime, (node,))
    runtime.machine.describe(control)
    return bool(runtime.tables.arrays["inside"][control])


@given(expressions(), expressions(), st.text("abc", max_size=5))
def test_every_text_begins_a_member_of_what_shares_the_inside(first: Expression, second: Expression, text: str) -> None:
    node, other = first.node, second.node
    found, ended = concat(ANYTHING, other, ANYTHING), concat(ANYTHING, other)
    for one in (
        *(node, complement(node), union(node, found), union(node, ended), intersection(node, found)),
        *(intersection(found, complement(node)), intersection(ended, found), intersection(union(node, found), found)),
    ):
        if not is_empty(one) and is_shared(one):
            rest = one
            for character in text:
                rest = derivative(rest, character)
            assert not is_empty(rest)


def test_patterns_that_may_stand_anywhere_share_it() -> None:
    found = {pattern for pattern in PATTERNS if is_shared(search(pattern, "ecma"))}
    assert found >= {"ab", "[ab]{3}", "[^a]b{2,}c", "b$"}
    assert "^a" not in found


def test_masks_of_shared_insides() -> None:
    for one in PATTERNS:
        for other in ("", "ba", "c$"):
            schema = {"allOf": [{"pattern": one}, {"pattern": other}], "type": "string", "minLength": 2}
            try:
                compiled = structgen.compile(schema=schema, vocabulary=VOCABULARY)
            except structgen.UnsatisfiableSchemaError:
                continue
            for data in (b'"', b'"a', b'"ab', b'"aab', b'"cab'):
                matcher = compiled.matcher()
                if all(matcher.accept_token(byte) for byte in data):
                    assert mask(matcher, VOCABULARY) == allowed(compiled, data, VOCABULARY)


def test_masks_of_names_told_apart_by_patterns() -> None:
    schema = {
        "type": "object",
        "properties": {"ab": {"type": "null"}, "x": {"type": "integer"}},
        "patternProperties": {"^a": {"type": ["null", "string"]}, "b$": {"type": ["null", "boolean"]}},
        "additionalProperties": {"type": "integer"},
    }
    for order in ("schema", "any"):
        compiled = structgen.compile(schema=schema, vocabulary=VOCABULARY, property_order=order)
        for data in (
            b'{"',
            b'{"a',
            b'{"ab',
            b'{"abc',
            b'{"x',
            b'{"xb',
            b'{"ab": null, "a',
            b'{"c": 1, "',
            b'{"c": 1, "c',
        ):
            matcher = compiled.matcher()
            assert all(matcher.accept_token(byte) for byte in data)
            assert mask(matcher, VOCABULARY) == allowed(compiled, data, VOCABULARY)

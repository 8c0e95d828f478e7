"""Values that are remembered: equal where JSON counts them as equal."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structgen.automaton.runtime import Runtime
from structgen.errors import LimitExceededError
from structgen.schema.captures import UNKNOWN, UNKNOWN_WHOLE, answer, canonical, captured_array, captured_object
from structgen.schema.captures import json_value as value_of
from structgen.schema.members import equality_key
from structgen.schema.terms import TRUE
from tests.schema.conditions import Texts

numbers = st.one_of(
    st.integers(-200, 200),
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-5, max_value=5),
    st.sampled_from([Decimal("1E2"), Decimal("100"), Decimal("1.00"), Decimal("-0"), Decimal("0E5"), Decimal("1E-3")]),
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, st.sampled_from(["", "a", "1"])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("ab"), inner, max_size=2)),
    max_leaves=5,
)


@given(values, values)
def test_canonical_forms_are_equal_where_the_values_are(first: Any, second: Any) -> None:
    assert (canonical(first) == canonical(second)) == (equality_key(first) == equality_key(second))


@given(values)
def test_a_canonical_form_tells_the_value(value: Any) -> None:
    assert equality_key(value_of(canonical(value))) == equality_key(value)


@pytest.mark.parametrize(
    ("first", "second", "are_equal"),
    [
        ("1", "1.0", True), ("1", "1.000", True), ("1e2", "100", True), ("1e2", "101", False),
        ("0", "-0.0", True), ("1e-1", "0.10", True),
        ("1", "10", False), ("1", "-1", False), ("1", '"1"', False), ("1", "true", False), ("0", "false", False),
        ("null", '"null"', False), ('"a"', '"\\u0061"', True), ("[1,2]", "[2,1]", False), ("[]", "{}", False),
        ('{"a":1,"b":[2.0]}', '{"b":[2],"a":1.00}', True), ('{"a":1}', '{"a":1,"b":1}', False), ("[[1]]", "[1]", False),
        ("12345678901234567890", "12345678901234567891", False),
    ],
)  # fmt: skip
def test_items_that_must_differ_are_compared_as_json_values(first: str, second: str, are_equal: bool) -> None:
    texts = Texts({"uniqueItems": True})
    if "\\u0061" in second:
        assert not texts.begins(f"[{first},{second}")  # a needless escape
    else:
        assert texts.accepts(f"[{first}, {second}]") != are_equal
        assert texts.accepts(f"[[{first}],[{second}]]") != are_equal
        assert texts.accepts(f'[{{"k":{first}}},{{"k":{second}}}]') != are_equal


def test_what_a_walk_can_not_tell_stays_unknown_in_the_whole() -> None:
    runtime = Runtime(reach=4, capacity=1 << 12)
    assert answer(runtime, captured_array(runtime, (None, UNKNOWN), (0,)), (TRUE,)) == ((0,), UNKNOWN_WHOLE)
    members = frozenset([("a", UNKNOWN)])
    assert answer(runtime, captured_object(runtime, members, (0,)), (TRUE,)) == ((0,), UNKNOWN_WHOLE)
    unnamed = frozenset([(None, True)])
    assert answer(runtime, captured_object(runtime, unnamed, (0,)), (TRUE,)) == ((0,), UNKNOWN_WHOLE)
    held, value = answer(runtime, captured_array(runtime, (None, "a"), (0,)), (TRUE,))
    assert list(held) == [0] and value_of(value) == [None, "a"]


def test_exponents_that_no_decimal_holds_are_refused() -> None:
    texts = Texts({"uniqueItems": True})
    with pytest.raises(LimitExceededError, match="exponent"):
        texts.accepts("[1e" + "9" * 30 + ",2]")
    with pytest.raises(LimitExceededError, match="exponent"):
        texts.accepts("[1e" + "9" * 5000 + ",2]")


@given(st.lists(values, max_size=4))
def test_arrays_of_different_items(items: list[Any]) -> None:
    text = json.dumps(items, default=float)
    keys = [equality_key(item) for item in json.loads(text)]
    assert Texts({"uniqueItems": True}).accepts(text) == (len(set(keys)) == len(keys))

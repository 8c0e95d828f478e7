"""JSON texts of any depth: the loop reads what ``json`` reads."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structgen.errors import LimitExceededError, SchemaError
from structgen.schema.json_text import MAX_DEPTH, parse_json

values = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
)
texts = values.map(json.dumps) | st.text(alphabet='[]{},:"a1 \n', max_size=8)
LEVELS = 1500  # deeper than the interpreter's stack


@given(texts)
def test_deep_inside_a_text_is_read_as_anywhere(text: str) -> None:
    expected: Any = None
    try:
        expected = json.loads(text)
    except ValueError:
        error: type[Exception] | None = SchemaError
    else:
        error = None
    deep = "[" * LEVELS + text + "]" * LEVELS
    if error is None:
        found: Any = parse_json(deep)
        for _ in range(LEVELS):
            (found,) = found
        assert found == expected
    elif "[" not in text and "]" not in text and text.strip() and "," not in text:
        with pytest.raises(error):
            parse_json(deep)


@pytest.mark.parametrize(
    "end",
    ['{"a" 1}', "{a: 1}", '{"a": 1,}', '{"a": 1 "b": 2}', "[1 2]", "[1,]", "tru", "{", "[", '{"a":', '"a'],
)
def test_what_is_no_json_is_an_error_at_any_depth(end: str) -> None:
    for levels in (0, LEVELS):
        with pytest.raises(SchemaError, match="not JSON"):
            parse_json("[" * levels + end + "]" * levels)


def test_a_repeated_key_is_an_error_at_any_depth() -> None:
    for levels in (0, LEVELS):
        with pytest.raises(SchemaError, match="repeats the key 'a'"):
            parse_json("[" * levels + '{"a": 1, "b": 2, "a": 1}' + "]" * levels)


def test_numbers_are_exact_at_any_depth() -> None:
    found: Any = parse_json("[" * LEVELS + "1.50, 1e2" + "]" * LEVELS)
    for _ in range(LEVELS - 1):
        (found,) = found
    assert found == [Decimal("1.50"), Decimal("1E+2")]
    assert str(found[0]) == "1.50"


def test_depth_has_a_bound() -> None:
    with pytest.raises(LimitExceededError, match="nesting"):
        parse_json("[" * (MAX_DEPTH + 1))
    with pytest.raises(SchemaError, match="Expecting value"):
        parse_json("[" * MAX_DEPTH)

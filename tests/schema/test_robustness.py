"""Whatever is given as a schema ends in a term or in one of our errors."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from structgen.errors import StructgenError
from structgen.schema.documents import load
from structgen.schema.keywords import READERS
from structgen.schema.references import DRAFTS

KEYWORDS = sorted({keyword for keywords in READERS.values() for keyword in keywords})
URIS = (
    "#",
    "#/",
    "#/x",
    "#/properties/a",
    "#/anyOf/0",
    "#/$defs/%",
    "#~2",
    "x",
    "http://a/b",
    "http://a/b#x",
    "#x",
    "//[",
)

leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**6),
    st.floats(),
    st.decimals(),
    st.text(max_size=3),
    st.sampled_from(URIS),
    st.sampled_from(["integer", "string", "object", "array", "a*", "(", "[a-z]{2,3}$", "date", "\ud800"]),
    st.sampled_from([draft.uri for draft in DRAFTS.values()]),
)
names = st.one_of(
    st.sampled_from(KEYWORDS),
    st.sampled_from(
        ["$id", "id", "$anchor", "$schema", "$defs", "definitions", "a", "", "x", "$dynamicAnchor", "then"]
    ),
)
anything = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=4)),
    max_leaves=15,
)
schemas = st.dictionaries(names, anything, max_size=5)


@settings(deadline=None, max_examples=500, suppress_health_check=list(HealthCheck))
@given(schemas)
def test_any_object_is_a_schema_or_an_error(schema: dict[str, Any]) -> None:
    try:
        term = load(schema)
    except StructgenError as error:
        assert str(error)
        return
    assert not term.is_empty()
    # A second reading says the same.
    assert load(schema).values().null == term.values().null


@settings(deadline=None, max_examples=200)
@given(st.one_of(st.text(max_size=20), schemas.map(lambda schema: json.dumps(schema, default=str))))
def test_any_text_is_a_schema_or_an_error(text: str) -> None:
    try:
        load(text)
    except StructgenError as error:
        assert str(error)


@pytest.mark.parametrize("keyword", ["unevaluatedProperties", "unevaluatedItems"])
def test_unevaluated_keywords_may_lead_back_through_the_values_children(keyword: str) -> None:
    definitions = {
        "d0": {keyword: {}, "dependentSchemas": {"a": {"$ref": "#/$defs/d2"}}, "if": {"$ref": "#/$defs/d2"}},
        "d2": {keyword: {"$ref": "#/$defs/d0"}},
    }
    assert not load({"$ref": "#/$defs/d0", "$defs": definitions}).is_empty()

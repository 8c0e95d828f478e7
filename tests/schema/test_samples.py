"""Sample texts: most are whole and valid, and none takes longer than it may."""

from __future__ import annotations

import json
from time import perf_counter
from typing import Any

import jsonschema
import pytest

import structgen
from structgen.schema.documents import load
from structgen.schema.samples import sample
from structgen.schema.writing import Writing
from tests.vocabularies import crossing

SCHEMAS: list[Any] = [
    True,
    {"type": "string", "pattern": "^[a-z]{3}-[0-9]+$"},
    {"enum": ["red", "green", 3, None]},
    {"type": "integer", "minimum": 30, "maximum": 40},
    {"type": "number", "exclusiveMinimum": 0.5, "maximum": 0.75},
    {"type": "array", "items": {"type": "boolean"}, "minItems": 1},
    {"type": "array", "prefixItems": [{"const": 1}, {"type": "null"}], "items": False},
    {
        "type": "object",
        "properties": {"a": {"type": "string", "format": "date"}, "é\n": {"$ref": "#"}, "no": False},
        "required": ["a"],
        "additionalProperties": False,
    },
    {"anyOf": [{"type": "object", "required": ["x", "y"]}, {"type": "string"}]},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=json.dumps)
@pytest.mark.parametrize("layout", ["any", "compact", "spaced", "indented"])
def test_samples_are_valid_and_written_as_asked(schema: Any, layout: Any) -> None:
    text = sample(load(schema), Writing(whitespace=layout), 300, perf_counter() + 60)
    trace = structgen.compile(schema=schema, vocabulary=crossing(), whitespace=layout).trace(text)
    assert trace.position == len(text)
    if trace.accepted:
        jsonschema.Draft202012Validator(schema).validate(json.loads(text))
    else:
        assert len(text) >= 300


def test_a_sample_ends_in_time() -> None:
    schema = {"type": "array", "items": {"$ref": "#"}, "minItems": 1}
    deep = {"properties": {name: {"$ref": "#"} for name in "abcdef"}}
    for one in (deep, {"anyOf": [schema, {"type": "null"}]}):
        assert len(sample(load(one), Writing(), 300, perf_counter() + 60)) < 400
        assert sample(load(one), Writing(), 300, perf_counter() - 1) == b""

"""The oracle of drawn texts and answers."""

from __future__ import annotations

from typing import Any

import pytest

from structgen.bench.cases import read_cases
from structgen.bench.validity import Validator, first_json

DRAFT_4 = "http://json-schema.org/draft-04/schema#"


@pytest.mark.parametrize(
    ("schema", "text", "verdict"),
    [
        ({"multipleOf": 0.01}, "4.99", "valid"),
        ({"multipleOf": 0.01}, "4.999", "invalid"),
        ({"type": "integer"}, "1.0", "valid"),
        ({"type": "integer"}, "1e3", "valid"),
        ({"type": "integer"}, "1.5", "invalid"),
        ({"$schema": DRAFT_4, "type": "integer"}, "1.0", "invalid"),
        ({"const": 0.1}, "1e-1", "valid"),
        ({"type": "number"}, "1e400", "valid"),
        ({"type": "number"}, "NaN", "not JSON"),
        ({}, "", "not JSON"),
        ({}, "[1,]", "not JSON"),
        ({}, "[" * 100_000, "not JSON"),
        ({}, b"\xff", "not JSON"),
        ({}, "1e99999999999999999999", "unknown"),
        ({"$ref": "https://example.com/nowhere"}, "1", "unknown"),
        ({"format": "date"}, '"2026-02-30"', "invalid"),
        (False, "1", "invalid"),
    ],
)
def test_verdicts(schema: Any, text: str | bytes, verdict: str) -> None:
    assert Validator(schema).judge(text) == verdict


def test_formats_can_be_annotations() -> None:
    assert Validator({"format": "date"}, formats="annotate").judge('"2026-02-30"') == "valid"


def test_the_schemas_that_ship_agree_with_their_instances() -> None:
    for case in read_cases(None):
        for test in case.tests:
            assert Validator(case.schema).judge(test.text) == ("valid" if test.valid else "invalid"), (case.id, test)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 1}', '{"a": 1}'),
        ('Sure!\n```json\n{"a": [1, 2]}\n```', '{"a": [1, 2]}'),
        ('{not JSON} {"a": 1} {"b": 2}', '{"a": 1}'),
        ("[1, 2", None),
        ("7", None),
    ],
)
def test_the_first_json_of_an_answer_is_found(text: str, found: str | None) -> None:
    assert first_json(text) == found

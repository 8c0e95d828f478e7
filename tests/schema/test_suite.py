"""The official JSON Schema Test Suite, where a copy lies beside the repository.

Its groups about `format` alone say that a format is an annotation unless asked for: they run with formats annotated.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from structgen.errors import UnsatisfiableSchemaError
from tests.schema.acceptance import accepts_value, compiled

FOLDER = Path(__file__).parents[3] / "shared" / "data"
SUITES = ("suite-2020-12", "suite-draft7")


def _groups(suite: str) -> list[dict[str, Any]]:
    path = FOLDER / f"{suite}.jsonl.gz"
    if not path.exists():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.mark.parametrize("suite", SUITES)
def test_every_group_passes(suite: str) -> None:
    groups = _groups(suite)
    if not groups:
        pytest.skip(f"{FOLDER / suite} is not there")
    wrong = [found for group in groups for found in _disagreements(group)]
    assert not wrong, "\n".join(wrong)


def _disagreements(group: dict[str, Any]) -> list[str]:
    formats = "annotate" if "/format/" in group["id"] else "assert"
    try:
        grammar = compiled(group["schema"], formats=formats)
    except UnsatisfiableSchemaError:
        return [f"{group['id']}: {test['description']}" for test in group["tests"] if test["valid"]]
    return [
        f"{group['id']}: {test['description']}"
        for test in group["tests"]
        if accepts_value(grammar, test["data"]) != test["valid"]
    ]

"""Quality: tasks whose answers can be checked, free against constrained, with the same model and the same prompts.

The tasks that ship (extraction, sentiment, kinds of things, sums) are within reach of a very small model. An answer is
right where each member of the expected one is there and equal; texts up to case and outer whitespace. A free answer may
stand between prose or in a code fence.
"""

from __future__ import annotations

import json
from typing import Any

from structgen.bench.cases import Case
from structgen.bench.generation import Generator, measured
from structgen.bench.masks import Row, excerpt
from structgen.bench.validity import Validator, first_json


class Quality:
    """The measurement over one way of generating."""

    def __init__(self, generator: Generator) -> None:
        self.generator = generator

    def __call__(self, case: Case) -> Row:
        row: Row = {"dataset": case.dataset, "size": case.size, "right": False, "valid": False}
        try:
            made = self.generator.generate(case.prompt, case.schema)
        except Exception as error:  # each engine raises errors of its own
            return row | {"outcome": "refused", "why": excerpt(error)}
        text = first_json(made.text)
        if text is None:
            return row | measured(made) | {"outcome": "not JSON"}
        is_valid = Validator(case.schema).judge(text) == "valid"
        is_right = is_equal(json.loads(text), case.answer)
        outcome = "right" if is_right else "wrong"
        return row | measured(made) | {"outcome": outcome, "right": is_right, "valid": is_valid}


def is_equal(found: Any, expected: Any) -> bool:
    """Whether an answer has what is expected: members of objects that aren't asked for don't matter."""
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(
            name in found and is_equal(found[name], value) for name, value in expected.items()
        )
    if isinstance(expected, str):
        return isinstance(found, str) and found.strip().casefold() == expected.strip().casefold()
    return isinstance(found, bool) == isinstance(expected, bool) and bool(found == expected)

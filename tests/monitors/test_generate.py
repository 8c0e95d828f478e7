"""Monitors in ``generate``: with a grammar and without, with drafts and without."""

from __future__ import annotations

import re
from typing import Any

import pytest

import structgen
from structgen import monitors
from structgen.errors import ArgumentError
from tests.generation.test_generate import MODEL


def tools() -> monitors.Names:
    return monitors.Names(["abc", "abca", "true"], after="c.")


@pytest.mark.parametrize("sampling", [None, structgen.Sampling(seed=1)])
@pytest.mark.parametrize(
    "options", [{"regex": "[abc.]{30}"}, {"grammar": 'start: ("c." /[abcl]+/ " ")~4'}, {}], ids=repr
)
def test_every_name_after_the_trigger_is_known_and_drafts_change_nothing(options: Any, sampling: Any) -> None:
    texts = [
        MODEL.generate(
            prompts := ["abc.", "x"],
            **options,
            monitor=tools(),
            sampling=sampling,
            max_tokens=30,
            speculation=speculation,
        )
        for speculation in (None, "auto")
    ]
    assert [result.tokens for result in texts[0]] == [result.tokens for result in texts[1]]
    assert len(texts[0]) == len(prompts)
    for result in texts[0]:
        for name in re.findall(r"c\.(\w+)\W", result.text):
            assert name in ("abc", "abca", "true")


def test_something_that_is_no_monitor_is_refused() -> None:
    with pytest.raises(ArgumentError, match="monitor= takes a Monitor"):
        MODEL.generate("x", regex="a", monitor=["names"])  # type: ignore[list-item]

"""``--trace``: the text by origin, on standard error."""

from __future__ import annotations

import structgen
from structgen.cli.trace import traced
from tests.cli.conftest import Run


def test_the_trace_is_the_text_and_a_count_of_its_origins(toy_folder: str) -> None:
    model = structgen.load_model(toy_folder)
    result = model.generate("abc", regex="(é|abc){4}x", max_tokens=60)
    lines = traced(result, model.vocabulary).plain.split("\n")
    assert lines[0] == result.text
    words = lines[1].split()
    assert sum(int(word) for word in words if word.isdigit()) == len(result.tokens)


def test_goes_to_standard_error(run: Run, toy_folder: str) -> None:
    outcome = run("generate", "--model", toy_folder, "--regex", "[abc]{5}", "--trace", "a prompt")
    assert outcome.exit_code == 0
    assert outcome.stdout.strip() in outcome.stderr
    assert "model" in outcome.stderr

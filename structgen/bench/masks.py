"""Masks, as MaskBench measures them: the cost of compiling with the first mask, and of each mask with its commit.

Every instance is tokenized and fed token by token. A case passes where each valid instance is accepted to its end, and
no invalid one is. Times are microseconds of one thread. Source: github.com/guidance-ai/jsonschemabench, ``maskbench``.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Any, Final, TypeAlias

from structgen.bench.cases import Case, Instance
from structgen.bench.engines import Engine
from structgen.bench.tokenizers import Tokenizer

Row: TypeAlias = dict[str, Any]
"""What is recorded of a case: JSON."""

_EXCERPT: Final = 300
_WARM_UP: Final = Case(
    "", "", {"type": "object", "properties": {"a": {"type": "integer"}}}, (Instance('{"a": 1}', True),)
)


class Masks:
    """The measurement over one engine. The first call is the engine's warm-up, and no case's."""

    def __init__(self, engine: Engine, tokenizer: Tokenizer) -> None:
        self.engine, self.tokenizer = engine, tokenizer
        self(_WARM_UP)

    def __call__(self, case: Case) -> Row:
        masks: list[float] = []
        row: Row = {"dataset": case.dataset, "size": case.size}
        texts = [self.tokenizer.vocabulary.encode(test.text.encode()) for test in case.tests]
        start = perf_counter()
        try:
            self.engine.compile(case.schema, case.formats)
            self.engine.fill()
        except Exception as error:  # each engine raises errors of its own
            return row | {"outcome": "refused", "why": excerpt(error)}
        row["first_us"] = round((perf_counter() - start) * 1e6, 1)
        row |= _run(self.engine, case.tests, texts, masks)
        return row | {"masks_us": masks}


def _run(engine: Engine, tests: Sequence[Instance], texts: Sequence[list[int]], masks: list[float]) -> Row:
    """The outcome of the instances; the time of each mask with its commit is appended."""
    for number, (test, tokens) in enumerate(zip(tests, texts, strict=True)):
        try:
            engine.reset()
            accepted = True
            for token in tokens:
                start = perf_counter()
                engine.fill()
                accepted = engine.commit(token)
                masks.append(round((perf_counter() - start) * 1e6, 1))
                if not accepted:
                    break
            accepted = accepted and engine.is_accepting()
        except Exception as error:
            return {"outcome": "run-time error", "why": f"test {number}: {excerpt(error)}"}
        if accepted != test.valid:
            outcome = "rejects valid" if test.valid else "accepts invalid"
            return {"outcome": outcome, "why": f"test {number}: {test.description}"[:_EXCERPT]}
    return {"outcome": "passing"}


def excerpt(error: Exception) -> str:
    """An error's type and the start of its message."""
    return f"{type(error).__name__}: {error}"[:_EXCERPT]

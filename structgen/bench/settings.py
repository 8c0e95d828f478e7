"""What a run is: the mode and all that its figures depend on."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from structgen.bench.cases import Case, choose, read_cases, read_tasks
from structgen.bench.masks import Row

Mode = Literal["masks", "coverage", "generation", "quality"]
MODES: tuple[Mode, ...] = get_args(Mode)
Measure: TypeAlias = Callable[[Case], Row]


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a row depends on, beside its engine and the machine.

    Attributes
    ----------
    data : str or None
        A file, a folder or the Hub's data set; None: what ships with the package.
    tokenizer : str or None
        Of masks and coverage; None: the built-in model's.
    model : str or None
        Of generation and quality; None: the built-in model.
    limit : int or None
        Cases, drawn by the seed; None: all.
    case_seconds : float
        After which a case counts as timed out, and its process ends.
    walks : int
        Random texts a schema, in coverage.
    max_tokens : int
        Of a generated text.
    """

    mode: Mode
    data: str | None = None
    tokenizer: str | None = None
    model: str | None = None
    limit: int | None = None
    seed: int = 0
    case_seconds: float = 60.0
    walks: int = 3
    max_tokens: int = 256

    def cases(self) -> list[Case]:
        """Read the run's cases."""
        is_shipped = self.mode == "quality" and self.data is None
        return choose(read_tasks() if is_shipped else read_cases(self.data), self.limit, self.seed)

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def fingerprint(cases: list[Case]) -> str:
    """A hash of the cases: rows of other cases don't belong to the run."""
    digest = hashlib.sha256()
    for case in cases:
        digest.update(json.dumps(dataclasses.astuple(case)).encode())
    return digest.hexdigest()[:16]


def open_measure(settings: Settings, engine: str) -> Measure:
    """Make an engine ready to measure cases; its first use is behind it then."""
    if settings.mode in ("generation", "quality"):
        from structgen.bench.generation import Generation, open_generator
        from structgen.bench.quality import Quality

        generator = open_generator(engine, settings.model, settings.max_tokens)
        return Generation(generator) if settings.mode == "generation" else Quality(generator)
    from structgen.bench.coverage import Coverage
    from structgen.bench.engines import open_engine
    from structgen.bench.masks import Masks
    from structgen.bench.tokenizers import load_tokenizer

    tokenizer = load_tokenizer(settings.tokenizer)
    opened = open_engine(engine, tokenizer)
    if settings.mode == "masks":
        return Masks(opened, tokenizer)
    return Coverage(opened, tokenizer, walks=settings.walks, seed=settings.seed)

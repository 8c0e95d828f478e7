"""Texts end to end with a model: free, under an engine's masks one by one, and through structgen's own decoder.

The peers' masks meet the same model in the same loop: a mask, a pass, the likeliest token that is allowed. structgen
runs through ``Model.generate``, whose statistics tell what was forced and drafted; ``structgen-one-by-one`` is its
masks in the plain loop, so that the two together show what the decoder saves.
"""

from __future__ import annotations

import dataclasses
import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, cast

from structgen.bench.cases import Case
from structgen.bench.engines import Engine, open_engine
from structgen.bench.masks import Row, excerpt
from structgen.bench.tokenizers import Tokenizer, load_tokenizer
from structgen.bench.validity import Validator, first_json
from structgen.generation.model import Model, load_model
from structgen.models.target import Sequences, TargetModel

if TYPE_CHECKING:
    import torch

FREE: Final = "free"
ONE_BY_ONE: Final = "structgen-one-by-one"

_PROMPT: Final = (
    "Write one example of a JSON value that is valid against this JSON Schema. Answer with the JSON alone.\n\n{schema}"
)


@dataclasses.dataclass(frozen=True, slots=True)
class Generated:
    """One text, greedy, and how long it took, in seconds, compiling included."""

    text: str
    tokens: int
    is_complete: bool
    first_token_seconds: float
    seconds: float
    statistics: dict[str, Any] = dataclasses.field(default_factory=dict)


class Generator(ABC):
    """One way to generate with one model."""

    def __init__(self, model: Model, max_tokens: int) -> None:
        self.model, self.max_tokens = model, max_tokens

    def fits(self, prompt: str) -> bool:
        """Whether the prompt leaves room for the whole text."""
        room = self.model.target.max_positions
        return room is None or len(self.model.target.encode(prompt)) + self.max_tokens <= room

    @abstractmethod
    def generate(self, prompt: str, schema: Any) -> Generated:
        """Generate one text. Raises what the engine raises."""


class OneByOne(Generator):
    """A mask, a pass, a token; no mask where there is no engine."""

    def __init__(self, model: Model, max_tokens: int, engine: Engine | None) -> None:
        super().__init__(model, max_tokens)
        self.engine = engine

    def generate(self, prompt: str, schema: Any) -> Generated:
        start = perf_counter()
        if self.engine is not None:
            self.engine.compile(schema, "assert")
        vocabulary = self.model.vocabulary
        sequences = self.model.target.start(1)
        pending = self.model.target.encode(prompt)
        tokens: list[int] = []
        first, is_complete = 0.0, False
        while len(tokens) < self.max_tokens:
            token = self._choose(sequences.forward([pending])[0, -1])
            first = first or perf_counter() - start
            if token in vocabulary.eos_token_ids:
                is_complete = True
                break
            if self.engine is not None and not self.engine.commit(token):
                raise RuntimeError(f"the mask allows token {token}, and committing it fails")
            tokens.append(token)
            pending = [token]
        text = vocabulary.decode_bytes(tokens).decode("utf-8", "replace")
        return Generated(text, len(tokens), is_complete, first, perf_counter() - start)

    def _choose(self, logits: torch.Tensor) -> int:
        if self.engine is not None:
            import torch

            refused = ~self.engine.next_tokens()
            if refused.all():
                raise RuntimeError("a mask without a token: a dead end")
            logits.masked_fill_(torch.from_numpy(refused), float("-inf"))
        return int(logits.argmax())


class Decoder(Generator):
    """``Model.generate``, with a clock at the model to know when the first token came."""

    def __init__(self, model: Model, max_tokens: int) -> None:
        self.clock = _Clock(model.target)
        super().__init__(Model(cast(TargetModel, self.clock)), max_tokens)

    def generate(self, prompt: str, schema: Any) -> Generated:
        self.clock.first = 0.0
        start = perf_counter()
        result = self.model.generate(prompt, schema=json.dumps(schema), max_tokens=self.max_tokens)
        seconds = perf_counter() - start
        statistics = result.statistics
        first = self.clock.first - start if self.clock.first else seconds
        return Generated(
            result.text,
            statistics.tokens,
            result.finish_reason == "stop",
            first,
            seconds,
            dataclasses.asdict(statistics),
        )


class _Clock:
    """A target model that notes when its first pass ended, and is otherwise the one that it holds."""

    def __init__(self, target: TargetModel) -> None:
        self._target = target
        self.first = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)

    def start(self, rows: int) -> Any:
        return _ClockedSequences(self._target.start(rows), self)


class _ClockedSequences:
    def __init__(self, sequences: Sequences, clock: _Clock) -> None:
        self._sequences, self._clock = sequences, clock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sequences, name)

    def forward(self, tokens: Sequence[Sequence[int]], **options: Any) -> torch.Tensor:
        logits = self._sequences.forward(tokens, **options)
        self._clock.first = self._clock.first or perf_counter()
        return logits


def open_generator(name: str, model_source: str | None, max_tokens: int) -> Generator:
    """Load the model, and the way of generating that an engine's name stands for."""
    model = load_model(model_source)
    if name == FREE:
        return OneByOne(model, max_tokens, None)
    if name == "structgen":
        return Decoder(model, max_tokens)
    found = load_tokenizer(model_source)
    # The model's own vocabulary knows its logits' width, and all tokens that end its texts.
    tokenizer = Tokenizer(found.name, found.huggingface, model.vocabulary)
    return OneByOne(model, max_tokens, open_engine("structgen" if name == ONE_BY_ONE else name, tokenizer))


class Generation:
    """Schemas as prompts: how long their texts take, and whether they comply."""

    def __init__(self, generator: Generator) -> None:
        self.generator = generator
        generator.generate("Hello", {"enum": ["Hello"]})  # the first pass of a process is slower

    def __call__(self, case: Case) -> Row:
        row: Row = {"dataset": case.dataset, "size": case.size}
        prompt = case.prompt or _PROMPT.format(schema=json.dumps(case.schema))
        if not self.generator.fits(prompt):
            return row | {"outcome": "prompt too long"}
        try:
            made = self.generator.generate(prompt, case.schema)
        except Exception as error:  # each engine raises errors of its own
            return row | {"outcome": "refused", "why": excerpt(error)}
        return row | measured(made) | {"outcome": _verdict(made, case)}


def measured(made: Generated) -> Row:
    """The figures of a text, and the text."""
    return {
        "tokens": made.tokens,
        "first_token_ms": round(made.first_token_seconds * 1e3, 2),
        "seconds": round(made.seconds, 4),
        "text": made.text[:2000],
        "statistics": made.statistics,
    }


def _verdict(made: Generated, case: Case) -> str:
    text = first_json(made.text) or made.text
    verdict = Validator(case.schema, formats=case.formats).judge(text)
    return "incomplete" if verdict != "valid" and not made.is_complete else verdict

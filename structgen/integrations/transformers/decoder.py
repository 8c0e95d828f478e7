"""structgen's decoder as the loop inside ``model.generate``: the masked loop's texts, several tokens a pass.

``generate(..., custom_generate=decoder)`` prepares its inputs and settings as always, and leaves the loop to us. What
comes back is what its own loop returns: a row each of prompt, text, the token that ended it, and padding.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self, Unpack

import torch
from transformers.generation import GenerateDecoderOnlyOutput

from structgen.compiler import compile as compile_specification
from structgen.errors import ArgumentError
from structgen.generation.decoding import Forced, decode
from structgen.generation.model import Model, check_forced, examples_of, speculator_of
from structgen.integrations.transformers.settings import Settings
from structgen.models.transformers import TransformersModel
from structgen.speculation.sampling import Sampler
from structgen.speculation.scores import Scores

if TYPE_CHECKING:
    from structgen.compiler import CompileOptions
    from structgen.generation.rows import Row
    from structgen.speculation import Drafter
    from structgen.speculation.drafter import Context
    from structgen.speculation.tree import Distribution
    from structgen.tokens.compiled import CompiledGrammar

__all__ = ["StructgenDecoder"]


class StructgenDecoder:
    """A ``custom_generate`` for ``model.generate`` and for pipelines, for as many calls, in any threads, as one likes.

    Greedy or sampled, with ``temperature``, ``top_k``, ``top_p``, ``min_p``, ``repetition_penalty``,
    ``num_return_sequences``, ``max_new_tokens``, ``max_length`` and ``max_time``; ``torch.manual_seed`` makes draws
    repeatable. Everything else that would change the texts is refused.

    Parameters
    ----------
    model : structgen.Model
        Over the model that will generate: ``structgen.load_model((model, tokenizer))``.
    compiled : CompiledGrammar
        Of ``model.vocabulary``.
    speculation, forced
        As of ``structgen.Model.generate``.

    Raises
    ------
    ArgumentError
        The grammar is of another vocabulary, the model isn't one of ``transformers``, or what ``Model.generate`` would
        refuse.
    """

    def __init__(
        self,
        model: Model,
        compiled: CompiledGrammar,
        *,
        speculation: Literal["auto"] | Sequence[Drafter] | None = "auto",
        forced: Forced = "verified",
    ) -> None:
        if not isinstance(model.target, TransformersModel):
            raise ArgumentError(f"{model.name} is no model of transformers", hint="load_model((model, tokenizer))")
        if compiled.vocabulary != model.vocabulary:
            raise ArgumentError(
                "the grammar is of another vocabulary", hint="compile(..., vocabulary=model.vocabulary)"
            )
        check_forced(forced)
        speculator_of(model.target, speculation)  # raises what there is to raise
        self.compiled = compiled
        self._target, self._speculation, self._forced = model.target, speculation, forced

    @classmethod
    def of(
        cls,
        model: Any,
        tokenizer: Any,
        *,
        speculation: Literal["auto"] | Sequence[Drafter] | None = "auto",
        forced: Forced = "verified",
        **specification: Unpack[CompileOptions],
    ) -> Self:
        """A decoder for a model and its tokenizer, by ``schema=``, ``regex=``, ``choices=`` or ``grammar=``.

        The other options are those of ``structgen.compile``. A text ends with any of the end-of-sequence tokens of the
        model's generation settings and of the tokenizer.

        Raises
        ------
        SchemaError, RegexError, GrammarError, LimitExceededError
            The specification is refused.
        ModelError, TokenizerError
            Model and tokenizer don't fit each other, or the exact bytes of the tokens can't be known.
        """
        own = Model(TransformersModel(model, tokenizer))
        compiled = compile_specification(vocabulary=own.vocabulary, **specification)
        return cls(own, compiled, speculation=speculation, forced=forced)

    def __call__(
        self,
        model: Any,
        input_ids: torch.Tensor,
        logits_processor: Any,
        stopping_criteria: Any,
        generation_config: Any,
        **model_kwargs: Any,
    ) -> Any:
        """Run the loop; ``generate`` calls this.

        Raises
        ------
        ArgumentError
            The call is of another model, or asks for something that can't be done exactly.
        ModelError
            A prompt leaves no room in the model's context, or the logits are not numbers.
        """
        if model is not self._target.model:
            raise ArgumentError(
                "the decoder was made for another model", hint="StructgenDecoder.of(model, tokenizer, ...)"
            )
        settings = Settings.read(input_ids, generation_config, logits_processor, stopping_criteria, **model_kwargs)
        unknown = set(settings.eos_token_ids) - set(self.compiled.vocabulary.eos_token_ids)
        if unknown:
            raise ArgumentError(
                f"eos_token_id {min(unknown)} ends no text of the grammar's vocabulary",
                hint="set model.generation_config.eos_token_id before StructgenDecoder.of",
            )
        texts = [_with_end(row, settings) for row in self._rows(settings)]
        width = max(map(len, texts))
        padded = [[*text, *[settings.pad_token_id] * (width - len(text))] for text in texts]
        new = torch.tensor(padded, dtype=input_ids.dtype, device=input_ids.device)
        sequences = torch.cat([input_ids, new], dim=1)
        return GenerateDecoderOnlyOutput(sequences=sequences) if settings.returns_dict else sequences

    def _rows(self, settings: Settings) -> list[Row]:
        # Layers that can't keep rows apart exactly (sliding windows, recurrence) take one at a time.
        size = len(settings.prompts) if self._target.is_positional else 1
        done: list[Row] = []
        for first in range(0, len(settings.prompts), size):
            rows: list[Row] = []
            with contextlib.closing(self._decode(settings, first, size)) as steps:
                for rows in steps:  # noqa: B007
                    if settings.time is not None and bool(settings.time(torch.zeros((1, 1)), None).any()):
                        break
            done.extend(rows)
        return done

    def _decode(self, settings: Settings, first: int, size: int) -> Generator[list[Row], None, None]:
        numbers = itertools.count(first)
        speculator = speculator_of(self._target, self._speculation)
        yield from decode(
            self._target,
            self.compiled,
            settings.prompts[first : first + size],
            sampling=settings.sampling,
            max_tokens=settings.max_tokens,
            first_row=first,
            speculator=speculator,
            forced=self._forced,
            examples=examples_of(self.compiled) if speculator else (),
            sampler=lambda context: _Sampler(settings, next(numbers), context),
        )


class _Sampler(Sampler):
    """A row's choice of tokens, which heeds the repetition penalty, and knows which token ended the text."""

    def __init__(self, settings: Settings, row: int, context: Context) -> None:
        super().__init__(settings.sampling, row)
        self.last: int | None = None
        self._penalty, self._context = settings.penalty, context

    def verify(self, scores: Scores, drawn: Sequence[tuple[int, Distribution]]) -> int:
        if self._penalty is not None:
            logits = scores.masked()
            before = torch.tensor([[*self._context.prompt, *self._context.tokens]], device=logits.device)
            scores = Scores(self._penalty(before, logits.unsqueeze(0))[0])
        self.last = super().verify(scores, drawn)
        return self.last


def _with_end(row: Row, settings: Settings) -> list[int]:
    """A row's text and the token that ended it, where there was room for one."""
    if row.finish_reason != "stop" or len(row.tokens) == settings.max_tokens:
        return row.tokens
    last = row.sampler.last if isinstance(row.sampler, _Sampler) else None
    # A text that can only end is not asked about.
    return [*row.tokens, last if last in settings.eos_token_ids else settings.eos_token_ids[0]]

"""Ways to generate the same texts: ours with and without drafts, and others'.

Every arm takes a task and a budget, and says how many tokens it wrote, in how much time, and whether it ended by
itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import structgen
from benchmarks.speculation.ablations import Uncut, without_controller
from benchmarks.speculation.prompts import Task
from structgen.generation import decoding
from structgen.generation.model import examples_of, speculator_of
from structgen.speculation import (
    CopyDrafter,
    Drafter,
    ForcedDrafter,
    PlaceDrafter,
    SuccessorDrafter,
    TrigramDrafter,
    automatic_drafters,
)
from structgen.speculation.sampling import Sampler
from structgen.speculation.speculator import Speculator

__all__ = ["ARMS", "Outcome", "run"]


@dataclass(frozen=True)
class Outcome:
    """What an arm did with a task: the tokens of a batch's texts, one after the other."""

    tokens: tuple[int, ...]
    seconds: float
    passes: int = 0
    certain: int = 0
    drafted: int = 0
    accepted: int = 0
    overhead_seconds: float = 0.0
    ended: bool = True


Sampling = structgen.Sampling | None
Arm = Callable[[structgen.Model, Task, int, Sampling], Outcome]


def _outcome(tokens: tuple[int, ...], figures: structgen.Statistics, *, ended: bool) -> Outcome:
    return Outcome(
        tokens,
        figures.seconds,
        figures.forward_passes,
        figures.forced_tokens,
        sum(figures.drafted_tokens.values()),
        sum(figures.accepted_tokens.values()),
        figures.seconds - figures.model_seconds,
        ended,
    )


def _ours(drafters: Callable[[], Sequence[Drafter]] | str | None, forced: str = "verified", rows: int = 1) -> Arm:
    """``Model.generate``; for several rows, of as many prompts, which differ in a number before them."""

    def arm(model: Any, task: Task, max_tokens: int, sampling: Sampling) -> Outcome:
        speculation: Any = drafters() if callable(drafters) else drafters
        results = model.generate(
            [task.prompt if rows == 1 else f"({row + 1}) {task.prompt}" for row in range(rows)],
            **task.options,
            max_tokens=max_tokens,
            sampling=sampling,
            speculation=speculation,
            forced=forced,
        )
        figures = [result.statistics for result in results]
        seconds = max(one.seconds for one in figures)
        return Outcome(
            tuple(token for result in results for token in result.tokens),
            seconds,
            max(one.forward_passes for one in figures),
            sum(one.forced_tokens for one in figures),
            sum(sum(one.drafted_tokens.values()) for one in figures),
            sum(sum(one.accepted_tokens.values()) for one in figures),
            seconds - max(one.model_seconds for one in figures),
            all(result.finish_reason == "stop" for result in results),
        )

    return arm


def _decoded(speculator: Callable[[Any], Speculator | None], text: Callable[[Task], str | None] | None = None) -> Arm:
    """The decoder, with what drafts given; with a text, the tokens that the model would choose are that text's."""

    def arm(model: structgen.Model, task: Task, max_tokens: int, sampling: Sampling) -> Outcome:
        known = text(task) if text else None
        if text and known is None:
            raise NotImplementedError("the task has no text of its own")
        wanted = [*model.vocabulary.encode((known or "").encode()), model.vocabulary.eos_token_ids[0]]
        compiled = structgen.compile(vocabulary=model.vocabulary, **task.options)
        drafting = speculator(model.target)
        # The rows are ours until they have ended: each decides by its own position.
        steps = decoding.decode(
            model.target,
            compiled,
            [model.target.encode(task.prompt)],
            sampling=sampling,
            max_tokens=max_tokens,
            first_row=0,
            speculator=drafting,
            examples=examples_of(compiled) if drafting else [],
            sampler=(lambda context: _Replay(context, wanted)) if text else None,
        )
        rows: list[Any] = []
        for rows in steps:  # noqa: B007
            pass
        return _outcome(tuple(rows[0].tokens), rows[0].statistics(0.0), ended=rows[0].finish_reason == "stop")

    return arm


class _Replay(Sampler):
    """Chooses the tokens of a given text."""

    def __init__(self, context: Any, tokens: Sequence[int]) -> None:
        super().__init__(None, 0)
        self._context = context
        self._tokens = tokens

    def verify(self, scores: Any, drawn: Any) -> int:
        return self._tokens[len(self._context.tokens)]


def _transformers(**more: Any) -> Arm:
    """transformers' own loop with llguidance's masks, for tasks with a schema."""

    def arm(model: structgen.Model, task: Task, max_tokens: int, sampling: Sampling) -> Outcome:
        import torch

        if "schema" not in task.options:
            raise NotImplementedError("no schema")
        target: Any = model.target
        ids = torch.tensor([target.encode(task.prompt)])
        options: dict[str, Any] = {"do_sample": False}
        if sampling is not None:
            torch.manual_seed(sampling.seed or 0)
            options = {"do_sample": True, "temperature": sampling.temperature, "top_k": 0}
        start = perf_counter()
        output = target.model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            logits_processor=[_guidance(target, task, ids.shape[1])],
            max_new_tokens=max_tokens,
            pad_token_id=0,
            **options,
            **more,
        )
        seconds = perf_counter() - start
        tokens = [one for one in output[0, ids.shape[1] :].tolist() if one not in model.vocabulary.eos_token_ids]
        return Outcome(tuple(tokens), seconds, ended=len(tokens) < max_tokens)

    return arm


_tokenizers: dict[int, Any] = {}


def _guidance(target: Any, task: Task, prompt_length: int) -> Any:
    import llguidance
    import llguidance.hf
    import llguidance.torch
    from transformers import LogitsProcessor

    known = _tokenizers.get(id(target))
    if known is None:
        known = _tokenizers[id(target)] = llguidance.hf.from_tokenizer(target.tokenizer)
    grammar = llguidance.LLMatcher.grammar_from_json_schema(json.dumps(task.options["schema"]))
    bitmask = llguidance.torch.allocate_token_bitmask(1, known.vocab_size)

    class Guidance(LogitsProcessor):  # type: ignore[misc]  # transformers is untyped
        """Each call's matcher is brought to the end of its text: prompt lookup asks for texts out of order."""

        def __init__(self) -> None:
            self.matcher = llguidance.LLMatcher(known, grammar)
            self.taken: list[int] = []

        def __call__(self, input_ids: Any, scores: Any) -> Any:
            tokens = input_ids[0, prompt_length:].tolist()
            common = 0
            while common < min(len(tokens), len(self.taken)) and tokens[common] == self.taken[common]:
                common += 1
            if common < len(self.taken):
                self.matcher.rollback(len(self.taken) - common)
            self.matcher.consume_tokens(tokens[common:])
            self.taken = tokens
            llguidance.torch.fill_next_token_bitmask(self.matcher, bitmask, 0)
            llguidance.torch.apply_token_bitmask_inplace(scores, bitmask)
            return scores

    return Guidance()


ARMS: dict[str, Arm] = {
    "plain": _ours(None),
    "auto": _ours("auto"),
    "canonical": _ours("auto", "canonical"),
    "transformers": _transformers(),
    "lookup": _transformers(prompt_lookup_num_tokens=7),
    "replay-plain": _decoded(lambda target: None, lambda task: task.text),
    "replay-auto": _decoded(lambda target: speculator_of(target, "auto"), lambda task: task.text),
    "plain-4": _ours(None, rows=4),
    "auto-4": _ours("auto", rows=4),
    "plain-8": _ours(None, rows=8),
    "auto-8": _ours("auto", rows=8),
    "no-controller": _decoded(without_controller),
    "no-cut": _ours(lambda: [Uncut(automatic_drafters())]),
    "only-forced": _ours(lambda: [ForcedDrafter()]),
    "only-copy": _ours(lambda: [CopyDrafter()]),
    "only-trigram": _ours(lambda: [TrigramDrafter()]),
    "only-places": _ours(lambda: [PlaceDrafter()]),
    "only-successors": _ours(lambda: [SuccessorDrafter()]),
}


def run(name: str, model: structgen.Model, task: Task, max_tokens: int, sampling: Sampling) -> Outcome:
    """Let one arm do one task."""
    return ARMS[name](model, task, max_tokens, sampling)


def data_file(folder: Path) -> Path:
    """The cases of a folder or file."""
    return folder if folder.is_file() else folder / "maskbench-dev.jsonl.gz"

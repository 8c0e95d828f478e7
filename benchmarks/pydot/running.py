"""All arms at one place, in one batch: arms that have written the same so far share a row of it.

So the prompt passes through the model once, equal texts have equal logits, and two arms differ by their masks alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.pydot.arms import AnyArms, Constraint, verdict
from benchmarks.pydot.language import PYTHON, Language
from benchmarks.pydot.metrics import next_identifier_match, prefix_match, sequence_match
from benchmarks.pydot.places import Place, Stratum, to_row
from structgen.errors import ModelError
from structgen.monitors import MonitoredMatcher
from structgen.speculation.sampling import Sampler, Sampling
from structgen.speculation.scores import Scores
from structgen.tokens.bitmasks import apply_bitmask

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from structgen.models.target import TargetModel
    from structgen.tokens.vocabulary import Vocabulary

__all__ = ["Completion", "complete", "measured"]

_PROMPT_CHARACTERS = 12  # a token, at most, of the tail that is cut into tokens


@dataclass
class Completion:
    """What an arm writes. ``first`` is what its first token must be of: tokens with the blank that the prompt lacks."""

    matcher: Constraint | None
    sampler: Sampler
    first: NDArray[np.int32] | None
    language: Language = PYTHON
    tokens: list[int] = field(default_factory=list)
    text: str = ""
    is_over: bool = False
    is_whole: bool = False
    mask_seconds: float = 0.0
    mask_cpu_seconds: float = 0.0

    def choose(self, logits: torch.Tensor, vocabulary: Vocabulary, head: str) -> None:
        """Take the next token."""
        try:
            token = self.sampler.choose(self._scores(logits, vocabulary))
            while not self._allows(token):
                token = self.sampler.choose(self._scores(logits, vocabulary))
        except ModelError:  # the mask has left nothing
            self.is_over = True
            return
        if vocabulary.token_bytes(token) is None:
            self.is_over = True
            self.is_whole = not self.language.closers(head + self.text)
            return
        if self.matcher is not None:
            start, cpu = perf_counter(), process_time()
            self.matcher.accept_token(token)
            self._count(start, cpu)
        self.tokens.append(token)
        self.text = vocabulary.decode_bytes(self.tokens).decode("utf-8", "replace")
        end = self.language.statement_end(head, self.text)
        if end is not None:
            self.text = self.text[:end]
            self.is_over = self.is_whole = True

    def _scores(self, logits: torch.Tensor, vocabulary: Vocabulary) -> Scores:
        own = logits.clone()
        if self.matcher is not None:
            start, cpu = perf_counter(), process_time()
            row = np.zeros(vocabulary.bitmask_words, np.int32)
            self.matcher.fill_bitmask(row)
            apply_bitmask(own, row)
            self._count(start, cpu)
        if self.first is not None and not self.tokens:
            apply_bitmask(own, self.first)
        return Scores(own)

    def _allows(self, token: int) -> bool:
        if not isinstance(self.matcher, MonitoredMatcher):
            return True
        start, cpu = perf_counter(), process_time()
        is_allowed = self.matcher.allows(token)
        self._count(start, cpu)
        return is_allowed

    def _count(self, start: float, cpu: float) -> None:
        self.mask_seconds += perf_counter() - start
        self.mask_cpu_seconds += process_time() - cpu


def complete(
    target: TargetModel,
    prompt: Sequence[int],
    head: str,
    matchers: Mapping[str, Constraint | None],
    *,
    sampling: Sampling,
    number: int,
    max_tokens: int,
    lead: str = "",
    language: Language = PYTHON,
) -> dict[str, Completion]:
    """Let every arm go on from the prompt to the end of the statement that began with ``head``.

    The first token begins with ``lead``. Arms draw by the same number, so that where their masks allow the same they
    write the same.
    """
    first = _beginning_with(lead.encode(), target.vocabulary) if lead else None
    arms = {name: Completion(matcher, Sampler(sampling, number), first, language) for name, matcher in matchers.items()}
    sequences = target.start(1)
    logits = sequences.forward([list(prompt)])[:, -1]
    held: list[tuple[int, ...]] = [()]
    while True:
        for arm in arms.values():
            if not arm.is_over:
                arm.choose(logits[held.index(tuple(arm.tokens))], target.vocabulary, head)
                arm.is_over |= len(arm.tokens) == max_tokens
        wanted = list(dict.fromkeys(tuple(arm.tokens) for arm in arms.values() if not arm.is_over))
        if not wanted:
            return arms
        rows = [held.index(tokens[:-1]) for tokens in wanted]
        if rows != list(range(len(held))):
            sequences.select(rows)
        logits = sequences.forward([[tokens[-1]] for tokens in wanted])[:, -1]
        held = wanted


@cache
def _beginning_with(lead: bytes, vocabulary: Vocabulary) -> NDArray[np.int32]:
    allowed = np.zeros(vocabulary.bitmask_words * 32, np.bool_)
    allowed[: vocabulary.size] = [(text or b"").startswith(lead) for text in vocabulary.all_token_bytes()]
    return np.packbits(allowed, bitorder="little").view("<i4")


def measured(
    target: TargetModel,
    arms: AnyArms,
    place: Place,
    stratum: Stratum,
    *,
    sampling: Sampling,
    number: int,
    max_tokens: int,
    context: int,
    language: Language = PYTHON,
) -> dict[str, Any]:
    """The row of one place."""
    arms.move(place)
    reference = arms.names_at(place)
    begun = {name: arms.begin(name, place) for name in arms.names}
    tail = place.prefix[-context * _PROMPT_CHARACTERS :]
    prompt = target.encode(tail, chat=False)[-context:]
    matchers = {name: one.matcher for name, one in begun.items() if one is not None}
    written = complete(
        target,
        prompt,
        place.head,
        matchers,
        sampling=sampling,
        number=number,
        max_tokens=max_tokens,
        lead=place.lead,
        language=language,
    )
    found = {}
    for name, completion in written.items():
        one = begun[name]
        assert one is not None, "it has a matcher"
        text = completion.text
        # a text that ended by itself has a boundary behind its last name
        said = (
            "unknown" if reference is None else verdict(reference[0], text + "\n" * completion.is_whole, reference[1])
        )
        found[name] = {
            "text": text,
            "tokens": len(completion.tokens),
            "is_whole": completion.is_whole,
            "mask_ms": round(completion.mask_seconds * 1e3, 2),
            "mask_cpu_ms": round(completion.mask_cpu_seconds * 1e3, 2),
            "truth": one.verdict,
            "member": said,
            "next": next_identifier_match(text, place.truth, language),
            "sequence": round(sequence_match(text, place.truth, language), 4),
            "prefix": round(prefix_match(text, place.truth, language), 4),
        }
    return to_row(place, stratum) | {
        "number": number,
        "truth": place.truth,
        "prompt_tokens": len(prompt),
        "is_known": reference is not None,
        "arms": found,
    }

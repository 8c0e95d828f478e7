"""The masked decoding loop.

At every position: fill the mask, once. Where it allows a single token, take that token unseen and go on; the next pass
feeds all such tokens together. Otherwise run the model, mask the logits in place, choose. A row ends where only the
end-of-sequence token is left, without another pass.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from structgen.errors import ModelError
from structgen.generation.result import FinishReason, Statistics
from structgen.generation.sampling import Sampler, Sampling
from structgen.tokens.bitmasks import apply_bitmask
from structgen.tokens.matcher import fill_bitmasks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from structgen.models.target import Sequences, TargetModel
    from structgen.tokens.compiled import CompiledGrammar
    from structgen.tokens.matcher import Matcher
    from structgen.tokens.vocabulary import Vocabulary


@dataclass
class Row:
    """One text in progress."""

    matcher: Matcher
    sampler: Sampler
    prompt: list[int]
    budget: int
    pending: list[int] = field(init=False)
    """Tokens that the model has not seen yet."""
    tokens: list[int] = field(default_factory=list)
    finish_reason: FinishReason | None = None
    forced_tokens: int = 0
    forward_passes: int = 0
    mask_seconds: float = 0.0
    model_seconds: float = 0.0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.pending = list(self.prompt)

    def take(self, token: int) -> None:
        """Append a token that the mask allows."""
        accepted = self.matcher.accept_token(token)
        assert accepted, f"the mask allows token {token}, and the matcher refuses it"
        self.tokens.append(token)
        self.pending.append(token)

    def statistics(self, compile_seconds: float) -> Statistics:
        return Statistics(
            prompt_tokens=len(self.prompt),
            tokens=len(self.tokens),
            forced_tokens=self.forced_tokens,
            forward_passes=self.forward_passes,
            compile_seconds=compile_seconds,
            mask_seconds=self.mask_seconds,
            model_seconds=self.model_seconds,
            seconds=self.seconds,
        )


def decode(
    target: TargetModel,
    compiled: CompiledGrammar,
    prompts: Sequence[list[int]],
    *,
    sampling: Sampling | None,
    max_tokens: int,
    first_row: int,
) -> Iterator[list[Row]]:
    """Decode one batch, and yield its rows, in the order of the prompts, each time that they have grown.

    They are the same rows each time: the last time, all have ended.

    Parameters
    ----------
    first_row : int
        The number of the first prompt within the caller's whole list: rows draw by their number there.

    Raises
    ------
    ModelError
        A prompt leaves no room in the model's context, or the logits are not numbers.
    """
    start = perf_counter()
    vocabulary = compiled.vocabulary
    eos_words = _eos_words(vocabulary)
    rows = [
        Row(compiled.matcher(), Sampler(sampling, first_row + number), prompt, _budget(target, prompt, max_tokens))
        for number, prompt in enumerate(prompts)
    ]
    live = rows
    sequences: Sequences | None = None
    while live:
        masks = np.zeros((len(live), vocabulary.bitmask_words), dtype=np.int32)
        _advance(live, masks, eos_words)
        going = _end(live, sequences, start)
        masks = masks[going]
        live = [live[number] for number in going]
        if live:
            sequences = sequences or target.start(len(live))
            _step(sequences, live, masks, vocabulary)
            going = _end(live, sequences, start)
            live = [live[number] for number in going]
        yield rows


def _advance(live: Sequence[Row], masks: NDArray[np.int32], eos_words: NDArray[np.int32]) -> None:
    """Take the tokens that need no model; leave each row's mask of the next position behind, or its reason to stop."""
    start = perf_counter()
    fill_bitmasks([row.matcher for row in live], masks)
    together = perf_counter() - start
    for row, mask in zip(live, masks, strict=True):
        start = perf_counter()
        while True:
            if not (mask & ~eos_words).any():
                row.finish_reason = "stop"
            elif len(row.tokens) >= row.budget:
                row.finish_reason = "length"
            elif (token := single_token(mask)) is not None:
                row.take(token)
                row.forced_tokens += 1
                row.matcher.fill_bitmask(mask)
                continue
            break
        row.mask_seconds += together + perf_counter() - start


def _step(sequences: Sequences, live: Sequence[Row], masks: NDArray[np.int32], vocabulary: Vocabulary) -> None:
    """Run the model once over what each row has pending, and choose each row's next token."""
    start = perf_counter()
    logits = sequences.forward([row.pending for row in live])[:, -1]
    elapsed = perf_counter() - start
    apply_bitmask(logits, masks)
    for row, row_logits in zip(live, logits, strict=True):
        row.model_seconds += elapsed
        row.forward_passes += 1
        row.pending = []
        token = row.sampler.choose(row_logits)
        if token in vocabulary.eos_token_ids:
            row.finish_reason = "stop"
        else:
            row.take(token)


def _end(live: Sequence[Row], sequences: Sequences | None, start: float) -> list[int]:
    """Take the rows that have ended out of the batch, and return the numbers of the others."""
    going = [number for number, row in enumerate(live) if row.finish_reason is None]
    if len(going) < len(live):
        for row in live:
            row.seconds = perf_counter() - start
        if sequences is not None and going:
            sequences.select(going)
    return going


def decode_text(vocabulary: Vocabulary, tokens: Sequence[int]) -> str:
    """Return the text of the tokens, without the bytes of a last character that lacks some."""
    return codecs.getincrementaldecoder("utf-8")().decode(vocabulary.decode_bytes(tokens))


def single_token(bitmask: NDArray[np.int32]) -> int | None:
    """Return the token that a bitmask allows, where it allows exactly one."""
    words = np.flatnonzero(bitmask)
    if len(words) != 1:
        return None
    word = int(bitmask[words[0]]) & 0xFFFFFFFF
    return int(words[0]) * 32 + word.bit_length() - 1 if word & (word - 1) == 0 else None


def _eos_words(vocabulary: Vocabulary) -> NDArray[np.int32]:
    words = np.zeros(vocabulary.bitmask_words, dtype=np.uint32)
    for token in vocabulary.eos_token_ids:
        words[token // 32] |= np.uint32(1 << token % 32)
    return words.view(np.int32)


def _budget(target: TargetModel, prompt: Sequence[int], max_tokens: int) -> int:
    if target.max_positions is None:
        return max_tokens
    room = target.max_positions - len(prompt)
    if room <= 0:
        raise ModelError(
            f"the prompt is too long for {target.name}",
            reason=f"it takes {len(prompt)} of {target.max_positions} positions",
            hint="a shorter prompt",
        )
    return min(max_tokens, room)

"""What a call to ``generate`` gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from structgen.errors import IncompleteOutputError

FinishReason = Literal["stop", "length"]


@dataclass(frozen=True, slots=True)
class Statistics:
    """Where the tokens came from, and where the time went.

    The rows of a batch share their passes through the model: each row counts those that it took part in, whole.
    """

    prompt_tokens: int
    tokens: int
    """Tokens of the text; the end-of-sequence token is not one."""
    forced_tokens: int
    """Of these, the tokens that were the only ones allowed where they stand, and so were never sampled."""
    forward_passes: int
    drafted_tokens: dict[str, int]
    """Tokens that the model was shown as drafts, by drafter."""
    accepted_tokens: dict[str, int]
    """Tokens of the text that had been drafted, by drafter."""
    compile_seconds: float
    mask_seconds: float
    """Of masks that the model waited for. Those behind drafts are made while it runs."""
    draft_seconds: float
    model_seconds: float
    seconds: float
    """From the first mask to the last token."""

    @property
    def tokens_per_second(self) -> float:
        """Tokens of the text over ``seconds``; 0 where there are none."""
        return self.tokens / self.seconds if self.tokens else 0.0


@dataclass(frozen=True)
class Result:
    """A text, and what is known about it."""

    text: str
    """Without special tokens; without the bytes of a last character that the budget cut in two."""
    tokens: tuple[int, ...]
    origins: tuple[str, ...] = field(compare=False)
    """Of each token: ``"model"`` where the model was asked, ``"certain"`` where it was the only one allowed, ``"forced
    text"`` where ``forced="canonical"`` took it, and otherwise the name of the drafter whose draft the model
    confirmed."""
    finish_reason: FinishReason
    """``"stop"``: the text is complete, and meets the specification. ``"length"``: the budget ended first."""
    statistics: Statistics
    _convert: Callable[[str], Any] = field(repr=False, compare=False)
    _partial: Callable[[str], Any] = field(repr=False, compare=False)

    @cached_property
    def value(self) -> Any:
        """The text's value: of the type that ``schema`` named; the text itself for patterns and choices.

        Raises
        ------
        IncompleteOutputError
            The budget ended first. Its ``text`` is the text so far, and its ``partial`` what is known of the value, as
            ``Chunk.partial`` has it: of the type that ``schema`` named; the text again for patterns and choices.
        """
        if self.finish_reason == "length":
            raise IncompleteOutputError(self.text, self._partial(self.text))
        return self._convert(self.text)

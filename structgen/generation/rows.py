"""One text in progress, and what is known about how it came to be."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

import numpy as np

from structgen.generation.result import FinishReason, Statistics
from structgen.speculation.drafter import Context
from structgen.speculation.scores import Logits, Scores
from structgen.tokens.matcher import Matcher
from structgen.tokens.scans import has_other

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from structgen.monitors.matcher import MonitoredMatcher
    from structgen.speculation.sampling import Sampler
    from structgen.speculation.speculator import RowDraft
    from structgen.speculation.tree import Distribution

__all__ = ["CERTAIN", "FORCED", "MODEL", "Row"]

CERTAIN: Final = "certain"
FORCED: Final = "forced text"
MODEL: Final = "model"


@dataclass
class Row:
    """A text, from its prompt to its end."""

    matcher: Matcher
    sampler: Sampler
    context: Context
    budget: int
    pending: list[int] = field(init=False)
    """Tokens that the model has not seen yet."""
    origins: list[str] = field(default_factory=list)
    """Of each token: ``"model"``, ``"certain"``, ``"forced text"``, or the name of the drafter whose draft it was."""
    finish_reason: FinishReason | None = None
    forward_passes: int = 0
    drafted: Counter[str] = field(default_factory=Counter)
    mask_seconds: float = 0.0
    draft_seconds: float = 0.0
    model_seconds: float = 0.0
    seconds: float = 0.0
    unobserved: list[tuple[int, Scores | None]] = field(default_factory=list)
    """The state before each token that drafters have not seen, and what the token was chosen from."""

    def __post_init__(self) -> None:
        self.pending = list(self.context.prompt)

    @property
    def tokens(self) -> list[int]:
        """The text so far."""
        return self.context.tokens

    def take(self, token: int, origin: str, scores: Scores | None = None) -> None:
        """Append a token that the mask allows, chosen from these scores."""
        state = self.matcher.state
        accepted = self.matcher.accept_token(token)
        assert accepted, f"the mask allows token {token}, and the matcher refuses it"
        self.unobserved.append((state, scores))
        self.tokens.append(token)
        self.origins.append(origin)
        self.pending.append(token)

    def choose(
        self, logits: Logits, mask: NDArray[np.int32], drawn: Sequence[tuple[int, Distribution]]
    ) -> tuple[int, Scores]:
        """Choose a token at the matcher's place, and return the scores that it was chosen from too.

        A monitor's mask may have been made before it was asked about the likeliest tokens: what it refuses is taken
        out, and another is chosen, which leaves the distribution over all that it doesn't refuse.
        """
        monitored = _monitored(self.matcher)
        if monitored is None:
            scores = Scores(logits, mask)
            return self.sampler.verify(scores, drawn), scores
        while True:
            own = logits.copy() if isinstance(logits, np.ndarray) else logits.clone()
            scores = Scores(own, mask.copy())
            if all(map(monitored.allows, self.sampler.deciding(scores))):
                token = self.sampler.verify(scores, drawn)
                if monitored.allows(token):
                    return token, scores
                drawn = ()  # they were drawn for this token, and say nothing of the next
            monitored.fill_bitmask(mask)

    def has_ended(self, mask: NDArray[np.int32], eos_words: NDArray[np.int32]) -> bool:
        """Whether nothing may follow, by the grammar or by the budget; the reason is written down."""
        if not has_other(mask, eos_words):
            self.finish_reason = "stop"
        elif len(self.tokens) >= self.budget:
            self.finish_reason = "length"
        return self.finish_reason is not None

    def count_draft(self, draft: RowDraft) -> None:
        """Count the drafted tokens that the model is about to see."""
        self.drafted.update(draft.tree.drafters)

    def statistics(self, compile_seconds: float) -> Statistics:
        counts = Counter(self.origins)
        own = (MODEL, CERTAIN, FORCED)
        return Statistics(
            prompt_tokens=len(self.context.prompt),
            tokens=len(self.tokens),
            forced_tokens=counts[CERTAIN] + counts[FORCED],
            forward_passes=self.forward_passes,
            drafted_tokens=dict(self.drafted),
            accepted_tokens={name: count for name, count in counts.items() if name not in own},
            compile_seconds=compile_seconds,
            mask_seconds=self.mask_seconds,
            draft_seconds=self.draft_seconds,
            model_seconds=self.model_seconds,
            seconds=self.seconds,
        )


def _monitored(matcher: object) -> MonitoredMatcher | None:
    return None if isinstance(matcher, Matcher) else cast("MonitoredMatcher", matcher)

"""What drafts: ``Drafter``, the interface for everyone, and ``Predictor``, for drafters that look one token ahead.

A drafter never decides what the text is: what it proposes is verified. So it may be wrong, late, or learn from other
texts; only how it says that it drew its tokens must be true (see ``DraftTree.add``).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Generic, TypeAlias, TypeVar

if TYPE_CHECKING:
    from structgen.speculation.sampling import Sampling
    from structgen.speculation.scores import Scores
    from structgen.speculation.tree import DraftTree
    from structgen.tokens.matcher import Matcher
    from structgen.tokens.vocabulary import Vocabulary

__all__ = ["Context", "Drafter", "Evidence", "Predictor"]

State = TypeVar("State")

Evidence: TypeAlias = tuple[int, ...]
"""What sort of evidence there is for a candidate: such as how long a match was, and how many candidates came before."""


@dataclass(eq=False, slots=True, weakref_slot=True)
class Context:
    """One text in progress, as its drafters see it.

    Attributes
    ----------
    prompt : sequence of int
        Tokens before the text.
    examples : sequence of sequences of int
        Tokens of texts like the one that is written, such as the schema's own.
    tokens : list of int
        The text so far. It only grows.
    """

    vocabulary: Vocabulary
    prompt: Sequence[int]
    sampling: Sampling | None = None
    examples: Sequence[Sequence[int]] = ()
    tokens: list[int] = field(default_factory=list)

    @property
    def last(self) -> int:
        """The last token, of the prompt where there is no text yet."""
        return self.tokens[-1] if self.tokens else self.prompt[-1]

    def before(self, count: int) -> list[int]:
        """The token before each of the last ``count`` of the text; for its first, the prompt's last."""
        start = len(self.tokens) - count
        return self.tokens[start - 1 : -1] if start else [self.prompt[-1], *self.tokens[:-1]]


class Drafter(ABC):
    """Proposes tokens. One drafter serves all rows of a batch, and may go on to serve later calls."""

    name: ClassVar[str]
    """By which statistics call it."""

    @abstractmethod
    def propose(self, context: Context, matcher: Matcher, budget: int) -> DraftTree:
        """Propose at most ``budget`` tokens.

        Parameters
        ----------
        matcher : Matcher
            Where the text is. Must be as it was when this returns.
        """

    def observe(  # noqa: B027  # learning is no duty
        self,
        context: Context,
        accepted: Sequence[int],
        states: Sequence[int],
        scores: Sequence[Scores | None],
    ) -> None:
        """Learn from tokens that were accepted; ``context`` holds them already.

        Parameters
        ----------
        accepted : non-empty sequence of int
            The last tokens of ``context.tokens``.
        states : sequence of int, as long
            The matcher's state before each of them.
        scores : sequence, as long, of Scores or None
            What each of them was chosen from; None where the model was not asked.
        """


class Predictor(Drafter, Generic[State]):
    """A drafter that looks one token ahead from a state of its own: all predictors grow one tree together."""

    @abstractmethod
    def begin(self, context: Context) -> State:
        """The state at the end of the text so far."""

    @abstractmethod
    def candidates(self, state: State, matcher: Matcher) -> Iterable[tuple[int, Evidence]]:
        """Tokens that may come next, the likeliest first, each with the sort of evidence that there is for it.

        How often candidates of one sort are right is learned on the way.
        """

    @abstractmethod
    def follow(self, state: State, token: int) -> State:
        """The state behind one more token."""

    @abstractmethod
    def expectation(self, evidence: Evidence) -> float:
        """How likely a candidate with such evidence is, before anything was learned."""

    def propose(self, context: Context, matcher: Matcher, budget: int) -> DraftTree:
        from structgen.speculation.search import grow

        return grow([self], context, matcher, budget).tree

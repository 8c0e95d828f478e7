"""Drafts for a batch, and what is learned from them.

Trees of drafters that draw or look far ahead come whole, of a size that is settled before they are asked. All that
looks one token ahead grows one tree together, of which as much is taken as the controller finds worth its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from structgen.errors import ArgumentError, LimitExceededError
from structgen.speculation.acceptance import Acceptance
from structgen.speculation.controller import MOST_DRAFTED, Controller
from structgen.speculation.drafter import Context, Drafter, Predictor
from structgen.speculation.search import Draft, grow
from structgen.speculation.tree import ROOT, DraftTree

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from structgen.models.target import TargetModel
    from structgen.speculation.scores import Scores
    from structgen.tokens.matcher import Matcher

__all__ = ["RowDraft", "Speculator"]

_EXPECTATION: Final = 0.6
"""Of a drafter that nothing is known of."""

_UNKNOWN_COST: Final = 0.2
"""Of one of its tokens, in passes of the target."""

_LEAST_SEARCHED: Final = 6
_MORE_SEARCHED: Final = 3
"""Than were worth their places in the step before."""


@dataclass(slots=True)
class RowDraft:
    """One row's tree, and where its nodes came from.

    Attributes
    ----------
    bound : int
        The first nodes, which were proposed by drafters that look ahead on their own.
    nodes : dict
        Of the predictors' search: its node for a node of the tree.
    """

    tree: DraftTree = field(default_factory=DraftTree)
    bound: int = 0
    search: Draft = field(default_factory=Draft)
    nodes: dict[int, int] = field(default_factory=lambda: {ROOT: ROOT})

    def take(self, count: int) -> None:
        """Add the first ``count`` nodes of the search to the tree."""
        for node, added in enumerate(self.tree.graft(self.search.tree, count)):
            self.nodes[added] = node


@dataclass(frozen=True, slots=True)
class _Drafted:
    """What is known of a step's drafts before the model has seen them: see ``Controller.settle``."""

    least: int
    hoped: float = 0.0
    seconds: float = 0.0


class Speculator:
    """The drafters of one call.

    Raises
    ------
    ArgumentError
        What is no drafter, or has no name; or the model can't take tokens back.
    """

    def __init__(self, target: TargetModel, drafters: Sequence[Drafter]) -> None:
        for drafter in drafters:
            if not isinstance(drafter, Drafter):
                raise ArgumentError(
                    "speculation is 'auto', None, or a list of drafters", reason=f"{drafter!r} is no Drafter"
                )
            if not isinstance(getattr(drafter, "name", None), str):
                raise ArgumentError(f"{drafter!r} has no name", reason="statistics call a drafter by its name")
        if not target.is_positional:
            raise ArgumentError(
                f"{target.name} can't verify drafts",
                reason="some of its layers don't keep every position's keys, so that tokens can't be taken back",
                hint="speculation='auto', which drafts nothing for such models, or None",
            )
        self.drafters = tuple(drafters)
        self._target = target
        self._controller = Controller.of(target, [drafter.name for drafter in drafters])
        self._predictors: list[Predictor[Any]] = [one for one in drafters if isinstance(one, Predictor)]
        self._others = [one for one in drafters if not isinstance(one, Predictor)]
        self._acceptance = Acceptance()
        self._draft_seconds: dict[str, float] = {}
        self._searched = MOST_DRAFTED
        self._drafted = _Drafted(1)

    def draft(
        self, contexts: Sequence[Context], matchers: Sequence[Matcher], pending: Sequence[int], budgets: Sequence[int]
    ) -> list[RowDraft]:
        """Draft for every row.

        Parameters
        ----------
        pending : positions that each row feeds in any case
        budgets : tokens that each row's text may still have
        """
        start = perf_counter()
        if not self._controller.may_draft:
            self._drafted = _Drafted(max(pending))
            return [RowDraft() for _ in contexts]
        widest = self._exact_width(contexts)
        is_chain = widest is not None or not self._target.supports_trees
        rows = []
        for context, matcher, width, budget in zip(contexts, matchers, pending, budgets, strict=True):
            room = budget - 1
            if widest is not None:
                is_first = width > len(context.tokens)
                room = 0 if is_first else min(room, widest - width)
            rows.append(self._draft_row(context, matcher, width, room, is_chain))
        fed = [width + row.bound for width, row in zip(pending, rows, strict=True)]
        sizes = self._controller.sizes(fed, [row.search.chances for row in rows])
        hoped = 0.0
        for row, size in zip(rows, sizes, strict=True):
            row.take(size)
            hoped += sum(row.search.chances[:size])
        self._searched = min(MOST_DRAFTED, max(_LEAST_SEARCHED, max(sizes) + _MORE_SEARCHED))
        self._drafted = _Drafted(max(pending), hoped / len(rows), perf_counter() - start)
        return rows

    def _exact_width(self, contexts: Sequence[Context]) -> int | None:
        """Positions of a chain with which no logit changes; None where there are none, or logits are drawn from.

        The branches of a tree lie between a token and what it sees, so that its sums have other gaps.
        """
        is_greedy = all(context.sampling is None or context.sampling.temperature == 0 for context in contexts)
        return self._target.exact_width if is_greedy and len(contexts) == 1 else None

    def _draft_row(self, context: Context, matcher: Matcher, pending: int, budget: int, is_chain: bool) -> RowDraft:
        row = RowDraft()
        if budget <= 0:
            return row
        try:
            for drafter in self._others:
                if is_chain and len(row.tree):
                    break
                size = min(budget, self._size(drafter, pending))
                self._add_tree(row, drafter, context, matcher, size, is_chain)
            row.bound = len(row.tree)
            if not (is_chain and row.bound):
                row.search = grow(
                    self._predictors,
                    context,
                    matcher,
                    min(budget, self._searched),
                    self._acceptance,
                    is_chain=is_chain,
                )
        except LimitExceededError:
            # A draft met a bound of the automaton. The text may never go there; where it does, its own mask says so.
            return RowDraft()
        return row

    def _add_tree(
        self, row: RowDraft, drafter: Drafter, context: Context, matcher: Matcher, size: int, is_chain: bool
    ) -> None:
        if size <= 0:
            return
        start = perf_counter()
        state = matcher.state
        proposed = drafter.propose(context, matcher, size)
        if not isinstance(proposed, DraftTree) or matcher.state != state:
            raise ArgumentError(
                f"the drafter {drafter.name!r} broke its contract",
                reason="it returned no DraftTree" if matcher.state == state else "it left the matcher elsewhere",
            )
        allowed = proposed.allowed_by(matcher, size, is_chain=is_chain)
        row.tree.graft(allowed, len(allowed), drafter=drafter.name)
        if len(proposed):
            seconds = (perf_counter() - start) / len(proposed)
            known = self._draft_seconds.get(drafter.name, seconds)
            self._draft_seconds[drafter.name] = known + 0.2 * (seconds - known)

    def _size(self, drafter: Drafter, pending: int) -> int:
        """Tokens to ask a drafter for, by what its drafts gave and cost so far."""
        each = self._draft_seconds.get(drafter.name, _UNKNOWN_COST * self._controller.costs.expected(1, 1))
        chance, tokens = 1.0, 1.0
        best, best_rate = 0, 1 / self._controller.costs.expected(1, pending)
        for size in range(1, MOST_DRAFTED + 1):
            chance *= self._acceptance.probability((drafter.name, min(size, 8)), _EXPECTATION)
            tokens += chance
            rate = tokens / (self._controller.costs.expected(1, pending + size) + size * each)
            if rate > best_rate:
                best, best_rate = size, rate
        return best

    def settle(self, rows: int, width: int, seconds: float, saved: float) -> None:
        """Count the pass over the latest drafts.

        Parameters
        ----------
        width : positions of its longest row
        saved : passes, of each row on average, that the drafts saved
        """
        drafted = self._drafted
        self._controller.settle(
            (drafted.least, width),
            rows,
            seconds=seconds,
            draft_seconds=drafted.seconds,
            hoped=drafted.hoped,
            saved=saved,
        )

    def learn(self, draft: RowDraft, outcomes: Sequence[tuple[int, int, NDArray[np.int32]]]) -> None:
        """Count the drafts of one row.

        Parameters
        ----------
        outcomes : (node, token, bitmask) triples
            The nodes that the text went through, each with the token that followed it, and with what might have.
        """
        for depth, (node, token, mask) in enumerate(outcomes, start=1):
            if node in draft.nodes:
                draft.search.learn(self._acceptance, draft.nodes[node], token, mask)
            children = [child for child in draft.tree.children(node) if child < draft.bound]
            for name in {draft.tree.drafters[child] for child in children}:
                is_right = any(
                    draft.tree.tokens[child] == token for child in children if draft.tree.drafters[child] == name
                )
                self._acceptance.learn((name, min(depth, 8)), _EXPECTATION, is_right)

    def observe(
        self,
        context: Context,
        accepted: Sequence[int],
        states: Sequence[int],
        scores: Sequence[Scores | None],
    ) -> None:
        """Let all drafters learn from a row's new tokens; see ``Drafter.observe``."""
        if accepted:
            for drafter in self.drafters:
                drafter.observe(context, accepted, states, scores)

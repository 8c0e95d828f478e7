"""Drafts of a smaller model with the same vocabulary, masked like the target.

Greedy texts are drafted greedily. Sampled ones are drafted by drawing from the draft model's own masked and warped
distribution, which verification needs to know; a node's alternatives are drawn without replacement. The cost of its
passes is measured, so that the controller weighs it like all else.

Source: Leviathan et al., "Fast Inference from Transformers via Speculative Decoding", ICML 2023; alternatives: Jeon et
al., "Recursive Speculative Decoding", 2024.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from structgen.errors import ArgumentError
from structgen.models.target import Sequences, TargetModel
from structgen.speculation.drafter import Context, Drafter
from structgen.speculation.sampling import warp
from structgen.speculation.scores import Scores
from structgen.speculation.tree import ROOT, Distribution, DraftTree

if TYPE_CHECKING:
    import torch

    from structgen.tokens.matcher import Matcher

__all__ = ["DraftModel"]


@dataclass(slots=True)
class _Row:
    sequences: Sequences
    fed: list[int] = field(default_factory=list)


class DraftModel(Drafter):
    """Drafts with a model.

    Parameters
    ----------
    target : TargetModel
        The drafting model, such as ``load_model(...).target``.
    alternatives : int
        Tokens proposed at each position of the draft; the draft goes on behind the first.

    Raises
    ------
    ArgumentError
        The model can't take tokens back, or fewer than one alternative is wanted; in ``propose``: the vocabularies
        differ.
    """

    name = "draft model"

    def __init__(self, target: TargetModel, *, alternatives: int = 1) -> None:
        import torch

        if not target.is_positional:
            raise ArgumentError(
                f"{target.name} can't draft", reason="some of its layers don't keep every position's keys"
            )
        if alternatives < 1:
            raise ArgumentError("alternatives must be 1 or more", reason=f"got {alternatives}")
        self.target = target
        self.alternatives = alternatives
        self._rows: WeakKeyDictionary[Context, _Row] = WeakKeyDictionary()
        # Its draws must not depend on those of the verification.
        self._generator = torch.Generator()
        self._generator.seed()

    def propose(self, context: Context, matcher: Matcher, budget: int) -> DraftTree:
        if self.target.vocabulary is not context.vocabulary and self.target.vocabulary != context.vocabulary:
            raise ArgumentError(f"{self.target.name} can't draft for this model", reason="their vocabularies differ")
        tree = DraftTree()
        room = self.target.max_positions
        length = len(context.prompt) + len(context.tokens)
        if room is not None:
            budget = min(budget, self.alternatives * (room - length))
        mask = np.zeros(context.vocabulary.bitmask_words, np.int32)
        node, taken = ROOT, 0
        while len(tree) < budget:
            logits = self._forward(context, tree, node)
            matcher.fill_bitmask(mask)
            node = self._add(context, tree, node, Scores(logits, mask), budget)
            if not matcher.accept_token(tree.tokens[node]):
                raise ArgumentError("the draft model's token is not allowed")
            taken += 1
            if matcher.is_terminated():
                break
        matcher.rollback(taken)
        return tree

    def _forward(self, context: Context, tree: DraftTree, node: int) -> torch.Tensor:
        """The logits behind a node of the chain; what the model holds of another text is taken back."""
        drafted = [] if node == ROOT else [tree.tokens[one] for one in _path(tree, node)]
        wanted = [*context.prompt, *context.tokens, *drafted]
        row = self._rows.get(context)
        if row is None:
            row = self._rows[context] = _Row(self.target.start(1))
        common = 0
        for held, token in zip(row.fed, wanted, strict=False):
            if held != token:
                break
            common += 1
        common = min(common, len(wanted) - 1)
        if common < len(row.fed):
            row.sequences.rollback([len(row.fed) - common])
        row.fed = wanted
        return row.sequences.forward([wanted[common:]])[0, -1]

    def _add(self, context: Context, tree: DraftTree, node: int, scores: Scores, budget: int) -> int:
        """Add alternatives behind a node; return the first one's node."""
        import torch

        count = min(self.alternatives, budget - len(tree))
        distribution = None
        if context.sampling is None or context.sampling.temperature == 0:
            tokens = scores.largest(count)
        else:
            distribution = Distribution(*warp(scores.masked(), context.sampling))
            count = min(count, int((distribution.probabilities > 0).sum()))
            tokens = distribution.tokens[
                torch.multinomial(distribution.probabilities, count, generator=self._generator)
            ].tolist()
        return [tree.add(token, node, drafter=self.name, distribution=distribution) for token in tokens][0]  # noqa: RUF015


def _path(tree: DraftTree, node: int) -> Sequence[int]:
    path = []
    while node != ROOT:
        path.append(node)
        node = tree.parents[node]
    return path[::-1]

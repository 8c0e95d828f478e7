"""Drafts of the target itself with some of its layers left out, chosen while decoding.

Which layers a text can do without differs from model to model and from text to text. So from time to time one layer is
exchanged for another, and the set that foretells more of the latest tokens stays. The first and the last layers always
run.

Source: Xia et al., "SWIFT: On-the-Fly Self-Speculative Decoding for LLM Inference Acceleration", ICLR 2025; its
Bayesian search is left out: a random exchange is what it comes to within one text.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from structgen.errors import ArgumentError
from structgen.models.target import TargetModel
from structgen.speculation.draft_model import DraftModel
from structgen.speculation.drafter import Context

if TYPE_CHECKING:
    from structgen.speculation.scores import Scores

__all__ = ["LayerSkip"]

_ALWAYS: Final = 2
"""Layers at each end that always run."""

_COMPARED: Final = 32
"""Latest tokens on which sets of layers are compared, and tokens between two comparisons."""

_BEFORE: Final = 64
"""Tokens before them that the comparison reads."""


class LayerSkip(DraftModel):
    """Drafts with the target's own layers, less some.

    Parameters
    ----------
    target : TargetModel
        A transformers model whose decoder keeps its layers in a list, such as ``model.target``.
    share : float in (0, 1)
        Of the layers that are left out, at the start and always.
    alternatives : int
        As ``DraftModel``.

    Raises
    ------
    ArgumentError
        The model has no such list, too few layers, or can't take tokens back.
    """

    name = "layers"

    def __init__(self, target: TargetModel, *, share: float = 0.45, alternatives: int = 1) -> None:
        super().__init__(target, alternatives=alternatives)
        self._whole = cast("Any", target)
        layers = _layers(getattr(target, "view", None))
        if not 0 < share < 1:
            raise ArgumentError("share is between 0 and 1", reason=f"got {share}")
        if layers is None or len(layers) <= 2 * _ALWAYS + 1:
            raise ArgumentError(f"{target.name} can't skip layers", reason="it has no list of enough decoder layers")
        self._layers = layers
        free = range(_ALWAYS, len(layers) - _ALWAYS)
        wanted = max(1, min(round(share * len(layers)), len(free) - 1))
        self.skipped = frozenset(free[at * len(free) // wanted] for at in range(wanted))
        """The numbers of the layers that are left out now."""
        self.target = self._without(self.skipped)
        self._random = random.Random(0)
        self._since = 0

    def observe(
        self,
        context: Context,
        accepted: Sequence[int],
        states: Sequence[int],
        scores: Sequence[Scores | None],
    ) -> None:
        self._since += len(accepted)
        if self._since >= _COMPARED and len(context.tokens) >= _COMPARED:
            self._since = 0
            free = sorted(frozenset(range(_ALWAYS, len(self._layers) - _ALWAYS)) - self.skipped)
            out, into = self._random.choice(sorted(self.skipped)), self._random.choice(free)
            other = self.skipped - {out} | {into}
            target = self._without(other)
            if self._foretold(target, context) > self._foretold(self.target, context):
                self.skipped, self.target = other, target
                # What was kept for the other layers is of no use to these.
                self._rows.clear()

    def _foretold(self, target: TargetModel, context: Context) -> int:
        """How many of the latest tokens a model finds likeliest."""
        tokens = [*context.prompt, *context.tokens][-_BEFORE - _COMPARED :]
        count = min(_COMPARED, len(tokens) - 1)
        best = target.start(1).forward([tokens[:-1]], last=count)[0].argmax(dim=1).tolist()
        return sum(guess == token for guess, token in zip(best, tokens[-count:], strict=True))

    def _without(self, skipped: frozenset[int]) -> TargetModel:
        """A view of the target without some layers; its parameters are the target's own."""
        import torch

        from structgen.models.views import view_of

        kept = torch.nn.ModuleList(layer for number, layer in enumerate(self._layers) if number not in skipped)
        target = copy.copy(self._whole)
        target.view = view_of(self._whole.view, lambda module: kept if module is self._layers else module)
        return cast("TargetModel", target)


def _layers(module: Any) -> Any:
    """The list of a decoder's layers: the longest list of modules that there is."""
    import torch

    if module is None:
        return None
    lists = [one for one in module.modules() if isinstance(one, torch.nn.ModuleList)]
    return max(lists, key=len, default=None)

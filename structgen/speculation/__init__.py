"""A text in progress comes in, trees of tokens that may follow it go out, and what was accepted comes back."""

from __future__ import annotations

from structgen.speculation.copying import CopyDrafter
from structgen.speculation.draft_model import DraftModel
from structgen.speculation.drafter import Context, Drafter, Predictor
from structgen.speculation.forced import ForcedDrafter
from structgen.speculation.layer_skip import LayerSkip
from structgen.speculation.places import PlaceDrafter
from structgen.speculation.scores import Scores
from structgen.speculation.successors import SuccessorDrafter
from structgen.speculation.tree import Distribution, DraftTree
from structgen.speculation.trigrams import TrigramDrafter

__all__ = [
    "Context",
    "CopyDrafter",
    "Distribution",
    "DraftModel",
    "DraftTree",
    "Drafter",
    "ForcedDrafter",
    "LayerSkip",
    "PlaceDrafter",
    "Predictor",
    "Scores",
    "SuccessorDrafter",
    "TrigramDrafter",
    "automatic_drafters",
]


def automatic_drafters() -> list[Drafter]:
    """The drafters of ``speculation="auto"``: all that cost no pass of a model."""
    return [ForcedDrafter(), CopyDrafter(), TrigramDrafter(), PlaceDrafter(), SuccessorDrafter()]

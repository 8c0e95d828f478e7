"""Drafters for tests: wild ones, and ones that draw."""

from __future__ import annotations

import random
from collections.abc import Sequence

import torch

from structgen.speculation import Context, Distribution, Drafter, DraftTree
from structgen.speculation.tree import ROOT
from structgen.tokens.matcher import Matcher


class WildDrafter(Drafter):
    """Trees of any shape with any tokens, allowed or not."""

    name = "wild"

    def __init__(self, seed: int, tokens: int, *, size: int = 12) -> None:
        self.random = random.Random(seed)
        self.tokens = tokens
        self.size = size

    def propose(self, context: Context, matcher: Matcher, budget: int) -> DraftTree:
        tree = DraftTree()
        for _ in range(self.random.randint(0, self.size)):
            tree.add(self.random.randrange(self.tokens), self.random.randint(ROOT, len(tree) - 1), drafter=self.name)
        return tree


class DrawingDrafter(Drafter):
    """Draws tokens without replacement from a fixed distribution: so many behind the root, and behind each of these."""

    name = "drawing"

    def __init__(self, seed: int, weights: Sequence[float], shape: Sequence[int]) -> None:
        self.generator = torch.Generator().manual_seed(seed)
        self.probabilities = torch.tensor(weights, dtype=torch.float64)
        self.probabilities /= self.probabilities.sum()
        self.shape = shape

    def propose(self, context: Context, matcher: Matcher, budget: int) -> DraftTree:
        tree = DraftTree()
        distribution = Distribution(torch.arange(len(self.probabilities)), self.probabilities)
        level = [ROOT]
        for count in self.shape:
            level = [
                tree.add(int(token), parent, drafter=self.name, distribution=distribution)
                for parent in level
                for token in torch.multinomial(self.probabilities, count, generator=self.generator)
            ]
        return tree

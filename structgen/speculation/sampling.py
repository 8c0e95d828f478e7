"""From logits to a token: greedy, or drawn from the masked and warped distribution.

The order is fixed: mask, temperature, top-k, top-p, min-p, each over what the one before has left, as in
``transformers``. Warping after the mask means that ``top_p`` and the others measure the tokens that the grammar allows,
and never leave none.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from structgen.errors import ArgumentError, ModelError
from structgen.speculation.scores import Scores

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from structgen.speculation.tree import Distribution


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are drawn. The default draws from the model's own distribution.

    Parameters
    ----------
    temperature : float
        Divides the logits; 0 is greedy.
    top_p : float in (0, 1]
        Keep the most likely tokens until they hold this much probability.
    top_k : int, optional
        Keep this many of the most likely tokens.
    min_p : float in [0, 1]
        Keep tokens at least this likely relative to the most likely.
    seed : int, optional
        Makes the draws repeatable: row ``i`` of a call draws from a generator of its own, made from ``(seed, i)``.

    Raises
    ------
    ArgumentError
        What is no number, or is one out of range.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int | None = None
    min_p: float = 0.0
    seed: int | None = None

    def __post_init__(self) -> None:
        temperature, top_p, top_k, min_p, seed = self.temperature, self.top_p, self.top_k, self.min_p, self.seed
        for name, value, is_valid, wanted in (
            ("temperature", temperature, _is_number(temperature) and 0 <= temperature < math.inf, "finite, 0 or more"),
            ("top_p", top_p, _is_number(top_p) and 0 < top_p <= 1, "more than 0 and at most 1"),
            ("top_k", top_k, top_k is None or (_is_integer(top_k) and top_k >= 1), "None, or an integer, 1 or more"),
            ("min_p", min_p, _is_number(min_p) and 0 <= min_p <= 1, "between 0 and 1"),
            (
                "seed",
                seed,
                seed is None or (_is_integer(seed) and 0 <= seed < 1 << 63),
                "None, or an integer from 0 to 2**63 - 1",
            ),
        ):
            if not is_valid:
                raise ArgumentError(f"{name} must be {wanted}", reason=f"got {value!r}")

    @property
    def measures_all(self) -> bool:
        """Whether what may be drawn depends on every token that is allowed, the least likely ones too."""
        return self.temperature > 0 and self.top_p < 1 and self.top_k is None


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, np.floating)) and not isinstance(value, bool)


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


class Sampler:
    """One row's choice of tokens, with a random generator of its own."""

    def __init__(self, sampling: Sampling | None, row: int) -> None:
        import torch

        self._sampling = sampling if sampling is not None and sampling.temperature > 0 else None
        self._generator = torch.Generator()
        seed = secrets.randbits(63) if sampling is None or sampling.seed is None else sampling.seed
        # Far apart for neighbouring rows and seeds: an odd multiplier (of splitmix64) is a bijection modulo 2**64.
        self._generator.manual_seed((seed + row * 0x9E3779B97F4A7C15) % (1 << 64))

    def choose(self, scores: Scores) -> int:
        """Return a token.

        Raises
        ------
        ModelError
            The logits of the allowed tokens are not finite numbers.
        """
        if self._sampling is None:
            best = scores.largest()
            value = scores[best[0]] if best else -math.inf
            if not math.isfinite(value):
                raise ModelError("the model's logits are not numbers", reason=f"the largest is {value}")
            return best[0]

        return self._draw(*warp(scores.masked(), self._sampling))

    def deciding(self, scores: Scores) -> list[int]:
        """The tokens on which it depends what may be drawn, and how likely each is, if not on every token.

        None where only the token that is drawn counts: in whatever order tokens are drawn and refused, the others keep
        their shares.
        """
        if self._sampling is None or not (self._sampling.top_k or self._sampling.min_p):
            return []
        widest = replace(self._sampling, top_p=1.0, min_p=0.0) if self._sampling.top_k else self._sampling
        tokens: list[int] = warp(scores.masked(), widest)[0].tolist()
        return tokens

    def verify(self, scores: Scores, drawn: Sequence[tuple[int, Distribution]]) -> int:
        """Return a token, one of those drawn as often as can be, distributed as ``choose`` would.

        Each drawn token is accepted with the chance min(1, p / q); where it isn't, the rest of p over q is what the
        next one is held against, and at last what is drawn from.

        Parameters
        ----------
        scores : Scores
        drawn : tokens in the order of their draws, each with the distribution of the first of its drafter's draws
            They were drawn without replacement, and left out where the mask refuses them.

        Source: Leviathan et al., ICML 2023; Chen et al., 2023; without replacement: Jeon et al., "Recursive Speculative
        Decoding", 2024.
        """
        if self._sampling is None or not drawn:
            return self.choose(scores)
        import torch

        logits = scores.masked()
        tokens, probabilities = warp(logits, self._sampling)
        target = torch.zeros(logits.shape[0], dtype=torch.float64)
        target[tokens] = probabilities
        # A token that was drawn and left out says nothing of the others: what they were drawn from has no such token.
        possible = torch.isfinite(logits).cpu()
        for token, distribution in drawn:
            draft = torch.zeros_like(target)
            draft[distribution.tokens] = distribution.probabilities
            draft *= possible
            possible[token] = False
            mass = float(draft.sum())
            if mass <= 0:
                continue
            draft /= mass
            point = torch.rand((), generator=self._generator, dtype=torch.float64)
            if float(point * draft[token]) < float(target[token]):
                return token
            rest = (target - draft).clamp(min=0)
            if float(rest.sum()) <= 0:  # equal up to rounding, where a refusal is rounding as well
                return token
            target = rest / rest.sum()
        left = target.nonzero().squeeze(1)
        return self._draw(left, target[left])

    def _draw(self, tokens: torch.Tensor, probabilities: torch.Tensor) -> int:
        import torch

        # By inversion, in float64, on the CPU: the same draw on every device and number of threads.
        bounds = probabilities.cumsum(dim=0)
        point = torch.rand((), generator=self._generator, dtype=torch.float64) * bounds[-1]
        index = min(int(torch.searchsorted(bounds, point, right=True)), len(tokens) - 1)
        return int(tokens[index])


def warp(logits: torch.Tensor, sampling: Sampling) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the tokens that may be drawn, and their probabilities (float64, on the CPU).

    Raises
    ------
    ModelError
        No logit is finite.
    """
    import torch

    values = logits.cpu().numpy()
    tokens = np.flatnonzero(np.isfinite(values))
    if not len(tokens):
        raise ModelError("the model's logits are not numbers", reason="no allowed token has a finite one")
    scores = values[tokens].astype(np.float64)
    # Shifted first: a tiny temperature must not make infinities of large logits.
    with np.errstate(over="ignore"):  # to -inf, which is right
        probabilities = _normalized(np.exp((scores - scores.max()) / sampling.temperature))
    if sampling.top_k is not None and sampling.top_k < len(tokens):
        likeliest = _highest(scores, sampling.top_k)
        tokens, probabilities = tokens[likeliest], _normalized(probabilities[likeliest])
    if sampling.top_p < 1:
        # All that are less likely than this together don't hold what the nucleus may leave out: none of them is in it.
        possible = np.flatnonzero(probabilities >= (1 - sampling.top_p) / len(tokens))
        order = possible[np.argsort(-probabilities[possible], kind="stable")]
        # A token stays while those before it hold less than top_p: the first always does.
        before = probabilities[order].cumsum() - probabilities[order]
        order = order[before < sampling.top_p]
        tokens, probabilities = tokens[order], _normalized(probabilities[order])
    if sampling.min_p > 0:
        likely = probabilities >= sampling.min_p * probabilities.max()
        tokens, probabilities = tokens[likely], _normalized(probabilities[likely])
    return torch.from_numpy(tokens), torch.from_numpy(probabilities)


def _highest(scores: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    """The places of the highest, ascending; of equal ones at the bound, the first."""
    bound = np.partition(scores, len(scores) - count)[len(scores) - count]
    above = np.flatnonzero(scores > bound)
    equal = np.flatnonzero(scores == bound)
    return np.sort(np.concatenate((above, equal[: count - len(above)])))


def _normalized(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    normalized: NDArray[np.float64] = weights / weights.sum()
    return normalized

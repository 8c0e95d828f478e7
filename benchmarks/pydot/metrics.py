"""What is measured of a completion, and whether a difference between two arms is one.

Source: Agrawal et al., "Guiding Language Models of Code with Global Context using Monitors", NeurIPS 2023, section 3:
next identifier match, identifier sequence match, prefix match; matches of a sequence count up to the first difference,
as a share of the author's sequence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import comb

from benchmarks.pydot.language import PYTHON, Language

__all__ = ["next_identifier_match", "prefix_match", "sequence_match", "sign_test"]


def next_identifier_match(text: str, truth: str, language: Language = PYTHON) -> bool:
    """Whether the text begins with the lexical token that the author wrote."""
    return language.lexemes(text)[:1] == language.lexemes(truth)[:1]


def sequence_match(text: str, truth: str, language: Language = PYTHON) -> float:
    """How much of the author's sequence of identifiers the text begins with, from 0 to 1."""
    return _begun(language.identifiers(text), language.identifiers(truth))


def prefix_match(text: str, truth: str, language: Language = PYTHON) -> float:
    """How much of the author's lexical tokens the text begins with, from 0 to 1."""
    return _begun(language.lexemes(text), language.lexemes(truth))


def _begun(text: Sequence[str], truth: Sequence[str]) -> float:
    same = 0
    for written, wanted in zip(text, truth, strict=False):
        if written != wanted:
            break
        same += 1
    return same / len(truth)


def sign_test(pairs: Iterable[tuple[float, float]]) -> tuple[int, int, float]:
    """How often the first is larger, how often the second, and how likely so uneven a split is by chance (two-sided).

    Pairs that are equal say nothing.
    """
    more = less = 0
    for first, second in pairs:
        more += first > second
        less += first < second
    count = more + less
    tail = sum(comb(count, k) for k in range(min(more, less) + 1)) / 2**count
    return more, less, min(1.0, 2 * tail)

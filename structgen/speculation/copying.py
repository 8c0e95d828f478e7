"""Drafts that copy: what followed the longest earlier match of the text's end, in the prompt, its examples or the text.

Tokens match whether or not they begin with a space, since a word that stands in the middle of a sentence stands at the
beginning of a JSON string. Shorter matches propose other continuations.

Source: Saxena, "Prompt Lookup Decoding", 2023; Dumitru et al., "CopySpec", 2025; Ge et al., "Lossless Acceleration with
Aggressive Decoding", 2022.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from structgen.speculation.drafter import Context, Evidence, Predictor
from structgen.speculation.suffix_automaton import SuffixAutomaton

if TYPE_CHECKING:
    from structgen.tokens.matcher import Matcher
    from structgen.tokens.vocabulary import Vocabulary

__all__ = ["CopyDrafter"]

_SEPARATOR: Final = -1
"""Between texts: no match crosses it."""

_MOST_CANDIDATES: Final = 3
_MOST_BRANCHES: Final = 8
"""Of a state with more transitions none says anything."""

_EXPECTATIONS: Final = {1: 0.25, 2: 0.45, 3: 0.55, 4: 0.65, 6: 0.75, 10: 0.85}


@dataclass(slots=True)
class _Copied:
    """The texts that one row can copy from, and the match at its end."""

    automaton: SuffixAutomaton
    tokens: list[int]
    state: int = 0
    length: int = 0


@dataclass(slots=True)
class _Words:
    """Tokens without the space before them, by number."""

    vocabulary: Vocabulary
    symbols: dict[int, int] = field(default_factory=dict)
    numbers: dict[bytes, int] = field(default_factory=dict)

    def symbol(self, token: int) -> int:
        """A number for all tokens that differ in a space before them alone."""
        known = self.symbols.get(token)
        if known is None:
            text = self.vocabulary.decode_bytes([token])
            word = text.lstrip(b" ") or text
            known = self.numbers.setdefault(word, len(self.numbers)) if text else -2 - token
            self.symbols[token] = known
        return known


class CopyDrafter(Predictor[tuple[_Copied, int, int]]):
    """Copies what followed before."""

    name = "copy"

    def __init__(self) -> None:
        self._rows: WeakKeyDictionary[Context, _Copied] = WeakKeyDictionary()
        self._words: _Words | None = None

    def begin(self, context: Context) -> tuple[_Copied, int, int]:
        copied = self._rows.get(context)
        if copied is None:
            copied = self._rows[context] = self._read(context)
        return copied, copied.state, copied.length

    def candidates(self, state: tuple[_Copied, int, int], matcher: Matcher) -> Iterable[tuple[int, Evidence]]:
        copied, match, length = state
        automaton = copied.automaton
        found: list[tuple[int, Evidence]] = []
        while match > 0 and len(found) < _MOST_CANDIDATES:
            targets: Iterable[int] = automaton.next[match].values()
            if len(automaton.next[match]) > 1:
                if len(automaton.next[match]) > _MOST_BRANCHES:
                    break
                targets = sorted(targets, key=automaton.end.__getitem__, reverse=True)
            for target in targets:
                token = copied.tokens[automaton.end[target] - 1]
                if token >= 0 and all(token != other for other, _ in found):
                    found.append((token, (_bucket(length), len(found))))
            match = automaton.link[match]
            length = automaton.length[match]
        return found[:_MOST_CANDIDATES]

    def follow(self, state: tuple[_Copied, int, int], token: int) -> tuple[_Copied, int, int]:
        copied, match, length = state
        return copied, *copied.automaton.follow(match, length, self._symbol(token))

    def expectation(self, evidence: Evidence) -> float:
        length, rank = evidence
        return float(_EXPECTATIONS[length] / (1 + 2 * rank))

    def observe(
        self,
        context: Context,
        accepted: Sequence[int],
        states: Sequence[int],
        scores: object = None,
    ) -> None:
        copied = self._rows.get(context)
        if copied is None:
            return  # read whole when it is asked for the first time
        for token in accepted:
            symbol = self._symbol(token)
            # The text's end matches what came before; then it is itself something to match.
            copied.state, copied.length = copied.automaton.follow(copied.state, copied.length, symbol)
            self._append(copied, token, symbol)

    def _read(self, context: Context) -> _Copied:
        if self._words is None or self._words.vocabulary is not context.vocabulary:
            self._words = _Words(context.vocabulary)
        copied = _Copied(SuffixAutomaton(), [])
        for text in (*context.examples, context.prompt):
            for token in text:
                self._append(copied, token, self._symbol(token))
            self._append(copied, _SEPARATOR, _SEPARATOR)
        self._rows[context] = copied
        if context.tokens:
            self.observe(context, context.tokens, ())
        return copied

    def _append(self, copied: _Copied, token: int, symbol: int) -> None:
        copied.automaton.append(symbol)
        copied.tokens.append(token)

    def _symbol(self, token: int) -> int:
        words = self._words
        if words is None:
            raise LookupError("no text was read")
        known = words.symbols.get(token)
        return words.symbol(token) if known is None else known


def _bucket(length: int) -> int:
    if length <= 4:
        return length
    return 4 if length < 6 else 6 if length < 10 else 10

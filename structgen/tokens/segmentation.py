"""Texts cut into tokens by the tokens' bytes alone: broken UTF-8, and vocabularies without a tokenizer."""

from __future__ import annotations

from structgen.tokens.texts import TokenTexts

__all__ = ["Segmenter"]


class Segmenter:
    """Cuts texts into tokens, the longest token first; where that leads nowhere, the longest that does.

    A text takes at most one look-up for each of its positions and each length of a token with the same two first bytes.
    Of several ids with the same bytes the smallest is taken.
    """

    def __init__(self, texts: TokenTexts) -> None:
        self._ids: dict[bytes, int] = {}
        lengths: dict[bytes, set[int]] = {}
        for token, text in enumerate(texts):
            if text:
                self._ids.setdefault(text, token)
                lengths.setdefault(text[:2], set()).add(len(text))
        self._lengths = {head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()}

    def segment(self, text: bytes) -> list[int] | None:
        """The tokens of ``text``, or None where no sequence of tokens spells it."""
        tokens, position = [], 0
        while position < len(text):
            for length in self._candidates(text, position):
                piece = text[position : position + length]
                token = self._ids.get(piece)
                if token is not None:
                    tokens.append(token)
                    position += len(piece)
                    break
            else:
                return self._segment_completable(text)
        return tokens

    def _candidates(self, text: bytes, position: int) -> tuple[int, ...]:
        head = text[position : position + 2]
        return self._lengths.get(head, ()) + (self._lengths.get(head[:1], ()) if len(head) == 2 else ())

    def _segment_completable(self, text: bytes) -> list[int] | None:
        """As ``segment``, but never with a token from whose end the rest can't be spelled."""
        best = [-1] * len(text)  # the longest completable token at each position
        lengths = [0] * len(text)
        for position in reversed(range(len(text))):
            for length in self._candidates(text, position):
                end = position + length
                if end > len(text) or (end < len(text) and best[end] < 0):
                    continue
                token = self._ids.get(text[position:end])
                if token is not None:
                    best[position], lengths[position] = token, length
                    break
        tokens, position = [], 0
        while position < len(text):
            if best[position] < 0:
                return None
            tokens.append(best[position])
            position += lengths[position]
        return tokens

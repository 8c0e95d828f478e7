"""Monitor-guided decoding as its authors published it, over a server of this project's choice.

A mask is made only where the text ends with a dot, of what the server offers for the text up to there, and once more
with its brackets closed; the file behind the cursor isn't looked at. Until a token has a character that breaks a name,
tokens must go on with an offered name; one that completes a name may have anything behind the breaking character.
So: a dot in the middle of a token opens no site, what follows a boundary within a token is unchecked, and at a site the
end-of-sequence token is masked, behind a whole name too.

Source: github.com/microsoft/monitors4codegen, ``monitors/dereferences_monitor.py``; the mask is made by look-up here,
where that code scans a list for each token of the vocabulary.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from benchmarks.pydot.language import PYTHON, Language
from structgen.tokens.vocabulary import Vocabulary

__all__ = ["PublishedMatcher", "TokenTexts", "asked"]


class TokenTexts:
    """A vocabulary's tokens as texts, sorted; special tokens have none."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        texts = ((vocabulary.token_bytes(token), token) for token in range(vocabulary.size))
        pairs = sorted((text.decode("utf-8", "replace"), token) for text, token in texts if text)
        self.texts = [text for text, _ in pairs]
        self.tokens = [token for _, token in pairs]
        self.words = vocabulary.bitmask_words

    def exactly(self, text: str) -> Iterable[int]:
        """The tokens with this text."""
        place = bisect_left(self.texts, text)
        while place < len(self.texts) and self.texts[place] == text:
            yield self.tokens[place]
            place += 1

    def broken_after(self, text: str) -> Iterable[int]:
        """The tokens that begin with ``text`` and go on with what breaks a name."""
        for place in range(bisect_left(self.texts, text), len(self.texts)):
            if not self.texts[place].startswith(text):
                return
            if len(self.texts[place]) > len(text) and _breaks(self.texts[place][len(text)]):
                yield self.tokens[place]


class PublishedMatcher:
    """Masks of the dereferences monitor, with the methods that the benchmark's loop needs.

    Parameters
    ----------
    ask : what is offered behind a text that ends with a dot
    prefix : the file's text before the place
    """

    def __init__(
        self, ask: Callable[[str], Iterable[str]], vocabulary: Vocabulary, texts: TokenTexts, prefix: str
    ) -> None:
        self._ask, self._vocabulary, self._texts = ask, vocabulary, texts
        self._prefix, self._written = prefix, b""
        self.legal: list[str] | None = None
        """What may follow; None where nothing is constrained."""

    def fill_bitmask(self, row: NDArray[np.int32]) -> None:
        """Write the tokens that may come next into ``row``."""
        text = self._prefix + self._written.decode("utf-8", "replace")
        if self.legal is None and text.endswith("."):
            self.legal = sorted(self._ask(text)) or None
        if self.legal is None:
            row[:] = -1
            return
        allowed = np.zeros(len(row) * 32, np.bool_)
        for name in self.legal:
            allowed[list(self._texts.broken_after(name))] = True
            for end in range(1, len(name) + 1):
                allowed[list(self._texts.exactly(name[:end]))] = True
        row[:] = np.packbits(allowed, bitorder="little").view("<i4")

    def accept_token(self, token: int) -> bool:
        """Go on by one token."""
        added = self._vocabulary.token_bytes(token) or b""
        self._written += added
        if self.legal is not None:
            text = added.decode("utf-8", "replace")
            if any(map(_breaks, text)):
                self.legal = None
            else:
                self.legal = [name[len(text) :] for name in self.legal if name.startswith(text)]
        return True


def asked(names: Callable[[str, str], Iterable[str]], before: str, language: Language = PYTHON) -> set[str]:
    """What the monitor asks: behind the text as it is, and with its open brackets closed.

    Where all that is offered is what every object has, the receiver is unknown: the published servers then offer
    nothing, so neither does this.
    """
    found = set(names(before, ""))
    closing = language.closers(before)
    if closing:
        found |= set(names(before, closing))
    return found if any(not name.startswith("__") for name in found) else set()


def _breaks(character: str) -> bool:
    return not ("a" + character).isidentifier()

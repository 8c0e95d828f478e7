"""Writing a text through a monitor's masks, by bytes and by tokens."""

from __future__ import annotations

from collections.abc import Callable

from structgen.monitors import Monitor, attach
from structgen.tokens.vocabulary import Vocabulary
from tests.vocabularies import BYTES

__all__ = ["writer"]


def writer(vocabulary: Vocabulary) -> Callable[[Monitor, str], bool]:
    """What tells whether a text can be written in tokens of a vocabulary that begins with ``BYTES``."""

    def can_write(monitor: Monitor, text: str) -> bool:
        """Whether the text can be written a byte at a time; what can't, must not be written in longer tokens either."""
        by_bytes, by_tokens = (
            all(map(attach(None, vocabulary, monitor).matcher().accept_token, tokens))
            for tokens in ([BYTES.index(bytes([byte])) for byte in text.encode()], vocabulary.encode(text.encode()))
        )
        assert by_bytes or not by_tokens
        return by_bytes

    return can_write

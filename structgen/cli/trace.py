"""A text with its tokens coloured by where they came from."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Final

from rich.text import Text

if TYPE_CHECKING:
    from structgen.generation.result import Result
    from structgen.tokens.vocabulary import Vocabulary

__all__ = ["traced"]

_STYLES: Final = {"certain": "green", "forced text": "green", "model": "bold"}
_DRAFTED: Final = "cyan"


def traced(result: Result, vocabulary: Vocabulary) -> Text:
    """The text, each token marked, and below it what the colours stand for."""
    text = Text()
    decoder = codecs.getincrementaldecoder("utf-8")()
    for number, (token, origin) in enumerate(zip(result.tokens, result.origins, strict=True)):
        style = _STYLES.get(origin, _DRAFTED)
        # Neighbours of one origin are told apart by a line under every other token.
        text.append(decoder.decode(vocabulary.decode_bytes([token])), f"{style} underline" if number % 2 else style)
    counts: dict[str, int] = {}
    for origin in result.origins:
        counts[origin] = counts.get(origin, 0) + 1
    text.append("\n")
    for origin, count in sorted(counts.items(), key=lambda entry: -entry[1]):
        text.append(f"{origin} {count}  ", _STYLES.get(origin, _DRAFTED))
    return text

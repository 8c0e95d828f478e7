"""What the benchmark asks of an engine.

``compile`` gives a fresh matcher at a text's start; ``fill`` writes the mask of the next token into ``words``;
``commit`` takes one token. An exception in ``compile`` is a refusal of the schema, anywhere else a run-time error.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from structgen.bench.tokenizers import Tokenizer

Formats = Literal["assert", "annotate"]


class Engine(ABC):
    """One engine over one tokenizer, with at most one compiled schema at a time.

    JSON's own whitespace, any amount, wherever the engine can be told so.

    Attributes
    ----------
    distribution : str
        The package whose version is recorded.
    words : int32 array
        The last mask: bit ``id % 32`` of word ``id // 32``. May be longer or shorter than the vocabulary's own.
    """

    distribution: ClassVar[str]
    words: NDArray[np.int32]

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer

    @abstractmethod
    def compile(self, schema: Any, formats: Formats) -> None:
        """Compile a schema, and stand at the start of a text.

        ``formats`` says what `format` means to the case's instances; most engines have no such switch.
        """

    @abstractmethod
    def reset(self) -> None:
        """Return to the start of a text."""

    @abstractmethod
    def fill(self) -> None:
        """Write the next token's mask into ``words``."""

    @abstractmethod
    def commit(self, token: int) -> bool:
        """Take a token after ``fill``; False where it is not allowed."""

    def is_accepting(self) -> bool:
        """Whether the text may end here. Asked once, at a text's end."""
        self.fill()
        return self.allows(self.tokenizer.eos)

    def allows(self, token: int) -> bool:
        """Whether the last mask allows a token."""
        word = token // 32
        return word < len(self.words) and bool(int(self.words[word]) >> token % 32 & 1)

    def next_tokens(self) -> NDArray[np.bool_]:
        """Fill the mask, and return whether each of the vocabulary's ids may come next; those that end it where it may.

        Some engines know of no token that ends a text, and say by other means that it may end.
        """
        vocabulary = self.tokenizer.vocabulary
        may_end = self.is_accepting()
        self.fill()
        bits = np.unpackbits(np.ascontiguousarray(self.words).view(np.uint8), bitorder="little")[: vocabulary.size]
        allowed = np.pad(bits, (0, vocabulary.size - len(bits))).view(np.bool_)
        allowed[list(vocabulary.eos_token_ids)] = may_end
        return allowed

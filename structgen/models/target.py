"""What the decoder needs of a model, and nothing else.

A ``TargetModel`` is shared and never changes. ``start`` gives ``Sequences``: rows of one batch over one cache of keys
and values. A row is fed tokens and answers with logits; it can be rolled back (drafts that were refused) and dropped
(rows that have ended). Neither knows of masks, grammars or sampling.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import torch

    from structgen.tokens.vocabulary import Vocabulary

ChatMessage: TypeAlias = Mapping[str, str]
"""One message of a chat: ``{"role": "user", "content": "..."}``."""

Prompt: TypeAlias = str | Sequence[ChatMessage]
"""A text, or the messages of a chat."""


class Sequences(ABC):
    """Rows of tokens in progress, with their keys and values."""

    @property
    @abstractmethod
    def lengths(self) -> tuple[int, ...]:
        """Tokens that each row holds."""

    @abstractmethod
    def forward(self, tokens: Sequence[Sequence[int]], *, last: int = 1) -> torch.Tensor:
        """Append ``tokens[row]`` to each row, in one pass of the model, and return logits.

        Parameters
        ----------
        tokens : one non-empty list for each row; the lists may differ in length
            The longest decides what the pass costs.
        last : int
            Of how many positions, counted from each row's end, the logits are wanted.

        Returns
        -------
        float32 tensor of shape (rows, last, vocabulary.size)
            ``[row, -1]`` belongs to the token that follows the row's last. The caller may overwrite it. A position
            before the row's first new token holds no meaning.
        """

    @abstractmethod
    def rollback(self, counts: Sequence[int]) -> None:
        """Take back the last ``counts[row]`` tokens of each row.

        Raises
        ------
        ModelError
            The model keeps no keys and values to return to (see ``TargetModel.is_positional``).
        """

    @abstractmethod
    def select(self, rows: Sequence[int]) -> None:
        """Keep only these rows, in this order."""


class TargetModel(ABC):
    """A causal language model with its tokenizer."""

    name: str
    vocabulary: Vocabulary
    has_chat_template: bool
    max_positions: int | None
    """Tokens of prompt and output together that the model was built for; None where it has no bound."""
    is_positional: bool
    """Whether every layer keeps every position's keys and values apart. Only then can rows of different lengths share
    a batch exactly, and be rolled back. False for sliding windows, recurrent layers and the like."""

    @abstractmethod
    def encode(self, prompt: Prompt, *, chat: bool | None = None) -> list[int]:
        """Turn a prompt into at least one token.

        Parameters
        ----------
        chat : bool or None
            Whether to apply the tokenizer's chat template: None applies it where there is one; False feeds a text as it
            is (messages always need the template).

        Raises
        ------
        ModelError
            A chat template is wanted and missing, or the prompt can't be written in it.
        """

    @abstractmethod
    def start(self, rows: int) -> Sequences:
        """Begin this many empty rows."""

"""What the decoder needs of a model, and nothing else.

A ``TargetModel`` is shared and never changes. ``start`` gives ``Sequences``: rows of one batch over one cache of keys
and values. A row is fed tokens, in a chain or a tree, and answers with logits; drafts that were refused are taken back,
and rows that have ended dropped. Neither knows of masks, grammars or sampling.
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
    def forward(
        self, tokens: Sequence[Sequence[int]], *, parents: Sequence[Sequence[int]] | None = None, last: int = 1
    ) -> torch.Tensor:
        """Append ``tokens[row]`` to each row, in one pass of the model, and return logits.

        After a tree, ``keep`` must leave a chain of it before the next pass.

        Parameters
        ----------
        tokens : one non-empty list for each row; the lists may differ in length
            The longest decides what the pass costs.
        parents : one list for each row, as long as its tokens, optional
            The index, within the row's list, of the token that each one follows: an earlier one, or -1 for what the row
            held before. Default: each token follows the one before it. Branches need ``TargetModel.supports_trees``.
        last : int
            Of how many positions, counted from each row's end, the logits are wanted.

        Returns
        -------
        float32 tensor of shape (rows, last, vocabulary.size)
            ``[row, -1]`` belongs to the token that follows the row's last. The caller may overwrite it. A position
            before the row's first new token holds no meaning.

        Raises
        ------
        ModelError
            The tokens branch, and the model can't tell branches apart.
        """

    @abstractmethod
    def keep(self, nodes: Sequence[Sequence[int]]) -> None:
        """Of each row's tokens of the last pass keep those at these indices, and forget the others.

        Parameters
        ----------
        nodes : one list for each row, not empty, ascending
            Each token of it follows the one before it, and the first what the row held before.

        Raises
        ------
        ModelError
            As ``rollback``, where a row's last token is not kept.
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

    exact_width: int | None = None
    """Positions up to which a single row's pass gives the logits of passes of one position, to the bit, if it is a
    chain behind others; None where no number does. Longer chains are divided. What the first pass gives depends on its
    width."""

    supports_trees: bool
    """Whether one pass can hold several continuations of one row."""

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

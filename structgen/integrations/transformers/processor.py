"""Masks inside the ``generate`` of ``transformers``: whatever the strategy, every row meets the specification.

The state of a row is found by its tokens (see ``rows``), so rows may be reordered (beams), replayed (assisted
generation, prompt lookup), padded on the left, and doubled. What has to be known besides is where the prompt ends.
``generate`` goes through its list of processors once, when it begins. So a processor that is passed as that list,
``logits_processor=processor``, gives each call a twin of its own, whose first rows are the prompts. As an element of
a list, it takes for the beginning of a call rows that neither are rows that it has seen nor continue such by one token.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self, Unpack

import numpy as np
import torch
from transformers import LogitsProcessor

from structgen.compiler import compile as compile_specification
from structgen.errors import ArgumentError
from structgen.integrations.transformers.rows import Rows
from structgen.models.transformers import TransformersModel
from structgen.tokens.bitmasks import apply_bitmask

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from structgen.compiler import CompileOptions
    from structgen.tokens.compiled import CompiledGrammar

__all__ = ["StructgenLogitsProcessor"]


class StructgenLogitsProcessor(LogitsProcessor):  # type: ignore[misc]  # transformers is untyped
    """A ``logits_processor`` for ``model.generate`` and for pipelines, to be used for as many calls as one likes.

    Pass it as it is, ``logits_processor=processor``: then calls may even run in several threads. It may be put in a
    list with other processors too; but there, prompts that are rows of the call before, or such and one more token, are
    taken for that call's own rows. Where this can be, give ``prompt_length``, or make a new processor.

    Parameters
    ----------
    compiled : CompiledGrammar
        Of the vocabulary of the model's tokenizer.
    prompt_length : int, optional
        Columns of ``input_ids`` before the text, padding included, for those who call it themselves. Default: as many
        as the first rows have.

    Raises
    ------
    ArgumentError
        ``prompt_length`` is negative.
    """

    def __init__(self, compiled: CompiledGrammar, *, prompt_length: int | None = None) -> None:
        if prompt_length is not None and (isinstance(prompt_length, bool) or prompt_length < 0):
            raise ArgumentError("prompt_length is an integer, 0 or more", reason=f"got {prompt_length!r}")
        self.compiled = compiled
        self.prompt_length = prompt_length
        self._rows: Rows | None = None
        self._seen: set[bytes] = set()
        self._width: int | None = None
        self._lock = threading.Lock()
        self._is_twin = False

    @classmethod
    def of(cls, model: Any, tokenizer: Any, **specification: Unpack[CompileOptions]) -> Self:
        """A processor for a model and its tokenizer, by ``schema=``, ``regex=``, ``choices=`` or ``grammar=``.

        The options are those of ``structgen.compile``. A text ends with any of the end-of-sequence tokens of the
        model's generation settings and of the tokenizer.

        Raises
        ------
        SchemaError, RegexError, GrammarError, LimitExceededError
            The specification is refused.
        ModelError, TokenizerError
            Model and tokenizer don't fit each other, or the exact bytes of the tokens can't be known.
        """
        target = TransformersModel(model, tokenizer)
        return cls(compile_specification(vocabulary=target.vocabulary, **specification))

    def __iter__(self) -> Iterator[StructgenLogitsProcessor]:
        """As the list of processors: for each call of ``generate``, a twin that has seen nothing yet."""
        twin = StructgenLogitsProcessor(self.compiled, prompt_length=self.prompt_length)
        twin._is_twin = True
        yield twin

    def __len__(self) -> int:
        return 1

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        """Return the scores with -inf for every token that the specification doesn't allow.

        Parameters
        ----------
        input_ids : integer tensor of shape (rows, columns)
        scores : floating point tensor of shape (rows, width of the model's logits), which stays as it is

        Raises
        ------
        ArgumentError
            No allowed token has a finite score: another processor or a setting such as ``min_new_tokens`` forbids
            them all. Or the scores are those of a model with another vocabulary.
        """
        rows = input_ids.cpu().numpy().astype(np.int64, copy=False)
        with self._lock:
            self._check_width(scores.shape[-1])
            words = self._rows_of(rows).masks(rows)
        masked = scores.clone()
        apply_bitmask(masked, self._widened(words, scores.shape[-1]))
        stuck = ~torch.isfinite(masked).any(dim=-1)
        if bool(stuck.any()):
            raise ArgumentError(
                f"no token that the specification allows is left in row {int(stuck.nonzero()[0])}",
                reason="other processors or settings (min_new_tokens, bad_words_ids) forbid them, "
                "or the scores are not numbers",
                hint="generate without them",
            )
        return masked

    def _rows_of(self, rows: NDArray[np.int64]) -> Rows:
        if self.prompt_length is not None:
            if self._rows is None:
                self._rows = Rows(self.compiled, self.prompt_length)
            if rows.shape[1] < self.prompt_length:
                raise ArgumentError(
                    f"prompt_length is {self.prompt_length}", reason=f"rows of {rows.shape[1]} tokens came"
                )
            return self._rows
        keys = {_digest(row) for row in rows}
        if self._rows is None or not (keys <= self._seen or {_digest(row[:-1]) for row in rows} <= self._seen):
            if self._is_twin and self._rows is not None:
                raise ArgumentError(
                    "rows came that don't continue the rows before",
                    reason="a copy of the processor, made for one call of generate, was used for another",
                    hint="logits_processor=processor or [processor], not LogitsProcessorList(processor)",
                )
            self._rows, self._seen = Rows(self.compiled, rows.shape[1]), set()
        self._seen |= keys
        return self._rows

    def _widened(self, words: NDArray[np.int32], width: int) -> NDArray[np.int32]:
        """The masks for logits that are wider than the vocabulary: what is no token is not allowed."""
        return np.pad(words, ((0, 0), (0, (width + 31) // 32 - words.shape[1])))

    def _check_width(self, width: int) -> None:
        if width < self.compiled.vocabulary.size:
            raise ArgumentError(
                f"the vocabulary has {self.compiled.vocabulary.size} tokens and the scores are {width} wide",
                hint="a vocabulary of this model's tokenizer",
            )
        self._width = self._width or width
        if width != self._width:
            raise ArgumentError(
                f"scores came that are {width} wide, and before, {self._width}",
                reason="a vocabulary belongs to one model: an assistant with another tokenizer can't be masked by it",
                hint="an assistant with the same tokenizer, or prompt_lookup_num_tokens",
            )


def _digest(row: NDArray[np.int64]) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(row).tobytes(), digest_size=16).digest()

"""Masks inside the ``generate`` of ``transformers``: whatever the strategy, every row meets the specification.

The state of a row is found by its tokens (see ``rows``), so rows may be reordered (beams), replayed (assisted
generation, prompt lookup), padded on the left, and doubled. What has to be known besides is where the prompt ends.
``generate`` reads its list of processors once when it begins. So a processor that is passed as that list itself,
``logits_processor=processor``, gives each call a twin of its own, whose first rows are the prompts. As an element of a list, it
takes for the beginning of a call whatever doesn't continue, by one token, a row that it has seen.
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
from structgen.integrations.rows import Rows
from structgen.models.transformers import TransformersModel
from structgen.schema.python_types import read_source
from structgen.tokens.bitmasks import apply_bitmask

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from structgen.compiler import CompileOptions
    from structgen.tokens.compiled import CompiledGrammar

__all__ = ["StructgenLogitsProcessor"]


class StructgenLogitsProcessor(LogitsProcessor):  # type: ignore[misc]  # transformers is untyped
    """A ``logits_processor`` for ``model.generate`` and for pipelines, to be used for as many calls as one likes.

    Pass it as it is, ``logits_processor=processor``: then calls may even run in several threads. In a list with other
    processors, a call whose every prompt is a row of the call before and one more token is taken for its continuation;
    use a new processor, or ``prompt_length``, where this can be.

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
        self._seen: dict[bytes, int] = {}
        self._width = 0
        self._is_twin = False
        # Models of one family share a tokenizer and differ in how many logits pad it: an assistant may have fewer.
        vocabulary = compiled.vocabulary
        known = (token for token in range(vocabulary.size) if vocabulary.token_bytes(token) is not None)
        self._least_width = 1 + max(*vocabulary.eos_token_ids, *known)
        self._lock = threading.Lock()

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
        schema = specification.get("schema")
        if schema is not None:
            specification["schema"] = read_source(schema).schema
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
            them all. Or the scores are narrower than the vocabulary. Or it can't be told whether a new call of
            ``generate`` has begun.
        """
        rows = input_ids.cpu().numpy().astype(np.int64, copy=False)
        with self._lock:
            words = self._rows_of(rows).masks(rows)
        masked = scores.clone()
        apply_bitmask(masked, self._resized(words, scores.shape[-1]))
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
        before = {_digest(row[:-1]) for row in rows}
        if self._rows is None or not (keys <= self._seen.keys() or before <= self._seen.keys()):
            self._rows, self._seen = Rows(self.compiled, rows.shape[1]), {}
        elif not self._is_twin and not keys <= self._seen.keys() and rows.shape[1] <= self._width:
            # Assisted generation steps back to rows that both the assistant and the model have been at.
            if min(self._seen[key] for key in before) < 2:
                raise ArgumentError(
                    "it can't be told whether a new call of generate has begun",
                    reason="these rows are rows from before with one more token",
                    hint="logits_processor=processor instead of [processor], or a new processor for each call",
                )
        self._width = rows.shape[1]
        for key in keys:
            self._seen[key] = self._seen.get(key, 0) + 1
        return self._rows

    def _resized(self, words: NDArray[np.int32], width: int) -> NDArray[np.int32]:
        """The masks for logits of another width: what is no token is not allowed, and only such may have no logit."""
        if width < self._least_width:
            raise ArgumentError(
                f"the vocabulary has {self._least_width} tokens and the scores are {width} wide",
                hint="a vocabulary of this model's tokenizer",
            )
        wanted = (width + 31) // 32
        return np.pad(words[:, :wanted], ((0, 0), (0, max(0, wanted - words.shape[1]))))


def _digest(row: NDArray[np.int64]) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(row).tobytes(), digest_size=16).digest()

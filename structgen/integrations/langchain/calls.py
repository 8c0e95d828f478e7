"""One call of a model, as LangChain asks for it: its settings, what the text has to meet, and the text as it grows."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from langchain_core.messages.ai import UsageMetadata
from langchain_core.utils import from_env
from pydantic import BaseModel, ConfigDict, Field, field_validator

from structgen.errors import ArgumentError
from structgen.generation import Chunk, Model, Sampling, load_model
from structgen.integrations.langchain.text import before, holds
from structgen.models.builtin import NAME

__all__ = ["Growth", "Settings", "grow", "model_of"]

_SPECIFICATIONS: Final = ("schema", "regex", "choices", "grammar")
_WAYS: Final = frozenset(
    (
        *("draft", "formats", "registry", "property_order", "whitespace", "max_whitespace", "indent"),
        *("ensure_ascii", "escapes", "dialect", "notation", "start", "lexer"),
    )
)
_SETTINGS: Final = frozenset(("model", "max_tokens", "temperature", "top_p", "top_k", "min_p", "seed", "stop"))
_FREE: Final[Mapping[str, Any]] = {"regex": "(?s:.*)"}
"""What a text has to meet that has to meet nothing: to be Unicode."""


class Settings(BaseModel):
    """The fields that chat model and LLM share. Each may be overridden in a call."""

    model_config = ConfigDict(arbitrary_types_allowed=True, protected_namespaces=())

    model: str | Model = Field(default_factory=from_env("STRUCTGEN_MODEL", default=NAME))
    """What ``structgen.load_model`` takes, or a model that is loaded already. Default: the environment's
    ``STRUCTGEN_MODEL``, or else the built-in model."""
    temperature: float = 0.0
    """0 takes the likeliest token that is allowed."""
    max_tokens: int = 512
    top_p: float = 1.0
    top_k: int | None = None
    min_p: float = 0.0
    seed: int | None = None
    stop: list[str] | None = None
    """Words that a text ends before."""
    whitespace: Any = "compact"
    """How JSON is written; see ``structgen.compile``."""

    @field_validator("stop")
    @classmethod
    def _without_empty_words(cls, stop: list[str] | None) -> list[str] | None:
        return _checked_stop(stop)

    @property
    def model_name(self) -> str:
        """The name that the model was loaded by."""
        return self.model if isinstance(self.model, str) else self.model.name


@dataclass(frozen=True)
class Growth:
    """What a text has grown by."""

    delta: str
    text: str
    finish_reason: str | None
    """``"stop"`` or ``"length"`` with the last; ``"stop"`` also where a stop word ended it."""
    usage: UsageMetadata | None
    """With the last."""
    is_cut: bool
    """Whether a stop word or the budget ended it, so that it may be no text of the specification."""


def model_of(settings: Settings, options: Mapping[str, Any]) -> Model:
    """The model of a call.

    Raises
    ------
    ModelError
        It can't be loaded.
    """
    chosen = options.get("model") or settings.model
    return chosen if isinstance(chosen, Model) else _loaded(chosen)


def grow(
    settings: Settings, prompt: Any, stop: Sequence[str] | None, options: Mapping[str, Any], *, chat: bool | None
) -> Iterator[Growth]:
    """Generate, and yield what the text grows by; the last of these has a finish reason.

    Raises
    ------
    ArgumentError
        An option that isn't known, or a wrong value.
    """
    unknown = options.keys() - _SETTINGS - _WAYS - set(_SPECIFICATIONS)
    if unknown:
        raise ArgumentError(
            f"unknown options: {', '.join(sorted(unknown))}",
            hint=f"one of {', '.join(sorted((*_SETTINGS, *_SPECIFICATIONS)))}, or an option of structgen.compile",
        )
    model = model_of(settings, options)
    words = _checked_stop(stop if stop is not None else options.get("stop", settings.stop)) or []

    def setting(name: str) -> Any:
        return options.get(name, getattr(settings, name))

    sampling = Sampling(**{name: setting(name) for name in ("temperature", "top_p", "top_k", "min_p", "seed")})
    specification = {name: options[name] for name in _SPECIFICATIONS if options.get(name) is not None} or dict(_FREE)
    ways = {name: options[name] for name in _WAYS if name in options}
    if "schema" in specification and "whitespace" not in ways:
        ways["whitespace"] = settings.whitespace
    said = ""
    chunks = model.stream(
        prompt, sampling=sampling, max_tokens=setting("max_tokens"), chat=chat, **specification, **ways
    )
    with closing(chunks):
        for chunk in chunks:
            is_stopped = holds(chunk.text, words)
            result = chunk.result
            text = before(chunk.text, words, is_whole=result is not None)
            delta, said = text[len(said) :], text
            if is_stopped or result is not None:
                reason = "stop" if is_stopped or result is None else result.finish_reason
                yield Growth(delta, text, reason, _usage(chunk), is_stopped or reason == "length")
                return
            if delta:
                yield Growth(delta, text, None, None, False)


def _usage(chunk: Chunk) -> UsageMetadata:
    total = chunk.prompt_tokens + chunk.tokens
    return UsageMetadata(input_tokens=chunk.prompt_tokens, output_tokens=chunk.tokens, total_tokens=total)


@functools.lru_cache(maxsize=2)
def _loaded(name: str) -> Model:
    return load_model(None if name == NAME else name)


def _checked_stop(stop: Any) -> list[str] | None:
    if stop is None:
        return None
    if isinstance(stop, str) or not all(isinstance(word, str) and word for word in stop):
        raise ArgumentError("stop is a list of words that aren't empty", reason=f"got {stop!r}")
    return list(stop)

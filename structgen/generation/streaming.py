"""A call of ``generate`` under way: its texts as they grow, and its results.

The rows of a batch grow together. Each time that a row has grown, its chunk says what is new, and what the value is as
far as it is known; the last one carries the result.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from structgen.generation.decoding import decode, decode_text
from structgen.generation.partial import partial_value
from structgen.generation.result import Result
from structgen.generation.rows import Row

if TYPE_CHECKING:
    from structgen.generation.decoding import Forced
    from structgen.generation.shapes import Shape
    from structgen.models import TargetModel
    from structgen.monitors.monitored import MonitoredGrammar
    from structgen.schema.python_types import Source
    from structgen.speculation.sampling import Sampling
    from structgen.speculation.speculator import Speculator
    from structgen.tokens.compiled import CompiledGrammar

__all__ = ["Chunk", "Generation", "Run"]

Results = TypeVar("Results")
"""What ``generate`` returns: a result, or a list of them."""


@dataclass(frozen=True)
class Chunk:
    """What a text has grown by."""

    index: int
    """The number of the prompt."""
    delta: str
    """What is new. The deltas of a prompt, put together, are the text."""
    text: str
    """The text so far, whole characters only."""
    tokens: int
    """Tokens of the text so far."""
    prompt_tokens: int
    result: Result | None
    """The result, in the prompt's last chunk."""
    _partial: Callable[[str], Any] = field(repr=False, compare=False)

    @cached_property
    def partial(self) -> Any:
        """The value as far as it is known: of the type that ``schema`` named; None where nothing is known yet.

        From chunk to chunk it only grows: members and items are added, strings get longer, and nothing else changes.
        An object of a type has the members that are known and no others; a member appears when it is complete, except
        for objects, lists and plain strings, which appear as they come. For patterns, choices and grammars it is the
        text. With the last chunk of a complete text it is ``result.value``.

        Raises
        ------
        pydantic.ValidationError
            The text is complete, and a validator of the type's own objects.
        """
        if self.result is not None and self.result.finish_reason == "stop":
            return self.result.value
        return self._partial(self.text)


@dataclass(frozen=True)
class Run:
    """Everything that a call of ``generate`` has been asked for, compiled and encoded."""

    target: TargetModel
    compiled: CompiledGrammar | MonitoredGrammar
    prompts: Sequence[list[int]]
    source: Source | None
    schema: Any
    sampling: Sampling | None
    max_tokens: int
    batch_size: int
    compile_seconds: float
    speculator: Speculator | None
    forced: Forced
    examples: Sequence[Sequence[int]]

    def results(self) -> Iterator[Result]:
        """The results in the order of the prompts, as their batches end."""
        for first in range(0, len(self.prompts), self.batch_size):
            rows: list[Row] = []
            for rows in self._decode(first):  # noqa: B007
                pass
            yield from map(self._result, rows)

    def chunks(self) -> Generator[Chunk, None, None]:
        """The chunks of all prompts, as they come."""
        for first in range(0, len(self.prompts), self.batch_size):
            growing: dict[int, _Growing] = {}
            for rows in self._decode(first):
                for number, row in enumerate(rows):
                    text = growing.setdefault(number, _Growing())
                    if text.is_over:
                        continue
                    delta = text.grow(self.compiled, row)
                    if delta or text.is_over:
                        result = self._result(row) if text.is_over else None
                        yield Chunk(
                            index=first + number,
                            delta=delta,
                            text=text.text,
                            tokens=len(row.tokens),
                            prompt_tokens=len(row.context.prompt),
                            result=result,
                            _partial=self._partial,
                        )

    def _decode(self, first: int) -> Iterator[list[Row]]:
        return decode(
            self.target,
            self.compiled,
            self.prompts[first : first + self.batch_size],
            sampling=self.sampling,
            max_tokens=self.max_tokens,
            first_row=first,
            speculator=self.speculator,
            forced=self.forced,
            examples=self.examples,
        )

    def _result(self, row: Row) -> Result:
        return Result(
            text=decode_text(self.compiled.vocabulary, row.tokens),
            tokens=tuple(row.tokens),
            origins=tuple(row.origins),
            finish_reason=row.finish_reason or "length",
            statistics=row.statistics(self.compile_seconds),
            _convert=self.source.convert if self.source else str,
            _partial=self._partial,
        )

    @cached_property
    def _partial(self) -> Callable[[str], Any]:
        return str if self.source is None else _Unfinished(self.schema)


class _Unfinished:
    """What is known of values of what ``schema=`` was given, while their texts are written."""

    def __init__(self, schema: Any) -> None:
        self._schema = schema

    def __call__(self, text: str) -> Any:
        return partial_value(text, self._shape)

    @cached_property
    def _shape(self) -> Shape | None:
        from structgen.generation.shapes import Shape  # takes pydantic, which others need not wait for

        return Shape.of(self._schema)


class _Growing:
    """A row's text so far."""

    def __init__(self) -> None:
        self.text = ""
        self.is_over = False
        self._tokens = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def grow(self, compiled: CompiledGrammar | MonitoredGrammar, row: Row) -> str:
        """Take in the row's new tokens, and return the characters that they complete."""
        delta = self._decoder.decode(compiled.vocabulary.decode_bytes(row.tokens[self._tokens :]))
        self._tokens = len(row.tokens)
        self.text += delta
        self.is_over = row.finish_reason is not None
        return delta


class Generation(Generic[Results]):
    """A call of ``agenerate``: ``await`` it for what ``generate`` returns, or go through it for its chunks.

    The model runs in threads, one step after the other; the event loop goes on meanwhile.
    """

    def __init__(self, start: Callable[[], Run], *, is_single: bool) -> None:
        self._start, self._is_single = start, is_single

    def __await__(self) -> Generator[Any, None, Results]:
        return self._results().__await__()

    async def __aiter__(self) -> AsyncIterator[Chunk]:
        run = await asyncio.to_thread(self._start)
        with contextlib.closing(run.chunks()) as chunks:
            while True:
                step = asyncio.ensure_future(asyncio.to_thread(next, chunks, None))
                try:
                    chunk = await asyncio.shield(step)
                finally:
                    if not step.done():  # cancelled: the step that is under way can't be, and nothing follows it
                        await asyncio.wait([step])
                if chunk is None:
                    return
                yield chunk

    async def _results(self) -> Results:
        found: dict[int, Result] = {}
        # Step by step, so that a task that is cancelled stops the model too.
        async for chunk in self:
            if chunk.result is not None:
                found[chunk.index] = chunk.result
        results = [found[index] for index in sorted(found)]
        return cast("Results", results[0] if self._is_single else results)

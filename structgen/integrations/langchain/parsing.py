"""What ``with_structured_output`` is given, as a JSON Schema and the way from a text to the value that is wanted."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

import typing_extensions
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import BaseMessage
from langchain_core.output_parsers import BaseCumulativeTransformOutputParser
from langchain_core.outputs import ChatGeneration, Generation
from langchain_core.utils.function_calling import convert_to_json_schema
from langchain_core.utils.pydantic import is_pydantic_v1_subclass

from structgen.generation.partial import partial_value
from structgen.generation.shapes import Shape
from structgen.integrations.langchain.tools import closed
from structgen.schema.python_types import read_source

__all__ = ["StructuredOutputParser", "parser_of"]


class StructuredOutputParser(BaseCumulativeTransformOutputParser[Any]):
    """From a text that meets a schema to its value. In a stream, to values that only grow, and then to the value."""

    json_schema: Any
    """What the texts are valid against."""
    convert: Callable[[str], Any]
    shape: Any = None
    """Of the type that the values have; None for plain JSON values."""
    is_partial: bool = True
    """Whether unfinished values can be told."""

    @property
    def _type(self) -> str:
        return "structgen"

    def parse(self, text: str) -> Any:
        """The value of a text.

        Raises
        ------
        OutputParserException
            The text isn't whole, or a validator of the type's own objects.
        """
        try:
            return self.convert(text)
        except ValueError as error:  # pydantic's and json's errors are ValueErrors
            raise OutputParserException(f"no value can be made of the text: {error}", llm_output=text) from error

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        text = result[0].text
        if not partial:
            return self.parse(text)
        return partial_value(text, self.shape) if self.is_partial else None

    # The base class ends a stream with the last partial value, which may lack the end of the text.

    def _transform(self, input: Iterator[str | BaseMessage]) -> Iterator[Any]:
        last, whole = None, _Collected()
        for value in super()._transform(whole.through(input)):
            last = value
            yield value
        value = self.parse(whole.text)
        if last is None or value != last:
            yield value

    async def _atransform(self, input: AsyncIterator[str | BaseMessage]) -> AsyncIterator[Any]:
        last, whole = None, _Collected()
        async for value in super()._atransform(whole.athrough(input)):
            last = value
            yield value
        value = self.parse(whole.text)
        if last is None or value != last:
            yield value


class _Collected:
    """The text of a stream that goes through."""

    def __init__(self) -> None:
        self.text = ""

    def through(self, input: Iterator[str | BaseMessage]) -> Iterator[str | BaseMessage]:
        for one in input:
            self._take(one)
            yield one

    async def athrough(self, input: AsyncIterator[str | BaseMessage]) -> AsyncIterator[str | BaseMessage]:
        async for one in input:
            self._take(one)
            yield one

    def _take(self, one: str | BaseMessage) -> None:
        self.text += one if isinstance(one, str) else ChatGeneration(message=one).text


def parser_of(schema: Any, *, strict: bool | None) -> StructuredOutputParser:
    """The parser for a schema, by the conventions of LangChain.

    A Pydantic model gives its instances; a TypedDict gives dicts; so does a dict, which is a JSON Schema, or a function
    as OpenAI's or Anthropic's interface has it. None gives any object. The other types that structgen takes give their
    own values. ``strict`` closes the objects of a dict, as those of types are.

    Raises
    ------
    SchemaError
        No schema can be made of it.
    """
    if schema is None:
        return StructuredOutputParser(json_schema={"type": "object"}, convert=json.loads)
    if isinstance(schema, Mapping):
        found = _parameters(schema)
        return StructuredOutputParser(json_schema=closed(found) if strict else found, convert=json.loads)
    if typing_extensions.is_typeddict(schema):
        return StructuredOutputParser(json_schema=closed(convert_to_json_schema(schema)), convert=json.loads)
    if isinstance(schema, type) and is_pydantic_v1_subclass(schema):
        v1: Any = schema
        return StructuredOutputParser(
            json_schema=closed(v1.schema()), convert=lambda text: v1.parse_obj(json.loads(text)), is_partial=False
        )
    source = read_source(schema)
    return StructuredOutputParser(json_schema=source.schema, convert=source.convert, shape=Shape.of(schema))


def _parameters(schema: Mapping[str, Any]) -> dict[str, Any]:
    inner = schema["function"] if schema.get("type") == "function" and "function" in schema else schema
    for key in ("parameters", "input_schema"):
        if isinstance(inner.get("name"), str) and isinstance(inner.get(key), Mapping):
            return dict(inner[key])
    return dict(schema)

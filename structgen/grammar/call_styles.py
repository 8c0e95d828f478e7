"""How models write tool calls: for each style, the texts, and the way back from them.

A call is a JSON object with a tool's name and arguments that are valid for that tool, or, in a style that writes the
name outside, the arguments alone. Marks such as ``<tool_call>`` are plain text here: a token that a vocabulary has for
one and that stands for no bytes is never written. Free text is told from calls by the marks, so it never holds one.

Source: the models' own chat templates: NousResearch's Hermes 2 Pro and Qwen 2.5; Meta's Llama 3.1; Mistral's 7B
Instruct v0.3; MeetKai's Functionary 3.1.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import quote

from structgen.errors import UnsatisfiableSchemaError
from structgen.grammar.call_texts import CallText
from structgen.grammar.combinators import SchemaOptions, choice, optional, repeat, schema, sequence, until
from structgen.grammar.expressions import Terminal
from structgen.grammar.parts import Leaf, Part
from structgen.regex import ANYTHING, Node, complement, concat, intersection, literal
from structgen.regex import parse as pattern
from structgen.schema.dialects import dialect_of_draft
from structgen.schema.notes import Note
from structgen.schema.python_types import Source

__all__ = ["STYLES", "CallStyle", "Style", "Tool"]

Style = Literal["hermes", "llama3", "mistral", "functionary"]


@dataclass(frozen=True, slots=True)
class Tool:
    """What is known of a tool. ``convert`` makes what arguments stand for of their JSON text."""

    name: str
    parameters: Mapping[str, Any] | bool
    convert: Callable[[str], Any]
    notes: tuple[Note, ...] = ()


class CallStyle(ABC):
    """One style."""

    def part(self, tools: Sequence[Tool], most: int | None, options: SchemaOptions, *, may_be_free: bool) -> Part:
        """One to ``most`` calls; or, where it ``may_be_free``, free text."""
        calls = self.calls(tools, most, options)
        return choice(_free_text(self.free_text), calls) if may_be_free else calls

    @property
    @abstractmethod
    def free_text(self) -> Node:
        """The texts in which no call begins."""

    @abstractmethod
    def calls(self, tools: Sequence[Tool], most: int | None, options: SchemaOptions) -> Part:
        """One to ``most`` calls."""

    @abstractmethod
    def parse(self, text: CallText) -> Iterator[tuple[str, str]]:
        """The names and the arguments' JSON of a text's calls.

        Raises
        ------
        ArgumentError
            The text isn't in this style.
        """


class _Hermes(CallStyle):
    """``<tool_call>``, a line with the object, ``</tool_call>``; free text may stand before the first."""

    begin, end = "<tool_call>", "</tool_call>"

    @property
    def free_text(self) -> Node:
        return _without(self.begin)

    def part(self, tools: Sequence[Tool], most: int | None, options: SchemaOptions, *, may_be_free: bool) -> Part:
        call = sequence("\n", _objects(tools, "arguments", options), "\n", self.end)
        following = repeat(sequence("\n", self.begin, call), 0, _one_less(most))
        if not may_be_free:
            return sequence(self.begin, call, following)
        return choice(_free_text(self.free_text), sequence(until(self.begin), call, following))

    def calls(self, tools: Sequence[Tool], most: int | None, options: SchemaOptions) -> Part:
        return self.part(tools, most, options, may_be_free=False)

    def parse(self, text: CallText) -> Iterator[tuple[str, str]]:
        if not text.go_to(self.begin):
            return
        while not text.is_at_end():
            text.expect(self.begin)
            yield text.call("arguments")
            text.expect(self.end)


class _Llama3(CallStyle):
    """The object, perhaps after ``<|python_tag|>``; further ones after a semicolon."""

    tag = "<|python_tag|>"

    @property
    def free_text(self) -> Node:
        return intersection(_without(self.tag), complement(concat(pattern(r"[ \t\r\n]*\{"), ANYTHING)))

    def calls(self, tools: Sequence[Tool], most: int | None, options: SchemaOptions) -> Part:
        call = _objects(tools, "parameters", options)
        return sequence(optional(self.tag), call, repeat(sequence("; ", call), 0, _one_less(most)))

    def parse(self, text: CallText) -> Iterator[tuple[str, str]]:
        if not text.take(self.tag) and not text.begins_with("{"):
            return
        yield text.call("parameters")
        while not text.is_at_end():
            text.expect(";")
            yield text.call("parameters")


class _Mistral(CallStyle):
    """``[TOOL_CALLS]`` and an array of the objects."""

    begin = "[TOOL_CALLS]"

    @property
    def free_text(self) -> Node:
        return _without(self.begin)

    def calls(self, tools: Sequence[Tool], most: int | None, options: SchemaOptions) -> Part:
        array = {"type": "array", "items": _call_schema(tools, "arguments"), "minItems": 1}
        if most is not None:
            array["maxItems"] = most
        return sequence(self.begin, optional(" "), _over_documents(array, tools, options))

    def parse(self, text: CallText) -> Iterator[tuple[str, str]]:
        if not text.go_to(self.begin):
            return
        text.expect(self.begin)
        text.expect("[")
        yield text.call("arguments")
        while not text.take("]"):
            text.expect(",")
            yield text.call("arguments")
        text.expect_end()


class _Functionary(CallStyle):
    """``<function=name>``, the arguments, ``</function>``; one after the other."""

    begin, end = "<function=", "</function>"

    @property
    def free_text(self) -> Node:
        return _without(self.begin)

    def calls(self, tools: Sequence[Tool], most: int | None, options: SchemaOptions) -> Part:
        each = [sequence(f"{self.begin}{tool.name}>", _arguments(tool, options), self.end) for tool in tools]
        return repeat(choice(*each), 1, most)

    def parse(self, text: CallText) -> Iterator[tuple[str, str]]:
        if not text.go_to(self.begin):
            return
        while not text.is_at_end():
            text.expect(self.begin)
            yield text.up_to(">"), text.value()
            text.expect(self.end)


STYLES: Final[Mapping[str, CallStyle]] = {
    "hermes": _Hermes(),
    "llama3": _Llama3(),
    "mistral": _Mistral(),
    "functionary": _Functionary(),
}


def _one_less(most: int | None) -> int | None:
    return None if most is None else most - 1


def _free_text(node: Node) -> Part:
    return Leaf(Terminal("free text", node))


def _without(mark: str) -> Node:
    return complement(concat(ANYTHING, literal(mark), ANYTHING))


# Schemas. Each tool's is a document apart, so that its references and its `$schema` keep their meaning.


def _objects(tools: Sequence[Tool], arguments: str, options: SchemaOptions) -> Part:
    return _over_documents(_call_schema(tools, arguments), tools, options)


def _arguments(tool: Tool, options: SchemaOptions) -> Part:
    return _over_documents(_arguments_schema(tool), [tool], options)


def _call_schema(tools: Sequence[Tool], arguments: str) -> dict[str, Any]:
    calls = [
        {
            "type": "object",
            "properties": {"name": {"const": tool.name}, arguments: _arguments_schema(tool)},
            "required": ["name", arguments],
            "additionalProperties": False,
        }
        for tool in tools
    ]
    return calls[0] if len(calls) == 1 else {"anyOf": calls}


def _arguments_schema(tool: Tool) -> dict[str, Any]:
    return {"type": "object", "$ref": _uri(tool)}


def _uri(tool: Tool) -> str:
    return f"urn:tool:{quote(tool.name, safe='')}"


def _over_documents(root: dict[str, Any], tools: Sequence[Tool], options: SchemaOptions) -> Part:
    """The JSON texts of ``root``, which leads to the tools' schemas."""
    import referencing
    from referencing.jsonschema import DRAFT202012

    chosen: dict[str, Any] = dict(options)
    draft = chosen.pop("draft", None)
    registry: referencing.Registry[Any] = chosen.pop("registry", None) or referencing.Registry()
    for tool in tools:
        contents = tool.parameters
        if draft is not None and isinstance(contents, Mapping):
            contents = {**contents, "$schema": dialect_of_draft(draft).draft.uri}
        registry = registry.with_resource(_uri(tool), DRAFT202012.create_resource(contents))
    if len(tools) > 1:
        for tool in tools:  # where one of several can't be called, the others could still be
            _checked(_arguments_schema(tool), tool, registry, chosen)
        return _noted(root, tools, registry, chosen)
    return _checked(root, tools[0], registry, chosen)


def _checked(root: dict[str, Any], tool: Tool, registry: Any, options: dict[str, Any]) -> Part:
    try:
        return _noted(root, [tool], registry, options)
    except UnsatisfiableSchemaError as error:
        raise UnsatisfiableSchemaError(
            f"no arguments are valid for the tool {tool.name!r}: {error.what}",
            pointer=error.pointer,
            reason=error.reason,
            hint=error.hint or "a schema that allows an object",
        ) from error


def _noted(root: dict[str, Any], tools: Sequence[Tool], registry: Any, options: dict[str, Any]) -> Part:
    """The JSON texts of ``root``, with what the tools' schemas don't assert, by the documents' URIs."""
    notes = [note._replace(pointer=_uri(tool) + note.pointer) for tool in tools for note in tool.notes]
    return schema(Source(root, json.loads, tuple(notes)), registry=registry, **options)

"""Tool calls: functions, types and descriptions of tools come in, a part of a grammar goes out; and from the text that
was written by it, typed calls.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Unpack

from structgen.errors import ArgumentError
from structgen.grammar.call_styles import STYLES, CallStyle, Style, Tool
from structgen.grammar.call_texts import CallText
from structgen.grammar.combinators import SchemaOptions
from structgen.grammar.parts import Part
from structgen.schema.python_types import read_source

__all__ = ["MAX_CALLS", "ToolCall", "parse_calls", "read_tools", "tool_calls"]

MAX_CALLS: Final = 1_000
"""Bound on the calls of one text, where the caller bounds them."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call.

    Attributes
    ----------
    name : str
        The tool's.
    arguments : Any
        What they stand for: a dict of keyword arguments for a function, an instance for a Pydantic model, a dict of
        plain JSON values where the tool is given by a JSON Schema.
    """

    name: str
    arguments: Any


def tool_calls(
    tools: Iterable[Any],
    *,
    tool_choice: str = "auto",
    parallel: bool = True,
    max_calls: int | None = None,
    style: Style = "hermes",
    **options: Unpack[SchemaOptions],
) -> Part:
    """Calls of the tools, as a chat model writes them.

    Parameters
    ----------
    tools : functions, Pydantic models and other types of objects, or dicts
        A dict is a tool as OpenAI's or Anthropic's interface has it (``{"type": "function", "function": {"name": ...,
        "parameters": ...}}``, or the inner part alone; ``input_schema`` for ``parameters``), or the JSON Schema of the
        arguments, with the tool's name as its ``title``.
    tool_choice : "auto", "required", or a tool's name
        "auto": calls, or free text, in which no call begins; in Hermes's style also free text and then calls.
        "required": at least one call. A name: calls of this tool alone.
    parallel : bool
        Whether there may be more than one call.
    max_calls : int or None
        At most so many calls; None for no bound.
    style : "hermes", "llama3", "mistral" or "functionary"
        See `docs/grammars.md`.
    options
        How the arguments' schemas are read and written, as in ``structgen.compile``.

    Raises
    ------
    ArgumentError
        There is no tool, two have one name, or an option has no such value.
    SchemaError
        No schema can be made of a tool, or its arguments can't be an object.
    """
    chosen = _chosen(read_tools(tools), tool_choice)
    most = _most_calls(parallel, max_calls)
    return _style(style).part(chosen, most, options, may_be_free=tool_choice == "auto")


def parse_calls(text: str, tools: Iterable[Any], style: Style = "hermes") -> list[ToolCall]:
    """The calls in a text that was written as `tool_calls` asks; none where it is free text.

    Raises
    ------
    ArgumentError
        The text is no such text: a call is malformed or cut off, or of a tool that isn't there; or the tool's own type
        objects to the arguments. Arguments of a tool that is given by a JSON Schema aren't validated.
    """
    if not isinstance(text, str):
        raise ArgumentError("the text of calls is a str", reason=f"got {type(text).__name__}")
    known = {tool.name: tool for tool in read_tools(tools)}
    found: list[ToolCall] = []
    for name, arguments in _style(style).parse(CallText(text)):
        tool = known.get(name)
        if tool is None:
            raise ArgumentError(f"a call of {name!r:.100}, which is no tool", hint=f"one of {', '.join(known)}")
        found.append(ToolCall(name, _converted(arguments, tool)))
    return found


def _converted(arguments: str, tool: Tool) -> Any:
    try:
        return tool.convert(arguments)
    except ValueError as error:  # pydantic's and JSON's
        raise ArgumentError(
            f"the arguments of a call of {tool.name!r} aren't what it takes",
            reason=str(error)[:500],
            hint="texts that were written as tool_calls asks",
        ) from error


def _style(name: str) -> CallStyle:
    style = STYLES.get(name)
    if style is None:
        raise ArgumentError(f"style is one of {', '.join(map(repr, STYLES))}", reason=f"got {name!r:.100}")
    return style


def read_tools(tools: Iterable[Any]) -> list[Tool]:
    """The tools, each as `tool_calls` takes it; ArgumentError where there is none, or two have one name."""
    if isinstance(tools, (str, bytes, Mapping)) or not isinstance(tools, Iterable):
        raise ArgumentError("tools is a collection of tools", reason=f"got {tools!r:.100}")
    found: dict[str, Tool] = {}
    for tool in map(_read_tool, tools):
        if tool.name in found:
            raise ArgumentError(f"two tools are called {tool.name!r}", hint="names that differ")
        found[tool.name] = tool
    if not found:
        raise ArgumentError("tools is a collection of at least one tool", reason="got none")
    return list(found.values())


def _read_tool(tool: Any) -> Tool:
    if isinstance(tool, dict):
        return _read_dict(tool)
    name = getattr(tool, "__name__", None)
    if not isinstance(name, str):
        raise ArgumentError(
            f"a tool is a function, a type with a name, or a dict, not {tool!r:.100}",
            hint='{"name": ..., "parameters": {...}}',
        )
    source = read_source(tool)
    return Tool(_checked_name(name), source.schema, source.convert, source.notes)


def _read_dict(tool: dict[str, Any]) -> Tool:
    inner = tool.get("function") if tool.get("type") == "function" and "function" in tool else tool
    if not isinstance(inner, dict):
        raise ArgumentError("a tool's 'function' is an object", reason=f"got {inner!r:.100}")
    if isinstance(inner.get("name"), str):
        parameters = inner.get("parameters", inner.get("input_schema", _NO_PARAMETERS))
        return _of_schema(inner["name"], _NO_PARAMETERS if parameters is None else parameters)
    if isinstance(inner.get("title"), str):
        return _of_schema(inner["title"], inner)
    raise ArgumentError(
        "a tool has no name", reason=f"got {tool!r:.100}", hint="a 'name', or a 'title' where it is a JSON Schema"
    )


_NO_PARAMETERS: Final[Mapping[str, Any]] = {"type": "object", "properties": {}, "additionalProperties": False}


def _of_schema(name: str, parameters: object) -> Tool:
    if not isinstance(parameters, (dict, bool)):
        raise ArgumentError(f"the parameters of {name!r} are a JSON Schema", reason=f"got {parameters!r:.100}")
    return Tool(_checked_name(name), parameters, json.loads)


def _checked_name(name: str) -> str:
    if not re.fullmatch(r"[^\x00-\x20\x7f<>\"\\\ud800-\udfff]+", name):
        raise ArgumentError(
            f"a tool can't be called {name!r:.100}", hint="a name without spaces, quotes, backslashes and < or >"
        )
    return name


def _chosen(tools: list[Tool], tool_choice: str) -> list[Tool]:
    if tool_choice in ("auto", "required"):
        return tools
    chosen = [tool for tool in tools if tool.name == tool_choice]
    if not chosen:
        names = ", ".join(repr(tool.name) for tool in tools)
        raise ArgumentError(f"tool_choice is 'auto', 'required' or one of {names}", reason=f"got {tool_choice!r:.100}")
    return chosen


def _most_calls(parallel: bool, max_calls: int | None) -> int | None:
    if max_calls is None:
        return None if parallel else 1
    if isinstance(max_calls, bool) or not isinstance(max_calls, int) or not 1 <= max_calls <= MAX_CALLS:
        raise ArgumentError(f"max_calls is from 1 to {MAX_CALLS}, or None", reason=f"got {max_calls!r:.100}")
    if not parallel and max_calls > 1:
        raise ArgumentError(f"max_calls={max_calls} and parallel=False contradict each other")
    return max_calls

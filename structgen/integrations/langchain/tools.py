"""Tools of LangChain: what can be called comes in, a grammar of calls goes out; from a text, LangChain's tool calls."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from langchain_core.messages import InvalidToolCall, ToolCall
from langchain_core.utils.function_calling import convert_to_openai_tool

from structgen.errors import ArgumentError
from structgen.grammar import parse_calls
from structgen.integrations.langchain.text import before

if TYPE_CHECKING:
    from structgen.grammar.call_styles import Style

__all__ = ["closed", "content_before_calls", "read_calls", "tool_choice_of", "tool_of"]

_BEGINNINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "hermes": ("<tool_call>",),
    "mistral": ("[TOOL_CALLS]",),
    "functionary": ("<function=",),
    "llama3": ("<|python_tag|>",),
}


def tool_of(tool: Any, *, strict: bool | None) -> dict[str, Any]:
    """A tool in OpenAI's form.

    The parameters of functions, types and LangChain's tools are closed: another argument would be refused there.
    Those of a dict are what it says, unless ``strict``.
    """
    found: dict[str, Any] = convert_to_openai_tool(tool, strict=strict)
    if strict or not isinstance(tool, Mapping):
        function = found["function"]
        found = found | {"function": function | {"parameters": closed(function.get("parameters", {"type": "object"}))}}
    return found


def closed(schema: Any) -> Any:
    """The schema without further properties in objects that declare some, or that declare nothing at all."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: closed(value) if key in _APPLICATORS else value for key, value in schema.items()}
    for key in ("properties", "$defs", "definitions", "patternProperties"):
        if isinstance(found.get(key), dict):
            found[key] = {name: closed(one) for name, one in found[key].items()}
    if "properties" in found and "additionalProperties" not in found and "allOf" not in found:
        found["additionalProperties"] = False
    return found


_APPLICATORS: Final = frozenset(("items", "prefixItems", "anyOf", "oneOf", "additionalProperties"))


def tool_choice_of(choice: Any, names: Sequence[str]) -> str:
    """``tool_choice`` of the providers' interfaces, as ``structgen.grammar.tool_calls`` has it.

    Raises
    ------
    ArgumentError
        It is none of the forms that they know, or no tool has that name.
    """
    if choice is None or choice is False or choice == "auto":
        return "auto"
    if choice is True or choice in ("any", "required"):
        return "required"
    if isinstance(choice, Mapping):
        choice = choice.get("function", choice).get("name")
    if choice not in names:
        known = ", ".join(map(repr, names))
        raise ArgumentError(
            "tool_choice is 'auto', 'none', 'any', 'required' or a tool's name",
            reason=f"got {choice!r:.100}; the tools are {known}",
        )
    return str(choice)


def content_before_calls(text: str, style: Style, *, is_whole: bool) -> str:
    """What of a text is said to the user: it ends where calls begin, or might begin as the text goes on."""
    if style == "llama3" and (text.lstrip(" \t\r\n").startswith("{") or (not is_whole and not text.strip())):
        return ""
    return before(text, _BEGINNINGS[style], is_whole=is_whole)


def read_calls(
    text: str, tools: Sequence[dict[str, Any]], style: Style, *, is_whole: bool
) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """The calls of a text; and what there is of them where the budget has cut it in a call."""
    try:
        calls = parse_calls(text, tools, style=style)
    except ArgumentError as error:
        if is_whole:
            raise
        rest = text[len(content_before_calls(text, style, is_whole=True)) :]
        cut = InvalidToolCall(name=None, args=rest, id=_new_id(), error=f"cut off: {error}", type="invalid_tool_call")
        return [], [cut]
    return [ToolCall(name=call.name, args=call.arguments, id=_new_id(), type="tool_call") for call in calls], []


def _new_id() -> str:
    return f"call_{uuid.uuid4().hex}"

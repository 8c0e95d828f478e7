"""Messages of LangChain, as the messages that a chat template takes.

Templates differ in which roles they know: only system, user and assistant are in all of them. So the calls of tools
are written into the assistant's text, in the style that the model writes them in, and the tools' answers come as the
user's. What tools there are is said in the system message.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from langchain_core.messages import AIMessage, BaseMessage, ChatMessage, HumanMessage, SystemMessage, ToolMessage

from structgen.errors import ArgumentError

if TYPE_CHECKING:
    from langchain_core.messages import ToolCall

    from structgen.grammar.call_styles import Style

__all__ = ["chat_messages", "written_calls"]

_NOT_TEXT: Final = ("tool_use", "tool_call", "tool_call_chunk", "invalid_tool_call", "thinking", "reasoning")
"""Blocks that say in another way what a message's tool calls say, or that models don't get to see again."""


def chat_messages(
    messages: Sequence[BaseMessage], tools: Sequence[dict[str, Any]], style: Style
) -> list[dict[str, str]]:
    """The messages for the chat template.

    Raises
    ------
    ArgumentError
        A message holds something that is no text, or is of a kind that chats don't have; or there is none.
    """
    found = [_chat_message(message, style) for message in messages]
    if tools:
        told = _tools_told(tools, style)
        if found and found[0]["role"] == "system":
            found[0] = {"role": "system", "content": f"{found[0]['content']}\n\n{told}"}
        else:
            found.insert(0, {"role": "system", "content": told})
    if not found:
        raise ArgumentError("a chat has a message at least", reason="the list of messages is empty")
    return found


def written_calls(calls: Sequence[ToolCall], style: Style) -> str:
    """Tool calls as the model writes them."""
    if style == "functionary":
        return "".join(f"<function={call['name']}>{_json(call['args'])}</function>" for call in calls)
    arguments = "parameters" if style == "llama3" else "arguments"
    objects = [_json({"name": call["name"], arguments: call["args"]}) for call in calls]
    if style == "llama3":
        return "; ".join(objects)
    if style == "mistral":
        return f"[TOOL_CALLS] [{', '.join(objects)}]"
    return "\n".join(f"<tool_call>\n{one}\n</tool_call>" for one in objects)


def _chat_message(message: BaseMessage, style: Style) -> dict[str, str]:
    text = _text(message)
    if isinstance(message, SystemMessage):
        return {"role": "system", "content": text}
    if isinstance(message, HumanMessage):
        return {"role": "user", "content": text}
    if isinstance(message, AIMessage):
        calls = written_calls(message.tool_calls, style) if message.tool_calls else ""
        return {"role": "assistant", "content": "\n".join(part for part in (text, calls) if part)}
    if isinstance(message, ToolMessage):
        return {"role": "user", "content": f"<tool_response>\n{text}\n</tool_response>"}
    if isinstance(message, ChatMessage):
        return {"role": message.role, "content": text}
    raise ArgumentError(f"a chat has no message of the kind {type(message).__name__}")


def _text(message: BaseMessage) -> str:
    if isinstance(message.content, str):
        return message.content
    parts = []
    for block in message.content:
        if isinstance(block, str):
            parts.append(block)
        elif block.get("type") == "text":
            parts.append(str(block["text"]))
        elif block.get("type") not in _NOT_TEXT:
            raise ArgumentError(
                f"a message holds {block.get('type')!r}, which is no text",
                hint="a model of texts, and messages of text",
            )
    return "".join(parts)


def _tools_told(tools: Sequence[dict[str, Any]], style: Style) -> str:
    example: Any = {"name": "<tool>", "args": {"<argument>": "<value>"}, "id": None}
    listed = "\n".join(_json(tool) for tool in tools)
    return (
        f"You may call these tools:\n<tools>\n{listed}\n</tools>\n"
        f"A call is written like this, and nothing follows it:\n{written_calls([example], style)}"
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)

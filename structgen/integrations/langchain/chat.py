"""``ChatStructgen``: a chat model of LangChain whose structured outputs and tool calls are exact."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import Any, Literal

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.language_models.base import LangSmithParams
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.output_parsers.openai_tools import JsonOutputKeyToolsParser, PydanticToolsParser
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableMap, RunnablePassthrough
from langchain_core.tools import BaseTool
from langchain_core.utils.pydantic import is_basemodel_subclass

from structgen.errors import ArgumentError
from structgen.grammar import tool_calls
from structgen.grammar.call_styles import Style
from structgen.integrations.langchain.calls import Growth, Settings, grow, model_of
from structgen.integrations.langchain.messages import chat_messages
from structgen.integrations.langchain.parsing import parser_of
from structgen.integrations.langchain.tools import content_before_calls, read_calls, tool_choice_of, tool_of

__all__ = ["ChatStructgen"]

_Tool = dict[str, Any] | type | Callable[..., Any] | BaseTool


class ChatStructgen(BaseChatModel, Settings):
    """A chat model whose texts meet a specification.

    Besides ``with_structured_output`` and ``bind_tools``, ``bind`` takes every specification of structgen and its
    options: ``chat.bind(regex="[0-9]{4}")``, ``chat.bind(choices=["yes", "no"])``, ``chat.bind(grammar=...)``.

    Attributes
    ----------
    model : str or Model
        What ``structgen.load_model`` takes, or a model that is loaded already.
    temperature, top_p, top_k, min_p, seed
        See ``structgen.Sampling``.
    max_tokens : int
        Of each answer.
    stop : list of str, optional
        Words that an answer ends before.
    whitespace
        How JSON is written; see ``structgen.compile``.
    tool_style : "hermes", "llama3", "mistral" or "functionary"
        How the model writes calls of tools.
    parallel_tool_calls : bool
        Whether an answer may hold several calls.
    """

    tool_style: Style = "hermes"
    parallel_tool_calls: bool = True

    @property
    def _llm_type(self) -> str:
        return "structgen-chat"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        names = ("temperature", "max_tokens", "top_p", "top_k", "min_p", "seed", "stop", "whitespace")
        own = {name: getattr(self, name) for name in (*names, "tool_style", "parallel_tool_calls")}
        return {"model_name": self.model_name} | own

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = super()._get_ls_params(stop=stop, **kwargs)
        params["ls_provider"] = "structgen"
        params.setdefault("ls_model_name", self.model_name)
        if stop is None and self.stop:
            params["ls_stop"] = self.stop
        return params

    def bind_tools(
        self,
        tools: Sequence[_Tool],
        *,
        tool_choice: str | bool | dict[str, Any] | None = None,
        strict: bool | None = None,
        parallel_tool_calls: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """A model that may call these tools, with arguments that are valid for them.

        Parameters
        ----------
        tools
            Functions, Pydantic models, tools of LangChain, or dicts in the form of OpenAI or Anthropic.
        tool_choice
            "auto" or None: calls, or text. "any", "required" or True: at least one call. A tool's name, or a dict with
            it: calls of this tool. "none": text.
        strict : bool, optional
            Whether the objects in the parameters of a dict are closed, as those of the others are anyway.
        parallel_tool_calls : bool, optional
            Whether an answer may hold several calls. Default: the model's own setting.
        """
        found = [tool_of(tool, strict=strict) for tool in tools]
        if tool_choice != "none":
            tool_choice_of(tool_choice, [tool["function"]["name"] for tool in found])
        options: dict[str, Any] = {"tools": found, "tool_choice": tool_choice}
        if parallel_tool_calls is not None:
            options["parallel_tool_calls"] = parallel_tool_calls
        return super().bind(**options, **kwargs)

    def with_structured_output(
        self,
        schema: dict[str, Any] | type | None = None,
        *,
        method: Literal["json_schema", "function_calling", "json_mode"] = "json_schema",
        include_raw: bool = False,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, Any]:
        """A runnable that answers with values of a schema. In a stream, with values that only grow.

        Parameters
        ----------
        schema
            A Pydantic model, for instances; a TypedDict or dict, for dicts; or another type that structgen takes.
        method
            "json_schema": the text is the value. "function_calling": the arguments of a tool call are.
            "json_mode": as "json_schema", and without a schema, any object.
        include_raw : bool
            Whether to answer with a dict of the message ("raw"), the value ("parsed"), and the error ("parsing_error").
        strict : bool, optional
            Whether the objects of a dict's schema are closed where it doesn't say. Those of types always are.

        Raises
        ------
        SchemaError
            No schema can be made of it.
        ArgumentError
            There is no such method, or it needs a schema.
        """
        if method not in ("json_schema", "function_calling", "json_mode"):
            raise ArgumentError(f"method is 'json_schema', 'function_calling' or 'json_mode', not {method!r}")
        if schema is None and method != "json_mode":
            raise ArgumentError(f"method {method!r} needs a schema")
        shown = {"kwargs": {"method": method, "strict": strict}, "schema": schema or {"title": "object"}}
        parser: Any
        if method == "function_calling":
            parser = self._tool_parser(schema)
            name = tool_of(schema, strict=strict)["function"]["name"]
            model = self.bind_tools(
                [schema],  # type: ignore[list-item]
                tool_choice=name,
                strict=strict,
                parallel_tool_calls=False,
                ls_structured_output_format=shown,
                **kwargs,
            )
        else:
            parser = parser_of(schema, strict=strict)
            model = super().bind(schema=parser.json_schema, ls_structured_output_format=shown, **kwargs)
        if not include_raw:
            chain: Runnable[LanguageModelInput, Any] = model | parser
            return chain
        parsed: Any = RunnablePassthrough.assign(parsed=itemgetter("raw") | parser, parsing_error=lambda _: None)
        failed: Any = RunnablePassthrough.assign(parsed=lambda _: None)
        both: Runnable[LanguageModelInput, Any] = RunnableMap(raw=model) | parsed.with_fallbacks(
            [failed], exception_key="parsing_error"
        )
        return both

    @staticmethod
    def _tool_parser(schema: Any) -> Any:
        if isinstance(schema, type) and is_basemodel_subclass(schema):
            return PydanticToolsParser(tools=[schema], first_tool_only=True)
        name = tool_of(schema, strict=None)["function"]["name"]
        return JsonOutputKeyToolsParser(key_name=name, first_tool_only=True)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        tools, style, growths, name = self._begin(messages, stop, kwargs)
        last = list(growths)[-1]
        calls, invalid = read_calls(last.text, tools, style, is_whole=not last.is_cut) if tools else ([], [])
        content = content_before_calls(last.text, style, is_whole=True) if tools else last.text
        message = AIMessage(
            content=content,
            tool_calls=calls,
            invalid_tool_calls=invalid,
            usage_metadata=last.usage,
            response_metadata=self._metadata(last, name),
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        tools, style, growths, name = self._begin(messages, stop, kwargs)
        said = ""
        for growth in growths:
            is_last = growth.finish_reason is not None
            text = content_before_calls(growth.text, style, is_whole=is_last) if tools else growth.text
            delta, said = text[len(said) :], text
            chunk = AIMessageChunk(content=delta)
            if is_last:
                calls, invalid = (
                    read_calls(growth.text, tools, style, is_whole=not growth.is_cut) if tools else ([], [])
                )
                chunk = AIMessageChunk(
                    content=delta,
                    tool_call_chunks=[
                        *(
                            _call_chunk(call["name"], json.dumps(call["args"], ensure_ascii=False), call["id"], index)
                            for index, call in enumerate(calls)
                        ),
                        *(_call_chunk(None, call["args"], call["id"], 0) for call in invalid),
                    ],
                    usage_metadata=growth.usage,
                    response_metadata=self._metadata(growth, name),
                    chunk_position="last",
                )
            elif not delta:
                continue
            generation = ChatGenerationChunk(message=chunk)
            if run_manager:
                run_manager.on_llm_new_token(delta, chunk=generation)
            yield generation

    def _begin(
        self, messages: list[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> tuple[list[dict[str, Any]], Style, Iterator[Growth], str]:
        """The tools, how they are called, the growing text, and the model's name."""
        options = dict(options)
        options.pop("stream", None)
        tools: list[dict[str, Any]] = options.pop("tools", None) or []
        choice = options.pop("tool_choice", None)
        parallel = options.pop("parallel_tool_calls", self.parallel_tool_calls)
        style = self.tool_style
        if choice == "none":
            tools = []
        if tools:
            options["grammar"] = tool_calls(
                tools,
                tool_choice=tool_choice_of(choice, [tool["function"]["name"] for tool in tools]),
                parallel=parallel,
                style=style,
                whitespace=self.whitespace,
            )
        growths = grow(self, chat_messages(messages, tools, style), stop, options, chat=None)
        return tools, style, growths, model_of(self, options).name

    @staticmethod
    def _metadata(growth: Growth, name: str) -> dict[str, Any]:
        return {"model_name": name, "model_provider": "structgen", "finish_reason": growth.finish_reason}


def _call_chunk(name: str | None, args: str | None, call_id: str | None, index: int) -> Any:
    return tool_call_chunk(name=name, args=args, id=call_id, index=index)

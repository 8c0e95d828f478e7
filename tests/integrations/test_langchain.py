"""``ChatStructgen`` and ``StructgenLLM`` beyond the standard suites."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

import pytest
from langchain_core.callbacks import BaseCallbackHandler, UsageMetadataCallbackHandler
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage, AIMessageChunk, ChatMessage, FunctionMessage, HumanMessage, ToolMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.tools import tool
from pydantic import BaseModel, Field, field_validator
from transformers import pipeline

from structgen.errors import ArgumentError, SchemaError
from structgen.grammar.call_styles import STYLES, Style
from structgen.integrations.langchain import ChatStructgen, StructgenLLM, structured_pipeline
from structgen.integrations.langchain.messages import written_calls
from structgen.integrations.langchain.text import before
from structgen.integrations.langchain.tools import closed
from tests.parrot import Parrot, parrot
from tests.toy import toy_model, toy_tokenizer


class City(BaseModel):
    """A city."""

    name: str
    people: int = Field(ge=0)
    sights: list[str] = []


@tool
def weather(city: str, days: int = 1) -> str:
    """The forecast for a city."""
    return f"{city}: sun for {days} days"


CITY = '{"name":"Oslo","people":717710,"sights":["Opera","Fjord"]}'
MODEL = parrot({"Oslo": [CITY, "Oslo is a city. It has an opera, Ω."], "again": ["again and again and again"]})
CHAT = ChatStructgen(model=MODEL, max_tokens=300)


def test_a_pydantic_model_gives_instances_that_only_grow() -> None:
    chain = CHAT.with_structured_output(City)
    assert chain.invoke("Oslo?") == City(name="Oslo", people=717710, sights=["Opera", "Fjord"])
    values = list(chain.stream("Oslo?"))
    assert all(isinstance(value, City) for value in values)
    assert values[-1] == City(name="Oslo", people=717710, sights=["Opera", "Fjord"])
    names = [value.name for value in values if hasattr(value, "name")]
    assert names[:3] == ["O", "Os", "Osl"] and set(names[3:]) == {"Oslo"}  # forced text came before
    assert {value.people for value in values if hasattr(value, "people")} == {717710}


async def test_asynchronous_calls_give_the_same() -> None:
    chain = CHAT.with_structured_output(City)
    assert await chain.ainvoke("Oslo?") == chain.invoke("Oslo?")
    # How much a step adds depends on what was drafted; where all ends does not.
    assert [value async for value in chain.astream("Oslo?")][-1] == list(chain.stream("Oslo?"))[-1]
    assert await chain.abatch(["Oslo?", "Oslo!"]) == chain.batch(["Oslo?", "Oslo!"])


class CityDict(TypedDict):
    name: str
    people: int


@dataclass
class Answer:
    name: Literal["Oslo", "Rome"]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (CityDict, {"name": "Oslo", "people": 717710}),
        ({"title": "City", "type": "object", "properties": {"name": {"const": "Oslo"}}, "maxProperties": 1}, None),
        ({"name": "city", "parameters": {"type": "object", "properties": {"name": {"const": "Oslo"}}}}, None),
        ({"type": "function", "function": {"name": "c", "parameters": {"properties": {}, "type": "object"}}}, None),
        (Answer, Answer("Oslo")),
    ],
)
def test_schemas_of_other_kinds(schema: Any, expected: Any) -> None:
    found = CHAT.with_structured_output(schema, strict=True).invoke("Oslo?")
    assert found == expected if expected is not None else isinstance(found, dict)


def test_strict_closes_the_objects_of_a_dict_and_nothing_else_does() -> None:
    schema = {"title": "t", "type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    chat = ChatStructgen(model=parrot({"x": ['{"name":"n","more":1}', '{"name":"n"}']}))
    assert chat.with_structured_output(schema).invoke("x") == {"name": "n", "more": 1}
    assert chat.with_structured_output(schema, strict=True).invoke("x") == {"name": "n"}


def test_closing_reaches_nested_objects_and_no_constants() -> None:
    schema = {
        "properties": {"properties": {"items": {"properties": {"a": True}}}, "b": {"const": {"properties": {}}}},
        "$defs": {"c": {"anyOf": [{"properties": {}, "additionalProperties": True}]}},
    }
    assert closed(schema) == {
        "properties": {
            "properties": {"items": {"properties": {"a": True}, "additionalProperties": False}},
            "b": {"const": {"properties": {}}},
        },
        "$defs": {"c": {"anyOf": [{"properties": {}, "additionalProperties": True}]}},
        "additionalProperties": False,
    }


class Checked(BaseModel):
    name: str

    @field_validator("name")
    @classmethod
    def _is_long(cls, name: str) -> str:
        if len(name) < 9:
            raise ValueError("too short")
        return name


@pytest.mark.parametrize("method", ["json_schema", "json_mode", "function_calling"])
def test_what_the_budget_cuts_is_an_error_in_every_method(method: Any) -> None:
    chain = ChatStructgen(model=MODEL, max_tokens=30).with_structured_output(City, method=method, include_raw=True)
    found = chain.invoke("Oslo?")
    assert isinstance(found["raw"], AIMessage) and found["raw"].response_metadata["finish_reason"] == "length"
    assert found["parsed"] is None
    if method == "function_calling":
        assert found["raw"].invalid_tool_calls
    else:
        assert isinstance(found["parsing_error"], OutputParserException)


def test_errors_of_the_types_own_validators_are_parsing_errors() -> None:
    chain = CHAT.with_structured_output(Checked)
    for run in (chain.invoke, lambda prompt: list(chain.stream(prompt))):
        with pytest.raises(OutputParserException, match="too short"):
            run("Oslo?")
    found = CHAT.with_structured_output(Checked, include_raw=True).invoke("Oslo?")
    assert "too short" in str(found["parsing_error"]) and found["parsed"] is None


def test_wrong_uses_of_structured_output() -> None:
    with pytest.raises(ArgumentError, match="'yaml'"):
        CHAT.with_structured_output(City, method="yaml")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="needs a schema"):
        CHAT.with_structured_output()
    with pytest.raises(SchemaError):
        CHAT.with_structured_output({"title": "t", "type": "nonsense"}).invoke("Oslo?")
    assert CHAT.with_structured_output(method="json_mode").invoke("Oslo?") == json.loads(CITY)


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("stop", [["again and "], ["zebra", "d again"], ["n"], ["again and again and again and"]])
def test_a_text_ends_before_a_stop_word(stop: list[str], chunked: bool) -> None:
    whole = "again and again and again"
    expected = min((whole[: whole.index(word)] for word in stop if word in whole), key=len, default=whole)
    for chat in (CHAT.bind(stop=stop), ChatStructgen(model=MODEL, stop=stop)):
        if chunked:
            chunks = [chunk.text for chunk in chat.stream("again")]
            assert "".join(chunks) == expected
        else:
            assert chat.invoke("again").text == expected


def test_what_may_become_a_word_is_held_back() -> None:
    assert before("a<to", ["<tool>", "b"], is_whole=False) == "a"
    assert before("a<to", ["<tool>"], is_whole=True) == "a<to"
    assert before("a<tool>b", ["<tool>", "a<tool>bc"], is_whole=False) == "a"


def calls_model(style: Style) -> ChatStructgen:
    calls: list[Any] = [
        {"name": "weather", "args": {"city": "Oslo", "days": 2}, "id": "1"},
        {"name": "City", "args": {"name": "Ω", "people": 1, "sights": []}, "id": "2"},
    ]
    said = {"both": [written_calls(calls, style)], "none": ["Just a text."]}
    if style == "hermes":
        said["first"] = ["Let me see. " + written_calls(calls[:1], style)]
    return ChatStructgen(model=parrot(said), tool_style=style, whitespace="any")


@pytest.mark.parametrize("style", STYLES)
def test_tool_calls_of_every_style(style: Style) -> None:
    bound = calls_model(style).bind_tools([weather, City])
    message = bound.invoke("both")
    assert [(call["name"], call["args"]) for call in message.tool_calls] == [
        ("weather", {"city": "Oslo", "days": 2}),
        ("City", {"name": "Ω", "people": 1, "sights": []}),
    ]
    assert message.content == "" and len({call["id"] for call in message.tool_calls}) == 2
    streamed = sum_of(bound.stream("both"))
    assert [call["args"] for call in streamed.tool_calls] == [call["args"] for call in message.tool_calls]
    assert streamed.content == ""
    text = bound.invoke("none")
    assert text.content == "Just a text." == sum_of(bound.stream("none")).content and not text.tool_calls


def sum_of(chunks: Any) -> AIMessageChunk:
    found = list(chunks)
    total: AIMessageChunk = found[0]
    for chunk in found[1:]:
        total = total + chunk
    return total


def test_text_before_a_call_is_content() -> None:
    bound = calls_model("hermes").bind_tools([weather])
    for message in (bound.invoke("first"), sum_of(bound.stream("first"))):
        assert message.content == "Let me see. " and message.tool_calls[0]["args"] == {"city": "Oslo", "days": 2}


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        ("any", {"weather"}),
        ("required", {"weather"}),
        (True, {"weather"}),
        ("City", {"City"}),
        ({"type": "function", "function": {"name": "City"}}, {"City"}),
        ("none", set()),
    ],
)
def test_tool_choice(choice: Any, names: set[str]) -> None:
    bound = ChatStructgen(model=parrot({}), max_tokens=200).bind_tools(
        [weather, City], tool_choice=choice, parallel_tool_calls=False
    )
    message = bound.invoke("x")
    assert len(message.tool_calls) == len(names)
    if choice in ("City", "none") or isinstance(choice, dict):
        assert {call["name"] for call in message.tool_calls} == names


def test_a_tool_choice_that_is_no_tool_is_refused() -> None:
    with pytest.raises(ArgumentError, match="'sports'"):
        CHAT.bind_tools([weather], tool_choice="sports")


def test_messages_reach_the_model_as_text() -> None:
    model = parrot({"sun": ["So it is sunny."]})
    bound = ChatStructgen(model=model).bind_tools([weather])
    call: Any = {"name": "weather", "args": {"city": "Oslo"}, "id": "1", "type": "tool_call"}
    answer = bound.invoke(
        [
            HumanMessage(["How is ", {"type": "text", "text": "Oslo?"}]),
            AIMessage([{"type": "tool_use", "id": "1", "name": "weather", "input": {}}], tool_calls=[call]),
            ToolMessage("sun", tool_call_id="1"),
            ChatMessage(role="critic", content="sun?"),
        ]
    )
    assert answer.content == "So it is sunny."
    target = model.target
    assert isinstance(target, Parrot)
    prompt = target.prompts[-1]
    assert '"description": "The forecast for a city."' in prompt and prompt.startswith("<system>You may call")
    assert '<assistant><tool_call>\n{"name": "weather", "arguments": {"city": "Oslo"}}\n</tool_call>\n' in prompt
    assert "<user>How is Oslo?\n" in prompt and "<user><tool_response>\nsun\n</tool_response>\n<critic>sun?" in prompt


@pytest.mark.parametrize(
    "message",
    [
        HumanMessage([{"type": "image", "url": "https://example.org/a.png"}]),
        FunctionMessage(content="x", name="f"),
    ],
)
def test_messages_that_are_no_text_are_refused(message: Any) -> None:
    with pytest.raises(ArgumentError, match=r"which is no text|no message of the kind"):
        CHAT.invoke([message])


@pytest.mark.parametrize("chat", [CHAT, CHAT.bind(regex="a")])
def test_a_chat_without_messages_is_refused(chat: Any) -> None:
    with pytest.raises(ArgumentError, match="the list of messages is empty"):
        chat.invoke([])


def test_unknown_options_and_wrong_values_are_refused() -> None:
    for options in ({"frequency_penalty": 1}, {"stop": "word"}, {"stop": [""]}, {"temperature": -1}, {"top_k": 0}):
        with pytest.raises(ArgumentError):
            CHAT.invoke("Oslo?", **options)
    with pytest.raises(ValueError, match="stop is a list of words"):
        ChatStructgen(model=MODEL, stop=[""])


def test_specifications_can_be_bound() -> None:
    for model in (CHAT, StructgenLLM(model=MODEL)):
        for options, texts in (
            ({"choices": ["yes", "no"]}, {"yes", "no"}),
            ({"regex": "a{3}"}, {"aaa"}),
            ({"grammar": 'start: "x" "y"'}, {"xy"}),
            ({"schema": {"const": [1, 2]}, "whitespace": "spaced"}, {"[1, 2]"}),
        ):
            found = model.bind(**options).invoke("?")
            assert (found if isinstance(found, str) else found.text) in texts


class Recorder(BaseCallbackHandler):
    def __init__(self) -> None:
        self.tokens: list[Any] = []
        self.errors = 0
        self.ends: list[Any] = []

    def on_llm_new_token(self, token: Any, **kwargs: Any) -> None:
        self.tokens.append(token)

    def on_llm_end(self, response: Any, **kwargs: Any) -> None:
        self.ends.append(response)

    def on_llm_error(self, error: BaseException, **kwargs: Any) -> None:
        self.errors += 1


@pytest.mark.parametrize("model", [CHAT, StructgenLLM(model=MODEL)], ids=["chat", "llm"])
def test_callbacks_hear_of_tokens_ends_and_errors(model: Any) -> None:
    recorder = Recorder()
    list(model.stream("again", config={"callbacks": [recorder]}))
    assert "".join(recorder.tokens) == "again and again and again" and len(recorder.tokens) > 1
    assert len(recorder.ends) == 1
    with pytest.raises(ArgumentError):
        model.invoke("again", top_k=-1, config={"callbacks": [recorder]})
    assert recorder.errors == 1


def test_usage_is_counted_in_the_models_tokens() -> None:
    usage = UsageMetadataCallbackHandler()
    message: Any = CHAT.invoke("again", config={"callbacks": [usage]})
    expected = {"input_tokens": len("<user>again\n") + 1, "output_tokens": 25, "total_tokens": 38}
    assert message.usage_metadata == expected
    counted: Any = usage.usage_metadata["parrot"]
    assert {name: counted[name] for name in expected} == expected
    assert sum_of(CHAT.stream("again")).usage_metadata == expected
    result = StructgenLLM(model=MODEL).generate(["again", "again"])
    assert result.llm_output is not None and result.llm_output["token_usage"]["output_tokens"] == 50


async def test_events_are_streamed() -> None:
    chain = ChatPromptTemplate.from_messages([("human", "{city}?")]) | CHAT.with_structured_output(City)
    kinds: list[str] = []
    last: Any = None
    async for event in chain.astream_events({"city": "Oslo"}, version="v2"):
        kinds.append(event["event"])
        if event["event"] == "on_parser_stream":
            last = event["data"]["chunk"]
    assert kinds.count("on_chat_model_stream") > 1
    assert last == City(name="Oslo", people=717710, sights=["Opera", "Fjord"])


async def test_the_llm_completes_texts() -> None:
    llm = StructgenLLM(model=MODEL, stop=[" and again and"])
    assert llm.invoke("again") == "again" == await llm.ainvoke("again")
    assert "".join(llm.stream("again")) == "again"
    assert "".join([chunk async for chunk in llm.astream("again")]) == "again"
    assert (
        llm.batch(["again", "again"])
        == ["again", "again"]
        == await asyncio.wait_for(llm.abatch(["again", "again"]), 60)
    )
    assert isinstance(MODEL.target, Parrot) and MODEL.target.prompts[-1] == "again"


def test_a_pipeline_of_langchain_huggingface_writes_values() -> None:
    huggingface: Any = pytest.importorskip(
        "langchain_huggingface", reason="pip install --no-deps langchain-huggingface: it pins an old huggingface_hub"
    )
    tokenizer = toy_tokenizer(chat=True)
    network = toy_model(tokenizer)
    generator = pipeline("text-generation", model=network, tokenizer=tokenizer)
    llm = huggingface.HuggingFacePipeline(pipeline=generator, pipeline_kwargs={"max_new_tokens": 120})

    class Small(BaseModel):
        kind: Literal["red", "green"]
        count: int = Field(ge=0, le=99)

    chat = huggingface.ChatHuggingFace(llm=llm, tokenizer=tokenizer, model_id="toy")
    for model in (llm, chat):
        assert isinstance(structured_pipeline(model, schema=Small, whitespace="compact").invoke("Hello"), Small)
        assert structured_pipeline(model, choices=["yes", "no"]).invoke("Hello") in ("yes", "no")
    values = list(structured_pipeline(llm, schema=Small, whitespace="compact").stream("Hello"))
    assert all(isinstance(value, Small) for value in values) and values[-1].count >= 0


def test_what_has_no_pipeline_is_refused() -> None:
    with pytest.raises(ArgumentError, match="got Parrot"):
        structured_pipeline(MODEL.target, choices=["a"])

"""Tool calls: every style's texts, and the calls that are read back from them."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

import jsonschema
import pytest
import referencing
from pydantic import BaseModel, PastDate

import structgen
from structgen import ArgumentError, SchemaError, UnsatisfiableSchemaError
from structgen.grammar import Part, ToolCall, parse_calls, reasoning, tool_calls
from structgen.grammar.call_styles import Style
from tests.vocabularies import BYTES, allowed, crossing, mask

VOCABULARY = structgen.Vocabulary.from_bytes([*BYTES, None], eos=256)
STYLES: list[Style] = ["hermes", "llama3", "mistral", "functionary"]


def weather(city: str, days: int = 1) -> None:
    """A function with a parameter that has a default."""


class Payment(BaseModel):
    amount: Decimal
    currency: Literal["EUR", "USD"]


FIND = {
    "type": "function",
    "function": {
        "name": "find",
        "description": "Searches.",
        "parameters": {
            "type": "object",
            "properties": {"query": {"$ref": "#/$defs/query"}},
            "required": ["query"],
            "additionalProperties": False,
            "$defs": {"query": {"type": "string", "minLength": 2, "maxLength": 4}},
        },
    },
}
TOOLS = [weather, Payment, FIND]

CALL = '{"name": "find", "arguments": {"query": "<a]"}}'
LLAMA = '{"name": "find", "parameters": {"query": "<a]"}}'
SHORT = '{"name": "find", "arguments": {"query": "a"}}'
HERMES = f"<tool_call>\n{CALL}\n</tool_call>"
FUNCTIONARY = '<function=find>{"query": "<a]"}</function>'

# By style: free text, free text and then calls, one call, several, and what is none of these.
TEXTS: dict[Style, tuple[list[str], list[str], list[str], list[str], list[str]]] = {
    "hermes": (
        ["", "hi <tool", CALL, "[TOOL_CALLS]"],
        [f"I'll see.\n{HERMES}", f"{{{HERMES}\n{HERMES}"],
        [HERMES, HERMES.replace(": ", ":"), HERMES.replace("find", "weather").replace("query", "city")],
        [f"{HERMES}\n{HERMES}"],
        ["<tool_call>", f"{HERMES}.", HERMES[:-1], HERMES.replace(CALL, SHORT), HERMES.replace("find", "fine")],
    ),
    "llama3": (
        ["", "hi", "<tool_call>", "a {"],
        [],
        [LLAMA, f"<|python_tag|>{LLAMA}"],
        [f"{LLAMA}; {LLAMA}", f"<|python_tag|>{LLAMA}; {LLAMA}; {LLAMA}"],
        ["{", " {}", CALL, f"hi{LLAMA}<|python_tag|>", f"{LLAMA};", f" {LLAMA}", f"{LLAMA}; <|python_tag|>{LLAMA}"],
    ),
    "mistral": (
        ["", "hi", CALL, f"[{CALL}]", "[TOOL_CALLS"],
        [],
        [f"[TOOL_CALLS][{CALL}]", f"[TOOL_CALLS] [{CALL}]"],
        [f"[TOOL_CALLS][{CALL}, {CALL}]"],
        ["[TOOL_CALLS]", "[TOOL_CALLS][]", f"hi[TOOL_CALLS][{CALL}]", f"[TOOL_CALLS][{SHORT}]", "[TOOL_CALLS]{}"],
    ),
    "functionary": (
        ["", "hi", CALL, "<function>"],
        [],
        [FUNCTIONARY],
        [FUNCTIONARY * 3],
        ["<function=", f"hi{FUNCTIONARY}", FUNCTIONARY.replace("find", "weather"), FUNCTIONARY + "\n", "a<function="],
    ),
}


def accepts(part: Part, texts: list[str]) -> list[bool]:
    grammar = structgen.compile(grammar=part, vocabulary=VOCABULARY)
    return [grammar.trace(text.encode()).accepted for text in texts]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    ("options", "are_accepted"),
    [
        ({}, (True, True, True, True, False)),
        ({"tool_choice": "required"}, (False, False, True, True, False)),
        ({"tool_choice": "required", "parallel": False}, (False, False, True, False, False)),
        ({"parallel": False}, (True, None, True, False, False)),
        ({"max_calls": 1}, (True, None, True, False, False)),
        ({"max_calls": 3}, (True, True, True, True, False)),
        ({"tool_choice": "Payment"}, (False, False, False, False, False)),
    ],
)
def test_texts_are_those_of_the_style(
    style: Style, options: dict[str, Any], are_accepted: tuple[bool | None, ...]
) -> None:
    part = tool_calls(TOOLS, style=style, **options)
    for texts, is_accepted in zip(TEXTS[style], are_accepted, strict=True):
        if is_accepted is not None:
            assert accepts(part, texts) == [is_accepted] * len(texts), texts


@pytest.mark.parametrize("style", STYLES)
def test_calls_are_read_back(style: Style) -> None:
    free, with_text, one, several, _ = TEXTS[style]
    find = ToolCall("find", {"query": "<a]"})
    for text in free:
        assert parse_calls(text, TOOLS, style) == []
    for text in one:
        if "city" not in text:
            assert parse_calls(text, TOOLS, style) == [find]
    for text in several:
        assert len(parse_calls(text, TOOLS, style)) == text.count("query")
    for text in [*with_text, *several]:
        assert set(map(repr, parse_calls(text, TOOLS, style))) == {repr(find)}


def test_arguments_are_what_the_tools_take() -> None:
    calls = [
        '{"name": "weather", "arguments": {"city": "Oslo"}}',
        '{"name": "Payment", "arguments": {"amount": 0.5, "currency": "EUR"}}',
        '{"name": "find", "arguments": {"query": "<a]"}}',
    ]
    text = "\n".join(f"<tool_call>\n{call}\n</tool_call>" for call in calls)
    assert accepts(tool_calls(TOOLS), [text]) == [True]
    assert parse_calls(text, TOOLS) == [
        ToolCall("weather", {"city": "Oslo"}),
        ToolCall("Payment", Payment(amount=Decimal("0.5"), currency="EUR")),
        ToolCall("find", {"query": "<a]"}),
    ]


def test_arguments_that_no_mask_allows_are_errors_of_ours() -> None:
    def text(amount: str) -> str:
        arguments = f'{{"amount": {amount}, "currency": "EUR"}}'
        return f'<tool_call>\n{{"name": "Payment", "arguments": {arguments}}}\n</tool_call>'

    compiled = structgen.compile(grammar=tool_calls([Payment], tool_choice="required"), vocabulary=VOCABULARY)
    good, bad = text("12.5"), text('"a lot"')
    assert compiled.trace(good.encode()).accepted
    assert not compiled.trace(bad.encode()).accepted
    assert parse_calls(good, [Payment])[0].arguments == Payment(amount=Decimal("12.5"), currency="EUR")
    with pytest.raises(ArgumentError, match=r"arguments of a call of 'Payment'[\s\S]*amount"):
        parse_calls(bad, [Payment])


@pytest.mark.parametrize("style", STYLES)
def test_what_a_tools_type_does_not_assert_is_noted(style: Style) -> None:
    def remind(on: PastDate) -> None: ...

    for tools in ([remind], [weather, remind]):
        (note,) = structgen.compile(grammar=tool_calls(tools, style=style), vocabulary=VOCABULARY).notes
        assert note.pointer == "urn:tool:remind#/properties/on/format"


def test_marks_inside_of_arguments_end_nothing() -> None:
    text = '<tool_call>\n{"name": "weather", "arguments": {"city": "</tool_call> <tool_call>"}}\n</tool_call>'
    assert accepts(tool_calls(TOOLS), [text]) == [True]
    assert parse_calls(text, TOOLS) == [ToolCall("weather", {"city": "</tool_call> <tool_call>"})]


@pytest.mark.parametrize(
    "tool",
    [
        FIND["function"],
        {"name": "find", "description": "", "input_schema": FIND["function"]["parameters"]},  # type: ignore[index]
        {**FIND["function"]["parameters"], "title": "find"},  # type: ignore[index]
    ],
)
def test_tools_are_described_in_several_ways(tool: Any) -> None:
    grammar = tool_calls([tool], tool_choice="required")
    assert accepts(grammar, [HERMES, HERMES.replace("<a]", "a")]) == [True, False]


@pytest.mark.parametrize("tool", [{"name": "now"}, {"name": "now", "parameters": None}])
def test_a_tool_without_parameters_takes_no_arguments(tool: Any) -> None:
    call = '<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call>'
    part = tool_calls([tool], tool_choice="now")
    assert accepts(part, [call, call.replace("{}", '{"a": 1}')]) == [True, False]
    assert accepts(tool_calls([{"name": "now", "parameters": True}]), [call.replace("{}", '{"a": 1}')]) == [True]


def test_each_tools_schema_is_in_its_own_draft_with_references_of_its_own() -> None:
    old = {"$schema": "http://json-schema.org/draft-04/schema#", "title": "old", "id": "http://x/old",
           "definitions": {"n": {"minimum": 0, "exclusiveMinimum": True, "type": "integer"}},
           "properties": {"n": {"$ref": "#/definitions/n"}, "o": {"$ref": "http://x/other"}}}  # fmt: skip
    new = {"title": "new", "properties": {"n": {"$ref": "#/$defs/n"}}, "$defs": {"n": {"exclusiveMinimum": 5}}}
    other = referencing.Registry[Any]().with_contents(
        [("http://x/other", {"$schema": "http://json-schema.org/draft-07/schema#", "const": 1})]
    )
    part = tool_calls([old, new], tool_choice="required", registry=other)
    call = '<tool_call>\n{{"name": "{}", "arguments": {}}}\n</tool_call>'
    texts = [call.format(name, arguments) for name, arguments in
             [("old", '{"n": 1}'), ("old", '{"n": 0}'), ("new", '{"n": 6}'), ("new", '{"n": 5}'), ("old", '{"o": 1}'),
              ("old", '{"o": 2}')]]  # fmt: skip
    assert accepts(part, texts) == [True, False, True, False, True, False]
    swapped = tool_calls([{"title": "a", "items": [{"type": "null"}], "properties": {"n": {"minimum": 1,
                          "exclusiveMinimum": True}}}], draft="4", tool_choice="required")  # fmt: skip
    assert accepts(swapped, [call.format("a", '{"n": 1}'), call.format("a", '{"n": 2}')]) == [False, True]


def test_arguments_are_written_as_asked() -> None:
    part = tool_calls(TOOLS, tool_choice="find", whitespace="spaced")
    assert accepts(part, [HERMES, HERMES.replace(": ", ":")]) == [True, False]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("choice", ["auto", "required"])
def test_random_walks_end_in_valid_calls(style: Style, choice: str) -> None:
    grammar = structgen.compile(
        grammar=tool_calls([FIND, weather], style=style, max_calls=3, tool_choice=choice, whitespace="spaced"),
        vocabulary=VOCABULARY,
    )
    rng = random.Random(5)
    schemas = {
        "find": FIND["function"]["parameters"],  # type: ignore[index]
        "weather": {"required": ["city"], "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}},
    }
    found = 0
    for _ in range(15):
        matcher, data = grammar.matcher(), bytearray()
        while not (matcher.is_accepting() and (len(data) > 30 or choice == "required")):
            tokens = sorted(mask(matcher, VOCABULARY) - {256})
            ending = [token for token in tokens if token in b'"}]<>/0']
            printable = [token for token in tokens if 32 <= token < 127]
            token = rng.choice((len(data) > 60 and ending) or printable or tokens)
            assert matcher.accept_token(token)
            data.append(token)
        calls = parse_calls(data.decode(), [FIND, weather], style)
        found += len(calls)
        for call in calls:
            jsonschema.validate(call.arguments, schemas[call.name])
    assert found or choice == "auto"


def test_masks_are_those_of_the_definition() -> None:
    vocabulary = crossing(4)
    grammar = structgen.compile(grammar=tool_calls([FIND], style="mistral"), vocabulary=vocabulary)
    matcher, data = grammar.matcher(), b""
    for byte in b'[TOOL_CALLS] [{"name": "find"':
        assert mask(matcher, vocabulary) == allowed(grammar, data, vocabulary), data
        assert matcher.accept_token(byte)
        data += bytes([byte])


def test_calls_may_follow_reasoning() -> None:
    text = f"<think>\nI call it with <tool_call>.\n</think>\n\n{HERMES}"
    assert accepts(reasoning(tool_calls(TOOLS)), [text]) == [True]
    assert len(parse_calls(text.partition("</think>")[2], TOOLS)) == 1


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: tool_calls([]), ArgumentError, "at least one tool"),
        (lambda: tool_calls(FIND), ArgumentError, "collection"),
        (lambda: tool_calls([FIND, FIND]), ArgumentError, "two tools are called 'find'"),
        (lambda: tool_calls([{"type": "object"}]), ArgumentError, "no name"),
        (lambda: tool_calls([{"name": "a b"}]), ArgumentError, "can't be called 'a b'"),
        (lambda: tool_calls([{"name": "a", "parameters": 5}]), ArgumentError, "the parameters of 'a'"),
        (lambda: tool_calls([{"type": "function", "function": 5}]), ArgumentError, "'function' is an object"),
        (lambda: tool_calls([5]), ArgumentError, "a tool is a function"),
        (lambda: tool_calls([FIND], tool_choice="none"), ArgumentError, "'required' or one of 'find'"),
        (lambda: tool_calls([FIND], max_calls=0), ArgumentError, "max_calls is from 1"),
        (lambda: tool_calls([FIND], max_calls=2, parallel=False), ArgumentError, "contradict"),
        (lambda: tool_calls([FIND], style="xml"), ArgumentError, "style is one of 'hermes'"),  # type: ignore[arg-type]
        (lambda: tool_calls([{"name": "a", "parameters": {"type": "strin"}}]), SchemaError, "urn:tool:a#/type"),
        (
            lambda: tool_calls([FIND, {"name": "a", "parameters": {"type": "string"}}]),
            UnsatisfiableSchemaError,
            "the tool 'a'",
        ),
        (lambda: parse_calls(5, [FIND]), ArgumentError, "got int"),  # type: ignore[arg-type]
        (lambda: parse_calls(HERMES, [weather]), ArgumentError, "a call of 'find', which is no tool"),
        (lambda: parse_calls(HERMES[:-1], [FIND]), ArgumentError, "expected '</tool_call>'"),
        (lambda: parse_calls(HERMES[:30], [FIND]), ArgumentError, "not JSON"),
        (lambda: parse_calls("<tool_call>{}", [FIND]), ArgumentError, "without 'name'"),
        (lambda: parse_calls("<tool_call>{1: 2}", [FIND]), ArgumentError, "expected a key"),
        (lambda: parse_calls('<tool_call>{"name": 1, "arguments": {}}', [FIND]), ArgumentError, "is no text"),
        (lambda: parse_calls(HERMES + "x", [FIND]), ArgumentError, "where there is 'x'"),
        (lambda: parse_calls("<tool_call>" + "[" * 100_000, [FIND]), ArgumentError, "expected '{'"),
        (lambda: parse_calls("<function=find", [FIND], "functionary"), ArgumentError, "expected '>'"),
        (lambda: parse_calls(f"[TOOL_CALLS][{CALL}] x", [FIND], "mistral"), ArgumentError, "expected no more"),
        (lambda: parse_calls(f"{LLAMA} x", [FIND], "llama3"), ArgumentError, "expected ';'"),
    ],
)
def test_refusals_say_what(make: Callable[[], Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error) as caught:
        make()
    assert words in str(caught.value)

"""The standard suites of ``langchain-tests``, over a model that knows the answers they ask for.

Skipped there is what doesn't apply: images, audio and documents (structgen's models read text), recorded HTTP, and
serialization, which LangChain allows to the classes of its own list alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from structgen.integrations.langchain import ChatStructgen
from tests.parrot import parrot
from tests.toy import toy_model, toy_tokenizer

JOKE = '{"setup":"Why do cats purr?","punchline":"They idle."}'


def call(name: str, arguments: str) -> str:
    return f'<tool_call>\n{{"name":"{name}","arguments":{arguments}}}\n</tool_call>'


MODEL = parrot(
    {
        "hello": ["hello"],
        "Hello": ["Hello to you.", call("magic_function", '{"input":1}')],
        "Hey": ["Hey yourself."],
        "<user>hi\n": ["hi, how are you?"],
        "how are you": ["I am well."],
        "2 haikus": ["Old pond.\n\nNew pond."],
        "magic_function(3)": [call("magic_function", '{"input":3}')],
        "magic_function_no_args()": [call("magic_function_no_args", "{}")],
        "Pirate greeting": [call("greeting_generator", '{"answer_style":"pirate"}')],
        "San Francisco": [call("get_weather", '{"location":"San Francisco, CA"}')],
        "It's sunny": ["It is sunny there."],
        "tool_response": ["There you are."],
        "3 + 4": [call("my_adder_tool", '{"a":3,"b":4}')],
        "cats": [JOKE],
        "no punchline": ['{"setup":"Why do cats purr?","punchline":null}'],
        "(Hello Group)": [call("unicode_customer", '{"customer_name":"你好啊集团","description":"技术"}')],
        "(Hello Corporation)": [call("unicode_customer", '{"customer_name":"こんにちは株式会社","description":"社"}')],
        "favorite color": ["Purple, then."],
    }
)


class TestChatStructgenUnit(ChatModelUnitTests):
    """Loads no model: a name is enough until the first call."""

    @property
    def chat_model_class(self) -> type[ChatStructgen]:
        return ChatStructgen

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": "SmolLM2-135M-Instruct"}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        return {"STRUCTGEN_MODEL": "of-the-environment"}, {}, {"model": "of-the-environment"}


class TestChatStructgenIntegration(ChatModelIntegrationTests):
    """Generates."""

    @pytest.fixture(scope="class", autouse=True)
    def _another_model(self, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
        folder = tmp_path_factory.mktemp("models") / "another-model"
        tokenizer = toy_tokenizer(chat=True)
        tokenizer.save_pretrained(folder)
        toy_model(tokenizer).save_pretrained(folder)
        request.cls.another_model = folder

    another_model: Path

    @property
    def chat_model_class(self) -> type[ChatStructgen]:
        return ChatStructgen

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": MODEL, "max_tokens": 200}

    @property
    def supports_json_mode(self) -> bool:
        return True

    @property
    def supports_anthropic_inputs(self) -> bool:
        return True

    @property
    def model_override_value(self) -> str | None:
        return str(self.another_model)


class TestFunctionCalling(TestChatStructgenIntegration):
    """Structured output by calls of a tool."""

    @property
    def chat_model_params(self) -> dict[str, Any]:
        calls = [call("Joke", JOKE), call("joke", JOKE), call("joke_dict", JOKE), call("JokeDict", JOKE)]
        return {"model": parrot({"cats": [*calls, JOKE], "Joke": calls}), "max_tokens": 200}

    @property
    def structured_output_kwargs(self) -> dict[str, Any]:
        return {"method": "function_calling"}


for _name in dir(TestFunctionCalling):  # the other tests are no different
    if _name.startswith("test_") and "structured_output" not in _name:
        setattr(TestFunctionCalling, _name, None)

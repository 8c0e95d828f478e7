"""Generation on toy models, against masks applied by hand to a model without a cache."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

import structgen
from structgen import IncompleteOutputError, Sampling
from structgen.errors import ArgumentError, ModelError, RegexError
from tests.toy import toy_model, toy_tokenizer

MERGES = (("a", "b"), ("ab", "c"), ("1", "2"), ("Ã", "©"), ("t", "r"), ("tr", "u"), ("tru", "e"), ('"', ","))
TOKENIZER = toy_tokenizer(merges=MERGES)
NETWORK = toy_model(TOKENIZER, padding=3)
MODEL = structgen.load_model((NETWORK, TOKENIZER))


class Pair(BaseModel):
    """Of which the first member is written before the second."""

    first: Literal[7]
    second: Literal["a text of some length"]


CHAT_MODEL = structgen.load_model((NETWORK, toy_tokenizer(merges=MERGES, chat=True)))

SPECIFICATIONS: list[dict[str, Any]] = [
    {"regex": "[abc]{1,12}"},
    {"regex": "(true|trunk|tram)+x"},
    {"regex": "é{2,9}|日本|🙂{3}"},
    {"regex": "(ab){20}c?"},
    {"choices": ["a", "abc", "abcd", "true"]},
    {"choices": ["one and only"]},
    {"schema": {"type": "array", "items": {"type": "boolean"}, "maxItems": 6}, "max_whitespace": 0},
    {"schema": {"enum": [1, 12, 121, "1", ["12"]]}},
    {"grammar": 'start: "(" start ")" | LETTER~1..4\nLETTER: /[abc]/\n%ignore /[ ]/'},
    {
        "schema": {
            "type": "object",
            "properties": {
                "n": {"type": "integer", "minimum": 0, "maximum": 300},
                "s": {"type": "string", "maxLength": 9},
            },
            "required": ["n"],
            "additionalProperties": False,
        },
        "max_whitespace": 1,
    },
    {
        "schema": {"prefixItems": [{"const": "é"}, {"format": "date"}], "maxItems": 2, "type": "array"},
        "draft": "2020-12",
        "formats": "annotate",
        "whitespace": "indented",
        "indent": 1,
        "ensure_ascii": True,
    },
]


def masked_logits(tokens: Sequence[int], matcher: structgen.Matcher) -> torch.Tensor:
    """The logits after ``tokens``, of a pass without a cache, with what the matcher refuses at -inf, id by id."""
    with torch.no_grad():
        logits = NETWORK(torch.tensor([tokens]), use_cache=False).logits[0, -1].clone()
    row = np.zeros(MODEL.vocabulary.bitmask_words, np.int32)
    matcher.fill_bitmask(row)
    for token in range(MODEL.vocabulary.size):
        if not int(row[token // 32]) >> (token % 32) & 1:
            logits[token] = -math.inf
    return logits


def by_hand(prompt: str, max_tokens: int, **specification: Any) -> tuple[list[int], str]:
    """Greedy, one token at a time: what every quicker way must give."""
    matcher = structgen.compile(vocabulary=MODEL.vocabulary, **specification).matcher()
    context = MODEL.target.encode(prompt)
    text: list[int] = []
    while True:
        logits = masked_logits(context + text, matcher)
        allowed = set(torch.isfinite(logits).nonzero().flatten().tolist())
        if allowed == set(MODEL.vocabulary.eos_token_ids):
            return text, "stop"
        if len(text) == max_tokens:
            return text, "length"
        token = int(logits.argmax())
        assert matcher.accept_token(token)
        if matcher.is_terminated():
            return text, "stop"
        text.append(token)


@settings(max_examples=60)
@given(
    prompts=st.lists(st.text(max_size=8), min_size=1, max_size=4),
    specification=st.sampled_from(SPECIFICATIONS),
    max_tokens=st.integers(0, 40),
    batch_size=st.integers(1, 4),
)
def test_greedy_text_is_that_of_masks_applied_by_hand_token_for_token(
    prompts: list[str], specification: dict[str, Any], max_tokens: int, batch_size: int
) -> None:
    results = MODEL.generate(prompts, max_tokens=max_tokens, batch_size=batch_size, **specification)
    for prompt, result in zip(prompts, results, strict=True):
        tokens, finish_reason = by_hand(prompt, max_tokens, **specification)
        assert (list(result.tokens), result.finish_reason) == (tokens, finish_reason)
        content = MODEL.vocabulary.decode_bytes(tokens)
        assert result.text.encode() == content[: len(result.text.encode())]
        assert len(content) - len(result.text.encode()) < (4 if finish_reason == "length" else 1)


@pytest.mark.parametrize("specification", SPECIFICATIONS, ids=str)
@pytest.mark.parametrize("sampling", [Sampling(seed=3), Sampling(temperature=0.3, top_p=0.8, min_p=0.01, seed=3)])
def test_a_seed_gives_each_row_the_same_text_whatever_its_neighbours(
    specification: dict[str, Any], sampling: Sampling
) -> None:
    prompts = ["a", "bc", "", "日本語"]
    together = MODEL.generate(prompts, sampling=sampling, max_tokens=30, **specification)
    for batch_size in (1, 3):
        again = MODEL.generate(prompts, sampling=sampling, max_tokens=30, batch_size=batch_size, **specification)
        assert [result.tokens for result in again] == [result.tokens for result in together]
    others = MODEL.generate(["x", "bc", "y"], sampling=sampling, max_tokens=30, **specification)
    assert others[1].tokens == together[1].tokens
    assert MODEL.generate("a", sampling=sampling, max_tokens=30, **specification).tokens == together[0].tokens


@pytest.mark.parametrize("specification", SPECIFICATIONS, ids=str)
def test_what_is_complete_meets_the_specification(specification: dict[str, Any]) -> None:
    results = MODEL.generate(["p"] * 8, sampling=Sampling(seed=11, temperature=2.0), max_tokens=80, **specification)
    complete = [result for result in results if result.finish_reason == "stop"]
    assert complete
    for result in complete:
        if "regex" in specification:
            assert re.fullmatch(specification["regex"], result.text)
            assert result.value == result.text
        elif "choices" in specification:
            assert result.value in specification["choices"]
        elif "grammar" in specification:
            brackets = re.fullmatch("([( ]*)(?:[abc] *){1,4}([) ]*)", result.value)
            assert brackets is not None
            assert brackets[1].count("(") == brackets[2].count(")")
        else:
            import jsonschema

            jsonschema.validate(result.value, specification["schema"])
            assert result.value == json.loads(result.text)


def test_reasoning_is_bounded_in_the_models_tokens_and_the_answer_follows() -> None:
    answer = structgen.grammar.schema({"type": "object", "properties": {"n": {"enum": [1, 12]}}, "required": ["n"],
                                       "additionalProperties": False}, whitespace="compact")  # fmt: skip
    part = structgen.grammar.reasoning(answer, max_tokens=12)
    for seed in range(5):
        result = MODEL.generate("a prompt", grammar=part, max_tokens=60, sampling=Sampling(seed=seed))
        assert result.finish_reason == "stop"
        thought, _, rest = result.value.partition("</think>")
        assert thought.startswith("<think>")
        assert json.loads(rest)["n"] in (1, 12)


def test_a_grammar_may_be_given_by_its_name() -> None:
    text = MODEL.generate("a prompt", grammar="iso8601", start="date", sampling=Sampling(seed=1)).value
    assert re.fullmatch(r"[0-9]{4}-?(W[0-9]{2}-?[1-7]|[0-9]{2}-?[0-9]{2})", text)


@pytest.mark.parametrize("style", ["hermes", "llama3", "mistral", "functionary"])
def test_tool_calls_are_read_back_from_what_is_generated(style: Any) -> None:
    tool = {"name": "find", "parameters": {"properties": {"n": {"enum": [1, 12]}}, "required": ["n"],
                                           "additionalProperties": False}}  # fmt: skip
    part = structgen.grammar.tool_calls([tool], tool_choice="required", max_calls=2, style=style, whitespace="compact")
    result = MODEL.generate("a prompt", grammar=part, max_tokens=300, sampling=Sampling(seed=1))
    calls = structgen.grammar.parse_calls(result.value, [tool], style)
    assert 1 <= len(calls) <= 2
    assert all(call.arguments["n"] in (1, 12) for call in calls)


def test_draws_follow_the_masked_distribution() -> None:
    # Single tokens, so that the probability of each text is that of its token among those allowed.
    compiled = structgen.compile(choices=["0", "5", "x", "true"], vocabulary=MODEL.vocabulary)
    temperature = 1.5
    logits = masked_logits(MODEL.target.encode("p"), compiled.matcher())
    wanted = torch.softmax(logits.double() / temperature, dim=0)
    first_of = {MODEL.vocabulary.decode_bytes([token]).decode(): float(p) for token, p in enumerate(wanted) if p > 0}
    # "true" may be begun by t, tr, tru or true.
    expected = Counter[str]()
    for text, probability in first_of.items():
        expected["true" if text.startswith("t") else text] += probability  # type: ignore[assignment]
    rows = 2000
    results = MODEL.generate(
        ["p"] * rows,
        choices=["0", "5", "x", "true"],
        sampling=Sampling(temperature=temperature, seed=5),
        batch_size=500,
    )
    counts = Counter(result.text for result in results)
    chi_square = sum((counts[text] - rows * share) ** 2 / (rows * share) for text, share in expected.items())
    assert set(counts) <= set(expected)
    assert chi_square < 16.27  # the 0.999 quantile for 3 degrees of freedom


class TestForcedTokens:
    def test_are_fed_together_and_cost_no_passes_of_their_own(self) -> None:
        result = MODEL.generate("p", regex="(?:xyz){5}[ab](?:zyx){5}")
        assert result.finish_reason == "stop"
        assert (result.statistics.tokens, result.statistics.forced_tokens) == (31, 30)
        assert result.statistics.forward_passes == 1

    def test_a_text_without_a_choice_never_meets_the_model(self) -> None:
        result = MODEL.generate("p", regex="xyz")
        assert (result.text, result.finish_reason) == ("xyz", "stop")
        assert result.statistics.forward_passes == 0
        assert result.statistics.model_seconds == 0

    def test_count_towards_the_budget(self) -> None:
        result = MODEL.generate("p", regex="xyzw", max_tokens=3)
        assert (result.text, result.finish_reason, result.statistics.tokens) == ("xyz", "length", 3)

    def test_of_one_row_do_not_disturb_another(self) -> None:
        # Rows fall out of step: each takes its forced run where its own text has come to it.
        regex = "(?:a(?:xyz){4}|b|c){6}"
        sampling = Sampling(seed=1, temperature=3.0)
        together = MODEL.generate(["p", "q", "r"], regex=regex, sampling=sampling)
        alone = MODEL.generate(["p", "q", "r"], regex=regex, sampling=sampling, batch_size=1)
        assert [result.text for result in together] == [result.text for result in alone]
        assert len({result.statistics.forced_tokens for result in together}) > 1


class TestTheBudget:
    def test_cuts_the_text_and_the_error_holds_what_there_is(self) -> None:
        result = MODEL.generate("p", regex="one(!|[?])two", max_tokens=5)
        assert result.finish_reason == "length"
        assert result.text in ("one!t", "one?t")
        with pytest.raises(IncompleteOutputError) as error:
            _ = result.value
        assert error.value.text == error.value.partial == result.text

    def test_leaves_the_readable_part_of_a_json_value(self) -> None:
        schema = {"const": {"names": ["ann", "bob"]}}
        result = MODEL.generate("p", schema=schema, max_tokens=16, max_whitespace=0)
        assert result.text == '{"names":["ann",'
        with pytest.raises(IncompleteOutputError) as error:
            _ = result.value
        assert error.value.partial == {"names": ["ann"]}

    @pytest.mark.parametrize("max_tokens", range(0, 22, 3))
    @pytest.mark.parametrize("schema", [{"const": {"n": -12.5, "s": 'é"x'}}, Pair])
    def test_leaves_what_the_last_chunk_knew(self, schema: Any, max_tokens: int) -> None:
        options: Any = {"schema": schema, "max_tokens": max_tokens, "whitespace": "compact"}
        result = MODEL.generate("p", **options)
        assert result.finish_reason == "length"
        with pytest.raises(IncompleteOutputError) as error:
            _ = result.value
        *_, last = MODEL.stream("p", **options)
        assert type(error.value.partial) is type(last.partial)
        assert error.value.partial == last.partial

    def test_leaves_no_number_that_may_go_on(self) -> None:
        result = MODEL.generate("p", schema={"const": [17, 1234]}, max_tokens=6, whitespace="compact")
        assert result.text == "[17,12"
        with pytest.raises(IncompleteOutputError) as error:
            _ = result.value
        assert error.value.partial == [17]

    def test_leaves_an_unfinished_object_of_the_type(self) -> None:
        result = MODEL.generate("p", schema=Pair, max_tokens=26, whitespace="compact")
        with pytest.raises(IncompleteOutputError) as error:
            _ = result.value
        assert isinstance(error.value.partial, Pair)
        assert error.value.partial.first == 7 and not hasattr(error.value.partial, "second")

    def test_that_ends_with_the_text_is_no_cut(self) -> None:
        result = MODEL.generate("p", regex="xyz", max_tokens=3)
        assert (result.text, result.finish_reason, result.value) == ("xyz", "stop", "xyz")

    def test_of_nothing_gives_nothing(self) -> None:
        result = MODEL.generate("p", regex="x+", max_tokens=0)
        assert (result.text, result.tokens, result.finish_reason) == ("", (), "length")
        assert result.statistics.tokens_per_second == 0
        assert MODEL.generate("p", regex="", max_tokens=0).finish_reason == "stop"

    def test_never_shows_half_a_character(self) -> None:
        for budget in range(1, 9):
            result = MODEL.generate("p", regex="🙂🙂", max_tokens=budget)
            assert result.text == "🙂" * (budget // 4)

    @pytest.mark.parametrize("max_tokens", [-1, 1.5, None, True])
    def test_that_is_no_count_is_refused(self, max_tokens: Any) -> None:
        with pytest.raises(ArgumentError, match="max_tokens must be"):
            MODEL.generate("p", regex="x", max_tokens=max_tokens)

    def test_is_bounded_by_the_models_context(self) -> None:
        small = structgen.load_model((toy_model(TOKENIZER, positions=20), TOKENIZER))
        result = small.generate("12345", regex="[xyz]{50}")
        assert result.finish_reason == "length"
        assert result.statistics.prompt_tokens + len(result.tokens) == 20
        with pytest.raises(ModelError, match="too long"):
            small.generate("x" * 20, regex="x")


class TestOptions:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"sampling": {"temperature": 1}}, "sampling is a Sampling"),
            ({"sampling": 0.7}, "sampling is a Sampling"),
            ({"speculation": True}, "speculation is 'auto', None, or a list of drafters"),
            ({"speculation": False}, "speculation is 'auto', None, or a list of drafters"),
            ({"speculation": 5}, "speculation is 'auto', None, or a list of drafters"),
            ({"monitor": 5}, "takes a Monitor"),
            ({"monitor": ["x"]}, "takes a Monitor"),
            ({"chat": "x"}, "chat is True or False"),
            ({"chat": 1}, "chat is True or False"),
            ({"stream": "x"}, "stream is True or False"),
            ({"stream": None}, "stream is True or False"),
        ],
        ids=str,
    )
    def test_of_another_kind_are_refused(self, options: dict[str, Any], message: str) -> None:
        with pytest.raises(ArgumentError, match=message):
            MODEL.generate("p", regex="x", **options)
        with pytest.raises(ArgumentError, match=message):
            structgen.generate("p", model=MODEL, regex="x", **options)

    @pytest.mark.parametrize("model", ["gpt2", False])
    def test_what_is_no_model_is_refused(self, model: Any) -> None:
        with pytest.raises(ArgumentError, match="model is a Model"):
            structgen.generate("p", model=model, regex="x")


class TestPrompts:
    def test_one_gives_a_result_and_a_list_gives_a_list(self) -> None:
        one = MODEL.generate("p", regex="[ab]c")
        assert isinstance(one, structgen.Result)
        assert [result.text for result in MODEL.generate(["p"], regex="[ab]c")] == [one.text]
        none: list[str] = []
        assert MODEL.generate(none, regex="[ab]c") == []

    def test_messages_are_one_prompt(self) -> None:
        messages = [{"role": "user", "content": "p"}]
        wanted = CHAT_MODEL.generate("p", regex="[abc]{9}")
        assert CHAT_MODEL.generate(messages, regex="[abc]{9}").tokens == wanted.tokens
        assert [result.tokens for result in CHAT_MODEL.generate([messages], regex="[abc]{9}")] == [wanted.tokens]
        plain = CHAT_MODEL.generate("p", regex="[abc]{9}", chat=False)
        assert plain.statistics.prompt_tokens == 1
        assert plain.tokens == MODEL.generate("p", regex="[abc]{9}").tokens

    @pytest.mark.parametrize("prompts", [5, None, [5], ["a", None], [[]], b"bytes", [[["x"]]]])
    def test_anything_else_is_refused(self, prompts: Any) -> None:
        with pytest.raises(ArgumentError, match="a prompt is"):
            MODEL.generate(prompts, regex="x")

    def test_are_checked_before_the_first_is_run(self) -> None:
        with pytest.raises(ArgumentError, match="a prompt is"):
            MODEL.generate_each(["fine", 5], regex="x")  # type: ignore[list-item]


class TestSpecifications:
    def test_exactly_one_is_needed(self) -> None:
        with pytest.raises(ArgumentError, match="exactly one of"):
            MODEL.generate("p")
        with pytest.raises(ArgumentError, match="exactly one of"):
            MODEL.generate("p", regex="x", choices=["x"])

    def test_errors_of_the_compiler_arrive(self) -> None:
        with pytest.raises(RegexError):
            MODEL.generate("p", regex="(")

    def test_python_types_come_back_as_their_instances(self) -> None:
        @dataclass
        class Point:
            x: int
            y: bool

        sampling = Sampling(temperature=0.5, top_k=3, seed=2)
        value = MODEL.generate("p", schema=Point, sampling=sampling, max_whitespace=0, max_tokens=400).value
        assert isinstance(value, Point)
        assert isinstance(value.x, int)
        assert isinstance(value.y, bool)

    def test_falsy_schemas_are_schemas(self) -> None:
        with pytest.raises(structgen.SchemaError):
            MODEL.generate("p", schema=False)
        assert MODEL.generate("p", schema={}, max_tokens=0).finish_reason == "length"


class TestResults:
    def test_statistics_add_up(self) -> None:
        result = MODEL.generate("prompt", regex="abc[abc]{5}x")
        figures = result.statistics
        assert figures.prompt_tokens == len(MODEL.target.encode("prompt"))
        assert figures.tokens == len(result.tokens)
        confirmed = sum(figures.accepted_tokens.values())
        assert figures.forced_tokens + confirmed + figures.forward_passes >= figures.tokens
        assert figures.forward_passes <= figures.tokens - figures.forced_tokens + 1
        assert 0 < figures.mask_seconds + figures.model_seconds <= figures.seconds
        assert figures.compile_seconds > 0
        assert figures.tokens_per_second == figures.tokens / figures.seconds

    def test_special_tokens_are_never_text(self) -> None:
        result = MODEL.generate("<bos>", regex="<(bos|eos)>")
        assert result.text in ("<bos>", "<eos>")
        assert not set(result.tokens) & {TOKENIZER.bos_token_id, TOKENIZER.eos_token_id}

    def test_logits_that_are_no_numbers_are_the_models_error(self) -> None:
        broken = toy_model(TOKENIZER)
        with torch.no_grad():
            broken.lm_head.weight.fill_(math.nan)
        with pytest.raises(ModelError, match="not numbers"):
            structgen.load_model((broken, TOKENIZER)).generate("p", regex="[ab]")


def test_a_model_with_sliding_windows_runs_its_rows_one_by_one() -> None:
    from transformers import MistralConfig, MistralForCausalLM

    torch.manual_seed(1)
    config = MistralConfig(
        vocab_size=len(TOKENIZER), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, sliding_window=4, initializer_range=0.3, eos_token_id=TOKENIZER.eos_token_id,
    )  # fmt: skip
    model = structgen.load_model((MistralForCausalLM(config).eval(), TOKENIZER))
    prompts = ["a", "a long prompt", ""]
    together = model.generate(prompts, regex="(?:a(?:xyz){4}|b|c){6}")
    alone = [model.generate(prompt, regex="(?:a(?:xyz){4}|b|c){6}") for prompt in prompts]
    assert [result.tokens for result in together] == [result.tokens for result in alone]

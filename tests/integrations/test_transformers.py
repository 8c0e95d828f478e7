"""The logits processor in every strategy of ``generate``, against masks that a naive processor applies by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import jsonschema
import numpy as np
import pytest
import torch
from transformers import LogitsProcessorList, pipeline

import structgen
from structgen.errors import ArgumentError, SchemaError
from structgen.integrations.transformers import StructgenLogitsProcessor
from tests.integrations.by_hand import (
    MERGES,
    NETWORK,
    PROMPTS,
    RECORD,
    SPECIFICATIONS,
    TOKENIZER,
    VOCABULARY,
    ByHand,
    allowed_by_hand,
    check_texts,
)
from tests.toy import toy_model, toy_tokenizer

if TYPE_CHECKING:
    from structgen.generation.model import Model

ASSISTANT = toy_model(TOKENIZER, seed=1, padding=3)

STRATEGIES: dict[str, dict[str, Any]] = {
    "greedy": {},
    "sampled": {"do_sample": True, "top_k": 0, "temperature": 1.3},
    "warped": {"do_sample": True, "top_k": 5, "top_p": 0.8},
    "beams": {"num_beams": 4},
    "beams, several": {"num_beams": 4, "num_return_sequences": 3},
    "beams, sampled": {"num_beams": 3, "do_sample": True, "top_k": 0},
    "several sequences": {"do_sample": True, "num_return_sequences": 4, "top_k": 0},
    "repetition penalty": {"repetition_penalty": 1.5},
}
ASSISTED: dict[str, dict[str, Any]] = {
    "assistant": {"assistant_model": ASSISTANT},
    "assistant, itself": {"assistant_model": NETWORK},
    "assistant, sampled": {"assistant_model": ASSISTANT, "do_sample": True, "top_k": 0},
    "prompt lookup": {"prompt_lookup_num_tokens": 5},
    "prompt lookup, sampled": {"prompt_lookup_num_tokens": 3, "do_sample": True, "top_k": 0},
}


def generate(prompts: list[str], processors: Any, **options: Any) -> torch.Tensor:
    inputs = TOKENIZER(prompts, return_tensors="pt", padding=True)
    torch.manual_seed(5)
    output: torch.Tensor = NETWORK.generate(
        input_ids=inputs["input_ids"],
        attention_mask=inputs["attention_mask"],
        logits_processor=processors,
        **({"max_new_tokens": 70} | options),
    )
    return output[:, inputs["input_ids"].shape[1] :]


@pytest.mark.parametrize("prompts", [PROMPTS[:1], PROMPTS], ids=["one", "batch"])
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("specification", SPECIFICATIONS, ids=str)
def test_every_strategy_gives_what_masks_by_hand_give(
    specification: dict[str, Any], strategy: str, prompts: list[str]
) -> None:
    compiled = structgen.compile(vocabulary=VOCABULARY, **specification)
    length = TOKENIZER(prompts, return_tensors="pt", padding=True)["input_ids"].shape[1]
    outputs = generate(prompts, StructgenLogitsProcessor(compiled), **STRATEGIES[strategy])
    assert torch.equal(outputs, generate(prompts, [ByHand(compiled, length)], **STRATEGIES[strategy]))
    check_texts(specification, compiled, outputs)


@pytest.mark.parametrize("strategy", ASSISTED)
@pytest.mark.parametrize("specification", SPECIFICATIONS, ids=str)
def test_candidates_are_replayed_as_masks_by_hand_would(specification: dict[str, Any], strategy: str) -> None:
    compiled = structgen.compile(vocabulary=VOCABULARY, **specification)
    for prompt in PROMPTS:
        length = TOKENIZER([prompt], return_tensors="pt")["input_ids"].shape[1]
        outputs = generate([prompt], StructgenLogitsProcessor(compiled), **ASSISTED[strategy])
        assert torch.equal(outputs, generate([prompt], [ByHand(compiled, length)], **ASSISTED[strategy]))
        check_texts(specification, compiled, outputs)
        if "do_sample" not in ASSISTED[strategy]:
            assert torch.equal(outputs, generate([prompt], StructgenLogitsProcessor(compiled)))


def test_scores_are_the_models_logits_where_allowed_and_minus_infinity_elsewhere() -> None:
    compiled = structgen.compile(vocabulary=VOCABULARY, schema=RECORD)
    inputs = TOKENIZER(PROMPTS, return_tensors="pt", padding=True)
    output = NETWORK.generate(
        **inputs,
        logits_processor=StructgenLogitsProcessor(compiled),
        max_new_tokens=12,
        return_dict_in_generate=True,
        output_scores=True,
    )
    length = inputs["input_ids"].shape[1]
    for index, prompt in enumerate(PROMPTS):
        unpadded = TOKENIZER(prompt)["input_ids"]
        tokens = output.sequences[index, length:].tolist()
        for step, scores in enumerate(output.scores):
            if any(token in VOCABULARY.eos_token_ids for token in tokens[:step]):
                break
            with torch.no_grad():
                logits = NETWORK(torch.tensor([unpadded + tokens[:step]]), use_cache=False).logits[0, -1]
            allowed = allowed_by_hand(compiled, tokens[:step])
            assert torch.isfinite(scores[index]).nonzero().squeeze(1).tolist() == allowed
            torch.testing.assert_close(scores[index, allowed], logits[allowed], rtol=1e-4, atol=1e-4)


def wrapped(processor: StructgenLogitsProcessor) -> Iterator[Any]:
    yield processor
    yield [processor]
    yield LogitsProcessorList([processor])


@pytest.mark.parametrize("form", range(3), ids=["itself", "in a list", "in a LogitsProcessorList"])
def test_one_processor_serves_call_after_call(form: int) -> None:
    compiled = structgen.compile(vocabulary=VOCABULARY, regex="[abc]{2,12}")
    processors = list(wrapped(StructgenLogitsProcessor(compiled)))[form]
    for prompts in ([PROMPTS[0]], PROMPTS, PROMPTS[::-1], [PROMPTS[0]], [PROMPTS[0] + "and more "], ["x"]):
        for options in ({}, {"num_beams": 3}, {"do_sample": True}, {"max_new_tokens": 2}):
            expected = generate(prompts, StructgenLogitsProcessor(compiled), **options)
            assert torch.equal(generate(prompts, processors, **options), expected)


@pytest.mark.parametrize("candidates", ASSISTED)
def test_assisted_generation_takes_it_in_a_list_too(candidates: str) -> None:
    compiled = structgen.compile(vocabulary=VOCABULARY, schema=RECORD, whitespace="compact")
    processor = StructgenLogitsProcessor(compiled)
    for prompt in PROMPTS:
        expected = generate([prompt], StructgenLogitsProcessor(compiled), **ASSISTED[candidates])
        assert torch.equal(generate([prompt], [processor], **ASSISTED[candidates]), expected)


def test_a_prompt_that_continues_the_last_text_is_a_new_prompt() -> None:
    # By the rows alone this is the same generation, one token later.
    processor = StructgenLogitsProcessor(structgen.compile(vocabulary=VOCABULARY, regex="[abc]{2,12}"))
    ids = TOKENIZER("Name: ", return_tensors="pt")["input_ids"]
    for _ in range(4):
        ids = NETWORK.generate(input_ids=ids, logits_processor=processor, max_new_tokens=1)
    text = TOKENIZER.decode(NETWORK.generate(input_ids=ids, logits_processor=processor)[0, ids.shape[1] :])
    assert re.fullmatch("[abc]{2,12}<eos>", text)


@pytest.mark.parametrize("in_a_list", [False, True])
@pytest.mark.parametrize("merges", [MERGES[:2], (*MERGES, ("x", "y"), ("u", "v"), ("o", "p"), ("m", "n"))])
def test_an_assistant_with_another_tokenizer_is_refused(merges: Any, in_a_list: bool) -> None:
    tokenizer = toy_tokenizer(merges=merges)
    processor = StructgenLogitsProcessor(structgen.compile(vocabulary=VOCABULARY, regex="[abc]{2,12}"))
    with pytest.raises(ArgumentError, match=r"an assistant with another tokenizer|scores are \d+ wide"):
        generate(
            ["x"],
            [processor] if in_a_list else processor,
            assistant_model=toy_model(tokenizer, seed=2),
            assistant_tokenizer=tokenizer,
            tokenizer=TOKENIZER,
        )


def test_a_copy_for_one_call_is_refused_in_another() -> None:
    processor = StructgenLogitsProcessor(structgen.compile(vocabulary=VOCABULARY, regex="[abc]{2,12}"))
    processors = LogitsProcessorList(processor)
    assert torch.equal(generate(["x"], processors), generate(["x"], processor))
    with pytest.raises(ArgumentError, match="made for one call of generate, was used for another"):
        generate(["another"], processors)


def test_masks_by_prefix_are_right_in_any_order() -> None:
    compiled = structgen.compile(vocabulary=VOCABULARY, schema=RECORD, whitespace="compact")
    processor = StructgenLogitsProcessor(compiled, prompt_length=3)
    text = VOCABULARY.encode(b'{"n":12,"s":"ab"}')
    other = VOCABULARY.encode(b'{"n":300,"s":"x"}')
    ends = [VOCABULARY.eos_token_ids[0]] * 2
    wrong = VOCABULARY.encode(b'{"no')
    rows = [row[:length] for row in (text + ends, other + ends, wrong + text) for length in range(len(row) + 1)]
    random = np.random.default_rng(3)
    for _ in range(60):
        length = int(random.integers(0, len(text)))
        chosen = [row for row in rows if len(row) == length]
        random.shuffle(chosen)
        chosen = [chosen[0], *chosen]
        scores = torch.zeros((len(chosen), NETWORK.config.vocab_size))
        masked = processor(torch.tensor([[7, 8, 9, *row] for row in chosen]), scores)
        assert not scores.any()
        for row, one in zip(chosen, masked, strict=True):
            assert torch.isfinite(one).nonzero().squeeze(1).tolist() == allowed_by_hand(compiled, row)


def test_calls_in_several_threads_keep_apart() -> None:
    processor = StructgenLogitsProcessor(structgen.compile(vocabulary=VOCABULARY, regex="(ab|abc|b){9,30}"))
    expected = [generate([prompt], processor) for prompt in PROMPTS] * 3
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda prompt: generate([prompt], processor), PROMPTS * 3))
    assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))


def test_any_of_several_end_tokens_ends_a_text() -> None:
    network = toy_model(TOKENIZER)
    bos, eos = TOKENIZER.bos_token_id, TOKENIZER.eos_token_id
    network.generation_config.eos_token_id = [bos, eos]
    processor = StructgenLogitsProcessor.of(network, TOKENIZER, regex="[abc]{0,3}")
    assert set(processor.compiled.vocabulary.eos_token_ids) == {bos, eos}
    inputs = TOKENIZER(["x"] * 60, return_tensors="pt")
    torch.manual_seed(0)
    outputs = network.generate(**inputs, logits_processor=processor, do_sample=True, top_k=0)[:, 1:].tolist()
    last = {next(token for token in row if token in (bos, eos)) for row in outputs}
    assert last == {bos, eos}


def test_beams_that_outnumber_the_texts_stay_valid_or_empty() -> None:
    compiled = structgen.compile(vocabulary=VOCABULARY, choices=["a", "true"])
    outputs = generate(["x"], StructgenLogitsProcessor(compiled), num_beams=5, num_return_sequences=5)
    texts = [TOKENIZER.decode(row, skip_special_tokens=True) for row in outputs]
    assert set(texts[:2]) == {"a", "true"} and set(texts) <= {"a", "true", ""}


def test_a_pipeline_takes_the_processor() -> None:
    generator = pipeline("text-generation", model=NETWORK, tokenizer=TOKENIZER)
    processor = StructgenLogitsProcessor.of(NETWORK, TOKENIZER, schema=RECORD, whitespace="compact")
    for options in ({}, {"batch_size": 2}):
        outputs = generator(PROMPTS, logits_processor=processor, return_full_text=False, max_new_tokens=150, **options)
        for (output,) in outputs:
            jsonschema.validate(json.loads(output["generated_text"]), RECORD)


def test_settings_that_leave_no_allowed_token_are_an_error() -> None:
    processor = StructgenLogitsProcessor.of(NETWORK, TOKENIZER, choices=["abc"])
    with pytest.raises(ArgumentError, match="no token that the specification allows is left in row 0"):
        generate(["x"], processor, min_new_tokens=8)


def test_a_vocabulary_of_another_model_is_an_error() -> None:
    words = [bytes([byte]) for byte in range(256)]
    vocabulary = structgen.Vocabulary.from_bytes([*words, *(word + b"x" for word in words), None], eos=512)
    processor = StructgenLogitsProcessor(structgen.compile(vocabulary=vocabulary, regex="a+"))
    with pytest.raises(ArgumentError, match="has 513 tokens and the scores are 268 wide"):
        generate(["x"], processor)


def test_wrong_arguments_are_refused() -> None:
    compiled = structgen.compile(vocabulary=VOCABULARY, regex="a+")
    with pytest.raises(ArgumentError, match="prompt_length is an integer, 0 or more"):
        StructgenLogitsProcessor(compiled, prompt_length=-1)
    with pytest.raises(ArgumentError, match="rows of 2 tokens came"):
        StructgenLogitsProcessor(compiled, prompt_length=3)(torch.tensor([[1, 2]]), torch.zeros(1, 268))
    with pytest.raises(SchemaError):
        StructgenLogitsProcessor.of(NETWORK, TOKENIZER, schema={"type": "nonsense"})


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"do_sample": True},
        {"num_beams": 3, "num_return_sequences": 2},
        {"do_sample": True, "num_return_sequences": 2},
        {"prompt_lookup_num_tokens": 4},
    ],
    ids=str,
)
def test_the_built_in_model_writes_what_masks_by_hand_give(builtin_model: Model, options: dict[str, Any]) -> None:
    network, tokenizer = builtin_model.target.model, builtin_model.target.tokenizer  # type: ignore[attr-defined]
    compiled = structgen.compile(schema=RECORD, vocabulary=builtin_model.vocabulary, whitespace="compact")
    prompts = ["Two records: ", "A record with n = 12 and s = 'ab', as JSON:"]
    if "prompt_lookup_num_tokens" in options:
        prompts = prompts[1:]
    inputs = tokenizer(prompts, return_tensors="pt", padding=True, padding_side="left")
    length = inputs["input_ids"].shape[1]
    outputs = []
    for processors in (StructgenLogitsProcessor(compiled), [ByHand(compiled, length)]):
        torch.manual_seed(1)
        outputs.append(network.generate(**inputs, logits_processor=processors, max_new_tokens=40, **options))
    assert torch.equal(*outputs)
    for row in outputs[0]:
        jsonschema.validate(json.loads(tokenizer.decode(row[length:], skip_special_tokens=True)), RECORD)

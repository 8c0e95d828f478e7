"""structgen's decoder inside ``generate``, against ``generate``'s own loop over masks that are applied by hand."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import torch
from transformers import (
    DynamicCache,
    LogitsProcessor,
    LogitsProcessorList,
    MinPLogitsWarper,
    MistralConfig,
    MistralForCausalLM,
    RepetitionPenaltyLogitsProcessor,
    StoppingCriteria,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
    pipeline,
)
from transformers.modeling_outputs import CausalLMOutputWithPast

import structgen
from structgen.errors import ArgumentError, SchemaError
from structgen.integrations.transformers import StructgenDecoder, StructgenLogitsProcessor
from structgen.speculation import DraftModel
from tests.integrations.by_hand import (
    NETWORK,
    PROMPTS,
    RECORD,
    SPECIFICATIONS,
    TOKENIZER,
    VOCABULARY,
    ByHand,
    check_texts,
)
from tests.parrot import parrot
from tests.toy import toy_model

if TYPE_CHECKING:
    from structgen.generation.model import Model

EOS = TOKENIZER.eos_token_id


def generate(prompts: list[str], decoder: Any, *, network: Any = NETWORK, seed: int = 5, **options: Any) -> Any:
    inputs = TOKENIZER(prompts, return_tensors="pt", padding=True)
    torch.manual_seed(seed)
    return network.generate(
        input_ids=inputs["input_ids"],
        attention_mask=inputs["attention_mask"],
        custom_generate=decoder,
        **({"max_new_tokens": 70} | options),
    )


def by_hand(prompts: list[str], compiled: structgen.CompiledGrammar, *, network: Any = NETWORK, **options: Any) -> Any:
    length = TOKENIZER(prompts, return_tensors="pt", padding=True)["input_ids"].shape[1]
    return generate(prompts, None, network=network, logits_processor=[ByHand(compiled, length)], **options)


@contextmanager
def passes() -> Iterator[list[Any]]:
    """The passes of causal models, each as its output."""
    found: list[Any] = []

    def note(module: Any, args: Any, output: Any) -> None:
        if isinstance(output, CausalLMOutputWithPast):
            found.append(output)

    # For all modules: the decoder runs a view of the model.
    handle = torch.nn.modules.module.register_module_forward_hook(note)
    try:
        yield found
    finally:
        handle.remove()


@pytest.mark.parametrize(
    ("prompts", "options"),
    [
        (PROMPTS[:1], {}),
        (PROMPTS, {}),
        (PROMPTS, {"repetition_penalty": 1.5}),
        (PROMPTS, {"num_return_sequences": 1, "max_new_tokens": 5, "top_p": 0.5}),
        (PROMPTS[:1], {"renormalize_logits": True, "max_new_tokens": 1}),
        (PROMPTS, {"max_length": 60, "max_new_tokens": None, "pad_token_id": 7}),
    ],
    ids=str,
)
@pytest.mark.parametrize("specification", SPECIFICATIONS, ids=str)
def test_greedy_texts_are_those_of_the_masked_loop(
    specification: dict[str, Any], options: dict[str, Any], prompts: list[str]
) -> None:
    decoder = StructgenDecoder.of(NETWORK, TOKENIZER, **specification)
    outputs = generate(prompts, decoder, **options)
    assert outputs.dtype == torch.int64
    assert torch.equal(outputs, by_hand(prompts, decoder.compiled, **options))


@pytest.mark.parametrize("tokens", range(1, 7))
def test_the_token_that_ends_a_text_counts_as_one(tokens: int) -> None:
    decoder = StructgenDecoder.of(NETWORK, TOKENIZER, regex="[xyz]{4}")
    outputs = generate(PROMPTS, decoder, max_new_tokens=tokens, pad_token_id=7)
    assert torch.equal(outputs, by_hand(PROMPTS, decoder.compiled, max_new_tokens=tokens, pad_token_id=7))


def test_drafts_save_passes_and_change_nothing() -> None:
    names = {"enum": [{"first": "ab", "second": "abc", "third": "12"}, {"first": "a"}]}
    outputs, counts = [], []
    for speculation in ("auto", None):
        decoder = StructgenDecoder.of(NETWORK, TOKENIZER, schema={"type": "array", "items": names, "minItems": 4,
                                      "maxItems": 4}, whitespace="compact", speculation=speculation)  # fmt: skip
        with passes() as found:
            outputs.append(generate(PROMPTS, decoder, max_new_tokens=300))
        counts.append(len(found))
    assert torch.equal(*outputs)
    assert counts[0] < counts[1] < outputs[0].shape[1]
    assert torch.equal(outputs[0], by_hand(PROMPTS, decoder.compiled, max_new_tokens=300))


def text_chances(compiled: structgen.CompiledGrammar, prompt: str, processors: Any) -> dict[str, float]:
    """The exact distribution of texts, by ``transformers``' own processors over masks by hand."""
    start = TOKENIZER(prompt)["input_ids"]
    found: Counter[str] = Counter()

    def follow(tokens: list[int], chance: float) -> None:
        ids = torch.tensor([start + tokens])
        with torch.no_grad():
            scores = NETWORK(ids, use_cache=False).logits[:, -1].float()
        scores = processors(ids, ByHand(compiled, len(start))(ids, scores))
        for token, share in enumerate(torch.softmax(scores[0].double(), dim=0).tolist()):
            if token in compiled.vocabulary.eos_token_ids:
                found[TOKENIZER.decode(tokens)] += chance * share
            elif share > 0:
                follow([*tokens, token], chance * share)

    follow([], 1.0)
    return dict(found)


WARPED: list[tuple[dict[str, Any], list[Any]]] = [
    ({"top_k": 0}, []),
    ({"top_k": 0, "temperature": 0.6}, [TemperatureLogitsWarper(0.6)]),
    ({"top_k": 3}, [TopKLogitsWarper(3)]),
    ({"top_k": 0, "top_p": 0.7}, [TopPLogitsWarper(0.7)]),
    ({"top_k": 0, "min_p": 0.3}, [MinPLogitsWarper(0.3)]),
    (
        {"temperature": 1.7, "top_k": 4, "top_p": 0.9, "min_p": 0.1, "repetition_penalty": 1.4},
        [
            RepetitionPenaltyLogitsProcessor(1.4),
            TemperatureLogitsWarper(1.7),
            TopKLogitsWarper(4),
            TopPLogitsWarper(0.9),
            MinPLogitsWarper(0.1),
        ],
    ),
]


@pytest.mark.parametrize(
    ("options", "processors", "drafts"),
    [*((options, processors, "auto") for options, processors in WARPED), (*WARPED[-1], "model")],
    ids=lambda value: "-" if isinstance(value, list) else str(value),
)
def test_sampled_texts_have_the_distribution_of_the_masked_loop(
    options: dict[str, Any], processors: list[Any], drafts: str
) -> None:
    speculation: Any = "auto"
    if drafts == "model":
        speculation = [DraftModel(structgen.load_model((toy_model(TOKENIZER, seed=1, padding=3), TOKENIZER)).target)]
    decoder = StructgenDecoder.of(NETWORK, TOKENIZER, regex="[ab1]{1,2}", speculation=speculation)
    chances = text_chances(decoder.compiled, PROMPTS[0], LogitsProcessorList(processors))
    draws = 600 if drafts == "auto" else 250
    outputs = generate([PROMPTS[0]], decoder, do_sample=True, num_return_sequences=draws, **options)
    counts = Counter(
        TOKENIZER.batch_decode(outputs[:, len(TOKENIZER(PROMPTS[0])["input_ids"]) :], skip_special_tokens=True)
    )
    assert set(counts) <= {text for text, chance in chances.items() if chance > 0}
    assert sum(counts.values()) == draws
    # Pearson's statistic over texts that may be expected often enough, against what it passes once in two million
    # times (by Wilson and Hilferty): a draft model's own draws have no seed.
    often = {text: chance * draws for text, chance in chances.items() if chance * draws >= 5}
    statistic = sum((counts[text] - expected) ** 2 / expected for text, expected in often.items())
    degrees = len(often)
    assert statistic < degrees * (1 - 2 / (9 * degrees) + 4.9 * (2 / (9 * degrees)) ** 0.5) ** 3


def test_draws_are_repeatable_by_torchs_seed_and_each_sequence_has_its_own() -> None:
    decoder = StructgenDecoder.of(NETWORK, TOKENIZER, regex="[abc12]{6,9}")
    options: dict[str, Any] = {"do_sample": True, "num_return_sequences": 4, "top_k": 0}
    first = generate(PROMPTS[:2], decoder, **options)
    assert first.shape[0] == 8
    assert torch.equal(first, generate(PROMPTS[:2], decoder, **options))
    texts = TOKENIZER.batch_decode(first[:, -12:], skip_special_tokens=True)
    assert len(set(texts)) == 8
    assert set(texts).isdisjoint(
        TOKENIZER.batch_decode(generate(PROMPTS[:2], decoder, seed=6, **options)[:, -12:], skip_special_tokens=True)
    )
    prompts = TOKENIZER(PROMPTS[:2], return_tensors="pt", padding=True)["input_ids"]
    assert torch.equal(first[:, : prompts.shape[1]], prompts.repeat_interleave(4, dim=0))


@pytest.mark.parametrize("specification", SPECIFICATIONS, ids=str)
def test_sampled_texts_meet_the_specification(specification: dict[str, Any]) -> None:
    decoder = StructgenDecoder.of(NETWORK, TOKENIZER, forced="canonical", **specification)
    outputs = generate(PROMPTS, decoder, do_sample=True, top_k=0, temperature=1.3, num_return_sequences=3)
    length = TOKENIZER(PROMPTS, return_tensors="pt", padding=True)["input_ids"].shape[1]
    check_texts(specification, decoder.compiled, outputs[:, length:])


def test_any_of_several_end_tokens_ends_a_text_as_often_as_the_model_says() -> None:
    network = toy_model(TOKENIZER)
    ends = [TOKENIZER.bos_token_id, EOS]
    network.generation_config.eos_token_id = ends
    decoder = StructgenDecoder.of(network, TOKENIZER, regex="[abc]{0,300}")
    assert set(decoder.compiled.vocabulary.eos_token_ids) == set(ends)
    last: list[Counter[int]] = []
    length = TOKENIZER(["x"], return_tensors="pt")["input_ids"].shape[1]
    options: dict[str, Any] = {"network": network, "do_sample": True, "top_k": 0, "num_return_sequences": 300}
    for outputs in (generate(["x"], decoder, **options), by_hand(["x"], decoder.compiled, **options)):
        last.append(Counter(next(token for token in row if token in ends) for row in outputs[:, length:].tolist()))
    assert all(abs(last[0][token] - last[1][token]) < 50 and last[0][token] > 20 for token in ends)


def test_a_dict_is_returned_where_one_is_asked_for() -> None:
    decoder = StructgenDecoder.of(NETWORK, TOKENIZER, regex="[abc]{2,12}")
    output = generate(PROMPTS, decoder, return_dict_in_generate=True)
    assert torch.equal(output.sequences, generate(PROMPTS, decoder)) and output.past_key_values is None


def test_time_that_is_over_ends_the_texts_where_they_are() -> None:
    decoder = StructgenDecoder.of(NETWORK, TOKENIZER, regex="[abc]{40,60}")
    outputs = generate(PROMPTS, decoder, max_time=1e-9)
    whole = generate(PROMPTS, decoder)
    length = TOKENIZER(PROMPTS, return_tensors="pt", padding=True)["input_ids"].shape[1]
    assert length < outputs.shape[1] < whole.shape[1]
    for cut, row in zip(outputs[:, length:].tolist(), whole[:, length:].tolist(), strict=True):
        text = cut[: cut.index(EOS)] if EOS in cut else cut
        assert text and text == row[: len(text)]


def test_a_model_with_sliding_windows_takes_its_rows_one_by_one() -> None:
    torch.manual_seed(2)
    network = MistralForCausalLM(
        MistralConfig(
            vocab_size=len(TOKENIZER), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, sliding_window=4, initializer_range=0.3, bos_token_id=None, eos_token_id=EOS,
        )
    ).eval()  # fmt: skip
    decoder = StructgenDecoder.of(network, TOKENIZER, regex="[abc]{2,12}")
    outputs = generate(PROMPTS, decoder, network=network)
    for prompt, row in zip(PROMPTS, outputs.tolist(), strict=True):
        alone = by_hand([prompt], decoder.compiled, network=network)[0].tolist()
        start = len(row) - len(alone) if len(row) > len(alone) else 0
        text = [token for token in alone if token != EOS]
        assert [token for token in row[start:] if token != EOS] == text or [t for t in row if t != EOS] == text


def test_calls_in_several_threads_keep_apart() -> None:
    decoder = StructgenDecoder.of(NETWORK, TOKENIZER, regex="(ab|abc|b){9,30}")
    expected = [generate([prompt], decoder) for prompt in PROMPTS] * 3
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda prompt: generate([prompt], decoder), PROMPTS * 3))
    assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))


def test_a_pipeline_takes_the_decoder() -> None:
    generator = pipeline("text-generation", model=NETWORK, tokenizer=TOKENIZER)
    decoder = StructgenDecoder.of(NETWORK, TOKENIZER, schema=RECORD, whitespace="compact")
    for options in ({}, {"batch_size": 2}, {"do_sample": True, "num_return_sequences": 2}):
        outputs = generator(PROMPTS, custom_generate=decoder, return_full_text=False, max_new_tokens=150, **options)
        for texts in outputs:
            for output in texts:
                jsonschema.validate(json.loads(output["generated_text"]), RECORD)


class Nothing(LogitsProcessor):  # type: ignore[misc]
    def __call__(self, input_ids: Any, scores: Any) -> Any:
        return scores


class Never(StoppingCriteria):  # type: ignore[misc]
    def __call__(self, input_ids: Any, scores: Any, **options: Any) -> Any:
        return torch.zeros(len(input_ids), dtype=torch.bool)


REGEX = structgen.compile(regex="[abc]{2,12}", vocabulary=VOCABULARY)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_beams": 2}, "num_beams=2"),
        ({"num_beams": 3, "do_sample": True}, "num_beams=3"),
        ({"prompt_lookup_num_tokens": 3}, "assisted generation"),
        ({"min_new_tokens": 3}, "MinLengthLogitsProcessor"),
        ({"bad_words_ids": [[5]]}, "NoBadWordsLogitsProcessor"),
        ({"do_sample": True, "typical_p": 0.5}, "TypicalLogitsWarper"),
        ({"guidance_scale": 1.5}, "UnbatchedClassifierFreeGuidanceLogitsProcessor"),
        ({"logits_processor": [Nothing()]}, "Nothing among the processors"),
        ({"logits_processor": StructgenLogitsProcessor(REGEX)}, "StructgenLogitsProcessor among the processors"),
        ({"logits_processor": [TopKLogitsWarper(2)], "do_sample": True}, "TemperatureLogitsWarper among"),
        ({"logits_processor": [RepetitionPenaltyLogitsProcessor(1.2, 3)]}, "leaves out the prompt"),
        ({"stopping_criteria": [Never()]}, "Never among the stopping criteria"),
        ({"return_dict_in_generate": True, "output_scores": True}, "output_scores=True"),
        ({"cache_implementation": "static"}, "cache_implementation='static'"),
        ({"past_key_values": DynamicCache(config=NETWORK.config)}, "past_key_values of the caller's"),
        ({"position_ids": torch.arange(6).flip(0)[None]}, "position_ids of the caller's"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_can_not_be_done_exactly_is_refused(options: dict[str, Any], message: str) -> None:
    decoder = StructgenDecoder(structgen.load_model((NETWORK, TOKENIZER)), REGEX)
    if "TemperatureLogitsWarper" in message:
        options = options | {"temperature": 0.5}
    with pytest.raises(ArgumentError, match=re.escape(message)):
        generate([PROMPTS[0]], decoder, **options)


def test_prompts_that_are_not_tokens_padded_on_the_left_are_refused() -> None:
    decoder = StructgenDecoder.of(NETWORK, TOKENIZER, regex="[abc]{2,12}")
    ids = torch.tensor([[65, 66, 67, 68]])
    for mask in ([[1, 1, 0, 0]], [[1, 0, 0, 1]], [[0, 1, 0, 1]]):
        with pytest.raises(ArgumentError, match="padding on the right or inside"):
            NETWORK.generate(ids, attention_mask=torch.tensor(mask), custom_generate=decoder, max_new_tokens=3)
    with pytest.raises(ArgumentError, match="a prompt without a token"):
        NETWORK.generate(ids, attention_mask=torch.zeros_like(ids), custom_generate=decoder, max_new_tokens=3)
    embedded = NETWORK.get_input_embeddings()(ids)
    with pytest.raises(ArgumentError, match="inputs_embeds besides"):
        NETWORK.generate(inputs_embeds=embedded, custom_generate=decoder, max_new_tokens=3)


def test_a_decoder_of_something_else_is_refused() -> None:
    decoder = StructgenDecoder.of(NETWORK, TOKENIZER, regex="[abc]{2,12}")
    with pytest.raises(ArgumentError, match="made for another model"):
        generate(["x"], decoder, network=toy_model(TOKENIZER, padding=3))
    with pytest.raises(ArgumentError, match="eos_token_id 70 ends no text"):
        generate(["x"], decoder, eos_token_id=[EOS, 70])
    with pytest.raises(ArgumentError, match="no model of transformers"):
        StructgenDecoder(parrot({}), REGEX)
    with pytest.raises(ArgumentError, match="another vocabulary"):
        StructgenDecoder(structgen.load_model((toy_model(TOKENIZER), TOKENIZER)), REGEX)
    with pytest.raises(ArgumentError, match="forced is"):
        StructgenDecoder.of(NETWORK, TOKENIZER, regex="a+", forced="sometimes")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="speculation is"):
        StructgenDecoder.of(NETWORK, TOKENIZER, regex="a+", speculation="never")  # type: ignore[arg-type]
    with pytest.raises(SchemaError):
        StructgenDecoder.of(NETWORK, TOKENIZER, schema={"type": "nonsense"})


@pytest.mark.model
@pytest.mark.slow
def test_the_built_in_model_writes_what_masks_by_hand_give(builtin_model: Model) -> None:
    network, tokenizer = builtin_model.target.model, builtin_model.target.tokenizer  # type: ignore[attr-defined]
    decoder = StructgenDecoder.of(network, tokenizer, schema=RECORD, whitespace="compact")
    prompts = ["Two records: ", "A record with n = 12 and s = 'ab', as JSON:"]
    inputs = tokenizer(prompts, return_tensors="pt", padding=True, padding_side="left")
    length = inputs["input_ids"].shape[1]
    with passes() as found:
        outputs = network.generate(**inputs, custom_generate=decoder, max_new_tokens=40)
    plain = network.generate(**inputs, logits_processor=[ByHand(decoder.compiled, length)], max_new_tokens=40)
    assert torch.equal(outputs, plain)
    assert len(found) < plain.shape[1] - length
    for row in outputs:
        jsonschema.validate(json.loads(tokenizer.decode(row[length:], skip_special_tokens=True)), RECORD)

"""bfloat16 on the CPU: a token's logits are the same to the bit, whatever passes its text is fed in."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest
import torch

import structgen
from structgen.models import load_target
from structgen.models.attention import EXACT_WIDTH
from structgen.models.masks import is_chain
from structgen.speculation import automatic_drafters
from structgen.speculation.drafter import Context
from structgen.speculation.speculator import Speculator
from tests.toy import toy_model, toy_tokenizer

TOKENIZER = toy_tokenizer()
SHAPE = {"hidden_size": 576, "num_attention_heads": 9, "num_key_value_heads": 3, "num_hidden_layers": 4}


def target_of(**config: Any) -> Any:
    """A model of the built-in one's shape, with fewer layers."""
    target: Any = load_target((toy_model(TOKENIZER, **(SHAPE | config)).to(torch.bfloat16), TOKENIZER))
    if target.exact_width is None:
        pytest.skip("this CPU's kernels for bfloat16 add in other orders")
    return target


TARGETS: dict[int, Any] = {}


def target_with(groups: int) -> Any:
    if groups not in TARGETS:
        TARGETS[groups] = target_of(num_key_value_heads=groups)
    return TARGETS[groups]


@pytest.mark.parametrize("groups", [3, 9])
@pytest.mark.parametrize("first", [1, 2, 15, 16, 40, 250, 700])
def test_passes_of_any_width_give_the_bits_of_single_ones(groups: int, first: int) -> None:
    source = random.Random(first * groups)
    widths = [source.randint(1, most) for most in (8, 32, 70)]
    source.shuffle(widths)
    target = target_with(groups)
    tokens = [source.randrange(256) for _ in range(first + sum(widths))]
    single = target.start(1)
    single.forward([tokens[:first]])
    wanted = torch.cat([single.forward([[token]])[0] for token in tokens[first:]])
    sequences = target.start(1)
    sequences.forward([tokens[:first]])
    start = first
    for width in widths:
        # Of a pass wider than that, what is wanted may be in one part of it alone.
        last = source.randint(1, min(width, EXACT_WIDTH))
        drafts = [source.randrange(256) for _ in range(source.randint(0, 3))] if width + 3 <= EXACT_WIDTH else []
        got = sequences.forward([tokens[start : start + width] + drafts], last=last + len(drafts))
        assert torch.equal(got[0][:last], wanted[start + width - last - first : start + width - first])
        sequences.rollback([len(drafts)])
        start += width


def divided_target() -> Any:
    """A model whose numbers are exact enough to tell a wrong mask, which feeds as one of bfloat16 does."""
    target: Any = load_target((toy_model(TOKENIZER), TOKENIZER))
    target.exact_width = EXACT_WIDTH
    return target


def assert_close(got: torch.Tensor, text: list[int], target: Any) -> None:
    with torch.no_grad():
        plain = target.model(torch.tensor([text]), use_cache=False).logits[0, -len(got) :]
    torch.testing.assert_close(got, plain, rtol=0, atol=1e-4)


def test_rows_of_a_batch_are_divided_too() -> None:
    target = divided_target()
    source = random.Random(1)
    rows = [[source.randrange(256) for _ in range(length)] for length in (150, 90, 20)]
    together = target.start(3)
    together.forward([row[:4] for row in rows])
    logits = together.forward([row[4:] for row in rows], last=2)
    assert together.lengths == (150, 90, 20)
    for row, answer in zip(rows, logits, strict=True):
        assert_close(answer, row, target)


def test_a_tree_behind_a_long_chain_is_not_cut() -> None:
    target = divided_target()
    source = random.Random(2)
    tokens = [source.randrange(256) for _ in range(100)]
    sequences = target.start(1)
    sequences.forward([[1, 2, 3]])
    got = sequences.forward([tokens], parents=[[*range(-1, 97), 60, 98]], last=1)[0]
    assert_close(got, [1, 2, 3, *tokens[:61], *tokens[98:]], target)
    kept = [*range(61), 98, 99]
    sequences.keep([kept])
    assert_close(sequences.forward([[7]])[0], [1, 2, 3, *(tokens[node] for node in kept), 7], target)


def test_other_numbers_and_attentions_promise_nothing() -> None:
    model = toy_model(TOKENIZER)
    assert load_target((model, TOKENIZER)).exact_width is None
    eager = toy_model(TOKENIZER, attn_implementation="eager").to(torch.bfloat16)
    assert load_target((eager, TOKENIZER)).exact_width is None
    short = toy_model(TOKENIZER, positions=20).to(torch.bfloat16)
    assert load_target((short, TOKENIZER)).exact_width is None


@pytest.mark.parametrize(("temperature", "rows", "is_exact"), [(0, 1, True), (0.8, 1, False), (0, 2, False)])
def test_what_is_greedy_and_alone_gets_chains_that_fit(temperature: float, rows: int, is_exact: bool) -> None:
    target = target_with(3)
    speculator = Speculator(target, automatic_drafters())
    compiled = structgen.compile(regex="(a[bc]){30}", vocabulary=target.vocabulary)
    prompt = target.encode("abacabacab" * 9)
    for before, pending in pairwise([0, 0, 1, 3, 30, 31]):
        text = [TOKENIZER.convert_tokens_to_ids(character) for character in ("abac" * 9)[:before]]
        matchers = [compiled.matcher() for _ in range(rows)]
        for matcher in matchers:
            assert all(matcher.accept_token(token) for token in text)
        contexts = [
            Context(target.vocabulary, prompt, structgen.Sampling(temperature=temperature), tokens=list(text))
            for _ in range(rows)
        ]
        fed = pending or len(prompt)
        drafts = speculator.draft(contexts, matchers, [fed] * rows, [60 - before] * rows)
        if is_exact:
            assert before or not any(draft.tree.tokens for draft in drafts)
            assert all(is_chain(draft.tree.parents) for draft in drafts)
            assert all(not len(draft.tree) or fed + len(draft.tree) <= EXACT_WIDTH for draft in drafts)
        else:
            assert any(draft.tree.tokens for draft in drafts)


@pytest.mark.model
def test_drafts_change_no_token_of_the_built_in_model(builtin_model: structgen.Model) -> None:
    del builtin_model  # asked for its threads, and for the reason where it is absent
    model = structgen.load_model(dtype="bfloat16")
    if model.target.exact_width is None:
        pytest.skip("this CPU's kernels for bfloat16 add in other orders")
    text = "The red car, the blue car, the red bus and the blue bus stood in a row."
    schema = {
        "type": "object",
        "properties": {"things": {"type": "array", "items": {"type": "string"}, "minItems": 4, "maxItems": 6}},
        "required": ["things"],
    }
    specifications: list[dict[str, Any]] = [
        {"schema": schema},
        {"regex": "[A-Za-z ,.]{20,80}"},
        {"schema": {"enum": ["red car", "red bus", "blue car", "blue bus"]}},
    ]
    accepted = 0
    for specification in specifications:
        plain = model.generate(text, max_tokens=60, speculation=None, **specification)
        drafted = model.generate(text, max_tokens=60, **specification)
        assert drafted.tokens == plain.tokens
        accepted += sum(drafted.statistics.accepted_tokens.values())
    assert accepted > 10

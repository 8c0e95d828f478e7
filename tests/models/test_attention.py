"""Attention over groups of heads against transformers' own, and views against their models."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import AttentionInterface, LlamaConfig, LlamaForCausalLM

from structgen.models.attention import GROUPED, with_grouped_attention
from structgen.models.views import view_of


def _llama(heads: int, groups: int, dtype: torch.dtype = torch.float32) -> Any:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=90,
        hidden_size=8 * heads,
        intermediate_size=32,
        num_hidden_layers=3,
        num_attention_heads=heads,
        num_key_value_heads=groups,
    )
    return LlamaForCausalLM(config).to(dtype).eval()


def _mask(rows: int, queries: int, keys: int, dtype: torch.dtype | None) -> torch.Tensor:
    """A mask of what is before, and of some of the new positions: of numbers to add, or of truth values."""
    seen = torch.rand(rows, 1, queries, keys) < 0.6
    seen[..., 0] = True
    if dtype is None:
        return seen
    return torch.where(seen, torch.zeros((), dtype=dtype), torch.tensor(torch.finfo(dtype).min, dtype=dtype))


@pytest.mark.parametrize(("heads", "groups"), [(6, 2), (4, 4), (4, 1)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("rows", "past", "width"), [(1, 0, 7), (1, 20, 1), (1, 20, 5), (3, 20, 5), (2, 0, 4)])
@pytest.mark.parametrize("kind", ["none", "two", "bool", "added"])
def test_the_logits_are_the_same_to_the_bit(
    heads: int, groups: int, dtype: torch.dtype, rows: int, past: int, width: int, kind: str
) -> None:
    model = _llama(heads, groups, dtype)
    view = with_grouped_attention(model)
    torch.manual_seed(1)
    before, new = torch.randint(90, (rows, past)), torch.randint(90, (rows, width))
    mask = None
    if kind == "two":
        mask = torch.ones(rows, past + width, dtype=torch.int64)
        mask[0, 0] = 0
    elif kind != "none":
        mask = _mask(rows, width, past + width, dtype if kind == "added" else None)
    answers = []
    with torch.no_grad():
        for one in (model, view):
            cache = one(input_ids=before, use_cache=True).past_key_values if past else None
            answers.append(one(input_ids=new, past_key_values=cache, attention_mask=mask).logits)
    if dtype == torch.bfloat16 and width == 1 and mask is not None:
        # As it is among other positions, which transformers' own may differ from.
        torch.testing.assert_close(*answers, rtol=0, atol=0.01)
    else:
        assert torch.equal(*answers)


def test_the_model_and_its_settings_are_left_as_they_were() -> None:
    model = _llama(4, 2)
    view: Any = with_grouped_attention(model)
    assert view is not model
    assert view.config._attn_implementation == view.model.layers[1].self_attn.config._attn_implementation == GROUPED
    assert GROUPED in AttentionInterface()
    assert {one.config._attn_implementation for one in model.modules() if hasattr(one, "config")} == {"sdpa"}
    assert all(one is other for one, other in zip(model.parameters(), view.parameters(), strict=True))


def test_another_attention_stays() -> None:
    model = _llama(4, 2)
    model.set_attn_implementation("eager")
    assert with_grouped_attention(model) is model


def test_a_view_without_changes_is_the_module_itself() -> None:
    model = _llama(4, 2)
    assert view_of(model, lambda module: module) is model
    kind = type(model.model.layers[0].mlp.act_fn)
    view: Any = view_of(model, lambda module: torch.nn.ReLU() if type(module) is kind else module)
    assert view is not model
    assert view.lm_head is model.lm_head
    assert type(view.model.layers[0].mlp.act_fn) is torch.nn.ReLU
    assert type(model.model.layers[0].mlp.act_fn) is kind

"""Attention behind a mask on the CPU: without copies of all keys and values, and as exact for one position as for many.

Where heads share keys and values, ``transformers`` repeats the keys and values for every head before each product: of
SmolLM2-135M's passes of 8 positions behind 1,000, that is a fifth of the time. ``torch`` multiplies groups of heads as
they are, with the same sums to the bit.

In bfloat16 a single position would be multiplied as a vector, with sums of another order than among others. It is
given a twin, so that a token's logits are the same to the bit in whatever pass they are made, if only the passes see
whole blocks of keys: `KEY_BLOCK`.

Source: ``enable_gqa`` of ``torch.nn.functional.scaled_dot_product_attention``.
"""

from __future__ import annotations

import copy
from typing import Any, Final

import torch
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from structgen.models.views import view_of

__all__ = ["EXACT_WIDTH", "GROUPED", "KEY_BLOCK", "with_grouped_attention"]

GROUPED: Final = "structgen_grouped_sdpa"
"""The name of this attention among those of ``transformers``."""

KEY_BLOCK: Final = 16
"""Keys that bfloat16's sums take at once: what fills the last block and is hidden changes no bit."""

EXACT_WIDTH: Final = 32
"""Positions up to which bfloat16's products don't depend on their number."""

_OTHERS: Final = ("cache", "position_bias", "softcap")
"""What only ``transformers``' own function knows."""


def _attend(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    is_causal: bool | None = None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    is_single = query.shape[2] == 1
    is_twin = is_single and query.dtype == torch.bfloat16
    is_grouped = query.shape[1] != key.shape[1] and not is_single
    is_usual = not query.is_cpu or not (is_twin or is_grouped)
    if attention_mask is None or is_usual or any(options.get(name) is not None for name in _OTHERS):
        usual: tuple[torch.Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, is_causal=is_causal, **options
        )
        return usual
    if is_twin:
        query, attention_mask = torch.cat([query, query], dim=2), attention_mask.expand(-1, -1, 2, -1)
    output = functional.scaled_dot_product_attention(
        query, key, value, attn_mask=attention_mask, dropout_p=dropout, scale=scaling, enable_gqa=True
    )
    if is_twin:
        output = output[:, :, :1]
    return output.transpose(1, 2).contiguous(), None


def with_grouped_attention(module: torch.nn.Module) -> torch.nn.Module:
    """Return a view of a ``transformers`` model that attends so, in place of its "sdpa"."""
    AttentionInterface.register(GROUPED, _attend)
    AttentionMaskInterface.register(GROUPED, sdpa_mask)
    configs: dict[int, Any] = {}

    def change(module: torch.nn.Module) -> torch.nn.Module:
        config = vars(module).get("config")
        if getattr(config, "_attn_implementation", None) != "sdpa":
            return module
        if id(config) not in configs:
            configs[id(config)] = copy.copy(config)
            configs[id(config)]._attn_implementation_internal = GROUPED
        view = copy.copy(module)
        view.config = configs[id(config)]
        return view

    return view_of(module, change)

"""Target models of the ``transformers`` library.

Rows of different lengths share a pass by padding on the left of what is new: a padded column is masked for every later
query, and positions count real tokens only, so a row sees exactly what it would see alone. Tokens that one row takes
back and another keeps are masked in the same way. The branches of a tree share a pass by a mask of four dimensions, and
what is kept of it moves to the front of its columns.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Any, Final

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from structgen.errors import ModelError
from structgen.models.attention import EXACT_WIDTH, KEY_BLOCK, with_grouped_attention
from structgen.models.growing_cache import blocks_of, growing_cache, shorten
from structgen.models.masks import attention_mask, is_chain, longest_chain, part_of, seen_by
from structgen.models.products import quickest_products, with_products
from structgen.models.prompts import Template, text_of
from structgen.models.target import Prompt, Sequences, TargetModel
from structgen.tokens.vocabulary import Vocabulary

_MASKED_WIDTH: Final = 64
"""Of chains, up to which their masks are made here."""

_TRIED_BEHIND: Final = 8
"""Positions, behind which passes of several widths are compared when a model is loaded."""


class TransformersModel(TargetModel):
    """A causal ``transformers`` model and the tokenizer that it was trained with.

    Parameters
    ----------
    model, tokenizer
    name : str
        For messages. Default: the model's own.
    is_shared : bool
        Whether anyone else may change the model's weights. If not, copies of them may be kept in another order.
    """

    def __init__(self, model: Any, tokenizer: Any, *, name: str = "", is_shared: bool = True) -> None:
        config = model.config.get_text_config(decoder=True)
        if getattr(model.config, "is_encoder_decoder", False):
            raise ModelError(f"{_name(model, name)} is an encoder-decoder", hint="a causal (decoder-only) model")
        width = model.get_output_embeddings().weight.shape[0]
        _check_tokenizer(tokenizer, width, _name(model, name))
        self.name = _name(model, name)
        self.model = model.eval()
        on_cpu = self.model.device.type == "cpu"
        view = with_grouped_attention(self.model) if on_cpu else self.model
        self.view = with_products(view, quickest_products(self.model, may_pack=not is_shared))
        self.tokenizer = tokenizer
        self.vocabulary = Vocabulary.from_tokenizer(
            tokenizer, size=width, eos_token_ids=_eos_token_ids(model, tokenizer)
        )
        self.has_chat_template = bool(getattr(tokenizer, "chat_template", None))
        self.max_positions = getattr(config, "max_position_embeddings", None)
        layers = DynamicCache(config=model.config).layers
        self.is_positional = bool(layers) and all(type(layer) is DynamicLayer for layer in layers)
        self.options = frozenset(inspect.signature(model.forward).parameters)
        attention = getattr(config, "_attn_implementation", None)
        # The only way for "eager"; on the CPU it spares every layer turning a mask into numbers to add.
        self.attends_by_adding = attention == "eager" or on_cpu
        self.supports_trees = (
            self.is_positional and attention in ("sdpa", "eager") and {"attention_mask", "position_ids"} <= self.options
        )
        is_candidate = self.supports_trees and on_cpu and attention == "sdpa" and self.model.dtype == torch.bfloat16
        self.exact_width = EXACT_WIDTH if is_candidate else None
        if is_candidate and not self._is_exact():
            self.exact_width = None

    @property
    def key_block(self) -> int:
        """Positions that passes see a whole number of times."""
        return 1 if self.exact_width is None else KEY_BLOCK

    def _is_exact(self) -> bool:
        """Whether a token's logits are the same bits in passes of several widths: kernels differ among CPUs."""
        count = _TRIED_BEHIND + EXACT_WIDTH
        if self.max_positions is not None and self.max_positions < count:
            return False
        tokens = [number * self.vocabulary.size // count for number in range(count)]

        sequences = self.start(1)
        sequences.forward([tokens[:_TRIED_BEHIND]])

        def first_of(width: int) -> torch.Tensor:
            logits = sequences.forward([tokens[_TRIED_BEHIND:][:width]], last=width)[0, 0]
            sequences.rollback([width])
            return logits

        alone = first_of(1)
        return all(first_of(width).equal(alone) for width in (2, EXACT_WIDTH // 4, EXACT_WIDTH))

    def encode(self, prompt: Prompt, *, chat: bool | None = None) -> list[int]:
        text, is_chat = text_of(prompt, chat=chat, template=self._template, name=self.name)
        tokens: list[int] = self.tokenizer(text, add_special_tokens=not is_chat)["input_ids"]
        return tokens or [self._first_token()]

    @property
    def _template(self) -> Template | None:
        if not self.has_chat_template:
            return None
        return partial(self.tokenizer.apply_chat_template, tokenize=False, add_generation_prompt=True)

    def start(self, rows: int) -> Sequences:
        return _CachedSequences(self, rows)

    def _first_token(self) -> int:
        """What stands for nothing: a model needs one token to start from."""
        for token in (self.tokenizer.bos_token_id, *self.vocabulary.eos_token_ids):
            if token is not None:
                return int(token)
        raise ModelError("the prompt is empty", reason=f"{self.name} has no token to start from", hint="a prompt")


class _CachedSequences(Sequences):
    def __init__(self, target: TransformersModel, rows: int) -> None:
        self._target = target
        self._cache = growing_cache(target.model.config, block=target.key_block)
        self._device = target.model.device
        # Where _real[row, column] is 0, the cache's column is padding, or was taken back.
        self._real = torch.zeros((rows, 0), dtype=torch.int64, device=self._device)
        self._is_padded = False
        self._fed: tuple[int, ...] = ()

    @property
    def lengths(self) -> tuple[int, ...]:
        return tuple(self._real.sum(dim=1).tolist())

    def forward(
        self, tokens: Sequence[Sequence[int]], *, parents: Sequence[Sequence[int]] | None = None, last: int = 1
    ) -> torch.Tensor:
        parents = [range(-1, len(new) - 1) for new in tokens] if parents is None else parents
        if not (self._target.supports_trees or all(map(is_chain, parents))):
            raise ModelError(f"{self._target.name} can't tell branches of a tree apart", hint="chains of tokens")
        width = max(map(len, tokens))
        offsets = [width - len(new) for new in tokens]
        for start, stop in pairwise((0, *self._cuts(parents, width, last), width)):
            spans = [(max(start - offset, 0), max(stop - offset, 0)) for offset in offsets]
            logits = self._pass(
                [new[slice(*span)] for new, span in zip(tokens, spans, strict=True)],
                [part_of(one, *span) for one, span in zip(parents, spans, strict=True)],
                stop - start,
                last if stop == width else 1,
            )
        self._fed = tuple(map(len, tokens))
        return logits

    def _cuts(self, parents: Sequence[Sequence[int]], width: int, last: int) -> Sequence[int]:
        """Columns at which a pass behind others is divided, as far as it is a chain."""
        step = self._target.exact_width
        if step is None or not self._real.shape[1]:
            return ()
        chained = min(width - len(one) + longest_chain(one) for one in parents)
        return range(min(chained, width - max(last, step)), 0, -step)[::-1]

    def _pass(
        self, tokens: Sequence[Sequence[int]], parents: Sequence[Sequence[int]], width: int, last: int
    ) -> torch.Tensor:
        ids = torch.zeros((len(tokens), width), dtype=torch.int64)
        real = torch.zeros_like(ids)
        for row, new in enumerate(tokens):
            ids[row, width - len(new) :] = torch.tensor(new, dtype=torch.int64)
            real[row, width - len(new) :] = 1
        self._is_padded |= min(map(len, tokens)) < width
        before = self._real
        self._real = torch.cat([before, real.to(self._device)], dim=1)
        mask: torch.Tensor | None
        if self._needs_own_mask(parents, width, before.shape[1]):
            mask, positions = self._own_mask(before, parents, width)
        else:
            # Without a mask, attention takes the quicker causal path.
            mask = self._real if self._is_padded else None
            positions = (self._real.cumsum(dim=1) - 1).clamp(min=0)[:, -width:]
        options = {"attention_mask": mask, "position_ids": positions, "logits_to_keep": last}
        with torch.no_grad():  # not inference_mode: the caller may overwrite the logits
            output = self._target.view(
                input_ids=ids.to(self._device),
                past_key_values=self._cache,
                use_cache=True,
                **{name: value for name, value in options.items() if name in self._target.options},
            )
        return output.logits[:, -last:].float()

    def _needs_own_mask(self, parents: Sequence[Sequence[int]], width: int, past: int) -> bool:
        if past > 0 and self._target.exact_width is not None:
            return True
        # Of a chain behind others, transformers would make a mask too: one that each layer has to translate.
        is_translated = self._target.supports_trees and self._target.attends_by_adding
        return (is_translated and past > 0 and 1 < width <= _MASKED_WIDTH) or not all(map(is_chain, parents))

    def _own_mask(
        self, before: torch.Tensor, parents: Sequence[Sequence[int]], width: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The mask of four dimensions, and the positions."""
        seen, depths = seen_by(parents, width)
        past = before.shape[1]
        total = blocks_of(past + width, self._target.key_block if past else 1)
        added = self._target.model.dtype if self._target.attends_by_adding else None
        positions = before.sum(dim=1, keepdim=True) + torch.from_numpy(depths).to(self._device)
        return attention_mask(before, seen, total, added=added), positions

    def keep(self, nodes: Sequence[Sequence[int]]) -> None:
        width, count = max(self._fed), max(map(len, nodes))
        if all(len(kept) == fed for kept, fed in zip(nodes, self._fed, strict=True)):
            return
        if not self._target.is_positional:
            raise self._no_return()
        base = self._real.shape[1] - width
        if all(fed == width and list(kept) == list(range(count)) for kept, fed in zip(nodes, self._fed, strict=True)):
            self._real = self._real[:, : base + count]
        else:
            self._real = torch.cat([self._real[:, :base], self._move(nodes, base, width, count)], dim=1)
        if count < width:
            shorten(self._cache, width - count)
        self._fed = tuple(map(len, nodes))
        self._is_padded |= min(self._fed) < count

    def _move(self, nodes: Sequence[Sequence[int]], base: int, width: int, count: int) -> torch.Tensor:
        """Bring what is kept of the last pass to its first columns; return which of these are real."""
        # The column of each kept token within the last pass, aligned on the right as all columns are.
        columns = torch.zeros((len(nodes), count), dtype=torch.int64)
        real = torch.zeros_like(columns)
        for row, (kept, fed) in enumerate(zip(nodes, self._fed, strict=True)):
            columns[row, count - len(kept) :] = torch.tensor(kept) + width - fed
            real[row, count - len(kept) :] = 1
        if (columns != torch.arange(count)).any():
            index = columns.to(self._device)[:, None, :, None]
            for layer in self._cache.layers:
                for states in (layer.keys, layer.values):
                    new = states[:, :, base:]
                    states[:, :, base : base + count] = new.gather(
                        2, index.expand(-1, states.shape[1], -1, states.shape[3])
                    )
        return real.to(self._device)

    def rollback(self, counts: Sequence[int]) -> None:
        if not self._target.is_positional:
            raise self._no_return()
        # A row's last `count` tokens are its columns with fewer than `count` real columns after them.
        after = self._real.sum(dim=1, keepdim=True) - self._real.cumsum(dim=1)
        self._real = self._real * (after >= torch.tensor(counts, device=self._device).unsqueeze(1))
        used = self._real.any(dim=0).nonzero()
        kept = int(used[-1]) + 1 if len(used) else 0
        shorten(self._cache, self._real.shape[1] - kept)
        self._real = self._real[:, :kept]
        self._is_padded = not bool(self._real.all())

    def _no_return(self) -> ModelError:
        return ModelError(
            f"{self._target.name} can't take tokens back", reason="some of its layers don't keep every position's keys"
        )

    def select(self, rows: Sequence[int]) -> None:
        indices = torch.tensor(rows, dtype=torch.int64, device=self._device)
        self._cache.batch_select_indices(indices)
        self._real = self._real[indices]
        self._is_padded = not bool(self._real.all())


def _name(model: Any, name: str) -> str:
    return name or getattr(model.config, "_name_or_path", "") or type(model).__name__


def _check_tokenizer(tokenizer: Any, width: int, name: str) -> None:
    highest = max(tokenizer.get_vocab().values(), default=-1)
    if highest >= width:
        raise ModelError(
            "the model and the tokenizer don't belong together",
            reason=f"the tokenizer's token {highest} has no logit: {name} has {width}",
            hint="the tokenizer that the model was trained with",
        )


def _eos_token_ids(model: Any, tokenizer: Any) -> tuple[int, ...]:
    """Every token that ends a text: what the generation settings list, and the tokenizer's own."""
    declared = getattr(getattr(model, "generation_config", None), "eos_token_id", None)
    listed: Sequence[int | None] = declared if isinstance(declared, list) else [declared]
    ids = {token for token in (*listed, tokenizer.eos_token_id) if token is not None}
    if not ids:
        raise ModelError(
            f"{_name(model, '')} has no end-of-sequence token",
            reason="without one the end of the text can't be told",
            hint="set eos_token_id in the model's generation_config",
        )
    return tuple(sorted(ids))

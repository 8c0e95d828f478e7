"""What a call of ``generate`` has been asked for, as far as structgen's decoder can do exactly that.

``generate`` hands its settings to a decoding loop in four places: the generation config, the processors and the
stopping criteria that it has made of it (and of the caller's own), and the model's keywords. Each is read in full, and
what isn't known to mean the same here is refused, by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import torch
from transformers import (
    LogitNormalization,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)
from transformers.generation import EosTokenCriteria, GenerationMode, MaxLengthCriteria, MaxTimeCriteria

from structgen.errors import ArgumentError
from structgen.speculation.sampling import Sampling

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Settings"]

_WARPERS: Final[dict[type, str]] = {
    TemperatureLogitsWarper: "temperature",
    TopKLogitsWarper: "top_k",
    TopPLogitsWarper: "top_p",
    MinPLogitsWarper: "min_p",
}
"""In the order in which ``Sampling`` warps, which is that of ``generate``."""

_OUTPUTS: Final = ("output_scores", "output_logits", "output_attentions", "output_hidden_states")
# What `generate` prepares for a loop of its own: the decoder has a cache of its own, and asks for the logits it needs.
_PREPARED: Final = ("past_key_values", "use_cache", "logits_to_keep")
_PROCESSOR_HINT: Final = "model.generate(..., logits_processor=StructgenLogitsProcessor(...)), which goes with them all"


@dataclass(frozen=True)
class Settings:
    """One call of ``generate``.

    Attributes
    ----------
    prompts : list of token lists
        Without their padding; each as often as ``num_return_sequences`` says.
    max_tokens : int
        Of each text, the token that ends it included.
    sampling : Sampling or None
        None is greedy. Its seed is drawn from ``torch``'s generator, as all draws of ``generate`` are.
    penalty : RepetitionPenaltyLogitsProcessor or None
    time : MaxTimeCriteria or None
    """

    prompts: list[list[int]]
    max_tokens: int
    sampling: Sampling | None
    penalty: Any
    time: Any
    eos_token_ids: tuple[int, ...]
    pad_token_id: int
    returns_dict: bool

    @classmethod
    def read(
        cls, input_ids: torch.Tensor, config: Any, processors: Iterable[Any], criteria: Iterable[Any], **keywords: Any
    ) -> Settings:
        """Read what ``generate`` hands to a decoding loop.

        Raises
        ------
        ArgumentError
            Something that can't be done exactly.
        """
        _check_mode(config)
        warping, penalty = _read_processors(processors)
        lengths, time, eos_token_ids = _read_criteria(criteria)
        pad_token_id = eos_token_ids[0] if config.pad_token_id is None else int(config.pad_token_id)
        sampling = None
        if config.do_sample:
            sampling = Sampling(**warping, seed=int(torch.randint(2**63 - 1, ())))
        return cls(
            prompts=_read_prompts(input_ids, keywords),
            max_tokens=min(lengths) - input_ids.shape[1],
            sampling=sampling,
            penalty=penalty,
            time=time,
            eos_token_ids=eos_token_ids,
            pad_token_id=pad_token_id,
            returns_dict=bool(config.return_dict_in_generate),
        )


def _refused(what: str, *, hint: str = _PROCESSOR_HINT) -> ArgumentError:
    return ArgumentError(f"what StructgenDecoder can't do exactly: {what}", hint=hint)


def _check_mode(config: Any) -> None:
    if config.num_beams not in (None, 1):
        raise _refused(f"num_beams={config.num_beams}")
    mode = config.get_generation_mode()
    if mode not in (GenerationMode.GREEDY_SEARCH, GenerationMode.SAMPLE):
        raise _refused(mode.value.replace("_", " "), hint="leave its settings out: StructgenDecoder drafts by itself")
    if config.cache_implementation not in (None, "dynamic"):
        raise _refused(f"cache_implementation={config.cache_implementation!r}", hint="leave it out")
    if config.return_dict_in_generate:
        for name in _OUTPUTS:
            if getattr(config, name):
                raise _refused(f"{name}=True")


def _read_processors(processors: Iterable[Any]) -> tuple[dict[str, Any], Any]:
    """The arguments of ``Sampling``, and the repetition penalty."""
    found: dict[str, Any] = {}
    penalty = None
    names = list(_WARPERS.values())
    for processor in processors:
        kind = type(processor)
        name = _WARPERS.get(kind)
        if name is not None and all(names.index(before) < names.index(name) for before in found):
            found[name] = getattr(processor, name)
        elif kind is RepetitionPenaltyLogitsProcessor and penalty is None and not found:
            if isinstance(processor.prompt_ignore_length, int):
                raise _refused("a repetition penalty that leaves out the prompt")
            penalty = RepetitionPenaltyLogitsProcessor(processor.penalty)
        elif kind is not LogitNormalization:  # which changes no distribution
            raise _refused(f"{kind.__name__} among the processors")
    return found, penalty


def _read_criteria(criteria: Iterable[Any]) -> tuple[list[int], Any, tuple[int, ...]]:
    """The lengths that end a text (its prompt and padding included), the time that does, and the tokens that do."""
    lengths: list[int] = []
    time = None
    ends: list[int] = []
    for criterion in criteria:
        if type(criterion) is MaxLengthCriteria:
            lengths.append(criterion.max_length)
        elif type(criterion) is EosTokenCriteria:
            ends.extend(criterion.eos_token_id.tolist())
        elif type(criterion) is MaxTimeCriteria and time is None:
            time = criterion
        else:
            raise _refused(f"{type(criterion).__name__} among the stopping criteria")
    if not ends:
        raise _refused("no end-of-sequence token", hint="eos_token_id=tokenizer.eos_token_id")
    return lengths, time, tuple(ends)


def _read_prompts(input_ids: torch.Tensor, keywords: Mapping[str, Any]) -> list[list[int]]:
    """The rows without their padding, which is on the left."""
    given = {name: value for name, value in keywords.items() if value is not None and name not in _PREPARED}
    cache = keywords.get("past_key_values")
    if getattr(cache, "_is_user_defined", False):
        raise _refused("past_key_values of the caller's", hint="the whole prompt as input_ids")
    mask = given.pop("attention_mask", None)
    positions = given.pop("position_ids", None)
    if given:
        raise _refused(
            f"{', '.join(given)} besides input_ids", hint="prompts of tokens alone: input_ids and attention_mask"
        )
    real = torch.ones_like(input_ids) if mask is None else mask.to(input_ids.device)
    counts = real.sum(dim=1, keepdim=True)
    columns = torch.arange(input_ids.shape[1], device=input_ids.device)
    if not torch.equal(real.bool(), columns >= input_ids.shape[1] - counts):
        raise _refused("padding on the right or inside of prompts", hint="tokenizer.padding_side = 'left'")
    if int(counts.min()) == 0:
        raise _refused("a prompt without a token", hint="a prompt that begins with tokenizer.bos_token_id")
    if positions is not None:
        expected = (real.cumsum(dim=1) - 1).expand_as(real)
        if positions.dim() != 2 or bool(((positions.to(real.device) - expected) * real).any()):
            raise _refused("position_ids of the caller's", hint="leave them out")
    return [row[-int(count) :] for row, count in zip(input_ids.tolist(), counts, strict=True)]

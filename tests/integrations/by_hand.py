"""A toy model of ``transformers``, prompts and specifications for it, and masks that are applied by hand."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import numpy as np
import torch
from transformers import LogitsProcessor

import structgen
from tests.toy import toy_model, toy_tokenizer

MERGES = (("a", "b"), ("ab", "c"), ("1", "2"), ("t", "r"), ("tr", "u"), ("tru", "e"), ('"', ","))
TOKENIZER = toy_tokenizer(merges=MERGES)
TOKENIZER.pad_token, TOKENIZER.padding_side = "<eos>", "left"
NETWORK = toy_model(TOKENIZER, padding=3)
VOCABULARY = structgen.load_model((NETWORK, TOKENIZER)).vocabulary

RECORD = {
    "type": "object",
    "properties": {"n": {"type": "integer", "minimum": 0, "maximum": 300}, "s": {"type": "string", "maxLength": 6}},
    "required": ["n", "s"],
    "additionalProperties": False,
}
SPECIFICATIONS: list[dict[str, Any]] = [
    {"regex": "[abc]{2,12}"},
    {"regex": "(true|trunk|tram)+x"},
    {"schema": RECORD, "whitespace": "compact"},
    {"grammar": 'start: "(" start ")" | LETTER~1..4\nLETTER: /[abc]/'},
]
PROMPTS = ["Name: ", "a longer prompt, ab abc true: ", "12"]


class ByHand(LogitsProcessor):  # type: ignore[misc]
    """For each row of each call a new matcher, which follows the row from the end of the prompt, token by token."""

    def __init__(self, compiled: structgen.CompiledGrammar, prompt_length: int) -> None:
        self.compiled, self.prompt_length = compiled, prompt_length

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        masked = torch.full_like(scores, -torch.inf)
        for index, row in enumerate(input_ids[:, self.prompt_length :].tolist()):
            allowed = allowed_by_hand(self.compiled, row)
            masked[index, allowed] = scores[index, allowed]
        return masked


def allowed_by_hand(compiled: structgen.CompiledGrammar, tokens: list[int]) -> list[int]:
    matcher = compiled.matcher()
    ends = list(compiled.vocabulary.eos_token_ids)
    for token in tokens:
        if token in ends or not matcher.accept_token(token):
            return ends
    row = np.zeros(compiled.vocabulary.bitmask_words, np.int32)
    matcher.fill_bitmask(row)
    return [token for token in range(compiled.vocabulary.size) if int(row[token // 32]) >> (token % 32) & 1]


def check_texts(specification: dict[str, Any], compiled: structgen.CompiledGrammar, outputs: torch.Tensor) -> None:
    """Check texts, without their prompts, against the specification and an oracle of it."""
    ends = compiled.vocabulary.eos_token_ids
    for row in outputs.tolist():
        ended = next((index for index, token in enumerate(row) if token in ends), None)
        matcher = compiled.matcher()
        assert all(matcher.accept_token(token) for token in row[:ended])
        if ended is None:
            continue  # max_new_tokens came first
        assert matcher.is_accepting() and set(row[ended:]) <= set(ends)
        text = TOKENIZER.decode(row[:ended])
        if "regex" in specification:
            assert re.fullmatch(specification["regex"], text)
        if "schema" in specification:
            jsonschema.validate(json.loads(text), specification["schema"])

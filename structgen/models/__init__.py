"""A model's name, path or (model, tokenizer) pair comes in, a target model behind one small interface goes out."""

from __future__ import annotations

from structgen.models.loading import load_target
from structgen.models.target import ChatMessage, Prompt, Sequences, TargetModel

__all__ = ["ChatMessage", "Prompt", "Sequences", "TargetModel", "load_target"]

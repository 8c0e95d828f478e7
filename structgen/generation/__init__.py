"""Prompts and a specification come in, texts that meet it and their values go out."""

from __future__ import annotations

from structgen.generation.model import Model, agenerate, generate, load_model
from structgen.generation.result import Result, Statistics
from structgen.generation.streaming import Chunk
from structgen.speculation.sampling import Sampling

__all__ = ["Chunk", "Model", "Result", "Sampling", "Statistics", "agenerate", "generate", "load_model"]

"""Calls of ``model.generate`` come in; masks for its own strategies, or texts of structgen's decoder, go out."""

from __future__ import annotations

from structgen.integrations.transformers.decoder import StructgenDecoder
from structgen.integrations.transformers.processor import StructgenLogitsProcessor

__all__ = ["StructgenDecoder", "StructgenLogitsProcessor"]

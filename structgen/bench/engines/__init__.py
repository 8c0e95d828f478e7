"""Engines by name: a JSON Schema comes in, masks over a tokenizer's tokens go out."""

from __future__ import annotations

import importlib
from importlib import metadata
from typing import TYPE_CHECKING, Final

from structgen.bench.engines.base import Engine
from structgen.errors import ArgumentError

if TYPE_CHECKING:
    from structgen.bench.tokenizers import Tokenizer

__all__ = ["ENGINES", "Engine", "engine_version", "installed_engines", "open_engine"]

ENGINES: Final[dict[str, tuple[str, str, str]]] = {
    "structgen": ("structgen.bench.engines.structgen", "Structgen", "structgen"),
    "structgen-any-order": ("structgen.bench.engines.structgen", "StructgenAnyOrder", "structgen"),
    "llguidance": ("structgen.bench.engines.llguidance", "LLGuidance", "llguidance"),
    "xgrammar": ("structgen.bench.engines.xgrammar", "XGrammar", "xgrammar"),
    "outlines-core": ("structgen.bench.engines.guides", "OutlinesCore", "outlines-core"),
    "glrmask": ("structgen.bench.engines.glrmask", "GLRMask", "glrmask"),
    "maskforge": ("structgen.bench.engines.maskforge", "MaskForge", "maskforge"),
    "oc-earley": ("structgen.bench.engines.guides", "OCEarley", "oc-earley"),
    "lm-format-enforcer": ("structgen.bench.engines.lm_format_enforcer", "LMFormatEnforcer", "lm-format-enforcer"),
    "llama.cpp": ("structgen.bench.engines.llama_cpp", "LlamaCpp", "llama-cpp-python"),
}
"""Of each name: the adapter's module and class, and the distribution that has to be installed."""


def engine_version(name: str) -> str | None:
    """The version of the engine's distribution; None where it is not installed.

    Raises
    ------
    ArgumentError
        No engine is called so.
    """
    if name not in ENGINES:
        raise ArgumentError(f"no engine is called {name!r}", hint=f"one of {', '.join(ENGINES)}")
    distribution = ENGINES[name][2]
    if distribution == "structgen":  # runs from a checkout too, where nothing is installed
        try:
            return metadata.version(distribution)
        except metadata.PackageNotFoundError:
            return "checkout"
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def installed_engines() -> list[str]:
    """The names of the engines whose distributions are installed."""
    return [name for name in ENGINES if engine_version(name) is not None]


def open_engine(name: str, tokenizer: Tokenizer) -> Engine:
    """Make an engine ready for a tokenizer.

    Raises
    ------
    ArgumentError
        No engine is called so, or it is not installed.
    """
    if engine_version(name) is None:
        raise ArgumentError(f"{name} is not installed", hint=f"pip install {ENGINES[name][2]}")
    module, cls, _ = ENGINES[name]
    engine: Engine = getattr(importlib.import_module(module), cls)(tokenizer)
    return engine

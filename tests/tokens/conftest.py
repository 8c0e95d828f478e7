"""A cache folder of their own for the tests of tokens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True, scope="session")
def shared_cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STRUCTGEN_CACHE_DIR", str(folder))
        patch.delenv("STRUCTGEN_CACHE_BYTES", raising=False)
        yield folder

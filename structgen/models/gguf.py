"""GGUF files, unpacked once.

``transformers`` takes about 20 s to read a small GGUF file's vocabulary (three times, in Python) and to turn its
weights back into floats. What comes out is kept in the cache folder as a plain ``safetensors`` checkpoint, which loads
in under 1 s. Its folder is named after the file's content hash; where all of them pass ``MAX_BYTES``, the least
recently used go.
"""

from __future__ import annotations

import contextlib
import copy
import hashlib
import io
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import safetensors.torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

from structgen.errors import ModelError
from structgen.models.quiet import without_progress_bars
from structgen.tokens.cache import cache_folder

MAX_BYTES = 4 << 30
"""Of all unpacked checkpoints together: the built-in model takes 0.54 GB."""

FORMAT = 1


def load_gguf(file: Path) -> tuple[Any, Any]:
    """Load the model, in float32, and the tokenizer of a GGUF file.

    Raises
    ------
    ModelError
        The file can't be read as a model that transformers knows.
    """
    folder = cache_folder() / "models" / f"{_content_hash(file)}-{transformers.__version__}-{FORMAT}"
    with without_progress_bars():
        if folder.is_dir():
            try:
                os.utime(folder)  # what was used last goes last
                return _load(folder)
            except Exception:  # whatever a damaged checkpoint provokes in its readers: it is made again
                shutil.rmtree(folder, ignore_errors=True)
        model, tokenizer = _convert(file)
    if model.get_memory_footprint() <= MAX_BYTES:
        # A folder that can't be written, or a full disk, costs the next load its time and nothing else.
        with contextlib.suppress(OSError):
            _store(folder, model, tokenizer)
            _evict(folder)
    return model, tokenizer


def _content_hash(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _load(folder: Path) -> tuple[Any, Any]:
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, use_safetensors=True)
    return model, tokenizer


def _convert(file: Path) -> tuple[Any, Any]:
    where = {"gguf_file": file.name, "local_files_only": True}
    try:
        tokenizer = AutoTokenizer.from_pretrained(file.parent, **where)
        # Its progress bar knows no switch.
        with contextlib.redirect_stderr(io.StringIO()):
            model = AutoModelForCausalLM.from_pretrained(file.parent, dtype="float32", **where)
    except Exception as error:  # the readers of a damaged or unknown file raise what they like
        raise ModelError(
            f"{file} can't be loaded",
            reason=f"{type(error).__name__}: {error}",
            hint="a GGUF file that transformers supports",
        ) from error
    return model, tokenizer


def _store(folder: Path, model: Any, tokenizer: Any) -> None:
    """Write the checkpoint beside its place and move it there whole, so that no other process sees half of it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix="draft-", dir=folder.parent))
    try:
        tokenizer.save_pretrained(draft)
        # save_pretrained refuses a model that once was quantized.
        config = copy.deepcopy(model.config)
        if hasattr(config, "quantization_config"):
            del config.quantization_config
        config.save_pretrained(draft)
        model.generation_config.save_pretrained(draft)
        safetensors.torch.save_model(model, str(draft / "model.safetensors"), metadata={"format": "pt"})
        draft.replace(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _evict(newest: Path) -> None:
    others = sorted((path for path in newest.parent.iterdir() if path != newest), key=lambda path: path.stat().st_mtime)
    total = sum(map(_bytes, others)) + _bytes(newest)
    for folder in others:
        if total <= MAX_BYTES:
            return
        total -= _bytes(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())

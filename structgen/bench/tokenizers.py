"""The tokenizer that all engines of a run share, with the exact bytes of its tokens."""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from structgen.errors import TokenizerError
from structgen.models import builtin

if TYPE_CHECKING:
    from structgen.tokens.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """A fast ``transformers`` tokenizer, and its vocabulary."""

    name: str
    huggingface: Any
    vocabulary: Vocabulary

    @property
    def eos(self) -> int:
        """The token that ends a text."""
        return self.vocabulary.eos_token_ids[0]


def load_tokenizer(source: str | None) -> Tokenizer:
    """Load a tokenizer from a ``tokenizer.json``, a folder with one, a GGUF file or the Hub; None: the built-in one.

    Raises
    ------
    TokenizerError
        Nothing there can be loaded, or nothing ends a text.
    ModelError
        The built-in model is not installed, or a GGUF file can't be read.
    """
    from structgen.tokens.vocabulary import Vocabulary

    path = builtin.builtin_file() if source is None else Path(source)
    if path.suffix == ".gguf":
        from structgen.models.gguf import load_gguf

        loaded = load_gguf(path)[1]
    else:
        loaded = _load(source or "", path)
    return Tokenizer(source or builtin.NAME, loaded, Vocabulary.from_tokenizer(loaded))


def _load(source: str, path: Path) -> Any:
    transformers = importlib.import_module("transformers")
    file = path / "tokenizer.json" if path.is_dir() else path
    try:
        if file.is_file():
            tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=str(file))
            tokenizer.eos_token = tokenizer.eos_token or _eos(file.parent / "tokenizer_config.json")
            return tokenizer
        return transformers.AutoTokenizer.from_pretrained(source)
    except Exception as error:  # tokenizers raises bare Exceptions, transformers OSError, ValueError and others
        raise TokenizerError(
            f"{source!r} can't be loaded as a tokenizer",
            reason=f"{type(error).__name__}: {error}",
            hint="a tokenizer.json with a tokenizer_config.json beside it, a GGUF file, or a name on the Hub",
        ) from error


def _eos(config: Path) -> str:
    token = json.loads(config.read_text("utf-8"))["eos_token"]
    return str(token["content"] if isinstance(token, dict) else token)

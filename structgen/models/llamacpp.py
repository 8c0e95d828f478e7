"""Target models of llama.cpp: GGUF files, as they are, with their quantized weights, on the CPU.

The weights stay in the types of the file, and what they are multiplied with is rounded to eight bits on the way. So the
logits are near those of the same file in ``transformers``, which computes in float32, and not equal to them. With the
types that ``is_exact`` finds in order (Q4_0, Q4_1 and Q8_0 on x86), a token's logits are the same bits in any pass.
With others, llama.cpp has kernels of its own for wide passes, and what differs in their last bit is rounded apart.
"""

from __future__ import annotations

import logging
import weakref
from functools import cached_property
from pathlib import Path

import llama_cpp
from llama_cpp.llama_chat_format import Jinja2ChatFormatter

from structgen.errors import ModelError
from structgen.models.llamacpp_context import quiet
from structgen.models.llamacpp_sequences import ContextSequences
from structgen.models.llamacpp_vocabulary import metadata, read_vocabulary, tokenize
from structgen.models.prompts import Template, text_of
from structgen.models.target import Prompt, Sequences, TargetModel

_log = logging.getLogger("llama-cpp-python")
if _log.level == logging.NOTSET:  # where nobody asked for it, the library's debug log fills standard error
    _log.setLevel(logging.ERROR)


_WIDTHS = (2, 4, 8, 32)
"""Of passes that ``is_exact`` compares: where llama.cpp's kernels for several tokens begin, and one well beyond."""


class LlamaCppModel(TargetModel):
    """A GGUF file, run by llama.cpp."""

    def __init__(self, file: Path, *, name: str = "") -> None:
        """Load a file.

        Raises
        ------
        ModelError
            llama.cpp can't load it, or it holds no causal language model.
        TokenizerError
            The exact bytes of its tokens can't be known.
        """
        self.name = name or str(file)
        settings = llama_cpp.llama_model_default_params()
        settings.n_gpu_layers = 0
        # The AMX kernels crash where GCC before 13.2.1 has compiled them (ggml-org/llama.cpp#20824, #26954); they are
        # among those that want their weights in another order.
        settings.use_extra_bufts = b"AMX_INT8 = 1" not in llama_cpp.llama_print_system_info()
        with quiet() as errors:
            self.pointer = llama_cpp.llama_model_load_from_file(str(file).encode(), settings)
        if not self.pointer:
            raise ModelError(
                f"{file} can't be loaded",
                reason="; ".join(errors),
                hint='a GGUF file that llama.cpp supports, or dtype="float32" to read it with transformers',
            )
        weakref.finalize(self, llama_cpp.llama_model_free, self.pointer)
        if llama_cpp.llama_model_has_encoder(self.pointer) or llama_cpp.llama_model_is_diffusion(self.pointer):
            raise ModelError(f"{self.name} is no causal language model", hint="a causal (decoder-only) model")
        self.vocabulary = read_vocabulary(self.pointer)
        self.max_positions = int(llama_cpp.llama_model_n_ctx_train(self.pointer))
        self.is_positional = not (
            llama_cpp.llama_model_is_recurrent(self.pointer)
            or llama_cpp.llama_model_is_hybrid(self.pointer)
            or llama_cpp.llama_model_n_swa(self.pointer)
        )
        self.supports_trees = self.is_positional
        self._vocab = llama_cpp.llama_model_get_vocab(self.pointer)
        template = metadata(self.pointer, "tokenizer.chat_template")
        self.has_chat_template = bool(template)
        self._template = self._read_template(template) if template else None

    def encode(self, prompt: Prompt, *, chat: bool | None = None) -> list[int]:
        text, is_chat = text_of(prompt, chat=chat, template=self._template, name=self.name)
        begins = not is_chat and llama_cpp.llama_vocab_get_add_bos(self._vocab)
        tokens = ([self._first_token()] if begins else []) + tokenize(self._vocab, text, special=True)
        return tokens or [self._first_token()]

    def start(self, rows: int) -> Sequences:
        return ContextSequences(self, rows)

    @cached_property
    def is_exact(self) -> bool:
        """Whether a token's logits are the same bits however many tokens share its pass.

        Found by trying: 47 tokens in five passes. Only then does a draft, or a batch, never change a text.
        """
        tokens = [number * self.vocabulary.size // _WIDTHS[-1] for number in range(_WIDTHS[-1])]
        alone = self.start(1).forward([tokens[:1]])[0, 0]
        return all(self.start(1).forward([tokens[:width]], last=width)[0, 0].equal(alone) for width in _WIDTHS)

    def _read_template(self, template: str) -> Template:
        def text(token: int) -> str:
            written: bytes | None = llama_cpp.llama_vocab_get_text(self._vocab, token) if token >= 0 else b""
            return (written or b"").decode(errors="replace")

        try:
            formatter = Jinja2ChatFormatter(
                template,
                eos_token=text(llama_cpp.llama_vocab_eos(self._vocab)),
                bos_token=text(llama_cpp.llama_vocab_bos(self._vocab)),
            )
        except Exception as error:  # what Jinja's readers raise
            raise ModelError(f"the chat template of {self.name} can't be read", reason=str(error)) from error
        return lambda messages: formatter(messages=messages).prompt

    def _first_token(self) -> int:
        """What stands for nothing: a model needs one token to start from."""
        begin = int(llama_cpp.llama_vocab_bos(self._vocab))
        return begin if begin >= 0 else self.vocabulary.eos_token_ids[0]

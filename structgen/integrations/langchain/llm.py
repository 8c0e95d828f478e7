"""``StructgenLLM``: a language model of LangChain that completes texts, by a specification where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.llms import BaseLLM
from langchain_core.outputs import Generation, GenerationChunk, LLMResult

from structgen.integrations.langchain.calls import Growth, Settings, grow, model_of

__all__ = ["StructgenLLM"]


class StructgenLLM(BaseLLM, Settings):
    """A model that completes texts; the prompt is fed as it is, without a chat template.

    ``bind`` takes the specification: ``llm.bind(regex="[0-9]{4}")``, ``llm.bind(schema=...)``, ``choices=``,
    ``grammar=``, and the options of ``structgen.compile``. The fields are those of ``ChatStructgen``.
    """

    @property
    def _llm_type(self) -> str:
        return "structgen"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        names = ("temperature", "max_tokens", "top_p", "top_k", "min_p", "seed", "stop", "whitespace")
        return {"model_name": self.model_name} | {name: getattr(self, name) for name in names}

    def _generate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> LLMResult:
        last = [list(grow(self, prompt, stop, kwargs, chat=False))[-1] for prompt in prompts]
        used = {name: sum(one.usage[name] for one in last if one.usage) for name in _USAGE}  # type: ignore[literal-required]
        name = model_of(self, kwargs).name
        return LLMResult(
            generations=[[Generation(text=one.text, generation_info=_info(one, name))] for one in last],
            llm_output={"model_name": name, "token_usage": used},
        )

    def _stream(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[GenerationChunk]:
        name = model_of(self, kwargs).name
        for growth in grow(self, prompt, stop, kwargs, chat=False):
            chunk = GenerationChunk(
                text=growth.delta, generation_info=_info(growth, name) if growth.finish_reason else None
            )
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk


_USAGE = ("input_tokens", "output_tokens", "total_tokens")


def _info(growth: Growth, name: str) -> dict[str, Any]:
    return {"finish_reason": growth.finish_reason, "model_name": name, "usage_metadata": growth.usage}

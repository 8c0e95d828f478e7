"""Specifications for the pipelines that ``langchain-huggingface`` (or ``langchain-community``) already has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from langchain_core.output_parsers import StrOutputParser
from langchain_core.runnables import Runnable

from structgen.errors import ArgumentError
from structgen.integrations.langchain.parsing import parser_of

if TYPE_CHECKING:
    from langchain_core.language_models import LanguageModelInput

    from structgen.compiler import CompileOptions

__all__ = ["structured_pipeline"]


def structured_pipeline(
    llm: Any, *, pipeline_kwargs: dict[str, Any] | None = None, **specification: Unpack[CompileOptions]
) -> Runnable[LanguageModelInput, Any]:
    """A runnable over an existing ``HuggingFacePipeline`` or ``ChatHuggingFace``, whose answers meet a specification.

    Parameters
    ----------
    llm : HuggingFacePipeline, or ChatHuggingFace over one
    pipeline_kwargs : dict, optional
        For each call, such as ``{"max_new_tokens": 200}``. Default: those of the pipeline.
    specification
        ``schema=``, ``regex=``, ``choices=`` or ``grammar=``, and the options of ``structgen.compile``. With a schema
        the answers are values, as those of ``ChatStructgen.with_structured_output``; otherwise texts.

    Raises
    ------
    ArgumentError
        ``llm`` has no pipeline of ``transformers`` that generates text on this machine.
    SchemaError, RegexError, GrammarError, LimitExceededError
        The specification is refused.
    """
    from structgen.integrations.transformers import StructgenLogitsProcessor

    owner = llm if hasattr(llm, "pipeline") else getattr(llm, "llm", None)
    pipeline: Any = getattr(owner, "pipeline", None)
    if getattr(pipeline, "task", None) != "text-generation":
        raise ArgumentError(
            "llm is a HuggingFacePipeline that generates text, or a ChatHuggingFace over one",
            reason=f"got {type(llm).__name__}",
            hint="ChatStructgen or StructgenLLM; endpoints compute elsewhere, where no mask reaches them",
        )
    parser: Any = StrOutputParser()
    if specification.get("schema") is not None:
        parser = parser_of(specification["schema"], strict=None)
        specification["schema"] = parser.json_schema
    processor = StructgenLogitsProcessor.of(pipeline.model, pipeline.tokenizer, **specification)
    given = pipeline_kwargs if pipeline_kwargs is not None else getattr(owner, "pipeline_kwargs", None) or {}
    options = {**given, "logits_processor": processor, "return_full_text": False}
    bound: Runnable[LanguageModelInput, Any] = llm.bind(pipeline_kwargs=options) | parser
    return bound

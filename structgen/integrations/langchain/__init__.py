"""LangChain's messages and prompts come in, its messages, tool calls and typed values go out."""

from __future__ import annotations

from structgen.integrations.langchain.chat import ChatStructgen
from structgen.integrations.langchain.huggingface import structured_pipeline
from structgen.integrations.langchain.llm import StructgenLLM
from structgen.integrations.langchain.parsing import StructuredOutputParser

__all__ = ["ChatStructgen", "StructgenLLM", "StructuredOutputParser", "structured_pipeline"]

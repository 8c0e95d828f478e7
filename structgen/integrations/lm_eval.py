"""lm-evaluation-harness: tasks that ask for JSON of a schema, such as ``jsonschema_bench_easy``.

``python -m structgen.integrations.lm_eval run --model structgen --tasks jsonschema_bench_easy`` is the harness's own
command line with one more model. The schema of each request is a field of its document; the prompt, the examples and
the measures are the task's. The harness stops at a blank line unless a task says otherwise, so the JSON is compact.

Source: lm-evaluation-harness 0.4.13, ``docs/model_guide.md``.
"""

from __future__ import annotations

import json
import logging
from typing import Any, NoReturn

import torch
from lm_eval._cli import HarnessCLI
from lm_eval.api.instance import Instance
from lm_eval.api.model import LM
from lm_eval.api.registry import model_registry
from lm_eval.models.utils import normalize_gen_kwargs, postprocess_generated_text
from lm_eval.utils import setup_logging
from tqdm import tqdm

from structgen.errors import ArgumentError, ModelError, StructgenError
from structgen.generation import Model, Sampling, load_model

NAME = "structgen"
MAX_TOKENS = 512

_CHAT = "<structgen messages> "
_SAMPLING = ("temperature", "top_p", "top_k", "min_p")
_log = logging.getLogger(__name__)


class StructgenLM(LM):
    """A model that answers each request with JSON that is valid against the schema in the request's document."""

    def __init__(
        self,
        pretrained: str | None = None,
        *,
        model: Model | None = None,
        schema_field: str = "json_schema",
        draft: Any = None,
        formats: Any = "assert",
        dtype: str | None = None,
        device: str | None = None,
        max_gen_toks: int = MAX_TOKENS,
        batch_size: int | str | None = None,
        max_batch_size: int | None = None,
    ) -> None:
        """Load the model.

        Parameters
        ----------
        pretrained : str, optional
            See ``structgen.load_model``, as for ``dtype`` and ``device``. Default: the built-in model. "cuda" counts
            only where torch has it: the harness's command line asks for it unasked.
        model : Model, optional
            One that is loaded already; from Python.
        schema_field : str
            The field of a document that holds its schema, as JSON text or as an object.
        draft, formats
            See ``structgen.compile``. The measures of ``jsonschema_bench`` take every schema for one of 2020-12.
        max_gen_toks : int
            Of each answer, where a task doesn't say.
        batch_size, max_batch_size
            Taken because the harness passes them on. Each request has a schema of its own, and is answered alone.
        """
        super().__init__()
        if device is not None and device.startswith("cuda") and not torch.cuda.is_available():
            device = None  # the command line asks for cuda:0 on every machine
        self._model = model if model is not None else load_model(pretrained, dtype=dtype, device=device)
        self._schema_field, self._max_tokens = schema_field, max_gen_toks
        self._reading = {"draft": None if draft is None else str(draft), "formats": formats}

    @property
    def tokenizer_name(self) -> str:
        return self._model.name

    def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
        """Write the messages out, for ``generate_until`` to read: the model's own template is applied there."""
        if not add_generation_prompt:
            raise ModelError(
                "an answer can't be begun for the model",
                reason="its text is whole JSON",
                hint="a task without gen_prefix, or no --apply_chat_template",
            )
        return _CHAT + json.dumps(chat_history)

    def generate_until(self, requests: list[Instance], disable_tqdm: bool = False) -> list[str]:
        """Answer each request. One that is refused is logged, with the reason, and answered with an empty text."""
        answers: list[str] = []
        refused = 0
        for request in tqdm(requests, disable=disable_tqdm, desc="structgen"):
            context, settings = request.args
            try:
                answer = self._answer(context, self._schema(request.doc), settings)
            except StructgenError as error:
                if isinstance(error, ArgumentError):  # of the caller's settings, and so of every request
                    raise
                refused += 1
                _log.warning("document %s of %s is refused: %s", request.doc_id, request.task_name, error)
                answer = ""
            answers.append(answer)
            self.cache_hook.add_partial("generate_until", request.args, answer)
        if refused:
            _log.warning("%d of %d requests were refused, and count as wrong", refused, len(requests))
        return answers

    def loglikelihood(self, requests: list[Instance]) -> NoReturn:
        _refuse_scores()

    def loglikelihood_rolling(self, requests: list[Instance]) -> NoReturn:
        _refuse_scores()

    def _schema(self, document: dict[str, Any]) -> Any:
        if self._schema_field not in document:
            raise ArgumentError(
                f"the task's documents have no field {self._schema_field!r}",
                reason=f"they have {', '.join(map(repr, document))}",
                hint="--model_args schema_field=...",
            )
        return document[self._schema_field]

    def _answer(self, context: str, schema: Any, settings: dict[str, Any]) -> str:
        wanted = normalize_gen_kwargs(settings, self._max_tokens)
        unknown = set(wanted) - {"until", "max_gen_toks", "do_sample", *_SAMPLING}
        if unknown:
            raise ArgumentError(f"structgen has no generation setting {min(unknown)!r}", hint="a task without it")
        sampling = Sampling(**{name: wanted[name] for name in _SAMPLING if name in wanted})
        chat = context.startswith(_CHAT)
        prompt = json.loads(context.removeprefix(_CHAT)) if chat else context
        result = self._model.generate(
            prompt,
            schema=schema,
            whitespace="compact",
            sampling=sampling if wanted["do_sample"] else None,
            max_tokens=wanted["max_gen_toks"],
            chat=chat,
            **self._reading,
        )
        return str(postprocess_generated_text(result.text, wanted["until"], None))


def _refuse_scores() -> NoReturn:
    raise ModelError(
        "structgen scores no given text",
        reason="a task of this kind asks for likelihoods, which no schema changes",
        hint="the harness's own --model hf",
    )


def main() -> None:
    """The harness's command line, where ``--model structgen`` is known."""
    setup_logging()
    parser = HarnessCLI()
    parser.execute(parser.parse_args())


if NAME not in model_registry:  # the module runs twice where it is the program and the model's home
    model_registry.register(NAME, target="structgen.integrations.lm_eval:StructgenLM")

if __name__ == "__main__":
    main()

"""lm-evaluation-harness, run for real over a task and documents of our own."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("lm_eval", reason="lm-eval is not installed: pip install 'structgen[lm-eval]'")

from lm_eval import simple_evaluate
from lm_eval.api.instance import Instance
from lm_eval.api.registry import get_model
from lm_eval.tasks import TaskManager

from structgen.errors import ArgumentError, ModelError
from structgen.generation import Model
from structgen.integrations.lm_eval import StructgenLM
from structgen.models import load_target
from tests.toy import toy_model, toy_tokenizer

ROOT = Path(__file__).parents[2]
RECORD = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 12},
        "age": {"type": "integer", "minimum": 0, "maximum": 99},
    },
    "required": ["name", "age"],
    "additionalProperties": False,
}
CHOICE = {"enum": ["red", "green", {"other": True}]}
NOTHING = {"type": "string", "minLength": 3, "maxLength": 2}
TASK = """
include: jsonschema_bench_easy.yaml
task: own_jsonschema
dataset_path: json
dataset_name: null
dataset_kwargs:
  data_files:
    train: {data}
    valid: {data}
    test: {data}
"""


def toy_lm(*, chat: bool = False, **options: Any) -> StructgenLM:
    tokenizer = toy_tokenizer(chat=chat)
    return StructgenLM(model=Model(load_target((toy_model(tokenizer), tokenizer))), **options)


def request(document: dict[str, Any], *, context: str = "JSON object: ", **settings: Any) -> Instance:
    return Instance("generate_until", document, (context, {"until": ["\n\n"], "do_sample": False, **settings}), 0)


@pytest.fixture
def own_task(tmp_path: Path) -> Path:
    """A folder with the benchmark's own task over two documents of ours: its prompt, examples and measures."""
    import lm_eval.tasks.jsonschema_bench as package

    original = Path(next(iter(package.__path__)))
    for name in ("jsonschema_bench_easy.yaml", "metrics.py"):
        (tmp_path / name).write_text((original / name).read_text())
    documents = [{"json_schema": json.dumps(schema), "unique_id": str(schema)} for schema in (RECORD, CHOICE)]
    data = tmp_path / "documents.jsonl"
    data.write_text("".join(json.dumps(document) + "\n" for document in documents))
    (tmp_path / "own_jsonschema.yaml").write_text(TASK.format(data=data))
    return tmp_path


@pytest.mark.slow
def test_the_benchmark_counts_every_answer_as_compliant(own_task: Path) -> None:
    manager = TaskManager(include_path=str(own_task), include_defaults=False)
    found = simple_evaluate(model=toy_lm(), tasks=["own_jsonschema"], task_manager=manager, bootstrap_iters=0)
    measures = found["results"]["own_jsonschema"]
    assert measures["json_validity,none"] == 1
    assert measures["schema_compliance,none"] == 1
    for sample in found["samples"]["own_jsonschema"]:
        assert sample["arguments"][0][0].count("JSON schema: ") == 3  # two examples, and the question
        assert "\n" not in sample["resps"][0][0]


@pytest.mark.slow
@pytest.mark.model
def test_the_command_line_knows_the_model(own_task: Path) -> None:
    pytest.importorskip("llama_cpp", reason="with transformers, the built-in model takes too long for a test")
    program = [sys.executable, "-m", "structgen.integrations.lm_eval", "run", "--model", "structgen"]
    arguments = ["--model_args", "max_gen_toks=60", "--tasks", "own_jsonschema", "--include_path", str(own_task)]
    fewer = ["--num_fewshot", "0", "--limit", "1"]
    output = ["--output_path", str(own_task / "results"), "--log_samples"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "HF_DATASETS_CACHE": str(own_task / "cache")}
    done = subprocess.run(
        [*program, *arguments, *fewer, *output], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    (results,) = (own_task / "results").rglob("results_*.json")
    assert json.loads(results.read_text())["results"]["own_jsonschema"]["schema_compliance,none"] == 1


class TestAnswers:
    def test_are_compact_and_valid(self) -> None:
        (answer, choice) = toy_lm().generate_until(
            [request({"json_schema": json.dumps(RECORD)}), request({"json_schema": CHOICE})], disable_tqdm=True
        )
        assert set(json.loads(answer)) == {"name", "age"}
        assert json.loads(choice) in CHOICE["enum"]
        assert not {"\n", ": "} & {answer, choice}

    def test_take_the_schema_from_the_field_that_is_named(self) -> None:
        (answer,) = toy_lm(schema_field="shape").generate_until([request({"shape": {"const": "five"}})])
        assert answer == '"five"'

    def test_stop_where_the_task_says(self) -> None:
        asked = request({"json_schema": {"const": "ab"}}, until=["b"])
        assert toy_lm().generate_until([asked]) == ['"a']

    def test_have_as_many_tokens_as_the_task_says(self) -> None:
        asked = request({"json_schema": {"type": "string", "minLength": 50}}, max_gen_toks=7)
        (answer,) = toy_lm().generate_until([asked])
        assert len(answer.encode()) <= 7

    def test_are_drawn_where_the_task_says(self) -> None:
        asked = request(
            {"json_schema": {"type": "string", "minLength": 8, "maxLength": 8}}, do_sample=True, temperature=1.0
        )
        assert len(set(toy_lm().generate_until([asked] * 5))) > 1

    def test_of_a_chat_see_the_messages_in_the_models_template(self) -> None:
        model = toy_lm(chat=True)
        messages = [{"role": "system", "content": "é"}, {"role": "user", "content": "hi"}]
        target = model._model.target
        seen: list[Any] = []
        encode = target.encode
        target.encode = lambda prompt, **options: seen.append((prompt, options)) or encode(prompt, **options)  # type: ignore[method-assign, func-returns-value]
        model.generate_until([request({"json_schema": {"const": 1}}, context=model.apply_chat_template(messages))])
        assert seen == [(messages, {"chat": True})]

    def test_of_a_text_see_it_as_it_is(self) -> None:
        model = toy_lm(chat=True)
        (answer,) = model.generate_until([request({"json_schema": RECORD}, context="hi")])
        wanted = model._model.generate("hi", schema=RECORD, whitespace="compact", chat=False)
        assert answer == wanted.text


class TestRefusals:
    def test_of_a_schema_are_logged_and_counted_as_wrong(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.WARNING):
            answers = toy_lm().generate_until(
                [
                    request({"json_schema": NOTHING}),
                    request({"json_schema": "{"}),
                    request({"json_schema": {"const": None}}),
                ]
            )
        assert answers == ["", "", "null"]
        assert "2 of 3 requests were refused" in caplog.text

    def test_of_a_prompt_that_is_too_long_are_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.WARNING):
            assert toy_lm().generate_until([request({"json_schema": {"const": 1}}, context="a" * 5000)]) == [""]
        assert "too long" in caplog.text

    def test_of_documents_without_a_schema_name_their_fields(self) -> None:
        with pytest.raises(ArgumentError, match="no field 'json_schema'") as refusal:
            toy_lm().generate_until([request({"question": "?"})])
        assert "question" in refusal.value.reason

    def test_of_unknown_settings_name_them(self) -> None:
        with pytest.raises(ArgumentError, match="repetition_penalty"):
            toy_lm().generate_until([request({"json_schema": True}, repetition_penalty=1.1)])

    def test_of_likelihoods_and_of_answers_begun(self) -> None:
        model = toy_lm()
        for method in (model.loglikelihood, model.loglikelihood_rolling):
            with pytest.raises(ModelError, match="scores no given text"):
                method([])
        with pytest.raises(ModelError, match="can't be begun"):
            model.apply_chat_template([], add_generation_prompt=False)


def test_the_harness_finds_the_model_by_its_name() -> None:
    assert get_model("structgen") is StructgenLM

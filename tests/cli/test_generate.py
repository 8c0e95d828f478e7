"""``structgen generate``: what comes on which stream, and with which exit code."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import structgen
from structgen.cli.generate import print_json
from tests.cli.conftest import Run

RunProcess = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def generate(run: Run, toy_folder: str) -> Run:
    def generate(*arguments: str, **options: Any) -> Any:
        return run("generate", "--model", toy_folder, *arguments, **options)

    return generate


@pytest.fixture
def model(toy_folder: str) -> structgen.Model:
    return structgen.load_model(toy_folder)


def test_the_text_and_nothing_else_is_on_standard_output(generate: Run, model: structgen.Model) -> None:
    result = generate("--regex", "[abc]{5}", "a prompt")
    assert result.exit_code == 0
    assert result.stdout == model.generate("a prompt", regex="[abc]{5}").text + "\n"
    assert result.stderr == ""


def test_escape_sequences_in_a_text_stay_in_it(generate: Run) -> None:
    assert generate("--regex", r"\x1b\[1mab", "a prompt").stdout == "\x1b[1mab\n"


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_the_prompt_may_come_from_standard_input(
    generate: Run, model: structgen.Model, arguments: tuple[str, ...]
) -> None:
    wanted = model.generate("zwei\nZeilen: é", regex="[abc]{5}").text
    assert generate("--regex", "[abc]{5}", *arguments, text="zwei\nZeilen: é\n").stdout == wanted + "\n"


def test_several_prompts_give_a_line_each(generate: Run, model: structgen.Model) -> None:
    prompts = ["one", "two", "three"]
    wanted = [result.text for result in model.generate(prompts, regex="[abc]{5}")]
    assert generate("--regex", "[abc]{5}", *prompts).stdout.splitlines() == wanted
    assert generate("--regex", "[abc]{5}", "--lines", text="\n".join(prompts)).stdout.splitlines() == wanted
    assert generate("--regex", "[abc]{5}", "--batch-size", "2", *prompts).stdout.splitlines() == wanted


def test_texts_are_of_the_grammar(generate: Run, model: structgen.Model, tmp_path: Path) -> None:
    grammar = 'start: "(" start ")" | LETTER~5\nLETTER: /[abc]/'
    (tmp_path / "letters.lark").write_text(grammar)
    wanted = model.generate("a prompt", grammar=grammar, max_tokens=40)
    options = ("--grammar", str(tmp_path / "letters.lark"), "--max-tokens", "40", "a prompt")
    result = generate(*options)
    assert (result.exit_code, wanted.finish_reason) in ((0, "stop"), (1, "length"))
    assert result.stdout == (wanted.text + "\n" if result.exit_code == 0 else "")
    assert json.loads(generate("--json", *options).stdout)["text"] == wanted.text


def test_json_holds_the_value_and_the_statistics(generate: Run, tmp_path: Path) -> None:
    schema = tmp_path / "schema.json"
    schema.write_text('{"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 2}')
    result = generate("--schema", str(schema), "--json", "--max-whitespace", "0", "p")
    record = json.loads(result.stdout)
    assert json.loads(record["text"]) == record["value"]
    assert len(record["value"]) == 2
    assert record["finish_reason"] == "stop"
    assert record["statistics"]["tokens"] >= record["statistics"]["forced_tokens"] > 0


@pytest.mark.parametrize("number", ["1E400", "0.10", "123456789012345678901234567890", "-0"])
def test_json_keeps_numbers_as_they_were_written(number: str) -> None:
    figures = structgen.Statistics(
        prompt_tokens=1,
        tokens=1,
        forced_tokens=0,
        forward_passes=1,
        drafted_tokens={},
        accepted_tokens={},
        compile_seconds=0.0,
        mask_seconds=0.0,
        draft_seconds=0.0,
        model_seconds=0.0,
        seconds=1.0,
    )
    result = structgen.Result(
        text=f"[{number},\r\n 1]",
        tokens=(),
        origins=(),
        finish_reason="stop",
        statistics=figures,
        _convert=json.loads,
        _partial=str,
    )
    buffer = io.StringIO()
    with contextlib.redirect_stdout(buffer):
        print_json(result, is_json=True)
    assert buffer.getvalue().count("\n") == 1
    assert f'"value": [{number},   1]' in buffer.getvalue()
    assert json.loads(buffer.getvalue())["text"] == result.text


def test_sampling_options_reach_the_sampler(generate: Run, model: structgen.Model) -> None:
    options = ("--temperature", "1.5", "--top-p", "0.9", "--top-k", "50", "--min-p", "0.01", "--seed", "4")
    sampling = structgen.Sampling(temperature=1.5, top_p=0.9, top_k=50, min_p=0.01, seed=4)
    wanted = model.generate("p", regex="[a-z]{20}", sampling=sampling).text
    assert generate("--regex", "[a-z]{20}", *options, "p").stdout == wanted + "\n"


def test_the_chat_template_can_be_left_out(generate: Run, model: structgen.Model) -> None:
    wanted = model.generate("p", regex="[a-z]{20}", chat=False).text
    assert generate("--regex", "[a-z]{20}", "--no-chat", "p").stdout == wanted + "\n"


def test_statistics_go_to_standard_error(generate: Run) -> None:
    result = generate("--regex", "x{9}[ab]", "--statistics", "p")
    assert result.stdout.strip() in ("x" * 9 + "a", "x" * 9 + "b")
    assert "10 (9 forced, 1 passes of the model)" in result.stderr


def test_an_incomplete_text_is_no_output_and_exits_with_1(generate: Run) -> None:
    result = generate("--choices", "long enough", "--max-tokens", "4", "p")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "the output is incomplete" in result.stderr
    assert "'long'" in result.stderr


def test_one_incomplete_text_of_several_leaves_the_others_in_their_lines(generate: Run) -> None:
    result = generate(
        "--regex", "a|bcdefghij", "--max-tokens", "5", "--temperature", "9", "--seed", "1", *("p" for _ in range(12))
    )
    lines = result.stdout.split("\n")[:-1]
    assert result.exit_code == 1
    assert set(lines) == {"a", ""}
    assert len(lines) == 12
    for number, line in enumerate(lines, start=1):
        assert (f"prompt {number}: the output is incomplete" in result.stderr) == (line == "")


def test_an_incomplete_text_is_in_the_json(generate: Run) -> None:
    result = generate("--choices", "long enough", "--max-tokens", "4", "--json", "p")
    record = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (record["text"], record["value"], record["finish_reason"]) == ("long", None, "length")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--regex", "(", "p"), 2, "position"),
        (("p",), 2, "exactly one of --schema, --regex, --choices and --grammar"),
        (("--regex", "a", "--max-tokens", "-1", "p"), 2, "--max-tokens"),
        (("--regex", "a", "--temperature", "-1", "p"), 2, "temperature must be"),
        (("--regex", "a", "--top-p", "2", "p"), 2, "top_p must be"),
        (("--regex", "a", "--lines", "p"), 2, "--lines reads the prompts from standard input"),
        (("--regex", "a", "--dtype", "float33", "p"), 3, "float33"),
        (("--regex", "a", "x" * 5000), 3, "too long"),
    ],
)
def test_refusals_say_why_without_a_traceback(
    generate: Run, arguments: tuple[str, ...], code: int, message: str
) -> None:
    result = generate(*arguments)
    assert result.exit_code == code
    assert result.stdout == ""
    assert message in " ".join(result.stderr.replace("│", " ").split())
    assert "Traceback" not in result.stderr


def test_a_model_that_is_not_there_exits_with_3(run: Run, tmp_path: Path) -> None:
    result = run("generate", "--regex", "a", "--model", str(tmp_path), "p")
    assert result.exit_code == 3
    assert "can't be loaded" in result.stderr


def test_a_process_of_its_own_keeps_its_streams_apart(
    run_process: RunProcess, toy_folder: str, model: structgen.Model
) -> None:
    process = run_process("generate", "--model", toy_folder, "--regex", "[aé]{5}", text="Grüße")
    assert process.stdout == model.generate("Grüße", regex="[aé]{5}").text + "\n"
    assert process.stderr == ""
    assert process.returncode == 0


def test_a_process_of_its_own_exits_with_the_code_of_its_error(run_process: RunProcess) -> None:
    process = run_process("check", "--regex", "(")
    assert process.returncode == 2
    assert process.stdout == ""
    assert process.stderr.startswith("structgen: ")
    assert "Traceback" not in process.stderr

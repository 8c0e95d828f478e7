"""What ``import structgen`` gives, and what it costs."""

from __future__ import annotations

import importlib
import os
import runpy
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from unittest import mock

import pytest

import structgen

ROOT = Path(__file__).parents[1]


def test_every_public_name_is_there_and_documented() -> None:
    for name in structgen.__all__:
        assert getattr(structgen, name).__doc__, name
    assert set(structgen.__all__) <= set(dir(structgen))


def test_public_names_are_those_that_have_a_module() -> None:
    assert sorted(structgen.__all__) == sorted(structgen._MODULE_OF)


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'generat'"):
        _ = structgen.generat


def test_importing_costs_nothing_that_is_not_used() -> None:
    # What makes an import slow is what it imports in turn.
    program = "import sys, structgen; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    heavy = {"torch", "transformers", "numpy", "pydantic", "jsonschema", "rich", "typer", "lark"}
    assert not heavy & set(done.stdout.split())


def test_compiling_and_masking_needs_no_model_library() -> None:
    program = (
        "import sys, numpy, structgen\n"
        "vocabulary = structgen.Vocabulary.from_bytes([b'a', b'b', None], eos=2)\n"
        "matcher = structgen.compile(regex='a+b', vocabulary=vocabulary).matcher()\n"
        "matcher.fill_bitmask(row := numpy.zeros(1, numpy.int32))\n"
        "assert row[0] == 1\n"
        "assert not {'torch', 'transformers', 'tokenizers', 'lark'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


@pytest.mark.slow
def test_a_wheel_from_a_source_distribution_has_the_shelf(tmp_path: Path) -> None:
    def build(source: Path, kind: str) -> Path:
        program = f"from setuptools import build_meta; print(build_meta.build_{kind}({str(tmp_path)!r}))"
        command = [sys.executable, "-c", program]
        environment = os.environ | {"STRUCTGEN_PURE": "1"}
        done = subprocess.run(command, cwd=source, env=environment, check=True, capture_output=True, text=True)
        return tmp_path / done.stdout.splitlines()[-1]

    sources = tmp_path / "sources"
    for folder in ("structgen", "grammars"):
        shutil.copytree(ROOT / folder, sources / folder, ignore=shutil.ignore_patterns("*.so", "*.c", "__pycache__"))
    for file in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, sources)
    with tarfile.open(build(sources, "sdist")) as archive:
        archive.extractall(tmp_path, filter="data")
    with zipfile.ZipFile(build(next(tmp_path.glob("structgen-*/")), "wheel")) as wheel:
        wheel.extractall(tmp_path / "installed")
    program = "import structgen.grammar as grammar; print(grammar.__file__, grammar.embed('json') and grammar.shelf())"
    command = [sys.executable, "-c", program]
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "installed")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True)
    names = sorted(path.stem for path in (ROOT / "grammars").glob("*.lark"))
    assert done.stdout == f"{tmp_path / 'installed' / 'structgen' / 'grammar' / '__init__.py'} {names}\n"


def kernel_modules() -> list[str]:
    with mock.patch("setuptools.setup"), mock.patch.dict(os.environ, STRUCTGEN_PURE="1"):
        lists = [value for value in runpy.run_path(str(ROOT / "setup.py")).values() if isinstance(value, list)]
    return [path.removesuffix(".py").replace("/", ".") for paths in lists for path in paths]


@pytest.mark.skipif(
    "STRUCTGEN_EXPECT" not in os.environ, reason="STRUCTGEN_EXPECT=compiled or pure is set by make and CI"
)
@pytest.mark.parametrize("name", kernel_modules())
def test_the_kernel_is_what_this_run_is_meant_to_test(name: str) -> None:
    is_source = Path(importlib.import_module(name).__file__ or "").suffix == ".py"
    assert is_source == (os.environ["STRUCTGEN_EXPECT"] == "pure")

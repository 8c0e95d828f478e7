"""The Python in the documents runs as it stands, and the lists in them are complete."""

from __future__ import annotations

import re
import runpy
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import structgen
from structgen.schema.keywords import READERS

if TYPE_CHECKING:
    from structgen.generation.model import Model

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
WITH_MODEL = {"README.md", "langchain.md", "quickstart.md", "speculation.md", "streaming.md", "transformers.md"}


def snippets(document: Path) -> str:
    """The document's Python, each line at its own number, so that a traceback points into the document."""
    lines, is_python = [], False
    for line in document.read_text().splitlines():
        starts_or_ends = line.startswith("```")
        lines.append("" if starts_or_ends or not is_python else line)
        if starts_or_ends:
            is_python = line == "```python"
    return "\n".join(lines)


def run(document: Path) -> None:
    module = types.ModuleType(f"document_{document.stem}")
    # What a document imports for the first time must stay imported: no copy of `sys.modules` is restored.
    sys.modules[module.__name__] = module
    try:
        exec(compile(snippets(document), str(document), "exec", dont_inherit=True), vars(module))
    finally:
        del sys.modules[module.__name__]


WITH_PACKAGE = {"llama-cpp.md": "llama_cpp", "lm-eval.md": "lm_eval"}
"""Documents of packages that the tests can do without: these run where they are installed."""


@pytest.mark.parametrize(
    "document", [path for path in DOCUMENTS if path.name not in {*WITH_MODEL, *WITH_PACKAGE}], ids=lambda p: p.name
)
def test_snippets_without_a_model_run(document: Path) -> None:
    run(document)


@pytest.mark.model
@pytest.mark.parametrize(("name", "package"), WITH_PACKAGE.items())
def test_snippets_with_an_optional_package_run(
    name: str, package: str, builtin_model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(package, reason=f"{package} is not installed")
    if package != "llama_cpp":  # which is about another way of loading; else one copy of the model is enough
        monkeypatch.setattr(structgen, "load_model", lambda: builtin_model)
    run(ROOT / "docs" / name)


@pytest.mark.model
@pytest.mark.parametrize("document", [path for path in DOCUMENTS if path.name in WITH_MODEL], ids=lambda p: p.name)
def test_snippets_with_the_built_in_model_run(
    document: Path, builtin_model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One copy of the model in memory is enough.
    monkeypatch.setattr("structgen.generation.model._builtin_model", lambda: builtin_model)
    monkeypatch.setattr(structgen, "load_model", lambda: builtin_model)
    run(document)


@pytest.mark.model
def test_the_example_prints_an_instance_of_its_type(
    builtin_model: Model, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("structgen.generation.model._builtin_model", lambda: builtin_model)
    runpy.run_path(str(ROOT / "examples" / "person.py"))
    assert re.match(r"Person\(name='.*', born=\d+, .*\)\nStatistics\(", capsys.readouterr().out)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text()):
        assert (document.parent / target).exists(), target


def test_every_keyword_is_in_the_table_of_schemas() -> None:
    text = (ROOT / "docs" / "schemas.md").read_text()
    for keyword in {keyword for readers in READERS.values() for keyword in readers}:
        assert f"`{keyword}`" in text, keyword


def test_every_error_is_in_the_table_of_errors() -> None:
    text = (ROOT / "docs" / "errors.md").read_text()
    for name in structgen.__all__:
        if name.endswith("Error") and name != "StructgenError":
            assert f"| `{name}` |" in text, name

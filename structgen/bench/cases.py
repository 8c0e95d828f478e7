"""What is measured: JSON Schemas, most with instances that are valid or not, read from the layouts that the field uses.

* JSON Lines, gzipped or not: ``{"id", "schema", "tests": [{"valid", "data" or "text", "description"}]}``.
* MaskBench's folder ``data/``: a file each of ``{"schema", "tests"}``.
* JSONSchemaBench's folder ``data/``: a folder for each data set, a file each that is the schema itself.
* The JSON Schema Test Suite's folder ``tests/draft*/``: files of groups ``[{"description", "schema", "tests"}]``.
* The data set ``epfl-dlab/JSONSchemaBench`` on the Hugging Face Hub, through ``datasets``: rows of ``json_schema``.

Sources: Geng et al., "Generating Structured Outputs from Language Models: Benchmark and Studies", arXiv:2501.10868;
github.com/guidance-ai/jsonschemabench; github.com/json-schema-org/JSON-Schema-Test-Suite.
"""

from __future__ import annotations

import gzip
import importlib
import importlib.util
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final, Literal

from structgen.errors import ArgumentError

__all__ = ["HUB_NAME", "Case", "Instance", "choose", "read_cases", "read_tasks"]

HUB_NAME: Final = "epfl-dlab/JSONSchemaBench"

_HUB_SUBSETS: Final = (
    "Glaiveai2K", "Github_trivial", "Github_easy", "Snowplow", "Github_medium", "Kubernetes", "WashingtonPost",
    "Github_hard", "JsonSchemaStore", "Github_ultra",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance, as its JSON text, and whether the schema accepts it."""

    text: str
    valid: bool
    description: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A schema with its instances.

    Attributes
    ----------
    dataset : str
        What the case is counted under: a data set of the benchmark, or a draft of the test suite.
    keyword : str
        The test suite's file, such as ``minItems`` or ``optional/format/date``; empty for other data.
    formats : "assert" or "annotate"
        What `format` means to the instances.
    prompt : str
        What a model is asked; empty: to write an example of the schema.
    answer : JSON
        What is right, where that can be checked; of an object, the members that matter.
    """

    id: str
    dataset: str
    schema: Any
    tests: tuple[Instance, ...] = ()
    keyword: str = ""
    formats: Literal["assert", "annotate"] = "assert"
    prompt: str = ""
    answer: Any = None

    @property
    def size(self) -> int:
        """Bytes of the schema as compact JSON."""
        return len(json.dumps(self.schema, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace"))


def read_cases(source: str | None) -> list[Case]:
    """Read all cases of a file, a folder or the Hub's data set; None gives the few that ship with the package.

    Raises
    ------
    ArgumentError
        Nothing is there, or it is in none of the layouts, or two cases have one id.
    """
    if source is None:
        found = list(_shipped("schemas.jsonl"))
    elif source == HUB_NAME:
        found = list(_from_hub())
    else:
        found = list(_from_path(Path(source)))
    if not found:
        raise ArgumentError(
            f"no schemas in {source}",
            reason="it holds none of the layouts that are known",
            hint="a .jsonl or .jsonl.gz file, or the data folder of JSONSchemaBench, MaskBench or the test suite",
        )
    seen: set[str] = set()
    for case in found:
        if case.id in seen:
            raise ArgumentError(f"two cases are called {case.id!r}", reason=f"in {source}")
        seen.add(case.id)
    return found


def choose(cases: list[Case], limit: int | None, seed: int) -> list[Case]:
    """Return ``limit`` of the cases, drawn by the seed and left in their order; None returns all."""
    if limit is None or limit >= len(cases):
        return cases
    return [cases[number] for number in sorted(random.Random(seed).sample(range(len(cases)), limit))]


def read_tasks() -> list[Case]:
    """Read the tasks with checkable answers that ship with the package."""
    return list(_shipped("tasks.jsonl"))


def _shipped(name: str) -> Iterator[Case]:
    text = resources.files("structgen.bench").joinpath("data", name).read_text("utf-8")
    return (_case(json.loads(line)) for line in text.splitlines())


def _from_path(path: Path) -> Iterator[Case]:
    if path.is_file():
        yield from _from_lines(path)
        return
    if not path.is_dir():
        raise ArgumentError(f"{path} is neither a file nor a folder")
    for file in sorted([*path.glob("*.jsonl"), *path.glob("*.jsonl.gz")]):
        yield from _from_lines(file)
    for file in sorted(path.rglob("*.json")):
        yield from _from_file(file, file.relative_to(path))


def _from_lines(path: Path) -> Iterator[Case]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    yield _case(json.loads(line))
                except (ValueError, KeyError, TypeError) as error:
                    raise ArgumentError(f"line {number} of {path} is no case", reason=repr(error)) from error
    except OSError as error:
        raise ArgumentError(f"{path} can't be read", reason=str(error)) from error


def _from_file(path: Path, inside: Path) -> Iterator[Case]:
    """The case or cases of one file of a repository; ``inside`` is its path there."""
    try:
        contents = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ArgumentError(f"{path} can't be read as JSON", reason=str(error)) from error
    name = inside.with_suffix("").as_posix()
    if isinstance(contents, list):
        for number, group in enumerate(contents):
            yield _case({**group, "id": f"{name}/{number} {group['description']}"})
    elif isinstance(contents, dict) and "schema" in contents and isinstance(contents.get("tests"), list):
        yield _case({**contents, "id": name})
    else:
        yield Case(name, inside.parts[0] if len(inside.parts) > 1 else _dataset(name), contents)


def _from_hub() -> Iterator[Case]:
    if importlib.util.find_spec("datasets") is None:
        raise ArgumentError("datasets is not installed", reason=f"{HUB_NAME} needs it", hint="pip install datasets")
    datasets = importlib.import_module("datasets")
    for subset in _HUB_SUBSETS:
        try:
            rows = datasets.load_dataset(HUB_NAME, subset, split="test")
        except Exception as error:  # the Hub's own errors, and those of whatever carries it
            raise ArgumentError(
                f"{subset} of {HUB_NAME} can't be loaded",
                reason=f"{type(error).__name__}: {error}",
                hint="a network, or the repository's folder data on this machine",
            ) from error
        for row in rows:
            name = str(row["unique_id"])
            case = name if name.startswith(f"{subset}---") else f"{subset}---{name}"
            yield Case(case, subset, json.loads(row["json_schema"]))


def _case(row: dict[str, Any]) -> Case:
    name = str(row["id"])
    keyword = _keyword(name)
    # The suite's own `format` groups say that a format is an annotation; those under `optional` that it is asserted.
    formats: Literal["assert", "annotate"] = "annotate" if keyword == "format" else "assert"
    tests = [_test(test) for test in row["tests"]]
    unicode = tuple(test for test in tests if test is not None)
    prompt = str(row.get("prompt", ""))
    return Case(name, _dataset(name), row["schema"], unicode, keyword, formats, prompt, row.get("answer"))


def _test(row: dict[str, Any]) -> Instance | None:
    """None for an instance that no text in UTF-8 spells (a lone surrogate)."""
    text = row["text"] if "text" in row else json.dumps(row["data"], ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return None
    return Instance(text, bool(row["valid"]), str(row.get("description", "")))


def _dataset(name: str) -> str:
    """The data set of an id: ``Github_easy---o1``, ``BFCL_java_11`` or ``draft2020-12/items/0 ...``."""
    if "---" in name:
        return name.split("---", 1)[0]
    if _keyword(name):
        return name.split("/", 1)[0]
    return name.split("_", 1)[0]


def _keyword(name: str) -> str:
    path = name.split(" ", 1)[0].split("/")
    return "/".join(path[1:-1]) if len(path) > 2 and path[0].startswith("draft") else ""

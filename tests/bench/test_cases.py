"""Cases are read from every layout alike, and what ships is right."""

from __future__ import annotations

import gzip
import importlib
import json
from pathlib import Path

import jsonschema
import pytest

from structgen.bench import cases
from structgen.bench.cases import HUB_NAME, Case, Instance, choose, read_cases, read_tasks
from structgen.bench.worker import case_from_json, case_to_json
from structgen.errors import ArgumentError

ROW = {
    "id": "Github_easy---o1",
    "schema": {"type": "integer"},
    "tests": [{"valid": True, "data": 1, "description": "one"}],
}
CASE = Case("Github_easy---o1", "Github_easy", {"type": "integer"}, (Instance("1", True, "one"),))


def test_lines_are_read_plain_and_gzipped(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(ROW) + "\n")
    with gzip.open(tmp_path / "b.jsonl.gz", "wt") as stream:
        stream.write(json.dumps(ROW | {"id": "BFCL_java_11"}))
    assert read_cases(str(tmp_path / "a.jsonl")) == [CASE]
    both = read_cases(str(tmp_path))
    assert [(case.id, case.dataset) for case in both] == [("Github_easy---o1", "Github_easy"), ("BFCL_java_11", "BFCL")]


def test_maskbench_has_a_file_for_each_schema_with_its_tests(tmp_path: Path) -> None:
    (tmp_path / "Github_easy---o1.json").write_text(json.dumps({"schema": ROW["schema"], "tests": ROW["tests"]}))
    assert read_cases(str(tmp_path)) == [CASE]


def test_jsonschemabench_has_a_folder_for_each_data_set(tmp_path: Path) -> None:
    (tmp_path / "Snowplow").mkdir()
    (tmp_path / "Snowplow" / "sp_1.json").write_text('{"type": "string"}')
    assert read_cases(str(tmp_path)) == [Case("Snowplow/sp_1", "Snowplow", {"type": "string"})]


def test_the_test_suite_has_files_of_groups_by_keyword(tmp_path: Path) -> None:
    group = {"description": "a group", "schema": True, "tests": [{"valid": True, "data": 1, "description": "one"}]}
    for path in ("draft7/minItems.json", "draft7/format.json", "draft7/optional/format/date.json"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(json.dumps([group, group]))
    cases = {case.id: (case.dataset, case.keyword, case.formats) for case in read_cases(str(tmp_path))}
    assert cases["draft7/minItems/1 a group"] == ("draft7", "minItems", "assert")
    assert cases["draft7/format/0 a group"] == ("draft7", "format", "annotate")
    assert cases["draft7/optional/format/date/0 a group"] == ("draft7", "optional/format/date", "assert")
    assert len(cases) == 6


def test_texts_are_taken_as_they_are_and_lone_surrogates_left_out(tmp_path: Path) -> None:
    tests = [{"valid": True, "text": "1.0"}, {"valid": True, "data": "\ud800"}, {"valid": True, "data": "é"}]
    (tmp_path / "a.jsonl").write_text(json.dumps(ROW | {"tests": tests}))
    assert [test.text for test in read_cases(str(tmp_path))[0].tests] == ["1.0", '"é"']


@pytest.mark.parametrize(
    ("name", "contents", "message"),
    [
        ("a.jsonl", "{}", "line 1 of .* is no case"),
        ("a.jsonl", json.dumps(ROW) + "\nnot JSON", "line 2 of .* is no case"),
        ("a.jsonl", f"{json.dumps(ROW)}\n{json.dumps(ROW)}", "two cases are called"),
        ("a.jsonl.gz", "not gzip", "can't be read"),
        ("a.json", "[", "can't be read as JSON"),
        ("a.txt", "", "no schemas in"),
    ],
)
def test_what_is_no_data_is_refused(tmp_path: Path, name: str, contents: str, message: str) -> None:
    (tmp_path / name).write_text(contents)
    with pytest.raises(ArgumentError, match=message):
        read_cases(str(tmp_path))


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="neither a file nor a folder"):
        read_cases(str(tmp_path / "nowhere"))


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of the Hub's layout on this machine, in the place of the data set's name."""
    datasets = pytest.importorskip("datasets", reason="datasets is not installed")
    pyarrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    configs = []
    for number, subset in enumerate(cases._HUB_SUBSETS):
        rows = [
            {"json_schema": json.dumps({"const": [number, "é"]}), "unique_id": f"o{number}"},
            {"json_schema": '{"type": "string"}', "unique_id": f"{subset}---o1{number}"},
        ]
        for split in ("train", "test"):
            file = tmp_path / "hub" / subset / f"{split}-00000-of-00001.parquet"
            file.parent.mkdir(parents=True, exist_ok=True)
            parquet.write_table(pyarrow.Table.from_pylist(rows if split == "test" else rows[:1]), file)
        files = [{"split": split, "path": f"{subset}/{split}-*"} for split in ("train", "test")]
        configs.append({"config_name": subset, "data_files": files})
    (tmp_path / "hub" / "README.md").write_text(f"---\n{json.dumps({'configs': configs})}\n---\n")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(cases, "HUB_NAME", str(tmp_path / "hub"))
    return tmp_path / "hub"


def test_the_hubs_data_set_is_read_by_subset_from_its_test_splits(hub: Path) -> None:
    found = read_cases(str(hub))
    assert [case.dataset for case in found] == [subset for subset in cases._HUB_SUBSETS for _ in range(2)]
    assert found[2:4] == [
        Case("Github_trivial---o1", "Github_trivial", {"const": [1, "é"]}),
        Case("Github_trivial---o11", "Github_trivial", {"type": "string"}),
    ]


def test_a_subset_that_the_hub_does_not_give_is_an_error(hub: Path) -> None:
    readme = (hub / "README.md").read_text()
    (hub / "README.md").write_text(readme.replace('"Kubernetes"', '"Other"'))
    with pytest.raises(ArgumentError, match=r"Kubernetes of .* can't be loaded(?s:.*)BuilderConfig 'Kubernetes'"):
        read_cases(str(hub))


def test_without_a_network_the_hub_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets", reason="datasets is not installed")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path)
    with pytest.raises(ArgumentError, match="Glaiveai2K of epfl-dlab/JSONSchemaBench can't be loaded"):
        read_cases(HUB_NAME)


def test_the_hub_needs_datasets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ArgumentError, match="pip install datasets"):
        read_cases(HUB_NAME)


def test_a_limit_draws_by_the_seed_and_keeps_the_order() -> None:
    cases = read_cases(None)
    assert choose(cases, None, 0) == choose(cases, 1000, 0) == cases
    drawn = choose(cases, 5, 1)
    assert len(drawn) == 5
    assert drawn == choose(cases, 5, 1) == [case for case in cases if case in drawn]
    assert drawn != choose(cases, 5, 2)


def test_a_case_survives_the_way_to_a_worker() -> None:
    for case in [*read_cases(None), *read_tasks()]:
        assert case_from_json(json.loads(json.dumps(case_to_json(case)))) == case


@pytest.mark.parametrize("case", [*read_cases(None), *read_tasks()], ids=lambda case: case.id)
def test_what_ships_is_as_jsonschema_has_it(case: Case) -> None:
    cls = jsonschema.validators.validator_for(case.schema, default=jsonschema.Draft202012Validator)
    cls.check_schema(case.schema)
    # Binary floats make 4.99 no multiple of 0.01: such a value is judged by the other tests of this folder.
    validator = cls(case.schema, format_checker=cls.FORMAT_CHECKER)
    for test in case.tests:
        value = json.loads(test.text)
        assert validator.is_valid(value) == test.valid or "price" in test.text, test
    if case.answer is not None:
        validator.validate(case.answer)
        assert case.prompt

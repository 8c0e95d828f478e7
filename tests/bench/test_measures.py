"""Masks and coverage, over structgen and over engines that are wrong on purpose."""

from __future__ import annotations

from typing import Any

import pytest

from structgen.bench.cases import Case, Instance, read_cases
from structgen.bench.coverage import Coverage
from structgen.bench.engines import (
    ENGINES,
    Engine,
    engine_version,
    installed_engines,
    open_engine,
)
from structgen.bench.masks import Masks
from structgen.bench.report import figures
from structgen.bench.tokenizers import Tokenizer
from structgen.errors import ArgumentError
from tests.bench.conftest import AllowsAll, AllowsNothing, Breaks, Refuses

YEAR = Case("a", "set", {"type": "integer"}, (Instance("1815", True), Instance('"1815"', False)))


def test_structgen_passes_what_ships_in_any_order(tokenizer: Tokenizer) -> None:
    measure = Masks(open_engine("structgen-any-order", tokenizer), tokenizer)
    for case in read_cases(None):
        row = measure(case)
        assert row["outcome"] == "passing", (case.id, row)
        accepted = [test for test in case.tests if test.valid]
        assert len(row["masks_us"]) >= sum(len(test.text.encode()) for test in accepted)
        assert row["first_us"] > 0


def test_the_schemas_order_rejects_valid_instances_in_another(tokenizer: Tokenizer) -> None:
    case = Case("a", "set", {"properties": {"a": {}, "b": {}}}, (Instance('{"b": 1, "a": 1}', True, "b first"),))
    row = Masks(open_engine("structgen", tokenizer), tokenizer)(case)
    assert (row["outcome"], row["why"]) == ("rejects valid", "test 0: b first")


@pytest.mark.parametrize(
    ("engine", "outcome"),
    [
        (AllowsAll, "accepts invalid"),
        (AllowsNothing, "rejects valid"),
        (Refuses, "refused"),
        (Breaks, "run-time error"),
    ],
)
def test_masks_tell_each_kind_of_wrong(engine: type[Engine], outcome: str, tokenizer: Tokenizer) -> None:
    row = Masks(engine(tokenizer), tokenizer)(YEAR)
    assert row["outcome"] == outcome
    assert ("first_us" in row) == (outcome != "refused")


def test_structgen_is_covered_in_every_sense(tokenizer: Tokenizer) -> None:
    measure = Coverage(open_engine("structgen-any-order", tokenizer), tokenizer, walks=2, seed=1)
    for case in read_cases(None):
        row = measure(case)
        assert row["outcome"] == "compiled", (case.id, row)
        assert set(row["walks"]) <= {"valid", "unfinished"}, (case.id, row)
        assert figures.is_true(row) and figures.is_right(row)


@pytest.mark.parametrize(
    "schema",
    [{"type": "object", "required": ['é"', "b"]}, {"type": "array", "items": {"type": ["object", "string"]}}, {}],
)
def test_walks_through_open_schemas_come_to_their_ends(schema: dict[str, Any], tokenizer: Tokenizer) -> None:
    measure = Coverage(open_engine("structgen-any-order", tokenizer), tokenizer, walks=20, seed=2)
    assert measure(Case("open", "own", schema))["walks"] == {"valid": 20}


def test_walks_are_the_seeds(tokenizer: Tokenizer) -> None:
    engine = open_engine("structgen", tokenizer)
    case = read_cases(None)[0]
    first, again, other = (Coverage(engine, tokenizer, walks=3, seed=seed)(case) for seed in (1, 1, 2))
    assert first == again
    assert first["walks"] == other["walks"] == {"valid": 3}


def test_coverage_tells_too_much_from_too_little(tokenizer: Tokenizer) -> None:
    much = Coverage(AllowsAll(tokenizer), tokenizer, walks=5, seed=0)(YEAR)
    assert (figures.is_declared(much), figures.is_under(much), figures.is_over(much)) == (True, True, False)
    assert not figures.is_empirical(much) and not figures.is_true(much) and not figures.is_right(much)
    little = Coverage(AllowsNothing(tokenizer), tokenizer, walks=2, seed=0)(YEAR)
    assert little["walks"] == {"dead end": 2}
    assert (figures.is_declared(little), figures.is_under(little), figures.is_over(little)) == (True, False, True)
    assert not figures.is_empirical(little)


@pytest.mark.parametrize(("engine", "outcome"), [(Refuses, "refused"), (Breaks, "run-time error")])
def test_coverage_declares_nothing_that_raises(engine: type[Engine], outcome: str, tokenizer: Tokenizer) -> None:
    row = Coverage(engine(tokenizer), tokenizer, walks=1, seed=0)(YEAR)
    assert row["outcome"] == outcome
    assert not figures.is_declared(row) and not figures.is_true(row) and not figures.is_under(row)


def test_formats_of_the_suites_own_groups_are_annotations(tokenizer: Tokenizer) -> None:
    case = Case("a", "draft7", {"format": "ipv4"}, (Instance('"nothing"', True),), "format", "annotate")
    assert Masks(open_engine("structgen", tokenizer), tokenizer)(case)["outcome"] == "passing"


@pytest.mark.parametrize("name", [name for name in ENGINES if name not in installed_engines()])
def test_engines_that_are_not_installed_say_how_to(name: str, tokenizer: Tokenizer) -> None:
    with pytest.raises(ArgumentError, match=f"pip install {ENGINES[name][2]}"):
        open_engine(name, tokenizer)


@pytest.mark.parametrize("name", [name for name in installed_engines() if not name.startswith("structgen")])
def test_installed_peers_judge_an_integer(name: str, tokenizer: Tokenizer) -> None:
    engine = open_engine(name, tokenizer)
    assert Masks(engine, tokenizer)(YEAR)["outcome"] == "passing"


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(ArgumentError, match="no engine is called 'gpt'"):
        engine_version("gpt")

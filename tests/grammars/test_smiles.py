"""smiles.lark against OpenSMILES and RDKit, on the molecules that RDKit comes with."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tests.grammars.oracles import is_valid_smiles
from tests.grammars.recognise import accepts
from tests.grammars.sentences import sentences

_ACCEPTED = [
    "C",
    "CC(=O)Oc1ccccc1C(=O)O",
    "CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
    "N[C@@H](C)C(=O)O",
    "F/C=C\\F",
    "[Na+].[Cl-]",
    "[2H]O[2H]",
    "[NH4+]",
    "[Cu+2]",
    "C%10CCCCC%10",
    "C=1CCCC=1",
    "N#N",
    "[Og]",
    "C(F)(Cl)(Br)I",
    "[CH3:1][se][C@TH1]*",
    "c1cc(ccc1)-c2ccccc2",
    "C1CC",
]
_REJECTED = [
    "",
    " C",
    "CX",
    "Q",
    "H",
    "Na",
    "cl",
    "C(",
    "C)",
    "()C",
    "(C)",
    "C()",
    "C(C))",
    "C=",
    "=C",
    "C==C",
    "C.",
    "C..C",
    "C=.C",
    "1CC",
    "C%1",
    "C(C)1",
    "[]",
    "[C",
    "C]",
    "[Xx]",
    "[CC]",
    "[+Na]",
    "[HH]",
    "[C@TH3]",
    "[C+16]",
    "[N++]",
    "[C:]",
    "[ C]",
    "C\n",
]


@pytest.mark.parametrize("text", _ACCEPTED)
def test_accepted(text: str) -> None:
    assert accepts("smiles.lark", text)
    assert is_valid_smiles(text)


@pytest.mark.parametrize("text", _REJECTED)
def test_rejected(text: str) -> None:
    assert not accepts("smiles.lark", text)


def test_molecules_of_rdkit_are_accepted() -> None:
    package = importlib.util.find_spec("rdkit")
    assert package and package.origin
    found: set[str] = set()
    for path in sorted(Path(package.origin).parent.rglob("*.smi")):
        lines = path.read_text(encoding="utf-8").splitlines()
        found.update(line.split()[0] for line in lines[:: 1 + len(lines) // 60] if line.strip())
    valid = [text for text in sorted(found) if is_valid_smiles(text) and "++" not in text and "--" not in text]
    assert len(valid) > 100
    for text in valid:
        assert accepts("smiles.lark", text), text


def test_random_texts_are_valid() -> None:
    for text in sentences("smiles.lark", 300):
        assert is_valid_smiles(text), text

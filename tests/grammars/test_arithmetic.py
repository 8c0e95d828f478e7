"""arithmetic.lark against Python's parser, and on the expressions of Python's own library."""

from __future__ import annotations

import ast
import re

import pytest

from tests.grammars.oracles import is_valid_arithmetic
from tests.grammars.realtexts import texts
from tests.grammars.recognise import accepts
from tests.grammars.sentences import sentences

_ACCEPTED = [
    "1",
    " 1 +\n2 ",
    "-x ** -2 ** 3",
    "2*(3 + 4)/5 % 6 - 7",
    "--1",
    "1--1",
    "((a))",
    "f()",
    "max(1, -b, g(x) + 1)",
    "1.5e-3 + .5 + 5. + 0e1",
    "if + else",
]
_REJECTED = [
    "",
    "1 2",
    "1 +",
    "* 1",
    "a b",
    "2x",
    "(1",
    "1)",
    "()",
    "f(1,)",
    "f(,)",
    "1 * * 2",
    "01",
    "1e",
    ".",
    "1_000",
    "a.b",
    "a = 1",
    "1 // 2",
    "x^2",
    "2(3)",
    "f(1)(2)",
    "1, 2",
]


@pytest.mark.parametrize("text", _ACCEPTED)
def test_accepted(text: str) -> None:
    assert accepts("arithmetic.lark", text)
    assert is_valid_arithmetic(text)


@pytest.mark.parametrize("text", _REJECTED)
def test_rejected(text: str) -> None:
    assert not accepts("arithmetic.lark", text)


def test_expressions_of_the_standard_library_are_accepted() -> None:
    found: set[str] = set()
    for _, text in texts(".py", at_least=100, at_most=150, max_bytes=40_000):
        try:
            tree = ast.parse(text)
        except SyntaxError:
            continue
        lines = text.encode().splitlines()
        for node in ast.walk(tree):
            if isinstance(node, ast.BinOp) and node.lineno == node.end_lineno and _is_plain(node):
                source = lines[node.lineno - 1][node.col_offset : node.end_col_offset].decode()
                if source.isascii() and not re.search("0[xob]|_[0-9]|[0-9]_", source):
                    found.add(source)
    assert len(found) > 50
    for source in sorted(found):
        assert is_valid_arithmetic(source), source
        assert accepts("arithmetic.lark", source), source


def _is_plain(tree: ast.AST) -> bool:
    """No more than the grammar has: no attributes, other operators, other constants."""
    kinds = (
        ast.BinOp,
        ast.UnaryOp,
        ast.Call,
        ast.Name,
        ast.Load,
        ast.Add,
        ast.Sub,
        ast.Mult,
        ast.Div,
        ast.Mod,
        ast.Pow,
    )
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            if type(node.value) is not int:
                return False
        elif not isinstance(node, (*kinds, ast.USub, ast.UAdd)) or (isinstance(node, ast.Call) and node.keywords):
            return False
    return True


def test_random_texts_are_valid() -> None:
    for text in sentences("arithmetic.lark", 300):
        assert is_valid_arithmetic(text), text

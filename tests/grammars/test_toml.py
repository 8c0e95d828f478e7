"""toml.lark against TOML 1.0.0 and Python's tomllib, with the cases that Python's own tests are made of."""

from __future__ import annotations

import tomllib

import pytest

from tests.grammars.oracles import is_valid_toml
from tests.grammars.realtexts import texts
from tests.grammars.recognise import accepts
from tests.grammars.sentences import sentences

_ACCEPTED = [
    "",
    "\n",
    " \t# comment",
    "key = 'value' # comment\r\n",
    "bare_key-1 = 1\n1234 = 1\n\"127.0.0.1\" = 1\n'quoted \"value\"' = 1\n'' = 1",
    'physical.color = 1\nphysical . "shape" = 2\n3.14159 = "pi"\ntrue = false',
    "1979-05-27 = 1979-05-27",
    r'a = "\b\t\n\f\r\"\\\u00e9\ud7ff\U0010FFFF\U0000e000"',
    'a = """"""',
    'a = """"This," she said, "is just a pointless statement.""""',
    'a = """\nRoses\r\n""\\  \n\n  Violets"""""',
    "a = '''I [dw]on't \\ need '' two\n'''''",
    "a = [+99, -0, 0, 1_000, 0xDEAD_beef, 0o755, 0b1_0]",
    "a = [+1.0, 3.1415, 5e+22, 1e06, -2E-2, 6.626e-34, 224_617.445_991, inf, -inf, +nan, 0e0, 1e0_0]",
    "a = [1979-05-27T07:32:00Z, 1979-05-27t00:32:00.999999-07:00, 1979-05-27 07:32:00]\nb = 2024-02-29\nc = 07:32:00.5",
    "a = [ [ 1, 2 ], # one\n\n # two\n [\"a\"], {b = 1, c.d = '2'}, ]",
    "a = {}\nb={ c=[\n1\n] }",
    '[a]\n[ d . e . f ] # x\n[ g."ʞ".\'l\' ]\n[[products]]\nname = "Hammer"\n[[ fruits.physical ]]',
    "a = '\u0085\u2028\ufeff'",
]
_REJECTED = [
    "a",
    "a =",
    "= 1",
    "a = 1 b = 2",
    "a = 1, b = 2",
    "a b = 1",
    "a. = 1",
    ".a = 1",
    "a = b",
    "é = 1",
    '"""a""" = 1',
    "a = 'a\nb'",
    "a = 'a",
    'a = "\x00"',
    'a = "\x7f"',
    "a = '\x1f'",
    r'a = "\e"',
    r'a = "\x41"',
    r'a = "\ud800"',
    r'a = "\U0000d800"',
    r'a = "\U00110000"',
    'a = """a\rb"""',
    'a = """a\\ b"""',
    'a = """""""""',
    "a = 01",
    "a = +0x1",
    "a = 0X1",
    "a = 1__0",
    "a = 1_",
    "a = .5",
    "a = 5.",
    "a = 1._0",
    "a = Inf",
    "a = True",
    "a = 2023-02-29",
    "a = 2024-13-01",
    "a = 24:00:00",
    "a = 07:32",
    "a = 1979-05-27  07:32:00",
    "a = 1979-05-27T07:32:00+24:00",
    "a = [1 2]",
    "a = [,]",
    "a = [1,,2]",
    "a = [1 # ]",
    "a = {b = 1,}",
    "a = {\nb = 1}",
    "a = {b = 1 # c\n}",
    "a = {1}",
    "[a",
    "[]",
    "[a]]",
    "[[a]",
    "[ [a] ]",
    "[[a] ]",
    "[a] b = 1",
    "[a\n]",
    "# \x08",
    "a = 1\r",
    "\ufeffa = 1",
    "\x0ca = 1",
]


@pytest.mark.parametrize("text", _ACCEPTED)
def test_accepted(text: str) -> None:
    assert accepts("toml.lark", text)
    assert is_valid_toml(text)
    tomllib.loads(text)


@pytest.mark.parametrize("text", _REJECTED)
def test_rejected(text: str) -> None:
    assert not accepts("toml.lark", text)
    assert not is_valid_toml(text)


def test_files_that_come_with_python_and_packages_are_told_as_tomllib_tells_them() -> None:
    valid = 0
    for path, text in texts(".toml", at_least=2, max_bytes=5_000):
        if len(text) > 500 and not is_valid_toml(text):
            continue
        assert accepts("toml.lark", text) == is_valid_toml(text), path
        valid += is_valid_toml(text)
    assert valid >= 2


def test_random_texts_are_valid() -> None:
    for text in sentences("toml.lark", 300):
        assert is_valid_toml(text), text

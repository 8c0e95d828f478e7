"""markdown_table.lark against GFM, the parser of the package markdown-it-py, and the tables of installed READMEs."""

from __future__ import annotations

import re

import pytest

from tests.grammars.oracles import is_valid_markdown_table
from tests.grammars.realtexts import texts
from tests.grammars.recognise import accepts
from tests.grammars.sentences import sentences

_ACCEPTED = [
    "| foo | bar |\n| --- | --- |\n| baz | bim |",
    "| abc | defghi |\n| :-: | -----------: |\n| bar | baz |\n",
    "| f\\|oo  |\n| ------ |\n| b `\\|` az |\n| b **\\|** im |",
    "|a|\n|-|",
    "| abc | def |\r\n| --- | --- |\r\n| *x* | [y](z) |\r\n",
    "||\n|:-|\n||",
    "| a | b | c | d | e | f | g | h |\n|-|-|-|-|-|-|-|-|\n| 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 |",
]
_REJECTED = [
    "",
    "| a |",
    "| a |\n",
    "| a |\n| b |",
    "| a | b |\n|---|",
    "| a |\n|---|---|",
    "| a |\n|---|\n| b | c |",
    "| a | b |\n|---|---|\n| c |",
    "| a |\n|---|\n| b",
    "| a |\n| |",
    "| a |\n|::|",
    "| a |\n|- -|",
    "| a |\n|---|\n\n| b |",
    "| a |\n|---|\n| b | c\\|",
    "text\n| a |\n|---|",
    "| a \\|\n|---|",
]


@pytest.mark.parametrize("text", _ACCEPTED)
def test_accepted(text: str) -> None:
    assert accepts("markdown_table.lark", text)
    assert is_valid_markdown_table(text)


@pytest.mark.parametrize("text", _REJECTED)
def test_rejected(text: str) -> None:
    assert not accepts("markdown_table.lark", text)


def test_tables_of_readmes_are_accepted() -> None:
    tables = 0
    for path, text in texts("/METADATA", at_least=10, max_bytes=200_000):
        for table in re.findall(r"(?:^\|.*\|\r?\n){2,}", text, re.MULTILINE):
            columns = len(re.findall(r"(?<!\\)\|", table.split("\n")[1])) - 1
            if is_valid_markdown_table(table) and columns <= 8 and "\\\\" not in table:
                assert accepts("markdown_table.lark", table), (path, table)
                tables += 1
    assert tables >= 3


def test_random_texts_are_valid() -> None:
    for text in sentences("markdown_table.lark", 300):
        assert is_valid_markdown_table(text), text

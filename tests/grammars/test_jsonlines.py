"""jsonlines.lark against jsonlines.org and Python's json, line by line."""

from __future__ import annotations

import json

import pytest

from tests.grammars.oracles import is_valid_json, is_valid_jsonlines
from tests.grammars.realtexts import texts
from tests.grammars.recognise import accepts
from tests.grammars.sentences import sentences

_ACCEPTED = [
    "1",
    "1\n",
    '{"name": "Gilbert", "wins": [["straight", "7♣"], ["one pair", "10♥"]]}\n{"name": "May", "wins": []}\n',
    '["Name", "Session", "Score", "Completed"]\r\n["Gilbert", "2013", 24, true]\r\n',
    " 1\t\n null ",
    '"\u2028"\n"\x85"',
]
_REJECTED = [
    "",
    "\n",
    "1\n\n2",
    "1 2",
    "1,\n2",
    "[1,\n2]",
    "{\n}",
    '"a\nb"',
    "1\r2",
    "1\n\n",
    "\n1",
    "1\n ",
    '"\\ud800"\n1',
]


@pytest.mark.parametrize("text", _ACCEPTED)
def test_accepted(text: str) -> None:
    assert accepts("jsonlines.lark", text)
    assert is_valid_jsonlines(text)


@pytest.mark.parametrize("text", _REJECTED)
def test_rejected(text: str) -> None:
    assert not accepts("jsonlines.lark", text)


def test_documents_of_packages_one_a_line_are_accepted() -> None:
    found = [text for _, text in texts(".json", at_least=10, max_bytes=3_000) if is_valid_json(text)]
    lines = [json.dumps(json.loads(text), ensure_ascii=False) for text in found]
    for first in range(0, len(lines), 10):
        text = "\n".join(lines[first : first + 10])
        assert is_valid_jsonlines(text)
        assert accepts("jsonlines.lark", text)


def test_random_texts_are_valid() -> None:
    for text in sentences("jsonlines.lark", 300):
        assert is_valid_jsonlines(text), text

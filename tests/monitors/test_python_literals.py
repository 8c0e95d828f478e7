"""Strings that a type lists: by ty and jedi for real, in both kinds of quotes, inside tokens, in real vocabularies."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structgen.monitors import Python, attach
from structgen.monitors.answers import LEFT
from structgen.monitors.python_literals import literals, quote_site, spelled, strings_answer
from structgen.tokens.vocabulary import Vocabulary
from tests.monitors.test_python_arguments import patient
from tests.monitors.writing import writer
from tests.vocabularies import BYTES

pytest.importorskip("ty", reason="the language servers are not installed: pip install 'structgen[dev]'")

PREFIX = """\
import sys
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, overload

Mode = Literal["read", "write"]


class Film(TypedDict):
    name: str
    year: NotRequired[int]


class Reader:
    mode: Mode

    def __init__(self) -> None:
        self.kind: Mode = "read"
        self.long: Literal["a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "b1", "b2"] = "a1"
        self.plain = "a"


def go(first: Literal["read", "write"], *, other: Literal["a", 'b"c', ""] = "a") -> Mode: ...
def far(given: Literal["a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "b1", "b2"]): ...
def free(given: Literal["a"] | str, path: Literal["a"] | Path | None, what: Literal["a"] | Any): ...
@overload
def over(given: Literal["x"]) -> int: ...
@overload
def over(given: Literal["y"], other: int) -> str: ...
def over(*given): ...


known = {"one": 1, "two": 2}
films: dict[str, Film] = {}


def run(film: Film, mode: Mode, reader: Reader, text: str) -> Mode:
    reader.mode = "read"
"""
VOCABULARY = Vocabulary.from_bytes([*BYTES, b'["na', b'("read")', b'("rood")', None], eos=len(BYTES) + 3)
can_write = writer(VOCABULARY)


def opened(root: Path, provider: str) -> Iterator[Python]:
    monitor = Python(root=root, file="app.py", prefix=PREFIX, suffix="\n\nx = 1\n", provider=patient(provider))
    yield monitor
    monitor.close()


@pytest.fixture(scope="module")
def strings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Python]:
    yield from opened(tmp_path_factory.mktemp("root"), "ty")


@pytest.fixture(scope="module")
def by_jedi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Python]:
    yield from opened(tmp_path_factory.mktemp("root"), "jedi")


RIGHT = [
    'go("read")', "go('write')", 'go("read", other="b\\"c")', "go('read', other='b\"c')", 'go("read", other="")',
    'go(first="read")', 'far("b2")', 'free("any", "a", "thing")', 'over("x")', 'over("y", 1)', 'film["name"]',
    "film['year']", 'film[ "name"]', 'films["x"]["name"]', 'films["any"]', 'known["three"]', 'film.get("year", 1)',
    'return "read"', 'mode = "write"', 'new: Mode = "read"', 'new = "any"', 'text = "any"', 'film["name"] = "any"',
    'new: Film = {"name": "any", "year": 1}', 'if mode == "read": pass', "if reader.mode != 'write': pass",
    'if reader.long == "b2": pass', 'if reader.kind == "write": pass', 'if reader.plain == "any": pass',
    'if sys.platform == "win32": pass',
    'match mode:\n        case "read" | "write": pass', 'match text:\n        case "any": pass', '"any doc"', 'f"any"',
    'go(f"any")', 'go(text or "any")', 'print("any")', 'open("any", "any")', 'text["any"]',
    'go("read" if x else "any")',
    'new = ["any", "any"]', 'new = {"any": "any"}', "go(# \"x\n 'read')", 'del film["name"]',
    'x = "any"\n    if x == "other": pass',
]  # fmt: skip
WRONG = [
    'go("red', "go('red", 'go("reads', 'go("read", other="c', 'go("read", other="b"', 'go(first="red', 'far("b3',
    'over("z', 'film["nam"]', 'film["nome', "film['years", 'films["x"]["nome', 'film.get("month"', 'return "red',
    'mode = "wrote', 'new: Mode = "red', 'new: Film = {"nome', 'new: Film = {"name": "any", "month', 'if mode == "red',
    "if reader.mode != 'wrote", 'if reader.kind == "wrote', 'match mode:\n        case "red',
    'match reader.mode:\n        case "read" | "wrote', 'elif mode == "red',
    'while mode == "red', 'go("")', 'del film["nome',
    'return go("red', 'x = [go("red',
]  # fmt: skip


@pytest.mark.parametrize("text", RIGHT)
def test_strings_that_the_type_lists_and_any_where_it_lists_none_can_be_written(strings: Python, text: str) -> None:
    assert can_write(strings, "    " + text)


@pytest.mark.parametrize("text", WRONG)
def test_strings_that_it_does_not_list_cannot(strings: Python, text: str) -> None:
    assert not can_write(strings, "    " + text)


@pytest.mark.parametrize(
    ("text", "may_be_written"),
    [
        ('go("read")', True),
        ('go("red', False), ("film['name']", True), ("film['nome", False), ('known["three"]', True),
        ('mode = "any"', True), ('if mode == "any"', True), ('go("read", other="c', False), ('films["x"]["any"]', True),
    ],
)  # fmt: skip
def test_jedi_knows_annotations_and_typed_dictionaries(by_jedi: Python, text: str, may_be_written: bool) -> None:
    assert can_write(by_jedi, "    " + text) is may_be_written


@pytest.mark.parametrize(
    ("text", "allowed", "forbidden"),
    [
        ("    film", [b'["na', b"['name']", b'["name"]'], [b'["ne', b"['nome']"]),
        ("    go", [b'("read")'], [b'("rood")']),
        ("    if mode =", [b'="write"'], [b'="wrote"']),
        ('    go("read', [b'", other="'], [b'", "']),
    ],
)
def test_tokens_are_judged_inside(strings: Python, text: str, allowed: list[bytes], forbidden: list[bytes]) -> None:
    tokens = [*allowed, *forbidden]
    vocabulary = Vocabulary.from_bytes([*BYTES, *tokens, None], eos=len(BYTES) + len(tokens))
    matcher = attach(None, vocabulary, strings).matcher()
    for byte in text.encode():
        assert matcher.accept_token(byte)
    for number, token in enumerate(tokens, len(BYTES)):
        assert matcher.fork().accept_token(number) is (token in allowed), token


def test_a_text_may_not_end_inside_of_such_a_string(strings: Python) -> None:
    matcher = attach(None, VOCABULARY, strings).matcher()
    for byte in b'    film["':
        assert matcher.accept_token(byte)
    assert not matcher.is_accepting()
    for byte in b"n":
        assert matcher.accept_token(byte)
    assert matcher.forced_bytes() == b'ame"'
    for byte in b'ame"':
        assert matcher.accept_token(byte)
    assert matcher.is_accepting()


@pytest.mark.parametrize(
    ("annotation", "values"),
    [
        ("Literal['a', \"b\"]", {"a", "b"}), ("Literal['a'] | None", {"a"}), ("Optional[Literal['a']]", {"a"}),
        ("typing.Literal['a', 1, b'x', None, Color.RED, -1]", {"a"}), ("Union[Literal['a'], int, list[str]]", {"a"}),
        ("'Literal[\"a\"]'", {"a"}), ("Literal[Literal['a'], 'b']", {"a", "b"}), ("Literal['a'] | dict[str, str]",
        {"a"}),
        ("Literal['a'] | str", None), ("Literal['a'] | T", None), ("Literal['a'] | Any", None), ("str", None), ("",
        None),
        ("Literal[1, 2]", None), ("int", None), ("Literal['a'] | (() -> str)", None), ("'not a type'", None), ("3",
        None),
        ("Sequence[Literal['a']] | Literal['b']", None),
    ],
)  # fmt: skip
def test_what_an_annotation_lists(annotation: str, values: set[str] | None) -> None:
    found = literals(annotation)
    assert found == values if values is None else found is not None and set(found) == values


def test_an_abbreviated_annotation_is_no_list() -> None:
    with pytest.raises(ValueError, match="omitted"):
        literals('Literal["a1", ... omitted 7 literals]')


@given(st.text(max_size=8), st.sampled_from(["'", '"']))
def test_values_are_spelled_as_python_reads_them(value: str, quote: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        return
    text = spelled(value, quote)
    assert ast.literal_eval(quote + text + quote) == value
    answer, node = strings_answer([value, "x"], quote.encode()), 0
    for byte in (text + quote).encode():
        assert node >= 0
        node = answer.step(node, byte)
    assert node == LEFT


@pytest.mark.parametrize(
    "code", ["x", "x + ", "f'", "print(x ", "f(a + ", "(", "[", "[a, ", "x[a, ", "lambda: ", "f(lambda a, ", "not ",
    "{a: ",
             "for x in ", "if ", "f() == ", "a[0] == ", "f(x for x in ", "case Color.RED | x, ", "raise ", "class A("],
)  # fmt: skip
def test_where_a_string_need_not_be_listed_there_is_no_site(code: str) -> None:
    assert quote_site(code, lambda: code) is None

"""Keyword arguments, names in scope, exceptions and enums: by ty and jedi for real, and where sites may be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from structgen.errors import ArgumentError
from structgen.monitors import MonitoredMatcher, Python, attach
from structgen.monitors.answers import LEFT
from structgen.monitors.python_analysis import server_profile
from structgen.monitors.python_sites import Call, binds_attribute, call_site, logical_line, name_site
from structgen.monitors.server import ServerProfile
from structgen.tokens.vocabulary import Vocabulary
from tests.monitors.writing import writer
from tests.vocabularies import BYTES

pytest.importorskip("ty", reason="the language servers are not installed: pip install 'structgen[dev]'")

PREFIX = """\
import argparse
from enum import Enum


class Color(Enum):
    RED = 1
    BLUE = 2


class Lost(ValueError): ...


def sail(ship, /, speed=1, *, wind: float = 0.0): ...


def row(**options): ...


class Boat:
    def __init__(self, mast: int) -> None:
        self.mast = mast

    def go(self, color: Color, given: argparse.Namespace) -> None:
        knots = 3
"""
TOKENS = [b"(speed=", b"(sped=", b", wind=", b", wild=", b"(x == 1", b" kno", b" not", b"+knots", b"+nuts",
          b'f"', b"(1,", b"return knots", b"return nuts"]  # fmt: skip
VOCABULARY = Vocabulary.from_bytes([*BYTES, *TOKENS, None], eos=len(BYTES) + len(TOKENS))
can_write = writer(VOCABULARY)


@pytest.fixture(scope="module", params=["ty", "jedi"])
def keywords(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Python]:
    yield from opened(tmp_path_factory.mktemp("root"), request.param, scope=False)


@pytest.fixture(scope="module")
def attributes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Python]:
    yield from opened(tmp_path_factory.mktemp("root"), "ty", scope=False)


@pytest.fixture(scope="module", params=["ty", "jedi"])
def scope(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Python]:
    yield from opened(tmp_path_factory.mktemp("root"), request.param, scope=True)


def patient(provider: str) -> str | ServerProfile:
    """The provider without the limits on time that a busy machine would pass."""
    if provider == "jedi":
        return provider
    return replace(server_profile(provider), start_seconds=300.0, answer_seconds=300.0)


def opened(root: Path, provider: str, *, scope: bool) -> Iterator[Python]:
    monitor = Python(
        root=root,
        file="app.py",
        prefix=PREFIX,
        suffix="\n\n\ndef later(): ...\n",
        provider=patient(provider),
        scope=scope,
    )
    yield monitor
    monitor.close()


@pytest.mark.parametrize(
    "text",
    [
        "sail(x, speed=1)", "sail(x, wind = 1)", "sail(x, 2, wind=1)", "sail(x == 1, y)", "sail(x, y := 1)",
        "sail(x for x in y)", "sail(x, *a, wind=2)", "row(any=1, other=2)", "unknown(any=1)", "Boat(mast=1)",
        "sail(x, lambda any=1: any, wind=2)", "def f(any=1): pass", "class A(metaclass=1): pass", "(any, other) = 1, 2",
        "sail(x, speed=1, )", "sail(x, speed=1, **x)", "sail(row(any=1), wind=2)", "sail(x, '(', wind=1)",
        "sail(x, # (a=\n  wind=1)", "sail(x,\n  wind=1)", "x[any] = 1", "sail(1, windy",
    ],
)  # fmt: skip
def test_keywords_that_exist_and_all_other_arguments_can_be_written(keywords: Python, text: str) -> None:
    assert can_write(keywords, "        " + text)


@pytest.mark.parametrize(
    "text",
    [
        "sail(x, sped=1)", "sail(speeds=1", "sail(x, ship=1)", "sail(x, sped = 1)", "Boat(mat=1)",
        "sail(x, speed=1, wild=", "sail(x, speed=1, y", "sail(x, speed=1, speed=2", "sail(x, **y, z)",
        "sail(x, # (a=\n  wild=1)", "row(sail(x, wild=1", "sail(x, speed=1, wind)", "sail(x, 2, wind=1, speed=2)",
    ],
)  # fmt: skip
def test_keywords_that_do_not_exist_cannot_be_written(keywords: Python, text: str) -> None:
    assert not can_write(keywords, "        " + text)


def test_a_text_may_end_after_any_name_but_a_keyword_that_must_be_one(keywords: Python) -> None:
    def ends(text: str) -> bool:
        matcher = attach(None, VOCABULARY, keywords).matcher()
        for byte in text.encode():
            assert matcher.accept_token(BYTES.index(bytes([byte]))), text
        return matcher.is_accepting()

    assert ends("        sail(wond") and ends("        sail(") and ends("        sail(x, speed=1, wind=")
    assert not ends("        sail(x, speed=1, wind")


@pytest.mark.parametrize("provider", ["pyrefly", "basedpyright"])
def test_other_servers_know_keywords_too(provider: str, tmp_path: Path) -> None:
    for monitor in opened(tmp_path, provider, scope=False):
        for text, may_be_written in (("wind=", True), ("wild=", False), ("ship=", False)):
            answer = monitor.answer(b"        sail(x, speed=1,")
            assert answer is not None
            node = 0
            for byte in text.encode():
                node = node if node < 0 else answer.step(node, byte)
            assert (node == LEFT) is may_be_written
        assert monitor.answer(b"        row(x,") is None


def test_a_call_is_asked_about_once(attributes: Python) -> None:
    attributes.move(file="app.py", prefix=PREFIX)
    vocabulary = Vocabulary.from_bytes([*BYTES, None], eos=len(BYTES))  # no token asks about a call inside of it
    matcher = attach(None, vocabulary, attributes).matcher()
    assert all(map(matcher.accept_token, b"        print(xx, yy, zz, aa, sep=bb)"))
    assert len(attributes._known) == 1


@pytest.mark.parametrize("text", ["Color.RED", "given.anything", "self.mast", "self.new = 1", "self.new=1", "self.go(",
              "argparse._private", "argparse.Namespace"])  # fmt: skip
def test_attributes_that_exist_or_come_to_be_can_be_written(attributes: Python, text: str) -> None:
    assert can_write(attributes, "        " + text)


@pytest.mark.parametrize(
    "text",
    [
        "Color.GREEN",
        "self.new(",
        "self.new == 1",
        "x = self.new",
        "print(self.new",
        "color.sails",
        "Color.RE(",
        "argparse.Parser",
    ],
)
def test_attributes_that_do_not_exist_cannot(attributes: Python, text: str) -> None:
    assert not can_write(attributes, "        " + text)


@pytest.mark.parametrize("text", ["match color:\n            case Color.", "if color is Color.", "x = {Color."])
def test_members_of_enums(attributes: Python, text: str) -> None:
    answer = attributes.answer(f"        {text}".encode())
    assert answer is not None and {b"RED", b"BLUE"} <= set(answer.names) and b"GREEN" not in answer.names


def test_only_members_of_an_enum_are_patterns(attributes: Python) -> None:
    for text in ("match color:\n            case Color.", "match color:\n            case Color.RED | Color."):
        answer = attributes.answer(f"        {text}".encode())
        assert answer is not None and set(answer.names) - {b"_"} == {b"RED", b"BLUE"}
    other = attributes.answer(b"        match color:\n            case argparse.")
    assert other is not None and b"Namespace" in other.names


@pytest.mark.parametrize(
    "text",
    [
        "return knots", "return self", "return later", "return print", "return not color", "return None", "return f'x'",
        "return 12", "return (new := 1)", "return [new for new in self]", "return {new: 1 for new in self}",
        "return -knots",
        "return lambda new: new + knots", "x = new", "x = new = 1", "x, new = 1, 2", "x: new = 1", "x += knots",
        "if new := knots: pass", "for new in later(): pass", "with later() as new: pass", "def new(new): pass",
        "import json as new", "sail(new for new in self)", "sail(1 + new for new in self)", "sail(x, new := 2)",
        "while new := knots + 1: pass", "class new(Boat): pass", "x = [a + new for new in self]", "global new",
        "try:\n            pass\n        except Lost as new:\n            return new", "x = knots if knots else color",
        "new = 1\n        return new", "return [new.a for new in self if new and knots]", "return knots not in self",
        "raise Lost", "raise ValueError('x')", "raise Lost() from color", "except (Lost, ValueError):", "except Lost:",
        "yield from self", "return rb'x'", "print(knots, sep=knots)", "match x:\n            case [new, *more]: pass",
        "return sum(x * new for x, new in self)", "assert knots, new",
    ],
)  # fmt: skip
def test_names_in_scope_and_new_ones_can_be_written(scope: Python, text: str) -> None:
    assert can_write(scope, "        " + text)


@pytest.mark.parametrize(
    "text",
    [
        "return nuts", "return not nuts", "return later + nuts", "x += nuts", "return 1 if nuts", "for x in nuts",
        "return knots == nuts", "raise Loss", "raise str(", "except int:", "except Loss:", "yield from nuts",
        "print(knots, sep=nuts", "return knots+nuts", "with nuts", "x = [y for y in nuts", "assert nuts",
        "return [y for y in self if nuts",
    ],
)  # fmt: skip
def test_names_that_do_not_exist_cannot(scope: Python, text: str) -> None:
    assert not can_write(scope, "        " + text)


def test_after_an_import_of_everything_any_name_will_do(scope: Python) -> None:
    assert can_write(scope, "        from os import *\n        return nuts")


def test_a_statement_is_asked_about_once(scope: Python) -> None:
    scope.move(file="app.py", prefix=PREFIX)
    assert can_write(scope, "        return 1 + knots * color - self + color")
    assert len([known for known in scope._known if str(known).endswith("        0 + ")]) == 1


def allows(matcher: MonitoredMatcher, token: bytes) -> bool:
    return matcher.fork().accept_token(len(BYTES) + TOKENS.index(token))


def test_a_call_inside_of_a_token_is_judged(keywords: Python) -> None:
    matcher = attach(None, VOCABULARY, keywords).matcher()
    for byte in b"        sail":
        assert matcher.accept_token(BYTES.index(bytes([byte])))
    assert allows(matcher, b"(speed=") and allows(matcher, b"(x == 1")
    wrong = matcher.fork()
    assert wrong.accept_token(len(BYTES) + TOKENS.index(b"(sped="))
    assert [BYTES[token] for token in range(len(BYTES)) if wrong.fork().accept_token(token)] == [b"="]
    for byte in b"(x":
        assert matcher.accept_token(BYTES.index(bytes([byte])))
    assert allows(matcher, b", wind=")
    assert matcher.accept_token(len(BYTES) + TOKENS.index(b", wild="))  # before a second equals sign alone
    assert not matcher.is_accepting() and not matcher.accept_token(BYTES.index(b"1"))


def test_an_operator_inside_of_a_token_is_judged(scope: Python) -> None:
    matcher = attach(None, VOCABULARY, scope).matcher()
    for byte in b"        x = knots":
        assert matcher.accept_token(BYTES.index(bytes([byte])))
    assert allows(matcher, b"+knots") and not allows(matcher, b"+nuts")


def test_the_monitor_moves_to_another_place_and_keeps_its_server(attributes: Python, tmp_path: Path) -> None:
    assert attributes.server is not None
    process = attributes.server.process_id
    attributes.move(file="other.py", prefix="class A:\n    tide = 1\n\n\n")
    assert can_write(attributes, "A.tide") and not can_write(attributes, "A.wave")
    attributes.move(file="app.py", prefix=PREFIX)
    assert can_write(attributes, "        Color.RED") and not can_write(attributes, "        Color.tide")
    assert attributes.server.process_id == process
    with pytest.raises(ArgumentError, match="inside of root"):
        attributes.move(file=tmp_path.parent.parent / "x.py")


def test_a_file_that_was_left_is_read_from_its_folder_again(attributes: Python) -> None:
    (attributes._root / "left.py").write_text("tide = 1\nwave = 2\n", "utf-8")
    attributes.move(file="left.py", prefix="import os\n", suffix="")  # what the server sees of it has no wave
    assert can_write(attributes, "os.path")
    attributes.move(file="app.py", prefix=PREFIX)
    assert can_write(attributes, "        from left import wave")
    assert not can_write(attributes, "        from left import sand")


CALLS = [
    ("f(", set(), False), ("f(a, ", set(), False), ("f(a=1, ", {"a"}, True),
    ("f(a=g(x, y), b=2,\n  ", {"a", "b"}, True),
    ("f(**k, ", set(), True), ("f(a == b, ", set(), False), ("f()(", set(), False), ("f(a)[1](", set(), False),
    ("x.match(a, ", set(), False), ("f(lambda a, b=1: 0, ", set(), False), ("f({a: 1}, ", set(), False),
]  # fmt: skip


@pytest.mark.parametrize(("code", "used", "must_be_named"), CALLS)
def test_calls(code: str, used: set[str], must_be_named: bool) -> None:
    found = call_site(code)
    assert found is not None
    assert set(found.given.named) == used and found.given.must_be_named is must_be_named
    assert code[len(code) - found.opens - 1] == "("
    ast.parse(code + ("k=1)" if must_be_named else "x)"))


@pytest.mark.parametrize(
    "code",
    ["(", "(a, ", "[a, ", "f[a, ", "def f(", "def f(a, ", "class A(", "if (", "match (a, ", "case P(", "f(lambda a, ",
     "f(x for a, ", "f(a", "f(a=", "f({a, ", "return (", "async def f[T](", "1("],
)  # fmt: skip
def test_what_is_no_argument_of_a_call(code: str) -> None:
    assert call_site(code) is None


BINDING = ["x = ", "if ", "while ", "for ", "f(", "(", "[", "lambda ", "def f(", "def f(a=", "with a as ", "import ",
           "a, ", "*", "f(*", "x: ", "case A | ", "def f() -> ", "[a + ", "f(g(a, b + ", "(y := ", "del x, ", "", "@",
           "except A as ", "global ", "a[", "f(a, "]  # fmt: skip


@pytest.mark.parametrize("code", [code for code in BINDING if code not in ("f(g(a, b + ", "(y := ")])
def test_where_a_name_may_be_bound_there_is_no_site(code: str) -> None:
    assert name_site(code) is None


@pytest.mark.parametrize(
    "code", ["return ", "x += ", "f(a=", "f(a, b + ", "a * ", "a ** ", "x: int = ", "raise A from ", "a <= ", "- ",
             "[x for x in ", "[x for x in y if ", "x if y else ", "f(a, g(1, b + ", "a[x + ", "return a, "],
)  # fmt: skip
def test_where_only_an_existing_name_may_stand_there_is_one(code: str) -> None:
    assert name_site(code) is not None


def test_a_logical_line_begins_before_its_brackets_and_backslashes() -> None:
    for code, line in (("a\nb = f(\n  c", "b = f(\n  c"), ("a\nb + \\\n  c", "b + \\\n  c"), ("a\nf(b)\nc", "c")):
        assert code[logical_line(code) :] == line


def test_objects_get_new_attributes_at_the_beginning_of_a_statement_alone() -> None:
    assert binds_attribute("x\n    self.") and binds_attribute("cls.")
    assert not binds_attribute("x = self.") and not binds_attribute("selfish.") and not binds_attribute("self.a.")
    assert isinstance(call_site("f("), Call)

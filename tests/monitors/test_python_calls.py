"""How many arguments a call may have: by ty and jedi for real, across nested calls, forks, rollbacks and tokens."""

from __future__ import annotations

import ast
import inspect
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from structgen.monitors import Python, attach
from structgen.monitors.monitor import Unanswered
from structgen.monitors.python_buffer import WORDS, Buffer
from structgen.monitors.python_calls import Arguments, Parameter, Signature, arguments, may_close, read_signature
from structgen.monitors.python_sites import closed_call
from structgen.monitors.python_text import blanked
from structgen.monitors.trigger_shapes import shape
from structgen.tokens.vocabulary import Vocabulary
from tests.monitors.test_python_arguments import patient
from tests.monitors.writing import writer
from tests.vocabularies import BYTES

pytest.importorskip("ty", reason="the language servers are not installed: pip install 'structgen[dev]'")

PREFIX = """\
from typing import overload


def two(first, second, third=1): ...


def none(): ...


def only(*, name, size=1): ...


def many(first, *rest, name=1): ...


def some(first, /, **options): ...


@overload
def over(given: int) -> int: ...
@overload
def over(given: str, other: int) -> str: ...
def over(*given): ...


class Boat:
    def __init__(self, mast: int) -> None:
        self.mast = mast

    def sail(self, knots, port): ...

    @classmethod
    def built(cls, plan): ...

    @staticmethod
    def counted(fleet): ...


def go(boat: Boat, anything) -> None:
"""
TOKENS = [b"(1)", b"(1, 2)", b"()", b")", b"))", b", 2)", b"(x)", b"(x))", b"x)", b"=1)",
b'")', b"(1, 2, 3, 4)", b"(*x)",
          b"(1,", b"(two(1", b"(two(1))", b"two(1)", b"))\n"]  # fmt: skip
VOCABULARY = Vocabulary.from_bytes([*BYTES, *TOKENS, None], eos=len(BYTES) + len(TOKENS))
can_write = writer(VOCABULARY)


@pytest.fixture(scope="module")
def by_jedi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Python]:
    root = tmp_path_factory.mktemp("root")
    monitor = Python(root=root, file="app.py", prefix=PREFIX, suffix="\n\nx = 1\n", provider="jedi")
    yield monitor
    monitor.close()


@pytest.fixture(scope="module")
def by_ty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Python]:
    root = tmp_path_factory.mktemp("root")
    monitor = Python(root=root, file="app.py", prefix=PREFIX, suffix="\n\nx = 1\n", provider=patient("ty"))
    yield monitor
    monitor.close()


RIGHT = [
    "two(1, 2)", "two(1, 2, 3)", "two(1, second=2)", "two(first=1, second=2)", "two(1, 2, )", "two(1, 2, 3, )",
    "two(*x)", "two(1, 2, 3, *x)", "two(**x)", "two(1, **x)", "two(*x, third=1)", "none()", "none( )", "none(*x)",
    "only(name=1)", "only(name=1, size=2)", "many(1)", "many(1, 2, 3, 4, 5)", "many(1, 2, name=1)", "some(1, a=1)",
    "some(1, first=2)", "over(1)", "over('a', 1)", "Boat(1)", "Boat(mast=1)", "Boat.built(1)", "Boat.counted(1)",
    "boat.sail(1, 2)", "Boat.sail(boat, 1, 2)", "anything(1, 2, 3, 4, 5)", "anything()", "anything.more()",
    "two(two(1, 2), two(3, 4))", "two((1, 2), [3, 4])", "two({1: 2}, x[1, 2])", "two(lambda a, b: 0, 1)",
    "two(lambda: 0, 1, 2)", "two('a, b', ',')", "two(1, # ) (\n 2)", "two(\n  1,\n  2,\n)", "two(1 if x else 2, 3)",
    "two((a for a, b in x), 2)", "many(a for a, b in x)", "two(a == 1, b)", "two(a := 1, b)", "boat.sail(*x)",
    "def two(): pass", "class A(two): pass", "(1, 2, 3, 4, 5)", "print(none())", "two(none(), 1)[0](1, 2, 3)",
    "two(1, 2)\n    two(1, 2)", "if two(1, 2): pass", "two(1, 2).x(1, 2, 3)", "@two(1, 2)\n    def f(): pass",
]  # fmt: skip
WRONG = [
    "two()", "two(1)", "two(1,)", "two(1, 2, 3, 4", "two(1, 2, 3, x", "two(second=2)", "two(1, first=2", "none(1",
    "none(x", "none(name=1", "only(1", "only()", "only(size=2)", "only(name=1, 2", "many()", "many(name=1)", "some()",
    "some(a=1)", "some(1, 2)", "over(1, 2, 3", "over()", "Boat()", "Boat(1, 2", "Boat(1, mast=2", "Boat.built()",
    "Boat.built(1, 2", "Boat.counted(1, 2", "boat.sail(1)", "boat.sail(1, 2, 3", "two(two(1), 2)", "two(1, two(2))",
    "two(two(1, 2))", "two('a, b')", "two((1, 2))", "two(lambda a, b: 0)", "two(1 # , 2\n)", "two([1, 2])",
    "two(x for x in y)", "two(1, 2, 3, (4", "two(1, 2, 3, 'a", "two(1, 2, 3, -", "two(1, 2)\n    two(1)", "x.y(two(1))",
    "two({1: 2, 3: 4})", "two(a == 1)", "two(a := 1)", "two(\n  1,\n)", "two(1, 2, 3, # x\n 4",
]  # fmt: skip


@pytest.mark.parametrize("text", RIGHT)
def test_calls_with_as_many_arguments_as_are_taken_can_be_written(by_ty: Python, text: str) -> None:
    assert can_write(by_ty, "    " + text)


@pytest.mark.parametrize("text", WRONG)
def test_calls_with_too_many_or_too_few_cannot(by_ty: Python, text: str) -> None:
    assert not can_write(by_ty, "    " + text)


@pytest.mark.parametrize("text", [*RIGHT[::6], *WRONG[::6]])
def test_jedi_counts_them_too(by_jedi: Python, text: str) -> None:
    assert can_write(by_jedi, "    " + text) is (text in RIGHT)


def test_jedi_is_not_sure_of_classes_that_something_else_makes(by_jedi: Python) -> None:
    made = "class Row(NamedTuple):\n    x: int\n\n\n@attr.frozen\nclass Cell:\n    x: int\n\n\nclass None_: ...\n\n\n"
    by_jedi.move(file="app.py", prefix="import attr\nfrom typing import NamedTuple\n\n\n" + made)
    for callee in ("Row", "Cell", "None_"):
        assert by_jedi.answer(f"{callee}(".encode()) is None
    by_jedi.move(file="app.py", prefix=PREFIX, suffix="\n\nx = 1\n")


def test_a_rolled_back_call_is_counted_anew(by_ty: Python) -> None:
    """A monitor that has passed its count recovers: the count is of the text, and the text was taken back."""
    matcher = attach(None, VOCABULARY, by_ty).matcher()
    for byte in b"    two(1":
        assert matcher.accept_token(byte)
    for _ in range(3):
        assert not matcher.fork().accept_token(ord(")"))
        twin = matcher.fork()
        for byte in b", 2, 3)\n    two(1, 2)":
            assert twin.accept_token(byte)
        for byte in b", 2, 3, ":
            assert matcher.accept_token(byte)
        assert not matcher.accept_token(ord("4"))
        assert matcher.accept_token(ord(")"))
        matcher.rollback(9)
        assert matcher.tokens_accepted == 9


@pytest.mark.parametrize(
    ("text", "allowed", "forbidden"),
    [
        ("    two", [b"(1, 2)", b"(*x)", b"(x"], [b"()", b"(x)", b"(1)", b"(1, 2, 3, 4)"]),
        ("    two(1", [b", 2)"], [b")", b"))"]),
        ("    two(first", [], [b"=1)", b")"]),
        ("    two(second", [], [b"=1)"]),
        ("    two('a", [], [b'")'.replace(b'"', b"'"), b"')"]),
        ("    many(two(1", [b", 2)"], [b")", b"))", b"x)"]),
        ("    two(many(1", [b")"], [b"))", b"))\n"]),
        ("    two(1, ", [b"x)"], [b")", b"two(1)"]),
        ("    none", [b"()", b"(*x)"], [b"(1)", b"(x)", b"(1, 2)"]),
    ],
)
def test_tokens_are_judged_inside(by_ty: Python, text: str, allowed: list[bytes], forbidden: list[bytes]) -> None:
    extra = [token for token in [*allowed, *forbidden] if token not in TOKENS and len(token) > 1]
    vocabulary = Vocabulary.from_bytes([*BYTES, *TOKENS, *extra, None], eos=len(BYTES) + len(TOKENS) + len(extra))
    matcher = attach(None, vocabulary, by_ty).matcher()
    for byte in text.encode():
        assert matcher.accept_token(byte)
    tokens = {vocabulary.token_bytes(token): token for token in range(vocabulary.size)}
    for token in allowed:
        assert matcher.fork().accept_token(tokens[token]), token
    for token in forbidden:
        assert not matcher.fork().accept_token(tokens[token]), token


def test_a_call_that_the_prefix_opens_is_counted_too(by_ty: Python) -> None:
    by_ty.move(file="app.py", prefix=PREFIX + "    two(1, ", suffix="\n")
    assert can_write(by_ty, "2)") and can_write(by_ty, "2, 3)") and not can_write(by_ty, ")")
    assert not can_write(by_ty, "2, 3, 4")
    by_ty.move(file="app.py", prefix=PREFIX + "    two(", suffix="\n")
    assert not can_write(by_ty, "1)") and can_write(by_ty, "1, 2)")
    by_ty.move(file="app.py", prefix=PREFIX, suffix="\n\nx = 1\n")


SOURCES = [
    "def f(a, b=1, *, c, d=2): ...", "def f(a, /, b, *c, d, **e): ...", "def f(): ...", "def f(*a): ...",
    "def f(a=',', b=(1, 2), *, c='/'): ...", "def f(a, b, /): ...", "def f(**k): ...",
    "def f(a: int = 3, b: str = ')'): ...",
    "def f(a: dict[str, int], b: 'Callable[[int], str]' = print, /, *, c: int): ...",
]  # fmt: skip


def made(source: str) -> Callable[..., Any]:
    space: dict[str, Any] = {"Callable": Callable}
    exec(source, space)
    found: Callable[..., Any] = space["f"]
    return found


def signature_of(source: str) -> Signature:
    label = source[len("def f") : source.rindex(":")] + " -> None"
    tree = ast.parse(source).body[0]
    assert isinstance(tree, ast.FunctionDef)
    every = [*tree.args.posonlyargs, *tree.args.args, *tree.args.kwonlyargs]
    listed = [one.arg for one in every] + ["*"] * 0
    listed += [one.arg for one in (tree.args.vararg, tree.args.kwarg) if one is not None]
    return read_signature(label, listed)


@pytest.mark.parametrize("source", SOURCES)
def test_signatures_accept_what_python_binds(source: str) -> None:
    """The oracle is inspect's own binding of arguments."""
    signature, bound = signature_of(source), inspect.signature(made(source))
    rng = random.Random(source)
    for _ in range(200):
        positional = rng.randint(0, 5)
        named = frozenset(rng.sample(["a", "b", "c", "d", "x"], rng.randint(0, 3)))
        try:
            bound.bind(*range(positional), **dict.fromkeys(named))
            binds = True
        except TypeError:
            binds = False
        call = Arguments(positional, named, False, False, "")
        assert (signature.takes(call) and not signature.lacks(call)) is binds, (positional, named)
        if binds:
            assert may_close([signature], call)


@st.composite
def call_texts(draw: st.DrawFn) -> str:
    simple = st.sampled_from(["x", "1", "'a, (b'", "lambda a, b=1: a", "(1, 2)", "[a, b]", "x[1, 2]", "f(1, 2)",
    "{1: 2}",
                              "not x", "a if b else c", "x == 1", "lambda: 0", "-1", "(y := 1)",
                              "[i for i, j in z]"])  # fmt: skip
    positional = draw(st.lists(simple, max_size=4))
    stars = draw(st.lists(st.sampled_from(["*x", "*(1, 2)"]), max_size=1))
    names = draw(st.lists(st.sampled_from(["a", "b", "c"]), max_size=3, unique=True))
    parts = [*positional, *stars, *(f"{name}={draw(simple)}" for name in names)]
    parts += draw(st.lists(st.sampled_from(["**x", "**{1: 2}"]), max_size=1))
    return draw(st.sampled_from([", ", ",", " ,\n "])).join(parts) + draw(st.sampled_from(["", ","] if parts else [""]))


@given(call_texts())
def test_arguments_are_counted_as_python_parses_them(text: str) -> None:
    tree = ast.parse(f"f({text})", mode="eval").body
    assert isinstance(tree, ast.Call)
    buffer = Buffer(f"f({text}")
    code = buffer.code(b"")
    assert code is not None
    found = closed_call(code + ")")
    assert found is not None
    assert found.given.positional == sum(not isinstance(one, ast.Starred) for one in tree.args)
    assert found.given.named == {one.arg for one in tree.keywords if one.arg is not None}
    assert found.given.is_unpacked == any(isinstance(one, ast.Starred) for one in tree.args)
    assert found.given.has_mapping == any(one.arg is None for one in tree.keywords)


def test_the_last_argument_counts_for_nothing_while_it_may_become_a_keyword() -> None:
    assert arguments("x, y").positional == 1
    assert arguments("x, y", is_closed=True).positional == 2
    assert arguments("x, y.z").positional == 2 and arguments("x, y=").named == {"y"}


@pytest.mark.parametrize("label", ["(...) -> Unknown", "type[dict]", "", "f", "(&)"])
def test_labels_that_tell_nothing_are_unknown(label: str) -> None:
    with pytest.raises(Unanswered):
        read_signature(label, [])


def test_a_receiver_that_is_in_the_label_alone_may_be_given_or_not() -> None:
    signature = read_signature("def m(self: C, p: int, q: int) -> None: ...", ["p: int", "q: int"])
    assert signature == Signature((Parameter("p", "either", True, "int"), Parameter("q", "either", True, "int")), 1)
    for positional, may in ((1, False), (2, True), (3, True), (4, False)):
        call = Arguments(positional, frozenset(), False, False, "")
        assert (signature.takes(call) and not signature.lacks(call)) is may


PARTS = ["f(", "x", "'", '"""', "\n", " ", ")", "# c", "a.b", ", ", "[", "]", "é", "\\"]
BEGINNINGS = ["x = ", "return", "f(a, ", "re", "x", "import a\n", "'", "from a import (b", "1"]
PIECES = ["abc", "import", " ", ".", ",", "(", "'", "for", "12", "tur", "n ", "\n", "="]


@given(st.lists(st.sampled_from(PARTS), max_size=30), st.integers(0, 29), st.integers(0, 29))
@example(['"""', "\n"], 0, 2)
@example(['"""', "x", "\n", "a.b"], 3, 0)
def test_a_settled_buffer_reads_every_text_as_a_fresh_one(parts: list[str], cut: int, prefixed: int) -> None:
    prefix, text = "".join(parts[:prefixed]), "".join(parts[prefixed:]).encode()
    buffer = Buffer(prefix)
    buffer.settle("".join(parts[prefixed : prefixed + cut]).encode())
    code, unfinished = buffer.lexed(text)
    whole, expected = blanked(buffer.tail + text.decode())
    assert unfinished == expected and whole.endswith(code)
    assert buffer.code(b"other") == Buffer(prefix).code(b"other")


@given(st.sampled_from(BEGINNINGS), st.lists(st.sampled_from(PIECES), min_size=1, max_size=5))
@example("x = ", ["12", "abc", "."])
def test_texts_of_equal_shape_open_equal_sites(before: str, parts: list[str]) -> None:
    monitor = Python(provider="jedi", scope=True)
    prefix = "".join(parts).encode()
    sites = [monitor._site(before.encode() + added) for added in (prefix, shape(prefix, WORDS))]
    assert type(sites[0]) is type(sites[1])

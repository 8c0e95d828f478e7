"""Members in Rust, by rust-analyzer for real."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from structgen.errors import ArgumentError

pytest.importorskip("pygls", reason="the language servers are not installed: pip install 'structgen[dev]'")
from structgen.monitors import Rust
from structgen.monitors.braces_text import blanked
from structgen.monitors.rust import _SPAN, RUST_ANALYZER, _is_in_use_list
from structgen.monitors.server import lsp
from tests.monitors.languages import can_write, patient


def runs() -> bool:
    """Whether rust-analyzer is there: rustup puts a program of this name on the PATH that only says it is missing."""
    program = shutil.which("rust-analyzer")
    return program is not None and subprocess.run([program, "--version"], capture_output=True).returncode == 0


needs_rust_analyzer = pytest.mark.skipif(
    not runs(), reason="rust-analyzer is not installed: rustup component add rust-analyzer rust-src"
)

PREFIX = """\
mod deep;

enum Color { Red, Blue(i32) }
struct Ship<'a> { mast: i32, next: Option<&'a Ship<'a>>, pair: (i32, (bool, i32)) }
impl<'a> Ship<'a> {
    const COUNT: i32 = 1;
    fn new() -> Self { todo!() }
    fn sail(&self, x: i32) -> Ship<'a> { todo!() }
}

fn go(ship: Ship, name: char) {
"""


@pytest.fixture(scope="module")
def monitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rust]:
    root = tmp_path_factory.mktemp("rust")
    (root / "Cargo.toml").write_text('[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n')
    (root / "src").mkdir()
    (root / "src" / "deep.rs").write_text(
        "pub fn well() -> i32 { 1 }\nfn hidden() {}\npub mod inner { pub struct Rock; }\n"
    )
    (root / "src" / "main.rs").write_text("mod deep;\nfn main() {}\n")
    rust = patient(Rust(root=root, prefix=PREFIX, suffix="\n}\n\nfn main() {}\n"))
    yield rust
    rust.close()


KNOWN = [
    "ship.mast", "ship.sail(1).mast", "if ship.mast > ", "ship.pair.1.0", "Color::Blue(1)", "Ship::COUNT",
    "Ship::new()", "deep::well()", "deep::inner::Rock", "match x { Color::Red", "for i in ship.mast..9",
    "for i in 0..9", "1.5 + 2.",
    "nobody.thing", "nobody::thing", "// ship.sink", "/* /* ship.sink */ ship.sink", '"ship.sink"', '"a\n ship.sink"',
    'r#"a" ship.sink "#', "let x: &'static str", "let c = '.'; ship.mast", "use deep::{inner, well}", "use deep::*",
    "pub use crate::deep::inner::{self, Rock}", "use deep::{\n    well,\n}", "self::deep::well", "ship\n        .mast",
    "let s = Ship { mast: 1, ..ship }", "x = [ship.mast, ship.pair.0", "Ship::<'static>::new()", "vec.iter::<i32>()",
]  # fmt: skip
UNKNOWN = [
    "ship.sink", "ship.sail(1).masts", "if ship.masts", "ship.pair.2", "ship.pair.1.2", "Color::Green", "Ship::TOTAL",
    "deep::hidden", "deep::wells", "deep::inner::Stone", "match x { Color::Redder", "let r = ship.must..9",
    "use deep::{inner, sea", "use deep::{sea", "use deep::inner::{Stone", "ship\n        .sink", "crate::depth",
    "let c = '.'; ship.sink", "let x: &'static str = ship.sink", "r#\"a\"#; ship.sink",
]  # fmt: skip


@needs_rust_analyzer
@pytest.mark.slow  # cargo and the server's reading of the standard library take tens of seconds
def test_members_in_rust(monitor: Rust) -> None:
    assert [text for text in KNOWN if not can_write(monitor, "    " + text)] == []
    assert [text for text in UNKNOWN if can_write(monitor, "    " + text)] == []
    assert monitor.statistics.failures == monitor.statistics.timeouts == 0


@pytest.mark.parametrize(
    ("label", "names"),
    [
        ("sail(…)", {"sail"}), ("copy(alias cp, CopyFile)", {"copy"}), ("println!(…)", {"println"}), ("0", {"0"}),
        ("r#type", {"r#type"}), ("self::", {"self"}), ("Blue", {"Blue"}), ("Ship {…}", {"Ship"}), ("await", {"await"}),
        ("into() (as Into)", {"into"}), ("&mut", set()), ("a-b", set()),
    ],
)  # fmt: skip
def test_labels_are_normalised(tmp_path: Path, label: str, names: set[str]) -> None:
    rust = Rust(root=tmp_path, profile=RUST_ANALYZER)
    assert rust._names([lsp.CompletionItem(label)], "") == names
    rust.close()


@pytest.mark.parametrize(
    ("text", "is_inside"),
    [
        ("/* /* a */ a", True), ("/* /* a */ a */", False), ('r##"a"# a', True), ('r##"a"# a"##', False),
        ("&'static ", False), ("'\"' + ", False), ("'\\u{1a}'", False), ('"a\n', True), ('b"a"', False), ("// a", True),
    ],
)  # fmt: skip
def test_strings_and_comments_of_rust(text: str, is_inside: bool) -> None:
    assert blanked(text, _SPAN)[1] is is_inside


@pytest.mark.parametrize(
    ("code", "is_one"),
    [
        ("use a::{", True), ("use a::{b,", True), ("use a::{b::{c, d},", True), ("pub(crate) use a::{b,\n", True),
        ("use {", False), ("use {a::{b},", False), ("let x = S {", False), ("use a::{b}; f(x,", False),
        ("reuse a::{", False),
    ],
)  # fmt: skip
def test_lists_of_use(code: str, is_one: bool) -> None:
    assert _is_in_use_list(code) is is_one


def test_wrong_arguments_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ArgumentError, match="inside of it"):
        Rust(root=tmp_path, file="../main.rs", profile=RUST_ANALYZER)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ArgumentError, match="not on the PATH"):
        Rust(root=tmp_path)

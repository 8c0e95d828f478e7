"""Members and imports in Go, by gopls for real."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from structgen.errors import ArgumentError

pytest.importorskip("pygls", reason="the language servers are not installed: pip install 'structgen[dev]'")
from structgen.monitors import Go
from structgen.monitors.braces_text import blanked
from structgen.monitors.go import _SPAN, GOPLS, _required
from tests.monitors.languages import can_write, patient

needs_gopls = pytest.mark.skipif(
    shutil.which("gopls") is None or shutil.which("go") is None,
    reason="gopls is not installed: apt-get install gopls golang-go",
)

PREFIX = """\
package main

import (
\t"os"
\t"strings"
\t"example.com/app/deep"
)

type Ship struct { mast int; Name string }
type Fleet []Ship
func (f Fleet) Count() int { return len(f) }
func (s *Ship) Sail(x int) string { return "" }
func (s *Ship) Turn() *Ship { return s }

func main() {
\tship := &Ship{}
\tfleet := Fleet{}
\tvar any interface{} = 1
"""
MODULE = """\
module example.com/app

go 1.16

require (
\tgolang.org/x/text v0.3.0 // indirect
\t"gopkg.in/yaml.v3" v3.0.0
)
require my-forge.org/some/thing/v2 v2.1.0
replace my-forge.org/some/thing/v2 => ../thing
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("go")
    (folder / "go.mod").write_text("module example.com/app\n\ngo 1.16\n")
    (folder / "deep").mkdir()
    (folder / "deep" / "deep.go").write_text("package deep\n\nfunc Well() int { return 1 }\nfunc hidden() {}\n")
    return folder


@pytest.fixture(scope="module")
def monitor(root: Path) -> Iterator[Go]:
    go = patient(Go(root=root, file="main.go", prefix=PREFIX, suffix="\n}\n"))
    yield go
    go.close()


@pytest.fixture(scope="module")
def imports(root: Path) -> Iterator[Go]:
    go = patient(Go(root=root, file="other.go"))
    yield go
    go.close()


@needs_gopls
@pytest.mark.parametrize(
    ("text", "is_known"),
    [
        ("ship.mast = 1", True), ("if ship.Name == ", True), ("ship.Turn().Sail(1)", True), ("os.Args[1]", True),
        ("deep.Well()", True), ('strings.NewReader("").Len()', True), ("ship.\n\t\tTurn()", True), ("any.(int)", True),
        ("nobody.Thing", True), ('"ship.sink"', True), ("// ship.sink", True), ("`ship.sink \\`", True),
        ("'\"' + ship.mast", True), ("x := 1.5", True), ("f(fleet...", True), ("fleet[0].mast", True),
        ("for i := 0; i < ship.mast", True), ("switch ship.mast", True),
        ("var b strings.Builder", True), ("func(ship *Ship) { ship.mast", True), ('a / "x"', True),
        ("ship.sink", False), ("if ship.name", False), ("ship.Turn().Sale", False), ("os.args", False),
        ("deep.hidden", False), ("deep.Wells()", False), ('strings.NewReader("").Length', False),
        ("ship.\n\t\tturn()", False), ("fleet[0].masts", False),
        ("for _, s := range ship.Turns", False), ("for i := 0; i < ship.masts", False), ("ship..", False),
        ("fleet.Sum", False),
    ],
)  # fmt: skip
def test_members_in_go(monitor: Go, text: str, is_known: bool) -> None:
    assert can_write(monitor, "\t" + text) is is_known


@needs_gopls
@pytest.mark.slow  # lists of packages take a second each
@pytest.mark.parametrize(
    ("text", "is_known"),
    [
        ('import "fmt"', True), ('import "net/http"', True), ('import (\n\t"os"\n\t"encoding/json"\n)', True),
        ('import other "strings"', True), ('import (\n\t. "os"; _ "io/fs"\n)', True),
        ('import "example.com/app/deep"', True), ('var x = "any/thing"', True), ('import "os"\nvar x = "fnt"', True),
        ('import "fnt"', False), ('import "net/htp', False), ('import (\n\t"os"\n\t"encoding/jason', False),
        ('import "example.com/app/sea"', False), ('import "nowhere.org', False),
    ],
)  # fmt: skip
def test_imports_in_go(imports: Go, text: str, is_known: bool) -> None:
    assert can_write(imports, "package main\n\n" + text) is is_known


@needs_gopls
def test_what_is_required_can_be_imported(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module example.com/app\n\ngo 1.16\n\nrequire my-forge.org/some/thing v1.1.0\n")
    go = patient(Go(root=tmp_path, file="main.go", prefix="package main\n"))
    try:
        assert can_write(go, 'import "my-forge.org/some/thing"')
        assert can_write(go, 'import "my-forge.org/some/thing/below')
        assert not can_write(go, 'import "my-forge.org/other')
        assert not can_write(go, 'import "my-forge.com')
    finally:
        go.close()


def test_a_module_file_is_read(tmp_path: Path) -> None:
    assert _required(tmp_path) == frozenset()
    (tmp_path / "go.mod").write_text(MODULE)
    wanted = {"example.com/app", "golang.org/x/text", "gopkg.in/yaml.v3", "my-forge.org/some/thing/v2"}
    assert _required(tmp_path) == wanted
    (tmp_path / "sub").mkdir()
    assert _required(tmp_path / "sub") == wanted


@pytest.mark.parametrize(
    ("text", "is_inside"),
    [("`a\\", True), ("`a\\`", False), ("'\"'", False), ('"a\\"', True), ("/* a", True), ('"a" // a', True)],
)
def test_strings_of_go(text: str, is_inside: bool) -> None:
    code, found = blanked(text, _SPAN)
    assert found is is_inside and "a" not in code


def test_wrong_arguments_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ArgumentError, match="inside of it"):
        Go(root=tmp_path, file="../main.go", profile=GOPLS)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ArgumentError, match="not on the PATH"):
        Go(root=tmp_path)

"""Members in C#, by a server of C# for real; labels and places without one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from structgen.errors import ArgumentError

pytest.importorskip("pygls", reason="the language servers are not installed: pip install 'structgen[dev]'")
from structgen.monitors import CSharp
from structgen.monitors.braces_text import blanked
from structgen.monitors.csharp import _SPAN, CSHARP_LS
from structgen.monitors.server import lsp
from tests.monitors.languages import can_write, patient

needs_server = pytest.mark.skipif(
    shutil.which("csharp-ls") is None, reason="csharp-ls is not installed: dotnet tool install csharp-ls"
)
PROJECT = """\
<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup></Project>
"""
PREFIX = """\
class Ship { public int mast; private int secret; public Ship Sail(int x) => this; }
class App { void Go(Ship ship) {
"""


@pytest.fixture
def monitor(tmp_path: Path) -> Iterator[CSharp]:
    (tmp_path / "app.csproj").write_text(PROJECT)
    csharp = CSharp(root=tmp_path, file="App.cs", prefix=PREFIX, suffix="\n}}\n", profile=CSHARP_LS)
    yield patient(csharp)
    csharp.close()


@needs_server
@pytest.mark.slow
def test_members_in_csharp(monitor: CSharp) -> None:
    for text, is_known in {"ship.Sail(1).mast": True, "ship.sink": False, "ship?.Sail(1).mast": True}.items():
        assert can_write(monitor, "    " + text) is is_known


@pytest.mark.parametrize(
    ("label", "names"),
    [
        ("Sail", {"Sail"}), ("★ Sail", {"Sail"}), ("List<>", {"List"}), ("Sail(int x)", {"Sail"}),
        ("@class", {"@class"}),
        ("a-b", set()), ("operator ==", {"operator"}), ("Main?", {"Main"}),
    ],
)  # fmt: skip
def test_labels_are_normalised(monitor: CSharp, label: str, names: set[str]) -> None:
    assert monitor._names([lsp.CompletionItem(label)], "") == names


@pytest.mark.parametrize(
    ("code", "opens"),
    [
        ("ship.", True), ("ship?.", True), ("ship!.", True), ("f(x).", True), ("using System.", True),
        ("global::", True),
        ("1.", False), ("namespace A.", False), ("a ? b :", False), ("..", False), ("List<int>.", True), ("::", False),
    ],
)  # fmt: skip
def test_places(monitor: CSharp, code: str, opens: bool) -> None:
    assert monitor._opens(code) is opens


@pytest.mark.parametrize(
    ("text", "is_inside"),
    [('@"a\\"', False), ('@"a"" b', True), ('"""\n "a" ', True), ('$"a"', False), ("'\"'", False), ('$@"a\n', True)],
)
def test_strings_of_csharp(text: str, is_inside: bool) -> None:
    assert blanked(text, _SPAN)[1] is is_inside


def test_a_missing_server_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ArgumentError, match="not on the PATH"):
        CSharp(root=tmp_path)

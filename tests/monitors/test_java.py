"""Members and imports in Java, by jdtls for real."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from structgen.errors import ArgumentError

pytest.importorskip("pygls", reason="the language servers are not installed: pip install 'structgen[dev]'")
from structgen.monitors import Java
from structgen.monitors.braces_text import blanked
from structgen.monitors.java import _SPAN, jdtls
from tests.monitors.languages import can_write, patient

try:
    jdtls(Path())
except ArgumentError as error:
    MISSING = str(error)
else:
    MISSING = ""
needs_jdtls = pytest.mark.skipif(bool(MISSING), reason=f"no Java server: {MISSING}")

PREFIX = """\
import java.util.*;
enum Color { RED, BLUE }
class Deep { int well; private int secret; static int count; static class Inner {} }
public class App {
  int mast; String sail(int x) { return ""; }
  static int count;
  void go(App ship, List<String> rows, Deep deep) {
"""


@pytest.fixture(scope="module")
def monitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Java]:
    java = patient(Java(root=tmp_path_factory.mktemp("java"), file="App.java", prefix=PREFIX, suffix="\n  }\n}\n"))
    yield java
    java.close()


@needs_jdtls
@pytest.mark.slow  # the server starts for ten seconds
def test_members_in_java(monitor: Java) -> None:
    known = [
        "ship.sail(1).length()", "if (ship.mast", "rows.get(0).isEmpty()", "Color.BLUE", "App.count", "App.class",
        "ship::sail", "App::new", "nobody.thing", "// ship.sink", '"ship.sink"', '"""\n ship.sink """', "x = 1.",
        "System.out.println(deep.well)", "java.util.concurrent.TimeUnit", "'x' + ship.mast", "ship\n    .sail",
        "new int[1].length", "Collections.<String>emptyList()", "Deep.Inner", "deep.well", "this.mast", "1.5f",
        "(Object) rows.get(0).chars().sum()", "int f(String... all", "ship.new X()",
    ]  # fmt: skip
    unknown = [
        "ship.sink", "if (ship.sails)", "ship.sail(1).size()", "rows.get(0).empty", "Color.GREEN", "App.total",
        "ship::sink", "deep.secret", "Deep.Outer", "java.utils", "java.util.Lists", "ship\n    .sink",
        "ship..mast", "System.err.printline",
    ]  # fmt: skip
    assert [text for text in known if not can_write(monitor, "    " + text)] == []
    assert [text for text in unknown if can_write(monitor, "    " + text)] == []
    assert monitor.statistics.failures == monitor.statistics.timeouts == 0

    imports = patient(Java(root=monitor._path.parent, file="Other.java", profile=monitor.server.profile))
    imports._server = monitor.server  # a second start would double the test's time
    known = [
        "import java.util.List;", "import java.util.concurrent.*;", "import static java.lang.Math.abs;",
        "package some.new.place;\nimport java.io.File;", "import java.util.Map.Entry;",
    ]  # fmt: skip
    unknown = [
        "import java.utils.", "import java.util.Lists;", "import static java.lang.Math.absolute;",
        "import java.util.concurent.",
    ]  # fmt: skip
    assert [text for text in known if not can_write(imports, text)] == []
    assert [text for text in unknown if can_write(imports, text)] == []


@needs_jdtls
def test_the_servers_folder_is_removed(tmp_path: Path) -> None:
    java = Java(root=tmp_path)
    folder = java._knowledge
    assert folder is not None and folder.is_dir()
    java.close()
    assert not folder.exists()


@pytest.mark.parametrize(
    ("text", "is_inside"),
    [
        ('"""\n a " b', True),
        ('"""\n a """', False),
        ("'\"' + ", False),
        ('"" + "b', True),
        ("/* a", True),
        ("// a\n", False),
    ],
)
def test_strings_of_java(text: str, is_inside: bool) -> None:
    code, found = blanked(text, _SPAN)
    assert found is is_inside and "a" not in code


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"inside of it|not installed|needs Java"):
        Java(root=tmp_path / "none")

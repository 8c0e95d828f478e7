"""Python's monitor with ty, pyrefly and jedi driven for real; servers that are killed, hang, or babble."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from structgen.errors import ArgumentError
from structgen.monitors import Python, attach, server
from structgen.monitors.python_text import blanked, repaired, site
from structgen.monitors.server import MAX_STARTS, ServerProfile
from structgen.tokens.vocabulary import Vocabulary
from tests.monitors.writing import writer
from tests.vocabularies import BYTES

pytest.importorskip("ty", reason="the language servers are not installed: pip install 'structgen[dev]'")

PREFIX = "import os\n\n\nclass Ship:\n    mast: int = 1\n    def sail(self) -> str: ...\n\n\n"
PREFIX += "def go(ship: Ship) -> None:\n"
VOCABULARY = Vocabulary.from_bytes([*BYTES, b".sail", b".sink", b".sail()", None], eos=len(BYTES) + 3)
can_write = writer(VOCABULARY)


@pytest.fixture(params=["ty", "pyrefly", "jedi"])
def python(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Python]:
    monitor = Python(root=tmp_path, file="app.py", prefix=PREFIX, suffix="\n\ngo(Ship())\n", provider=request.param)
    yield monitor
    monitor.close()


def names(monitor: Python, text: str) -> set[str] | None:
    answer = monitor.answer(text.encode())
    return None if answer is None else {name.decode() for name in answer.names}


def test_members_modules_and_imported_names_are_what_exists(python: Python) -> None:
    members = names(python, "    print(ship.")
    assert members is not None and {"mast", "sail"} <= members and "sink" not in members
    text = names(python, "    if ship.sail().")
    assert text is not None and "upper" in text and "sail" not in text
    imported = names(python, "    from os import ")
    assert imported is not None and "getcwd" in imported and "sail" not in imported
    modules = names(python, "    import ")
    if python.server is not None and not python.server.profile.lists_modules:  # pyrefly lists some until a letter comes
        assert modules is None
    else:
        assert modules is not None and {"json", "os"} <= modules and "print" not in modules
    submodules = names(python, "    from os.")
    assert submodules == {"path"}
    assert names(python, "    nobody_knows_this.") is None
    assert python.statistics.unknown == 1 + (modules is None)


def test_a_token_with_a_dot_inside_is_judged(python: Python) -> None:
    matcher = attach(None, VOCABULARY, python).matcher()
    for byte in b"    ship":
        assert matcher.accept_token(byte)
    sail, sink, call = range(len(BYTES), len(BYTES) + 3)
    assert not matcher.accept_token(sink)
    assert matcher.fork().accept_token(call)
    assert matcher.accept_token(sail)
    assert matcher.is_accepting()
    assert not matcher.accept_token(ord("x"))


def test_an_imported_name_may_come_in_one_token_with_its_blank(python: Python) -> None:
    tokens = [b"\tgetcwd", b" getcwd", b" getwcd", b" getpid"]
    vocabulary = Vocabulary.from_bytes([*BYTES, *tokens, None], eos=len(BYTES) + len(tokens))
    matcher = attach(None, vocabulary, python).matcher()
    for byte in b"    from os import":
        assert matcher.accept_token(byte)
    allowed = [token for place, token in enumerate(tokens, len(BYTES)) if matcher.fork().accept_token(place)]
    assert allowed == [b"\tgetcwd", b" getcwd", b" getpid"]


def test_a_killed_server_is_started_again_and_then_given_up(tmp_path: Path) -> None:
    monitor = Python(root=tmp_path, file="app.py", prefix=PREFIX)
    assert monitor.server is not None
    for start in range(MAX_STARTS):
        assert "sail" in (names(monitor, f"    {start}\n    ship.") or ())
        process = monitor.server.process_id
        assert process is not None
        os.kill(process, signal.SIGKILL)
        # whether the question that finds it dead is lost or answered by the next one, it raises nothing
        names(monitor, f"    {start}, 0\n    ship.")
    assert monitor.statistics.failures >= 1
    monitor.close()
    assert names(monitor, "    0\n    0\n    ship.") is None


def test_a_server_that_answers_for_long_may_be_killed_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "TRUSTED", 3)
    monitor = Python(root=tmp_path, file="app.py", prefix=PREFIX)
    assert monitor.server is not None
    for start in range(MAX_STARTS + 2):
        for question in range(4):  # the first may find the server dead
            found = names(monitor, f"    {start}, {question}\n    ship.")
            assert not question or "sail" in (found or ())
        assert monitor.server.process_id is not None
        os.kill(monitor.server.process_id, signal.SIGKILL)
    monitor.close()


@pytest.mark.parametrize(
    ("behaviour", "counter", "seconds"),
    [
        # it never answers, so that any limit is passed
        ("import time; time.sleep(600)", "timeouts", 0.5),
        ("import sys\nwhile True: sys.stdout.write('babble ' * 99); sys.stderr.write('x' * 9999)", "failures", 300.0),
        ("raise SystemExit(1)", "failures", 300.0),
    ],
)
def test_a_server_that_hangs_babbles_or_dies_costs_the_constraint_alone(
    behaviour: str, counter: str, seconds: float, tmp_path: Path
) -> None:
    profile = ServerProfile((sys.executable, "-c", behaviour), "python", start_seconds=seconds, answer_seconds=seconds)
    monitor = Python(root=tmp_path, file="app.py", prefix=PREFIX, provider=profile)
    matcher = attach(None, VOCABULARY, monitor).matcher()
    for byte in b"    ship.sink ship.sunk":
        assert matcher.accept_token(byte)
    lost = monitor.statistics.timeouts + monitor.statistics.failures
    assert lost == monitor.statistics.asked >= 2
    assert getattr(monitor.statistics, counter) >= 1
    assert monitor.server is not None and monitor.server.process_id is None
    monitor.close()


def test_a_server_is_killed_together_with_its_children(tmp_path: Path) -> None:
    """The child holds a lock on a file; it is free again once the child is gone."""
    lock = tmp_path / "lock"
    lock.touch()
    child = f"import fcntl, time; f = open({str(lock)!r}); fcntl.flock(f, fcntl.LOCK_EX); print(1, flush=True)\n"
    child += "time.sleep(600)"
    behaviour = "import subprocess, sys, time\n"
    behaviour += f"child = subprocess.Popen([sys.executable, '-c', {child!r}], stdout=subprocess.PIPE)\n"
    behaviour += f"child.stdout.read(1); open({str(tmp_path / 'held')!r}, 'w').close(); time.sleep(600)"
    profile = ServerProfile((sys.executable, "-c", behaviour), "python", start_seconds=300.0)
    monitor = Python(root=tmp_path, provider=profile)
    asking = threading.Thread(target=monitor.answer, args=(b"x.",))
    asking.start()
    while not (tmp_path / "held").exists():
        asking.join(0.01)
        assert asking.is_alive(), "the server never had a child"
    monitor.close()
    with lock.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # waits for ever where the child lives
    asking.join()
    assert monitor.statistics.timeouts + monitor.statistics.failures == 1


def test_no_program_of_that_name_is_a_failure(tmp_path: Path) -> None:
    monitor = Python(root=tmp_path, provider=ServerProfile(("no-such-server",), "python"))
    assert monitor.answer(b"x.") is None
    assert monitor.statistics.failures == 1
    monitor.close()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("x.", "attribute"), ("f(a).", "attribute"), ("a[0].", "attribute"), ("x1.", "attribute"), ("1.", None),
        ("..", None),
        ("import ", "module"), ("import os, ", "module"), ("import os.", "module"), ("from ", "module"),
        ("from .", None),
        ("from os import ", "member"), ("from os import a, ", "member"), ("from os import (a,\n  ", "member"),
        ("from os import a\n", None), ("import os as ", None), ("x = ", None), ("f(", None),
    ],
)  # fmt: skip
def test_sites(code: str, kind: str | None) -> None:
    assert site(code) == kind


@pytest.mark.parametrize("text", ["'a.", '"""a\n.', "# x.", "f('a' + \"b.", "'\\'.", "x = '''a'b''."])
def test_strings_and_comments_are_no_code(text: str) -> None:
    assert blanked(text)[1]


@pytest.mark.parametrize("text", ["'a'.", "# x\ny.", '"""a"""\nx.', "'\\'' + x."])
def test_after_strings_and_comments_comes_code(text: str) -> None:
    assert not blanked(text)[1]


@pytest.mark.parametrize(
    ("before", "suffix"),
    [
        ("print(a.", "\nb = 1\n"), ("if a.", "\nb = 1\n"), ("x = {1: [a.", "\n"), ("for q in a.", "\n"),
        ("while f(a.", ""),
        ("print(a.", ")\n"), ("f([a.", ", 1])\n"), ("with a.", "\n"),
        ("a.", "b(1)\n"), ("if a.", "for b in c: pass\n"), ("f(a.", "b)\n"), ("f(a.", "\n  b, *c)\n"),
        ("[a.", "# c\nb]\n"), ("{a.", " for a in b}\n"), ("a.", " if b else c\n"), ("a.", "if b: pass\n"),
        ("f(a.", "(1), b)\n"),
        ("from a.", " import b\n"), ("a.", "from b import c\n"), ("a.", " in b\n"), ("f('a", "'b')\n"), ("f(", "b)\n"),
    ],
)  # fmt: skip
def test_repaired_buffers_parse(before: str, suffix: str) -> None:
    text = before + "name" + repaired(before, suffix)
    compile(text, "buffer", "exec")


SUFFIXES = [
    "    foo(item)\n", "x = 1\n", "    return item\n", " item)\n", "item, 1)\n", ")\n", ".b\n", "(x)\n", ", y)\n",
    " + 1\n", " in x\n",
    "    if item:\n        pass\n", "    for a in item:\n        pass\n", "\n    # c\n    item)\n", " if item else 1\n",
    " not in x]\n", " for q in item]\n", "    'text'\n", "...\n", "    import json\n",
]  # fmt: skip


@pytest.mark.parametrize("provider", ["ty", "pyrefly", "basedpyright", "jedi"])
def test_what_the_suffix_begins_with_is_no_part_of_the_receiver(provider: str, tmp_path: Path) -> None:
    if provider == "basedpyright":
        pytest.importorskip("basedpyright")
    prefix = "import os\n\n\ndef f(item):\n    "
    monitor = Python(root=tmp_path, file="app.py", prefix=prefix, provider=provider)
    if monitor.server is not None:
        monitor.server.profile = replace(monitor.server.profile, start_seconds=300.0, answer_seconds=300.0)
    for suffix in SUFFIXES:
        monitor.move(file="app.py", prefix=prefix, suffix=suffix)
        for text in ("os.path.", "print(os.path.", "if os.path.", "x = [1, print(os.path."):
            found = names(monitor, text)
            assert found is not None and "abspath" in found and "getcwd" not in found, (text, suffix)
    monitor.close()


def test_lines_may_break_between_a_dot_and_the_name(python: Python) -> None:
    gaps = (
        "(ship.\n      ",
        "(ship.\\\n  ",
        "ship.\\\n  ",
        "(ship. # c, ship.sink\n  ",
        "ship . ",
        "[ship.\r\n\n#\n# d\n",
    )
    for gap in gaps:
        assert can_write(python, f"    {gap}sail"), gap
        assert not can_write(python, f"    {gap}sink"), gap
    for gap in ("ship.\n", "ship. # c\n", "(ship.\\ \n"):
        assert not can_write(python, f"    {gap}sail"), gap
    assert can_write(python, "    from os.\\\n  path import join")


def test_wrong_arguments_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="provider= is one of"):
        Python(root=tmp_path, provider="pylint")
    with pytest.raises(ArgumentError, match="root= is a folder"):
        Python(root=tmp_path / "none")
    with pytest.raises(ArgumentError, match="inside"):
        Python(root=tmp_path, file="../x.py")
    wrong: list[dict[str, Any]] = [
        {"prefix": None}, {"prefix": b"x"}, {"suffix": 5}, {"root": None}, {"file": None},
    ]  # fmt: skip
    for one in wrong:
        with pytest.raises(ArgumentError, match=f"{next(iter(one))}="):
            Python(**{"root": tmp_path, "provider": "jedi", **one})


def test_a_dereference_right_after_a_name_is_asked_for_before_others(tmp_path: Path) -> None:
    monitor = Python(root=tmp_path, file="app.py", prefix="import os\n")
    vocabulary = Vocabulary.from_bytes([*BYTES, b" .join", b".join", b".joined", b").join", None], eos=len(BYTES) + 4)
    matcher = attach(None, vocabulary, monitor).matcher()
    for byte in b"os.path":
        assert matcher.accept_token(byte)
    assert not matcher.fork().accept_token(len(BYTES) + 2)
    assert matcher.accept_token(len(BYTES) + 1)
    monitor.close()

"""Protocols: what is illegal where, against programs that are run, and as masks by ty."""

from __future__ import annotations

import contextlib
import random
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from structgen.errors import ArgumentError
from structgen.monitors import Protocol, Python, attach
from structgen.monitors.typestate import illegal_methods
from structgen.tokens.vocabulary import Vocabulary
from tests.monitors.test_python_arguments import patient
from tests.vocabularies import BYTES

TRANSITIONS = {
    "new": {"open": "opened"},
    "opened": {"read": "opened", "close": "closed", "__enter__": "opened", "__exit__": "closed"},
    "closed": {"open": "opened"},
}
FILE = Protocol("File", TRANSITIONS, makers={"files.opened": "opened"})


def illegal(text: str) -> set[str]:
    """The methods that are illegal at the end of ``text``, whose last line is the statement."""
    text = textwrap.dedent(text).strip("\n").rstrip()
    begins = text.rfind("\n") + 1
    line = text[begins:].lstrip()
    return set(illegal_methods([FILE], text[: len(text) - len(line)], line)) - {"__enter__", "__exit__"}


NEW, OPENED, CLOSED = {"read", "close"}, {"open"}, {"read", "close"}
CASES = [
    ("f = File()\nf.", NEW), ("f = File()\nf.open()\nf.", OPENED), ("f = File()\nf.open()\nf.close()\nf.", CLOSED),
    ("f = files.opened()\nf.", OPENED), ("f = opened()\nf.", OPENED), ("f = lib.File()\nf.", NEW),
    ("f: File = File()\nf.", NEW), ("f = await File()\nf.", NEW), ("if (f := File()): pass\nf.", NEW),
    ("f = File(); f.open(); f.", OPENED), ("f = File()\nx = [f.open(), 1]\nf.", OPENED), ("f = File()\nf.name\nf.",
    NEW),
    ("f = File()\nf.name = 1\nf.", NEW), ("f = File()\nf.other()\nf.", NEW), ("f = File()\nprint(f)\nf.", NEW),
    ("f = File()\nif f is None: pass\nf.", NEW), ("f = File()\nx = 1 + f.", NEW), ("f = File()\nif f.", NEW),
    ("g = 1\nf = File()\nh = g\nf.", NEW), ("def go():\n    f = File()\n    return f.", NEW),
    ("class A:\n    def go(self):\n        f = File()\n        f.open()\n        f.", OPENED),
    # branches meet
    ("f = File()\nif x:\n    f.open()\nf.", set()), ("f = File()\nif x:\n    f.open()\nelse:\n    f.open()\nf.",
    OPENED),
    ("f = File()\nif x:\n    f.open()\n    f.", OPENED), ("f = File()\nif x:\n    f.open()\nelse:\n    f.", NEW),
    ("f = File()\nif x:\n    return\nf.open()\nf.", OPENED), ("f = File()\nif x:\n    f.open()\n    return\nf.", NEW),
    ("f = File()\nx and f.open()\nf.", set()), ("f = File()\nx = f.open() if y else 1\nf.", set()),
    ("f = File()\nmatch x:\n    case 1:\n        f.open()\nf.", set()),
    # loops
    ("f = File()\nfor i in x:\n    f.open()\n    f.close()\nf.", CLOSED), ("f = File()\nfor i in x:\n    f.", NEW),
    ("f = File()\nwhile x:\n    f.open()\n    break\nf.", set()), ("f = File()\nfor i in x:\n    f = File()\n    f.",
    NEW),
    ("f = File()\nf.open()\nwhile x:\n    if y:\n        f.close()\n        continue\n    f.", set()),
    ("f = File()\nf.open()\nfor i in x:\n    f.read()\nelse:\n    f.close()\nf.", CLOSED),
    ("f = File()\nf.open()\nwhile x:\n    if y:\n        f.", set()),  # what runs where y is false comes later
    ("f = File()\nwhile x:\n    with y:\n        f.", NEW), ("f = File()\nwhile x:\n    for i in y:\n        f.",
    set()),
    # exceptions
    ("f = File()\ntry:\n    f.open()\nexcept E:\n    pass\nf.", set()),
    ("f = File()\ntry:\n    f.open()\n    f.", OPENED), ("f = File()\ntry:\n    f.open()\nexcept E:\n    f.", set()),
    ("f = File()\ntry:\n    x()\nexcept E:\n    f.", NEW), ("f = File()\ntry:\n    x()\nfinally:\n    f.open()\nf.",
    OPENED),
    ("f = File()\ntry:\n    f.open()\nexcept E:\n    return\nf.", OPENED),
    ("f = File()\nf.open()\ntry:\n    f.close()\nfinally:\n    f.", set()),
    ("def go():\n    f = File()\n    try:\n        try:\n            f.open()\n            f.", OPENED),
    # with
    ("with files.opened() as f:\n    f.", OPENED), ("with files.opened() as f:\n    pass\nf.", CLOSED),
    ("f = files.opened()\nwith f:\n    f.", OPENED), ("f = files.opened()\nwith lock:\n    f.read()\nf.", OPENED),
    ("f = files.opened()\nwith suppress(E):\n    f.close()\nf.", set()),
    # handed on, or made elsewhere
    ("f = File()\ngo(f)\nf.", set()), ("f = File()\ng = f\nf.", set()), ("f = File()\nx = [f]\nf.", set()), ("f.",
    set()),
    ("f = File()\ndef go():\n    f.open()\nf.", set()), ("f = File()\nx = lambda: f.open()\nf.", set()), ("f = x\nf.",
    set()),
    ("f = File()\ndef go():\n    f.", set()), ("def go(f: File):\n    f.", set()), ("f = File()\nx = f.open\nf.",
    set()),
    ("f = File()\nf = other()\nf.", set()), ("f = File()\nfor f in x: pass\nf.", set()), ("f = File()\ndel f\nf.",
    set()),
    ("f = File()\nimport f\nf.", set()), ("f = File()\nx = f.open() or f.", set()), ("f = File()\nx = lambda: f.",
    set()),
    ("f = File()\nself.f.", set()), ("f = File()\nx.f.", set()), ("f = File()\ng.", set()), ("f, g = File(), 1\nf.",
    set()),
    ("def go():\n    global f\n    f = File()\n    f.", set()), ("f = File()\n[f.open() for x in y]\nf.", set()),
    ("f = File()\nf.read()\nf.", set()), ("f = File()\nx = y(\nf.", set()), ("f = File()\ngo(f)\nf = File()\nf.", NEW),
    ("f = File()\nwith g as f: pass\nf.", set()), ("f = File()\nmatch x:\n    case f: pass\nf.", set()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_methods_that_no_state_allows_are_illegal(text: str, expected: set[str]) -> None:
    assert illegal(text) == expected


class Wrong(Exception):
    pass


class Reached(Exception):
    pass


def simulated(state: str = "new") -> Any:
    """An object whose methods raise where the protocol has no transition."""

    class File:
        def __init__(self) -> None:
            self.state = state

        def go(self, method: str) -> None:
            if method not in TRANSITIONS[self.state]:
                raise Wrong
            self.state = TRANSITIONS[self.state][method]

        def open(self) -> None:
            self.go("open")

        def read(self) -> None:
            self.go("read")

        def close(self) -> None:
            self.go("close")

    return File


def program(rng: random.Random, depth: int, indent: str, in_loop: bool) -> list[str]:
    lines: list[str] = []
    inner = indent + "    "

    def block(in_loop: bool = in_loop) -> list[str]:
        return program(rng, depth - 1, inner, in_loop)

    for _ in range(rng.randint(1, 3)):
        kind = rng.choice(["call"] * 4 + ["if", "while", "try", "make", "for", "break", "raise", "with"])
        if kind == "make":
            lines.append(f"{indent}f = File()")
        elif kind == "raise":
            lines += [f"{indent}if flip():", f"{inner}raise KeyError"]
        elif kind == "break" and in_loop:
            lines += [f"{indent}if flip():", f"{inner}{rng.choice(['break', 'continue'])}"]
        elif kind == "if" and depth:
            lines += [f"{indent}if flip():", *block()]
            lines += [f"{indent}else:", *block()] if rng.random() < 0.5 else []
        elif kind in ("while", "for") and depth:
            lines += [indent + ("while flip():" if kind == "while" else "for _ in range(2):"), *block(True)]
        elif kind == "with" and depth:
            lines += [f"{indent}with suppress(KeyError):", *block()]
        elif kind == "try" and depth:
            lines += [f"{indent}try:", *block()]
            has_handler = rng.random() < 0.7
            lines += [f"{indent}except KeyError:", *block()] if has_handler else []
            lines += [f"{indent}finally:", *block(False)] if not has_handler or rng.random() < 0.5 else []
        else:
            lines.append(f"{indent}f.{rng.choice(['open', 'read', 'close'])}()")
    return lines


def test_what_some_run_of_a_program_does_is_never_illegal() -> None:
    """The oracle runs random programs up to a random line, and tries each method there."""
    rng = random.Random(7)
    reached, forbidden = 0, 0
    for _ in range(600):
        lines = ["f = File()", *program(rng, 2, "", False)]
        place = rng.randrange(1, len(lines) + 1)
        line = lines[min(place, len(lines) - 1)]
        if line.lstrip().startswith(("else", "except", "finally")):
            continue
        indent = line[: len(line) - len(line.lstrip())]
        text = "\n".join([*lines[:place], ""]) + indent
        found = illegal_methods([FILE], text, "f.")
        states = states_at(rng, lines, place, indent)
        for state in states:
            assert not found & TRANSITIONS[state].keys(), (text, state)
        reached += len(states)
        forbidden += bool(states) and bool(found)
    assert reached > 300 and forbidden > 100


def states_at(rng: random.Random, lines: list[str], place: int, indent: str) -> set[str]:
    """The states in which runs of the program come to the line for the first time."""
    source = "\n".join([*lines[:place], f"{indent}here(f)", *lines[place:]])
    found: set[str] = set()

    def here(f: Any) -> None:
        found.add(f.state)
        raise Reached

    for _ in range(12):
        flips = iter(rng.choices([True, False], k=200))
        space = {"File": simulated(), "flip": flips.__next__, "here": here, "suppress": contextlib.suppress}
        with contextlib.suppress(Wrong, KeyError, Reached, StopIteration):
            exec(source, space)
    return found


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"transitions": {}}, "has states"),
        ({"transitions": {"a": {"go": "b"}}}, "is listed"),
        ({"transitions": {"a": {}}, "start": "b"}, "is listed"),
        ({"transitions": {"a": {}}, "makers": {"make": "b"}}, "is listed"),
    ],
)
def test_protocols_with_holes_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        Protocol("File", **arguments)


@pytest.mark.parametrize(
    "arguments", [(5, 5), (5, {"a": {}}), ("A", 5), ("A", {"a": 5}), ("A", {"a": {"b": 5}}), ("A", {"a": {}}, "a", 5)]
)
def test_protocols_of_other_kinds_are_refused(arguments: Any) -> None:
    with pytest.raises(ArgumentError, match=r"class_name=|transitions="):
        Protocol(*arguments)


PREFIX = """\
class File:
    def open(self) -> None: ...
    def read(self) -> str: ...
    def close(self) -> None: ...
    def other(self) -> None: ...


def go() -> None:
    f = File()
"""
TOKENS = [b".open()", b".read()", b".re", b".cl", b".op"]
VOCABULARY = Vocabulary.from_bytes([*BYTES, *TOKENS, None], eos=len(BYTES) + len(TOKENS))


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Python]:
    pytest.importorskip("ty", reason="the language servers are not installed: pip install 'structgen[dev]'")
    root: Path = tmp_path_factory.mktemp("root")
    monitor = Python(root=root, file="app.py", prefix=PREFIX, suffix="\n", provider=patient("ty"), protocols=[FILE])
    yield monitor
    monitor.close()


@pytest.mark.parametrize(
    ("text", "may_be_written"),
    [
        ("f.open()", True), ("f.other()", True), ("f.read()", False), ("f.open()\n    f.read()", True),
        ("f.open()\n    f.open()", False), ("f.open()\n    x = f.read()\n    f.close()\n    f.open()", True),
        ("f.open()\n    f.close()\n    print(f.read())", False), ("f.open(); f.read()", True), ("f.open(); f.open()",
        False),
        ("g = f\n    f.read()", True), ("f.nothing()", False),
    ],
)  # fmt: skip
def test_masks_follow_the_protocol(python: Python, text: str, may_be_written: bool) -> None:
    matcher = attach(None, VOCABULARY, python).matcher()
    assert all(map(matcher.accept_token, ("    " + text).encode())) is may_be_written


def test_forks_and_rollbacks_have_their_own_states(python: Python) -> None:
    matcher = attach(None, VOCABULARY, python).matcher()
    assert all(map(matcher.accept_token, b"    f"))
    opened, read, begun, closing, opening = range(len(BYTES), len(BYTES) + len(TOKENS))
    assert not matcher.fork().accept_token(read) and not matcher.fork().accept_token(begun)
    twin = matcher.fork()
    assert twin.accept_token(opened) and all(map(twin.accept_token, b"\n    f"))
    assert twin.fork().accept_token(begun) and twin.fork().accept_token(closing) and not twin.accept_token(opening)
    twin.rollback(7)
    assert twin.accept_token(opening) and not matcher.accept_token(closing)

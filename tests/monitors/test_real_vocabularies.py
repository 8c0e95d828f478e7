"""Sites inside of real tokens: Llama 3.1's, Gemma 3's and SmolLM2's vocabularies, with names and with ty."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from structgen.monitors import Names, Python, attach
from tests.monitors import test_python_calls, test_python_literals
from tests.monitors.test_matcher import MEMBERS, can_stand
from tests.monitors.test_python_arguments import patient
from tests.tokens.test_real_tokenizers import Subject, from_gguf, from_package
from tests.vocabularies import mask

pytestmark = pytest.mark.tokenizers


@pytest.fixture(scope="module", params=["llama3_1", "gemma3", "smollm2"])
def subject(request: pytest.FixtureRequest) -> Subject:
    return from_gguf() if request.param == "smollm2" else from_package(request.param)


@pytest.mark.parametrize("text", ["rows", "rows.", "rows.app", "rows.append", "rows.pop(", "f(rows"])
def test_real_vocabularies_are_judged_byte_by_byte(subject: Subject, text: str) -> None:
    vocabulary = subject.vocabulary
    matcher = attach(None, vocabulary, Names(MEMBERS, after=".")).matcher()
    for token in vocabulary.encode(text.encode()):
        assert matcher.accept_token(token)
    found = mask(matcher, vocabulary)  # type: ignore[arg-type]
    names = [name.encode() for name in MEMBERS]
    expected = {
        token
        for token, added in enumerate(vocabulary.all_token_bytes())
        if added and can_stand(text.encode() + added, names)
    }
    assert found - set(vocabulary.eos_token_ids) == expected
    may_end = text not in ("rows.", "rows.app")
    assert found >= set(vocabulary.eos_token_ids) if may_end else not found & set(vocabulary.eos_token_ids)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Python]:
    pytest.importorskip("ty", reason="the language servers are not installed: pip install 'structgen[dev]'")
    monitor = Python(root=tmp_path_factory.mktemp("root"), file="app.py", suffix="\n\nx = 1\n", provider=patient("ty"))
    yield monitor
    monitor.close()


def check(python: Python, subject: Subject, prefix: str, text: str, right: list[str], wrong: list[str]) -> None:
    """What is right can be written by the vocabulary's own tokens behind ``text``, and what is wrong cannot."""
    vocabulary = subject.vocabulary
    python.move(file="app.py", prefix=prefix, suffix="\n\nx = 1\n")
    matcher = attach(None, vocabulary, python).matcher()
    for token in vocabulary.encode(text.encode()):
        assert matcher.accept_token(token), (text, vocabulary.token_bytes(token))
    for added in [*right, *wrong]:
        twin = matcher.fork()
        assert all(map(twin.accept_token, vocabulary.encode(added.encode()))) is (added in right), added


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        ("    two", ["(1, 2)", "(x, y, z)"], ["()", "(x)", "(self)", "()\n", "(1, 2, 3, 4)"]),
        ("    two(x", [", y)", ", y))"], [")", "))", ")\n", "):", "),"]),
        ("    none", ["()", "()\n", "())"], ["(x)", "(self", '("', "(1"]),
        ("    many(none(), two(x", [", y))"], ["))", ")"]),
        ("    two(x, y, z", [")", "))", ",\n)"], [", a", ",a", ', "', ", 1"]),
    ],
)
def test_arguments_are_counted(python: Python, subject: Subject, text: str, right: list[str], wrong: list[str]) -> None:
    check(python, subject, test_python_calls.PREFIX, text, right, wrong)


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        ("    x = film", ['["name"]', "['year']"], ['["nam"]', '["n"]', "['month']", '["_', '[""]']),
        ("    x = film[", ['"name"]', "'year']"], ['"month', "'nam'"]),
        ("    x = go(", ['"read")', "'write')"], ['"w")', '"reader")', '"a', "'')"]),
        ("    return", [' "read"', " 'write'"], [' "a', " 'reading'"]),
    ],
)
def test_listed_strings(python: Python, subject: Subject, text: str, right: list[str], wrong: list[str]) -> None:
    check(python, subject, test_python_literals.PREFIX, text, right, wrong)

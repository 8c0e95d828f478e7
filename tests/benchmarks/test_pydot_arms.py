"""PyDot's arms: MGD with its published holes, ours without repair, and the loop that they share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import structgen
from benchmarks.pydot.arms import Arms, verdict
from benchmarks.pydot.mgd import PublishedMatcher, TokenTexts, asked
from benchmarks.pydot.places import Place, Stratum, places
from benchmarks.pydot.running import Completion, complete, measured
from structgen.models.transformers import TransformersModel
from structgen.monitors import Answer, Names, attach
from structgen.monitors.answers import IDENTIFIER
from structgen.tokens.vocabulary import Vocabulary
from tests.toy import toy_model, toy_tokenizer
from tests.vocabularies import BYTES, mask

TOKENS = [b".append", b".nothing", b"append", b"app", b"end", b"append().nothing", b"appendix", b"append ", b"a."]
VOCABULARY = Vocabulary.from_bytes([*BYTES, *TOKENS, None], eos=len(BYTES) + len(TOKENS))
EOS = VOCABULARY.size - 1
TEXTS = TokenTexts(VOCABULARY)


def published(prefix: str, names: set[str]) -> PublishedMatcher:
    return PublishedMatcher(lambda _: names, VOCABULARY, TEXTS, prefix)


def allowed(matcher: PublishedMatcher) -> set[bytes | None]:
    """The tokens of more than a byte that may come, and None for the end."""
    found = mask(matcher, VOCABULARY)  # type: ignore[arg-type]
    return {VOCABULARY.token_bytes(token) for token in found if len(BYTES) <= token < VOCABULARY.size}


def test_only_a_text_that_ends_with_a_dot_is_a_site() -> None:
    matcher = published("rows", {"append"})
    assert {b".append", b".nothing", None} <= allowed(matcher)  # a dot inside of a token slips through
    ours = attach(None, VOCABULARY, Names(["append"], after=".")).matcher()
    assert not ours.accept_token(VOCABULARY.encode(b".nothing")[0])
    assert allowed(published("rows.", {"append"})) == {b"append", b"app", b"append().nothing", b"append "}


def test_what_follows_the_boundary_inside_a_token_is_unchecked() -> None:
    matcher = published("rows.", {"append"})
    assert matcher.accept_token(len(BYTES) + TOKENS.index(b"append().nothing"))
    assert matcher.legal is None and allowed(matcher) == {*TOKENS, None}


def test_the_end_of_the_text_is_masked_behind_a_whole_name_too() -> None:
    matcher = published("rows.", {"append"})
    for name in (b"app", b"end"):
        assert name in allowed(matcher) and None not in allowed(matcher)
        matcher.accept_token(len(BYTES) + TOKENS.index(name))
    assert matcher.legal == [""]
    assert allowed(matcher) == {b".append", b".nothing"}  # a boundary, and after it anything
    found = mask(matcher, VOCABULARY)  # type: ignore[arg-type]
    assert {byte for byte in range(256) if byte in found} >= {ord(" "), ord("("), ord("\n")}
    assert not any(token in IDENTIFIER for token in found if token < 128)
    ours = attach(None, VOCABULARY, Names(["append"], after=".")).matcher()
    assert all(ours.accept_token(token) for token in VOCABULARY.encode(b"rows.append"))
    assert ours.is_accepting()


def test_a_receiver_that_nothing_is_offered_for_is_unconstrained() -> None:
    assert allowed(published("rows.", set())) == {*TOKENS, None}


def test_the_monitor_asks_with_brackets_open_and_closed() -> None:
    questions = []

    def names(before: str, after: str) -> list[str]:
        questions.append((before, after))
        return ["closed"] if after else ["open", "__eq__"]

    assert asked(names, "f([x.") == {"closed", "open", "__eq__"}
    assert asked(names, "x.") == {"open", "__eq__"}
    assert questions == [("f([x.", ""), ("f([x.", "])"), ("x.", "")]
    assert asked(lambda *_: ["__eq__", "__init__"], "x.") == set()


@pytest.mark.parametrize(
    ("text", "before", "expected"),
    [
        ("append(", "", "allowed"),
        ("append", "", "unknown"),
        ("appendix(", "", "excluded"),
        ("app(", "", "excluded"),
        (" append\n", " ", "allowed"),
        ("append\n", " ", "unknown"),
    ],
)
def test_verdicts(text: str, before: str, expected: str) -> None:
    assert verdict(Answer(["append"]), text, before) == expected


SOURCE = """\
import os


class Ship:
    def __init__(self) -> None:
        self.mast = 1
        self.sails = [1]
        self.name = ""


def go(ship: Ship) -> None:
    if ship.sails:
        print(os.getcwd(), ship.name.upper(), sep=" ")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(SOURCE, "utf-8")
    return tmp_path


@pytest.fixture
def arms(project: Path) -> Iterator[Arms]:
    pytest.importorskip("ty", reason="the language servers are not installed: pip install 'structgen[dev]'")
    grammar = structgen.compile(regex=r"[^!]*", vocabulary=VOCABULARY)
    names = ("free", "grammar", "mgd", "ours", "ours+grammar", "ours unrepaired")
    found = Arms(project, names, VOCABULARY, TEXTS, grammar, scope=False)
    yield found
    found.close()


def place_of(project: Path, name: str) -> Place:
    (place,) = (place for place in places(project) if place.name == name)
    return place


def test_each_arm_says_what_it_makes_of_the_authors_name(arms: Arms, project: Path) -> None:
    def verdicts(name: str) -> dict[str, str]:
        place = place_of(project, name)
        arms.move(place)
        begun = {arm: arms.begin(arm, place) for arm in arms.names}
        return {arm: "" if one is None else one.verdict for arm, one in begun.items()}

    found = verdicts("upper")
    assert (found["free"], found["grammar"]) == ("unknown", "allowed")
    assert (found["mgd"], found["ours"], found["ours+grammar"]) == ("allowed",) * 3
    keyword = verdicts("sep")
    assert (keyword["mgd"], keyword["ours"]) == ("unknown", "allowed")  # a dereferences monitor knows no keywords


def test_without_repair_the_servers_answer_is_of_the_broken_file(arms: Arms, project: Path) -> None:
    place = place_of(project, "upper")
    arms.move(place)
    asked_with = []
    analysis = arms._monitors["ours unrepaired"]._analysis
    inner = analysis._inner  # type: ignore[attr-defined]

    class Watched:
        def names(self, before: str, after: str) -> object:
            asked_with.append(before + after)
            return inner.names(before, after)

    analysis._inner = Watched()  # type: ignore[attr-defined]
    arms.begin("ours unrepaired", place)
    assert asked_with == [SOURCE.replace('upper(), sep=" ")', "")]


def test_a_grammar_that_can_not_read_the_file_is_no_arm_there(arms: Arms, project: Path) -> None:
    (project / "app.py").write_text(SOURCE.replace("os.getcwd()", "os.getcwd(), 'name!'"), "utf-8")
    place = place_of(project, "upper")
    arms.move(place)
    assert arms.begin("grammar", place) is None and arms.begin("ours+grammar", place) is None
    assert arms.begin("ours", place) is not None


@pytest.fixture(scope="module")
def target() -> TransformersModel:
    tokenizer = toy_tokenizer(merges=(("a", "b"), ("Ġ", "a")))
    return TransformersModel(toy_model(tokenizer), tokenizer)


def run(
    target: TransformersModel, head: str, patterns: Mapping[str, str | None], *, lead: str = ""
) -> dict[str, Completion]:
    matchers = {
        name: None if pattern is None else structgen.compile(regex=pattern, vocabulary=target.vocabulary).matcher()
        for name, pattern in patterns.items()
    }
    prompt = target.encode(f"x = 1\n{head}", chat=False)
    sampling = structgen.Sampling(temperature=0.0)
    return complete(target, prompt, head, matchers, sampling=sampling, number=1, max_tokens=12, lead=lead)


def test_a_completion_ends_with_its_statement_its_text_or_its_budget(target: TransformersModel) -> None:
    found = run(
        target,
        "f(a.",
        {"line": r"b\)\nc+", "open": r"b,\nc\) # d\n", "budget": "b{99}", "ended": r"b\)", "broken": "b"},
    )
    assert {name: arm.text for name, arm in found.items()} == {
        "line": "b)", "open": "b,\nc) # d", "budget": "b" * 12, "ended": "b)", "broken": "b",
    }  # fmt: skip
    assert [name for name, arm in found.items() if arm.is_whole] == ["line", "open", "ended"]


def test_arms_write_together_what_each_writes_alone(target: TransformersModel) -> None:
    patterns = {
        "free": None,
        "letters": "[a-z]{20}",
        "same": "[a-z]{20}",
        "digits": "[0-9]{20}",
        "late": "[a-z]{4}[0-9]{9}",
    }
    together = run(target, "a.", patterns)
    for name, pattern in patterns.items():
        assert run(target, "a.", {name: pattern})[name].tokens == together[name].tokens
    assert together["letters"].tokens == together["same"].tokens


def test_the_blank_that_the_prompt_lacks_comes_first_in_every_arm(target: TransformersModel) -> None:
    found = run(target, "f(a,", {"free": None, "name": r"[ab ]{5}\n"}, lead=" ")
    assert all(arm.text.startswith(" ") for arm in found.values())


def test_a_row_keeps_what_each_arm_wrote_and_what_it_is_worth(
    arms: Arms, project: Path, target: TransformersModel
) -> None:
    arms = Arms(project, ("free", "mgd", "ours"), target.vocabulary, TokenTexts(target.vocabulary), None, scope=False)
    place = place_of(project, "upper")
    try:
        row = measured(
            target, arms, place, Stratum("attribute", True, "standard library"), number=3, max_tokens=20, context=64,
            sampling=structgen.Sampling(temperature=0.0),
        )  # fmt: skip
    finally:
        arms.close()
    assert (row["number"], row["name"], row["is_known"], row["prompt_tokens"]) == (3, "upper", True, 64)
    assert row["arms"]["ours"]["member"] != "excluded" and row["arms"]["ours"]["truth"] == "allowed"
    assert row["arms"]["free"]["truth"] == "unknown" and row["arms"]["free"]["mask_ms"] == 0
    for arm in row["arms"].values():
        assert 0 < arm["tokens"] <= 20 and 0 <= arm["prefix"] <= 1

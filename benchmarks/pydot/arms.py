"""The arms: what constrains the model at a place, and whether that allows what the author wrote.

Every monitor asks a server of its own, the same program in all arms. Ours with the grammar is the one monitor with the
answers that it has given without it, so that the time of its masks is not to be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias

from benchmarks.pydot.mgd import PublishedMatcher, TokenTexts, asked
from benchmarks.pydot.places import Place
from structgen.monitors import Answer, LateMatcher, Monitor, Python
from structgen.monitors.answers import DEAD, LEFT
from structgen.monitors.monitor import Unanswered
from structgen.monitors.python_analysis import Analysis, Offer
from structgen.monitors.python_calls import Signature

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from structgen.tokens.compiled import CompiledGrammar
    from structgen.tokens.matcher import Matcher
    from structgen.tokens.vocabulary import Vocabulary

__all__ = ["ARMS", "AnyArms", "Arms", "Begun", "Constraint", "Verdict", "answer_at", "verdict"]

ARMS: Final = ("free", "grammar", "mgd", "ours", "ours+grammar", "ours unrepaired")
Verdict: TypeAlias = Literal["allowed", "excluded", "unknown"]


class Constraint(Protocol):
    """What the benchmark's loop needs of a matcher."""

    def fill_bitmask(self, row: NDArray[np.int32]) -> None: ...
    def accept_token(self, token: int) -> bool: ...


class AnyArms(Protocol):
    """What the loop needs of a language's arms."""

    names: Sequence[str]

    def move(self, place: Place) -> None: ...
    def names_at(self, place: Place) -> tuple[Answer, str] | None: ...
    def begin(self, name: str, place: Place) -> Begun | None: ...


@dataclass(frozen=True)
class Begun:
    """An arm at a place: its matcher, None where nothing is constrained, and what it says of the author's name."""

    matcher: Constraint | None
    verdict: Verdict


class Unrepaired(Python):
    """Python's monitor with the file behind the cursor as it is: brackets stay open, heads without a body."""

    def move(self, *, file: str | Path = "structgen_buffer.py", prefix: str = "", suffix: str = "") -> None:
        super().move(file=file, prefix=prefix, suffix=suffix)
        self._analysis = _AsItIs(self._analysis, suffix)


class _AsItIs:
    def __init__(self, inner: Analysis, suffix: str) -> None:
        self._inner, self._suffix = inner, suffix

    def names(self, before: str, after: str) -> list[Offer]:
        return self._inner.names(before, self._suffix)

    def signatures(self, before: str, after: str) -> list[Signature]:
        return self._inner.signatures(before, self._suffix)

    def strings(self, before: str, after: str, *, is_key: bool = False) -> frozenset[str]:
        return self._inner.strings(before, self._suffix, is_key=is_key)

    def compared(self, before: str, receiver: str, after: str) -> frozenset[str]:
        return self._inner.compared(before, receiver, self._suffix)


class Arms:
    """The arms in one project; ``close`` ends their servers."""

    def __init__(
        self,
        project: Path,
        names: Sequence[str],
        vocabulary: Vocabulary,
        texts: TokenTexts,
        grammar: CompiledGrammar | None,
        *,
        scope: bool,
    ) -> None:
        self.names, self._vocabulary, self._texts, self._grammar = names, vocabulary, texts, grammar
        self._monitors: dict[str, Python] = {}
        for name in {"ours", *names} & {"ours", "ours unrepaired", "mgd"}:
            kind = Unrepaired if name == "ours unrepaired" else Python
            self._monitors[name] = kind(root=project, scope=scope and name != "mgd")

    def close(self) -> None:
        for monitor in self._monitors.values():
            monitor.close()

    def statistics(self, name: str) -> dict[str, int]:
        """The counters of an arm's monitor; empty where it has none."""
        return dict(vars(self._monitors[name].statistics)) if name in self._monitors else {}

    def move(self, place: Place) -> None:
        """Bring every monitor to the place."""
        for monitor in self._monitors.values():
            monitor.move(file=place.file, prefix=place.prefix, suffix=place.suffix)

    def names_at(self, place: Place) -> tuple[Answer, str] | None:
        """What may stand at the place by our analysis, and the text before it; None where that isn't known."""
        return answer_at(self._monitors["ours"], place)

    def begin(self, name: str, place: Place) -> Begun | None:
        """An arm at the place that the monitors are at; None where its grammar can't read the file up to there."""
        if name == "free":
            return Begun(None, "unknown")
        if name == "mgd":
            return self._published(place)
        inner = None
        if "grammar" in name:
            inner = self._fed(place.prefix)
            if inner is None:
                return None
        if name == "grammar":
            assert inner is not None, "as the name says"
            return Begun(inner, _verdict_of_grammar(inner, self._vocabulary, place))
        monitor = self._monitors[name.removesuffix("+grammar")]
        found = answer_at(monitor, place)
        said: Verdict = "unknown" if found is None else verdict(found[0], place.source[len(place.prefix) :], found[1])
        return Begun(LateMatcher(inner, self._vocabulary, [monitor]), said)

    def _fed(self, text: str) -> Matcher | None:
        if self._grammar is None:
            return None
        matcher = self._grammar.matcher()
        return matcher if all(map(matcher.accept_token, self._vocabulary.encode(text.encode()))) else None

    def _published(self, place: Place) -> Begun:
        analysis = self._monitors["mgd"]._analysis

        def names(before: str, after: str) -> list[str]:
            try:
                return [offer.name for offer in analysis.names(before, after)]
            except Unanswered:
                return []

        def ask(before: str) -> set[str]:
            return asked(names, before)

        said: Verdict = "unknown"
        if place.prefix.endswith("."):
            offered = ask(place.prefix)
            if offered:
                said = "allowed" if place.name in offered else "excluded"
        return Begun(PublishedMatcher(ask, self._vocabulary, self._texts, place.prefix), said)


def answer_at(monitor: Monitor, place: Place) -> tuple[Answer, str] | None:
    """What may stand at the place by a monitor, and the text before it; None where that isn't known."""
    for before in ("", place.lead):
        if monitor.is_site(before.encode()):
            answer = monitor.answer(before.encode())
            return None if answer is None else (answer, before)
    return None


def verdict(answer: Answer, text: str, before: str = "") -> Verdict:
    """Whether the answer allows ``text``, which begins with what precedes the site; unknown where it never gets
    there."""
    if not text.startswith(before):
        return "unknown"
    node = 0
    for byte in text[len(before) :].encode():
        node = answer.step(node, byte)
        if node == LEFT:
            return "allowed"
        if node == DEAD:
            return "excluded"
    return "unknown"  # it ends before the name's boundary


def _verdict_of_grammar(matcher: Any, vocabulary: Vocabulary, place: Place) -> Verdict:
    twin = matcher.fork()
    truth = f"{place.truth}\n".encode()
    return "allowed" if all(map(twin.accept_token, vocabulary.encode(truth))) else "excluded"

"""What a monitor is: triggers, and the answer at each site.

A monitor is asked with the text so far. It knows nothing of tokens, and keeps no state that a fork or a rollback would
have to undo. It never raises in the middle of a generation: what it can't answer is unconstrained, and counted.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

from structgen.errors import ArgumentError, StructgenError
from structgen.monitors.answers import Answer, Others
from structgen.monitors.texts import check_texts, texts

__all__ = ["Monitor", "Names", "Statistics", "Unanswered"]

_KEPT = 1024


class Unanswered(StructgenError):
    """A site without an answer; ``reason`` is the name of a counter of `Statistics`."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"no answer at this site: {reason}")
        self.reason = reason


@dataclass
class Statistics:
    """What became of a monitor's sites.

    Attributes
    ----------
    asked, constrained : int
        Questions to the analysis, and those with an answer.
    unknown, timeouts, failures : int
        Questions without one: an unknown receiver, none in time, a dead or broken server or a callable that raised.
    dropped : int
        Sites where nothing was left that the grammar allows too.
    withheld : int
        Prefixes of tokens that would have needed more questions than one mask may ask.
    """

    asked: int = 0
    constrained: int = 0
    unknown: int = 0
    timeouts: int = 0
    failures: int = 0
    dropped: int = 0
    withheld: int = 0


class Monitor(ABC):
    """Watches a text for sites. Used by one thread at a time."""

    triggers: bytes
    """The bytes that may open a site, as the last of the text."""
    max_questions: int = 16
    """Questions that one mask may ask about triggers inside tokens. Where more are needed, tokens that go on after
    such a trigger are withheld: shorter tokens spell the same texts."""

    closers: bytes = b""
    """The bytes that ``bars`` may forbid."""

    def __init__(self) -> None:
        self.statistics = Statistics()
        self._answers: OrderedDict[Hashable, Answer | None] = OrderedDict()

    @abstractmethod
    def is_site(self, text: bytes) -> bool:
        """Whether the generated ``text``, which ends with a trigger, opens a site. Cheap, and asks nobody."""

    @abstractmethod
    def ask(self, text: bytes) -> Answer:
        """The answer at the end of ``text``, where a site is; `Unanswered` where there is none."""

    @property
    def key(self) -> object:
        """Monitors with equal keys have the same triggers and the same ``may_open``."""
        return type(self), self.triggers

    def is_alert(self, text: bytes) -> bool:
        """Whether ``text`` is such that ``may_open`` must let more through."""
        return False

    def may_open(self, prefix: bytes, is_alert: bool) -> bool:
        """Whether some text that ends with a token's ``prefix`` opens a site; asked once per vocabulary."""
        return True

    def settle(self, text: bytes) -> None:  # noqa: B027, a monitor may have nothing to prepare
        """``text`` was accepted: what is asked next are mostly texts that go on from it."""

    def shape(self, prefix: bytes) -> bytes:
        """A text that opens a site where ``prefix`` does, whatever they stand behind; asked once per vocabulary."""
        return prefix

    def root(self, text: bytes) -> Hashable:
        """What has to be known for the answer at the end of ``text``; what is known already costs no question."""
        return self.question(text)

    def is_known(self, text: bytes, accepted: bytes) -> bool:
        """Whether what ``accepted`` had to ask tells the answer at the end of ``text``, which goes on from it."""
        return False

    def may_bar(self, text: bytes) -> bool:
        """Whether ``bars`` may hold for a text that goes on from ``text``, by what was open in it."""
        return False

    def bars(self, text: bytes) -> bool:
        """Whether the last byte of ``text``, one of ``closers``, may not stand there."""
        return False

    def least(self, text: bytes) -> Others | None:
        """What any answer at the end of ``text``, where a site is, lets through; None where that is nothing."""
        return None

    def question(self, text: bytes) -> Hashable:
        """What the answer at the end of ``text`` depends on: texts with equal questions have equal answers."""
        return text

    def answer(self, text: bytes) -> Answer | None:
        """The answer at the end of ``text``, each question asked once; None, counted, where there is none."""
        question = self.question(text)
        if question in self._answers:
            self._answers.move_to_end(question)
            return self._answers[question]
        self.statistics.asked += 1
        answer: Answer | None = None
        try:
            answer = self.ask(text)
            self.statistics.constrained += 1
        except Unanswered as unanswered:
            counter = unanswered.reason
            setattr(self.statistics, counter, getattr(self.statistics, counter) + 1)
        self._answers[question] = answer
        if len(self._answers) > _KEPT:
            self._answers.popitem(last=False)
        return answer


class Names(Monitor):
    """Names after a trigger, from a list or from the caller's own function.

    Parameters
    ----------
    names : strings, or a function from the text so far to strings, or to None where any name will do
    after : str
        The text that opens a site, such as ``"tools."``.

    Raises
    ------
    ArgumentError
        ``names`` is neither a function nor a collection of texts (one text is none), or ``after`` no text.
    """

    def __init__(self, names: Iterable[str] | Callable[[str], Iterable[str] | None], *, after: str) -> None:
        super().__init__()
        check_texts(after=after)
        if not after:
            raise ArgumentError("after= is a text that opens a site", reason="it is empty")
        self._after = after.encode()
        self.triggers = self._after[-1:]
        self._ask = names if callable(names) else None
        self._fixed = None if callable(names) else Answer(texts(names, "names="))
        if self._fixed is not None:
            self.max_questions = sys.maxsize  # a list costs nothing to ask

    @property
    def key(self) -> object:
        return Names, self._after

    def may_open(self, prefix: bytes, is_alert: bool) -> bool:
        return prefix.endswith(self._after) or self._after.endswith(prefix)

    def is_site(self, text: bytes) -> bool:
        return text.endswith(self._after)

    def ask(self, text: bytes) -> Answer:
        if self._fixed is not None:
            return self._fixed
        assert self._ask is not None, "either a list or a function"
        try:
            names = self._ask(text.decode("utf-8", "replace"))
            answer = None if names is None else Answer(texts(names, "names="))
        except Exception as error:  # the caller's code: whatever it raises costs this site's constraint alone
            raise Unanswered("failures") from error
        if answer is None:
            raise Unanswered("unknown")
        return answer

"""Grammars under monitors: what ``CompiledGrammar`` is to matchers without."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from structgen.errors import ArgumentError
from structgen.monitors.late import LateMatcher
from structgen.monitors.matcher import MonitoredMatcher
from structgen.monitors.monitor import Monitor
from structgen.tokens.compiled import CompiledGrammar
from structgen.tokens.vocabulary import Vocabulary

__all__ = ["Asking", "MonitoredGrammar", "attach"]

Asking: TypeAlias = Literal["ahead", "late"]
_MATCHERS = {"ahead": MonitoredMatcher, "late": LateMatcher}


class MonitoredGrammar:
    """A grammar, or free text, under monitors: makes matchers as ``CompiledGrammar`` does."""

    def __init__(
        self,
        compiled: CompiledGrammar | None,
        vocabulary: Vocabulary,
        monitors: Sequence[Monitor],
        asking: Asking = "ahead",
    ) -> None:
        self.compiled, self.vocabulary, self.monitors, self.asking = compiled, vocabulary, tuple(monitors), asking
        self.example = b"" if compiled is None else compiled.example

    def matcher(self) -> MonitoredMatcher:
        """A new matcher, at the start of the text."""
        inner = None if self.compiled is None else self.compiled.matcher()
        return _MATCHERS[self.asking](inner, self.vocabulary, self.monitors)


def attach(
    compiled: CompiledGrammar | None,
    vocabulary: Vocabulary,
    monitor: Monitor | Sequence[Monitor],
    *,
    asking: Asking = "ahead",
) -> MonitoredGrammar:
    """Put a grammar, or free text where it is None, under a monitor or several.

    Parameters
    ----------
    asking : str
        When tokens that run through a trigger are asked about. "ahead": when a mask is made, which then is exact, but
        withholds what needs more than a monitor's ``max_questions``. "late": when such a token is chosen; masks leave
        it open, and ``allows`` of the matcher tells. The likeliest token that is allowed, which
        is found so, needs a question where a name is written, and few elsewhere.

    Raises
    ------
    ArgumentError
        The grammar was compiled for another vocabulary, or an argument is of another kind, or ``asking`` neither.
    """
    if not isinstance(monitor, Monitor | Iterable):
        raise ArgumentError("monitor= takes a Monitor, or several", reason=f"got {type(monitor).__name__}")
    if not isinstance(vocabulary, Vocabulary):
        raise ArgumentError("vocabulary= is a Vocabulary", reason=f"got {type(vocabulary).__name__}")
    if compiled is not None and not isinstance(compiled, CompiledGrammar):
        raise ArgumentError("the grammar is compiled, or None", reason=f"got {type(compiled).__name__}")
    monitors = [monitor] if isinstance(monitor, Monitor) else list(monitor)
    for given in monitors:
        if not isinstance(given, Monitor):
            raise ArgumentError("monitor= takes a Monitor, or several", reason=f"got {type(given).__name__}")
    if compiled is not None and compiled.vocabulary != vocabulary:
        raise ArgumentError("the grammar was compiled for another vocabulary")
    if asking not in _MATCHERS:
        raise ArgumentError("asking= is 'ahead' or 'late'", reason=f"got {asking!r}")
    return MonitoredGrammar(compiled, vocabulary, monitors, asking)

"""The arms: what constrains the model at a place, and whether that allows what the author wrote.

Both monitors ask a server of their own, TypeScript's. There is no arm with the grammar: that of `grammars` leaves out
much of what such sources have.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.pydot.arms import Begun, Verdict, answer_at, verdict
from benchmarks.pydot.mgd import PublishedMatcher, TokenTexts, asked
from benchmarks.pydot.places import Place
from benchmarks.tsdot.lines import TYPESCRIPT
from structgen.monitors import Answer, LateMatcher, TypeScript
from structgen.monitors.monitor import Unanswered
from structgen.monitors.server import position

if TYPE_CHECKING:
    from structgen.tokens.vocabulary import Vocabulary

__all__ = ["ARMS", "Arms"]

ARMS: Final = ("free", "mgd", "ours")
_NAME: Final = re.compile(r"[^\W\d][\w$]*|\$[\w$]*")


class Arms:
    """The arms in the folder of all packages; ``close`` ends their servers."""

    def __init__(self, folder: Path, vocabulary: Vocabulary, texts: TokenTexts) -> None:
        self.names: Sequence[str] = ARMS
        self._folder, self._vocabulary, self._texts = folder.resolve(), vocabulary, texts
        self._monitors = {name: TypeScript(root=folder, file="begin.ts") for name in ("mgd", "ours")}

    def close(self) -> None:
        for monitor in self._monitors.values():
            monitor.close()

    def statistics(self, name: str) -> dict[str, int]:
        """The counters of an arm's monitor; empty where it has none."""
        return dict(vars(self._monitors[name].statistics)) if name in self._monitors else {}

    def move(self, place: Place) -> None:
        """Bring every monitor to the place."""
        for monitor in self._monitors.values():
            monitor.move(file=place.file.relative_to(self._folder), prefix=place.prefix, suffix=place.suffix)

    def names_at(self, place: Place) -> tuple[Answer, str] | None:
        """What may stand at the place by our analysis, and the text before it; None where that isn't known."""
        return answer_at(self._monitors["ours"], place)

    def begin(self, name: str, place: Place) -> Begun | None:
        """An arm at the place that the monitors are at."""
        if name == "free":
            return Begun(None, "unknown")
        if name == "mgd":
            return self._published(place)
        found = self.names_at(place)
        said: Verdict = "unknown" if found is None else verdict(found[0], place.source[len(place.prefix) :], found[1])
        return Begun(LateMatcher(None, self._vocabulary, [self._monitors[name]]), said)

    def _published(self, place: Place) -> Begun:
        server, path = self._monitors["mgd"].server, place.file

        def names(before: str, after: str) -> list[str]:
            try:
                items = server.complete(path, before + after, *position(before))
            except Unanswered:
                return []
            return [item.label.rstrip("?") for item in items if _NAME.fullmatch(item.label.rstrip("?"))]

        def ask(before: str) -> set[str]:
            return asked(names, before, TYPESCRIPT)

        said: Verdict = "unknown"
        if place.prefix.endswith("."):
            offered = ask(place.prefix)
            if offered:
                said = "allowed" if place.name in offered else "excluded"
        return Begun(PublishedMatcher(ask, self._vocabulary, self._texts, place.prefix), said)

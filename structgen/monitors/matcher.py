"""Matchers under monitors: the grammar's mask, less what the sites in the text forbid.

A place is the grammar's place, the text, and for each monitor its site: none, or an answer and a node in it. Places are
immutable, so a fork shares them and a rollback forgets some. A token is judged byte by byte, through trigger, name and
boundary, by walking the vocabulary's trie; the analysis is asked only where tokens that go on after the
trigger are left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from structgen.errors import ArgumentError
from structgen.monitors.answers import DEAD, LEFT, Answer
from structgen.monitors.monitor import Monitor
from structgen.monitors.walking import VocabularyIndex
from structgen.tokens.bitmasks import writable_bitmask

if TYPE_CHECKING:
    from structgen.tokens.matcher import Matcher
    from structgen.tokens.vocabulary import Vocabulary

__all__ = ["MonitoredMatcher", "Place", "Site", "are_set"]


@dataclass(frozen=True, slots=True)
class Site:
    """A monitor's place: after a trigger whose answer is not asked for yet, or at a node of an answer."""

    answer: Answer | None
    node: int = 0


@dataclass(slots=True, eq=False)
class Place:
    """Where a matcher stands: the text, each monitor's site, and the mask once it was made.

    ``asked`` are tokens about which nothing is left to ask; the mask of a `LateMatcher` may have others, unless it
    ``is_exact``.
    """

    text: bytes
    sites: tuple[Site | None, ...]
    has_ended: bool = False
    row: NDArray[np.int32] | None = None
    asked: set[int] = field(default_factory=set)
    is_exact: bool = False


class MonitoredMatcher:
    """A ``Matcher`` under monitors, with the same methods; without a grammar, any text is allowed."""

    def __init__(self, inner: Matcher | None, vocabulary: Vocabulary, monitors: Sequence[Monitor]) -> None:
        self._inner, self._vocabulary, self._monitors = inner, vocabulary, tuple(monitors)
        self._index = VocabularyIndex.of(vocabulary)
        self._eos = self._index.row_of(np.array(vocabulary.eos_token_ids, np.int32))
        self._places = [Place(b"", tuple(_opened(monitor, b"") for monitor in self._monitors))]

    @property
    def state(self) -> tuple[object, ...]:
        """The place; equal places of matchers of one `MonitoredGrammar` are equal."""
        place = self._places[-1]
        return None if self._inner is None else self._inner.state, place.text, place.has_ended, place.sites

    @property
    def tokens_accepted(self) -> int:
        """How many tokens ``rollback`` could take back."""
        return len(self._places) - 1

    def fill_bitmask(self, row: Any) -> None:
        """Write the tokens that may come next into ``row``; as ``Matcher.fill_bitmask``."""
        array = writable_bitmask(row, (self._vocabulary.bitmask_words,))
        array[:] = self._mask()

    def allows(self, token: int) -> bool:
        """Whether ``token`` may come next."""
        return 0 <= token < self._vocabulary.size and bool(int(self._mask()[token // 32]) >> token % 32 & 1)

    def accept_token(self, token: int) -> bool:
        """Go on by one token; False, with the matcher unchanged, where the token is not allowed."""
        if not self.allows(token):
            return False
        if self._inner is not None and not self._inner.accept_token(token):
            return False
        place = self._places[-1]
        added = self._vocabulary.token_bytes(token)
        if added is None:
            self._places.append(Place(place.text, place.sites, has_ended=True))
            return True
        sites = tuple(
            _advanced(monitor, site, place.text, added)
            for monitor, site in zip(self._monitors, place.sites, strict=True)
        )
        self._places.append(Place(place.text + added, sites))
        return True

    def is_accepting(self) -> bool:
        """Whether the text may end here: by the grammar, and with no name begun and not complete."""
        return self._places[-1].has_ended or bool((self._mask() & self._eos).any())

    def is_terminated(self) -> bool:
        """Whether an end-of-sequence token was accepted."""
        return self._places[-1].has_ended

    def fork(self) -> Self:
        """A second matcher at the same place, with the same past."""
        twin = type(self).__new__(type(self))
        twin._inner = None if self._inner is None else self._inner.fork()
        twin._vocabulary, twin._monitors = self._vocabulary, self._monitors
        twin._index, twin._eos, twin._places = self._index, self._eos, self._places.copy()
        return twin

    def rollback(self, tokens: int) -> None:
        """Take back the last ``tokens`` tokens; ArgumentError where there are not as many."""
        if not 0 <= tokens <= self.tokens_accepted:
            raise ArgumentError(f"can't roll back {tokens} tokens", reason=f"{self.tokens_accepted} have been accepted")
        if tokens:
            if self._inner is not None:
                self._inner.rollback(tokens)
            del self._places[-tokens:]

    def forced_bytes(self) -> bytes:
        """Bytes that every way to go on begins with, by the grammar or by a monitor's answer."""
        if self.is_terminated() or self.is_accepting():
            return b""
        forced = b"" if self._inner is None else self._inner.forced_bytes()
        for site in self._places[-1].sites:
            if site is not None and site.answer is not None:
                run = site.answer.forced(site.node)
                if len(run) > len(forced) and self._accepts(run):
                    forced = run
        return forced

    def forced_tokens(self) -> list[int]:
        """The canonical tokens of ``forced_bytes``, as far as no token of the vocabulary could cross a boundary."""
        forced, tokens = self.forced_bytes(), []
        twin = self.fork()
        start = 0
        for token in self._vocabulary.encode(forced) if forced else []:
            if _has_longer(self._index, forced[start:]) or not twin.accept_token(token):
                break
            tokens.append(token)
            start += len(self._vocabulary.token_bytes(token) or b"")
        return tokens

    def _accepts(self, run: bytes) -> bool:
        twin = self.fork()
        return all(twin.accept_token(token) for token in self._vocabulary.encode(run))

    def _mask(self) -> NDArray[np.int32]:
        """The bitmask of this place. Answers that it needs are asked for, and sites that leave nothing are dropped."""
        place = self._places[-1]
        if place.row is None:
            base = np.zeros(self._vocabulary.bitmask_words, np.int32)
            if place.has_ended:
                pass
            elif self._inner is not None:
                self._inner.fill_bitmask(base)
            else:
                base |= self._index.all_tokens | self._eos
            if not place.has_ended:
                for number, monitor in enumerate(self._monitors):
                    base = self._constrained(place, number, monitor, base)
            base.setflags(write=False)
            place.row = base
        return place.row

    def _constrained(self, place: Place, number: int, monitor: Monitor, base: NDArray[np.int32]) -> NDArray[np.int32]:
        site = place.sites[number]
        monitor.settle(place.text)
        if site is not None and site.answer is None:  # the trigger was the text's last byte
            answer = monitor.answer(place.text)
            site = None if answer is None else Site(answer)
        row = self._judged(place, monitor, site, base)
        if row is not base and not row.any() and base.any():
            monitor.statistics.dropped += 1
            site, row = None, base
        place.sites = (*place.sites[:number], site, *place.sites[number + 1 :])
        return row

    def _judged(self, place: Place, monitor: Monitor, site: Site | None, base: NDArray[np.int32]) -> NDArray[np.int32]:
        text = place.text
        row, roots = self._within(site, base.copy())
        if monitor.may_bar(text):
            self._judge_closers(text, monitor, roots, row)
        self._judge_triggers(text, monitor, roots, row, _Budget(monitor.max_questions))
        return row

    def _within(self, site: Site | None, base: NDArray[np.int32]) -> tuple[NDArray[np.int32], tuple[int, ...]]:
        """What of ``base`` the site lets through, and the nodes of the trie where it is left."""
        if site is None or site.answer is None:
            return base, (0,)
        reach = self._index.reach(site.answer, site.node, 0)
        keeps = reach.row | self._eos if site.answer.is_complete[site.node] else reach.row
        return base & keeps, reach.left

    def _judge_triggers(
        self, text: bytes, monitor: Monitor, roots: tuple[int, ...], row: NDArray[np.int32], budget: _Budget
    ) -> None:
        """Take out of ``row`` what triggers inside the tokens below ``roots`` forbid."""
        index = self._index
        judged: list[tuple[int, int]] = []
        later: list[int] = []  # where an answer's sites are left: all that begin here have the first questions
        withheld: list[NDArray[np.int32]] = []  # cleared together: each bitmask takes 0.1 ms
        opens: dict[bytes, bool] = {}
        for node, shape in index.triggers(monitor, monitor.is_alert(text), roots):
            if opens.get(shape) is False or any(first < node < end for first, end in judged):
                continue  # below a trigger that was judged, together with it
            tokens = index.below(node)
            if not are_set(row, tokens).any():
                continue
            so_far = text + index.text(node)
            if shape not in opens:
                opens[shape] = monitor.is_site(so_far)
            if not opens[shape]:
                continue
            least = monitor.least(so_far)
            certain = None if least is None else index.others_reach(least, 0, node)
            if certain is not None and not _holds(row, tokens, certain.row):
                continue  # no answer would forbid any of these
            judged.append((node, int(index.end[node])))
            if not budget.allows(monitor, so_far, text):
                monitor.statistics.withheld += 1
                withheld.append(tokens if certain is None else tokens[~are_set(certain.row, tokens)])
                if certain is not None:
                    self._judge_triggers(text, monitor, index.children(node), row, budget)
                continue
            answer = monitor.answer(so_far)
            if answer is None:
                judged.pop()
                continue
            reach = index.reach(answer, 0, node)
            row &= reach.row | ~index.row_of(tokens)
            later += reach.left
            if monitor.closers:
                self._judge_closers(text, monitor, reach.left, row)
        if withheld:
            row &= ~index.row_of(np.concatenate(withheld))
        if later:
            self._judge_triggers(text, monitor, tuple(later), row, budget)

    def _judge_closers(self, text: bytes, monitor: Monitor, roots: tuple[int, ...], row: NDArray[np.int32]) -> None:
        """Take out of ``row`` what closes too early inside the tokens below ``roots``."""
        index = self._index
        bars: dict[bytes, bool] = {}
        barred: list[NDArray[np.int32]] = []
        for node, shape in index.closers(monitor, roots):
            if shape not in bars:
                bars[shape] = monitor.bars(text + index.text(node))
            if bars[shape]:
                barred.append(index.from_(node))
        if barred:
            row &= ~index.row_of(np.concatenate(barred))


class _Budget:
    """The questions that one mask may still ask; what is known already costs none."""

    def __init__(self, questions: int) -> None:
        self._left, self._asked = questions, set[object]()

    def allows(self, monitor: Monitor, text: bytes, accepted: bytes) -> bool:
        """Whether the answer at the end of ``text`` may be asked for; whether or not it is known.

        So equal texts have equal masks.
        """
        if monitor.is_known(text, accepted):
            return True
        root = monitor.root(text)
        if root in self._asked:
            return True
        if not self._left:
            return False
        self._left -= 1
        self._asked.add(root)
        return True


def _holds(row: NDArray[np.int32], tokens: NDArray[np.int32], beside: NDArray[np.int32]) -> bool:
    """Whether one of ``tokens`` is in ``row`` and not in ``beside``."""
    return bool(are_set(row & ~beside, tokens).any())


def are_set(row: NDArray[np.int32], tokens: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether each of ``tokens`` is in the bitmask."""
    bits: NDArray[np.bool_] = ((row[tokens >> 5] >> (tokens & 31)) & 1).astype(np.bool_)
    return bits


def _opened(monitor: Monitor, text: bytes) -> Site | None:
    return Site(None) if monitor.is_site(text) else None


def _advanced(monitor: Monitor, site: Site | None, text: bytes, added: bytes) -> Site | None:
    """The site after ``added``, which the mask allows."""
    for position, byte in enumerate(added, 1):
        if site is not None and site.answer is None:
            answer = monitor.answer(text + added[: position - 1])
            site = None if answer is None else Site(answer)
        if site is not None and site.answer is not None:
            node = site.answer.step(site.node, byte)
            site = None if node in (DEAD, LEFT) else Site(site.answer, node)
            if node not in (DEAD, LEFT):
                continue
        if byte in monitor.triggers:
            site = _opened(monitor, text + added[:position])
    return site


def _has_longer(index: VocabularyIndex, text: bytes) -> bool:
    """Whether a token begins with ``text`` and goes on."""
    node = index.node(text)
    return node is not None and bool(index.end[node] > node + 1)

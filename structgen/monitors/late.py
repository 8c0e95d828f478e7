"""Matchers whose masks ask nothing: a question is asked about the token that would be chosen.

A loop that takes the likeliest token needs to know of that token alone what an analysis says at the triggers inside it.
So the mask holds every token that the place's own site lets through, and ``allows`` judges one token by its bytes; what
the answer forbids besides leaves the mask together with it. The token that is found so is the likeliest of
an exact mask without a bound on questions.

Always: an allowed token is in the mask, a refused one is not any more, and a mask of one token holds an allowed one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from structgen.monitors.answers import DEAD, LEFT, Answer
from structgen.monitors.matcher import MonitoredMatcher, Place, Site, are_set
from structgen.monitors.monitor import Monitor
from structgen.tokens.scans import sole_token

__all__ = ["LateMatcher"]


class LateMatcher(MonitoredMatcher):
    """A `MonitoredMatcher` whose masks may hold tokens that ``allows`` refuses, and ``accept_token`` too."""

    def allows(self, token: int) -> bool:
        """Whether ``token`` may come next; where it may not, the mask is smaller afterwards."""
        if not super().allows(token):
            return False
        place = self._places[-1]
        if place.is_exact or place.has_ended or token in place.asked:
            return True
        added = self._vocabulary.token_bytes(token)
        for monitor, site in zip(self._monitors, place.sites, strict=True):
            refused = None if added is None else self._refused(place.text, monitor, site, added)
            if refused is not None:
                self._take_out(place, np.append(refused, np.int32(token)))
                return False
        place.asked.add(token)
        return True

    def _mask(self) -> NDArray[np.int32]:
        place = self._places[-1]
        if place.row is None:
            self._settle_sole(place, super()._mask())
        assert place.row is not None, "it was made above"
        return place.row

    def _judged(self, place: Place, monitor: Monitor, site: Site | None, base: NDArray[np.int32]) -> NDArray[np.int32]:
        if place.is_exact:
            return super()._judged(place, monitor, site, base)
        return self._within(site, base)[0]

    def _settle_sole(self, place: Place, row: NDArray[np.int32]) -> None:
        token = sole_token(row)
        if token >= 0 and not place.has_ended:
            self.allows(token)

    def _take_out(self, place: Place, tokens: NDArray[np.int32]) -> None:
        """Make the mask smaller. Where that leaves nothing, the exact mask says whose site is dropped."""
        assert place.row is not None, "what is taken out was in it"
        row = place.row & ~self._index.row_of(tokens)
        row.setflags(write=False)
        place.row = row
        if row.any():
            self._settle_sole(place, row)
            return
        place.row, place.is_exact = None, True
        super()._mask()

    def _refused(self, text: bytes, monitor: Monitor, site: Site | None, added: bytes) -> NDArray[np.int32] | None:
        """The tokens that are refused together with ``added``; None where it may come."""
        answer, node = (None, 0) if site is None else (site.answer, site.node)
        is_alert = monitor.is_alert(text)
        begins = 0  # what of the token opened the answer's site
        for position, byte in enumerate(added, 1):
            if answer is not None:
                node = answer.step(node, byte)
                if node == DEAD:
                    return self._forbidden(answer, added[:begins])
                if node != LEFT:
                    continue
                answer = None
            so_far = text + added[:position]
            if byte in monitor.closers and monitor.bars(so_far):
                return self._index.from_(self._node(added[:position]))
            may_open = position < len(added) and byte in monitor.triggers
            if may_open and monitor.may_open(added[:position], is_alert) and monitor.is_site(so_far):
                answer, node, begins = monitor.answer(so_far), 0, position
        return None

    def _forbidden(self, answer: Answer, begins: bytes) -> NDArray[np.int32]:
        """The tokens that go on after the trigger that ends ``begins`` as ``answer`` forbids."""
        root = self._node(begins)
        tokens = self._index.below(root)
        row = self._index.reach(answer, 0, root).row
        forbidden: NDArray[np.int32] = tokens[~are_set(row, tokens)]
        return forbidden

    def _node(self, begins: bytes) -> int:
        node = self._index.node(begins)
        assert node is not None, "a token begins so"
        return node

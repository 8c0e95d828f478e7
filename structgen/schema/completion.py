"""Whether an object or array of a shape exists: a bounded search over what would do its duties and meet its counts.

The search asks which terms have a value, and nothing else of them. So it serves both for terms that are settled and
within a least fixpoint, where a term is not known to have a value yet: more values never make a shape impossible.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from structgen.errors import LimitExceededError
from structgen.regex.derivatives import is_finite
from structgen.regex.nodes import Node
from structgen.schema.enumeration import texts
from structgen.schema.shapes import Duty, ObjectShape
from structgen.schema.terms import FALSE, Term, both

__all__ = ["MAX_STEPS", "Known", "has_object"]

MAX_STEPS: Final = 20_000
"""Steps of the search for one shape."""

_MAX_DUTIES: Final = 300

Known = Callable[[Term], bool]
"""Whether a term is known to have a value."""


def has_object(shape: ObjectShape, known: Known) -> bool:
    """Whether some object of the shape is built from values that are known to be.

    Raises
    ------
    LimitExceededError
        Not settled within `MAX_STEPS` steps.
    """
    return _ObjectSearch(shape, known).succeeds()


class _ObjectSearch:
    """One object in the making: which listed properties it has, and must not have, and how many others."""

    def __init__(self, shape: ObjectShape, known: Known) -> None:
        self.shape, self.known = shape, known
        self.own = dict(shape.properties)
        self.present: dict[str, Term] = {}
        self.absent: set[str] = set()
        self.extras: list[tuple[int, Term]] = []
        self.room = [_room(names, shape) for names, _ in shape.others]
        self.steps = 0
        if len(shape.duties) > _MAX_DUTIES:
            raise LimitExceededError(f"{_MAX_DUTIES} duties of one object", str(len(shape.duties)))

    def succeeds(self) -> bool:
        for name in self.shape.required:
            self.present[name] = self.own[name]
            if not self.known(self.own[name]):
                return False
        duties = sorted(self.shape.duties, key=_options)
        return self._fits() and self._do(duties, 0)

    def _fits(self) -> bool:
        most = self.shape.max_properties
        return most is None or len(self.present) + len(self.extras) <= most

    def _do(self, duties: list[Duty], index: int) -> bool:
        """Do the duties from ``index`` on, in every way until one succeeds."""
        while index < len(duties) and self._is_done(duties[index]):
            index += 1
        if index == len(duties):
            return self._can_fill()
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise LimitExceededError(
                f"{MAX_STEPS} steps to find an object that is valid", "more", hint="fewer negations beside one another"
            )
        duty = duties[index]
        return (
            self._do_by_absence(duty, duties, index)
            or self._do_by_name(duty, duties, index)
            or self._do_by_others(duty, duties, index)
        )

    def _is_done(self, duty: Duty) -> bool:
        if not self.absent.isdisjoint(duty.absent):
            return True
        if any(self.present.get(name) is term for name, term in duty.named):
            return True
        return any(extra in self.extras for extra in duty.others)

    def _do_by_absence(self, duty: Duty, duties: list[Duty], index: int) -> bool:
        for name in duty.absent:
            if name not in self.present:
                self.absent.add(name)
                if self._do(duties, index + 1):
                    return True
                self.absent.discard(name)
        return False

    def _do_by_name(self, duty: Duty, duties: list[Duty], index: int) -> bool:
        for name, term in duty.named:
            if name in self.absent:
                continue
            before = self.present.get(name)
            joint = term if before is None else both(before, term)
            if self.known(joint):
                self.present[name] = joint
                if self._fits() and self._do(duties, index + 1):
                    return True
                if before is None:
                    del self.present[name]
                else:
                    self.present[name] = before
        return False

    def _do_by_others(self, duty: Duty, duties: list[Duty], index: int) -> bool:
        for cell, term in duty.others:
            if not self.known(term):
                continue
            room = self.room[cell]
            if room is None or sum([extra[0] == cell for extra in self.extras]) < room:
                self.extras.append((cell, term))
                if self._fits() and self._do(duties, index + 1):
                    return True
                self.extras.pop()
            for place, (at, before) in enumerate(self.extras):
                if at == cell and self.known(both(before, term)):
                    self.extras[place] = (cell, both(before, term))
                    if self._do(duties, index + 1):
                        return True
                    self.extras[place] = (cell, before)
        return False

    def _can_fill(self) -> bool:
        """Whether enough further properties can come."""
        missing = self.shape.min_properties - len(self.present) - len(self.extras)
        if missing <= 0:
            return True
        for cell, (_, term) in enumerate(self.shape.others):
            if self.known(term):
                room = self.room[cell]
                if room is None:
                    return True
                missing -= room - sum([extra[0] == cell for extra in self.extras])
        for name, term in self.shape.properties:
            if missing > 0 and name not in self.present and name not in self.absent:
                missing -= term is not FALSE and self.known(term)
        return missing <= 0


def _room(names: Node, shape: ObjectShape) -> int | None:
    """How many properties of a cell there can be; None where more than anything asks for."""
    asked = max(shape.min_properties, len(shape.duties))
    if not asked or not is_finite(names):
        return None
    found = texts(names, asked)
    return None if found is None else len(found)


def _options(duty: Duty) -> int:
    return len(duty.absent) + len(duty.named) + len(duty.others)

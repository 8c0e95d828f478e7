"""What may come next in an object so that it can still be completed: counts, duties and names that run out.

A course looks one step ahead: a property is offered only where, after it, some completion exists. A value is asked
several terms at once, its own and those that meet open duties, and only such combinations as leave a completion;
which of them it met comes back with its end.

Whether a completion exists is a search over the open duties: each one forbids a name, forces a property to come, or
shares one that comes anyway. Choices are seldom undone in practice, since duties mostly speak of different names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from structgen.errors import LimitExceededError
from structgen.schema.cells import size
from structgen.schema.plans import ObjectPlan
from structgen.schema.terms import FALSE, Term, both

__all__ = ["Course", "Progress", "Question", "Step"]

_MAX_STEPS: Final = 20_000
_MAX_COMBINATIONS: Final = 4_096

Question = tuple[Term, int]
"""A term that a value may be in, and the duties that it then meets, as bits."""


class Progress(NamedTuple):
    """How far an object has come, as far as that matters.

    ``written`` properties have come (up to the highest number that a bound asks for), duties ``met`` as bits,
    and of each cell that can run out, so many names are ``used``.
    """

    place: int
    written: int
    met: int
    used: tuple[int, ...]


class _Ending(NamedTuple):
    """How an object can be completed: the properties that must come, or must not, for the sake of a duty."""

    forced: frozenset[int]
    forbidden: frozenset[int]


Step = tuple[Progress, tuple[Question, ...]]
"""Where a name leads, and what the value is asked: at least one of the questions must hold."""


class Course:
    """A plan with its conditions; compared by identity. What it works out is kept."""

    __slots__ = ("_by_cell", "_by_name", "_endings", "_has_conditions", "_highest", "_sizes", "plan", "start")

    def __init__(self, plan: ObjectPlan) -> None:
        self.plan = plan
        self._sizes = tuple([size(names) for names in plan.cells])
        self._has_conditions = plan.has_conditions() or any(one is not None for one in self._sizes)
        self._highest = plan.minimum if plan.maximum is None else plan.maximum
        used = () if all(one is None for one in self._sizes) else (0,) * len(self._sizes)
        self.start = Progress(0, 0, 0, used)
        self._by_name: dict[tuple[Progress, int], Step | None] = {}
        self._by_cell: dict[tuple[Progress, int], Step | None] = {}
        self._endings: dict[Progress, _Ending | None] = {}

    def at(self, place: int) -> Progress:
        """The progress of an object without conditions."""
        return self.start._replace(place=place)

    def is_completable(self, progress: Progress) -> bool:
        """Whether some text goes on from here to the end of the object."""
        if not self._has_conditions:
            return True
        return self._ending(progress) is not None

    def _ending(self, progress: Progress) -> _Ending | None:
        if progress not in self._endings:
            search = _Search(self.plan, self._sizes, progress)
            found = search.succeeds()
            self._endings[progress] = _Ending(frozenset(search.by_duty), frozenset(search.forbidden)) if found else None
        return self._endings[progress]

    def _keep_ending(self, before: Progress, after: Progress, index: int, left_out: range) -> None:
        """After a property that its ending has nothing to do with, an object can be completed as before.

        Among hundreds of properties with one duty each, that saves nearly all searches.
        """
        if self.plan.minimum or self.plan.maximum is not None or after in self._endings:
            return
        ending = self._ending(before)
        if ending is None or index in ending.forbidden or index in ending.forced:
            return
        if not any(one in ending.forced for one in left_out):
            self._endings[after] = ending

    def can_end(self, progress: Progress) -> bool:
        """Whether the closing bracket may come."""
        plan, place = self.plan, progress.place
        if not plan.can_end(place) or progress.written < plan.minimum:
            return False
        return not any(
            not progress.met >> bit & 1 and not _is_absent(plan, place, bit) for bit in range(len(plan.duties))
        )

    def names(self, progress: Progress) -> tuple[int, ...]:
        """The declared properties that may come next."""
        following = self.plan.following(progress.place)
        if not self._has_conditions:
            return following
        return tuple([index for index in following if self.after_name(progress, index) is not None])

    def cells(self, progress: Progress) -> tuple[int, ...]:
        """The kinds of other names that may come next."""
        if not self.plan.allows_others(progress.place):
            return ()
        numbers = range(len(self.plan.cells))
        if not self._has_conditions:
            return tuple(numbers)
        return tuple([cell for cell in numbers if self.after_other(progress, cell) is not None])

    def has_next(self, progress: Progress) -> bool:
        """Whether any property may come next."""
        return bool(self.cells(progress)) or bool(self.names(progress))

    def after_name(self, progress: Progress, index: int) -> Step | None:
        """The step to declared property ``index``; None where it may not come next."""
        key = (progress, index)
        if key in self._by_name:
            return self._by_name[key]
        plan = self.plan
        step: Step | None = None
        place = plan.after(progress.place, index)
        if place >= 0 and not self._is_full(progress):
            name = plan.names[index]
            left_out = plan.left_out(progress.place, index)
            after = self._moved(progress, place, left_out)
            if self._has_conditions:
                self._keep_ending(progress, after, index, left_out)
            claims = []
            for bit, duty in enumerate(plan.duties):
                if not after.met >> bit & 1:
                    claims += [(bit, term) for named, term in duty.named if named == name]
            step = self._step(after, plan.terms[index], claims)
        self._by_name[key] = step
        return step

    def after_other(self, progress: Progress, cell: int) -> Step | None:
        """The step to a property with another name, of this cell; None where none may come next."""
        key = (progress, cell)
        if key in self._by_cell:
            return self._by_cell[key]
        plan = self.plan
        step: Step | None = None
        if plan.allows_others(progress.place) and not self._is_full(progress) and self._has_left(progress, cell):
            place = plan.after_other(progress.place)
            left_out = plan.left_out(progress.place, place)
            after = self._moved(progress, place, left_out)
            if self._has_conditions and self._sizes[cell] is None:
                self._keep_ending(progress, after, -1, left_out)
            if self._sizes[cell] is not None:
                used = list(after.used)
                used[cell] += 1
                after = after._replace(used=tuple(used))
            claims = []
            for bit, duty in enumerate(plan.duties):
                if not after.met >> bit & 1:
                    claims += [(bit, term) for number, term in duty.others if number == cell]
            step = self._step(after, plan.cell_terms[cell], claims)
        self._by_cell[key] = step
        return step

    def after_value(self, progress: Progress, held: Sequence[Question]) -> Progress:
        """The progress once a value has met these questions."""
        met = progress.met
        for _, bits in held:
            met |= bits
        return progress if met == progress.met else progress._replace(met=met)

    def _is_full(self, progress: Progress) -> bool:
        return self.plan.maximum is not None and progress.written >= self.plan.maximum

    def _has_left(self, progress: Progress, cell: int) -> bool:
        names = self._sizes[cell]
        return names is None or progress.used[cell] < names

    def _moved(self, progress: Progress, place: int, left_out: range) -> Progress:
        plan = self.plan
        met = progress.met
        for index in left_out:
            for bit, duty in enumerate(plan.duties):
                if plan.names[index] in duty.absent:
                    met |= 1 << bit
        return Progress(place, min(progress.written + 1, self._highest), met, progress.used)

    def _step(self, after: Progress, own: Term, claims: list[tuple[int, Term]]) -> Step | None:
        """``claims`` are the terms by which the value meets an open duty."""
        wanted = [(own, 0)] if self.is_completable(after) else self._combinations(after, own, claims)
        questions = dict.fromkeys(wanted)
        for term, bits in wanted:
            for bit, claim in claims:
                if not bits >> bit & 1:
                    more = claim if term is own else both(term, claim)
                    if more is term or not more.is_empty():
                        questions[more, bits | 1 << bit] = None
        return (after, tuple(questions)) if questions else None

    def _combinations(self, after: Progress, own: Term, claims: list[tuple[int, Term]]) -> list[Question]:
        """The smallest combinations of claims that some value meets and that leave a completion."""
        found: list[Question] = []
        level: list[tuple[Term, int, int]] = [(own, 0, 0)]
        tried = 0
        while level:
            larger: list[tuple[Term, int, int]] = []
            for term, bits, first in level:
                for number in range(first, len(claims)):
                    bit, claim = claims[number]
                    combined = bits | 1 << bit
                    if combined == bits or any(combined & known == known for _, known in found):
                        continue
                    tried += 1
                    if tried > _MAX_COMBINATIONS:
                        raise LimitExceededError(f"{_MAX_COMBINATIONS} combinations of conditions on one value", "more")
                    conjunct = claim if term is own else both(term, claim)
                    if conjunct.is_empty():
                        continue
                    if self.is_completable(after._replace(met=after.met | combined)):
                        found.append((conjunct, combined))
                    else:
                        larger.append((conjunct, combined, number + 1))
            level = larger
        return found


def _is_absent(plan: ObjectPlan, place: int, bit: int) -> bool:
    """Whether a name that the duty wants absent hasn't been written so far."""
    return any(not plan.is_written(place, plan.index[name]) for name in plan.duties[bit].absent)


class _Search:
    """For a completion: what each open duty does is chosen in turn, and undone where it leaves no way on."""

    def __init__(self, plan: ObjectPlan, sizes: tuple[int | None, ...], progress: Progress) -> None:
        self.plan = plan
        self.upcoming = plan.upcoming(progress.place)
        self.room = None if plan.maximum is None else plan.maximum - progress.written
        self.lacking = plan.minimum - progress.written
        # None: of these names there are always more
        self.left: list[int | None] = [
            None if names is None else names - progress.used[cell] for cell, names in enumerate(sizes)
        ]
        self.duties = [
            bit
            for bit in range(len(plan.duties))
            if not progress.met >> bit & 1 and not self._is_surely_absent(progress.place, bit)
        ]
        self.forced = {index: plan.terms[index] for index in self.upcoming if plan.names[index] in plan.required}
        self.by_duty: set[int] = set()  # and what was undone: a superset does no harm
        self.forbidden: set[int] = set()
        self.extra: list[tuple[int, Term]] = []
        self.steps = 0

    def _is_surely_absent(self, place: int, bit: int) -> bool:
        plan = self.plan
        return any(
            plan.terms[plan.index[name]] is FALSE and not plan.is_written(place, plan.index[name])
            for name in plan.duties[bit].absent
        )

    def succeeds(self) -> bool:
        """Whether the rest of the duties, from the last one on the list, can be met together."""
        if self.room is not None and len(self.forced) + len(self.extra) > self.room:
            return False
        if not self.duties:
            return self._has_enough()
        self.steps += 1
        if self.steps > _MAX_STEPS:
            raise LimitExceededError(f"{_MAX_STEPS} steps in the search for a completion of an object", "more")
        bit = self.duties.pop()
        found = self._is_met(bit)
        found = self.succeeds() if found else self._by_absence(bit) or self._by_name(bit) or self._by_other(bit)
        self.duties.append(bit)
        return found

    def _has_enough(self) -> bool:
        if self.lacking <= 0:
            return True
        names = len(self.upcoming) - len(self.forbidden)
        for left in self.left:
            if left is None:
                return True
            names += left
        return names >= self.lacking

    def _is_met(self, bit: int) -> bool:
        """Whether what has been chosen so far meets the duty as it is."""
        duty = self.plan.duties[bit]
        if any(self.plan.index[name] in self.forbidden for name in duty.absent):
            return True
        for name, term in duty.named:
            index = self.plan.index[name]
            chosen = self.forced.get(index)
            if chosen is not None and (chosen is term or both(chosen, term) is chosen):
                self.by_duty.add(index)
                return True
        return any(cell == number and chosen is term for cell, term in duty.others for number, chosen in self.extra)

    def _by_absence(self, bit: int) -> bool:
        for name in self.plan.duties[bit].absent:
            index = self.plan.index[name]
            if index in self.upcoming and index not in self.forced:
                self.forbidden.add(index)
                if self.succeeds():
                    return True
                self.forbidden.remove(index)
        return False

    def _by_name(self, bit: int) -> bool:
        for name, term in self.plan.duties[bit].named:
            index = self.plan.index[name]
            if index not in self.upcoming or index in self.forbidden:
                continue
            before = self.forced.get(index)
            self.forced[index] = term if before is None else both(before, term)
            self.by_duty.add(index)
            if not self.forced[index].is_empty() and self.succeeds():
                return True
            if before is None:
                del self.forced[index]
            else:
                self.forced[index] = before
        return False

    def _by_other(self, bit: int) -> bool:
        for cell, term in self.plan.duties[bit].others:
            for number, (chosen_cell, chosen) in enumerate(self.extra):
                if chosen_cell != cell:
                    continue
                shared = both(chosen, term)
                if not shared.is_empty():
                    self.extra[number] = (cell, shared)
                    if self.succeeds():
                        return True
                    self.extra[number] = (cell, chosen)
            left = self.left[cell]
            if left is None or sum([chosen == cell for chosen, _ in self.extra]) < left:
                self.extra.append((cell, term))
                if self.succeeds():
                    return True
                self.extra.pop()
        return False

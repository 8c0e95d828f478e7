"""What may come next in an array so that it can still be completed: counts, and items that are all different or not.

An item is asked several terms at once, its own and those that are counted, and only such combinations as leave a
completion; which of them it met comes back with its end. Where values are compared, the values read so far are taken
from what may come next, and so are those that would leave too few for the items that must still come.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from structgen.errors import LimitExceededError
from structgen.regex.derivatives import is_finite
from structgen.schema.captures import Canonical, canonical, is_container, json_value
from structgen.schema.endings import Choice, find_ending, keeps_bounds
from structgen.schema.members import members, only, without
from structgen.schema.terms import FALSE, ArrayShape, Term, both, excluding

__all__ = ["ArrayPlan", "Items", "Question"]

_MAX_COUNTS: Final = 8
_MAX_COMPARED: Final = 10_000

Question = tuple[Term, int]
"""A term that an item may be in, and the counts that it then adds to, as bits."""


class Items(NamedTuple):
    """How far an array has come, as far as that matters: items read, those counted, whether two of them are equal."""

    read: int
    counters: tuple[int, ...]
    has_repeated: bool


class ArrayPlan:
    """A shape; equal where shapes are. What it works out is kept."""

    __slots__ = (
        "_choices",
        "_endings",
        "_hash",
        "_members",
        "_most",
        "_signatures",
        "horizon",
        "is_common",
        "is_plain",
        "shape",
        "start",
    )

    def __init__(self, shape: ArrayShape) -> None:
        self.shape = shape
        self._hash = hash(shape)
        self.is_plain = not shape.counts and not shape.unique and not shape.repeated
        # then the same shape of another document is equal
        self.is_common = self.is_plain and shape.rest.is_common and all(term.is_common for term in shape.prefix)
        self.start = Items(0, (0,) * len(shape.counts), not shape.repeated)
        # from here on all positions are alike
        looked_at = max([max(count.start, count.stop or 0) for count in shape.counts], default=0)
        self.horizon = max(len(shape.prefix), looked_at)
        # No completion needs more items than this.
        counted = sum([count.at_least for count in shape.counts])
        self._most = max(shape.min_items, self.horizon + counted if counted else 0)
        self._choices: dict[int, tuple[Choice, ...]] = {}
        self._members: dict[Term, frozenset[Canonical] | None] = {}
        self._signatures: dict[Canonical, tuple[int, ...]] | None = None
        self._endings: dict[tuple[Items, frozenset[Canonical]], bool] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ArrayPlan) and self.shape == other.shape

    def __hash__(self) -> int:
        return self._hash

    @property
    def is_lenient(self) -> bool:
        """Whether all that is asked of the items together is that they differ, and values never run out."""
        shape = self.shape
        return shape.unique and not shape.counts and not shape.repeated and not self._comparable()

    def captures(self, items: Items) -> bool:
        """Whether the values of items matter."""
        return self.shape.unique or not items.has_repeated

    def term_at(self, index: int) -> Term:
        """The term of the item at ``index``; FALSE where none may stand there."""
        shape = self.shape
        if shape.max_items is not None and index >= shape.max_items:
            return FALSE
        return shape.prefix[index] if index < len(shape.prefix) else shape.rest

    def can_end(self, items: Items) -> bool:
        """Whether the closing bracket may come."""
        if items.read < self.shape.min_items or not items.has_repeated:
            return False
        return all(count.at_least <= counter for count, counter in zip(self.shape.counts, items.counters, strict=True))

    def after(self, items: Items, bits: int, is_repetition: bool = False) -> Items:
        """One more item, which adds to these counts; what nothing will ask for again stays as it is."""
        read, counters, has_repeated = items
        shape = self.shape
        if shape.max_items is not None or read < self.horizon or read < shape.min_items:
            read += 1
        if bits:
            raised = list(counters)
            for index, count in enumerate(shape.counts):
                if bits >> index & 1:
                    raised[index] = min(
                        raised[index] + 1, count.at_least if count.at_most is None else count.at_most + 1
                    )
            counters = tuple(raised)
        return Items(read, counters, has_repeated or is_repetition)

    def questions(self, items: Items, seen: tuple[Canonical, ...]) -> tuple[Question, ...]:
        """What the next item is asked: at least one must hold. None where no item may come."""
        if self.is_plain:
            term = self.term_at(items.read)
            return () if term is FALSE else ((term, 0),)
        choices = self.choices(items.read)
        if not choices:
            return ()
        questions: dict[Question, None] = {}
        live = [choice for choice in choices if self._is_live(self.after(items, choice.bits), seen)]
        if not items.has_repeated:
            self._ask_repetitions(items, [choice for choice in choices if choice not in live], seen, questions)
        is_exact = all(count.at_most is None or count.term.is_exact for count in self.shape.counts)
        if len(live) == len(choices) and is_exact and not (self.shape.unique and self._comparable()):
            # Whichever counts it adds to, something can follow: no combination of them needs a term of its own.
            live = self._independent(items.read, choices)
        for choice in live:
            term = self._unspoilt(items, choice, seen)
            if not term.is_empty():
                questions[term, choice.bits] = None
        return tuple(questions)

    def choices(self, read: int) -> tuple[Choice, ...]:
        """The inhabited terms of the item at this position, by the counts that it adds to.

        A count without an upper bound may be added to by values of terms that don't say so.
        """
        own = self.term_at(read)
        if own is FALSE:
            return ()
        key = min(read, self.horizon)
        found = self._choices.get(key)
        if found is None:
            found = self._choices[key] = self._combinations(read, own)
        return found

    def _combinations(self, read: int, own: Term) -> tuple[Choice, ...]:
        found = [] if own.is_empty() else [Choice(0, own)]
        counts = self.shape.counts
        active = [
            index for index, one in enumerate(counts) if one.start <= read and (one.stop is None or read < one.stop)
        ]
        if len(active) > _MAX_COUNTS:
            raise LimitExceededError(f"{_MAX_COUNTS} counts of one array's items", str(len(active)))
        for index in active:
            finer = []
            for choice in found:
                inside = both(choice.term, counts[index].term)
                outside = (
                    choice.term if counts[index].at_most is None else both(choice.term, excluding(counts[index].term))
                )
                if not outside.is_empty():
                    finer.append(Choice(choice.bits, outside))
                if not inside.is_empty():
                    finer.append(Choice(choice.bits | 1 << index, inside))
            found = finer
        return tuple(found)

    def _independent(self, read: int, choices: tuple[Choice, ...]) -> list[Choice]:
        own = self.term_at(read)
        single = {0: Choice(0, own)}
        for choice in choices:
            for index, count in enumerate(self.shape.counts):
                if choice.bits >> index & 1 and 1 << index not in single:
                    single[1 << index] = Choice(1 << index, both(own, count.term))
        return list(single.values())

    # Completions

    def _is_live(self, items: Items, seen: Sequence[Canonical]) -> bool:
        """Whether a completion exists that begins with ``items``, whose values are ``seen``."""
        if not keeps_bounds(self, items):
            return False
        if self.shape.unique:
            signatures = self._comparable()
            relevant = frozenset([value for value in seen if value in signatures])
        else:
            relevant = frozenset() if items.has_repeated else frozenset(seen)
        key = (items, relevant)
        known = self._endings.get(key)
        if known is None:
            known = find_ending(self, items, relevant, self._endings)
        return known

    def members_of(self, term: Term) -> frozenset[Canonical] | None:
        """The values of a term, in an array whose items differ, where they might run out; else None."""
        if not self.shape.unique:
            return None
        if term not in self._members:
            # Where there are as many values as a completion has items, one is always left.
            values = members(term, self._most - 1) if self._most > 1 else None
            self._members[term] = None if values is None else frozenset([canonical(value) for value in values])
        return self._members[term]

    def _comparable(self) -> dict[Canonical, tuple[int, ...]]:
        """The values that might run out, each with the numbers of the finite sets that it is in."""
        if self._signatures is None:
            found: dict[Canonical, tuple[int, ...]] = {}
            sets: dict[frozenset[Canonical], None] = {}
            for position in range(min(self.horizon + 1, self._most) if self._most > 1 else 0):
                for choice in self.choices(position):
                    values = self.members_of(choice.term)
                    if values is not None:
                        sets[values] = None
            for number, values in enumerate(sets):
                for value in values:
                    found[value] = (*found.get(value, ()), number)
            if len(found) > _MAX_COMPARED:
                raise LimitExceededError(f"{_MAX_COMPARED} values to tell apart in 'uniqueItems'", str(len(found)))
            self._signatures = found
        return self._signatures

    def _unspoilt(self, items: Items, choice: Choice, seen: tuple[Canonical, ...]) -> Term:
        """The term less the values that may not come again, and those after which nothing could end the array."""
        if not self.shape.unique:
            return choice.term
        signatures = self._comparable()
        after = self.after(items, choice.bits)
        verdicts: dict[tuple[int, ...], bool] = {}
        taken = dict.fromkeys(
            [value for value in seen if not (is_container(value) and _never_runs_out(choice.term, value))]
        )
        for value, signature in signatures.items():
            if value in taken or value in seen:
                continue
            if signature not in verdicts:
                verdicts[signature] = self._is_live(after, (*seen, value))
            if not verdicts[signature]:
                taken[value] = None
        return without(choice.term, tuple([json_value(value) for value in taken])) if taken else choice.term

    # Arrays two of whose items must be equal

    def _ask_repetitions(
        self, items: Items, choices: list[Choice], seen: tuple[Canonical, ...], questions: dict[Question, None]
    ) -> None:
        """The values after which the array can only be completed because they are equal to another item's."""
        for choice in choices:
            if seen and self._is_live(self.after(items, choice.bits, True), seen):
                again = only(choice.term, tuple([json_value(value) for value in seen]))
                if not again.is_empty():
                    questions[again, choice.bits] = None
            after = self.after(items, choice.bits)
            for position in range(after.read, max(after.read, self.horizon) + 1):
                for later in self.choices(position):
                    equal = both(choice.term, later.term)
                    if not equal.is_empty() and find_ending(self, after, frozenset(seen), {}, (position, later)):
                        questions[equal, choice.bits] = None


def _never_runs_out(term: Term, value: Any) -> bool:
    """Whether each array, or object, of a term can be made larger, whatever it begins with.

    What equals an earlier one then needs no term without it: it may just not be closed. That spares the many duties of
    being different from each of many objects.
    """
    values = term.values()
    if value[0] == "array":
        return all(
            shape.rest is not FALSE
            and shape.max_items is None
            and not shape.unique
            and all(count.at_most is None for count in shape.counts)
            for shape in values.arrays
        )
    return all(
        shape.max_properties is None and not all(is_finite(names) for names, _ in shape.others)
        for shape in values.objects
    )

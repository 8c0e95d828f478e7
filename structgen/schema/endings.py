"""Whether an array can be completed: a search over what its further items add to its counts.

Where the items must differ and some may only be one of a few values, a completion must give each of those items a value
of its own: a matching in the bipartite graph of items and values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from structgen.errors import LimitExceededError
from structgen.schema.captures import Canonical, json_value
from structgen.schema.members import only
from structgen.schema.terms import FALSE, Term, both

if TYPE_CHECKING:
    from structgen.schema.sequences import ArrayPlan, Items

__all__ = ["Choice", "find_ending", "keeps_bounds"]

_MAX_STEPS: Final = 20_000


class Choice(NamedTuple):
    """A term that an item may be in, and the counts that it then adds to, as bits."""

    bits: int
    term: Term


class _Place(NamedTuple):
    """A place of the search: the sets from which an item has been picked that must differ from all others, and the
    terms of items while none of them is equal to another."""

    items: Items
    picked: tuple[frozenset[Canonical], ...]
    single: tuple[Term, ...]


def find_ending(
    plan: ArrayPlan,
    items: Items,
    seen: frozenset[Canonical],
    known: dict[tuple[Items, frozenset[Canonical]], bool],
    repeated: tuple[int, Choice] | None = None,
) -> bool:
    """Whether some items complete the array after ``items`` with the values ``seen``; kept in ``known``.

    ``repeated`` says at which position an item of this kind shall be equal to the last one read.
    """
    start = _Place(items, (), ())
    parents: dict[_Place, _Place | None] = {start: None}
    pending = [start]
    while pending:
        place = pending.pop()
        if _is_ending(plan, place, seen):
            # What leads here is completable too, where nothing but the counts says so.
            back: _Place | None = place
            while back is not None:
                if not back.picked and not back.single:
                    known[back.items, seen] = True
                back = parents[back]
            return True
        for following in _following(plan, place, seen, repeated):
            if following not in parents and _has_room(plan, following.items):
                parents[following] = place
                pending.append(following)
        if len(parents) > _MAX_STEPS:
            raise LimitExceededError(f"{_MAX_STEPS} steps in the search for a completion of an array", "more")
    known[items, seen] = False
    return False


def _has_room(plan: ArrayPlan, items: Items) -> bool:
    """Whether there are items enough left for what the counts lack."""
    most = plan.shape.max_items
    if most is None:
        return True
    counts = plan.shape.counts
    lacking = [max(0, count.at_least - counter) for count, counter in zip(counts, items.counters, strict=True)]
    unmet = sum([1 << index for index, one in enumerate(lacking) if one])
    together = 1
    for position in range(min(items.read, plan.horizon), plan.horizon + 1):
        for choice in plan.choices(position):
            together = max(together, (choice.bits & unmet).bit_count())
    return sum(lacking) <= together * (most - items.read)


def _is_ending(plan: ArrayPlan, place: _Place, seen: frozenset[Canonical]) -> bool:
    if plan.can_end(place.items):
        return _has_matching(place.picked)
    return _is_settled(plan, place, seen)


def _is_settled(plan: ArrayPlan, place: _Place, seen: frozenset[Canonical]) -> bool:
    """Whether all that is missing is a number of items, which are all alike and can't fail."""
    items, counts = place.items, plan.shape.counts
    if items.read < plan.horizon or not items.has_repeated:
        return False
    if any(counter < count.at_least for count, counter in zip(counts, items.counters, strict=True)):
        return False
    for choice in plan.choices(items.read):
        if not any(choice.bits >> index & 1 and count.at_most is not None for index, count in enumerate(counts)):
            values = plan.members_of(choice.term)
            if values is None:
                return _has_matching(place.picked)
            left = values - seen
            missing = plan.shape.min_items - items.read + len(place.picked)
            return missing <= len(left) and all(one == left for one in place.picked)
    return False


def _following(
    plan: ArrayPlan, place: _Place, seen: frozenset[Canonical], repeated: tuple[int, Choice] | None
) -> list[_Place]:
    """The places one item further on; the most promising last."""
    items = place.items
    if plan.term_at(items.read) is FALSE:
        return []
    found: list[tuple[int, _Place]] = []
    choices = plan.choices(items.read)
    is_equal = repeated is not None and repeated[0] == items.read and not items.has_repeated
    for choice in choices:
        if is_equal and repeated is not None and choice != repeated[1]:
            continue
        after = plan.after(items, choice.bits)
        if not keeps_bounds(plan, after):
            continue
        picked = place.picked
        values = plan.members_of(choice.term)
        if values is not None:
            left = values - seen
            if sum([one == left for one in picked]) >= len(left):
                continue
            picked = (*picked, left)
        if after.has_repeated:
            found.append((_progress(plan, items, choice.bits), _Place(after, picked, ())))
            continue
        if is_equal or _can_repeat(choice.term, place.single, seen):
            found.append((1 << 30, _Place(plan.after(items, choice.bits, True), picked, ())))
        if repeated is None:
            single = place.single if choice.term in place.single else (*place.single, choice.term)
            found.append((0, _Place(after, picked, single)))
        elif not is_equal:
            found.append((0, _Place(after, picked, ())))
    found.sort(key=_rank)
    return [following for _, following in found]


def _rank(entry: tuple[int, _Place]) -> int:
    return entry[0]


def _progress(plan: ArrayPlan, items: Items, bits: int) -> int:
    """How many counts that lack something the item adds to, less those that only come nearer to their bound."""
    value = 0
    for index, count in enumerate(plan.shape.counts):
        if bits >> index & 1:
            value += 1 if items.counters[index] < count.at_least else -1
    return value


def keeps_bounds(plan: ArrayPlan, items: Items) -> bool:
    """Whether no count is above its bound."""
    return all(
        count.at_most is None or counter <= count.at_most
        for count, counter in zip(plan.shape.counts, items.counters, strict=True)
    )


def _can_repeat(term: Term, single: tuple[Term, ...], seen: frozenset[Canonical]) -> bool:
    """Whether some value of the term is among those seen, or could be that of an item chosen before."""
    if seen and not only(term, tuple([json_value(value) for value in seen])).is_empty():
        return True
    return any(not both(term, other).is_empty() for other in single)


def _has_matching(picked: tuple[frozenset[Canonical], ...]) -> bool:
    """Whether the items can be given values that differ: augmenting paths (Kuhn), one for each item."""
    owner: dict[Canonical, int] = {}
    for item in range(len(picked)):
        came_from: dict[Canonical, int] = {}
        queue = [item]
        end: Canonical = _NOWHERE
        while queue and end is _NOWHERE:
            current = queue.pop()
            for value in picked[current]:
                if value in came_from:
                    continue
                came_from[value] = current
                if value not in owner:
                    end = value
                    break
                queue.append(owner[value])
        if end is _NOWHERE:
            return False
        while True:
            current = came_from[end]
            previous = next((value for value, held in owner.items() if held == current), _NOWHERE)
            owner[end] = current
            if current == item:
                break
            end = previous
    return True


_NOWHERE: Final[Canonical] = ("nowhere",)

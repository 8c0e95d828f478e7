"""What can't be finished is not offered: shapes lose their empty children, and shapes without a member are dropped."""

from __future__ import annotations

from typing import Final

from structgen.regex.derivatives import is_empty
from structgen.regex.nodes import ANYTHING
from structgen.schema.completion import has_object
from structgen.schema.emptiness import is_combined
from structgen.schema.item_search import has_array
from structgen.schema.shapes import ArrayShape, Count, Duty, ObjectShape, ValueSet
from structgen.schema.terms import FALSE, TRUE, Term, both

__all__ = ["pruned"]

_EVERY_ARRAY: Final = ArrayShape((), TRUE, 0, None)
_EVERY_OBJECT: Final = ObjectShape((), ((ANYTHING, TRUE),), frozenset())


def pruned(shapes: ValueSet) -> ValueSet:
    """The same values, every shape with a member and every child inhabited, or FALSE where a property must not come."""
    if not shapes.arrays and not shapes.objects:
        return shapes
    arrays = dict.fromkeys([_pruned_array(shape) for shape in shapes.arrays])
    objects = dict.fromkeys([_pruned_object(shape) for shape in shapes.objects])
    return shapes._replace(
        arrays=(_EVERY_ARRAY,) if _EVERY_ARRAY in arrays else tuple([shape for shape in arrays if shape is not None]),
        objects=(_EVERY_OBJECT,)
        if _EVERY_OBJECT in objects
        else tuple([shape for shape in objects if shape is not None]),
    )


def _is_inhabited(term: Term) -> bool:
    return not term.is_empty()


# Arrays


def _pruned_array(shape: ArrayShape) -> ArrayShape | None:
    prefix, rest, min_items, max_items, counts, unique, repeated = shape
    if max_items is not None and max_items <= len(prefix):
        prefix, rest = prefix[:max_items], FALSE
    if rest is not FALSE and rest.is_empty():
        rest = FALSE
    for index, term in enumerate(prefix):
        if term.is_empty():
            prefix, rest = prefix[:index], FALSE
            break
    if rest is FALSE:
        max_items = len(prefix)
    if max_items is not None and max_items < min_items:
        return None
    kept: list[Count] = []
    for count in counts:
        if not count.term.is_empty():
            kept.append(count)
        elif count.at_least:
            return None
    if max_items is not None and max_items < 2:
        unique = False
    if rest is not FALSE:
        while prefix and prefix[-1] is rest:
            prefix = prefix[:-1]
    shape = ArrayShape(prefix, rest, min_items, max_items, tuple(kept), unique, repeated)
    return None if is_combined(shape) and not has_array(shape, _is_inhabited) else shape


# Objects


def _pruned_object(shape: ObjectShape) -> ObjectShape | None:
    properties, others, required, least, most, duties = shape
    emptied = False
    for name, term in properties:
        if term is FALSE or term.is_empty():
            if name in required:
                return None
            emptied = True
    if emptied:
        properties = tuple([(name, FALSE if term.is_empty() else term) for name, term in properties])
    kept = [index for index, (names, term) in enumerate(others) if not is_empty(names) and not term.is_empty()]
    if len(kept) < len(others):
        at = {index: place for place, index in enumerate(kept)}
        others = tuple([others[index] for index in kept])
        duties = tuple(
            [
                duty._replace(others=tuple([(at[one], term) for one, term in duty.others if one in at]))
                for duty in duties
            ]
        )
    if duties:
        done = _Duties(properties, required, duties)
        if not done.is_possible:
            return None
        properties, required, duties = tuple(done.properties.items()), frozenset(done.required), tuple(done.duties)
    if most is not None:
        if most < len(required):
            return None
        if not others and sum([term is not FALSE for _, term in properties]) <= most:
            most = None
    shape = ObjectShape(properties, others, required, 0 if least <= len(required) else least, most, duties)
    return None if is_combined(shape) and not has_object(shape, _is_inhabited) else shape


class _Duties:
    """The duties of a shape without what can't be done of them; one that is left a single way is done that way."""

    def __init__(
        self, properties: tuple[tuple[str, Term], ...], required: frozenset[str], duties: tuple[Duty, ...]
    ) -> None:
        self.properties = dict(properties)
        self.required = dict.fromkeys([name for name, _ in properties if name in required])
        self.duties: list[Duty] = []
        self.is_possible = True
        waiting = list(duties)
        while waiting and self.is_possible:
            again: list[Duty] = []
            changed = False
            for duty in waiting:
                left = self._left(duty)
                if left is None:
                    continue
                if self._settles(left):
                    changed = True
                else:
                    again.append(left)
            if not changed:
                self.duties = again
                break
            waiting = again

    def _left(self, duty: Duty) -> Duty | None:
        """What can still be done of a duty; None where it is done in any case."""
        absent = [name for name in duty.absent if name not in self.required]
        if any(self.properties[name] is FALSE for name in absent):
            return None
        named: dict[tuple[str, Term], None] = {}
        for name, term in duty.named:
            own = self.properties[name]
            if own is FALSE:
                continue
            term = both(own, term)
            if term is own and (name in self.required or name in absent):
                return None
            if not term.is_empty():
                named[name, term] = None
        others = [(index, term) for index, term in duty.others if not term.is_empty()]
        return Duty(frozenset(absent), tuple(named), tuple(others))

    def _settles(self, duty: Duty) -> bool:
        """Do a duty that has one way left; False where there are more."""
        if duty.others or len(duty.named) > 1 or len(duty.absent) > 1:
            return False
        if not duty.named:
            if duty.absent:
                self.properties[next(iter(duty.absent))] = FALSE
            else:
                self.is_possible = False
            return True
        name, term = duty.named[0]
        if duty.absent and name not in duty.absent:
            return False
        self.properties[name] = term
        if not duty.absent:
            self.required[name] = None
        return True

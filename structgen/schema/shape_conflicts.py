"""Why no array or no object is valid against a conjunction without choices."""

from __future__ import annotations

from structgen.schema.arrays import merged_array
from structgen.schema.completion import has_object
from structgen.schema.expansion import Conjunction
from structgen.schema.item_search import has_array
from structgen.schema.merging import strings_of
from structgen.schema.objects import merged_object
from structgen.schema.scalar_conflicts import Conflict
from structgen.schema.shapes import ArrayShape, Duty, ObjectShape
from structgen.schema.subschemas import ARRAY, NEVER, OBJECT, Subschema
from structgen.schema.terms import Term, array_shape, conjunction, object_shape

__all__ = ["array_conflict", "object_conflict"]


def _is_inhabited(term: Term) -> bool:
    return not term.is_empty()


def array_conflict(parts: Conjunction) -> Conflict:
    """Why there is no array."""
    constrained = [part for part in parts if part.constrained & ARRAY]
    place = constrained[0]
    merged = merged_array(parts)
    if merged is None:
        return _conflict_of_lengths(constrained)
    for index in range(min(merged.min_items, len(merged.prefix))):
        if conjunction(merged.prefix[index]).is_empty():
            return Conflict(f"item {index}, which minItems demands, can never be valid", place, merged.prefix[index])
    if merged.min_items > len(merged.prefix) and merged.rest and conjunction(merged.rest).is_empty():
        return Conflict("an item that minItems demands can never be valid", place, merged.rest)
    shape = array_shape(merged)
    for part in constrained:
        for count in part.counts:
            if count.at_least and conjunction((count.subschema,)).is_empty():
                return Conflict("the item that 'contains' demands can never be valid", part, (count.subschema,))
    if shape.unique and has_array(shape._replace(unique=False), _is_inhabited):
        unique = next(part for part in constrained if part.unique)
        return Conflict(f"there are no {_fewest_unique(shape)} different items for 'uniqueItems'", unique)
    if shape.repeated and has_array(shape._replace(repeated=False), _is_inhabited):
        return Conflict("no two items can be equal, and a negated 'uniqueItems' asks for that", place)
    counting = next(part for part in constrained if part.counts)
    return Conflict("no array has as many items as asked that match 'contains', and no more", counting)


def _conflict_of_lengths(constrained: list[Subschema]) -> Conflict:
    shortest = max([part.min_items for part in constrained])
    limits = [part.max_items for part in constrained if part.max_items is not None]
    place = constrained[0]
    if limits and min(limits) < shortest:
        return Conflict(f"minItems {shortest} exceeds maxItems {min(limits)}", place)
    for part in constrained:
        for count in part.counts:
            if count.at_most is not None and count.at_most < count.at_least:
                return Conflict(f"minContains {count.at_least} exceeds maxContains {count.at_most}", part)
            if count.at_least and count.subschema is NEVER:
                return Conflict("the item that 'contains' demands can never be valid", part, (NEVER,))
    if any(part.unique for part in constrained) and any(part.repeated for part in constrained):
        return Conflict("all items must differ, and a negated 'uniqueItems' asks for two that are equal", place)
    if limits:
        return Conflict(f"more items are demanded, as by 'contains', than maxItems {min(limits)} allows", place)
    return Conflict("no number of items that match 'contains' fits all that is asked", place)


def _fewest_unique(shape: ArrayShape) -> int:
    return max([shape.min_items, 2, *[count.at_least for count in shape.counts]])


def object_conflict(parts: Conjunction) -> Conflict:
    """Why there is no object."""
    constrained = [part for part in parts if part.constrained & OBJECT]
    merged = merged_object(parts, strings_of)
    if merged is not None:
        for name, children in merged.properties:
            if name in merged.required and children and conjunction(children).is_empty():
                place = next(part for part in constrained if name in part.required)
                return Conflict(f"the required property {name!r} can never be valid", place, children)
    least = max([part.min_properties for part in constrained])
    most = min([part.max_properties for part in constrained if part.max_properties is not None], default=None)
    required = dict.fromkeys([name for part in constrained for name in part.required])
    if most is not None and most < max(least, len(required)):
        place = next(part for part in constrained if part.max_properties == most)
        if most < least:
            return Conflict(f"minProperties {least} exceeds maxProperties {most}", place)
        return Conflict(f"maxProperties is {most}, and {len(required)} are required: {_shown(required)}", place)
    if merged is None:
        for part in constrained:
            for duty in part.duties:
                if duty.absent and set(duty.absent) <= required.keys():
                    names = _shown(duty.absent)
                    return Conflict(
                        f"not all of {names} may be there, for a negation or 'oneOf', and all must be", part
                    )
        demanding = next((part for part in constrained if part.duties), constrained[0])
        return Conflict("what a negation or dependency asks of the properties can't be done", demanding)
    return _conflict_of_duties(constrained, object_shape(merged))


def _conflict_of_duties(constrained: list[Subschema], shape: ObjectShape) -> Conflict:
    """The fewest duties and counts that can't be met together."""
    for simpler in (shape._replace(min_properties=0), shape._replace(max_properties=None)):
        if not has_object(simpler, _is_inhabited):
            shape = simpler
    for duty in shape.duties:
        simpler = shape._replace(duties=tuple([other for other in shape.duties if other is not duty]))
        if not has_object(simpler, _is_inhabited):
            shape = simpler
    demanding = next((part for part in constrained if part.duties), constrained[0])
    if not shape.duties:
        counting = next((part for part in constrained if part.min_properties), constrained[0])
        return Conflict(
            f"there are no {shape.min_properties} properties that can be valid, for minProperties", counting
        )
    wanted = [f"{_shown(shape.required)} present"] if shape.required else []
    wanted += [_described(duty) for duty in shape.duties[:4]]
    if shape.max_properties is not None:
        wanted.append(f"at most {shape.max_properties} properties")
    if shape.min_properties:
        wanted.append(f"at least {shape.min_properties} properties")
    return Conflict(f"no object has all of: {'; '.join(wanted)}"[:400], demanding)


def _described(duty: Duty) -> str:
    ways = [f"{name!r} absent" for name in sorted(duty.absent)]
    ways += [f"{name!r} of another value" for name in dict.fromkeys([name for name, _ in duty.named])]
    if duty.others:
        ways.append("some other property")
    return " or ".join(ways[:4])


def _shown(names: object) -> str:
    listed = sorted(map(repr, names))  # type: ignore[call-overload]
    return ", ".join(listed[:5]) + (", …" if len(listed) > 5 else "")

"""Why no value is valid: the smallest conflict that can be named, for the error about an unsatisfiable schema.

Only called once a conjunction is known to be empty. It follows required properties and items down to the conflict
that all depends on.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from structgen.errors import UnsatisfiableSchemaError
from structgen.schema.arrays import MergedArray
from structgen.schema.expansion import Conjunction, expand
from structgen.schema.merging import merge_alternatives
from structgen.schema.objects import MergedObject
from structgen.schema.subschemas import (
    ARRAY,
    BOOLEAN,
    ENUMERATION,
    EVERY_TYPE,
    FRACTIONAL,
    IN_PLACE,
    INTEGER,
    NEVER,
    NULL,
    NUMBER,
    OBJECT,
    STRING,
    WHOLE,
    Enumeration,
    Subschema,
)
from structgen.schema.terms import conjunction

__all__ = ["unsatisfiable"]

_NAMES: Final = {
    NULL: "null",
    BOOLEAN: "boolean",
    NUMBER: "number",
    INTEGER: "integer",
    WHOLE: "integer",
    FRACTIONAL: "number",
    STRING: "string",
    ARRAY: "array",
    OBJECT: "object",
}


class _Conflict(NamedTuple):
    """What contradicts what, where; ``needed`` is the conjunction whose emptiness is the deeper cause, if any."""

    what: str
    place: Subschema
    needed: Conjunction | None = None


def unsatisfiable(parts: Conjunction) -> UnsatisfiableSchemaError:
    """The error for a conjunction that no value satisfies."""
    way: list[_Conflict] = []
    seen: set[Conjunction] = set()
    conflict = _conflict(parts)
    # `false` is one subschema everywhere: it has no place of its own to point at.
    while conflict.needed is not None and NEVER not in conflict.needed:
        way.append(conflict)
        seen.add(conflict.needed)
        deeper = _conflict(conflict.needed)
        if deeper.needed in seen:
            return UnsatisfiableSchemaError(
                "every value would need another one like it inside, without end",
                pointer=deeper.place.pointer,
                reason=deeper.what,
                hint="an alternative that ends the recursion, such as null or an optional property",
            )
        conflict = deeper
    steps = ["its schema is false"] if conflict.needed is not None else []
    steps += [step.what for step in way[-1:-4:-1]]
    reason = "; ".join(steps) + (" …" if len(way) > 3 else "")
    return UnsatisfiableSchemaError(conflict.what, pointer=conflict.place.pointer, reason=reason)


def _conflict(parts: Conjunction) -> _Conflict:
    alternatives = expand(parts)
    if len(parts) == 1 and not parts[0].constrained & IN_PLACE:
        alternatives = [parts]
    if not alternatives:
        return _Conflict(_without_common_type(parts), parts[0])
    conflicts = [_conflict_of_alternative(alternative) for alternative in alternatives[:100]]
    if len(alternatives) == 1:
        return conflicts[0]
    # An alternative that fails by itself says more than one that depends on others.
    named = sorted(conflicts, key=lambda conflict: conflict.needed is not None)
    first = named[0]
    return first._replace(what=f"none of {len(alternatives)} alternatives can be valid; the first: {first.what}")


def _without_common_type(parts: Conjunction) -> str:
    if any(part.types == 0 and not part.constrained for part in parts):
        return "the schema is false"
    if len(parts) == 1 and not parts[0].types:
        return (
            "no listed value has a type that is allowed" if parts[0].constrained & ENUMERATION else "no type is allowed"
        )
    return "no branch has a type that is allowed"


def _conflict_of_alternative(parts: Conjunction) -> _Conflict:
    types = EVERY_TYPE
    listed: Enumeration | None = None
    for part in parts:
        types &= part.types
        if part.enumeration is not None:
            listed = part.enumeration if listed is None else listed & part.enumeration
    if listed is not None:
        types &= listed.types
    if not types:
        if any(part.enumeration is not None for part in parts):
            place = next(part for part in parts if part.enumeration is not None)
            assert place.enumeration is not None
            values = _shown_values(place.enumeration)
            return _Conflict(f"no listed value is of an allowed type, or in every list: {values}", place)
        return _Conflict(_without_common_type(parts), parts[0])
    found = []
    if types & NUMBER:
        found.append(_number_conflict(parts, types & NUMBER, listed))
    if types & STRING:
        found.append(_string_conflict(parts, listed))
    if types & (ARRAY | OBJECT):
        merged = merge_alternatives([parts])
        if types & ARRAY:
            found.append(_array_conflict(parts, merged.arrays))
        if types & OBJECT:
            found.extend([_object_conflict(parts, shape) for shape in merged.objects])
    return min(found, key=lambda conflict: conflict.needed is not None)


def _shown_values(listed: Enumeration) -> str:
    values = sorted(repr(text) for text in listed.strings) + sorted(str(number) for number in listed.numbers)
    values += [str(flag).lower() for flag in sorted(listed.booleans)] + (["null"] if listed.null else [])
    return (", ".join(values[:5]) + (", …" if len(values) > 5 else ""))[:200] or "none"


def _number_conflict(parts: Conjunction, kinds: int, listed: Enumeration | None) -> _Conflict:
    lowest = [part for part in parts if part.lower is not None]
    highest = [part for part in parts if part.upper is not None]
    low = max([part.lower for part in lowest if part.lower is not None], default=None)
    high = min([part.upper for part in highest if part.upper is not None], key=_tightness, default=None)
    place = next(iter([*lowest, *highest, *parts]))
    bounds = [f"{'exclusive ' if bound[1] else ''}{name} {bound[0]}" for name, bound in _named(low, high)]
    if listed is not None:
        what = f"no listed number fits {' and '.join(bounds) or 'the type'}: {_shown_values(listed)}"
    elif low is not None and high is not None and low[0] > high[0]:
        what = f"{bounds[0]} exceeds {bounds[1]}"
    else:
        what = f"there is no {_NAMES.get(kinds, 'number')} between {' and '.join(bounds)}"
    return _Conflict(what[:300], place)


def _named(
    low: tuple[Decimal, bool] | None, high: tuple[Decimal, bool] | None
) -> list[tuple[str, tuple[Decimal, bool]]]:
    return [(name, bound) for name, bound in (("minimum", low), ("maximum", high)) if bound is not None]


def _tightness(bound: tuple[Decimal, bool]) -> tuple[Decimal, bool]:
    return bound[0], not bound[1]


def _string_conflict(parts: Conjunction, listed: Enumeration | None) -> _Conflict:
    shortest = max([part.min_length for part in parts])
    longest = min([part.max_length for part in parts if part.max_length is not None], default=None)
    place = next(iter([*[part for part in parts if part.constrained & STRING], *parts]))
    if listed is not None:
        return _Conflict(f"no listed string fits the lengths and the pattern: {_shown_values(listed)}", place)
    if longest is not None and shortest > longest:
        return _Conflict(f"minLength {shortest} exceeds maxLength {longest}", place)
    return _Conflict("no string fits the patterns and the lengths at once", place)


def _array_conflict(parts: Conjunction, shapes: tuple[MergedArray, ...]) -> _Conflict:
    constrained = [part for part in parts if part.constrained & ARRAY]
    place = constrained[0]
    if not shapes:
        shortest = max([part.min_items for part in constrained])
        longest = min([part.max_items for part in constrained if part.max_items is not None])
        return _Conflict(f"minItems {shortest} exceeds maxItems {longest}", place)
    shape = shapes[0]
    for index in range(min(shape.min_items, len(shape.prefix))):
        if conjunction(shape.prefix[index]).is_empty():
            return _Conflict(f"item {index}, which minItems demands, can never be valid", place, shape.prefix[index])
    return _Conflict("an item that minItems demands can never be valid", place, shape.rest)


def _object_conflict(parts: Conjunction, shape: MergedObject) -> _Conflict:
    for name, children in shape.properties:
        if name in shape.required and children and conjunction(children).is_empty():
            place = _requiring(parts, name)
            return _Conflict(f"the required property {name!r} can never be valid", place, children)
    return _Conflict("no object does all that is asked of its properties at once", parts[0])


def _requiring(parts: Conjunction, name: str) -> Subschema:
    return next(part for part in parts if name in part.required)

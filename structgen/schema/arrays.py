"""Arrays of a conjunction: what all its parts say of each position and of all items together, as one shape."""

from __future__ import annotations

from typing import Final, NamedTuple

from structgen.schema.subschemas import ANYTHING, NEVER, ItemCount, Subschema

__all__ = ["ANY_ARRAY", "MergedArray", "merged_array"]

Conjunction = tuple[Subschema, ...]


class MergedArray(NamedTuple):
    """As `structgen.schema.terms.ArrayShape`, its positions conjunctions, of which any may have no value."""

    prefix: tuple[Conjunction, ...]
    rest: Conjunction
    min_items: int
    max_items: int | None
    counts: tuple[ItemCount, ...] = ()
    unique: bool = False
    repeated: bool = False


ANY_ARRAY: Final = MergedArray((), (), 0, None)


def merged_array(parts: Conjunction) -> MergedArray | None:
    """The arrays that are valid against all parts, which have no choices left; None where the counts exclude all."""
    min_items = 0
    max_items: int | None = None
    width = 0
    unique = repeated = False
    counts: dict[tuple[Subschema, int, int | None], ItemCount] = {}
    for part in parts:
        min_items = max(min_items, part.min_items)
        width = max(width, len(part.prefix))
        if part.max_items is not None and (max_items is None or part.max_items < max_items):
            max_items = part.max_items
        unique = unique or part.unique
        repeated = repeated or part.repeated
        for count in part.counts:
            if count.at_least or count.at_most is not None:
                key = (count.subschema, count.start, count.stop)
                known = counts.get(key)
                counts[key] = count if known is None else _tighter(known, count)
    prefix = []
    for index in range(width):
        position = []
        for part in parts:
            if index < len(part.prefix):
                position.append(part.prefix[index])
            elif part.rest is not None:
                position.append(part.rest)
        prefix.append(tuple(position))
    rest = tuple([part.rest for part in parts if part.rest is not None])
    kept = []
    for count in counts.values():
        if count.at_most is not None and count.at_most < count.at_least:
            return None
        if count.subschema is ANYTHING and not count.start and count.stop is None:
            # To count all items is to count the array's length.
            min_items = max(min_items, count.at_least)
            if count.at_most is not None and (max_items is None or count.at_most < max_items):
                max_items = count.at_most
        elif count.subschema is not NEVER:
            min_items = max(min_items, count.start + count.at_least if count.at_least else 0)
            kept.append(count)
        elif count.at_least:
            return None
    if repeated:
        min_items = max(min_items, 2)
    if (max_items is not None and max_items < min_items) or (unique and repeated):
        return None
    if max_items is not None and max_items < 2:
        unique = False
    return MergedArray(tuple(prefix), rest, min_items, max_items, tuple(kept), unique, repeated)


def _tighter(one: ItemCount, other: ItemCount) -> ItemCount:
    limits = [limit for limit in (one.at_most, other.at_most) if limit is not None]
    return one._replace(at_least=max(one.at_least, other.at_least), at_most=min(limits) if limits else None)

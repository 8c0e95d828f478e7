"""Whether a term can be seen at once to have endlessly many members: then none of them need be looked for.

False says nothing. What is seen: strings without a bound, objects that can always have one more property, and arrays
that can always have one more item.
"""

from __future__ import annotations

from structgen.errors import LimitExceededError
from structgen.regex.derivatives import is_finite
from structgen.regex.nodes import NOTHING
from structgen.schema.completion import has_object
from structgen.schema.glance import surely_inhabited
from structgen.schema.shapes import ArrayShape, ObjectShape
from structgen.schema.terms import Term

__all__ = ["is_endless"]


def is_endless(term: Term) -> bool:
    """Whether the term is certain to have endlessly many members."""
    shapes = term.shapes()
    if shapes.string is not NOTHING and not is_finite(shapes.string):
        return True
    return any(map(_always_has_more_properties, shapes.objects)) or any(map(_always_has_more_items, shapes.arrays))


def _is_known(term: Term) -> bool:
    """Whether a term is certain to have a value, as far as can be seen without deciding it: it may be in question."""
    return term.empty is False or (len(term.parts) == 1 and surely_inhabited(term.parts[0]))


def _always_has_more_properties(shape: ObjectShape) -> bool:
    # One more property of an undeclared name undoes no duty.
    if shape.max_properties is not None:
        return False
    if not any(_is_known(term) and not is_finite(names) for names, term in shape.others):
        return False
    try:
        return has_object(shape, _is_known)
    except LimitExceededError:
        return False


def _always_has_more_items(shape: ArrayShape) -> bool:
    if shape.max_items is not None or shape.counts or shape.unique or shape.repeated:
        return False
    return _is_known(shape.rest) and all(map(_is_known, shape.prefix))

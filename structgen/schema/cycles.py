"""Schemas that apply themselves to the value that they are applied to: whether it is valid would depend on itself."""

from __future__ import annotations

from typing import Final

from structgen.errors import SchemaError
from structgen.schema.subschemas import Subschema

__all__ = ["check_cycles", "endless"]

_OPEN: Final = 1
_CLOSED: Final = 2


def endless(pointer: str) -> SchemaError:
    """The error for such a schema."""
    return SchemaError(
        "a reference leads back to itself before anything is asserted",
        pointer=pointer,
        reason="whether a value is valid would depend on whether it is valid",
        hint="a reference below 'properties' or 'items', where the value gets smaller",
    )


def check_cycles(applied: list[tuple[Subschema, Subschema]]) -> None:
    """Raise where subschemas that apply others in place, pair by pair, lead back to themselves.

    Depth-first, without recursion.
    """
    below: dict[Subschema, list[Subschema]] = {}
    for place, other in applied:
        below.setdefault(place, []).append(other)
    states: dict[Subschema, int] = {}
    for start in below:
        path = [start]
        while path:
            place = path[-1]
            state = states.get(place)
            if state is not None:
                path.pop()
                if state == _OPEN:
                    states[place] = _CLOSED
                continue
            states[place] = _OPEN
            for other in below[place]:
                if other in below:
                    if states.get(other) == _OPEN:
                        raise endless(other.pointer)
                    if other not in states:
                        path.append(other)

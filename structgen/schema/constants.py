"""`enum` and `const`: listed scalars narrow a subschema; an array or object becomes the schema of all its equals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final

from structgen.errors import LimitExceededError
from structgen.schema.reading import Schema, Surroundings, read_number, read_text
from structgen.schema.subschemas import ARRAY, IN_PLACE, NEVER, OBJECT, Conjunctions, Subschema, escape_step

__all__ = ["MAX_CONSTANT_PARTS", "listing", "read_const", "read_enum"]

MAX_CONSTANT_PARTS: Final = 200_000
"""Parts that one array or object of `const` or `enum` may have, all levels together."""

Scalar = Decimal | str | bool | None


def read_enum(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    if not isinstance(value, list):
        raise around.malformed(place, "enum", f"'enum' must be a list of values, not {value!r}")
    compounds = []
    scalars = []
    for index, member in enumerate(value):
        if isinstance(member, (list, dict)):
            compounds.append(_constant(around, place, "enum", index, member))
        else:
            scalars.append(_scalar(around, place, "enum", member))
    if not compounds:
        place.narrow(scalars)
        return
    if scalars:
        listed = Subschema(place, "enum", None, place.table)
        listed.narrow(scalars)
        listed.evaluates = False
        compounds.append(listed)
    place.choices += (tuple(compounds),)
    place.constrained |= IN_PLACE


def read_const(around: Surroundings, place: Subschema, value: object, schema: Schema) -> None:
    if isinstance(value, (list, dict)):
        place.choices += ((_constant(around, place, "const", None, value),),)
        place.constrained |= IN_PLACE
    else:
        place.narrow([_scalar(around, place, "const", value)])


def _scalar(around: Surroundings, place: Subschema, keyword: str, value: object) -> Scalar:
    if isinstance(value, str):
        return read_text(around, place, keyword, value)
    if value is None or isinstance(value, bool):
        return value
    if not isinstance(value, (int, float, Decimal)):
        raise around.malformed(place, keyword, f"{keyword!r} holds {value!r:.100}, which is no JSON value")
    return read_number(around, place, keyword, value)


def _constant(around: Surroundings, place: Subschema, keyword: str, key: int | None, value: object) -> Subschema:
    root = Subschema(place, keyword, key, place.table)

    def scalar(part: object) -> Scalar:
        return _scalar(around, place, keyword, part)

    def name(key: object) -> str:
        if not isinstance(key, str):
            raise around.malformed(place, keyword, f"an object's key must be a string, not {key!r}")
        return read_text(around, place, keyword, key)

    _equate(root, value, scalar, name)
    return root


def _equate(root: Subschema, value: object, scalar: Callable[[object], Scalar], name: Callable[[object], str]) -> None:
    """Let a subschema be of all values equal to one; iterative, since constants nest as deep as they like."""
    root.evaluates = False
    pending = [(value, root)]
    parts = 0
    while pending:
        part, at = pending.pop()
        parts += 1
        if parts > MAX_CONSTANT_PARTS:
            raise LimitExceededError(f"{MAX_CONSTANT_PARTS} parts of one constant", root.pointer)
        if isinstance(part, list):
            at.types, at.constrained = ARRAY, ARRAY
            at.prefix = tuple([Subschema(at, str(index), None, root.table) for index in range(len(part))])
            at.min_items = at.max_items = len(part)
            at.rest = NEVER
            pending.extend(zip(part, at.prefix, strict=True))
        elif isinstance(part, dict):
            at.types, at.constrained = OBJECT, OBJECT
            at.properties = {}
            for key, member in part.items():
                child = Subschema(at, escape_step(name(key)), None, root.table)
                at.properties[key] = child
                pending.append((member, child))
            at.required = tuple(part)
            at.additional = NEVER
        else:
            at.narrow([scalar(part)])


def listing(values: Iterable[object], table: Conjunctions) -> Subschema:
    """The subschema of these values, which are no part of a schema: they are not checked, and may be numbers of any
    length."""
    root = Subschema(None, "#", None, table)
    scalars: list[Scalar] = []
    branches: list[Subschema] = []
    for value in values:
        if isinstance(value, (list, dict)):
            branch = root.beside()
            _equate(branch, value, _plain_scalar, str)
            branches.append(branch)
        else:
            scalars.append(_plain_scalar(value))
    if scalars:
        listed = root.beside()
        listed.narrow(scalars)
        branches.append(listed)
    if len(branches) == 1:
        return branches[0]
    root.choices, root.constrained = (tuple(branches),), IN_PLACE
    return root


def _plain_scalar(value: Any) -> Scalar:
    if value is None or isinstance(value, (bool, str)):
        return value
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)

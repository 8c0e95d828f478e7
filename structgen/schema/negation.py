"""Negations: the subschema of all values that are not valid against another one.

The negation of a negation is the subschema itself, and where a format's language is a part of what is meant
(`Subschema.outer`), the negation has none of what might be meant.

A negation is one choice between *pieces*, worked out when it is first looked into, so that recursive schemas can be
negated: the types that are not allowed; for each type that is constrained, the values of just that type that break a
constraint; for each choice, the values that fit no branch.

All that an object can do wrong by a property is one piece, a single *duty*: some property is missing, or there with a
value that is not allowed. A conjunction of many negations stays one alternative that way, with many duties.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from structgen.regex.charset import CharSet
from structgen.regex.nodes import Node, characters, complement, intersection, repeat, union, words
from structgen.schema.numbers import number_words, plain_numbers
from structgen.schema.subschemas import (
    ANYTHING,
    ARRAY,
    BOOLEAN,
    ENUMERATION,
    EVERY_TYPE,
    IN_PLACE,
    NEVER,
    NUMBER,
    OBJECT,
    STRING,
    Deferred,
    ItemCount,
    Names,
    PropertyDuty,
    Subschema,
    meeting,
)

__all__ = ["negation", "outside", "pieces"]

_SCALARS: Final = BOOLEAN | NUMBER | STRING


def negation(subschema: Subschema) -> Subschema:
    """The subschema of all values that are not valid against this one; the same one each time."""
    known = subschema.negation
    if known is not None:
        return known
    negated = subschema.beside()
    negated.negation = subschema
    negated.is_negation = True
    negated.evaluates = False
    constrained = subschema.constrained
    if not constrained & (IN_PLACE | ENUMERATION | subschema.types):
        negated.types = EVERY_TYPE & ~subschema.types
    else:
        if not constrained & IN_PLACE:
            # Types that are allowed without a constraint are no part of the negation.
            constrained |= _SCALARS if constrained & ENUMERATION else 0
            negated.types = (EVERY_TYPE & ~subschema.types) | (constrained & subschema.types)
        negated.deferred = (Deferred("complement", (subschema,)),)
        negated.constrained = IN_PLACE
    # Two threads may get here at once: one of the negations stays.
    subschema.negation = negated
    return negated


def pieces(place: Subschema, owners: Sequence[Subschema]) -> list[Subschema]:
    """The branches of the negation of a conjunction of subschemas, of what they assert by themselves."""
    found: list[Subschema] = []
    types = EVERY_TYPE
    for owner in owners:
        types &= owner.types
    if types != EVERY_TYPE:
        found.append(_of_types(place, EVERY_TYPE & ~types))
    broken = _Broken()
    for owner in owners:
        constrained = owner.constrained & types
        if owner.enumeration is not None:
            constrained |= _SCALARS & types
        if constrained & BOOLEAN:
            _add_booleans(found, place, owner)
        if constrained & NUMBER:
            _add_numbers(found, place, owner, types & NUMBER)
        if constrained & STRING:
            piece = _of_types(place, STRING)
            piece.pattern, piece.constrained = complement(_own_strings(owner, owner.outer or owner.pattern)), STRING
            if owner.outer is not None:
                piece.outer = complement(_own_strings(owner, owner.pattern))
            found.append(piece)
        if constrained & ARRAY:
            _add_arrays(found, place, owner)
        if constrained & OBJECT:
            _add_objects(found, place, owner, broken)
    duty = broken.piece(place)
    if duty is not None:
        found.append(duty)
    return found


def _of_types(place: Subschema, types: int) -> Subschema:
    piece = place.beside()
    piece.types = types
    piece.evaluates = False
    return piece


# Scalars


def _add_booleans(found: list[Subschema], place: Subschema, owner: Subschema) -> None:
    if owner.enumeration is not None and len(owner.enumeration.booleans) == 1:
        piece = _of_types(place, BOOLEAN)
        piece.narrow([True not in owner.enumeration.booleans])
        found.append(piece)


def _own_strings(owner: Subschema, pattern: Node | None) -> Node:
    """The language of the strings that a subschema's own assertions allow, with this pattern; its types aside."""
    conjuncts = []
    if owner.enumeration is not None:
        conjuncts.append(words(owner.enumeration.strings))
    if pattern is not None:
        conjuncts.append(pattern)
    if owner.min_length or owner.max_length is not None:
        if owner.max_length is not None and owner.max_length < owner.min_length:
            return words(())
        conjuncts.append(repeat(characters(CharSet.ANY), owner.min_length, owner.max_length))
    return intersection(*conjuncts)


def _add_numbers(found: list[Subschema], place: Subschema, owner: Subschema, kinds: int) -> None:
    """Bounds and divisors are flipped; lists are complemented among the spellings without an exponent."""
    if owner.lower is not None:
        piece = _of_types(place, kinds)
        piece.upper, piece.constrained = (owner.lower[0], not owner.lower[1]), NUMBER
        found.append(piece)
    if owner.upper is not None:
        piece = _of_types(place, kinds)
        piece.lower, piece.constrained = (owner.upper[0], not owner.upper[1]), NUMBER
        found.append(piece)
    for divisor in owner.divisors:
        piece = _of_types(place, kinds)
        piece.indivisible, piece.constrained = (divisor,), NUMBER
        found.append(piece)
    for divisor in owner.indivisible:
        piece = _of_types(place, kinds)
        piece.divisors, piece.constrained = (divisor,), NUMBER
        found.append(piece)
    languages = []
    if owner.enumeration is not None:
        languages.append(number_words(kinds, owner.enumeration.numbers))
    if owner.number is not None:
        languages.append(owner.number)
    for language in languages:
        piece = _of_types(place, kinds)
        piece.number = intersection(plain_numbers(kinds), complement(language))
        piece.constrained = NUMBER
        found.append(piece)


# Arrays


def _add_arrays(found: list[Subschema], place: Subschema, owner: Subschema) -> None:
    for index, item in enumerate(owner.prefix):
        if item is not ANYTHING:
            piece = _array(found, place)
            piece.prefix = (*[ANYTHING] * index, negation(item))
            piece.min_items = index + 1
    if owner.rest is not None and owner.rest is not ANYTHING:
        piece = _array(found, place)
        if owner.rest is NEVER:
            piece.min_items = len(owner.prefix) + 1
        else:
            piece.counts = (ItemCount(negation(owner.rest), len(owner.prefix), None, 1, None),)
    if owner.min_items:
        _array(found, place).max_items = owner.min_items - 1
    if owner.max_items is not None:
        _array(found, place).min_items = owner.max_items + 1
    for count in owner.counts:
        if count.at_least:
            _array(found, place).counts = (count._replace(at_least=0, at_most=count.at_least - 1),)
        if count.at_most is not None:
            _array(found, place).counts = (count._replace(at_least=count.at_most + 1, at_most=None),)
    if owner.unique:
        _array(found, place).repeated = True
    if owner.repeated:
        _array(found, place).unique = True


def _array(found: list[Subschema], place: Subschema) -> Subschema:
    piece = _of_types(place, ARRAY)
    piece.constrained = ARRAY
    found.append(piece)
    return piece


# Objects


class _Broken:
    """What an object may do wrong by some property of its: the parts of one duty."""

    def __init__(self) -> None:
        self.absent: dict[str, None] = {}
        self.named: list[tuple[str, Subschema]] = []
        self.others: list[tuple[Names, Subschema]] = []

    def piece(self, place: Subschema) -> Subschema | None:
        """The piece with that duty, or with properties that say as much; None where nothing can be done wrong."""
        absent, named = tuple(self.absent), self.named
        if not (absent or named or self.others):
            return None
        piece = _object(place)
        if not self.others and len(absent) + len(named) == 1:
            if absent:
                piece.properties = {absent[0]: NEVER}
            else:
                piece.properties, piece.required = dict(named), (named[0][0],)
        elif not self.others and len(absent) == len(named) == 1 and absent[0] == named[0][0]:
            piece.properties = dict(named)
        else:
            piece.duties = (PropertyDuty(absent, tuple(named), tuple(self.others)),)
        return piece


def _object(place: Subschema) -> Subschema:
    piece = _of_types(place, OBJECT)
    piece.constrained = OBJECT
    return piece


def _add_objects(found: list[Subschema], place: Subschema, owner: Subschema, broken: _Broken) -> None:
    broken.absent.update(dict.fromkeys(owner.required))
    for name, child in (owner.properties or {}).items():
        _break(broken.named, name, child)
    for names, child in owner.patterns:
        _break(broken.others, names, child)
    if owner.additional is not None:
        _break(broken.others, outside(owner), owner.additional)
    if owner.names is not None:
        _break(broken.others, negation(owner.names), NEVER)
    if owner.min_properties:
        piece = _object(place)
        piece.max_properties = owner.min_properties - 1
        found.append(piece)
    if owner.max_properties is not None:
        piece = _object(place)
        piece.min_properties = owner.max_properties + 1
        found.append(piece)
    for duty in owner.duties:
        found.append(_undone(place, duty))


def _break(broken: list[Any], names: object, child: Subschema) -> None:
    """Note that a property of the names may be invalid against the child."""
    breaking = negation(child)
    if breaking.types:
        broken.append((names, breaking))


def outside(owner: Subschema) -> Node:
    """The names that are neither declared nor in a language of ``patterns``."""
    told = [names for names, _ in owner.patterns if isinstance(names, Node)]
    if owner.properties:
        told.append(words(owner.properties))
    return complement(union(*told))


def _undone(place: Subschema, duty: PropertyDuty) -> Subschema:
    """The piece of the objects that don't do a duty: nothing of it holds."""
    piece = _object(place)
    piece.required = duty.absent
    forbidden: dict[str, tuple[Subschema, ...]] = {}
    for name, child in duty.named:
        forbidden[name] = (*forbidden.get(name, ()), negation(child))
    piece.properties = {name: meeting(place, children) for name, children in forbidden.items()}
    piece.patterns = tuple([(names, negation(child)) for names, child in duty.others])
    return piece

"""`unevaluatedProperties` and `unevaluatedItems`: rules for what no other keyword of the same value has evaluated.

A branch that holds besides the ones assumed to hold only evaluates more, and so asks less. A value is therefore valid
exactly where *some* set of branches holds and all that this set leaves over is valid against the keyword's
subschema: nothing has to be negated. Sets that evaluate the same are one.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Final, NamedTuple

from structgen.errors import LimitExceededError
from structgen.regex.nodes import Node, complement, union, words
from structgen.schema.subschemas import ANYTHING, ARRAY, IN_PLACE, OBJECT, Deferred, Subschema, meeting

__all__ = ["MAX_WAYS", "with_unevaluated"]

MAX_WAYS: Final = 2_000
"""Sets of branches that may be told apart for one unevaluated keyword."""

MAX_DEPTH: Final = 50
"""Applicators within applicators that may be looked through for one unevaluated keyword."""

Choice = tuple[Subschema, ...]
OpenChoices = Callable[[Subschema], tuple[Choice, ...]]


class _Evaluated(NamedTuple):
    """What of a value has been evaluated: names, all where None; the first items, all where None, and those that are
    valid against one of ``contained``."""

    names: frozenset[str] | None
    patterns: frozenset[Node]
    items: int | None
    contained: frozenset[Subschema]

    def joined(self, other: _Evaluated) -> _Evaluated:
        names = None if self.names is None or other.names is None else self.names | other.names
        patterns = frozenset() if names is None else self.patterns | other.patterns
        items = None if self.items is None or other.items is None else max(self.items, other.items)
        contained = frozenset() if items is None else self.contained | other.contained
        return _Evaluated(names, patterns, items, contained)


_NONE: Final = _Evaluated(frozenset(), frozenset(), 0, frozenset())


class _Way(NamedTuple):
    """Subschemas that hold together, and what is evaluated where they do."""

    parts: tuple[Subschema, ...]
    evaluated: _Evaluated


def with_unevaluated(
    place: Subschema, choices: tuple[Choice, ...], keywords: list[Deferred], open_choices: OpenChoices
) -> tuple[Choice, ...]:
    """The choices of a subschema, rules for what these leave over included; ``choices`` are its others, opened."""
    properties = items = None
    for keyword, (left,), _ in keywords:
        if keyword == "unevaluatedProperties":
            properties = left
        else:
            items = left
    search = _Search(properties is not None, items is not None, open_choices)
    kept, ways = search.split(place, choices, 0)
    branches = []
    for way in ways:
        parts = list(way.parts)
        if properties is not None and properties is not ANYTHING and way.evaluated.names is not None:
            parts.append(_properties_rule(place, way.evaluated, properties))
        if items is not None and items is not ANYTHING and way.evaluated.items is not None:
            parts.append(_items_rule(place, way.evaluated, items))
        branches.append(meeting(place, tuple(parts)) if parts else ANYTHING)
    # From now on, all that is left counts as evaluated for the subschemas that apply this one.
    place.evaluated = (0 if properties is None else OBJECT) | (0 if items is None else ARRAY)
    return (*kept, tuple(branches))


def _properties_rule(place: Subschema, evaluated: _Evaluated, left: Subschema) -> Subschema:
    rule = place.beside()
    told = list(evaluated.patterns)
    if evaluated.names:
        told.append(words(evaluated.names))
    rule.patterns = ((complement(union(*told)), left),)
    rule.constrained = OBJECT
    rule.evaluates = False
    return rule


def _items_rule(place: Subschema, evaluated: _Evaluated, left: Subschema) -> Subschema:
    rule = place.beside()
    rule.prefix = (ANYTHING,) * (evaluated.items or 0)
    rule.rest = left
    if evaluated.contained:
        rule.rest = left.beside()
        rule.rest.table = place.table
        rule.rest.choices = ((left, *evaluated.contained),)
        rule.rest.constrained = IN_PLACE
    rule.constrained = ARRAY
    rule.evaluates = False
    return rule


class _Search:
    """For one subschema: which sets of branches evaluate what."""

    def __init__(self, properties: bool, items: bool, open_choices: OpenChoices) -> None:
        self.properties, self.items = properties, items
        self.open_choices = open_choices

    def split(self, part: Subschema, choices: tuple[Choice, ...], depth: int) -> tuple[list[Choice], list[_Way]]:
        """The choices that evaluate the same whichever branch is taken, and the ways that the others leave."""
        if depth > MAX_DEPTH:
            raise LimitExceededError(f"{MAX_DEPTH} nested applicators below an unevaluated keyword", part.pointer)
        kept: list[Choice] = []
        ways = [_Way((), self._own(part))]
        for choice in choices:
            options = self._options(choice, len(choice) > 1 and choice is part.any_of, depth)
            first = options[0].evaluated if options else _NONE
            if all(option.evaluated == first for option in options):
                kept.append(choice)
                ways = [way._replace(evaluated=way.evaluated.joined(first)) for way in ways]
            else:
                ways = [
                    _Way((*way.parts, *option.parts), way.evaluated.joined(option.evaluated))
                    for way in ways
                    for option in options
                ]
            if len(ways) > MAX_WAYS:
                raise LimitExceededError(
                    f"{MAX_WAYS} ways to evaluate properties or items",
                    part.pointer,
                    hint="fewer branches beside an unevaluated keyword",
                )
        return kept, _least(ways)

    def _options(self, choice: Choice, may_join: bool, depth: int) -> list[_Way]:
        """The ways in which one choice may hold; any set of branches where they ``may_join``."""
        ways = [self._ways(branch, depth + 1) for branch in choice]
        if not may_join:
            return [way for some in ways for way in some]
        idle = tuple(
            [branch for branch, some in zip(choice, ways, strict=True) if all(w.evaluated == _NONE for w in some)]
        )
        sets: list[_Way] = [_Way((), _NONE)]
        for branch, some in zip(choice, ways, strict=True):
            if branch not in idle:
                sets += [
                    _Way((*one.parts, *way.parts), one.evaluated.joined(way.evaluated)) for one in sets for way in some
                ]
                sets = [sets[0], *_least(sets[1:])]
            if len(sets) > MAX_WAYS:
                raise LimitExceededError(
                    f"{MAX_WAYS} ways to evaluate properties or items",
                    branch.pointer,
                    hint="fewer branches of 'anyOf' beside an unevaluated keyword",
                )
        if idle:
            joined = idle[0]
            if len(idle) > 1:
                joined = idle[0].beside()
                joined.choices, joined.constrained = (idle,), IN_PLACE
            sets[0] = _Way((joined,), _NONE)
        return sets if idle else sets[1:]

    def _ways(self, part: Subschema, depth: int) -> list[_Way]:
        if not part.evaluates:
            return [_Way((part,), _NONE)]
        kept, ways = self.split(part, self.open_choices(part), depth)
        if len(ways) == 1 and not ways[0].parts:
            return [_Way((part,), ways[0].evaluated)]
        own = copy(part)
        own.choices, own.any_of, own.term, own.negation, own.strings = tuple(kept), (), None, None, None
        own.constrained = part.constrained & ~IN_PLACE | (IN_PLACE if kept else 0)
        return [way._replace(parts=(own, *way.parts)) for way in ways]

    def _own(self, part: Subschema) -> _Evaluated:
        """What the subschema's own assertions evaluate."""
        names: frozenset[str] | None = frozenset()
        patterns: frozenset[Node] = frozenset()
        items: int | None = 0
        contained: frozenset[Subschema] = frozenset()
        if not part.evaluates:
            return _NONE
        if self.properties:
            if part.additional is not None or part.evaluated & OBJECT:
                names = None
            else:
                names = frozenset(part.properties or ())
                patterns = frozenset([one for one, _ in part.patterns if isinstance(one, Node)])
        if self.items:
            if part.rest is not None or part.evaluated & ARRAY:
                items = None
            else:
                items = len(part.prefix)
                if part.evaluating_contains:
                    contained = frozenset([count.subschema for count in part.counts])
        return _Evaluated(names, patterns, items, contained)


def _least(ways: list[_Way]) -> list[_Way]:
    """Without the ways that assume more than another, and evaluate the same."""
    least: dict[_Evaluated, list[_Way]] = {}
    for way in ways:
        known = least.setdefault(way.evaluated, [])
        parts = set(way.parts)
        if not any(parts.issuperset(other.parts) for other in known):
            known[:] = [other for other in known if not parts.issubset(other.parts)]
            known.append(way)
    return [way for known in least.values() for way in known]

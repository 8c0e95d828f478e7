"""A conjunction of subschemas in canonical form: one language for each scalar type, alternatives of shapes.

Choices are multiplied out into alternatives, each a plain conjunction, and each merged by type. Types are met while
multiplying, so that branches which no type joins cost nothing. The children of a shape stay conjunctions of
subschemas: nothing below this value is looked at.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from structgen.errors import LimitExceededError
from structgen.regex.charset import CharSet
from structgen.regex.derivatives import is_empty, matches
from structgen.regex.nodes import ANYTHING as ANY_STRING
from structgen.regex.nodes import NOTHING, Node, characters, intersection, repeat, union, words
from structgen.schema.numbers import number_language, number_words
from structgen.schema.subschemas import (
    ANYTHING,
    ARRAY,
    BOOLEAN,
    ENUMERATION,
    EVERY_TYPE,
    FRACTIONAL,
    IN_PLACE,
    INTEGER,
    NULL,
    NUMBER,
    OBJECT,
    STRING,
    Bound,
    Enumeration,
    Subschema,
    is_integral,
)

__all__ = [
    "ANY_STRING",
    "MAX_ALTERNATIVES",
    "Conjunction",
    "Merged",
    "MergedArray",
    "MergedObject",
    "expand",
    "merge",
    "merge_alternatives",
]

MAX_ALTERNATIVES: Final = 20_000
"""Conjunctions that the choices of one value may multiply out to."""

MAX_CONJUNCTS: Final = 1_000
"""Subschemas that may assert something about one value at once."""

MAX_MATCHED: Final = 1_000
"""Enumerated strings that are matched with a pattern one by one; more are intersected with it lazily."""

Conjunction = tuple[Subschema, ...]


class MergedArray(NamedTuple):
    """An array's shape, its positions conjunctions."""

    prefix: tuple[Conjunction, ...]
    rest: Conjunction
    min_items: int
    max_items: int | None


class MergedObject(NamedTuple):
    """An object's shape: what is declared, in its order, then what else is required; its properties conjunctions."""

    properties: tuple[tuple[str, Conjunction], ...]
    additional: Conjunction
    required: frozenset[str]


class Merged(NamedTuple):
    """The union of the alternatives, by type."""

    null: bool
    booleans: frozenset[bool]
    number: Node
    string: Node
    arrays: tuple[MergedArray, ...]
    objects: tuple[MergedObject, ...]


def expand(parts: Conjunction) -> list[Conjunction]:
    """The alternatives of a conjunction, each without choices left open; those without a common type are dropped.

    Raises
    ------
    LimitExceededError
        There are more than `MAX_ALTERNATIVES`, or one has more than `MAX_CONJUNCTS` parts.
    """
    results: list[Conjunction] = []
    taken = 0
    # (to meet, met, types that are left): the first to meet is taken, and its choices come before what is left.
    pending: list[tuple[Conjunction, Conjunction, int]] = [(parts, (), EVERY_TYPE)]
    while pending:
        waiting, met, types = pending.pop()
        taken += 1
        if len(results) + len(pending) > MAX_ALTERNATIVES or taken > 4 * MAX_ALTERNATIVES:
            raise LimitExceededError(
                f"{MAX_ALTERNATIVES} alternatives for one value",
                parts[0].pointer,
                hint="fewer 'anyOf' beside one another",
            )
        while waiting:
            part = waiting[0]
            waiting = waiting[1:]
            if part in met or part is ANYTHING:
                continue
            types &= part.types
            if not types:
                break
            if part.types != EVERY_TYPE or part.constrained & ~IN_PLACE:
                met = (*met, part)
                if len(met) > MAX_CONJUNCTS:
                    raise LimitExceededError(f"{MAX_CONJUNCTS} conjuncts for one value", part.pointer)
            branching = None
            for choice in part.choices:
                if len(choice) == 1:
                    waiting = choice + waiting
                elif branching is None:
                    branching = choice
                else:
                    # Two disjunctions of one subschema: the second waits as a subschema of its own.
                    deferred = Subschema(part, part.keyword, part.key, part.table)
                    deferred.choices = (choice,)
                    waiting = (deferred, *waiting)
            if branching is not None:
                for branch in reversed(branching):
                    if branch.types & types:
                        pending.append(((branch, *waiting), met, types))
                types = 0
                break
        if types:
            results.append(met)
        # What was taken up and dropped for its types costs time too.
        if len(results) + len(pending) > MAX_ALTERNATIVES or taken > 4 * MAX_ALTERNATIVES:
            raise LimitExceededError(
                f"{MAX_ALTERNATIVES} alternatives for one value",
                parts[0].pointer,
                hint="fewer 'anyOf' beside one another",
            )
    return results


def merge(parts: Conjunction) -> Merged:
    """The values of a conjunction, canonical but for children that no value satisfies."""
    return merge_alternatives([parts] if len(parts) == 1 and not parts[0].choices else expand(parts))


def merge_alternatives(alternatives: list[Conjunction]) -> Merged:
    """The union of plain conjunctions: choices of their parts have been made already."""
    gathered = _Gathered()
    for alternative in alternatives:
        gathered.add(alternative)
    return gathered.merged()


class _Gathered:
    """What has been gathered from the alternatives so far."""

    def __init__(self) -> None:
        self.null = False
        self.booleans: frozenset[bool] = frozenset()
        self.intervals: dict[tuple[int, Bound | None, Bound | None], None] = {}
        self.numbers: dict[int, set[Decimal]] = {}
        self.languages: dict[Node, None] = {}
        self.strings: set[str] = set()
        self.arrays: dict[MergedArray, None] = {}
        self.objects: dict[MergedObject, None] = {}

    def merged(self) -> Merged:
        number = NOTHING
        if self.intervals or self.numbers:
            spellings = [number_language(kinds, lower, upper) for kinds, lower, upper in self.intervals]
            spellings.extend([number_words(kinds, values) for kinds, values in self.numbers.items()])
            number = spellings[0] if len(spellings) == 1 else union(*spellings)
        string = NOTHING
        if self.languages or self.strings:
            languages = list(self.languages)
            if self.strings:
                languages.append(words(self.strings))
            string = languages[0] if len(languages) == 1 else union(*languages)
        return Merged(self.null, self.booleans, number, string, tuple(self.arrays), tuple(self.objects))

    def add(self, parts: Conjunction) -> None:
        """Gather one plain conjunction."""
        types = EVERY_TYPE
        constrained = 0
        for part in parts:
            types &= part.types
            constrained |= part.constrained
        listed: Enumeration | None = None
        if constrained & ENUMERATION:
            for part in parts:
                if part.enumeration is not None:
                    listed = part.enumeration if listed is None else listed & part.enumeration
            assert listed is not None
            types &= listed.types
        if types & NULL:
            self.null = True
        if types & BOOLEAN:
            self.booleans |= _BOTH if listed is None else listed.booleans
        if types & NUMBER:
            self._add_numbers(parts, types & NUMBER, listed)
        if types & STRING:
            self._add_strings(parts, constrained, listed)
        if types & ARRAY:
            array = _merged_array(parts) if constrained & ARRAY else _ANY_ARRAY
            if array is not None:
                self.arrays[array] = None
        if types & OBJECT:
            self.objects[_merged_object(parts) if constrained & OBJECT else _ANY_OBJECT] = None

    def _add_numbers(self, parts: Conjunction, kinds: int, listed: Enumeration | None) -> None:
        lower: Bound | None = None
        upper: Bound | None = None
        for part in parts:
            if part.lower is not None and (lower is None or part.lower > lower):
                lower = part.lower
            if part.upper is not None and (
                upper is None or (part.upper[0], not part.upper[1]) < (upper[0], not upper[1])
            ):
                upper = part.upper
        if listed is None:
            self.intervals[kinds, lower, upper] = None
            return
        for number in listed.numbers:
            if lower is not None and (number < lower[0] or (lower[1] and number == lower[0])):
                continue
            if upper is not None and (number > upper[0] or (upper[1] and number == upper[0])):
                continue
            spelled = kinds & (INTEGER if is_integral(number) else FRACTIONAL)
            if spelled:
                self.numbers.setdefault(spelled, set()).add(number)

    def _add_strings(self, parts: Conjunction, constrained: int, listed: Enumeration | None) -> None:
        if not constrained & STRING:
            if listed is None:
                self.languages[ANY_STRING] = None
            else:
                self.strings |= listed.strings
            return
        shortest = 0
        longest: int | None = None
        patterns: list[Node] = []
        for part in parts:
            shortest = max(shortest, part.min_length)
            if part.max_length is not None and (longest is None or part.max_length < longest):
                longest = part.max_length
            if part.pattern is not None and part.pattern not in patterns:
                patterns.append(part.pattern)
        if listed is not None:
            strings = {
                text for text in listed.strings if shortest <= len(text) and (longest is None or len(text) <= longest)
            }
            if patterns and len(strings) > MAX_MATCHED:
                self._add_language([words(strings), *patterns])
            else:
                self.strings |= {text for text in strings if all(matches(pattern, text) for pattern in patterns)}
        elif longest is None or shortest <= longest:
            if shortest or longest is not None:
                patterns.append(repeat(characters(CharSet.ANY), shortest, longest))
            self._add_language(patterns)

    def _add_language(self, conjuncts: list[Node]) -> None:
        language = conjuncts[0] if len(conjuncts) == 1 else intersection(*conjuncts)
        if not is_empty(language):
            self.languages[language] = None


_BOTH: Final = frozenset((False, True))
_ANY_ARRAY: Final = MergedArray((), (), 0, None)
_ANY_OBJECT: Final = MergedObject((), (), frozenset())


def _merged_array(parts: Conjunction) -> MergedArray | None:
    min_items = 0
    max_items: int | None = None
    width = 0
    for part in parts:
        min_items = max(min_items, part.min_items)
        width = max(width, len(part.prefix))
        if part.max_items is not None and (max_items is None or part.max_items < max_items):
            max_items = part.max_items
    if max_items is not None and max_items < min_items:
        return None
    prefix = []
    for index in range(width):
        position = []
        for part in parts:
            if index < len(part.prefix):
                position.append(part.prefix[index])
            elif part.rest is not None:
                position.append(part.rest)
        prefix.append(tuple(position))
    return MergedArray(
        tuple(prefix), tuple([part.rest for part in parts if part.rest is not None]), min_items, max_items
    )


def _merged_object(parts: Conjunction) -> MergedObject:
    declaring = [part for part in parts if part.constrained & OBJECT]
    additional = tuple([part.additional for part in declaring if part.additional is not None])
    if len(declaring) == 1:
        declared = declaring[0].properties or {}
        properties: list[tuple[str, Conjunction]] = [(name, (child,)) for name, child in declared.items()]
        names: dict[str, None] = dict.fromkeys(declaring[0].required)
        properties.extend([(name, additional) for name in names if name not in declared])
        return MergedObject(tuple(properties), additional, frozenset(names))
    order: dict[str, None] = {}
    required: dict[str, None] = {}
    for part in declaring:
        if part.properties is not None:
            order.update(dict.fromkeys(part.properties))
        required.update(dict.fromkeys(part.required))
    order.update(required)
    merged = []
    for name in order:
        children = []
        for part in declaring:
            child = part.properties.get(name) if part.properties is not None else None
            if child is None:
                child = part.additional
            if child is not None:
                children.append(child)
        merged.append((name, tuple(children)))
    return MergedObject(tuple(merged), additional, frozenset(required))

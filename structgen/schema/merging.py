"""A conjunction of subschemas in canonical form: one language for each scalar type, alternatives of shapes.

Choices are multiplied out into alternatives (`expansion`), each a plain conjunction, and each merged by type. The
children of a shape stay conjunctions of subschemas: nothing below this value is looked at.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from structgen.regex.charset import CharSet
from structgen.regex.derivatives import is_empty, matches
from structgen.regex.nodes import ANYTHING as ANY_STRING
from structgen.regex.nodes import NOTHING, Node, characters, complement, intersection, repeat, union, words
from structgen.schema.arrays import ANY_ARRAY, MergedArray, merged_array
from structgen.schema.expansion import Conjunction, expand
from structgen.schema.multiples import common_divisor
from structgen.schema.numbers import number_language, number_words, plain_numbers
from structgen.schema.objects import ANY_OBJECT, MergedObject, merged_object
from structgen.schema.subschemas import (
    ARRAY,
    BOOLEAN,
    EMPTY,
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

__all__ = ["ANY_STRING", "MAX_MATCHED", "Conjunction", "Merged", "merge", "merge_alternatives", "strings_of"]

MAX_MATCHED: Final = 1_000
"""Enumerated strings that are matched with a pattern one by one; more are intersected with it lazily."""


class Merged(NamedTuple):
    """The union of the alternatives, by type."""

    null: bool
    booleans: frozenset[bool]
    number: Node
    string: Node
    arrays: tuple[MergedArray, ...]
    objects: tuple[MergedObject, ...]


def merge(parts: Conjunction) -> Merged:
    """The values of a conjunction, canonical but for children that no value satisfies."""
    return merge_alternatives([parts] if len(parts) == 1 and not parts[0].constrained & IN_PLACE else expand(parts))


def merge_alternatives(alternatives: list[Conjunction]) -> Merged:
    """The union of plain conjunctions: choices of their parts have been made already."""
    gathered = _Gathered()
    for alternative in alternatives:
        gathered.add(alternative, EVERY_TYPE)
    return gathered.merged()


def strings_of(subschema: Subschema) -> Node:
    """The strings that are valid against a subschema; memoised."""
    language = subschema.strings
    if language is None:
        gathered = _Gathered()
        for alternative in expand((subschema,), STRING):
            gathered.add(alternative, STRING)
        language = subschema.strings = gathered.merged().string
    return language


class _Gathered:
    """What has been gathered from the alternatives so far."""

    def __init__(self) -> None:
        self.null = False
        self.booleans: frozenset[bool] = EMPTY
        self.intervals: dict[_Interval, None] = {}
        self.numbers: dict[tuple[int, tuple[Node, ...]], set[Decimal]] = {}
        self.languages: dict[Node, None] = {}
        self.strings: set[str] = set()
        self.arrays: dict[MergedArray, None] = {}
        self.objects: dict[MergedObject, None] = {}

    def merged(self) -> Merged:
        number = NOTHING
        if self.intervals or self.numbers:
            spellings = [_spellings(interval) for interval in self.intervals]
            spellings.extend(
                [_met(number_words(kinds, given), nodes) for (kinds, nodes), given in self.numbers.items()]
            )
            number = spellings[0] if len(spellings) == 1 else union(*spellings)
        string = NOTHING
        if self.languages or self.strings:
            languages = list(self.languages)
            if self.strings:
                languages.append(words(self.strings))
            string = languages[0] if len(languages) == 1 else union(*languages)
        return Merged(self.null, self.booleans, number, string, tuple(self.arrays), tuple(self.objects))

    def add(self, parts: Conjunction, types: int) -> None:
        """Gather what one plain conjunction allows of these types."""
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
            array = merged_array(parts) if constrained & ARRAY else ANY_ARRAY
            if array is not None:
                self.arrays[array] = None
        if types & OBJECT:
            shape = merged_object(parts, strings_of) if constrained & OBJECT else ANY_OBJECT
            if shape is not None:
                self.objects[shape] = None

    def _add_numbers(self, parts: Conjunction, kinds: int, listed: Enumeration | None) -> None:
        lower: Bound | None = None
        upper: Bound | None = None
        divisors: dict[Decimal, None] = {}
        indivisible: dict[Decimal, None] = {}
        nodes: dict[Node, None] = {}
        for part in parts:
            if part.lower is not None and (lower is None or part.lower > lower):
                lower = part.lower
            if part.upper is not None and (
                upper is None or (part.upper[0], not part.upper[1]) < (upper[0], not upper[1])
            ):
                upper = part.upper
            if part.divisors:
                divisors.update(dict.fromkeys(part.divisors))
            if part.indivisible:
                indivisible.update(dict.fromkeys(part.indivisible))
            if part.number is not None:
                nodes[part.number] = None
        if listed is None:
            self.intervals[_Interval(kinds, lower, upper, tuple(divisors), tuple(indivisible), tuple(nodes))] = None
            return
        for number in listed.numbers:
            if lower is not None and (number < lower[0] or (lower[1] and number == lower[0])):
                continue
            if upper is not None and (number > upper[0] or (upper[1] and number == upper[0])):
                continue
            spelled = kinds & (INTEGER if is_integral(number) else FRACTIONAL)
            if any(not is_multiple(number, divisor) for divisor in divisors):
                continue
            if spelled and not any(is_multiple(number, divisor) for divisor in indivisible):
                self.numbers.setdefault((spelled, tuple(nodes)), set()).add(number)

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


class _Interval(NamedTuple):
    kinds: int
    lower: Bound | None
    upper: Bound | None
    divisors: tuple[Decimal, ...]
    indivisible: tuple[Decimal, ...]
    nodes: tuple[Node, ...]


def _spellings(interval: _Interval) -> Node:
    """The language of an interval; `NOTHING` where it has no number."""
    kinds, lower, upper, divisors, indivisible, nodes = interval
    language = number_language(kinds, lower, upper, divisors)
    if not indivisible:
        return _met(language, nodes)
    if divisors or not kinds & FRACTIONAL:
        common = common_divisor(divisors, kinds)
        least = Decimal((0, tuple(map(int, str(common.step))), -common.scale))
        if any(is_multiple(least, divisor) for divisor in indivisible):
            return NOTHING
    refused = union(*[number_language(kinds, None, None, (divisor,)) for divisor in indivisible])
    if lower is None and upper is None and not nodes:
        # The least common multiple of the divisors itself, if nothing else, is none of the others' multiples.
        return language if language is NOTHING else intersection(language, plain_numbers(kinds), complement(refused))
    return _met(language, (plain_numbers(kinds), complement(refused), *nodes))


def _met(language: Node, nodes: tuple[Node, ...]) -> Node:
    """The spellings that are in every one of the languages; `NOTHING` where there are none."""
    if not nodes:
        return language
    language = intersection(language, *nodes)
    return NOTHING if is_empty(language) else language


def is_multiple(number: Decimal, divisor: Decimal) -> bool:
    """Whether the number is a multiple; exact, since both have few digits without an exponent."""
    _, digits, exponent = number.as_tuple()
    _, divided, shift = divisor.as_tuple()
    assert isinstance(exponent, int) and isinstance(shift, int)
    low = min(exponent, shift)
    whole = int("".join(map(str, digits))) * 10 ** (exponent - low)
    return bool(whole % (int("".join(map(str, divided))) * 10 ** (shift - low)) == 0)

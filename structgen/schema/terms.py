"""Terms: conjunctions of subschemas, hash-consed, and the values that they allow.

A term is a lazy reference to the values of a conjunction. Within a document, two conjunctions of the same subschemas
are one object, so recursion leads back to terms that are there already; a term that only names types is one object
for all documents. `Term.values` looks one level deep: the children of its shapes are terms again. `Term.is_empty` is
a least fixpoint over the terms that an inhabitant would need: what could only be built from itself is empty.

Source of the construction: Attouche et al., "Witness generation for JSON Schema", VLDB 2022.
"""

from __future__ import annotations

from collections.abc import Hashable
from decimal import Decimal
from typing import Final, NamedTuple

from structgen.regex.alphabet import restricted
from structgen.regex.charset import CharSet
from structgen.regex.nodes import ANYTHING, NOTHING, Node
from structgen.schema.merging import Conjunction, Merged, MergedArray, MergedObject, merge
from structgen.schema.subschemas import (
    ARRAY,
    ENUMERATION,
    EVERY_TYPE,
    IN_PLACE,
    NUMBER,
    OBJECT,
    STRING,
    Subschema,
)

__all__ = ["FALSE", "TRUE", "ArrayShape", "Count", "Duty", "ObjectShape", "Term", "ValueSet", "both", "conjunction"]


class Count(NamedTuple):
    """How many of the items from ``start`` on, and before ``stop``, may be in a term: ``at_least`` to ``at_most``."""

    term: Term
    """Not conjoined with the items' own terms."""
    start: int
    stop: int | None
    at_least: int
    at_most: int | None


class ArrayShape(NamedTuple):
    """Arrays of ``min_items`` to ``max_items`` items: the first of them by ``prefix``, all others by ``rest``.

    ``max_items`` ends before the first position that nothing can fill; from there on ``rest`` is FALSE. Every one of
    the counts holds; with ``unique`` no two items are equal as JSON values, with ``repeated`` some two are.
    """

    prefix: tuple[Term, ...]
    rest: Term
    min_items: int
    max_items: int | None
    counts: tuple[Count, ...] = ()
    unique: bool = False
    repeated: bool = False


class Duty(NamedTuple):
    """What an object must have somewhere: at least one of these holds.

    One of the listed names ``absent`` is absent; one of the listed properties ``named`` is present, its value in the
    term; or some property whose name is in the cell ``others[index]`` of the shape has its value in the term. The
    terms are inhabited, and already conjoined with the property's, or the cell's, own.
    """

    absent: frozenset[str]
    named: tuple[tuple[str, Term], ...]
    others: tuple[tuple[int, Term], ...]


class ObjectShape(NamedTuple):
    """Objects whose listed properties, where present, are by their terms, and every other one by its name's cell.

    ``properties`` are the declared ones in their order, then other names that are required or that a duty speaks of;
    a term is all that is said of the name. A property that can never be valid is listed with FALSE: it must be absent.
    ``others`` are pairwise disjoint languages of names, each with the inhabited term of its properties; a name that is
    neither listed nor in one of them may not come. What is listed is not meant by a cell, also where its language
    has it; a finite cell has none of the listed names in its language.
    """

    properties: tuple[tuple[str, Term], ...]
    others: tuple[tuple[Node, Term], ...]
    required: frozenset[str]
    min_properties: int = 0
    max_properties: int | None = None
    duties: tuple[Duty, ...] = ()


class ValueSet(NamedTuple):
    """A set of JSON values: the union of what it holds of each type.

    ``number`` is the language of the numbers' *spellings*, ``string`` that of the strings' *values*. Every
    alternative of arrays and objects has a member.
    """

    null: bool
    booleans: frozenset[bool]
    number: Node
    string: Node
    arrays: tuple[ArrayShape, ...]
    objects: tuple[ObjectShape, ...]


class Term:
    """The values that are valid against every one of ``parts``. Compared by identity; made by `conjunction`."""

    __slots__ = ("_empty", "_shapes", "_values", "parts")

    def __init__(self, parts: Conjunction) -> None:
        self.parts = parts
        self._empty: bool | None = None
        self._shapes: ValueSet | None = None
        self._values: ValueSet | None = None

    def __repr__(self) -> str:
        return f"Term({', '.join(part.pointer for part in self.parts)})"

    def values(self) -> ValueSet:
        """The canonical set of values; worked out on first use.

        Raises
        ------
        LimitExceededError
            The choices multiply out to too many alternatives, or a number needs too many digits.
        """
        if self._values is None:
            self._values = _pruned(self.shapes())
        return self._values

    def shapes(self) -> ValueSet:
        """As `values`, but alternatives without a member may be among them: nothing below this value has been looked
        at."""
        if self._shapes is None:
            shapes = _with_terms(merge(self.parts))
            characters = _characters(self.parts[0])
            self._shapes = shapes if characters is CharSet.ANY else _spelled(shapes, characters)
        return self._shapes

    def is_empty(self) -> bool:
        """Whether no value is valid: a least fixpoint, cycles included; memoised."""
        if self._empty is None:
            if len(self.parts) == 1 and _surely_inhabited(self.parts[0], _SIGHT):
                self._empty = False
            else:
                _decide(self)
        return bool(self._empty)

    @property
    def key(self) -> Hashable | None:
        """Equal for terms of any documents that allow the same values, where that is cheap to know: types and
        scalars."""
        if len(self.parts) == 1 and _is_plain(self.parts[0]):
            return self
        values = self.values()
        if values.arrays or values.objects:
            return None
        return values.null, values.booleans, values.number, values.string


_plain_terms: Final[dict[int, Term]] = {}


def _is_plain(part: Subschema) -> bool:
    """Whether a subschema only names types."""
    return not part.constrained & (part.types | ENUMERATION | IN_PLACE)


def _plain(types: int) -> Term:
    term = _plain_terms.get(types)
    if term is None:
        part = Subschema()
        part.types = types
        term = _plain_terms.setdefault(types, Term((part,)))
        part.term = term
    return term


TRUE: Final = _plain(EVERY_TYPE)
FALSE: Final = _plain(0)


def conjunction(parts: Conjunction) -> Term:
    """The one term for values that are valid against all of the parts. The parts are of one document."""
    if len(parts) == 1:
        part = parts[0]
        term = part.term
        if term is None:
            term = part.term = _plain(part.types) if not part.types or _is_plain(part) else Term(parts)
        return term
    types = EVERY_TYPE
    named = EVERY_TYPE
    distinct: dict[Subschema, None] = {}
    for part in parts:
        types &= part.types
        if _is_plain(part):
            named &= part.types
        else:
            distinct[part] = None
    if not types or not distinct:
        return _plain(types)
    for part in distinct:
        if part.types & ~named:
            # Only where the plain parts narrow a type of the others do they matter.
            distinct[_plain(named).parts[0]] = None
            break
    if len(distinct) == 1:
        return conjunction(tuple(distinct))
    key = frozenset(distinct)
    table = next(part.table for part in distinct if part.table is not None)
    term = table.get(key)
    return term if term is not None else table.setdefault(key, Term(tuple(distinct)))


def both(first: Term, second: Term) -> Term:
    """The one term for values of both; the terms are of one document, or only name types."""
    return first if first is second else conjunction((*first.parts, *second.parts))


def _characters(part: Subschema) -> CharSet:
    return CharSet.ANY if part.table is None else part.table.characters


def _spelled(shapes: ValueSet, characters: CharSet) -> ValueSet:
    """Without the strings, and the properties, that need other characters."""
    objects = []
    for shape in shapes.objects:
        properties = [(name, term if _is_spelled(name, characters) else FALSE) for name, term in shape.properties]
        others = [(restricted(names, characters), term) for names, term in shape.others]
        objects.append(shape._replace(properties=tuple(properties), others=tuple(others)))
    return shapes._replace(string=restricted(shapes.string, characters), objects=tuple(objects))


def _is_spelled(name: str, characters: CharSet) -> bool:
    return all(character in characters for character in name)


def _with_terms(merged: Merged) -> ValueSet:
    null, booleans, number, string, arrays, objects = merged
    return ValueSet(
        null,
        booleans,
        number,
        string,
        tuple([_array(shape) for shape in arrays]) if arrays else (),
        tuple([_object(shape) for shape in objects]) if objects else (),
    )


def _array(shape: MergedArray) -> ArrayShape:
    prefix = tuple([conjunction(position) for position in shape.prefix])
    return ArrayShape(prefix, conjunction(shape.rest) if shape.rest else TRUE, shape.min_items, shape.max_items)


def _object(shape: MergedObject) -> ObjectShape:
    properties = tuple([(name, conjunction(parts) if parts else TRUE) for name, parts in shape.properties])
    others = conjunction(shape.additional) if shape.additional else TRUE
    return ObjectShape(properties, ((ANYTHING, others),), shape.required)


# Pruning: what can't be finished is not offered.


def _pruned(shapes: ValueSet) -> ValueSet:
    if not shapes.arrays and not shapes.objects:
        return shapes
    arrays = [_pruned_array(shape) for shape in shapes.arrays]
    objects = [_pruned_object(shape) for shape in shapes.objects]
    return shapes._replace(
        arrays=_distinct_arrays([shape for shape in arrays if shape is not None]),
        objects=_distinct_objects([shape for shape in objects if shape is not None]),
    )


def _pruned_array(shape: ArrayShape) -> ArrayShape | None:
    prefix, rest, min_items, max_items = shape[:4]
    if max_items is not None and max_items <= len(prefix):
        prefix, rest = prefix[:max_items], FALSE
    if rest is not FALSE and rest.is_empty():
        rest = FALSE
    for index, term in enumerate(prefix):
        if term.is_empty():
            prefix, rest = prefix[:index], FALSE
            break
    if rest is FALSE:
        max_items = len(prefix)
        return ArrayShape(prefix, FALSE, min_items, max_items) if min_items <= max_items else None
    while prefix and prefix[-1] is rest:
        prefix = prefix[:-1]
    return ArrayShape(prefix, rest, min_items, max_items)


def _pruned_object(shape: ObjectShape) -> ObjectShape | None:
    properties, others, required = shape[:3]
    changed = False
    for name, term in properties:
        if term is FALSE or term.is_empty():
            if name in required:
                return None
            changed = True
    if changed:
        properties = tuple([(name, FALSE if term.is_empty() else term) for name, term in properties])
    others = tuple([(names, term) for names, term in others if term is TRUE or not term.is_empty()])
    return ObjectShape(properties, others, required)


def _distinct_arrays(shapes: list[ArrayShape]) -> tuple[ArrayShape, ...]:
    return (_EVERY_ARRAY,) if _EVERY_ARRAY in shapes else tuple(dict.fromkeys(shapes))


def _distinct_objects(shapes: list[ObjectShape]) -> tuple[ObjectShape, ...]:
    return (_EVERY_OBJECT,) if _EVERY_OBJECT in shapes else tuple(dict.fromkeys(shapes))


_EVERY_ARRAY: Final = ArrayShape((), TRUE, 0, None)
_EVERY_OBJECT: Final = ObjectShape((), ((ANYTHING, TRUE),), frozenset())


# Emptiness


_SIGHT: Final = 3
"""Levels that `_surely_inhabited` looks down; deeper needs are worked out by `_decide`."""


def _surely_inhabited(part: Subschema, sight: int) -> bool:
    """Whether one subschema by itself has a value, as far as can be seen without building anything.

    Most subschemas of most documents are settled here, in a microsecond; False says nothing.
    """
    if _characters(part) is not CharSet.ANY:
        return False
    types, constrained = part.types, part.constrained
    if constrained & IN_PLACE:
        if constrained != IN_PLACE or types != EVERY_TYPE or len(part.choices) != 1 or not sight:
            return False
        return any(_surely_inhabited(branch, sight - 1) for branch in part.choices[0])
    # Listed values have narrowed the types to their own.
    if types & ~constrained:
        return True
    if constrained & ENUMERATION:
        return False
    if types & ARRAY and not part.min_items:
        return True
    if types & OBJECT and _has_surely_required(part, sight):
        return True
    if types & STRING and part.pattern is None and (part.max_length is None or part.min_length <= part.max_length):
        return True
    return bool(types & NUMBER) and (part.lower is None or part.upper is None or _is_wide(part.lower[0], part.upper[0]))


def _has_surely_required(part: Subschema, sight: int) -> bool:
    if not sight and part.required:
        return False
    for name in part.required:
        child = part.additional if part.properties is None else part.properties.get(name, part.additional)
        if child is not None and not _surely_inhabited(child, sight - 1):
            return False
    return True


def _is_wide(low: Decimal, high: Decimal) -> bool:
    """Whether an integer is certain to lie between; only for numbers that decimal arithmetic adds exactly."""
    return low.adjusted() < 20 and high.adjusted() < 20 and low + 2 < high


def _has_scalars(values: ValueSet) -> bool:
    return values.null or bool(values.booleans) or values.number is not NOTHING or values.string is not NOTHING


def _needs(values: ValueSet) -> list[set[Term]]:
    """For each alternative, the terms that must have a value for it to have one."""
    needs = []
    for array in values.arrays:
        needed = set(array.prefix[: array.min_items])
        if array.min_items > len(array.prefix):
            needed.add(array.rest)
        needs.append(needed)
    for shape in values.objects:
        needs.append({term for name, term in shape.properties if name in shape.required})
    return needs


def _decide(root: Term) -> None:
    """Settle the emptiness of the root and of every term that its verdict may depend on.

    The terms that are needed are gathered first, then inhabitants spread from what needs nothing (Dowling and
    Gallier's linear algorithm for Horn clauses). What they never reach is empty, and every verdict is final: the
    gathered set is closed.
    """
    gathered: set[Term] = {root}
    pending = [root]
    missing: list[int] = []
    goal: list[Term] = []
    users: dict[Term, list[int]] = {}
    inhabited: list[Term] = []
    while pending:
        term = pending.pop()
        if len(term.parts) == 1 and _surely_inhabited(term.parts[0], _SIGHT):
            inhabited.append(term)
            continue
        values = term.shapes()
        alternatives: list[set[Term]] = [set()] if _has_scalars(values) else _needs(values)
        if any(not needed for needed in alternatives):
            inhabited.append(term)
            continue
        for needed in alternatives:
            if any(other._empty for other in needed):
                continue
            clause = len(goal)
            goal.append(term)
            missing.append(len(needed))
            for other in needed:
                users.setdefault(other, []).append(clause)
                if other not in gathered:
                    gathered.add(other)
                    if other._empty is None:
                        pending.append(other)
                    else:
                        inhabited.append(other)
    settled: set[Term] = set()
    while inhabited:
        term = inhabited.pop()
        if term in settled:
            continue
        settled.add(term)
        term._empty = False
        for clause in users.get(term, ()):
            missing[clause] -= 1
            if not missing[clause]:
                inhabited.append(goal[clause])
    for term in gathered - settled:
        term._empty = True
